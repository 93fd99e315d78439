// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Logging
import People
import Response
import Synchronization
import Web

/// Where scenarios are played: by the living demonstration, over and over; by a coordinator from the drills page; and by
/// `vecinos drill`. One at a time.
final class Theatre: Sendable {
    private struct State {
        var running: DrillDesk.Running?
        var task: Task<Void, Never>?
    }

    private let house: Compose
    private let cast: Cast?
    private let state = Mutex(State())

    init(_ house: Compose, cast: Cast?) {
        self.house = house
        self.cast = cast
    }

    /// What the drills page works with.
    var desk: DrillDesk {
        DrillDesk(
            hasCast: cast != nil,
            start: { file, speed, caller in try self.start(file, speed: speed, by: caller) },
            running: { self.state.withLock(\.running) },
            stop: { caller in try self.stop(by: caller) }
        )
    }

    /// The demonstration: its scenario again and again, with a pause between, until cancelled.
    func playOn() async {
        guard let cast else { return }
        let file = house.pack.coalition.drills.demonstration
        while !Task.isCancelled {
            if state.withLock({ $0.running == nil }) {
                do {
                    try await play(file, speed: house.config.speed, cast: cast)
                } catch {
                    house.logger.warning("demonstration: the scenario stopped", metadata: ["why": "\(error)"])
                }
            }
            try? await Task.sleep(for: .seconds(20))
        }
    }

    /// Plays one file to its end, tells what came of each incident, and keeps its score. `cast` are the members who act.
    @discardableResult
    func play(
        _ file: String,
        speed: Double,
        size: Int = 1,
        cast: Cast,
        tell: @escaping @Sendable (Drill.Line) -> Void = { _ in }
    )
        async throws -> Drill.Outcome
    {
        let scenario = try Scenario.load(house.config.scenarioPath(file)).multiplied(by: size)
        let started = house.database.clock.now()
        state.withLock {
            $0.running = DrillDesk.Running(file: file, speed: speed, startedAt: started)
        }
        defer { state.withLock { $0.running = nil } }
        let timings = try await house.database.read { tx in try Timings.load(speed: speed, in: tx) }
        let drill = Drill(
            scenario,
            intake: house.intake,
            timings: timings,
            speed: speed,
            reserved: Set(cast.members.filter { $0.login != nil }.map(\.person)),
            cast: { [house] in try await cast.callers(in: house.database) },
            tell: tell
        )
        try await drill.clear()
        let outcome = try await drill.playOut()
        try await house.database.write { tx in
            _ = try Exercise.note(file, speed: speed, size: size, from: started, outcome.score, in: tx)
        }
        return outcome
    }

    private func start(_ file: String, speed: Double, by caller: Caller) throws {
        try caller.require(.runDrill)
        guard house.pack.coalition.drills.offered.contains(file) else { throw Refusal.notFound }
        guard let cast else {
            throw Refusal(
                .unavailable,
                "drill.real|Drills run in the demonstration: its invented helpers act in them. Start it with --demo."
            )
        }
        guard state.withLock({ $0.running == nil && $0.task == nil }) else {
            throw Refusal(.conflict, "drill.running|A drill is running already. End it first, or wait.")
        }
        let task = Task {
            _ = try? await self.play(file, speed: speed, cast: cast)
            self.state.withLock { $0.task = nil }
        }
        state.withLock { $0.task = task }
    }

    private func stop(by caller: Caller) throws {
        try caller.require(.runDrill)
        state.withLock(\.task)?.cancel()
    }
}
