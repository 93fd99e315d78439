// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// One version of a fact, on its way from a draft to an approved text: written, read by another, approved by an
/// attorney who is neither. What is live stays live until then.
package struct FactRevision: Sendable, Identifiable {
    package enum State: String, Sendable, Bindable, Column {
        case draft, reviewed, approved, declined
        /// Came with the content pack.
        case filed
    }

    /// Who did something, and when.
    package struct Step: Sendable {
        package let by: Ref<Person>
        /// What colleagues call them.
        package let handle: String
        package let at: Instant
    }

    package let id: Ref<FactRevision>
    package let fact: String
    /// 1 is the oldest.
    package let number: Int
    package let basedOn: Int
    package let state: State
    package let body: Fact
    /// Why, in the writer's words.
    package let note: String
    package let writtenAt: Instant
    /// Nil for what came with the pack.
    package let written: Step?
    package let reviewed: Step?
    /// Approved or declined.
    package let settled: Step?

    package var isOpen: Bool { state == .draft || state == .reviewed }
}

extension FactRevision {
    /// A new version of a fact, or a new fact (`basedOn` 0). Words that changed are drafts again; a language that did
    /// not follow the English is outdated until somebody does.
    @discardableResult
    package static func draft(
        _ fact: Fact,
        basedOn: Int,
        note: String,
        jurisdictions: Set<String>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<FactRevision> {
        try caller.require(.writeFacts)
        var problems = FactChecks.problems(of: fact, jurisdictions: jurisdictions)
        if note.isBlank { problems["note"] = "facts.no_note|Say what you changed, and why." }
        if note.unicodeScalars.count > 500 {
            problems["note"] = Phrase("facts.too_long|Keep it under {limit} letters.", ["limit": "500"])
        }
        guard problems.isEmpty else { throw Refusal.invalid(problems) }
        let live = try FactBook.live(fact.id, in: tx)
        guard live?.revision ?? 0 == basedOn else { throw Refusal.factMoved }
        if live == nil {
            // Two may write the same new fact: the second is told.
            guard
                try tx.run(
                    """
                    INSERT INTO facts (id, file, live) VALUES (\(fact.id), 'added.yaml', 0) ON CONFLICT (id) DO NOTHING
                    """
                ) == 1
            else { throw Refusal.invalid(["id": "facts.taken|There is a fact with this name."]) }
        }
        let body = live.map { fact.asDraft(after: $0.fact) } ?? fact.asNewDraft
        guard try body.digest != live?.fact.digest else {
            throw Refusal.invalid(["note": "facts.same|Nothing is different from what is live."])
        }
        let id = try insert(body, .draft, basedOn: basedOn, note: note, by: caller.person, in: tx)
        try tx.record(Event("fact.drafted", subject: fact.id, actor: caller.person.text, data: ["revision": id.text]))
        return id
    }

    /// Somebody else read it. `languages`: those whose words they checked.
    package static func review(
        _ id: Ref<FactRevision>,
        languages: Set<String>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.writeFacts)
        let revision = try find(id, by: caller, in: tx)
        guard revision.state == .draft else { throw Refusal.factMoved }
        guard revision.written?.by != caller.person else {
            throw Refusal(.forbidden, "facts.own_review|Somebody else must review what you wrote.")
        }
        guard languages.contains("en") else {
            throw Refusal.invalid(["languages": "facts.read_english|Mark English too: it is what the others follow."])
        }
        let body = revision.body.marked(languages, .checked, on: LocalTime(tx.now).isoDay)
        let json = try body.json
        let changed = try tx.run(
            """
            UPDATE fact_revisions SET state = 'reviewed', body = \(json), reviewed_by = \(caller.person),
                reviewed_at = \(tx.now) WHERE id = \(id) AND state = 'draft'
            """
        )
        guard changed == 1 else { throw Refusal.factMoved }
        try tx.record(
            Event("fact.reviewed", subject: revision.fact, actor: caller.person.text, data: ["revision": id.text])
        )
    }

    /// Makes it live. A recalled fact is no longer recalled. `languages`: those whose words the attorney read.
    package static func approve(
        _ id: Ref<FactRevision>,
        languages: Set<String>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.approveFacts)
        let revision = try find(id, by: caller, in: tx)
        guard revision.state == .reviewed else { throw Refusal.factMoved }
        guard revision.written?.by != caller.person, revision.reviewed?.by != caller.person else {
            throw Refusal(
                .forbidden,
                "facts.own_approval|A third person must approve: not who wrote it, not who reviewed it."
            )
        }
        guard languages.contains("en") else {
            throw Refusal.invalid(["languages": "facts.read_english|Mark English too: it is what the others follow."])
        }
        guard try FactBook.live(revision.fact, in: tx)?.revision ?? 0 == revision.basedOn else {
            throw Refusal.factMoved
        }
        let body = revision.body.marked(languages, .approved, on: LocalTime(tx.now).isoDay)
        let json = try body.json
        let changed = try tx.run(
            """
            UPDATE fact_revisions SET state = 'approved', body = \(json), settled_by = \(caller.person),
                settled_at = \(tx.now) WHERE id = \(id) AND state = 'reviewed'
            """
        )
        guard changed == 1 else { throw Refusal.factMoved }
        try FactBook.publish(revision.fact, revision: revision.number, in: tx)
        try tx.record(
            Event(
                "fact.approved",
                subject: revision.fact,
                actor: caller.person.text,
                data: ["revision": id.text, "number": String(revision.number)]
            )
        )
    }

    /// Puts a draft or a reviewed version aside; it stays in the history.
    package static func decline(_ id: Ref<FactRevision>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.writeFacts)
        let revision = try find(id, by: caller, in: tx)
        let changed = try tx.run(
            """
            UPDATE fact_revisions SET state = 'declined', settled_by = \(caller.person), settled_at = \(tx.now)
            WHERE id = \(id) AND state IN ('draft', 'reviewed')
            """
        )
        guard changed == 1 else { throw Refusal.factMoved }
        try tx.record(
            Event("fact.declined", subject: revision.fact, actor: caller.person.text, data: ["revision": id.text])
        )
    }

    package static func find(_ id: Ref<FactRevision>, by caller: Caller, in tx: Transaction) throws -> FactRevision {
        try caller.require(.writeFacts)
        guard let found = try tx.first(FactRevision.self, "\(select) WHERE r.id = \(id)") else {
            throw Refusal.notFound
        }
        return found
    }

    /// All versions of a fact, newest first.
    package static func history(of fact: String, by caller: Caller, in tx: Transaction) throws -> [FactRevision] {
        try caller.require(.writeFacts)
        return try tx.all(FactRevision.self, "\(select) WHERE r.fact = \(fact) ORDER BY r.number DESC")
    }

    /// Drafts and reviewed versions that wait for somebody, oldest first.
    package static func waiting(by caller: Caller, in tx: Transaction) throws -> [FactRevision] {
        try caller.require(.writeFacts)
        return try tx.all(
            FactRevision.self,
            "\(select) WHERE r.state IN ('draft', 'reviewed') ORDER BY r.written_at, r.id"
        )
    }

    @discardableResult
    static func insert(
        _ body: Fact,
        _ state: State,
        basedOn: Int,
        note: String,
        by person: Ref<Person>?,
        in tx: Transaction
    ) throws -> Ref<FactRevision> {
        let id = Ref<FactRevision>.new()
        let json = try body.json
        try tx.run(
            """
            INSERT INTO fact_revisions (id, fact, number, based_on, state, body, note, written_by, written_at)
            SELECT \(id), \(body.id), coalesce(max(number), 0) + 1, \(basedOn), \(state), \(json), \(note), \(person),
                \(tx.now) FROM fact_revisions WHERE fact = \(body.id)
            """
        )
        return id
    }

    private static let select: SQL = """
        SELECT r.*, w.handle AS writer, v.handle AS reviewer, s.handle AS settler FROM fact_revisions r
        LEFT JOIN people w ON w.id = r.written_by LEFT JOIN people v ON v.id = r.reviewed_by
        LEFT JOIN people s ON s.id = r.settled_by
        """
}

extension FactRevision: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        fact = try row["fact"]
        number = try row["number"]
        basedOn = try row["based_on"]
        state = try row["state"]
        body = try Fact(json: row["body"])
        note = try row["note"]
        writtenAt = try row["written_at"]
        written = try Self.step(row["written_by"], row["writer"], writtenAt)
        reviewed = try Self.step(row["reviewed_by"], row["reviewer"], row["reviewed_at"])
        settled = try Self.step(row["settled_by"], row["settler"], row["settled_at"])
    }

    private static func step(_ person: Ref<Person>?, _ handle: String?, _ at: Instant?) -> Step? {
        guard let person, let at else { return nil }
        return Step(by: person, handle: handle ?? "", at: at)
    }
}

extension Fact {
    /// As it stands after an edit: what changed is a draft, and what did not follow the English is outdated.
    func asDraft(after live: Fact) -> Fact {
        var fact = self
        fact.recalled = nil
        fact.text = Self.texts(text, after: live.text, statusChanged: status != live.status)
        fact.variants = variants?.map { variant in
            guard let before = live.variants?.first(where: { $0.circuit == variant.circuit }) else { return variant }
            var variant = variant
            variant.text = Self.texts(
                variant.text,
                after: before.text,
                statusChanged: variant.status != before.status
            )
            return variant
        }
        return fact
    }

    var asNewDraft: Fact {
        var fact = self
        fact.text = text.mapValues { FactText(statement: $0.statement, means: $0.means, dispute: $0.dispute) }
        return fact
    }

    private static func texts(_ new: [String: FactText], after old: [String: FactText], statusChanged: Bool)
        -> [String: FactText]
    {
        let english = new["en"].map { text in old["en"].map { text.saysTheSame(as: $0) } ?? false } ?? false
        return Dictionary(
            uniqueKeysWithValues: new.map { code, text in
                guard let before = old[code], text.saysTheSame(as: before) else {
                    return (code, FactText(statement: text.statement, means: text.means, dispute: text.dispute))
                }
                var kept = before
                if code != "en", !english || statusChanged {
                    (kept.state, kept.on) = (.outdated, nil)
                } else if statusChanged {
                    (kept.state, kept.on) = (.draft, nil)
                }
                return (code, kept)
            }
        )
    }

    /// With the words in `languages` as far as `state`; none goes back.
    func marked(_ languages: Set<String>, _ state: FactText.State, on day: String) -> Fact {
        func mark(_ texts: [String: FactText]) -> [String: FactText] {
            Dictionary(
                uniqueKeysWithValues: texts.map { code, text in
                    var text = text
                    let goesOn = state == .approved || text.state != .approved
                    if languages.contains(code), goesOn { (text.state, text.on) = (state, day) }
                    return (code, text)
                }
            )
        }
        var fact = self
        fact.text = mark(text)
        fact.variants = variants?.map { variant in
            var variant = variant
            variant.text = mark(variant.text)
            return variant
        }
        return fact
    }
}

extension Refusal {
    static var factMoved: Refusal {
        Refusal(
            .conflict,
            "facts.moved|Somebody changed this fact meanwhile. Nothing was lost. Look again, then decide."
        )
    }
}
