// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Matching
import People

/// A made-up county with the shape of Los Angeles: seven in ten live round forty centers, the rest anywhere; skills
/// and languages are held by half of everybody down to one in five hundred, shifts are eight to thirteen hours on some
/// days of the week, one in four is resting. The same for the same numbers.
struct County {
    /// Whom people need.
    enum Wanted: CaseIterable {
        /// One skill or two, a language, at any hour of the week; what one in twelve has is asked for a twelfth as often
        /// as what everybody has. From one match in thirteen people down to none in a million.
        case any
        /// One skill of the more common, a language, now.
        case common
    }

    let helpers: Int
    let needs: Int

    /// The first minute of an hour.
    static let moment = Instant(milliseconds: 1_789_999_200_000)
    static let skills = (0..<12).compactMap { Skill(rawValue: "skill_\($0)") }
    private static let shares = [0.5, 0.3, 0.2, 0.15, 0.1, 0.08, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002]
    private static let speakers = [0.95, 0.45, 0.12, 0.06, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.005, 0.002]
    private static let languages = ["en", "es", "zh", "tl", "ko", "hy", "fa", "vi", "ru", "ar", "ja", "km"]
    private static let centers = (0..<40).map { index in
        var dice = Dice(seed: UInt64(7_000 + index))
        return (33.72 + dice.fraction() * 0.6, -118.6 + dice.fraction() * 0.95, 0.008 + dice.fraction() * 0.03)
    }

    func needs(_ wanted: Wanted) -> [Need] {
        (0..<needs).map { index in
            var dice = Dice(seed: UInt64(index) &* 31 &+ 11)
            return switch wanted {
            case .any: Self.anyNeed(&dice)
            case .common: Self.commonNeed(&dice)
            }
        }
    }

    private static func anyNeed(_ dice: inout Dice) -> Need {
        let first = dice.rank()
        var second = dice.rank()
        while second == first { second = dice.rank() }
        return Need(
            skills[first],
            also: dice.below(2) == 0 ? [] : [skills[second]],
            language: languages[dice.rank()],
            near: place(&dice),
            at: moment + .hours(dice.below(WeeklyHours.count)),
            count: 10,
            within: 200_000
        )
    }

    private static func commonNeed(_ dice: inout Dice) -> Need {
        Need(
            skills[dice.below(12) * dice.below(12) / 12],
            language: languages[dice.below(12) * dice.below(12) / 12],
            near: place(&dice),
            at: moment,
            count: 10,
            within: 200_000
        )
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
        let hours = WeeklyHours(days: days, from: from, to: (from + 8 + dice.below(6)) % 24)
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

    /// For each need, how many of all these people could go, wherever they live. Counted by a bitmap for each skill,
    /// language and hour, made here and thrown away: the index is not asked about itself.
    static func matches(_ needs: [Need], among people: [HelperEntry]) -> [Int] {
        let words = (people.count + 63) / 64
        func empty(_ count: Int) -> [[UInt64]] { Array(repeating: Array(repeating: 0, count: words), count: count) }
        var (held, spoken, open) = (empty(12), empty(12), empty(WeeklyHours.count))
        for (row, entry) in people.enumerated() where entry.helper.capacity > 0 {
            let (word, bit) = (row >> 6, UInt64(1) << UInt64(row & 63))
            for one in entry.helper.skills {
                if let skill = skills.firstIndex(of: one.skill) { held[skill][word] |= bit }
            }
            for one in entry.helper.languages {
                if let language = languages.firstIndex(of: one) { spoken[language][word] |= bit }
            }
            for hour in entry.hours.hours { open[hour][word] |= bit }
        }
        return needs.map { need in
            var masks = [open[WeeklyHours.hour(at: need.at)]]
            masks += need.skills.compactMap { skills.firstIndex(of: $0) }.map { held[$0] }
            if let language = need.language.flatMap({ languages.firstIndex(of: $0) }) { masks.append(spoken[language]) }
            return (0..<words).reduce(0) { count, word in
                count + masks.reduce(~UInt64(0)) { $0 & $1[word] }.nonzeroBitCount
            }
        }
    }

    /// Tab-separated: number, latitude, longitude, skills, languages, the hours of the week as 21 bytes in hexadecimal
    /// (Sunday's first hour is the lowest bit of the first), capacity.
    func write(_ people: [HelperEntry], to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var lines = ""
        for (index, entry) in people.enumerated() {
            let helper = entry.helper
            let skills = helper.skills.map(\.skill.rawValue).joined(separator: ",")
            let hours = entry.hours.bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
            lines += "\(index)\t\(helper.point.latitude)\t\(helper.point.longitude)\t\(skills)\t"
            lines += "\(helper.languages.joined(separator: ","))\t\(hours)\t\(helper.capacity)\n"
        }
        try lines.write(toFile: "\(folder)/helpers.tsv", atomically: true, encoding: .utf8)
    }

    /// One line a need: skills, language, latitude, longitude, hour of the week, and the numbers of who was found, in
    /// order.
    func write(_ needs: [Need], _ answers: [[Ref<Person>]], to file: String) throws {
        let lines = zip(needs, answers).map { need, people in
            let found = people.map { String(Int($0.text.suffix(12), radix: 16) ?? -1) }.joined(separator: ",")
            return [
                need.skills.map(\.rawValue).joined(separator: ","), need.language ?? "",
                "\(need.point?.latitude ?? 0)", "\(need.point?.longitude ?? 0)", "\(WeeklyHours.hour(at: need.at))",
                found,
            ].joined(separator: "\t")
        }
        try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
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

    /// 0 to 11, the nth a nth part as often as the first.
    mutating func rank() -> Int {
        var left = fraction() * Self.harmonic
        for rank in 0..<11 {
            left -= 1 / Double(rank + 1)
            if left < 0 { return rank }
        }
        return 11
    }

    private static let harmonic = (1...12).reduce(0) { $0 + 1 / Double($1) }

    /// Near enough to a bell: the sum of four, with a spread of one.
    mutating func normal() -> Double { (fraction() + fraction() + fraction() + fraction() - 2) * 3.0.squareRoot() }
}
