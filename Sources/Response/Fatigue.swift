// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// How much one person may serve. Tired people make mistakes, and leave: a shift beyond this is refused with the
/// reason, unless a coordinator writes down why it must be.
package struct Fatigue: Sendable, Hashable {
    /// At most so long in any 24 hours, and in any seven days.
    package var day = Duration.hours(12)
    package var week = Duration.hours(60)
    /// In any 24 hours that begin with service there is at least one break as long as this.
    package var rest = Duration.hours(8)

    package init() {}

    package init(_ timings: Timings) {
        (day, week, rest) = (timings.shiftDay, timings.shiftWeek, timings.shiftRest)
    }

    /// From when to when somebody serves.
    package struct Span: Sendable, Hashable {
        package let from: Instant
        package let to: Instant

        package init(from: Instant, to: Instant) { (self.from, self.to) = (from, to) }
    }

    package enum Limit: String, Sendable, Hashable {
        case day, week, rest
    }

    /// The limit that a new time of service would break beside the others; nil when it breaks none. Times may overlap,
    /// in different roles: then they count once. What was broken before, elsewhere in the calendar, is not looked at.
    package func exceeded(by new: Span, beside others: [Span]) -> Limit? {
        let service = Self.joined(others + [new])
        let starts = service.map(\.from) + [new.from]
        func windows(_ length: Duration) -> [Span] {
            (starts.map { Span(from: $0, to: $0 + length) } + service.map { Span(from: $0.to - length, to: $0.to) })
                .filter { $0.from < new.to && $0.to > new.from }
        }
        func isOver(_ length: Duration, _ most: Duration) -> Bool {
            windows(length).contains { window in
                let served = service.reduce(Duration.zero) { sum, one in
                    let part = min(one.to, window.to) - max(one.from, window.from)
                    return part > .zero ? sum + part : sum
                }
                return served > most
            }
        }
        if isOver(.hours(24), day) { return .day }
        if isOver(.days(7), week) { return .week }
        for (index, one) in service.enumerated() {
            let window = Span(from: one.from, to: one.from + .hours(24))
            guard window.from < new.to, window.to > new.from else { continue }
            let breaks = (index..<service.count).map { other in
                let next = other + 1 < service.count ? min(service[other + 1].from, window.to) : window.to
                return next - service[other].to
            }
            if breaks.allSatisfy({ $0 < rest }) { return .rest }
        }
        return nil
    }

    /// What the one who plans reads.
    package func refusal(_ limit: Limit) -> Refusal {
        func hours(_ length: Duration) -> [String: String] { ["n": "\(length.inMilliseconds / 3_600_000)"] }
        let words =
            switch limit {
            case .day:
                Phrase(
                    "response.tired_day|That would be more than {n} hour in one day. Let somebody else take it.|That would be more than {n} hours in one day. Let somebody else take it.",
                    hours(day)
                )
            case .week:
                Phrase(
                    "response.tired_week|That would be more than {n} hour in seven days. Let somebody else take it.|That would be more than {n} hours in seven days. Let somebody else take it.",
                    hours(week)
                )
            case .rest:
                Phrase(
                    "response.tired_rest|There must be {n} hour of rest between shifts. Choose another time.|There must be {n} hours of rest between shifts. Choose another time.",
                    hours(rest)
                )
            }
        return Refusal(.conflict, words)
    }

    private static func joined(_ spans: [Span]) -> [Span] {
        spans.sorted { ($0.from, $0.to) < ($1.from, $1.to) }.reduce(into: []) { joined, span in
            if let last = joined.last, span.from <= last.to {
                joined[joined.count - 1] = Span(from: last.from, to: max(last.to, span.to))
            } else {
                joined.append(span)
            }
        }
    }
}

extension Fatigue {
    /// What somebody served and will, around some time: what is over as long as it was, what runs until its planned end or
    /// until now, whichever is later, and not longer than it counts, and, unless only what was started beside a shift
    /// counts, what is planned as planned.
    static func served(
        _ person: Ref<Person>,
        around span: Span,
        startedBeside shift: Ref<Shift>? = nil,
        in tx: Transaction
    ) throws -> [Span] {
        let others: SQL = shift.map { "AND id <> \($0) AND state <> 'planned'" } ?? ""
        let rows = try tx.rows(
            """
            SELECT starts_at, ends_at, state FROM shifts WHERE person = \(person) \(others)
                AND starts_at < \(span.to + .days(8)) AND (ends_at > \(span.from - .days(8)) OR state = 'on')
            """
        )
        return try rows.map { row in
            let end: Instant = try row["ends_at"]
            let isOn = try row["state"] as Shift.State == .on
            return Span(from: try row["starts_at"], to: isOn ? max(end, min(tx.now, end + Shift.forgotten)) : end)
        }
    }

    /// The limit that a shift would break for a person, by what is planned or served around it.
    static func limit(
        _ person: Ref<Person>,
        from start: Instant,
        to end: Instant,
        in tx: Transaction
    ) throws -> (fatigue: Fatigue, limit: Limit)? {
        let span = Span(from: start, to: end)
        let fatigue = Fatigue(try Timings.load(in: tx))
        return fatigue.exceeded(by: span, beside: try served(person, around: span, in: tx)).map { (fatigue, $0) }
    }

    /// Throws the reason when it would be too much.
    static func check(_ person: Ref<Person>, from start: Instant, to end: Instant, in tx: Transaction) throws {
        if let broken = try limit(person, from: start, to: end, in: tx) {
            throw broken.fatigue.refusal(broken.limit)
        }
    }
}
