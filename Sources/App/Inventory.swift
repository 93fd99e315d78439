// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Response
import Web

/// What the operator holds today, and could be forced to hand over: every table and column of the live schema with its
/// rows, and every file of the data folder. Anything that nobody classified makes it fail, so it can't be half the truth.
struct Inventory: Encodable, Sendable {
    struct Table: Encodable, Sendable {
        let table: String
        let what: String
        let rows: Int
        /// Days, in the city's time.
        let oldest: String?
        let newest: String?
        let kept: String
        /// Columns by who can read them.
        let columns: [String: [String]]
    }

    struct File: Encodable, Sendable {
        let file: String
        let what: String
        let bytes: Int
    }

    let database: String
    let tables: [Table]
    let files: [File]
    /// Incidents that are kept for a court, past their time.
    let legalHolds: Int
    let unclassified: [String]

    static func take(of database: Database, folder: String) async throws -> Inventory {
        let (tables, unclassified, holds) = try await database.read { tx in
            let schema = try Catalog.tables(in: tx)
            return (
                try schema.compactMap { try Self.table($0, in: tx) }, Holdings.unclassified(schema),
                try LegalHold.standing(in: tx).count
            )
        }
        let files = try InventoryFiles.all(in: folder)
        return Inventory(
            database: database.dialect == .sqlite ? "sqlite" : "postgres",
            tables: tables,
            files: files.known,
            legalHolds: holds,
            unclassified: unclassified + files.unknown
        )
    }

    private static func table(_ table: Catalog.Table, in tx: Transaction) throws -> Table? {
        guard let holding = Holdings.all.first(where: { $0.table == table.name }) else { return nil }
        let t = Words(language: .english)
        let span = try holding.day.flatMap { try Catalog.span(of: table, by: $0, in: tx) }
        let kept =
            switch holding.kept {
            case .by(let keeping): RetentionChange.words(try keeping.period(in: tx), t)
            case .words(let phrase): t(phrase)
            }
        let columns = table.columns.reduce(into: [String: [String]]()) { all, column in
            all[holding.columns[column]?.rawValue ?? "unclassified", default: []].append(column)
        }
        return Table(
            table: table.name,
            what: t(holding.what),
            rows: try Catalog.count(of: table, in: tx),
            oldest: span.map { LocalTime($0.lowerBound).isoDay },
            newest: span.map { LocalTime($0.upperBound).isoDay },
            kept: kept,
            columns: columns
        )
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    var text: String {
        let t = Words(language: .english)
        var lines = [
            "What this server holds today. Who has a copy of it can read what is marked readable, and no more."
        ]
        for table in tables {
            let span = table.oldest.map { ", \($0) to \(table.newest ?? $0)" } ?? ""
            lines += [
                "", "\(table.what)", "  table \(table.table): \(table.rows) rows\(span)", "  kept: \(table.kept)",
            ]
            for protection in Holding.Protection.allCases {
                guard let columns = table.columns[protection.rawValue] else { continue }
                lines.append("  \(t(protection.name)): \(columns.joined(separator: ", "))")
            }
        }
        lines += ["", "Files"] + files.map { "  \($0.file), \($0.bytes) bytes: \($0.what)" }
        lines += ["", "Legal holds that stand: \(legalHolds)"]
        if !unclassified.isEmpty { lines += ["", "NOT CLASSIFIED: \(unclassified.joined(separator: ", "))"] }
        return lines.joined(separator: "\n")
    }
}
