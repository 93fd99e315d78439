// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Logging
import Support
import Synchronization
import Testing

/// What an error must not tell: its own words may be somebody's.
private struct Talkative: Error, CustomStringConvertible {
    var description: String { "Ana Ruiz, 213 555 0100" }
}

private struct NotNow: Error {}

/// Keeps what is logged.
private struct Listening: LogHandler {
    let lines: Heard<String>
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]

    init(_ lines: Heard<String>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.add("\(event.message)") }
}

private struct Letter: Job {
    static let kind = "letter"
    let name: String
}

@Suite("Jobs that wait, and jobs that fail", .timeLimit(.minutes(20)))
struct PostponedJobTests {
    private let manual = ManualClock()

    private func worker(_ database: Database, _ body: @escaping @Sendable () throws -> Void) -> Worker {
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let worker = Worker(database: database, logger: quiet) { error in error is NotNow }
        worker.handle(Letter.self) { _ in try body() }
        return worker
    }

    private func rows(_ database: Database) async throws -> [Row] {
        try await database.read { tx in try tx.rows("SELECT attempts, dead_at, last_error FROM jobs") }
    }

    @Test("What can't be done now waits for as long as it takes, is not put aside, and is then done once")
    func postponed() async throws {
        let database = try await Scratch.database(clock: manual.clock)
        let isLocked = Mutex(true)
        let done = Mutex(0)
        let worker = worker(database) {
            if isLocked.withLock({ $0 }) { throw NotNow() }
            done.withLock { $0 += 1 }
        }
        try await database.write { tx in try tx.enqueue(Letter(name: "a")) }
        for _ in 1...40 {
            _ = try await worker.runDue()
            manual.advance(by: .minutes(1))
        }
        let row = try #require(try await rows(database).first)
        #expect(try row["attempts"] as Int == 0)
        #expect(try row["dead_at"] as Instant? == nil)
        isLocked.withLock { $0 = false }
        #expect(try await worker.runDue() == 1)
        #expect(try await worker.runDue() == 0)
        #expect(done.withLock { $0 } == 1)
        #expect(try await rows(database).isEmpty)
    }

    @Test("A database that is away for several looks is said once, and once when it is back")
    func away() async throws {
        let database = try await Scratch.database(clock: manual.clock)
        let heard = Heard<String>()
        let worker = Worker(database: database, logger: Logger(label: "test", factory: { _ in Listening(heard) }))
        func rename(_ from: SQL, _ to: SQL) async throws {
            _ = try await database.write { tx in try tx.run("ALTER TABLE " + from + " RENAME TO " + to) }
        }
        func wait(for words: String) async throws {
            while !heard.all.contains(where: { $0.contains(words) }) { try await Task.sleep(for: .milliseconds(50)) }
        }
        try await rename("jobs", "away")
        let running = Task { await worker.run() }
        try await wait(for: "did not answer")
        // It looks once a second.
        try await Task.sleep(for: .milliseconds(2_500))
        try await rename("away", "jobs")
        try await wait(for: "works again")
        running.cancel()
        await running.value
        #expect(heard.all == ["jobs: the database did not answer. They wait until it does", "jobs: works again"])
    }

    @Test("Of an error, only its kind is kept")
    func kindOnly() async throws {
        let database = try await Scratch.database(clock: manual.clock)
        let worker = worker(database) { throw Talkative() }
        try await database.write { tx in try tx.enqueue(Letter(name: "a")) }
        _ = try await worker.runDue()
        let kept = try await rows(database).first.map { try $0["last_error"] as String }
        #expect(kept == "Talkative")
    }

    @Test("Only a job that was put aside can be given another chance")
    func alive() async throws {
        let database = try await Scratch.database(clock: manual.clock)
        try await database.write { tx in try tx.enqueue(Letter(name: "a"), at: tx.now + .hours(1)) }
        let id = try #require(try await database.read { tx in try tx.one(Ref<JobRow>.self, "SELECT id FROM jobs") })
        let refusal = await #expect(throws: Refusal.self) {
            try await database.write { tx in try JobRow.retry(id, in: tx) }
        }
        #expect(refusal == .notFound)
        #expect(try await worker(database) {}.runDue() == 0, "it keeps its own time")
    }
}

@Suite("Nodes that start at once", .timeLimit(.minutes(20)))
struct StartTogetherTests {
    @Test("Four nodes on an empty schema make it once")
    func migrate() async throws {
        let scratch = try await Scratch()
        let first = try scratch.open()
        let nodes = try [first] + (1...3).map { _ in try scratch.another(beside: first) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { try await node.migrate(Scratch.tables) } }
            try await group.waitForAll()
        }
        let applied = try await first.read { tx in try tx.list(String.self, "SELECT id FROM migrations") }
        #expect(applied.sorted() == Scratch.tables.map(\.id).sorted())
        try await first.migrate(Scratch.tables)
    }
}

@Suite("Where the root key stands, and the onion service")
struct RootKeyConfigTests {
    private func config(_ environment: [String: String]) throws -> Config {
        let folder = "\(Store.folder)/house-\(UUID().uuidString)"
        for file in ["content/strings/es.json", "static/app.css", "credentials/root.key"] {
            let url = URL(filePath: "\(folder)/\(file)")
            let above = url.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: above, withIntermediateDirectories: true)
            try Data().write(to: url)
        }
        let found = ["VECINOS_CONTENT": "\(folder)/content", "VECINOS_STATIC": "\(folder)/static"]
        let told = environment.mapValues { $0.replacingOccurrences(of: "HERE", with: folder) }
        return try Config(dataFolder: "/data", environment: found.merging(told) { $1 }, executable: "/nowhere")
    }

    @Test("A file we are told of goes before a credential, and a credential only counts where there is one")
    func rootKey() throws {
        #expect(try config([:]).rootKeyFile == nil)
        #expect(try config(["CREDENTIALS_DIRECTORY": "/nowhere"]).rootKeyFile == nil)
        let handed = try config(["CREDENTIALS_DIRECTORY": "HERE/credentials"]).rootKeyFile
        #expect(handed?.hasSuffix("/credentials/root.key") == true)
        let told = try config(["VECINOS_ROOT_KEY_FILE": "/etc/x", "CREDENTIALS_DIRECTORY": "HERE/credentials"])
        #expect(told.rootKeyFile == "/etc/x")
    }

    @Test("An onion service is 56 letters and nothing else, since it stands in a header of every page")
    func onion() throws {
        let name = String(repeating: "a7", count: 28)
        #expect(try config(["VECINOS_ONION": "http://\(name).onion"]).onion == "http://\(name).onion")
        #expect(try config(["VECINOS_ONION": ""]).onion == nil)
        let bad = [
            name, "\(name).onion", "http://\(name)", "http://short.onion", "http://\(name).onion/",
            "ftp://\(name).onion",
            "http://\(name.uppercased()).onion", "http://\(name.dropLast())\n.onion",
            "http://\(name.dropLast())1.onion",
        ]
        for text in bad {
            let problem = #expect(throws: Config.Problem.self) { try config(["VECINOS_ONION": text]) }
            #expect(problem?.key == "VECINOS_ONION", "\(text)")
        }
    }
}
