// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Foundation
import Kit
import Support
import Testing

@Suite("Who waits for the writer", .serialized, .timeLimit(.minutes(20)))
struct WriteLaneTests {
    /// Holds the writer until it is opened; a body may run again, and then finds it open.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        let isHeld = DispatchSemaphore(value: 0)

        func wait() {
            isHeld.signal()
            semaphore.wait()
            semaphore.signal()
        }

        func open() { semaphore.signal() }
    }

    private func held(_ database: Database) async -> Gate {
        let gate = Gate()
        database.write({ _ in gate.wait() }, then: { _ in })
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                gate.isHeld.wait()
                continuation.resume()
            }
        }
        return gate
    }

    @Test("A flood fills its own lane, and neighbors and members are taken all the same")
    func flood() async throws {
        let database = try await Scratch.database()
        let gate = await held(database)
        let outcomes = Heard<Bool>()
        for _ in 1...4_100 {
            database.write(lane: .flood, { _ in }, then: { outcome in outcomes.add((try? outcome.get()) != nil) })
        }
        #expect(outcomes.all == Array(repeating: false, count: 100), "what doesn't fit is refused at once")
        async let neighbor: Void = database.write { tx in _ = try Box.insert("neighbor", in: tx) }
        async let member: Void = WriteLane.$current.withValue(.ours) {
            try await database.write { tx in _ = try Box.insert("member", in: tx) }
        }
        gate.open()
        _ = try await (neighbor, member)
        #expect(try await database.read(Box.labels) == ["member", "neighbor"])
        try await database.write(lane: .flood) { _ in }
        #expect(outcomes.all.count { $0 } == 4_000, "nothing that waited is dropped")
    }

    @Test("When neighbors fill theirs, who is signed in still writes, and before most of them")
    func neighbors() async throws {
        let database = try await Scratch.database()
        let gate = await held(database)
        let order = Heard<String>()
        for _ in 1...10_000 { database.write(lane: .neighbors, { _ in }, then: { _ in order.add("neighbor") }) }
        await #expect(throws: Refusal.busy) { try await database.write { _ in } }
        database.write(lane: .ours, { _ in }, then: { _ in order.add("member") })
        gate.open()
        try await database.write(lane: .ours) { _ in }
        let place = try #require(order.all.firstIndex(of: "member"))
        #expect(place < 1_000)
    }

    @Test("What was deleted doesn't linger in the write-ahead log")
    func oldPages() async throws {
        let path = "\(Store.folder)/old-\(UUID().uuidString).db"
        let database = try Scratch(sqlite: path).open()
        try await database.migrate(Scratch.tables)
        let mark = "marked words that somebody erases"
        try await database.write { tx in _ = try Box.insert(mark, in: tx) }
        try await database.write { tx in try tx.run("DELETE FROM boxes WHERE label = \(mark)") }
        func lies(_ end: String) throws -> Bool {
            try Data(contentsOf: URL(filePath: path + end)).range(of: Data(mark.utf8)) != nil
        }
        #expect(try lies("-wal"))
        #expect(try await database.emptyLog())
        #expect(try !lies("-wal") && !lies(""))
        #expect(try await database.read(Box.labels).isEmpty)
    }
}
