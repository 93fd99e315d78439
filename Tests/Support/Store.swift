// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import Inform
import Kit
import Logging
import Matching
import Messaging
import People
import Response
import Synchronization
import Vault

/// A migrated, empty database for one test: a copied file on SQLite; on PostgreSQL, when `VECINOS_TEST_POSTGRES` names a
/// server, a copied database. Migrating anew for each test took PostgreSQL longer than the tests themselves.
package enum Store {
    package static let migrations: [Migration] =
        KitMigrations.all + VaultMigrations.all + PeopleMigrations.all + MessagingMigrations.all
        + MatchingMigrations.all
        + ResponseMigrations.all + InformMigrations.all

    package static let postgres = ProcessInfo.processInfo.environment["VECINOS_TEST_POSTGRES"]

    package static func fresh(clock: Clock) async throws -> Database {
        let database = try await bare(clock: clock)
        database.companions.attach(Shredder.fleeting())
        database.companions.attach(
            Acts(Acts.people + Acts.response, telling: Message.ofProposals, sharing: Contact.shared)
        )
        database.companions.attach(Keepings(ResponseMigrations.keepings + PeopleMigrations.keepings))
        database.companions.attach(try voice.get())
        database.companions.attach(try EvidenceFolder(path: "\(folder)/files-\(UUID().uuidString)", clock: clock))
        return database
    }

    private static let voice = Result {
        AlertVoice(
            languages: [Words(language: .english), Words(language: .spanish)],
            hotline: "(213) 555-0100",
            address: "https://v.example",
            places: try Places.load(folder: "\(World.content)/places")
        )
    }

    private static func bare(clock: Clock) async throws -> Database {
        if let postgres {
            let test = withUnsafeCurrentTask { $0.map(\.hashValue) ?? UUID().hashValue }
            await turnstile.enter(test)
            let place = Place(name: newName(), at: postgres, of: test)
            let database = try await copy(to: place, clock: clock)
            database.companions.attach(place)
            return database
        }
        let template = try await template.value
        let path = folder + "/" + UUID().uuidString + ".db"
        try FileManager.default.copyItem(atPath: template, toPath: path)
        // The write-ahead log too: what the template's migrations wrote may still stand there.
        if FileManager.default.fileExists(atPath: "\(template)-wal") {
            try FileManager.default.copyItem(atPath: "\(template)-wal", toPath: "\(path)-wal")
        }
        return try Database(sqlite: path, clock: clock)
    }

    /// Closes the database of a test that is over, and lets the next one in.
    static func giveBack(_ database: Database) {
        database.close()
        database.companions.first(Place.self)?.leave()
    }

    /// The place of one test at the turnstile, with its database on the server. Left once: by the test that ended, or with
    /// the last reference to its database.
    private final class Place: Sendable {
        let name: String
        let url: String
        private let test: Int
        private let isLeft = Mutex(false)

        init(name: String, at url: String, of test: Int) { (self.name, self.url, self.test) = (name, url, test) }

        deinit { leave() }

        func leave() {
            let wasLeft = isLeft.withLock { left in
                defer { left = true }
                return left
            }
            guard !wasLeft else { return }
            let (name, url, test) = (name, url, test)
            Task {
                try? await Store.statement(at: url, "DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
                await Store.turnstile.leave(test)
            }
        }
    }

    /// PostgreSQL has a limit of connections, and tests run beside each other by the hundred.
    private static let turnstile = Turnstile(places: 8)

    /// In memory where the machine has such a place: tests need no power-cut safety.
    package static let folder: String = {
        let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let folder = base + "/vecinos-tests-" + String(ProcessInfo.processInfo.processIdentifier)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: Store.folder) }
        return folder
    }()

    private static let template = Task<String, any Error> {
        let path = folder + "/template.db"
        let database = try Database(sqlite: path)
        try await database.migrate(migrations)
        database.close()
        return path
    }

    private static let admin = Mutex<Database?>(nil)

    private static func copy(to place: Place, clock: Clock) async throws -> Database {
        let template = try await postgresTemplate.value
        try await statement(at: place.url, "CREATE DATABASE \(place.name) TEMPLATE \(template)")
        return try Database(postgres: address(of: place.name, at: place.url), readers: 1, clock: clock)
    }

    private static let postgresTemplate = Task<String, any Error> {
        guard let url = postgres else { throw DatabaseFailure.other("there is no PostgreSQL") }
        let name = newName()
        try await statement(at: url, "CREATE DATABASE \(name)")
        let database = try Database(postgres: address(of: name, at: url), readers: 1)
        try await database.migrate(migrations)
        database.close()
        return name
    }

    private static func newName() -> String {
        "t_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
    }

    /// The same server, another database.
    private static func address(of name: String, at url: String) -> String {
        guard let slash = url.lastIndex(of: "/") else { return url }
        return patient(String(url[...slash]) + name)
    }

    /// The product gives a server three seconds to let it in. One that eight tests keep busy on two cores may need more.
    private static func patient(_ url: String) -> String { url + "?connect_timeout=30" }

    /// On a thread that may wait: copying a database takes a while.
    private static func statement(at url: String, _ text: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try Database.administer(postgres: patient(url), text) })
            }
        }
    }

    /// The name of an empty schema.
    package static func newSchema(at url: String) async throws -> String {
        let shared = try admin.withLock { database in
            if let database { return database }
            let opened = try Database(postgres: url, readers: 1)
            database = opened
            return opened
        }
        let name = newName()
        try await shared.createSchema(name)
        return name
    }
}

extension Worker {
    /// One that logs nothing.
    package static func quiet(_ database: Database) -> Worker {
        Worker(database: database, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}

/// Lets so many tests in at a time.
private actor Turnstile {
    private var places: Int
    /// How many places each test that is in has.
    private var holders: [Int: Int] = [:]
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    /// Who is in already and needs another place waits for nobody: eight of those would wait for each other.
    func enter(_ test: Int) async {
        if places > 0 || holders[test] != nil {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
        holders[test, default: 0] += 1
    }

    func leave(_ test: Int) {
        let left = (holders[test] ?? 1) - 1
        holders[test] = left > 0 ? left : nil
        places += 1
        while places > 0, !waiting.isEmpty {
            places -= 1
            waiting.removeFirst().resume()
        }
    }
}
