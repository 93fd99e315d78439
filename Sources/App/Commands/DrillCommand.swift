// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Logging
import Response

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Play a scenario as an exercise, and say how it went against the clock.",
        discussion: """
            Without --own: the demonstration's cast plays all parts, at any speed and size. This is the load test too.
            With --own: starts a drill of the coalition's own people on the running server; --stop ends it, --report
            says how the last one went.
            """
    )

    @OptionGroup var place: Place

    @Argument(help: "A scenario of the content pack, such as drills/ordinary-evening.yaml; without --own any file.")
    var file = "drills/ordinary-evening.yaml"

    @Option(name: .long, help: "How many times quicker than life; with --own, than the scenario. 60, with --own 1.")
    var speed: Double?

    @Option(name: .long, help: "How many callers for each one of the scenario, all at once.")
    var size = 1

    @Flag(name: .long, help: "With the coalition's own people, who said yes to drills.")
    var own = false

    @Flag(name: .long, help: "End the drill of our own people: nobody is out for it any more.")
    var stop = false

    @Flag(name: .long, help: "How the last drill went.")
    var report = false

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...1_000).contains(size) else { throw ValidationError("--size: choose from 1 to 1000") }
        if [own, stop, report].count(where: { $0 }) > 1 {
            throw ValidationError("Choose one of --own, --stop and --report.")
        }
        // The server that runs reads its own content, and nothing else.
        guard file.hasSuffix(".yaml"), !own || !file.split(separator: "/").contains("..") else {
            throw ValidationError(
                "\(file): choose a scenario of the content pack, such as drills/ordinary-evening.yaml"
            )
        }
    }

    func run() async throws {
        if own { return try await OwnDrill(place).start(file, speed: speed ?? 1, size: size) }
        if stop { return try await OwnDrill(place).stop() }
        if report { return try await OwnDrill(place).report(json: json) }
        try await playCast()
    }

    private func playCast() async throws {
        var config = try Terminal.config(place)
        config.speed = try Terminal.speed(speed ?? 60)
        config.isDemonstration = true
        // A file that can't be played is told before a folder is filled for it.
        _ = try Terminal.scenario(config.scenarioPath(file), config)
        try Terminal.requireInstance(config)
        let (house, cast) = try await Cast.house(config)
        let work = Task { await house.worker.run() }
        defer { work.cancel() }
        let (json, size) = (json, size)
        if !json { print("EXERCISE. \(file) at \(config.speed) times life, \(size) for each caller.") }
        let outcome = try await Theatre(house, cast: cast).play(file, speed: config.speed, size: size, cast: cast) {
            line in
            guard !json else { return }
            let minutes = Int(line.at.inSeconds) / 60
            let many = line.count > 1 ? " × \(line.count)" : ""
            let refused = line.refusal.map { "  (not taken: \(Words(language: .english)($0)))" } ?? ""
            print("  \(minutes) min  \(line.what)\(many)  \(line.incident)\(refused)")
            Terminal.flush()
        }
        if json {
            print(try DrillPrint(file, speed: config.speed, size: size, outcome.score, outcome.load).json)
        } else {
            for result in outcome.results { print(DrillPrint.line(result)) }
            print(DrillPrint.text(outcome.score))
            print(DrillPrint.text(outcome.load))
        }
        guard outcome.results.allSatisfy({ $0.truth == $0.expected }) else { throw ExitCode(1) }
    }
}

/// What the command prints.
struct DrillPrint: Encodable {
    let file: String
    let speed: Double
    let size: Int
    let score: DrillScore
    let load: DrillLoad?

    init(_ file: String, speed: Double, size: Int, _ score: DrillScore, _ load: DrillLoad? = nil) {
        (self.file, self.speed, self.size, self.score, self.load) = (file, speed, size, score, load)
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    static func line(_ result: Drill.Result) -> String {
        let mark =
            result.isAsExpected
            ? "as expected"
            : "expected \(result.expected.rawValue), \(result.expectedReports) reports in 1 incident"
        return
            "\(result.incident): \(result.truth.rawValue), \(result.reports) reports in \(result.pieces) incident(s); \(mark)"
    }

    static func text(_ score: DrillScore) -> String {
        let t = Words(language: .english)
        var lines = ["\nAgainst the clock of the procedure, in life's time (took, goal):"]
        for entry in score.incidents {
            lines.append("  \(entry.title)")
            for step in entry.steps {
                let took = step.took.map(time) ?? "not done"
                let mark = step.isMet.map { $0 ? "met" : "MISSED" } ?? "its time was not over"
                let goal = step.goal.map { ", \(time($0)): \(mark)" } ?? ", without a goal"
                lines.append("    \(t(step.kind.label)): \(took)\(goal)")
            }
            let people = entry.people
            lines.append(
                "    asked \(people.asked), yes \(people.yes), no \(people.declined), no answer \(people.late), check-ins missed \(people.missed)"
            )
        }
        let total = score.total
        let found = "\(total.asExpected) of \(score.incidents.count) incidents found as they were"
        lines.append("In all: \(total.met) of \(total.of) steps in time; \(found)")
        return lines.joined(separator: "\n")
    }

    static func text(_ load: DrillLoad) -> String {
        let times = [0.5, 0.95, 0.99, 1].map { String(format: "%.1f", load.percentile($0)) }
        return """
            Reports: \(load.taken) taken, \(load.refused) refused, \(Int(load.perSecond)) a second while they came in; \
            p50 \(times[0]) ms, p95 \(times[1]) ms, p99 \(times[2]) ms, longest \(times[3]) ms
            """
    }

    private static func time(_ seconds: Int) -> String {
        "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }
}
