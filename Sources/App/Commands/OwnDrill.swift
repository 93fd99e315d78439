// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Response

/// A drill of the coalition's own people, from the terminal of the machine. Only rows and jobs are written: the server
/// that runs beside plays the calls, and its boards show what was changed.
struct OwnDrill {
    private let config: Config

    init(_ place: Place) throws { config = try Terminal.config(place) }

    func start(_ file: String, speed: Double, size: Int) async throws {
        let plan = try Exercise.Plan(file: file, speed: speed, size: size)
        let scenario = try Terminal.scenario("\(config.contentFolder)/\(file)", config)
        let (count, _) = try await working { tx in
            (try Exercise.willing(in: tx), try Exercise.startByKeeper(plan, in: tx))
        }
        print("EXERCISE. \(file) begins: \(scenario.calls.count * size) calls, \(count) people take part.")
        print("End it with: vecinos drill --stop")
    }

    /// The server that runs does it, so that its boards and telephones show it; without one, we do.
    func stop() async throws {
        guard let drill = try await working({ tx in try Exercise.current(in: tx) }) else {
            return print("There is no drill.")
        }
        try await working { tx in try Exercise.orderStop(drill.id, in: tx) }
        let end = ContinuousClock.now + .seconds(10)
        while try await isOn(drill.id), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(200)) }
        if try await isOn(drill.id) {
            let house = try await Compose(config, logger: Terminal.logger)
            while try await house.worker.runDue() > 0 {}
        }
        print("The drill is over. Nobody is out for it.")
    }

    private func isOn(_ id: Ref<Exercise>) async throws -> Bool {
        try await working { tx in try Exercise.current(in: tx)?.id == id }
    }

    func report(json: Bool) async throws {
        let last = try await working { tx -> (Exercise, DrillScore)? in
            if let now = try Exercise.current(in: tx), now.state == .running { return (now, try now.scored(in: tx)) }
            guard let past = try Exercise.past(limit: 1, in: tx).first, let score = past.score else { return nil }
            return (past, score)
        }
        guard let (drill, score) = last else { throw ValidationError("There was no drill yet.") }
        if json {
            print(try DrillPrint(drill.file, speed: drill.speed, size: drill.size, score).json)
        } else {
            print("\(drill.file), \(drill.state == .running ? "still running" : "over")\(DrillPrint.text(score))")
        }
    }

    private func working<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        let database = try Terminal.database(config, readers: 1)
        defer { database.close() }
        try await Compose.migrate(database)
        return try await database.write(body)
    }
}

extension Terminal {
    /// A file that can be played: each of its calls would be taken.
    static func scenario(_ path: String, _ config: Config) throws -> Scenario {
        let scenario = try Scenario.load(path)
        try scenario.check(in: Places.load(folder: "\(config.contentFolder)/places"), at: Clock.system.now())
        return scenario
    }
}

extension Config {
    /// A scenario of the content pack, or a file that lies anywhere: a cast plays either in this process.
    func scenarioPath(_ file: String) -> String {
        let ofPack = "\(contentFolder)/\(file)"
        return FileManager.default.fileExists(atPath: ofPack) ? ofPack : file
    }
}
