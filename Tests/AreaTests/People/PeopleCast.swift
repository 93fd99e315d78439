// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

/// A coalition with its coordinator Rosa; others are enrolled by her.
struct PeopleCast {
    let world: Instance
    let signIn: SignIn
    let founded: Coalition.Founded
    let rosaKeys: KeyPair

    static let rosaPassphrase = "maple otter lantern violet canoe"
    static let doloresPassphrase = "quiet harbor thistle piano gravel"

    init() async throws {
        let world = try await Instance()
        self.world = world
        signIn = SignIn(database: world.database, gate: world.gate, keys: world.keys)
        let enrolment = try await Enrolment.prepare(
            login: "rosa",
            passphrase: Self.rosaPassphrase,
            gate: world.gate,
            keys: world.keys
        )
        rosaKeys = enrolment.keys
        founded = try await world.database.write { tx in
            try Coalition.setUp(
                name: "Vecinos de Boyle Heights",
                shortName: "VBH",
                coordinator: enrolment,
                handle: "Rosa",
                in: tx
            )
        }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await world.database.write(body)
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await world.database.read(body)
    }

    /// Rosa, with her keys at hand.
    func rosa() async throws -> Caller {
        try await read { [founded, rosaKeys] tx in try Caller.scripted(founded.coordinator, keys: rosaKeys, in: tx) }
    }

    /// Dolores, a dispatcher who signs in.
    func enrolDolores(teams: Bool = true) async throws -> Ref<Person> {
        let enrolment = try await Enrolment.prepare(
            login: "Dolores",
            passphrase: Self.doloresPassphrase,
            gate: world.gate,
            keys: world.keys
        )
        try await enrol(enrolment, "Dolores", [.dispatcher], teams: teams)
        return enrolment.person
    }

    func enrol(_ enrolment: Enrolment, _ handle: String, _ roles: Set<Role>, teams: Bool = true) async throws {
        let rosa = try await rosa()
        let founded = founded
        try await write { tx in
            try Person.enrol(
                enrolment,
                handle: handle,
                organisation: founded.organisation,
                roles: roles,
                teams: teams ? [founded.response] : [],
                by: rosa,
                in: tx
            )
        }
    }

    func signInDolores() async throws -> SessionToken {
        try await signIn.attempt(login: "dolores", passphrase: Self.doloresPassphrase)
    }

    func caller(_ token: SessionToken) async throws -> Caller? {
        try await Session.enter(token, database: world.database)
    }

    func sealToResponse(_ words: String) async throws -> Sealed<String> {
        try await read { tx in
            try Sealed.seal(words, kind: "test.words", record: "r", to: [Team.current(purpose: "response", in: tx)])
        }
    }

    func open(_ sealed: Sealed<String>, as caller: Caller) throws -> String {
        try sealed.open(kind: "test.words", record: "r", with: caller.unlockedKeyring())
    }
}
