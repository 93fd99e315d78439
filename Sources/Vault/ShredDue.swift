// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Shred keys whose records are deleted. The row is written in the transaction that deletes the record; the key is
/// destroyed after the commit, and only then the row. So a crash between leaves a key that is destroyed a little later,
/// and never a record without its key.
package enum ShredDue {
    /// `nil` among the slots: a record from before there were shred keys.
    package static func add(_ slots: [Int64?], in tx: Transaction) throws {
        for slot in slots.compactMap(\.self) {
            try tx.run("INSERT INTO shred_due (slot, at) VALUES (\(slot), \(tx.now)) ON CONFLICT DO NOTHING")
        }
    }

    /// Of every blob that the query's first column holds, whole or its first ten bytes. Call it before the rows go:
    ///
    ///     try ShredDue.add(of: "SELECT substr(sealed, 1, 10) FROM reports WHERE id IN \(list: ids)", in: tx)
    ///
    /// Null columns are skipped.
    package static func add(of blobs: SQL, in tx: Transaction) throws {
        try add(try tx.list(Blob.self, blobs).map(\.slot), in: tx)
    }

    /// Destroys what is due; answers how many. Run it often: it does nothing when there is nothing.
    @discardableResult
    package static func settle(with shredder: Shredder, in database: Database, limit: Int = 5_000) async throws -> Int {
        let slots = try await database.read { tx in
            try tx.list(Int64.self, "SELECT slot FROM shred_due ORDER BY slot LIMIT \(limit)")
        }
        guard !slots.isEmpty else { return 0 }
        try await shredder.destroy(slots)
        try await database.write { tx in
            for start in stride(from: 0, to: slots.count, by: 1_000) {
                let some = Array(slots[start..<min(start + 1_000, slots.count)])
                try tx.run("DELETE FROM shred_due WHERE slot IN \(list: some)")
            }
        }
        return slots.count
    }

    private struct Blob: Column {
        let slot: Int64?

        init(value: Value) throws {
            if case .blob(let bytes) = value { slot = Envelope.slot(of: bytes) } else { slot = nil }
        }
    }
}
