// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing
import Vault

/// Erased is erased: what was in a copy of the database from before can't be opened by any member, not even with the
/// newest shred keys at hand.
@Suite("Erased in old backups too")
struct ErasureTests {
    private static func settle(_ world: World) async throws -> Int {
        let shredder = try #require(world.database.companions.first(Shredder.self))
        return try await ShredDue.settle(with: shredder, in: world.database)
    }

    private static func purge(_ world: World) async throws {
        let timings = world.timings
        try await world.database.write { tx in _ = try Retention.purge(timings: timings, in: tx) }
    }

    @Test("A report whose time is over opens no more, from a copy made before")
    func report() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let kept = receipt.report
        let copy = try await world.database.read { tx in
            try tx.one(Sealed<ReportWords>.self, "SELECT sealed FROM reports WHERE id = \(kept)")
        }
        let sealed = try #require(copy)
        let lupe = try world.lupe.unlockedKeyring()
        #expect(sealed.slot != nil)
        #expect(try sealed.open(kind: "report", record: kept.text, with: lupe).words?.contains("vans") == true)
        world.clock.advance(by: .days(8))
        try await Self.purge(world)
        // Deleted, and for the seconds until the keys are destroyed still open to whoever has a copy.
        #expect(try sealed.open(kind: "report", record: kept.text, with: lupe).words != nil)
        #expect(try await Self.settle(world) >= 1)
        #expect(throws: VaultError.shredded) { try sealed.open(kind: "report", record: kept.text, with: lupe) }
        #expect(try await Self.settle(world) == 0)
    }

    @Test("A report that is kept keeps its key")
    func kept() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        try await world.verify(id, .seen)
        world.clock.advance(by: .days(100))
        try await Self.purge(world)
        _ = try await Self.settle(world)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(detail.reports.allSatisfy { $0.words.content != nil } && !detail.reports.isEmpty)
    }

    @Test("A title that was written anew: the old one opens no more")
    func title() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let amina = world.amina
        func sealed() async throws -> Sealed<IncidentWords>? {
            try await world.database.read { tx in
                try tx.one(Sealed<IncidentWords>.self, "SELECT sealed FROM incidents WHERE id = \(id)")
            }
        }
        try await world.database.write { tx in try Incident.retitle(id, to: "Vans by the lake", by: amina, in: tx) }
        let old = try #require(try await sealed())
        try await world.database.write { tx in try Incident.retitle(id, to: "Film shoot", by: amina, in: tx) }
        _ = try await Self.settle(world)
        let keyring = try amina.unlockedKeyring()
        #expect(throws: VaultError.shredded) { try old.open(kind: "incident", record: id.text, with: keyring) }
        let new = try #require(try await sealed())
        #expect(try new.open(kind: "incident", record: id.text, with: keyring).title == "Film shoot")
    }

    @Test("Who reads a report's words is on the record, once a day, and leaves it with the report")
    func witness() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        let amina = world.amina
        func recorded() async throws -> Int {
            try await world.database.read { tx in
                try Log.audit.leaves(in: tx).count { $0.text?.contains("report.opened") == true }
            }
        }
        for _ in 0..<3 {
            let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
            try await detail.witness(by: amina, in: world.database)
        }
        #expect(try await recorded() == 1)
        let relocked = amina.withoutKeys
        let closed = try await world.database.read { tx in try IncidentDetail.load(id, by: relocked, in: tx) }
        try await closed.witness(by: world.ruth, in: world.database)
        #expect(try await recorded() == 1)
        world.clock.advance(by: .days(8))
        try await Self.purge(world)
        #expect(try await recorded() == 0)
        // The entry's hash stays: the log is whole.
        let unlocked = try #require(world.keys.unlocked)
        let text = try await world.database.write { tx in try LogFile.export(.audit, keys: unlocked, in: tx) }
        #expect(try LogFile(text).leaves.count > LogFile(text).texts.count)
        #expect(!text.contains(receipt.report.text))
    }
}
