// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Glibc
import Kit
import Support
import Testing

/// SQLite alone: PostgreSQL's disk is not ours to fill.
@Suite("A full disk", .serialized, .timeLimit(.minutes(20)))
struct FullDiskTests {
    /// Two hundred pages' worth.
    private static let large = [UInt8](repeating: 7, count: 800_000)

    @Test("A write that doesn't fit is refused whole, and the next works once there is room")
    func pages() async throws {
        let database = try Scratch(sqlite: "\(Store.folder)/full-\(UUID().uuidString).db").open()
        try await database.migrate(Scratch.tables)
        try await database.write { tx in
            _ = try Box.insert("before", in: tx)
            #expect(try tx.one(Int.self, "PRAGMA page_count") ?? 100 < 40)
            #expect(try tx.one(Int.self, "PRAGMA max_page_count = 40") == 40)
        }
        let refusal = await #expect(throws: Refusal.self) {
            try await database.write { tx in
                try Box.insert("small, in the same write", in: tx)
                try Box.insert("large", content: Self.large, in: tx)
            }
        }
        #expect(refusal == Refusal.storage)
        #expect(try await database.read(Box.labels) == ["before"])

        try await database.write { tx throws in #expect(try tx.one(Int.self, "PRAGMA max_page_count = 4000") == 4_000) }
        try await database.write { tx in _ = try Box.insert("after", content: Self.large, in: tx) }
        #expect(try await database.read(Box.labels) == ["after", "before"])
        #expect(try await Self.integrity(of: database) == "ok")
    }

    @Test("On a real full disk, all that was acknowledged is there and nothing else", .enabled(if: geteuid() == 0))
    func disk() async throws {
        guard let disk = SmallDisk(megabytes: 2) else { return }
        defer { disk.detach() }
        let database = try Scratch(sqlite: "\(disk.folder)/full.db").open()
        try await database.migrate(Scratch.tables)
        var acknowledged: [String] = []
        var refusals: [Refusal] = []
        for number in 100..<160 where refusals.count < 5 {
            let label = "box \(number)"
            do {
                try await database.write { tx in
                    _ = try Box.insert(label, content: [UInt8](repeating: 1, count: 65_536), in: tx)
                }
                acknowledged.append(label)
            } catch let refusal as Refusal {
                refusals.append(refusal)
            }
        }
        #expect(refusals.count == 5 && refusals.allSatisfy { $0 == .storage })
        #expect(acknowledged.count > 5)
        #expect(try await database.read(Box.labels) == acknowledged)
        let halves = try await database.read { tx in
            try tx.count("SELECT count(*) FROM boxes WHERE length(content) <> 65536")
        }
        #expect(halves == 0)

        #expect(disk.resize(megabytes: 16))
        try await database.write { tx in _ = try Box.insert("room again", in: tx) }
        #expect(try await database.read(Box.labels) == acknowledged + ["room again"])
        #expect(try await Self.integrity(of: database) == "ok")
        database.close()
    }

    private static func integrity(of database: Database) async throws -> String? {
        try await database.read { tx in try tx.one(String.self, "PRAGMA integrity_check") }
    }
}
