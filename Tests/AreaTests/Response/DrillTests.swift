// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Matching
import People
import Response
import Support
import Synchronization
import Testing

/// A drill of one incident, in a file of its own.
enum DrillFile {
    /// `calls`: the fields of each, as YAML between braces. Answers where it is.
    static func write(_ calls: [String], reports: String = "1") throws -> String {
        let path = "\(Store.folder)/drill-\(UUID().uuidString).yaml"
        let events = calls.map { "\n  - {do: report, kind: vehicles, expects: one, \($0)}" }.joined()
        let file = """
            title: {en: One, es: Una}
            about: {en: One, es: Una}
            invented: true
            starts: "2026-03-06T18:00:00-08:00"
            sources: []
            incidents:
              one: {title: {en: One, es: Una}, ends: unfounded, reports: \(reports)}
            events:\(calls.isEmpty ? " []" : events)

            """
        try Data(file.utf8).write(to: URL(filePath: path))
        return path
    }
}

@Suite("Drills play a day through the same verbs as people use")
struct DrillTests {
    @Test("Every scenario of the pack can be read", arguments: ["ordinary-evening", "los-angeles-2025-06"])
    func reads(_ name: String) throws {
        let scenario = try Scenario.load("\(World.content)/drills/\(name).yaml")
        #expect(!scenario.steps.isEmpty)
        #expect(scenario.startsAt != nil)
        #expect(scenario.title["en"] != nil && scenario.title["es"] != nil)
        try scenario.check(in: World.everywhere.get(), at: Clock.system.now())
    }

    @Test(
        "A call that would be refused is named before a drill begins",
        arguments: [
            ("00:01:00", "nowhere-land", "A van", "the call at 60 s: "), ("00:02:05", "pacoima", "A123456789", "125 s"),
            ("00:99:77", "pacoima", "A van", "HH:MM:SS"),
        ]
    )
    func refusedCall(_ at: String, _ place: String, _ words: String, _ said: String) throws {
        let path = try DrillFile.write(["at: \"\(at)\", place: \(place), words: \"\(words)\""])
        let problem = #expect(throws: Scenario.Problem.self) {
            try Scenario.load(path).check(in: World.everywhere.get(), at: Clock.system.now())
        }
        #expect(problem?.description.contains(said) == true, "\(String(describing: problem))")
    }

    @Test("A file that can't be played names the step")
    func namesTheStep() async throws {
        let path = "\(World.content)/places/streets.csv"
        #expect(throws: (any Error).self) { try Scenario.load(path) }
    }

    @Test("A file of impossible numbers is refused, not multiplied", arguments: ["9223372036854775807", "-1"])
    func refusesTheImpossible(_ reports: String) throws {
        let path = try DrillFile.write([], reports: reports)
        #expect(throws: Scenario.Problem.self) { try Scenario.load(path).multiplied(by: 2) }
    }

    @Test("An ordinary evening comes out as it is written: thirty reports are one incident, one is confirmed")
    func ordinaryEvening() async throws {
        let world = try await World()
        let (drill, refusals) = try await Self.drill("ordinary-evening", in: world)
        let results = try await drill.play()
        #expect(refusals.all == [])
        for result in results { #expect(result.isAsExpected, "\(result)") }
        #expect(results.first { $0.incident == "film-shoot" }?.reports == 30)
        let status = try await world.database.read { tx in try PublicStatus.load(exercises: true, in: tx) }
        #expect(status.over.map(\.zone) == ["pacoima"])
        #expect(try await world.status().over.isEmpty)
        try await drill.clear()
        let board = try await world.board()
        #expect(board.toVerify.isEmpty && board.active.isEmpty)
    }

    @Test("Three days of the public record come out as it says")
    func publicRecord() async throws {
        let world = try await World()
        let (drill, refusals) = try await Self.drill("los-angeles-2025-06", in: world)
        let results = try await drill.play()
        #expect(refusals.all == [])
        for result in results { #expect(result.isAsExpected, "\(result)") }
    }

    @Test("Played twice, a day comes out twice")
    func playedTwice() async throws {
        let world = try await World()
        let (drill, _) = try await Self.drill("ordinary-evening", in: world)
        for _ in 0..<2 {
            let results = try await drill.play()
            #expect(results.filter { !$0.isAsExpected } == [])
            try await drill.clear()
        }
    }

    private final class Refusals: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private static func drill(_ name: String, in world: World) async throws -> (Drill, Refusals) {
        let cast = try await cast(world)
        let refusals = Refusals()
        let drill = Drill(
            try Scenario.load("\(World.content)/drills/\(name).yaml"),
            intake: world.intake,
            timings: world.timings,
            speed: 1,
            cast: { cast },
            pause: { duration in
                world.clock.advance(by: duration)
                while try await world.worker.runDue() > 0 {}
            },
            tell: { line in
                guard let refusal = line.refusal else { return }
                refusals.add("\(line.at) \(line.what) \(line.incident): \(refusal.keyed)")
            }
        )
        return (drill, refusals)
    }

    /// Helpers near every place of the scenario.
    private static func cast(_ world: World) async throws -> [Caller] {
        var cast = [world.amina, world.ruth, world.joao, world.lupe]
        let places = [
            "boyle-heights", "pacoima", "koreatown", "westmont", "huntington-park", "fashion-district", "westlake",
            "paramount",
        ]
        for (index, place) in places.enumerated() {
            for number in 0..<6 {
                let skills: [Skill] = number < 3 ? [.verifier] : [.observer]
                cast.append(try await world.helper(named: "H\(index)\(number)", place: place, skills: skills))
            }
        }
        try await world.volunteer(cast)
        return cast
    }
}
