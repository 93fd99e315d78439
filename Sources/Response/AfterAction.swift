// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// What a team learned from an incident, written within a day from the automatic timeline. Sealed: it may speak of how
/// people are.
package struct AfterAction: Sendable {
    package let incident: Ref<Incident>
    package let person: Ref<Person>
    package let at: Instant
    package let words: Opened<Words>

    /// The questions of a debrief. What was learned is for whoever comes after, and names nobody.
    package struct Words: Sendable, Hashable, Codable {
        package var wentWell: String?
        package var change: String?
        package var howWeAre: String?
        package var learned: String?

        package static let limit = 2_000

        package init(
            wentWell: String? = nil,
            change: String? = nil,
            howWeAre: String? = nil,
            learned: String? = nil
        ) {
            self.wentWell = wentWell
            self.change = change
            self.howWeAre = howWeAre
            self.learned = learned
        }
    }

    private static let kind = "after_action"

    /// Writes it, or writes it anew. Fields: `went_well`, `change`, `how_we_are`, `learned`.
    package static func write(
        _ words: Words,
        of id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.closeIncident)
        let incident = try Incident.find(id, by: caller, in: tx)
        guard incident.state == .answered || incident.state == .closed else {
            throw Refusal(.conflict, "response.debrief_early|Answer this incident first. The debrief comes after.")
        }
        var check = FieldCheck()
        let clean = Words(
            wentWell: check.text(words.wentWell, "went_well", limit: Words.limit),
            change: check.text(words.change, "change", limit: Words.limit),
            howWeAre: check.text(words.howWeAre, "how_we_are", limit: Words.limit),
            learned: check.text(words.learned, "learned", limit: Words.limit)
        )
        for (field, text) in [
            ("went_well", clean.wentWell), ("change", clean.change), ("how_we_are", clean.howWeAre),
            ("learned", clean.learned),
        ] {
            if let text { ReportFiling.flagNeverKept(text, field, &check) }
        }
        if let learned = clean.learned, let name = try somebody(namedIn: learned, of: id, in: tx) {
            check.flag(
                "learned",
                Phrase("debrief.names|This names {name}. Say what we learned without names.", ["name": name])
            )
        }
        if clean == Words() { check.flag("went_well", "response.debrief_empty|Answer at least one question.") }
        try check.settle()
        let team = try Team.current(incident.team, in: tx)
        let sealed = try Sealed.seal(clean, kind: kind, record: id.text, to: [team], shred: tx.shredKey())
        try ShredDue.add(of: "SELECT substr(sealed, 1, 10) FROM after_actions WHERE incident = \(id)", in: tx)
        try tx.run(
            """
            INSERT INTO after_actions (incident, person, sealed, at)
            VALUES (\(id), \(caller.person), \(sealed), \(tx.now))
            ON CONFLICT (incident) DO UPDATE SET person = excluded.person, sealed = excluded.sealed, at = excluded.at
            """
        )
        try Debrief.settle(id, in: tx)
        try Incident.record("debriefed", id, by: caller, in: tx)
    }

    /// Somebody who had to do with the incident and is named in a text, as a word of its own.
    private static func somebody(namedIn text: String, of id: Ref<Incident>, in tx: Transaction) throws -> String? {
        let people = try CareCheck.involved(in: id, in: tx).sorted { $0.text < $1.text }
        let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        return try Person.handles(of: people, in: tx).values.sorted().first { handle in
            let name = handle.split { !$0.isLetter && !$0.isNumber }.map(String.init)
            return !name.isEmpty
                && words.indices.contains { words.dropFirst($0).prefix(name.count).elementsEqual(name) }
        }
    }

    static func find(_ id: Ref<Incident>, by caller: Caller, in tx: Transaction) throws -> AfterAction? {
        guard let row = try tx.rows("SELECT * FROM after_actions WHERE incident = \(id)").first else { return nil }
        let sealed: Sealed<Words> = try row["sealed"]
        return AfterAction(
            incident: id,
            person: try row["person"],
            at: try row["at"],
            words: Opening.look(sealed, kind: kind, record: id.text, by: caller)
        )
    }
}

/// How long an incident took, from all of its events: what a debrief begins with.
package struct Pace: Sendable, Hashable {
    package let toStart: Duration?
    package let toFirstYes: Duration?
    package let toScene: Duration?
    package let toAnswer: Duration?
    package let toClose: Duration?
    package let reports: Int
    package let asked: Int
    package let went: Int
    package let observations: Int

    /// From the first event; a part that did not happen is nil.
    package static func of(_ id: Ref<Incident>, in tx: Transaction) throws -> Pace {
        let events = try IncidentEvents.of(id, in: tx)
        let kinds = try tx.rows("SELECT kind, min(at) AS first, count(*) AS n \(events) GROUP BY kind")
        let first: [String: Instant] = try kinds.reduce(into: [:]) { all, row in
            all[try row["kind"]] = try row["first"]
        }
        let count: [String: Int] = try kinds.reduce(into: [:]) { all, row in all[try row["kind"]] = try row["n"] }
        let start = first.values.min()
        func after(_ kind: String) -> Duration? { start.flatMap { start in first[kind].map { $0 - start } } }
        return Pace(
            toStart: after("incident.verifying") ?? after("dispatch.opened"),
            toFirstYes: after("assignment.accepted"),
            toScene: after("assignment.on_scene"),
            toAnswer: after("incident.answered"),
            toClose: after("incident.closed"),
            reports: try tx.count(
                """
                SELECT count(*) \(events) AND kind IN ('incident.opened', 'incident.grew') AND data LIKE '%"report":%'
                """
            ),
            asked: count["assignment.offered"] ?? 0,
            went: count["assignment.on_scene"] ?? 0,
            observations: count["observation.made"] ?? 0
        )
    }
}
