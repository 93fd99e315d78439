// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Incident {
    /// Through the caller: staff see all, a responder sees where they were asked to go, a stranger sees nothing.
    package static func find(_ id: Ref<Incident>, by caller: Caller, in tx: Transaction) throws -> Incident {
        guard let incident = try tx.first(Incident.self, "SELECT * FROM incidents WHERE id = \(id)"),
            try caller.can(.seeBoard) || wasSent(caller, to: id, in: tx)
        else { throw Refusal.notFound }
        return incident
    }

    /// Follows merges to where the incident is now; nil when there is none.
    static func present(_ id: Ref<Incident>, in tx: Transaction) throws -> Incident? {
        try following(id) {
            try tx.first(Incident.self, "SELECT * FROM incidents WHERE id = \($0)")
        } next: {
            $0.mergedInto
        }
    }

    /// The last of a chain of merges; nil where one is missing.
    static func following<Found>(
        _ id: Ref<Incident>,
        find: (Ref<Incident>) throws -> Found?,
        next: (Found) -> Ref<Incident>?
    ) rethrows -> Found? {
        var id = id
        for _ in 0..<16 {
            guard let found = try find(id) else { return nil }
            guard let merged = next(found) else { return found }
            id = merged
        }
        return nil
    }

    /// The incident that a report belongs to now: an open one before one that is answered as nothing, and that before a
    /// closed one.
    static func holding(_ report: Ref<Report>, in tx: Transaction) throws -> Incident? {
        try tx.first(
            Incident.self,
            """
            SELECT i.* FROM incidents i JOIN incident_reports l ON l.incident = i.id WHERE l.report = \(report)
            ORDER BY CASE WHEN i.state = 'closed' THEN 2 WHEN i.truth IN \(list: Truth.dispelled) THEN 1 ELSE 0 END,
                i.first_seen_at DESC, i.id
            LIMIT 1
            """
        )
    }

    /// To five minutes, downward: exact enough to be told "about when", too coarse to say whose report it was.
    static func coarse(_ instant: Instant) -> Instant {
        let step: Int64 = 300_000
        return Instant(milliseconds: instant.milliseconds - instant.milliseconds % step)
    }

    /// What a step rests on: what may not have changed since its page was made.
    enum Footing {
        /// What colleagues did with the incident.
        case steps
        /// And who is sent there, said yes, arrived or left.
        case people
        /// And what was reported.
        case everything
    }

    /// One step of a person: changes the row if it is as they saw it, else says what was changed meanwhile.
    static func step(
        _ incident: Incident,
        expecting version: Int?,
        on footing: Footing = .steps,
        _ change: SQL,
        _ condition: SQL,
        in tx: Transaction
    ) throws {
        let lock: SQL =
            version.map { seen -> SQL in
                switch footing {
                case .steps: "AND \(seen) BETWEEN stepped AND version"
                case .people: "AND \(seen) BETWEEN stepped AND version AND \(seen) >= sent"
                case .everything: "AND \(seen) = version"
                }
            } ?? ""
        let changed = try tx.run(
            """
            UPDATE incidents SET \(change), version = version + 1, stepped = version + 1
            WHERE id = \(incident.id) AND \(condition) \(lock)
            """
        )
        guard changed == 1 else { throw try changedMeanwhile(incident.id, expecting: version, in: tx) }
    }

    /// Somebody was sent there, said yes, arrived, left, or wrote what they see: whoever says what is so has to know.
    static func noteSent(to id: Ref<Incident>, in tx: Transaction) throws {
        try tx.run("UPDATE incidents SET version = version + 1, sent = version + 1 WHERE id = \(id)")
    }

    /// What is said of those who are sent, as it makes an old page old.
    package static let sendings: Set<String> = [
        "dispatch.opened", "assignment.accepted", "assignment.on_scene", "assignment.done", "observation.made",
    ]

    static func record(
        _ what: String,
        _ id: Ref<Incident>,
        by caller: Caller?,
        _ data: [String: String] = [:],
        in tx: Transaction
    ) throws {
        let data = data.filter { !$0.value.isEmpty }
        try tx.record(Event("incident.\(what)", subject: id.text, actor: caller?.person.text, data: data))
        guard PublicNotice.heard.contains(what) else { return }
        try PublicNotice.keepUp(id, in: tx)
        try Broadcast.keepUp(id, in: tx)
        if let gone = data["from"].flatMap({ Ref<Incident>($0) }) {
            try PublicNotice.keepUp(gone, in: tx)
            try Broadcast.keepUp(gone, in: tx)
        }
    }

    /// The reference of an incident, and of all that were merged into it.
    static func withMerged(_ id: Ref<Incident>, in tx: Transaction) throws -> [String] {
        [id.text] + (try tx.list(String.self, "SELECT id FROM incidents WHERE merged_into = \(id) ORDER BY id"))
    }

    /// Says what the last step of a person was; where there was none, who went or came, and else that there are more
    /// reports.
    private static func changedMeanwhile(
        _ id: Ref<Incident>,
        expecting seen: Int?,
        in tx: Transaction
    ) throws -> Refusal {
        let row = try tx.rows("SELECT version, stepped, sent FROM incidents WHERE id = \(id)").first
        var which: SQL = "actor IS NOT NULL AND kind NOT IN \(list: sendings.sorted())"
        if let row, let seen, try row["stepped"] <= seen {
            if try row["sent"] > seen {
                which = "kind IN \(list: sendings.sorted())"
            } else if try row["version"] > seen {
                which = "kind = 'incident.grew'"
            }
        }
        let last = try tx.one(
            String.self,
            "SELECT kind \(IncidentEvents.of([id.text])) AND \(which) ORDER BY id DESC LIMIT 1"
        )
        return conflict(last ?? "")
    }

    static func conflict(_ kind: String) -> Refusal {
        let message: Phrase =
            switch kind {
            case "incident.verifying": "response.conflict_verifying|A colleague just started checking this. Look again."
            case "incident.waiting": "response.conflict_waiting|A colleague just put this back in the list. Look again."
            case "incident.verified", "incident.answered":
                "response.conflict_answered|A colleague just added what they found. Look again."
            case "incident.over": "response.conflict_over|A colleague just marked this as over. Look again."
            case "incident.reviewed": "response.conflict_reviewed|A colleague just reviewed this. Look again."
            case "incident.closed": "response.conflict_closed|A colleague just closed this. Look again."
            case "incident.reopened": "response.conflict_reopened|A colleague just opened this again. Look again."
            case "incident.merged": "response.conflict_merged|A colleague just merged this. Look again."
            case "incident.split": "response.conflict_split|A colleague just split this. Look again."
            case "incident.retitled": "response.conflict_retitled|A colleague just renamed this. Look again."
            case "incident.grew": "response.conflict_grew|Another report came in since you looked. Read it, then go on."
            case "dispatch.opened":
                "response.conflict_dispatched|People were asked to go there since you looked. Look again."
            case "assignment.accepted": "response.conflict_accepted|Somebody said yes to going there. Look again."
            case "assignment.on_scene": "response.conflict_on_scene|Somebody just arrived there. Look again."
            case "assignment.done": "response.conflict_left|Somebody just left there. Look again."
            case "observation.made":
                "response.conflict_observed|Somebody there just wrote down what they see. Read it first."
            case "report.spam": "response.conflict_spam|A colleague just marked this as spam. Look again."
            default: "response.conflict|Somebody changed this a moment ago. Look again before you go on."
            }
        return Refusal(.conflict, message)
    }

    private static func wasSent(_ caller: Caller, to id: Ref<Incident>, in tx: Transaction) throws -> Bool {
        try tx.one(
            Int.self,
            """
            SELECT 1 FROM assignments WHERE incident = \(id) AND person = \(caller.person)
                AND state NOT IN ('declined', 'expired') LIMIT 1
            """
        ) != nil
    }
}
