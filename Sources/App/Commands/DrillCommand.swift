// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Kit
import Logging
import Response

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Play a scenario with the demonstration's cast, and say what came of it."
    )

    @OptionGroup var place: Place

    @Argument(help: "A scenario of the content pack, such as drills/ordinary-evening.yaml.")
    var file = "drills/ordinary-evening.yaml"

    @Option(name: .long, help: "How many times quicker than life.")
    var speed = 60.0

    func run() async throws {
        var config = try Terminal.config(place)
        config.speed = try Terminal.speed(speed)
        config.isDemonstration = true
        let house = try await Compose(config, logger: Terminal.logger)
        let cast = try await Cast.fill(house)
        let work = Task { await house.worker.run() }
        defer { work.cancel() }
        print("EXERCISE. \(file) at \(speed) times life.")
        let results = try await Theatre(house, cast: cast).play(file, speed: config.speed, cast: cast) { line in
            let minutes = Int(line.at.inSeconds) / 60
            let refused = line.refusal.map { "  (not taken: \(Words(language: .english)($0)))" } ?? ""
            print("  \(minutes) min  \(line.what)  \(line.incident)\(refused)")
            Terminal.flush()
        }
        for result in results {
            let mark =
                result.isAsExpected
                ? "as expected"
                : "expected \(result.expected.rawValue), \(result.expectedReports) reports in 1 incident"
            print(
                "\(result.incident): \(result.truth.rawValue), \(result.reports) reports in \(result.pieces) incident(s); \(mark)"
            )
        }
        guard results.allSatisfy({ $0.truth == $0.expected }) else { throw ExitCode(1) }
    }
}
