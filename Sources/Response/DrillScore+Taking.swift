// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

extension DrillScore {
    /// Of the incidents that the reports of each key went to. What has no report yet counts for nothing.
    static func taken(
        _ homes: [String: Set<Ref<Incident>>],
        expected: [String: Scenario.Expected],
        timings: Timings,
        speed: Double,
        in tx: Transaction
    ) throws -> DrillScore {
        DrillScore(
            try expected.sorted { $0.key < $1.key }.compactMap { key, expected in
                let found = try (homes[key] ?? []).compactMap { try Incident.present($0, in: tx) }
                let pieces = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }.values
                guard let main = pieces.max(by: { ($0.reports, $1.id.text) < ($1.reports, $0.id.text) }) else {
                    return nil
                }
                let timeline = try timeline(of: main, timings: timings, speed: speed, in: tx)
                return Entry(
                    key: key,
                    title: expected.title,
                    expected: expected.ends.rawValue,
                    found: main.truth.rawValue,
                    reports: main.reports,
                    pieces: pieces.count,
                    steps: timeline.steps,
                    people: timeline.people
                )
            }
        )
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func timeline(
        of incident: Incident,
        timings: Timings,
        speed: Double,
        in tx: Transaction
    ) throws -> DrillTimeline {
        DrillTimeline(
            events: try tx.all(Event.self, "SELECT * \(IncidentEvents.of(incident.id, in: tx)) ORDER BY id"),
            end: tx.now,
            timings: timings,
            speed: speed
        )
    }
}
