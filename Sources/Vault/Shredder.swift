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

    private init(_ store: any ShredStore) { self.store = store }

    /// In a flat file beside the database, for SQLite; made where there is none.
    package convenience init(file path: String) throws { self.init(try ShredFile(path: path)) }

    /// In a table, for several nodes on PostgreSQL; see `ShredTable`.
    package convenience init(table database: Database) async throws {
        let table = ShredTable(database: database)
        self.init(table)
        try await replenish()
    }

    /// In memory, as long as the process lives: for tests and benchmarks. `growsAtOnce`: whether `take` may make keys, as
    /// with a file, or has to be given them ahead, as with a table.
    package static func fleeting(growsAtOnce: Bool = true) -> Shredder { Shredder(ShredMemory(growsAtOnce)) }

    /// One that is ready; nil when there is none. Never waits for the disk, so it is for those whom nothing may hold up:
    /// when keys run low it sees to it that others are made.
    package func atHand() -> ShredKey? {
        let (key, left) = ready.withLock { ready in (ready.popLast(), ready.count) }
        if left < store.blockCount,
            isGrowing.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        {
            Task { [self] in
                defer { isGrowing.store(false, ordering: .relaxed) }
                try? await grow()
            }
        }
        return key
    }

    /// So many of them, waiting for the disk off the pool that runs everything else.
    package func take(_ count: Int) async throws -> [ShredKey] {
        var keys: [ShredKey] = []
        while keys.count < count {
            if let key = ready.withLock({ $0.popLast() }) { keys.append(key) } else { try await grow() }
        }
        return keys
    }

    /// A key nobody had before, for who is on the writer's thread. Throws `busy` when keys are used faster than they can be
    /// made.
    package func take() throws -> ShredKey {
        try ready.withLock { ready in
            if ready.isEmpty { ready = try store.grow().reversed() }
            guard let key = ready.popLast() else { throw VaultError.busy }
            return key
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
    package func replenish() async throws {
        try await store.refresh()
        guard ready.withLock({ $0.count < store.blockCount / 2 }) else { return }
        try await grow()
    }

    private func grow() async throws {
        let fresh = try await store.growAhead()
        ready.withLock { $0 = fresh.reversed() + $0 }
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
    package func shredKeys(_ count: Int) async throws -> [ShredKey] { try await shredder.take(count) }

    /// For who may not wait; nil when there is none.
    package func shredKeyAtHand() throws -> ShredKey? { try shredder.atHand() }

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
        return try shredder.take()
    }

    /// For those who open: nil where there is none, and what was sealed with a shred key then stays closed.
    package var shredder: Shredder? { companions.first(Shredder.self) }
}
