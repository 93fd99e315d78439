// SPDX-License-Identifier: AGPL-3.0-or-later

/// The live schema, as the database itself tells it: what the inventory is computed from.
package enum Catalog {
    package struct Table: Sendable, Hashable {
        package let name: String
        package let columns: [String]
    }

    /// Every table but the database's own, by name.
    package static func tables(in tx: Transaction) throws -> [Table] {
        let found: SQL =
            switch tx.dialect {
            case .sqlite:
                """
                SELECT m.name AS held, c.name AS part FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid
                """
            case .postgres:
                """
                SELECT table_name AS held, column_name AS part FROM information_schema.columns
                WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position
                """
            }
        var tables: [Table] = []
        for row in try tx.rows(found) {
            let (name, column): (String, String) = (try row["held"], try row["part"])
            if let last = tables.last, last.name == name {
                tables[tables.count - 1] = Table(name: name, columns: last.columns + [column])
            } else {
                tables.append(Table(name: name, columns: [column]))
            }
        }
        return tables
    }

    package static func count(of table: Table, in tx: Transaction) throws -> Int {
        try tx.count(SQL(stringLiteral: "SELECT count(*) FROM \(try quoted(table.name))"))
    }

    /// The first and the last moment of its rows; nil where there are none.
    package static func span(of table: Table, by column: String, in tx: Transaction) throws -> ClosedRange<Instant>? {
        let (name, column) = (try quoted(table.name), try quoted(column))
        let row = try tx.rows(
            SQL(stringLiteral: "SELECT min(\(column)) AS oldest, max(\(column)) AS newest FROM \(name)")
        ).first
        guard let oldest: Instant = try row?["oldest"], let newest: Instant = try row?["newest"] else { return nil }
        return oldest...max(oldest, newest)
    }

    /// Names come from the schema, and still only what can't end a quotation goes into a statement.
    private static func quoted(_ name: String) throws -> String {
        guard Database.isName(name) else { throw DatabaseFailure.other("not a plain name of a table or column") }
        return "\"\(name)\""
    }
}
