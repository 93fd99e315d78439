// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Matching
import People

extension Bench {
    /// Who is nearest and can, among as many helpers as asked for; the same people and needs are written out, so that
    /// another program can be asked the same and must give the same answers.
    struct Match: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The index of helpers: time, memory and answers.")

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        @Option(name: .long, help: "How many helpers.")
        var helpers = 1_000_000

        @Option(name: .long, help: "How many needs.")
        var queries = 20_000

        @Option(name: .long, help: "A folder to write helpers.tsv, needs.tsv and answers.tsv to.")
        var export: String?

        func run() async throws {
            LocalTime.setZone("America/Los_Angeles")
            let county = County(helpers: helpers, needs: queries)
            if let export { try county.write(to: export) }
            let everybody = county.entries()
            var start = BenchClock.wall()
            let index = HelperIndex(everybody)
            let build = BenchClock.wall() - start
            var times: [Double] = []
            times.reserveCapacity(queries)
            var answers: [[Ref<Person>]] = []
            let cpu = BenchClock.cpu()
            for need in county.needs {
                start = BenchClock.wall()
                let found = index.nearest(need)
                times.append((BenchClock.wall() - start) * 1e6)
                if export != nil { answers.append(found.choices.map(\.person)) }
            }
            let mean = (BenchClock.cpu() - cpu) / Double(max(1, queries)) * 1e6
            times.sort()
            if let export { try county.write(answers, to: export) }
            let updates = county.moves(1_000).map { entry in
                start = BenchClock.wall()
                index.put(entry)
                _ = index.nearest(Need(.observer, near: entry.helper.point, at: County.moment, count: 1, within: 500))
                return (BenchClock.wall() - start) * 1e6
            }.sorted()
            let short = county.needs.prefix(200).map { need in
                start = BenchClock.wall()
                _ = index.nearest(Need(need.skill, near: need.point, at: need.at, count: 5_000, within: 1_000))
                return (BenchClock.wall() - start) * 1e6
            }.sorted()
            start = BenchClock.wall()
            index.rebuild()
            let rebuild = BenchClock.wall() - start
            let figures: [(String, Double)] = [
                ("mean_us", mean), ("p50_us", Self.at(0.5, times)), ("p99_us", Self.at(0.99, times)),
                ("memory_mib", Double(index.memory) / 1_048_576), ("build_s", build), ("rebuild_s", rebuild),
                ("update_p50_us", Self.at(0.5, updates)), ("update_p99_us", Self.at(0.99, updates)),
                ("shortfall_p99_us", Self.at(0.99, short)),
            ]
            if json {
                print("{\(figures.map { "\"\($0.0)\": \(Self.rounded($0.1))" }.joined(separator: ", "))}")
            } else {
                for (name, figure) in figures { print("\(name)\t\(Self.rounded(figure))") }
            }
        }

        private static func at(_ share: Double, _ sorted: [Double]) -> Double {
            sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }

        private static func rounded(_ figure: Double) -> Double { (figure * 1_000).rounded() / 1_000 }
    }
}

/// A made-up county with the shape of Los Angeles: seven in ten live round forty centers, skills and languages are
/// held by half of everybody down to one in five hundred, hours by the week. The same for the same numbers.
struct County {
    let helpers: Int
    let needs: [Need]

    static let moment = Instant(milliseconds: 1_790_000_000_000)
    private static let shares = [0.5, 0.3, 0.2, 0.15, 0.1, 0.08, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002]
    private static let speakers = [0.95, 0.45, 0.12, 0.06, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.005, 0.002]
    private static let skills = (0..<12).compactMap { Skill(rawValue: "skill_\($0)") }
    private static let languages = ["en", "es", "zh", "tl", "ko", "hy", "fa", "vi", "ru", "ar", "ja", "km"]
    private static let centers = (0..<40).map { index in
        var dice = Dice(seed: UInt64(7_000 + index))
        return (33.72 + dice.fraction() * 0.6, -118.6 + dice.fraction() * 0.95, 0.008 + dice.fraction() * 0.03)
    }

    init(helpers: Int, needs count: Int) {
        self.helpers = helpers
        needs = (0..<count).map { index in
            var dice = Dice(seed: UInt64(index) &* 31 &+ 11)
            return Need(
                Self.skills[dice.below(12) * dice.below(12) / 12],
                language: Self.languages[dice.below(12) * dice.below(12) / 12],
                near: Self.place(&dice),
                at: Self.moment,
                count: 10,
                within: 200_000
            )
        }
    }

    func entries() -> [HelperEntry] { (0..<helpers).map { Self.entry($0, livingAt: nil) } }

    /// So many people, each where somebody else lived before.
    func moves(_ count: Int) -> [HelperEntry] {
        (0..<min(count, helpers)).map { index in
            Self.entry(index, livingAt: Self.entry(helpers - 1 - index, livingAt: nil).helper.point)
        }
    }

    private static func entry(_ index: Int, livingAt home: Point?) -> HelperEntry {
        var dice = Dice(seed: UInt64(index) &* 2_654_435_761 &+ 1)
        let point = place(&dice)
        let held = zip(skills, shares).filter { _, share in dice.fraction() < share }.map { HeldSkill($0.0) }
        let spoken = zip(languages, speakers).filter { _, share in dice.fraction() < share }.map(\.0)
        let from = dice.below(24)
        let days = (0..<7).filter { _ in dice.below(2) == 0 }
        let hours = WeeklyHours(days: days, from: from, to: (from + 4 + dice.below(9)) % 24)
        let helper = Helper(
            person: person(index),
            place: "",
            point: home ?? point,
            radius: 200_000,
            skills: held,
            languages: spoken,
            capacity: dice.below(4)
        )
        return HelperEntry(helper, hours: hours)
    }

    private static func place(_ dice: inout Dice) -> Point {
        var (latitude, longitude) = (33.70 + dice.fraction() * 0.65, -118.66 + dice.fraction() * 1.05)
        if dice.fraction() < 0.7 {
            let (middle, along, spread) = centers[dice.below(40)]
            (latitude, longitude) = (middle + dice.normal() * spread, along + dice.normal() * spread)
        }
        return Point(latitude: (latitude * 1e7).rounded() / 1e7, longitude: (longitude * 1e7).rounded() / 1e7)
            ?? Point(latitude: 34, longitude: -118) ?? centerOfTheCity
    }

    private static let centerOfTheCity: Point = {
        guard let point = Point(latitude: 34.05, longitude: -118.24) else { preconditionFailure("a real place") }
        return point
    }()

    private static func person(_ index: Int) -> Ref<Person> {
        let digits = String(index, radix: 16)
        let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return Ref<Person>("01900000-0000-7000-8000-\(padded)") ?? .new()
    }

    /// Tab-separated: number, latitude, longitude, skills, languages, hour now (0 or 1), capacity.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let hour = WeeklyHours.hour(at: Self.moment)
        var lines = ""
        for index in 0..<helpers {
            let entry = Self.entry(index, livingAt: nil)
            let helper = entry.helper
            let skills = helper.skills.map(\.skill.rawValue).joined(separator: ",")
            lines += "\(index)\t\(helper.point.latitude)\t\(helper.point.longitude)\t\(skills)\t"
            lines +=
                "\(helper.languages.joined(separator: ","))\t\(entry.hours.contains(hour) ? 1 : 0)\t\(helper.capacity)\n"
        }
        try lines.write(toFile: "\(folder)/helpers.tsv", atomically: true, encoding: .utf8)
        let asked = needs.map { need in
            "\(need.skill.rawValue)\t\(need.language ?? "")\t\(need.point?.latitude ?? 0)\t\(need.point?.longitude ?? 0)"
        }
        try asked.joined(separator: "\n").write(toFile: "\(folder)/needs.tsv", atomically: true, encoding: .utf8)
    }

    /// One line a need: the numbers of who was found, in order.
    func write(_ answers: [[Ref<Person>]], to folder: String) throws {
        let lines = answers.map { people in
            people.map { String(Int($0.text.suffix(12), radix: 16) ?? -1) }.joined(separator: ",")
        }
        try lines.joined(separator: "\n").write(toFile: "\(folder)/answers.tsv", atomically: true, encoding: .utf8)
    }
}

/// Numbers that are the same for the same seed (SplitMix64).
private struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func fraction() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// Near enough to a bell: the sum of four, with a spread of one.
    mutating func normal() -> Double { (fraction() + fraction() + fraction() + fraction() - 2) * 3.0.squareRoot() }
}
