// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// The facts that are live, in the database: what pages, cards and answers are built from.
package enum FactBook {
    package struct Live: Sendable {
        /// With `recalled` as it stands.
        package let fact: Fact
        package let revision: Int
        package let file: String
        /// The digest when files and database last said the same; nil for what was written in the browser.
        package let synced: String?
    }

    /// Taken back at once and everywhere. One person is enough: it is the safe direction.
    package static func recall(_ id: String, reason: String, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.recallFacts)
        if reason.isBlank {
            throw Refusal.invalid(["reason": "facts.no_reason|Say why. Colleagues read it."])
        }
        if reason.unicodeScalars.count > FactChecks.reasonLimit {
            let limit = String(FactChecks.reasonLimit)
            throw Refusal.invalid(["reason": Phrase("facts.too_long|Keep it under {limit} letters.", ["limit": limit])])
        }
        let day = LocalTime(tx.now).isoDay
        let changed = try tx.run(
            """
            UPDATE facts SET recalled_at = \(tx.now), recalled_by = \(caller.person), recalled_on = \(day),
                recall_reason = \(reason) WHERE id = \(id) AND live > 0 AND recalled_on IS NULL
            """
        )
        guard changed == 1 else { throw try live(id, in: tx) == nil ? Refusal.notFound : Refusal.factMoved }
        try turn(in: tx)
        try tx.record(Event("fact.recalled", subject: id, actor: caller.person.text))
    }

    /// The recall was a mistake: an attorney says so.
    package static func restore(_ id: String, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.approveFacts)
        let changed = try tx.run(
            """
            UPDATE facts SET recalled_at = NULL, recalled_by = NULL, recalled_on = NULL, recall_reason = NULL
            WHERE id = \(id) AND recalled_on IS NOT NULL
            """
        )
        guard changed == 1 else { throw try live(id, in: tx) == nil ? Refusal.notFound : Refusal.factMoved }
        try turn(in: tx)
        try tx.record(Event("fact.restored", subject: id, actor: caller.person.text))
    }

    /// Who took it back and when; nil where it isn't recalled, or came so with the pack.
    package static func recall(of id: String, by caller: Caller, in tx: Transaction) throws -> FactRevision.Step? {
        try caller.require(.writeFacts)
        let row = try tx.rows(
            """
            SELECT f.recalled_by, f.recalled_at, p.handle FROM facts f JOIN people p ON p.id = f.recalled_by
            WHERE f.id = \(id)
            """
        ).first
        return try row.map {
            FactRevision.Step(by: try $0["recalled_by"], handle: try $0["handle"], at: try $0["recalled_at"])
        }
    }

    package static func live(_ id: String, in tx: Transaction) throws -> Live? {
        try tx.first(Live.self, "\(select) WHERE f.id = \(id)")
    }

    /// Every live fact, by name.
    package static func all(in tx: Transaction) throws -> [Live] {
        try tx.all(Live.self, "\(select) ORDER BY f.id")
    }

    /// Changes whenever what is live changes, on any node.
    package static func version(in tx: Transaction) throws -> Int64 {
        try tx.one(Int64.self, "SELECT version FROM fact_book WHERE one = 1") ?? 0
    }

    static func publish(_ id: String, revision: Int, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE facts SET live = \(revision), recalled_at = NULL, recalled_by = NULL, recalled_on = NULL,
                recall_reason = NULL WHERE id = \(id)
            """
        )
        try turn(in: tx)
    }

    static func turn(in tx: Transaction) throws {
        try tx.run("UPDATE fact_book SET version = version + 1 WHERE one = 1")
    }

    private static let select: SQL = """
        SELECT f.file, f.synced, f.live, f.recalled_on, f.recall_reason, r.body FROM facts f
        JOIN fact_revisions r ON r.fact = f.id AND r.number = f.live
        """
}

extension FactBook.Live: Readable {
    package init(row: Row) throws {
        var fact = try Fact(json: row["body"])
        let reason: String? = try row["recall_reason"]
        fact.recalled = try reason.map { Fact.Recall(on: try row["recalled_on"], reason: $0) }
        self.fact = fact
        revision = try row["live"]
        file = try row["file"]
        synced = try row["synced"]
    }
}
