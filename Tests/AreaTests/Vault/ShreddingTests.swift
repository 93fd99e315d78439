// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing
import Vault

@Suite("Shredding")
struct ShreddingTests {
    let cast: VaultCast

    init() throws { cast = try VaultCast() }

    private func path() -> String { "\(Store.folder)/shred-\(UUID().uuidString)" }

    private func seal(_ key: ShredKey) throws -> Sealed<SealedWords> {
        try Sealed.seal(SealedWords(), kind: "report", record: "r1", to: [cast.toResponse], shred: key)
    }

    private func open(_ sealed: Sealed<SealedWords>, _ shredder: Shredder?) throws -> SealedWords {
        try sealed.open(kind: "report", record: "r1", with: cast.dolores(shredder: shredder))
    }

    @Test func `a record opens with the team's key and its shred key together, never with one of them`() throws {
        let shredder = Shredder.fleeting()
        let sealed = try seal(shredder.take())
        #expect(try open(sealed, shredder) == SealedWords())
        #expect(throws: VaultError.noKey) { try open(sealed, nil) }
        let other = Shredder.fleeting()
        _ = try other.take()
        #expect(throws: VaultError.damaged) { try open(sealed, other) }
    }

    @Test func `what was sealed before there were shred keys still opens`() throws {
        let old = try Sealed.seal(SealedWords(), kind: "report", record: "r1", to: [cast.toResponse])
        #expect(old.blob.first == 1 && old.slot == nil)
        #expect(try open(old, Shredder.fleeting()) == SealedWords())
    }

    @Test func `when its key is destroyed a record is unreadable, and its neighbors are not`() async throws {
        let path = path()
        let shredder = try Shredder(file: path)
        let (doomed, kept) = (try seal(shredder.take()), try seal(shredder.take()))
        let slot = try #require(doomed.slot)
        let before = try Data(contentsOf: URL(filePath: path))
        try await shredder.destroy([slot])
        #expect(throws: VaultError.shredded) { try open(doomed, shredder) }
        #expect(try open(kept, shredder) == SealedWords())
        // On the disk too: nothing of the key is left.
        let after = try Data(contentsOf: URL(filePath: path))
        let place = Int(slot) * 32..<Int(slot) * 32 + 32
        #expect(before[place].contains { $0 != 0 } && after[place].allSatisfy { $0 == 0 })
        #expect(after.count == before.count)
        // A new process that opens the file: the same.
        #expect(throws: VaultError.shredded) { try open(doomed, Shredder(file: path)) }
    }

    @Test func `no slot is given out twice, across processes and restarts`() throws {
        let path = path()
        var slots: Set<Int64> = []
        for _ in 0..<3 {
            let (one, two) = (try Shredder(file: path), try Shredder(file: path))
            for _ in 0..<700 {
                #expect(slots.insert(try one.take().slot).inserted)
                #expect(slots.insert(try two.take().slot).inserted)
            }
        }
        #expect(slots.min() == 1)
    }

    @Test func `who may not wait gets a key that is ready or none, and who may wait is given new ones`() async throws {
        let shredder = Shredder.fleeting(growsAtOnce: false)
        #expect(throws: VaultError.busy) { try shredder.take() }
        let three = try await shredder.take(3)
        #expect(three.map(\.slot) == [1, 2, 3])
        // Others are made as soon as few are left, without anybody asking.
        var slots = Set(three.map(\.slot))
        while slots.count < 2_000 {
            if let key = shredder.atHand() { #expect(slots.insert(key.slot).inserted) } else { await Task.yield() }
        }
    }

    @Test func `half a key at the end, left by a crash, is skipped`() throws {
        let path = path()
        _ = try Shredder(file: path).take()
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data([1, 2, 3]))
        try file.close()
        let next = try Shredder(file: path).take()
        #expect(next.slot == 514)
        #expect(try Shredder(file: path).key(514).key == next.key)
    }

    @Test func `a file that is something else is refused`() throws {
        let path = path()
        try Data("not keys, not keys, not keys, not keys".utf8).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { try Shredder(file: path) }
    }

    @Test func `a slot that this copy of the keys never had opens nothing`() throws {
        let newer = Shredder.fleeting()
        for _ in 0..<600 { _ = try newer.take() }
        let sealed = try seal(newer.take())
        let older = Shredder.fleeting()
        _ = try older.take()
        #expect(throws: VaultError.damaged) { try open(sealed, older) }
    }

    @Test func `a changed slot, or one taken out, does not open`() throws {
        let shredder = Shredder.fleeting()
        let sealed = try seal(shredder.take())
        for index in 2..<10 {
            var blob = sealed.blob
            blob[index] ^= 1
            #expect(throws: VaultError.damaged) { try open(Sealed(blob: blob), shredder) }
        }
        let cut = [1] + sealed.blob[1..<2] + sealed.blob[10...]
        #expect(throws: VaultError.damaged) { try open(Sealed(blob: Array(cut)), shredder) }
    }

    @Test func `keys are destroyed after the commit that deletes the record, and only then`() async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let shredder = Shredder.fleeting()
        let sealed = try seal(shredder.take())
        struct Undone: Error {}
        await #expect(throws: Undone.self) {
            try await database.write { tx in
                try ShredDue.add([sealed.slot], in: tx)
                throw Undone()
            }
        }
        #expect(try await ShredDue.settle(with: shredder, in: database) == 0)
        #expect(try open(sealed, shredder) == SealedWords())
        try await database.write { tx in try ShredDue.add([sealed.slot, nil, sealed.slot], in: tx) }
        #expect(try await ShredDue.settle(with: shredder, in: database) == 1)
        #expect(throws: VaultError.shredded) { try open(sealed, shredder) }
        #expect(try await database.read { tx in try tx.count("SELECT count(*) FROM shred_due") } == 0)
    }

    @Test func `nodes that share a table never share a slot, and hear of what another destroyed`() async throws {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let none = ShredSlots(of: [])
        let here = try await Shredder(table: database, for: none)
        let there = try await Shredder(table: database, for: none)
        try await here.replenish()
        let (mine, theirs) = (try here.take(), try there.take())
        #expect(mine.slot != theirs.slot)
        let sealed = try seal(theirs)
        #expect(try open(sealed, here) == SealedWords())
        try await there.destroy([theirs.slot])
        try await here.replenish()
        #expect(throws: VaultError.shredded) { try open(sealed, here) }
        #expect(try here.key(mine.slot).key == mine.key)
    }

    @Test func `a reporter's mailbox opens with the code alone`() throws {
        let code = ReporterCode.generate()
        let (publicKey, wrapped) = try MailboxKeys.make(for: code.names, report: "r1")
        let answer = try Sealed.seal(
            SealedWords(),
            kind: "mailbox",
            record: "m1",
            to: [cast.toResponse, MailboxKeys.address(publicKey)]
        )
        let pair = try MailboxKeys.open(wrapped, with: code, report: "r1")
        let reporter = Keyring(mailbox: pair, shredder: nil)
        #expect(try answer.open(kind: "mailbox", record: "m1", with: reporter) == SealedWords())
        #expect(throws: VaultError.noKey) { try open(seal(Shredder.fleeting().take()), nil) }
        #expect(throws: VaultError.damaged) { try MailboxKeys.open(wrapped, with: .generate(), report: "r1") }
        #expect(throws: VaultError.damaged) { try MailboxKeys.open(wrapped, with: code, report: "r2") }
    }
}
