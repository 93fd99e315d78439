// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Logging
import Matching
import Messaging
import People
import Response
import Vault

/// An empty instance for one test: nobody has set up a coalition yet.
package final class Instance: Sendable {
    package let clock = ManualClock()
    package let database: Database
    package let keys = InstanceKeys.fleeting()
    package let gate = PasswordGate.cheap()

    package init() async throws { database = try await Store.fresh(clock: clock.clock) }

    deinit { Store.giveBack(database) }
}

/// A whole small coalition for one test: a database of its own, a clock moved by hand, the Los Angeles places, and a
/// named cast. Amina dispatches, João verifies, Lupe observes, Ruth coordinates.
package final class World: Sendable {
    package let clock: ManualClock
    package let database: Database
    package let keys: InstanceKeys
    package let gate = PasswordGate.cheap()
    package let places: Places
    package let timings = Timings()
    package let intake: Intake
    package let worker: Worker
    package let organisation: Ref<Organisation>
    package let team: Ref<Team>
    package let ruth: Caller
    package let amina: Caller
    package let joao: Caller
    package let lupe: Caller

    package static let passphrase = "maple otter lantern violet canoe"
    /// What the app of everybody who can sign in shows codes from.
    package static let codes = OneTimeSecret.generate()

    package static let everywhere = Result { try Places.load(folder: "\(content)/places") }
    /// Once for the process: the days of the tests are those of the places.
    private static let zone: Void = LocalTime.setZone("America/Los_Angeles")

    package init() async throws {
        _ = Self.zone
        let clock = ManualClock()
        let database = try await Store.fresh(clock: clock.clock)
        let keys = InstanceKeys.fleeting()
        let places = try Self.everywhere.get()
        // Nothing is taken off by chance: tests of what is shown know what they counted.
        database.companions.attach(Blur { _ in 0 })
        self.clock = clock
        self.database = database
        self.keys = keys
        self.places = places
        intake = Intake(database: database, keys: keys, places: places)
        worker = Worker(database: database, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))

        let first = try await Enrolment.prepare(login: "ruth", passphrase: Self.passphrase, gate: gate, keys: keys)
        let founded = try await database.write { tx in
            try Coalition.setUp(
                name: "Neighbors of the Test",
                shortName: "NT",
                coordinator: first,
                handle: "Ruth",
                in: tx
            )
        }
        organisation = founded.organisation
        team = founded.response
        let ruth = try await database.write { tx in
            try SecondFactor.preset(Self.codes, for: founded.coordinator, keys: keys, in: tx)
            return try Caller.scripted(founded.coordinator, keys: first.keys, in: tx)
        }
        self.ruth = ruth
        let cast = Cast(
            database: database,
            keys: keys,
            gate: gate,
            places: places,
            clock: clock,
            ruth: ruth,
            founded: founded
        )
        amina = try await cast.member("amina", "Amina", [.dispatcher, .operator], place: "boyle-heights")
        joao = try await cast.member("joao", "João", [.verifier], place: "boyle-heights", skills: [.verifier])
        lupe = try await cast.member("lupe", "Lupe", [.observer], place: "boyle-heights", skills: [.observer])
        self.cast = cast
        ResponseJobs.register(with: worker, database: database, places: places, keys: keys)
        Exercise.register(with: worker, intake: intake) { file in try Scenario.load("\(Self.content)/\(file)") }
        database.feed.subscribe { [intake] events in intake.follow(events) }
        let helpers = HelperIndex()
        database.companions.attach(helpers)
        database.companions.attach(LiveBoard())
        database.feed.subscribe { events in helpers.follow(events) }
    }

    private let cast: Cast

    deinit { Store.giveBack(database) }

    /// One more trained member who is on shift now.
    package func helper(
        named name: String,
        place: String = "boyle-heights",
        skills: [Skill] = [.verifier],
        languages: [String] = ["en", "es"]
    ) async throws -> Caller {
        let roles: Set<Role> = skills.contains(.observer) ? [.observer, .verifier] : [.verifier]
        return try await cast.member(nil, name, roles, place: place, skills: skills, languages: languages)
    }

    /// One more member with roles, and without a certificate for anything.
    package func member(named name: String, _ roles: Set<Role>) async throws -> Caller {
        try await cast.member(nil, name, roles, place: "boyle-heights")
    }

    /// They say yes to every drill.
    package func volunteer(_ callers: [Caller]) async throws {
        try await database.write { tx in
            for caller in callers { try Exercise.volunteer(true, by: caller, in: tx) }
        }
    }

    /// The incident that a report is part of. Throws `notFound`.
    package func incident(of report: Ref<Report>) async throws -> Ref<Incident> {
        let incident = try await database.read { tx in
            try tx.one(Ref<Incident>.self, "SELECT incident FROM incident_reports WHERE report = \(report)")
        }
        guard let incident else { throw Refusal.notFound }
        return incident
    }

    /// Somebody trusted stands there and sees it.
    package func confirm(_ incident: Ref<Incident>) async throws {
        let (amina, timings) = (amina, timings)
        let there = try await stoodThere(incident)
        try await database.write { tx in
            _ = try Incident.verify(
                incident,
                finding: Verification.Finding(.confirmed, level: .onScene, how: .onScene, witness: there),
                by: amina,
                timings: timings,
                in: tx
            )
        }
    }

    /// João, or who is named, was sent there, said "I am here", and has left again: nothing else came of it.
    package func stoodThere(_ incident: Ref<Incident>, _ who: Caller? = nil, as role: Skill = .verifier) async throws
        -> Ref<Assignment>
    {
        let (who, amina) = (who ?? joao, amina)
        return try await database.write { tx in
            let (dispatch, id) = (Ref<Dispatch>.new(at: tx.now), Ref<Assignment>.new(at: tx.now))
            try tx.run(
                """
                INSERT INTO dispatches (id, incident, role, wanted, state, opened_by, opened_at)
                VALUES (\(dispatch), \(incident), \(role), 1, 'stopped', \(amina.person), \(tx.now))
                """
            )
            try tx.run(
                """
                INSERT INTO assignments (id, dispatch, incident, person, role, state, wave, why, offered_at, expires_at,
                    answered_at, arrived_at, ended_at)
                VALUES (\(id), \(dispatch), \(incident), \(who.person), \(role), 'done', 1, '[]', \(tx.now), \(tx.now),
                    \(tx.now), \(tx.now), \(tx.now))
                """
            )
            return id
        }
    }

    /// The folder of the content pack in the source tree.
    package static let content: String = {
        let here = URL(filePath: #filePath)
        return here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
            + "/content"
    }()
}

/// Makes members the way a coordinator does.
private struct Cast: Sendable {
    let database: Database
    let keys: InstanceKeys
    let gate: PasswordGate
    let places: Places
    let clock: ManualClock
    let ruth: Caller
    let founded: Coalition.Founded

    /// With a login name they can sign in through the door; without, only a test can act for them.
    func member(
        _ login: String?,
        _ handle: String,
        _ roles: Set<Role>,
        place: String,
        skills: [Skill] = [],
        languages: [String] = ["en", "es"]
    ) async throws -> Caller {
        let enrolment =
            if let login {
                try await Enrolment.prepare(login: login, passphrase: World.passphrase, gate: gate, keys: keys)
            } else {
                try Enrolment.scripted()
            }
        let (ruth, founded, places, keys) = (ruth, founded, places, keys)
        let person = enrolment.person
        return try await database.write { tx in
            try Person.enrol(
                enrolment,
                handle: handle,
                organisation: founded.organisation,
                roles: roles,
                language: "en",
                teams: [founded.response],
                by: ruth,
                in: tx
            )
            if login != nil { try SecondFactor.preset(World.codes, for: person, keys: keys, in: tx) }
            if !skills.isEmpty {
                try Helper.register(
                    person,
                    at: place,
                    skills: skills.map { ($0, tx.now + .days(365)) },
                    languages: Set(languages),
                    places: places,
                    by: ruth,
                    in: tx
                )
                try Availability.add(person, from: tx.now - .hours(1), to: tx.now + .hours(12), by: ruth, in: tx)
            }
            return try Caller.scripted(person, keys: enrolment.keys, in: tx)
        }
    }
}
