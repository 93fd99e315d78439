// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// Hands out shred keys and destroys them. A record is sealed under its team's key *and* a shred key of its own, which
/// stands outside the database; when that is overwritten, the record is unreadable everywhere: in the database, in
/// every backup of it, and with every passphrase.
///
/// Keys are made ahead, in blocks, and are durable before the first of a block is given out: a report doesn't wait for
/// them. No slot is given out twice: a process only ever gives out the blocks that it added itself.
package final class Shredder: Sendable {
    private let store: any ShredStore
    private let ready = Mutex<[ShredKey]>([])
    private let isGrowing = Atomic<Bool>(false)

    /// Keys above it go only to who writes in the same transaction that they are given out.
    private let written: Atomic<Int64>

    private init(_ store: any ShredStore, written: Int64 = .max) {
        self.store = store
        self.written = Atomic(written)
    }

    /// In a flat file, made where there is none, beside no database.
    package convenience init(file path: String) throws { self.init(try ShredFile(path: path)) }

    /// In a flat file beside the database, for SQLite; made where there is none and no record needs one. Throws
    /// `MissingShredKeys` where the file lacks keys of records, unless these `areLost`.
    package convenience init(
        file path: String,
        for slots: ShredSlots,
        in database: Database,
        areLost: Bool = false
    ) async throws {
        // Before the file is looked at: a server that makes keys now writes them there first.
        let highest = try await slots.highest(in: database)
        let last = ShredFile.lastSlot(path)
        let missing = try await Self.look(for: slots, upTo: highest, after: last, in: path, database, areLost)
        self.init(try ShredFile(path: path, above: highest), written: highest)
        // What was lost isn't asked about again: the file goes on behind it.
        if missing > 0 { try await grow(in: database) }
    }

    /// In a table, for several nodes on PostgreSQL; see `ShredTable`. Throws as with a file.
    package convenience init(
        table database: Database,
        for slots: ShredSlots,
        areLost: Bool = false
    ) async throws {
        let highest = try await slots.highest(in: database)
        let last = try await database.read { tx in try ShredTable.lastSlot(in: tx) }
        _ = try await Self.look(for: slots, upTo: highest, after: last, in: "shred_blocks", database, areLost)
        self.init(ShredTable(database: database))
        try await replenish(in: database)
    }

    private static func look(
        for slots: ShredSlots,
        upTo highest: Int64,
        after last: Int64,
        in store: String,
        _ database: Database,
        _ areLost: Bool
    ) async throws -> Int {
        guard highest > last else { return 0 }
        let missing = try await database.read { tx in try slots.count(above: last, in: tx) }
        guard missing == 0 || areLost else { throw MissingShredKeys(store: store, records: missing) }
        return missing
    }

    /// In memory, as long as the process lives: for tests and benchmarks. `growsAtOnce`: whether `take` may make keys, as
    /// with a file, or has to be given them ahead, as with a table.
    package static func fleeting(growsAtOnce: Bool = true) -> Shredder { Shredder(ShredMemory(growsAtOnce)) }

    /// One that is ready; nil when there is none. Never waits for the disk, so it is for those whom nothing may hold up:
    /// when keys run low it sees to it that others are made.
    package func atHand(in database: Database? = nil) -> ShredKey? {
        let (key, left) = ready.withLock { ready in (next(of: &ready), ready.count) }
        if key == nil || left < store.blockCount,
            isGrowing.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        {
            Task { [self] in
                defer { isGrowing.store(false, ordering: .relaxed) }
                if left < store.blockCount { try? await grow(in: database) } else { try? await write(in: database) }
            }
        }
        return key
    }

    /// So many of them, waiting for the disk off the pool that runs everything else.
    package func take(_ count: Int, in database: Database? = nil) async throws -> [ShredKey] {
        var keys: [ShredKey] = []
        while keys.count < count {
            if let key = ready.withLock({ next(of: &$0) }) {
                keys.append(key)
            } else if ready.withLock({ $0.isEmpty }) {
                try await grow(in: database)
            } else {
                try await write(in: database)
            }
        }
        return keys
    }

    /// A key nobody had before, for who is on the writer's thread. Throws `busy` when keys are used faster than they can be
    /// made.
    package func take() throws -> ShredKey { try takeOne().key }

    fileprivate func take(in tx: Transaction) throws -> ShredKey {
        let (key, highest) = try takeOne()
        if key.slot > written.load(ordering: .relaxed) { try ShredSlots.raise(to: highest, in: tx) }
        return key
    }

    private func takeOne() throws -> (key: ShredKey, highest: Int64) {
        try ready.withLock { ready in
            if ready.isEmpty { ready = try store.grow().reversed() }
            guard let highest = ready.first?.slot, let key = ready.popLast() else { throw VaultError.busy }
            return (key, highest)
        }
    }

    /// Throws `shredded` when it was destroyed, `damaged` for a slot that was never made here.
    package func key(_ slot: Int64) throws -> ShredKey {
        let bytes = try store.key(slot)
        guard bytes.contains(where: { $0 != 0 }) else { throw VaultError.shredded }
        return ShredKey(slot: slot, key: Secret(bytes))
    }

    /// Overwritten, synced and read back when it returns. Doing it twice does no harm.
    package func destroy(_ slots: [Int64]) async throws {
        guard !slots.isEmpty else { return }
        try await store.destroy(slots)
    }

    /// Every second or so: makes the next block before this one is used up, and hears of other nodes' blocks.
    package func replenish(in database: Database? = nil) async throws {
        try await store.refresh()
        if ready.withLock({ $0.count < store.blockCount / 2 }) {
            try await grow(in: database)
        } else {
            try await write(in: database)
        }
    }

    private func grow(in database: Database?) async throws {
        let fresh = try await store.growAhead()
        ready.withLock { $0 = fresh.reversed() + $0 }
        try await write(in: database)
    }

    /// Writes down up to where keys are given out. Until then `take(in:)` alone gives them.
    private func write(in database: Database?) async throws {
        let highest = ready.withLock { $0.first?.slot } ?? 0
        guard highest > written.load(ordering: .relaxed) else { return }
        guard let database else { throw VaultError.noShredder }
        // Reports wait for these keys: they don't wait among the reports.
        try await database.write(lane: .ours) { tx in try ShredSlots.raise(to: highest, in: tx) }
        written.max(highest, ordering: .relaxed)
    }

    private func next(of ready: inout [ShredKey]) -> ShredKey? {
        guard let slot = ready.last?.slot, slot <= written.load(ordering: .relaxed) else { return nil }
        return ready.popLast()
    }
}

/// The key of one slot.
package struct ShredKey: Sendable, CustomStringConvertible {
    /// From 1. Where it stands.
    package let slot: Int64
    package let key: Secret

    package var description: String { "•••" }

    /// The key of a record's body: needs both the data key, which the team opens, and this.
    func body(_ dataKey: Secret, kind: String, record: String) -> Secret {
        key.salting(dataKey, info: "vecinos|v2|body|\(kind)|\(record)")
    }
}

extension Database {
    /// Shred keys for what is sealed next; throws `noShredder` where the instance was composed without one.
    package func shredKeys(_ count: Int) async throws -> [ShredKey] { try await shredder.take(count, in: self) }

    /// For who may not wait; nil when there is none.
    package func shredKeyAtHand() throws -> ShredKey? { try shredder.atHand(in: self) }

    private var shredder: Shredder {
        get throws {
            guard let shredder = companions.first(Shredder.self) else { throw VaultError.noShredder }
            return shredder
        }
    }
}

extension Transaction {
    package func shredKey() throws -> ShredKey {
        guard let shredder = companions.first(Shredder.self) else { throw VaultError.noShredder }
        return try shredder.take(in: self)
    }

    /// For those who open: nil where there is none, and what was sealed with a shred key then stays closed.
    package var shredder: Shredder? { companions.first(Shredder.self) }
}
