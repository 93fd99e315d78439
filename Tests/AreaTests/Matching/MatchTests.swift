// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Testing

@Suite("Matching")
struct MatchTests {
    private static let noon = Instant(milliseconds: 1_790_000_000_000)

    private static func point(_ latitude: Double, _ longitude: Double) throws -> Point {
        try #require(Point(latitude: latitude, longitude: longitude))
    }

    /// Somebody able, unless said otherwise; `north` is metres from the need.
    private static func candidate(
        north: Double = 0,
        skill: Skill = .verifier,
        until: Instant? = noon + .days(30),
        languages: [String] = ["es"],
        radius: Double = 50_000,
        capacity: Int = 1,
        pausedUntil: Instant? = nil,
        lastAsked: Instant? = nil,
        isOnShift: Bool = true,
        load: Int = 0,
        person: Ref<Person> = .new()
    ) throws -> Candidate {
        let helper = Helper(
            person: person,
            place: "boyle-heights",
            point: try point(34.03 + north / 111_195, -118.2),
            radius: radius,
            skills: [HeldSkill(skill, until: until)],
            languages: languages,
            capacity: capacity,
            pausedUntil: pausedUntil,
            lastAskedAt: lastAsked
        )
        return Candidate(helper, isOnShift: isOnShift, load: load)
    }

    private static func need(
        count: Int = 1,
        language: String? = nil,
        excluding: Set<Ref<Person>> = [],
        within: Double = 5_000
    ) throws -> Need {
        Need(
            .verifier,
            language: language,
            near: try point(34.03, -118.2),
            at: noon,
            count: count,
            excluding: excluding,
            within: within
        )
    }

    @Test("goes by who is near, and lets whoever was asked lately wait for those who live not much farther")
    func fairness() throws {
        let far = try Self.candidate(north: 1_200)
        let lately = try Self.candidate(north: 10, lastAsked: Self.noon - .minutes(5))
        let longAgo = try Self.candidate(north: 400, lastAsked: Self.noon - .days(5))
        let never = try Self.candidate(north: 450)
        let away = try Self.candidate(north: 4_600)
        let all = [far, lately, longAgo, never, away]
        let result = Match.nearest(try Self.need(count: 5), among: all, limit: 5)
        #expect(result.choices.map(\.person) == [never, far, longAgo, lately, away].map(\.helper.person))
        #expect(result.shortfall == nil)
        let reasons = result.choices.map(\.reasons)
        #expect(reasons[0].contains(.neverAsked) && !reasons[0].contains(.nearerAskedLately))
        #expect(reasons[1].contains(.neverAsked) && reasons[1].contains(.nearerAskedLately))
        #expect(reasons[2].contains(.askedLongestAgo))
        #expect(!reasons[3].contains(.askedLongestAgo))
        #expect(!reasons[4].contains(.nearerAskedLately), "whoever was asked today still goes before them")
    }

    @Test(
        "lets a turn count for less from day to day, and for nothing after two weeks",
        arguments: [0, 3, 7, 13, 14, 60]
    )
    func forgotten(_ days: Int) throws {
        let near = try Self.candidate(north: 450, lastAsked: Self.noon - .days(days))
        let places = try (0...8).map { try Self.candidate(north: 800 + 500 * Double($0)) }
        let result = Match.nearest(try Self.need(count: 10), among: [near] + places, limit: 10)
        let before = try #require(result.choices.firstIndex { $0.person == near.helper.person })
        #expect(before == [0: 7, 3: 5, 7: 4, 13: 1, 14: 0, 60: 0][days])
    }

    @Test("says of whoever stands in the middle of the same neighborhood that, and no distance")
    func sameNeighborhood() throws {
        let (here, there) = (try Self.candidate(north: 0), try Self.candidate(north: 700))
        let result = Match.nearest(try Self.need(count: 2), among: [here, there], limit: 2)
        #expect(result.choices.map { $0.reasons.first } == [.sameNeighborhood, .near(metres: 1_000)])
        #expect(result.choices.map(\.shownDistance) == [500, 1_000])
    }

    @Test("asks nobody whose certificate ran out, or was never on file")
    func certificates() throws {
        let expired = try Self.candidate(until: Self.noon)
        let undated = try Self.candidate(until: nil)
        let valid = try Self.candidate(until: Self.noon + .milliseconds(1))
        let result = Match.nearest(try Self.need(count: 3), among: [expired, undated, valid], limit: 3)
        #expect(result.choices.map(\.person) == [valid.helper.person])
        #expect(result.shortfall?.count(.certificateExpired) == 2)
        let driver = Need(.driver, near: nil, at: Self.noon, count: 1, within: 5_000)
        let free = try Self.candidate(skill: .driver, until: nil)
        #expect(Match.nearest(driver, among: [free], limit: 1).choices.count == 1, "a driver needs no certificate")
    }

    @Test("says what stands in the way", arguments: 0..<7)
    func shortfall(_ index: Int) throws {
        let asked = Ref<Person>.new()
        let table: [(Candidate?, Shortfall.Cause?, String)] = [
            (nil, nil, "matching.short_nobody"),
            (try Self.candidate(until: Self.noon), .certificateExpired, "matching.short_uncertified"),
            (try Self.candidate(languages: ["en"]), .otherLanguage, "matching.short_language"),
            (try Self.candidate(isOnShift: false), .offShift, "matching.short_off_shift"),
            (try Self.candidate(north: 6_000), .tooFar, "matching.short_far"),
            (try Self.candidate(load: 1), .busy, "matching.short_busy"),
            (try Self.candidate(person: asked), .askedAlready, "matching.short_all_asked"),
        ]
        let (candidate, cause, key) = table[index]
        let need = try Self.need(count: 2, language: "es", excluding: [asked])
        let result = Match.nearest(need, among: candidate.map { [$0] } ?? [], limit: 2)
        let shortfall = try #require(result.shortfall)
        #expect(result.choices.isEmpty)
        #expect(shortfall.main == cause)
        #expect(shortfall.words.first?.keyed.hasPrefix(key + "|") == true)
        if let cause { #expect(shortfall.count(cause) == 1) }
    }

    @Test(
        "says first what most are, where only a few near are busy",
        arguments: [
            ([.busy: 1, .tooFar: 21], "most_far"), ([.resting: 1, .offShift: 3], "most_off"),
            ([.busy: 2, .tooFar: 2], "busy"), ([.tooFar: 4, .offShift: 9], "far"),
        ] as [([Shortfall.Cause: Int], String)]
    )
    func most(_ missed: [Shortfall.Cause: Int], _ key: String) {
        let words = Shortfall(wanted: 1, found: 0, missed: missed).words
        #expect(words.first?.keyed.hasPrefix("matching.short_\(key)|") == true)
    }

    @Test("counts who rests by themselves, and keeps to how far they go")
    func resting() throws {
        let paused = try Self.candidate(pausedUntil: Self.noon + .hours(1))
        let full = try Self.candidate(capacity: 0)
        let back = try Self.candidate(pausedUntil: Self.noon)
        let homebody = try Self.candidate(north: 900, radius: 800)
        let result = Match.nearest(try Self.need(count: 4), among: [paused, full, back, homebody], limit: 4)
        #expect(result.choices.map(\.person) == [back.helper.person])
        #expect(result.shortfall?.count(.resting) == 2)
        #expect(result.shortfall?.count(.tooFar) == 1)
    }

    @Test("gives as many at once as they take to who need not go there, and one to who goes")
    func several() throws {
        func found(_ skill: Skill, capacity: Int, load: Int) throws -> Int {
            let one = try Self.candidate(skill: skill, capacity: capacity, load: load)
            var need = try Self.need()
            need.skill = skill
            return Match.nearest(need, among: [one], limit: 1).choices.count
        }
        #expect(try (0...4).map { try found(.attorney, capacity: 3, load: $0) } == [1, 1, 1, 0, 0])
        #expect(try (0...1).map { try found(.operator, capacity: 1, load: $0) } == [1, 0])
        #expect(try (0...1).map { try found(.verifier, capacity: 3, load: $0) } == [1, 0], "nobody is at two places")
        #expect(try found(.attorney, capacity: 0, load: 0) == 0)
    }

    @Test("chooses as a slow and obvious search does, over random towns", arguments: 0..<200)
    func reference(_ seed: Int) throws {
        var dice = Dice(seed: UInt64(seed))
        let people = try (0..<Int.random(in: 0...60, using: &dice)).map { _ in try Self.random(using: &dice) }
        let asked = Set(
            people.filter { _ in Bool.random(using: &dice) && Bool.random(using: &dice) }.map(\.helper.person)
        )
        let need = try Self.need(
            count: Int.random(in: 0...9, using: &dice),
            language: Bool.random(using: &dice) ? "es" : nil,
            excluding: asked,
            within: Double.random(in: 500...12_000, using: &dice)
        )
        let limit = Int.random(in: 0...12, using: &dice)
        let result = Match.nearest(need, among: people.shuffled(using: &dice), limit: limit)

        let able = people.filter { Self.isAble($0, need) }
        var left = able
        var expected: [Ref<Person>] = []
        while expected.count < min(need.count, limit), let next = left.min(by: { Self.comesFirst($0, $1, need) }) {
            expected.append(next.helper.person)
            left.removeAll { $0.helper.person == next.helper.person }
        }
        #expect(result.choices.map(\.person) == expected)
        #expect((result.shortfall != nil) == (able.count < need.count))
        if let shortfall = result.shortfall {
            let counted = Shortfall.Cause.allCases.map(shortfall.count).reduce(0, +)
            #expect(counted == people.count - able.count, "everybody who was not found is counted once")
            #expect(shortfall.found == able.count)
        }
    }

    private static func random(using dice: inout Dice) throws -> Candidate {
        let chance = { (dice: inout Dice) in Int.random(in: 0..<6, using: &dice) == 0 }
        return try candidate(
            north: Double(Int.random(in: -14...14, using: &dice)) * 450,
            skill: chance(&dice) ? .observer : .verifier,
            until: chance(&dice) ? (Bool.random(using: &dice) ? nil : noon - .days(1)) : noon + .days(1),
            languages: chance(&dice) ? ["en"] : ["en", "es"],
            radius: chance(&dice) ? 1_000 : 20_000,
            capacity: chance(&dice) ? 0 : Int.random(in: 1...4, using: &dice),
            pausedUntil: chance(&dice) ? noon + .minutes(1) : nil,
            lastAsked: chance(&dice) ? nil : noon - .hours(Int.random(in: 0...4, using: &dice) * 84),
            isOnShift: !chance(&dice),
            load: chance(&dice) ? Int.random(in: 1...4, using: &dice) : 0
        )
    }

    private static func isAble(_ candidate: Candidate, _ need: Need) -> Bool {
        let helper = candidate.helper
        guard let point = need.point else { return false }
        let distance = helper.point.distance(to: point)
        return helper.skills.contains { $0.skill == need.skill && ($0.expiresAt ?? noon - .days(9)) > need.at }
            && !need.excluding.contains(helper.person) && helper.languages.contains(need.language ?? "en")
            && candidate.isOnShift && candidate.load == 0 && helper.capacity > 0
            && (helper.pausedUntil ?? need.at) <= need.at && distance <= need.maximumDistance
            && distance <= helper.radius
    }

    private static func comesFirst(_ left: Candidate, _ right: Candidate, _ need: Need) -> Bool {
        func rank(_ candidate: Candidate) -> [Double] {
            let distance = need.point.map { candidate.helper.point.distance(to: $0) } ?? 0
            let asked = candidate.helper.lastAskedAt
            let days = asked.map { Double(need.at.milliseconds - $0.milliseconds) / 86_400_000 } ?? 14
            let added = max(0, 14 - days) / 14 * (3_000 + distance / 4)
            return [Double(Int((distance + added) / 500)), asked.map { Double($0.milliseconds) } ?? -1, distance]
        }
        let (first, second) = (rank(left), rank(right))
        if first != second { return first.lexicographicallyPrecedes(second) }
        return left.helper.person.text < right.helper.person.text
    }
}

/// Random, and the same every time (SplitMix64).
private struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
