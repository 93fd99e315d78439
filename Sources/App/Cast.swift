// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Matching
import People
import Response
import Vault

/// The invented coalition of a demonstration: three organisations, sixty helpers, shifts and a reporter. Nobody in it
/// is real. Its keys stand in `demonstration.json`, so that the demonstration can act for them after a restart; a
/// folder with that file must never serve real neighbours.
struct Cast: Codable, Sendable {
    struct Member: Codable, Sendable {
        let login: String?
        let handle: String
        let roles: [Role]
        let person: Ref<Person>
        /// The member's seed in base64url.
        let seed: String
        /// What their app would hold, in base32: the demonstration asks nobody for a code, a tester may want to.
        let totp: String?
    }

    let passphrase: String
    let members: [Member]
    /// What the demonstration's reporter holds.
    let reporterCode: String

    /// Whether the data folder is a demonstration's.
    static func isDemonstration(_ config: Config) -> Bool {
        FileManager.default.fileExists(atPath: "\(config.dataFolder)/demonstration.json")
    }

    /// Stands in the folder while it is filled: whoever finds it without `demonstration.json` finds a start that was cut off.
    private static func marker(_ config: Config) -> String { "\(config.dataFolder)/demonstration.unfinished" }

    /// A command's own: alone in the folder while it is filled. One that is filled already may be served meanwhile.
    static func house(_ config: Config) async throws -> (house: Compose, cast: Cast) {
        let held = try isDemonstration(config) ? nil : Terminal.hold(config, alone: true)
        defer { if let held { close(held) } }
        if held != nil { try await beginAnew(config) }
        let house = try await Compose(config, logger: Terminal.logger)
        return (house, try await fill(house))
    }

    /// Clears away what a start that was cut off left behind: the keys of its people are lost, nobody can sign in. Before
    /// the database is opened, by one who holds the folder. Refuses where somebody sent a report since: that is not ours.
    static func beginAnew(_ config: Config) async throws {
        guard FileManager.default.fileExists(atPath: marker(config)), !isDemonstration(config) else { return }
        guard config.postgres == nil else {
            throw ValidationError(
                "The database holds a demonstration that was never finished. Drop it, create it again, and start again."
            )
        }
        try await requireNothingReal(config)
        for name in ["vecinos.db", "vecinos.db-wal", "vecinos.db-shm", "shred.keys"] {
            let path = "\(config.dataFolder)/\(name)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileManager.default.removeItem(atPath: path)
        }
        try FileManager.default.removeItem(atPath: marker(config))
    }

    private static func requireNothingReal(_ config: Config) async throws {
        let path = "\(config.dataFolder)/vecinos.db"
        guard FileManager.default.fileExists(atPath: path) else { return }
        let database = try Database(sqlite: path)
        // It may be an older version's.
        try await Compose.migrate(database)
        let isReal = try await database.read { tx in try Report.isAnyReal(in: tx) }
        // Closed for good before a file is removed: closing later, SQLite would take the next database's log for its own.
        database.close()
        await database.rest()
        guard !isReal else { throw refusal(config) }
    }

    private static func refusal(_ config: Config) -> ValidationError {
        ValidationError(
            "\(config.dataFolder) holds a real coalition, or reports of real people. Choose another folder for the demonstration: --data"
        )
    }

    /// By one who holds the folder, unless it is filled already.
    static func fill(_ house: Compose) async throws -> Cast {
        let path = "\(house.config.dataFolder)/demonstration.json"
        if let data = FileManager.default.contents(atPath: path) {
            let cast = try JSONDecoder().decode(Cast.self, from: data)
            try await cast.volunteer(in: house.database)
            try? FileManager.default.removeItem(atPath: marker(house.config))
            return cast
        }
        // Reports are taken before anybody is set up (decision 10): a folder can be real without a coalition.
        let isTaken = try await house.database.read { tx in
            try Coalition.isSetUp(in: tx) || Report.isAnyReal(in: tx)
        }
        guard !isTaken else { throw refusal(house.config) }
        try Data().write(to: URL(filePath: marker(house.config)))
        let cast = try await Casting(house).make()
        try await cast.volunteer(in: house.database)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(cast).write(to: URL(filePath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try FileManager.default.removeItem(atPath: marker(house.config))
        return cast
    }

    /// Drills ask nobody who did not say yes to them: the cast is there for nothing else.
    private func volunteer(in database: Database) async throws {
        let callers = try await callers(in: database)
        try await database.write { tx in
            for caller in callers { try Exercise.volunteer(true, by: caller, in: tx) }
        }
    }

    /// The members as callers, keys in hand.
    func callers(in database: Database) async throws -> [Caller] {
        let members = try members.map {
            ($0.person, try KeyPair(seed: Secret(Base64URL.bytes($0.seed, count: 32) ?? [])))
        }
        return try await database.read { tx in
            try members.map { person, keys in try Caller.scripted(person, keys: keys, in: tx) }
        }
    }

    /// Those who can sign in.
    var accounts: [(login: String, handle: String, roles: [Role])] {
        members.compactMap { member in member.login.map { ($0, member.handle, member.roles) } }
    }

    func announce(_ address: String) {
        print("\nThis is a demonstration: an invented coalition. Nothing in it is real.")
        print("Sign in at \(address)/sign-in with the passphrase: \(passphrase)")
        print("A demonstration asks for no code; a real instance does, of everybody.")
        for account in accounts {
            print(
                "  \(account.login.padding(toLength: 10, withPad: " ", startingAt: 0)) \(account.roles.map(\.rawValue).joined(separator: ", "))"
            )
        }
        print("A reporter's code, for \(address)/report/answer: \(reporterCode)\n")
    }

    /// What `vecinos demo --json` prints.
    var json: String {
        get throws {
            struct Printed: Encodable {
                struct Person: Encodable { let login: String, handle: String, roles: [String], totp: String? }
                let passphrase: String
                let people: [Person]
                let reporterCode: String
            }
            let printed = Printed(
                passphrase: passphrase,
                people: members.compactMap { member in
                    member.login.map {
                        .init(
                            login: $0,
                            handle: member.handle,
                            roles: member.roles.map(\.rawValue),
                            totp: member.totp
                        )
                    }
                },
                reporterCode: reporterCode
            )
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(printed), as: UTF8.self)
        }
    }
}

/// Makes the cast the way a coordinator would.
private struct Casting {
    private typealias Part = (
        login: String?, handle: String, roles: Set<Role>, skills: [Skill], place: String, languages: [String]
    )

    private static let leads: [Part] = [
        ("amina", "Amina", [.dispatcher, .operator], [.dispatcher], "boyle-heights", ["en", "es"]),
        ("omar", "Omar", [.operator], [], "westlake", ["en", "ar"]),
        ("lena", "Lena", [.attorney], [.attorney], "downtown-la", ["en", "es"]),
        ("carmen", "Carmen", [.communicator], [], "east-los-angeles", ["en", "es"]),
        ("teresa", "Teresa", [.caseCoordinator], [], "pico-union", ["en", "es"]),
        ("joao", "João", [.verifier, .observer], [.verifier, .observer], "boyle-heights", ["en", "es", "pt"]),
        ("lupe", "Lupe", [.observer], [.observer], "boyle-heights", ["es", "en"]),
    ]
    private static let handles = """
        Abril Adela Aldo Alma Ángel Anahí Arturo Beto Blanca Bruno Camila Chayo Citlali Clara Dani Delia Diego Dora Elia Emma \
        Fabi Flor Gabi Gil Hana Hugo Inés Iris Itzel Javi Jin Joy Julia Kai Karo Leo Lety Lia Luz Mago Mari Mei Memo Mila \
        Nadia Nico Noé Nora Olga Paco Pilar Quique Rafa Reina Rosa Sami Sol Tomás Uri Vale
        """.split(separator: " ").map(String.init)
    private static let places = [
        "boyle-heights", "pacoima", "koreatown", "fashion-district", "westmont", "huntington-park", "highland-park",
        "el-sereno", "van-nuys", "wilmington", "pico-union", "westlake", "echo-park", "lincoln-heights",
        "panorama-city",
        "compton", "paramount", "south-gate", "inglewood", "san-pedro",
    ]
    private static let tongues = [["en", "es"], ["es"], ["en"], ["en", "ko"], ["es", "en"], ["en", "tl"]]

    private let house: Compose

    init(_ house: Compose) { self.house = house }

    func make() async throws -> Cast {
        let passphrase = Passphrase.generate()
        let first = try await Enrolment.prepare(
            login: "ruth",
            passphrase: passphrase,
            gate: house.gate,
            keys: house.keys
        )
        let founded = try await house.setUp(
            name: "Vecinos del Este (demonstration)",
            shortName: "VdE",
            coordinator: first,
            handle: "Ruth"
        )
        // A demonstration that was locked opens with the passphrase that everybody in it has.
        if let root = try house.lockbox.readRoot() {
            try await house.lockbox.seal(
                root,
                passphrase: Passphrase(passphrase).secret,
                recovery: .generate(),
                gate: house.gate,
                keys: house.keys
            )
        }
        let ruth = try await house.database.read { tx in
            try Caller.scripted(founded.coordinator, keys: first.keys, in: tx)
        }
        let organisations = try await organisations(founded, ruth)
        var members = [try await member("ruth", "Ruth", [.coordinator], first)]
        for (index, part) in (Self.leads + crowd).enumerated() {
            let enrolment =
                if let login = part.login {
                    try await Enrolment.prepare(
                        login: login,
                        passphrase: passphrase,
                        gate: house.gate,
                        keys: house.keys
                    )
                } else {
                    try Enrolment.scripted()
                }
            try await enrol(part, enrolment, organisations[index % organisations.count], founded.response, ruth)
            members.append(try await member(part.login, part.handle, part.roles, enrolment))
        }
        return Cast(passphrase: passphrase, members: members, reporterCode: try await report())
    }

    /// Sixty helpers, spread over the county.
    private var crowd: [Part] {
        Self.handles.prefix(60).enumerated().map { index, handle in
            let isObserver = index % 3 == 0
            let roles: Set<Role> =
                isObserver ? [.observer, .verifier] : index % 7 == 0 ? [.accompanier, .verifier] : [.verifier]
            let skills: [Skill] =
                isObserver ? [.observer, .verifier] : index % 5 == 0 ? [.verifier, .driver] : [.verifier]
            return (
                nil, handle, roles, skills, Self.places[index % Self.places.count],
                Self.tongues[index % Self.tongues.count]
            )
        }
    }

    private func organisations(_ founded: Coalition.Founded, _ ruth: Caller) async throws -> [Ref<Organisation>] {
        let others = try await house.database.write { tx in
            [
                try Organisation.found(
                    name: "Casa del Valle Legal Aid (demonstration)",
                    shortName: "Casa",
                    by: ruth,
                    in: tx
                ),
                try Organisation.found(
                    name: "Faith and Schools Together (demonstration)",
                    shortName: "FST",
                    by: ruth,
                    in: tx
                ),
            ]
        }
        return [founded.organisation] + others
    }

    private func enrol(
        _ part: Part,
        _ enrolment: Enrolment,
        _ organisation: Ref<Organisation>,
        _ team: Ref<Team>,
        _ ruth: Caller
    ) async throws {
        let places = house.places
        let person = enrolment.person
        try await house.database.write { tx in
            try Person.enrol(
                enrolment,
                handle: part.handle,
                organisation: organisation,
                roles: part.roles,
                language: "en",
                teams: [team],
                by: ruth,
                in: tx
            )
            if !part.skills.isEmpty {
                try Helper.register(
                    person,
                    at: part.place,
                    skills: part.skills.map { ($0, tx.now + .days(300)) },
                    languages: Set(part.languages),
                    radius: 30_000,
                    places: places,
                    by: ruth,
                    in: tx
                )
                try Availability.add(person, from: tx.now - .minutes(5), to: tx.now + .days(14), by: ruth, in: tx)
            }
            guard part.login != nil, part.roles.contains(where: { [.dispatcher, .operator, .attorney].contains($0) })
            else { return }
            let role: Role =
                part.roles.contains(.dispatcher) ? .dispatcher : part.roles.contains(.attorney) ? .attorney : .operator
            let me = try Caller.scripted(person, keys: enrolment.keys, in: tx)
            for day in 0..<7 {
                let start = tx.now + .days(day) - (day == 0 ? .minutes(1) : .zero)
                let shift = try Shift.plan(person, as: role, from: start, to: start + .hours(8), by: me, in: tx)
                if day == 0 {
                    try Shift.start(shift, by: me, in: tx)
                    try CommTest.answer(shift, by: me, in: tx)
                }
            }
        }
    }

    private func member(
        _ login: String?,
        _ handle: String,
        _ roles: Set<Role>,
        _ enrolment: Enrolment
    ) async throws -> Cast.Member {
        let (keys, person) = (house.keys, enrolment.person)
        let secret = login.map { _ in OneTimeSecret.generate() }
        if let secret {
            try await house.database.write { tx in
                try SecondFactor.preset(secret, for: person, keys: keys, in: tx)
            }
        }
        return Cast.Member(
            login: login,
            handle: handle,
            roles: roles.sorted { $0.rawValue < $1.rawValue },
            person: enrolment.person,
            seed: Base64URL.text(enrolment.keys.seed.bytes),
            totp: secret?.base32
        )
    }

    /// The reporter of the demonstration, whose code is printed.
    private func report() async throws -> String {
        let filing = ReportFiling(
            kind: "vehicles",
            words: "Hay dos camionetas blancas paradas junto al parque desde la mañana.",
            whereabouts: Whereabouts(text: "Parque MacArthur", place: "westlake"),
            salute: Salute(size: "2"),
            language: "es",
            isExercise: true
        )
        return try await house.intake.take(filing, submission: .once).code.text
    }
}
