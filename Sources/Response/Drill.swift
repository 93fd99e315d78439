// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

/// Plays a scenario as an exercise: reports come in as a neighbor's would, and everything else goes through the same
/// verbs as people use, in the name of the cast.
package struct Drill: Sendable {
    let scenario: Scenario
    let intake: Intake
    /// Already divided by the speed.
    let timings: Timings
    private let speed: Double
    private let cast: @Sendable () async throws -> [Caller]
    private let reserved: Set<Ref<Person>>
    private let pause: @Sendable (Duration) async throws -> Void
    private let tell: @Sendable (Line) -> Void

    /// One step as it went.
    package struct Line: Sendable {
        package let at: Duration
        /// As in the file: "report", "verify".
        package let what: String
        package let incident: String
        /// Reports that came in one moment.
        package let count: Int
        /// Why it could not be taken: somebody was quicker, or nobody was there. The drill goes on.
        package let refusal: Phrase?
    }

    /// What came of one incident of the scenario.
    package struct Result: Sendable, Hashable {
        package let incident: String
        package let expected: Truth
        package let truth: Truth
        package let expectedReports: Int
        package let reports: Int
        /// How many incidents hold its reports: one, if grouping and merging were right.
        package let pieces: Int

        package var isAsExpected: Bool { truth == expected && reports == expectedReports && pieces == 1 }
    }

    /// `speed` divides the waits; `timings` are divided by it already. `cast` gives the members who act; those in
    /// `reserved` are left to visitors as long as others can go. `pause` waits, `tell` hears of each step.
    package init(
        _ scenario: Scenario,
        intake: Intake,
        timings: Timings,
        speed: Double,
        reserved: Set<Ref<Person>> = [],
        cast: @escaping @Sendable () async throws -> [Caller],
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        tell: @escaping @Sendable (Line) -> Void = { _ in }
    ) {
        self.scenario = scenario
        self.intake = intake
        self.timings = timings
        self.speed = speed.isFinite ? min(max(speed, 0.01), 100_000) : 1
        self.reserved = reserved
        self.cast = cast
        self.pause = pause
        self.tell = tell
    }

    /// From the first step to the last. A step that is refused is told and passed over, since a visitor may have taken
    /// it; a database that doesn't answer ends the drill. Everything still open at the end stays open: see `clear`.
    @discardableResult
    package func play() async throws -> [Result] { try await playOut().results }

    /// What came of a play.
    package struct Outcome: Sendable {
        package let results: [Result]
        package let score: DrillScore
        package let load: DrillLoad
    }

    /// The same, with its score and how quickly the reports were taken.
    package func playOut() async throws -> Outcome {
        intake.forgetRehearsal()
        var stage = try DrillStage(self, cast: await cast(), reserved: reserved)
        var time = Duration.zero
        var index = 0
        while index < scenario.steps.count {
            let step = scenario.steps[index]
            let calls = scenario.calls(from: index)
            index += max(1, calls.count)
            try await wait(step.at - time, stage, goingOn: scenario.goingOn(after: index - 1))
            time = step.at
            var refusal: Phrase?
            do {
                if calls.isEmpty { try await stage.play(step.action) } else { try await stage.report(calls) }
            } catch let refused as Refusal {
                refusal = refused.message
            }
            let count = max(1, calls.count)
            tell(
                Line(
                    at: step.at,
                    what: step.action.name,
                    incident: step.action.incident,
                    count: count,
                    refusal: refusal
                )
            )
        }
        return Outcome(
            results: try await stage.results(),
            score: try await stage.score(speed),
            load: stage.load
        )
    }

    /// Puts away what a drill left open, so that the next finds an empty board: exercises only.
    package func clear() async throws {
        let stage = try DrillStage(self, cast: await cast(), reserved: reserved)
        try await stage.clear()
    }

    /// Those on scene check in while the scenario is quiet, attorneys answer, and the dispatcher looks again at what goes
    /// on, as people would.
    private func wait(_ scenarioTime: Duration, _ stage: DrillStage, goingOn: Set<String>) async throws {
        var left = Duration.milliseconds(Int64(max(0, scenarioTime.inSeconds) * 1_000 / speed))
        let slice = max(min(timings.checkIn, timings.attorneyAcknowledge) * 0.6, .milliseconds(20))
        repeat {
            let part = min(left, slice)
            if part > .zero { try await pause(part) }
            left -= part
            try Task.checkCancellation()
            try await stage.keepUp(goingOn)
        } while left > .zero
    }
}

extension Scenario {
    /// The callers of one moment and one incident, from this step on; empty when it is no report.
    fileprivate func calls(from index: Int) -> [Call] {
        let first = steps[index]
        return steps[index...].prefix { $0.at == first.at && $0.action.incident == first.action.incident }
            .prefix { if case .report = $0.action { true } else { false } }
            .compactMap { step in
                guard case .report(let call) = step.action else { return nil }
                return call
            }
    }

    /// The incidents that will be said to be over at this step or later.
    fileprivate func goingOn(after index: Int) -> Set<String> {
        Set(
            steps[index...].compactMap { step in
                guard case .over(let key) = step.action else { return nil }
                return key
            }
        )
    }
}
