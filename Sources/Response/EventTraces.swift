// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People

/// What the events still say of reports and incidents that are deleted: when, what kind, where, by which channel. A
/// reference tells the time too: it begins with the millisecond. The newest event is never deleted: the live views go
/// on from its number.
enum EventTraces {
    /// The kinds that name a report or another incident, beside the one they are about.
    private static let naming = [
        "incident.opened", "incident.grew", "incident.merged", "incident.split", "incident.suggestion_dismissed",
        "incident.suggestion_restored", "incident.suggested", "incident.linked", "incident.unlinked",
        "report.spam", "report.triaged", "report.needs_more", "report.question_withdrawn",
        "mailbox.written", "mailbox.sent", "mailbox.read",
    ]

    /// Deletes what was recorded about reports, also under the incidents they are, or once were, a part of: `incidents`
    /// are those that they are a part of now. A merge or a split keeps how many it moved.
    static func forget(_ reports: [Ref<Report>], from incidents: [Ref<Incident>], in tx: Transaction) throws {
        try Audit.forget(reports.map(\.text), in: tx)
        let gone = Set(reports.map(\.text))
        let received = try tx.all(
            Event.self,
            """
            SELECT * FROM events WHERE id IN (
                SELECT id FROM events WHERE found_by IS NULL AND subject IN \(list: gone.sorted())
                UNION ALL SELECT id FROM events WHERE found_by IN \(list: gone.sorted()))
            """
        )
        try delete(received.map(\.id), in: tx)
        var waiting = Set(incidents.map(\.text)).union(received.compactMap { $0.data["incident"] })
        var seen: Set<String> = []
        while let incident = waiting.popFirst() {
            guard seen.insert(incident).inserted else { continue }
            var doomed: [Int64] = []
            for event in try named(by: [incident], in: tx) {
                if let report = event.data["report"], gone.contains(report) {
                    doomed.append(event.id)
                } else if let moved = event.data["reports"]?.split(separator: ",").map(String.init),
                    !gone.isDisjoint(with: moved)
                {
                    try leave(event, moved.filter { !gone.contains($0) }, of: moved.count, in: tx)
                    waiting.formUnion([event.data["from"], event.data["into"]].compactMap(\.self))
                } else if let from = event.data["from"] {
                    waiting.insert(from)
                }
            }
            try delete(doomed, in: tx)
        }
    }

    /// Deletes what was recorded about incidents, and their names where others had to do with them.
    static func forget(_ incidents: [Ref<Incident>], in tx: Transaction) throws {
        let gone = Set(incidents.map(\.text))
        let own = try named(by: gone.sorted(), in: tx)
        var others = Set(own.flatMap { event in ["from", "into", "other"].compactMap { event.data[$0] } })
        let alike = try tx.rows(
            """
            SELECT incident, other FROM suggestions
            WHERE incident IN \(list: incidents) OR other IN \(list: incidents)
            """
        )
        for row in alike { others.formUnion([try row["incident"], try row["other"]]) }
        for event in try named(by: others.subtracting(gone).sorted(), in: tx) {
            var data = event.data
            for key in ["from", "into", "other"] where data[key].map(gone.contains) ?? false { data[key] = "gone" }
            if data != event.data { try write(data, to: event, in: tx) }
        }
        try tx.run(
            """
            DELETE FROM events WHERE found_by IS NULL AND subject IN \(list: gone.sorted())
                AND id < (SELECT max(id) FROM events)
            """
        )
    }

    static func delete(_ ids: [Int64], in tx: Transaction) throws {
        for start in stride(from: 0, to: ids.count, by: 1_000) {
            let some = Array(ids[start..<min(start + 1_000, ids.count)])
            try tx.run("DELETE FROM events WHERE id IN \(list: some) AND id < (SELECT max(id) FROM events)")
        }
    }

    private static func named(by subjects: [String], in tx: Transaction) throws -> [Event] {
        guard !subjects.isEmpty else { return [] }
        return try tx.all(
            Event.self,
            """
            SELECT * FROM events
            WHERE found_by IS NULL AND subject IN \(list: subjects) AND kind IN \(list: naming) ORDER BY id
            """
        )
    }

    private static func leave(_ event: Event, _ reports: [String], of count: Int, in tx: Transaction) throws {
        var data = event.data
        data["reports"] = reports.isEmpty ? nil : reports.joined(separator: ",")
        data["count"] = data["count"] ?? "\(count)"
        try write(data, to: event, in: tx)
    }

    private static func write(_ data: [String: String], to event: Event, in tx: Transaction) throws {
        let json = String(decoding: try JSONEncoder().encode(data), as: UTF8.self)
        try tx.run("UPDATE events SET data = \(json) WHERE id = \(event.id)")
    }
}
