// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// How a drill went against the clock of the procedure: each step's time beside its goal, for each incident and in all.
/// Seconds are those of life, however quickly it was played. Counts people, names none: a drill is no ranking.
package struct DrillScore: Sendable, Hashable, Codable {
    package let incidents: [Entry]
    package let total: Total

    /// One incident of the scenario.
    package struct Entry: Sendable, Hashable, Codable {
        /// The scenario's key and name for it.
        package let key: String
        package let title: String
        package let expected: String
        /// What was found; `unknown` while nobody said.
        package let found: String
        package let reports: Int
        /// How many incidents hold its reports: one, if grouping and merging were right.
        package let pieces: Int
        package let steps: [Step]
        package let people: Turnout

        package var isAsExpected: Bool { found == expected && pieces == 1 }
    }

    package struct Step: Sendable, Hashable, Codable {
        package let kind: Kind
        /// Nil for what the procedure gives no time for: it is measured, and not judged.
        package let goal: Int?
        /// Nil when it was not done.
        package let took: Int?
        /// Nil when it was not done, and its time was not over when the drill ended; and without a goal.
        package let isMet: Bool?

        private enum CodingKeys: String, CodingKey {
            case kind = "step"
            case goal = "goal_s"
            case took = "took_s"
            case isMet = "met"
        }

        /// `hasFailed`: it was given up, so nothing more would have come of it.
        package init(
            _ kind: Kind,
            goal: Duration?,
            took: Duration?,
            waited: Duration,
            hasFailed: Bool = false,
            speed: Double
        ) {
            let seconds = goal.map(Self.seconds)
            self.kind = kind
            self.goal = seconds
            self.took = took.map { Self.seconds($0 * speed) }
            isMet =
                if let goal, let seconds {
                    self.took.map { $0 <= seconds } ?? (hasFailed || waited * speed > goal ? false : nil)
                } else {
                    nil
                }
        }

        private static func seconds(_ duration: Duration) -> Int { Int(max(0, duration.inSeconds).rounded()) }
    }

    /// The steps of the procedure that have a time.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case triage, dispatch, quorum
        case answer
        case checkIn = "check_in"
        case attorney, alert, review, correction

        package var label: Phrase {
            switch self {
            case .triage: "drill_score.triage|Somebody looked at the first report"
            case .dispatch: "drill_score.dispatch|Somebody was asked to go"
            case .quorum: "drill_score.quorum|Enough said yes"
            case .answer: "drill_score.answer|Somebody found out what it is"
            case .checkIn: "drill_score.check_in|Longest time between two check-ins"
            case .attorney: "drill_score.attorney|An attorney answered"
            case .alert: "drill_score.alert|From confirmed to an alert that two people sent"
            case .review: "drill_score.review|Longest time without a second look"
            case .correction: "drill_score.correction|Whoever was told heard that it is not so"
            }
        }
    }

    /// What those who were asked answered.
    package struct Turnout: Sendable, Hashable, Codable {
        package var asked = 0
        package var yes = 0
        package var declined = 0
        /// Did not answer in time.
        package var late = 0
        package var arrived = 0
        /// Check-ins that did not come.
        package var missed = 0

        static func + (left: Turnout, right: Turnout) -> Turnout {
            Turnout(
                asked: left.asked + right.asked,
                yes: left.yes + right.yes,
                declined: left.declined + right.declined,
                late: left.late + right.late,
                arrived: left.arrived + right.arrived,
                missed: left.missed + right.missed
            )
        }
    }

    package struct Total: Sendable, Hashable, Codable {
        /// Steps done in time, and those that were done or should have been.
        package let met: Int
        package let of: Int
        package let asExpected: Int
        package let people: Turnout
        /// By step: in the middle of its incidents, and the slowest; seconds.
        package let middle: [String: Int]
        package let slowest: [String: Int]

        private enum CodingKeys: String, CodingKey {
            case met, of, people
            case asExpected = "as_expected"
            case middle = "middle_s"
            case slowest = "slowest_s"
        }
    }

    package init(_ incidents: [Entry]) {
        self.incidents = incidents
        let steps = incidents.flatMap(\.steps)
        let took = Dictionary(grouping: steps.filter { $0.took != nil }, by: \.kind.rawValue)
            .mapValues { $0.compactMap(\.took).sorted() }
        total = Total(
            met: steps.count { $0.isMet == true },
            of: steps.count { $0.isMet != nil },
            asExpected: incidents.count { $0.isAsExpected },
            people: incidents.reduce(Turnout()) { $0 + $1.people },
            middle: took.compactMapValues { $0.isEmpty ? nil : $0[($0.count - 1) / 2] },
            slowest: took.compactMapValues(\.last)
        )
    }
}

/// The clock of the procedure where nothing else holds it (design: 5-procedure). It has no time for the answer and for the
/// alert.
package enum DrillClock {
    package static let triage = Duration.minutes(2)
    package static let dispatch = Duration.minutes(3)
    package static let correction = Duration.minutes(5)
}

/// From the timeline of an incident to its steps. Pure.
struct DrillTimeline {
    /// Oldest first, of the incident and of what was merged into it.
    let events: [Event]
    let end: Instant
    /// As people had them: divided by `speed` for a cast.
    let timings: Timings
    let speed: Double

    var steps: [DrillScore.Step] {
        guard let start = events.first?.at else { return [] }
        let looked = first(["incident.verifying", "dispatch.opened", "incident.answered", "incident.closed"])
        let opened = events.first { $0.kind == "dispatch.opened" }?.at
        let answered = events.first { $0.kind == "incident.answered" }?.at
        var steps = [step(.triage, DrillClock.triage, from: start, to: looked)]
        // Who was answered before anybody had to be sent needed nobody.
        let isNeeded = answered.map { ($0 - start) * speed > DrillClock.dispatch } ?? true
        if opened != nil || isNeeded {
            steps.append(step(.dispatch, DrillClock.dispatch, from: start, to: opened))
        }
        steps += quorum
        steps.append(step(.answer, nil, from: start, to: answered))
        return steps + checkIns + attorney + alerts + reviews + corrections
    }

    var people: DrillScore.Turnout {
        DrillScore.Turnout(
            asked: count("assignment.offered"),
            yes: count("assignment.accepted"),
            declined: count("assignment.declined"),
            late: count("assignment.expired"),
            arrived: count("assignment.on_scene"),
            missed: events.count { $0.kind == "assignment.missed" && $0.data["step"] == "1" }
        )
    }

    /// The slowest dispatch. What was stopped in time, because nobody was needed any more, counts for nothing; what nobody
    /// could be found for, or what was stopped too late, was not done.
    private var quorum: [DrillScore.Step] {
        let all = events.filter { $0.kind == "dispatch.opened" }.compactMap { opened -> DrillScore.Step? in
            let own = events.filter { $0.data["dispatch"] == opened.data["dispatch"] }
            let filled = own.first { $0.kind == "dispatch.filled" }?.at
            let stopped = own.first { $0.kind == "dispatch.stopped" }?.at
            let isExhausted = own.contains { $0.kind == "dispatch.exhausted" }
            let waited = (stopped ?? end) - opened.at
            if filled == nil, stopped != nil, !isExhausted, waited <= timings.pageCoordinator { return nil }
            return DrillScore.Step(
                .quorum,
                goal: life(timings.pageCoordinator),
                took: filled.map { $0 - opened.at },
                waited: waited,
                hasFailed: isExhausted,
                speed: speed
            )
        }
        return all.max { ($0.took ?? .max) < ($1.took ?? .max) }.map { [$0] } ?? []
    }

    private var checkIns: [DrillScore.Step] {
        let there = events.filter {
            ["assignment.on_scene", "assignment.checked_in", "assignment.done", "assignment.called_off"].contains(
                $0.kind
            )
        }
        let each = Dictionary(grouping: there) { $0.data["assignment"] ?? "" }.values
        let longest = each.compactMap { own -> Duration? in
            guard let arrived = own.firstIndex(where: { $0.kind == "assignment.on_scene" }) else { return nil }
            var times = own[arrived...].map(\.at)
            if let last = own.last, last.kind != "assignment.done", last.kind != "assignment.called_off" {
                times.append(end)
            }
            return zip(times, times.dropFirst()).map { $1 - $0 }.max()
        }.max()
        guard let longest else { return [] }
        return [step(.checkIn, life(timings.checkIn), from: end - longest, to: end)]
    }

    private var attorney: [DrillScore.Step] {
        guard let paged = events.first(where: { $0.kind == "incident.attorney_paged" })?.at else { return [] }
        let answered = events.first { $0.kind == "incident.attorney_acknowledged" }?.at
        return [step(.attorney, life(timings.attorneyAcknowledge), from: paged, to: answered)]
    }

    /// From its confirmation, while it goes on.
    private var reviews: [DrillScore.Step] {
        let confirmed = events.first {
            $0.kind == "incident.answered" && $0.data["truth"] == Truth.confirmed.rawValue
        }
        guard let confirmed else { return [] }
        let looks: Set = ["incident.reviewed", "incident.over", "incident.allclear", "incident.closed"]
        let over: Set = ["incident.over", "incident.allclear", "incident.closed", "incident.answered"]
        let after = events.filter { $0.id > confirmed.id }
        let ended = after.first { over.contains($0.kind) }
        let until = ended?.at ?? end
        let times =
            [confirmed.at] + after.filter { looks.contains($0.kind) && $0.at <= until }.map(\.at) + [until]
        let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? .zero
        return [step(.review, life(timings.reviewEvery), from: until - longest, to: until)]
    }

    /// To the first alert.
    private var alerts: [DrillScore.Step] {
        let confirmed = events.first {
            $0.kind == "incident.answered" && $0.data["truth"] == Truth.confirmed.rawValue
        }
        guard let confirmed else { return [] }
        let sent = events.first { $0.id > confirmed.id && Self.isAlert($0) }
        return [step(.alert, nil, from: confirmed.at, to: sent?.at)]
    }

    /// From when it was found to be nothing until whoever had read an alert read that; nothing when nobody had.
    private var corrections: [DrillScore.Step] {
        let isFalse: Set = [Truth.notEnforcement.rawValue, Truth.unfounded.rawValue]
        let found = events.last { $0.kind == "incident.answered" && isFalse.contains($0.data["truth"] ?? "") }
        guard let found, let alert = events.last(where: { $0.id < found.id && Self.isAlert($0) }) else { return [] }
        let taken = Set([Telling.Act.correction, .withdrawal, .allClear].map(\.rawValue))
        let ended = events.first { event in
            event.id > alert.id
                && (event.kind == "incident.alert_ended"
                    || event.kind == "incident.alert_told" && taken.contains(event.data["act"] ?? ""))
        }
        if let ended, ended.at < found.at { return [] }
        return [step(.correction, DrillClock.correction, from: found.at, to: ended?.at)]
    }

    private static func isAlert(_ event: Event) -> Bool {
        event.kind == "incident.alert_told" && event.data["act"] == Telling.Act.alert.rawValue
    }

    private func step(_ kind: DrillScore.Kind, _ goal: Duration?, from: Instant, to: Instant?) -> DrillScore.Step {
        DrillScore.Step(kind, goal: goal, took: to.map { $0 - from }, waited: end - from, speed: speed)
    }

    /// A setting as it is at life's speed.
    private func life(_ setting: Duration) -> Duration { setting * speed }

    private func first(_ kinds: Set<String>) -> Instant? { events.first { kinds.contains($0.kind) }?.at }
    private func count(_ kind: String) -> Int { events.count { $0.kind == kind } }
}
