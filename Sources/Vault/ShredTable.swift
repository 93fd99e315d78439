// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// Shred keys for several nodes: blocks of 512 in the table `shred_blocks`, all in the memory of every node (32 bytes a
/// record). A node gives out only the blocks that it inserted itself, and inserts the next one ahead, so that the others
/// have heard of a block before anything is sealed with it.
///
/// The table is left out of every backup (`pg_dump --exclude-table-data=shred_blocks`) and copied by itself, the newest
/// copy only; PostgreSQL keeps overwritten rows until VACUUM, and in its write-ahead log: see docs/vault.md.
final class ShredTable: ShredStore {
    let blockCount = ShredBlock.count
    private let database: Database
    private let blocks = Mutex<[Int64: (version: Int64, keys: [UInt8])]>([:])

    init(database: Database) { self.database = database }

    /// Only `growAhead` can: a report in a transaction can't wait for another one.
    func grow() throws -> [ShredKey] { throw VaultError.busy }

    func growAhead() async throws -> [ShredKey] {
        let fresh = ShredBlock.fresh()
        while true {
            do {
                // Reports wait for these keys: they don't wait among the reports.
                let block = try await database.write(lane: .ours) { tx in
                    // What stands in the records counts too: the table may be missing from a copy.
                    let block =
                        try max(
                            Self.lastBlock(in: tx),
                            (ShredSlots.written(in: tx) ?? 0) / Int64(ShredBlock.count)
                        ) + 1
                    try tx.run(
                        """
                        INSERT INTO shred_blocks (block, version, keys)
                        VALUES (\(block), \(try Self.nextVersion(in: tx)), \(fresh))
                        """
                    )
                    try ShredSlots.raise(to: Self.last(of: block), in: tx)
                    return block
                }
                blocks.withLock { $0[block] = (0, fresh) }
                return ShredBlock.keys(fresh, first: block * Int64(ShredBlock.count))
            } catch DatabaseFailure.unique {
                // Another node took this number in the same moment.
                continue
            }
        }
    }

    func key(_ slot: Int64) throws -> [UInt8] {
        let (block, index) = slot.quotientAndRemainder(dividingBy: Int64(ShredBlock.count))
        return try blocks.withLock { blocks in
            guard slot > 0, let found = blocks[block] else { throw VaultError.damaged }
            let start = Int(index) * ShredBlock.keyCount
            guard start + ShredBlock.keyCount <= found.keys.count else { throw VaultError.damaged }
            return Array(found.keys[start..<start + ShredBlock.keyCount])
        }
    }

    func destroy(_ slots: [Int64]) async throws {
        let doomed = Dictionary(grouping: slots.filter { $0 > 0 }) { $0 / Int64(ShredBlock.count) }
        try await database.write { tx in
            for (block, slots) in doomed.sorted(by: { $0.key < $1.key }) {
                guard var keys = try tx.one([UInt8].self, "SELECT keys FROM shred_blocks WHERE block = \(block)") else {
                    continue
                }
                for slot in slots {
                    let start = Int(slot % Int64(ShredBlock.count)) * ShredBlock.keyCount
                    guard start + ShredBlock.keyCount <= keys.count else { continue }
                    for index in start..<start + ShredBlock.keyCount { keys[index] = 0 }
                }
                try tx.run(
                    """
                    UPDATE shred_blocks SET keys = \(keys), version = \(try Self.nextVersion(in: tx))
                    WHERE block = \(block)
                    """
                )
            }
        }
        try await refresh()
    }

    /// What is new or changed since the last look: one short query when there is nothing.
    func refresh() async throws {
        let newest = blocks.withLock { $0.values.map(\.version).max() ?? 0 }
        let rows = try await database.read { tx in
            try tx.all(Stored.self, "SELECT block, version, keys FROM shred_blocks WHERE version > \(newest)")
        }
        guard !rows.isEmpty else { return }
        blocks.withLock { blocks in
            for row in rows { blocks[row.block] = (row.version, row.keys) }
        }
    }

    private static func lastBlock(in tx: Transaction) throws -> Int64 {
        try tx.one(Int64.self, "SELECT max(block) FROM shred_blocks") ?? 0
    }

    private static func last(of block: Int64) -> Int64 { (block + 1) * Int64(ShredBlock.count) - 1 }

    /// The last slot of the table; 0 where it is empty.
    static func lastSlot(in tx: Transaction) throws -> Int64 {
        let block = try lastBlock(in: tx)
        return block > 0 ? last(of: block) : 0
    }

    private static func nextVersion(in tx: Transaction) throws -> Int64 {
        try (tx.one(Int64.self, "SELECT max(version) FROM shred_blocks") ?? 0) + 1
    }

    private struct Stored: Readable {
        let block: Int64
        let version: Int64
        let keys: [UInt8]

        init(row: Row) throws {
            block = try row["block"]
            version = try row["version"]
            keys = try row["keys"]
        }
    }
}
