// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import Kit
import Support
import Testing

/// SQLite alone: PostgreSQL looks after its log itself, and `rest` says nothing there.
@Suite("Between bursts", .serialized, .timeLimit(.minutes(20)))
struct RestTests {
    private func log(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)-wal")
        return try #require(attributes[.size] as? Int)
    }

    @Test("What was erased does not linger in the write-ahead log, and nothing else is lost")
    func emptied() async throws {
        let path = "\(Store.folder)/rest-\(UUID().uuidString).db"
        let database = try Scratch(sqlite: path).open()
        try await database.migrate(Scratch.tables)
        let canary = "canary that must go"
        try await database.write { tx in
            try Box.insert("stays", in: tx)
            try Box.insert(canary, in: tx)
        }
        try await database.write { tx in try tx.run("DELETE FROM boxes WHERE label = \(canary)") }
        #expect(try log(path) > 0)
        await database.rest()
        #expect(try log(path) == 0)
        let file = try Data(contentsOf: URL(filePath: path))
        #expect(file.range(of: Data(canary.utf8)) == nil)
        #expect(try await database.read(Box.labels) == ["stays"])
        // And again, with nothing and with something new.
        await database.rest()
        try await database.write { tx in _ = try Box.insert("new", in: tx) }
        await database.rest()
        #expect(try log(path) == 0)
        #expect(try await database.read(Box.labels) == ["new", "stays"])
    }

    @Test("In the middle of a burst the log stays, until a look finds little new")
    func burst() async throws {
        let path = "\(Store.folder)/burst-\(UUID().uuidString).db"
        let database = try Scratch(sqlite: path).open()
        try await database.migrate(Scratch.tables)
        await database.rest()
        try await database.write { tx in for number in 0..<300 { try Box.insert("box \(number)", in: tx) } }
        await database.rest()
        #expect(try log(path) > 0)
        await database.rest()
        #expect(try log(path) == 0)
    }

    @Test("Who still reads is not waited for, and the log goes at a later look")
    func reader() async throws {
        let path = "\(Store.folder)/reader-\(UUID().uuidString).db"
        let database = try Scratch(sqlite: path).open()
        try await database.migrate(Scratch.tables)
        let (isReading, reads) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        let reading = Task {
            try await database.read { tx in
                let before = try tx.count("SELECT count(*) FROM boxes")
                reads.yield()
                gate.wait()
                return try (before, tx.count("SELECT count(*) FROM boxes"))
            }
        }
        for await _ in isReading { break }
        try await database.write { tx in _ = try Box.insert("beside", in: tx) }
        await database.rest()
        #expect(try log(path) > 0)
        gate.signal()
        let seen = try await reading.value
        #expect(seen.0 == 0 && seen.1 == 0, "the state of its beginning")
        await database.rest()
        #expect(try log(path) == 0)
    }
}
