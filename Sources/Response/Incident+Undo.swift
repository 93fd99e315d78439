// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Incident {
    /// A merge as its event keeps it: how the incident was that is gone, and what came with it.
    struct Merge {
        let gone: Ref<Incident>
        /// Nil for one that was made before it was kept.
        let state: IncidentState?
        let independent: Int
        /// What the other had no place before, and took from this one.
        let zone: String?
        let dispatches: [Ref<Dispatch>]
        let paused: [Ref<Dispatch>]
        let observations: [String]
        /// Those that were merged into it before, and follow it.
        fileprivate(set) var followers: [String] = []
        let reports: [String]

        init(_ gone: Incident, into incident: Incident, reports: [String], sent: Dispatch.Moved, seen: [String]) {
            self.gone = gone.id
            state = gone.state
            independent = gone.independent
            zone = incident.zone == nil ? gone.zone : nil
            dispatches = sent.dispatches
            paused = sent.paused
            observations = seen
            self.reports = reports
        }

        private init?(_ event: Event) {
            guard let gone = event.data["from"].flatMap({ Ref<Incident>($0) }) else { return nil }
            func named(_ key: String) -> [String] { (event.data[key] ?? "").split(separator: ",").map(String.init) }
            self.gone = gone
            state = event.data["was"].flatMap(IncidentState.init(rawValue:))
            independent = event.data["separate"].flatMap(Int.init) ?? 0
            zone = event.data["zone"]
            dispatches = named("dispatches").compactMap(Ref<Dispatch>.init)
            paused = named("paused").compactMap(Ref<Dispatch>.init)
            observations = named("observations")
            reports = named("reports")
        }

        var data: [String: String] {
            [
                "from": gone.text, "reports": reports.joined(separator: ","), "was": state?.rawValue ?? "",
                "separate": "\(independent)", "zone": zone ?? "",
                "dispatches": dispatches.map(\.text).joined(separator: ","),
                "paused": paused.map(\.text).joined(separator: ","),
                "observations": observations.joined(separator: ","),
            ]
        }

        /// The merge that brought just these reports, where it stands.
        static func find(
            of reports: [Ref<Report>],
            into id: Ref<Incident>,
            in tx: Transaction
        ) throws -> Merge? {
            let merged = try tx.list(String.self, "SELECT id FROM incidents WHERE merged_into = \(id)")
            let events = try tx.all(
                Event.self,
                """
                SELECT * FROM events
                WHERE found_by IS NULL AND kind = 'incident.merged' AND subject IN \(list: [id.text] + merged)
                ORDER BY id DESC
                """
            )
            // The last merge of each is the one that stands.
            var last: [String: Event] = [:]
            for event in events {
                guard let gone = event.data["from"], merged.contains(gone), last[gone] == nil else { continue }
                last[gone] = event
            }
            let names = Set(reports.map(\.text))
            var found = last.values.sorted { $0.id > $1.id }.lazy.compactMap(Merge.init).first { merge in
                Set(merge.reports) == names
            }
            var parents: Set<String> = Set([found?.gone.text].compactMap(\.self))
            while !parents.isEmpty {
                parents = Set(last.filter { parents.contains($0.value.subject) }.keys)
                found?.followers += parents.sorted()
            }
            return found
        }
    }

    /// Takes a merge back: the incident that was gone is what it was, with what people signed of it, its name, its
    /// reports and their reasons, and those who were sent.
    static func takeApart(
        _ merge: Merge,
        _ incident: Incident,
        staying: Int,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let (id, gone) = (incident.id, merge.gone)
        let state: SQL =
            merge.state.map { "\($0)" }
                ?? """
                CASE WHEN truth <> 'unknown' THEN 'answered'
                    WHEN EXISTS (SELECT 1 FROM verifications v WHERE v.incident = incidents.id) THEN 'verifying'
                    ELSE 'unverified' END
                """
        let back = try tx.run(
            """
            UPDATE incidents SET state = \(state), merged_into = NULL, closed_at = NULL, version = version + 1,
                stepped = version + 1
            WHERE id = \(gone) AND merged_into = \(id)
            """
        )
        guard back == 1 else { throw conflict("incident.split") }
        try tx.run(
            "UPDATE incidents SET merged_into = \(gone) WHERE merged_into = \(id) AND id IN \(list: merge.followers)"
        )
        if let zone = merge.zone { try tx.run("UPDATE incidents SET zone = NULL WHERE id = \(id) AND zone = \(zone)") }
        let reports = try tx.list(
            Ref<Report>.self,
            "SELECT report FROM incident_reports WHERE incident = \(id) AND report IN \(list: merge.reports)"
        )
        try moveReports(from: id, to: gone, .back(reports), by: caller, in: tx)
        let known = min(try find(gone, by: caller, in: tx).level, .structured)
        try recount(id, least: incident.independent - reports.count, by: caller, in: tx)
        try recount(
            gone,
            least: max(merge.independent, incident.independent - staying),
            known: known,
            by: caller,
            in: tx
        )
        try tx.run(
            "UPDATE observations SET incident = \(gone) WHERE incident = \(id) AND id IN \(list: merge.observations)"
        )
        try Dispatch.moveBack(merge.dispatches, paused: merge.paused, from: id, to: gone, in: tx)
        try keepOnlyWhatIsSigned(of: incident, by: caller, in: tx)
        try watchAgain(find(gone, by: caller, in: tx), in: tx)
    }

    /// Its clock ran on while it was a part of another.
    private static func watchAgain(_ incident: Incident, in tx: Transaction) throws {
        let (id, now) = (incident.id, tx.now)
        if let review = incident.reviewAt {
            try tx.enqueue(ReviewDue(incident: id), at: max(review, now), key: "review:\(id):\(now.milliseconds)")
        }
        if let expiry = incident.expiresAt {
            try tx.enqueue(ExpireIncident(incident: id), at: max(expiry, now), key: "expire:\(id):\(now.milliseconds)")
        }
    }
}
