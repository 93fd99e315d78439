// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Which slots of shred keys stand in the database, in every column that an area declares as sealed: what the keys
/// beside it must hold, and above which new ones are given out.
package struct ShredSlots: Sendable {
    private struct Place: Sendable {
        let table: SQL
        let column: SQL
    }

    private let places: [Place]
    private static let setting = "shred.slot"

    /// Seeds of teams are sealed to members without a shred key: they name no slot.
    package init(of holdings: [Holding]) {
        places = holdings.flatMap { holding in
            holding.columns.filter { $0.value == .sealed && $0.key != "sealed_seed" }.keys.sorted()
                .map { Place(table: SQL(stringLiteral: holding.table), column: SQL(stringLiteral: $0)) }
        }
    }

    /// No record names a higher slot. Read where it was written down; looked for in the records where it never was.
    func highest(in database: Database) async throws -> Int64 {
        if let known = try await database.read({ tx in try Self.written(in: tx) }) { return known }
        return try await database.write { tx in
            let found = try places.reduce(0) { try max($0, highest($1, in: tx)) }
            try Self.raise(to: found, in: tx)
            return found
        }
    }

    /// How many records name a higher slot than `last`.
    package func count(above last: Int64, in tx: Transaction) throws -> Int {
        let last = Self.bytes(last)
        return try places.reduce(0) { sum, place in
            try sum
                + tx.count(
                    """
                    SELECT count(*) FROM \(place.table) WHERE substr(\(place.column), 1, 1) > \([UInt8(1)])
                    AND substr(\(place.column), 3, 8) > \(last)
                    """
                )
        }
    }

    /// How many records name a slot whose key is destroyed, or stands nowhere.
    package func closed(to shredder: Shredder, in tx: Transaction) throws -> Int {
        try places.reduce(0) { sum, place in
            let blobs: SQL = """
                SELECT substr(\(place.column), 1, 10) FROM \(place.table)
                WHERE substr(\(place.column), 1, 1) > \([UInt8(1)])
                """
            let slots = try tx.list([UInt8].self, blobs).compactMap { Envelope.slot(of: $0) }
            return sum + slots.count { (try? shredder.key($0)) == nil }
        }
    }

    private func highest(_ place: Place, in tx: Transaction) throws -> Int64 {
        // PostgreSQL before 18 knows no greatest one of bytes.
        try tx.one(
            [UInt8].self,
            """
            SELECT substr(\(place.column), 3, 8) FROM \(place.table)
            WHERE substr(\(place.column), 1, 1) > \([UInt8(1)]) ORDER BY 1 DESC LIMIT 1
            """
        )
        .map { $0.reduce(0) { $0 << 8 | Int64($1) } } ?? 0
    }

    /// Written with the records or before them: nothing is given out above it. Never lowered.
    static func raise(to slot: Int64, in tx: Transaction) throws {
        guard try slot > written(in: tx) ?? -1 else { return }
        try Settings.set(setting, to: "\(slot)", by: nil, in: tx)
    }

    static func written(in tx: Transaction) throws -> Int64? {
        try Settings.value(setting, in: tx).flatMap { Int64($0) }
    }

    /// As an envelope holds it.
    private static func bytes(_ slot: Int64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: slot >> ($0 * 8)) }
    }
}

/// Records stand in the database whose shred keys stand nowhere: a backup without its keys, or with older ones.
package struct MissingShredKeys: Error, Sendable, CustomStringConvertible {
    /// The file or the table of keys.
    package let store: String
    package let records: Int

    package var description: String {
        """
        \(store) lacks the keys of \(records) sealed records in the database. Put its newest copy back before anything \
        else (docs/operations.md, Backup). Where there is none: vecinos serve --keys-lost goes on without, and those \
        records stay closed for ever.
        """
    }
}
