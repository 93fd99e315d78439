// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Response
import Support
import Testing
import Vault

@Suite("Keys and records that don't fit each other")
struct ShredSlotsTests {
    private let cast: VaultCast
    private let slots = ShredSlots(of: PeopleMigrations.holdings + ResponseMigrations.holdings)
    private let path = "\(Store.folder)/shred-\(UUID().uuidString)"

    init() throws { cast = try VaultCast() }

    /// A record, sealed with the next key.
    private func keep(_ number: Int, with shredder: Shredder, in database: Database) async throws -> Int64 {
        let key = try #require(try await shredder.take(1, in: database).first)
        try await keep(number, with: key, in: database)
        return key.slot
    }

    private func keep(_ number: Int, with key: ShredKey, in database: Database) async throws {
        let sealed = try Sealed.seal(SealedWords(), kind: "detail", record: "r1", to: [cast.toResponse], shred: key)
        try await database.write { tx in
            try tx.run("INSERT INTO audit_details (log, position, sealed) VALUES ('audit', \(number), \(sealed.blob))")
        }
    }

    private func reopened(_ database: Database, areLost: Bool = false) async throws -> Shredder {
        try await Shredder(file: path, for: slots, in: database, areLost: areLost)
    }

    private func forgetMark(_ database: Database) async throws {
        try await database.write { tx in try tx.run("DELETE FROM settings WHERE key = 'shred.slot'") }
    }

    @Test func `every column that is declared as sealed stands in the schema`() async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        #expect(try await database.read { tx in try slots.count(above: 0, in: tx) } == 0)
    }

    @Test(arguments: [false, true])
    func `records without their file of keys stop a start, and no file is made`(isOld: Bool) async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let shredder = try await reopened(database)
        let slot = try await keep(1, with: shredder, in: database)
        // A database that never wrote down what it gave out.
        if isOld { try await forgetMark(database) }
        try FileManager.default.removeItem(atPath: path)
        let missing = await #expect(throws: MissingShredKeys.self) { try await reopened(database) }
        #expect(missing?.records == 1 && missing?.store == path)
        #expect(missing?.description.contains("--keys-lost") == true)
        #expect(!FileManager.default.fileExists(atPath: path))

        // Lost for good: what comes next never shares a slot, and nobody is asked again.
        let next = try await reopened(database, areLost: true)
        let new = try await keep(2, with: next, in: database)
        #expect(new > slot)
        let closed = try await reopened(database)
        #expect(try await database.read { tx in try slots.closed(to: closed, in: tx) } == 1)
        try await closed.destroy([slot])
        #expect(try closed.key(new).slot == new, "erasing an old record leaves the new one")
    }

    @Test func `an older file is refused as far as records need what it lacks`() async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let shredder = try await reopened(database)
        _ = try await keep(1, with: shredder, in: database)
        let older = try Data(contentsOf: URL(filePath: path))
        let many = try await shredder.take(1_200, in: database)
        try older.write(to: URL(filePath: path))
        // No record has these keys yet: nothing is missing, and none of them is given out again.
        let next = try await keep(2, with: reopened(database), in: database)
        #expect(next > many.map(\.slot).max() ?? .max)
        try older.write(to: URL(filePath: path))
        await #expect(throws: MissingShredKeys.self) { try await reopened(database) }
    }

    @Test func `a newer file opens what is there, and goes on behind itself`() async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let shredder = try await reopened(database)
        let slot = try await keep(1, with: shredder, in: database)
        let later = try await shredder.take(2_000, in: database).map(\.slot).max()
        // The database from before.
        try await database.write { tx in
            try Settings.set("shred.slot", to: "\(slot)", by: nil, in: tx)
        }
        let restored = try await reopened(database)
        #expect(try restored.key(slot).slot == slot)
        #expect(try await restored.take(1, in: database)[0].slot > later ?? .max)
        #expect(try await database.read { tx in try slots.closed(to: restored, in: tx) } == 0)
    }

    @Test func `keys made on the writer's thread are written down with the first record`() async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let shredder = try await reopened(database)
        database.companions.attach(shredder)
        struct Undone: Error {}
        await #expect(throws: Undone.self) {
            try await database.write { tx in
                _ = try tx.shredKey()
                throw Undone()
            }
        }
        // The rest of that block is at hand, and nothing says so yet.
        #expect(shredder.atHand() == nil)
        let first = try await database.write { tx in try tx.shredKey().slot }
        let written = try await database.read { tx in try Settings.value("shred.slot", in: tx) }
        #expect(try #require(written.flatMap { Int64($0) }) >= first)
        let more = try await shredder.take(2_000, in: database).map(\.slot)
        #expect(Set(more).count == 2_000 && !more.contains(first))
        let later = try await database.read { tx in try Settings.value("shred.slot", in: tx) }
        #expect(try #require(later.flatMap { Int64($0) }) >= more.max() ?? .max)
    }

    @Test func `a table without its rows is the same`() async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let shredder = try await Shredder(table: database, for: slots)
        let slot = try await keep(1, with: shredder, in: database)
        try await database.write { tx in try tx.run("DELETE FROM shred_blocks") }
        let missing = await #expect(throws: MissingShredKeys.self) { try await Shredder(table: database, for: slots) }
        #expect(missing?.records == 1 && missing?.store == "shred_blocks")
        let next = try await Shredder(table: database, for: slots, areLost: true)
        let new = try await keep(2, with: next, in: database)
        #expect(new / 512 > slot / 512)
        let later = try await Shredder(table: database, for: slots)
        #expect(try await database.read { tx in try slots.closed(to: later, in: tx) } == 1)
    }
}
