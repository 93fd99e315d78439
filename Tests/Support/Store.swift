// SPDX-License-Identifier: AGPL-3.0-or-later
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

/// A migrated, empty database for one test: a copied file on SQLite, a schema of its own on PostgreSQL when
/// `VECINOS_TEST_POSTGRES` names one.
package enum Store {
    package static let migrations: [Migration] =
        KitMigrations.all + VaultMigrations.all + PeopleMigrations.all + MessagingMigrations.all
        + MatchingMigrations.all
        + ResponseMigrations.all + InformMigrations.all

    package static let postgres = ProcessInfo.processInfo.environment["VECINOS_TEST_POSTGRES"]

    package static func fresh(clock: Clock) async throws -> Database {
        let database = try await bare(clock: clock)
        database.companions.attach(Shredder.fleeting())
        database.companions.attach(Acts(Acts.people + Acts.response, telling: Message.ofProposals))
        database.companions.attach(Keepings(ResponseMigrations.keepings + PeopleMigrations.keepings))
        database.companions.attach(try EvidenceFolder(path: "\(folder)/files-\(UUID().uuidString)", clock: clock))
        return database
    }

    private static func bare(clock: Clock) async throws -> Database {
        if let postgres {
            await turnstile.enter()
            return try await schema(at: postgres, clock: clock)
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
        if postgres != nil { Task { await turnstile.leave() } }
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

    private static func schema(at url: String, clock: Clock) async throws -> Database {
        let name = try await newSchema(at: url)
        let database = try Database(postgres: url, schema: name, readers: 1, clock: clock)
        try await database.migrate(migrations)
        return database
    }

    /// The name of an empty schema.
    package static func newSchema(at url: String) async throws -> String {
        let shared = try admin.withLock { database in
            if let database { return database }
            let opened = try Database(postgres: url, readers: 1)
            database = opened
            return opened
        }
        let name = "t_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
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

/// Lets so many in at a time.
private actor Turnstile {
    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
    }
}
