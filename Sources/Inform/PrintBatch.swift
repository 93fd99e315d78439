// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People

/// Everything that was printed or saved with one edition of the facts: what its code leads to, and how often it was
/// taken. Nobody is told who took it, because nobody knows.
package struct PrintBatch: Sendable {
    /// A fact as it stood on that day.
    package struct Part: Codable, Sendable, Hashable {
        package let fact: String
        package let revision: Int
        package let standing: String
    }

    /// What became of a fact since.
    package enum Change: Sendable, Hashable {
        /// Taken back, or no longer there.
        case recalled
        /// Its words are new.
        case words
        /// It stands otherwise: no longer settled, or not checked lately.
        case standing
    }

    package enum Verdict: String, Sendable { case current, old, recalled }

    /// A piece in one language; `pages` for the saved guides.
    package struct Key: Sendable, Hashable {
        package let edition: String
        package let piece: String
        package let language: String

        package init(edition: String, piece: String, language: String) {
            (self.edition, self.piece, self.language) = (edition, piece, language)
        }
    }

    package let key: Key
    package let madeAt: Instant
    package let downloads: Int
    package let parts: [Part]

    /// What is no longer as it was printed, the gravest first.
    package func changes(_ rights: Rights) -> [(fact: String, change: Change)] {
        let changes: [(fact: String, change: Change)] = parts.compactMap { part in
            let entry = rights.entry(part.fact)
            let standing = entry?.standing ?? .recalled
            if standing == .recalled {
                return part.standing == Standing.recalled.rawValue ? nil : (part.fact, .recalled)
            }
            if entry?.revision != part.revision { return (part.fact, .words) }
            return standing.rawValue == part.standing ? nil : (part.fact, .standing)
        }
        return changes.filter { $0.change == .recalled } + changes.filter { $0.change != .recalled }
    }

    package func verdict(_ rights: Rights) -> Verdict {
        let changes = changes(rights)
        return changes.isEmpty ? .current : changes.contains { $0.change == .recalled } ? .recalled : .old
    }
}

extension PrintBatch {
    /// Before the first piece of a batch leaves the house: what it says can be told afterwards.
    package static func make(_ key: Key, names: [String], _ rights: Rights, in tx: Transaction) throws {
        let parts = names.map { name in
            let entry = rights.entry(name)
            return Part(
                fact: name,
                revision: entry?.revision ?? 0,
                standing: (entry?.standing ?? .recalled).rawValue
            )
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = String(decoding: try encoder.encode(parts), as: UTF8.self)
        try tx.run(
            """
            INSERT INTO print_batches (edition, piece, language, made_at, downloads, parts)
            VALUES (\(key.edition), \(key.piece), \(key.language), \(tx.now), 0, \(json))
            ON CONFLICT (edition, piece, language) DO NOTHING
            """
        )
    }

    /// Adds what was taken since the last time.
    package static func count(_ taken: [Key: Int], in tx: Transaction) throws {
        for (key, count) in taken {
            try tx.run(
                """
                UPDATE print_batches SET downloads = downloads + \(count)
                WHERE edition = \(key.edition) AND piece = \(key.piece) AND language = \(key.language)
                """
            )
        }
    }

    /// What carries this code: the same facts, in several languages perhaps. Nil for a code that was never printed here.
    package static func find(_ edition: String, in tx: Transaction) throws -> PrintBatch? {
        try tx.first(PrintBatch.self, "\(select) WHERE edition = \(edition) ORDER BY made_at")
    }

    /// Every batch, newest first.
    package static func all(by caller: Caller, in tx: Transaction) throws -> [PrintBatch] {
        try caller.require(.writeFacts)
        return try tx.all(PrintBatch.self, "\(select) ORDER BY made_at DESC, edition, piece, language")
    }

    /// A code as people type it: `1a2b-3c4d`, `1A2B 3C4D`. Nil for what can't be one.
    package static func edition(typed text: String) -> String? {
        let letters = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
        let code = String(decoding: letters, as: UTF8.self).lowercased()
        guard code.utf8.count == 8, code.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else { return nil }
        return code
    }

    private static let select: SQL = "SELECT edition, piece, language, made_at, downloads, parts FROM print_batches"
}

extension PrintBatch: Readable {
    package init(row: Row) throws {
        key = Key(edition: try row["edition"], piece: try row["piece"], language: try row["language"])
        madeAt = try row["made_at"]
        downloads = try row["downloads"]
        let json: String = try row["parts"]
        parts = try JSONDecoder().decode([Part].self, from: Data(json.utf8))
    }
}
