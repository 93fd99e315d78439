// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Testing

@testable import Matching

@Suite("The index of helpers")
struct HelperIndexTests {
    private static let noon = Instant(milliseconds: 1_790_000_000_000)
    /// One in so many has it: from half of everybody down to a handful.
    private static let skills: [(Skill, Int)] = [
        (.verifier, 2), (.observer, 3), (.driver, 6), (.interpreter, 20), (.attorney, 60),
    ]
    private static let languages = [("en", 1), ("es", 2), ("ko", 8), ("zh-hant", 30), ("fa", 90)]
    private static let roles: [Role] = [.verifier, .observer, .attorney]

    /// A county of its own: round numbers, so that a coordinate survives being kept in centimetres.
    private static func point(_ random: inout Seeded) throws -> Point {
        try #require(
            Point(
                latitude: Double(random.next(in: 337_000...343_000)) / 1e4,
                longitude: Double(random.next(in: -1_186_000 ... -1_178_000)) / 1e4
            )
        )
    }

    private static func entry(_ random: inout Seeded, _ person: Ref<Person> = .new()) throws -> HelperEntry {
        var held: [HeldSkill] = []
        for (skill, rarity) in skills where random.next(in: 1...rarity) == 1 {
            let until: Instant? =
                switch random.next(in: 0...3) {
                case 0: nil
                case 1: noon - .hours(random.next(in: 0...100))
                default: noon + .hours(random.next(in: 1...1_000))
                }
            held.append(HeldSkill(skill, until: until))
        }
        let helper = Helper(
            person: person,
            place: "",
            point: try point(&random),
            radius: Double(random.next(in: 1...60) * 1_000),
            skills: held,
            languages: languages.filter { random.next(in: 1...$0.1) == 1 }.map(\.0),
            capacity: random.next(in: 0...5) == 0 ? 0 : random.next(in: 1...4),
            pausedUntil: random.next(in: 0...9) == 0 ? noon + .hours(random.next(in: -5...5)) : nil,
            restsUntil: random.next(in: 0...9) == 0 ? noon + .minutes(random.next(in: -99...99)) : nil,
            lastAskedAt: random.next(in: 0...1) == 0 ? noon - .minutes(random.next(in: -90...30_000)) : nil
        )
        let hour = WeeklyHours.hour(at: noon)
        return HelperEntry(
            helper,
            roles: Set(roles.filter { _ in random.next(in: 0...2) > 0 }),
            hours: random.next(in: 0...1) == 0 ? WeeklyHours([hour, (hour + 1) % 168]) : .none,
            windows: random.next(in: 0...3) == 0
                ? [.init(from: noon - .hours(random.next(in: 0...3)), to: noon + .hours(random.next(in: 0...3)))] : []
        )
    }

    /// The same person at the same place, who rests, pauses or has other hours now.
    private static func changed(_ entry: HelperEntry, _ random: inout Seeded) throws -> HelperEntry {
        let (other, old) = (try self.entry(&random, entry.helper.person), entry.helper)
        let helper = Helper(
            person: old.person,
            place: old.place,
            point: old.point,
            radius: old.radius,
            skills: other.helper.skills,
            languages: old.languages,
            capacity: other.helper.capacity,
            pausedUntil: other.helper.pausedUntil,
            restsUntil: other.helper.restsUntil,
            lastAskedAt: other.helper.lastAskedAt
        )
        return HelperEntry(helper, roles: entry.roles, hours: other.hours, windows: other.windows)
    }

    private static func need(_ random: inout Seeded) throws -> Need {
        Need(
            skills[random.next(in: 0...4)].0,
            also: random.next(in: 0...2) == 0 ? [skills[random.next(in: 0...4)].0] : [],
            language: random.next(in: 0...1) == 0 ? languages[random.next(in: 0...4)].0 : nil,
            near: random.next(in: 0...9) == 0 ? nil : try point(&random),
            at: noon + .minutes(random.next(in: -90...90)),
            count: random.next(in: 1...12),
            within: Double(random.next(in: 1...80) * 1_000),
            roles: random.next(in: 0...1) == 0
                ? [roles[random.next(in: 0...2)], roles[random.next(in: 0...2)]] : nil
        )
    }

    /// What matching gives when it looks at everybody.
    private static func brute(
        _ need: Need,
        _ people: some Collection<HelperEntry>,
        load: [Ref<Person>: Int]
    ) -> Match.Result {
        let mayServe = people.filter { entry in
            (need.roles.map { !$0.isDisjoint(with: entry.roles) } ?? true)
                && need.among?.contains(entry.helper.person) ?? true
        }
        let candidates = mayServe.map { $0.candidate(at: need.at, load: load[$0.helper.person] ?? 0) }
        return Match.nearest(need, among: candidates, limit: .max)
    }

    @Test("finds whom looking at everybody would find, and says the same of a shortfall", arguments: 1...10)
    func random(_ seed: UInt64) throws {
        var random = Seeded(seed)
        var people: [Ref<Person>: HelperEntry] = [:]
        for _ in 0..<400 {
            let entry = try Self.entry(&random)
            people[entry.helper.person] = entry
        }
        let index = HelperIndex(Array(people.values))
        for round in 0..<300 {
            let anybody = try #require(people.keys.sorted { $0.text < $1.text }.dropFirst(round % 300).first)
            switch random.next(in: 0...5) {
            case 0:
                people[anybody] = nil
                index.remove(anybody)
            case 1, 2:
                let entry = try Self.entry(&random, random.next(in: 0...2) == 0 ? .new() : anybody)
                people[entry.helper.person] = entry
                index.put(entry)
            case 3 where round % 20 == 0: #expect(index.rebuild())
            case 3:
                let entry = try Self.changed(try #require(people[anybody]), &random)
                people[anybody] = entry
                index.put(entry)
            default: break
            }
            var need = try Self.need(&random)
            let everybody = people.keys.sorted { $0.text < $1.text }
            need.excluding = Set(everybody.prefix(random.next(in: 0...20)))
            var load: [Ref<Person>: Int] = [:]
            for person in everybody.suffix(random.next(in: 0...60)) { load[person] = random.next(in: 0...5) }
            if random.next(in: 0...9) == 0 { need.among = Set(everybody.dropFirst(100).prefix(200)) }
            let expected = Self.brute(need, people.values, load: load)
            let found = index.nearest(need, load: load)
            #expect(found.choices.map(\.person) == expected.choices.map(\.person))
            for (one, other) in zip(found.choices, expected.choices) {
                #expect(one.reasons.map(Self.kind) == other.reasons.map(Self.kind))
            }
            #expect(found.shortfall == expected.shortfall)
            #expect(index.count == people.count)
        }
    }

    @Test("finds the few who have what is rare among thousands, and says the same of a shortfall", arguments: 1...2)
    func rare(_ seed: UInt64) throws {
        var random = Seeded(seed &+ 100)
        var people: [Ref<Person>: HelperEntry] = [:]
        for _ in 0..<9_000 {
            let entry = try Self.entry(&random)
            people[entry.helper.person] = entry
        }
        let index = HelperIndex(Array(people.values))
        for round in 0..<40 {
            if round == 20 { #expect(index.rebuild()) }
            for person in people.keys.prefix(30) {
                let moved = try Self.entry(&random, person)
                people[person] = moved
                index.put(moved)
            }
            let need = try Self.need(&random)
            let (found, expected) = (index.nearest(need), Self.brute(need, people.values, load: [:]))
            #expect(found.choices.map(\.person) == expected.choices.map(\.person))
            #expect(found.shortfall == expected.shortfall)
        }
    }

    @Test("a bitmap knows how many bits are on and which words have none", arguments: 1...3)
    func bitmaps(_ seed: UInt64) {
        var random = Seeded(seed)
        var (one, other) = (Bitmap(rows: 0), Bitmap(rows: 20_000))
        var (ones, others) = (Set<Int>(), Set<Int>())
        for _ in 0..<3_000 {
            let (row, isOn) = (random.next(in: 0...19_999), random.next(in: 0...2) > 0)
            one[row] = isOn
            if isOn { ones.insert(row) } else { ones.remove(row) }
            let dense = random.next(in: 4_000...4_300)
            other[dense] = isOn
            if isOn { others.insert(dense) } else { others.remove(dense) }
        }
        #expect(one.count == ones.count)
        #expect(other.count == others.count)
        #expect(one.union(other).count == ones.union(others).count)
        for range in [0..<20_000, 4_095..<4_097, 4_050..<4_250, 64..<64, 4_200..<1_000_000] {
            var found: [Int] = []
            Intersection.with([one, other]) { both in both.forEach(in: range) { found.append($0) } }
            #expect(found == ones.intersection(others).filter(range.contains).sorted())
        }
    }

    @Test("who is asked to do two things must hold both, and does one thing at a time if one of them is a trip")
    func twoSkills() throws {
        let (both, one) = (Ref<Person>.new(), Ref<Person>.new())
        func helper(_ person: Ref<Person>, _ skills: [Skill]) throws -> HelperEntry {
            let helper = Helper(
                person: person,
                place: "",
                point: try #require(Point(latitude: 34, longitude: -118)),
                radius: 5_000,
                skills: skills.map { HeldSkill($0) },
                languages: ["en"],
                capacity: 3
            )
            return HelperEntry(helper, hours: WeeklyHours(0..<168))
        }
        let index = HelperIndex([try helper(both, [.attorney, .driver]), try helper(one, [.attorney])])
        let need = Need(.attorney, also: [.driver], at: Self.noon, count: 2, within: 1_000)
        let found = index.nearest(need)
        #expect(found.choices.map(\.person) == [both])
        #expect(found.shortfall?.count(.withoutSkill) == 1)
        #expect(index.nearest(need, load: [both: 1]).shortfall?.count(.busy) == 1)
        let attorneys = Need(.attorney, at: Self.noon, count: 2, within: 1_000)
        #expect(index.nearest(attorneys, load: [both: 1]).choices.count == 2)
    }

    @Test("goes on answering while it is sorted anew, and has lost nobody after", arguments: 1...3)
    func rebuilt(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        let first = try (0..<300).map { _ in try Self.entry(&random) }
        let moved = try first.prefix(150).map { try Self.entry(&random, $0.helper.person) }
        let new = try (0..<100).map { _ in try Self.entry(&random) }
        let gone = first.suffix(50).map(\.helper.person)
        let needs = try (0..<40).map { _ in try Self.need(&random) }
        let index = HelperIndex(first)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<20 { index.rebuild() } }
            group.addTask { for entry in moved + new { index.put(entry) } }
            group.addTask { for person in gone { index.remove(person) } }
            group.addTask { for need in needs { _ = index.nearest(need) } }
        }
        let left = first.dropFirst(150).dropLast(50) + moved + new
        for need in needs {
            let (found, expected) = (index.nearest(need), Self.brute(need, left, load: [:]))
            #expect(found.choices.map(\.person) == expected.choices.map(\.person))
            #expect(found.shortfall == expected.shortfall)
        }
        #expect(index.count == left.count)
    }

    @Test("a change shows at once, also when it comes after a search at the same moment")
    func atOnce() throws {
        var random = Seeded(9)
        let home = try Self.point(&random)
        func helper(_ person: Ref<Person>, willing: Bool, pause: Instant? = nil) -> HelperEntry {
            let helper = Helper(
                person: person,
                place: "",
                point: home,
                radius: 5_000,
                skills: [HeldSkill(.driver)],
                languages: ["en"],
                capacity: willing ? 1 : 0,
                pausedUntil: pause
            )
            return HelperEntry(helper, hours: WeeklyHours(0..<168))
        }
        let person = Ref<Person>.new()
        let need = Need(.driver, near: home, at: Self.noon, count: 1, within: 1_000)
        let later = Need(.driver, near: home, at: Self.noon + .minutes(2), count: 1, within: 1_000)
        let index = HelperIndex([helper(person, willing: true)])
        #expect(index.nearest(need).choices.map(\.person) == [person])
        index.put(helper(person, willing: false))
        #expect(index.nearest(need).shortfall?.main == .resting)
        index.put(helper(person, willing: true, pause: Self.noon + .minutes(1)))
        #expect(index.nearest(need).shortfall?.main == .resting)
        #expect(index.nearest(later).choices.map(\.person) == [person], "the pause is over by then")
        index.put(helper(person, willing: true))
        #expect(index.nearest(need).choices.map(\.person) == [person])
        index.remove(person)
        #expect(index.nearest(need).choices.isEmpty)
    }

    @Test("who lives over the date line is near", arguments: [(179.99, -179.99), (-179.99, 179.99), (179.9, 179.99)])
    func dateLine(home: Double, away: Double) throws {
        let (here, there) = (
            try #require(Point(latitude: -17, longitude: home)), try #require(Point(latitude: -17, longitude: away))
        )
        let people = (0..<3).map { _ in Ref<Person>.new() }
        let entries = people.map { person in
            let helper = Helper(
                person: person,
                place: "",
                point: here,
                radius: 50_000,
                skills: [HeldSkill(.driver)],
                languages: ["en"],
                capacity: 1
            )
            return HelperEntry(helper, hours: WeeklyHours(0..<168))
        }
        let found = HelperIndex(entries).nearest(
            Need(.driver, near: there, at: Self.noon, count: 3, within: 50_000)
        )
        #expect(Set(found.choices.map(\.person)) == Set(people))
    }

    private static func kind(_ reason: Match.Reason) -> String {
        if case .near = reason { "near" } else { "\(reason)" }
    }

    @Test("an empty index finds nobody and says that nobody has the role")
    func empty() {
        let result = HelperIndex().nearest(Need(.observer, at: Self.noon, count: 2, within: 1_000))
        #expect(result.choices.isEmpty)
        #expect(result.shortfall?.main == nil)
    }

    @Test("a week of hours is kept in 21 bytes and read back")
    func weeklyHours() {
        let evenings = WeeklyHours(days: [1, 5], from: 22, to: 2)
        #expect(evenings.hours == [46, 47, 48, 49, 142, 143, 144, 145])
        #expect(WeeklyHours(bytes: evenings.bytes) == evenings)
        #expect(WeeklyHours(days: [6], from: 23, to: 1).hours == [0, 167], "Saturday night runs into Sunday")
        #expect(WeeklyHours(bytes: [1, 2]) == nil)
    }

    @Test("a reference becomes two numbers and itself again, in the same order")
    func numbers() {
        let people = (0..<50).map { _ in Ref<Person>.new() }
        #expect(people.map { HelperNumber($0).person } == people)
        #expect(people.sorted { HelperNumber($0) < HelperNumber($1) } == people.sorted { $0.text < $1.text })
    }
}

/// Numbers that are the same for the same seed: SplitMix64.
struct Seeded {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next(in range: ClosedRange<Int>) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return range.lowerBound + Int(mixed % UInt64(range.count))
    }
}
