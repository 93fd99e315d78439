// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What one report says that others can say too, so that it can be seen how far they agree: no words, and in memory only.
struct Account: Sendable, Hashable {
    /// Whose eyes it is told with.
    enum Voice: Sendable, Hashable {
        /// Says that they see it themselves.
        case eyes
        /// Says what is there, and not how they know.
        case plain
        /// Says what others say, or passes on a text.
        case told
        /// Asks, fears, or says that nothing is there.
        case nothing
    }

    /// How well its place is known.
    enum Place: Sendable, Hashable { case exact, neighborhood, unknown }

    /// The report's reference as text.
    let report: String
    let at: Instant
    let point: Point?
    let details: Details
    let voice: Voice
    let place: Place
    /// 0 where it names none.
    let kind: UInt64
    let hasPicture: Bool
    /// It tells of the police, firefighters or a film crew, and names nobody who could be from immigration.
    let isOfOthers: Bool
    /// It says that nothing is there.
    let denies: Bool
    /// Somebody who is from immigration by name.
    let namesOfficers: Bool
    let words: WordSketch
    /// A number for who sent it; 0 where each is taken for another, 1 where all could be one.
    let source: UInt64
    /// Whoever wrote this adds to what they wrote before.
    let isAddition: Bool
    /// It is in a language whose words are known here.
    let isRead: Bool

    /// Whether somebody saw something: what is only heard, asked or passed on agrees with nobody.
    var isSighting: Bool { voice == .eyes || voice == .plain }

    /// It asks or fears, and doesn't say that nothing is there.
    var asks: Bool { voice == .nothing && !denies }

    /// One person who says what and where exactly: worth a look by itself.
    var isConcrete: Bool { isSighting && !isOfOthers && place == .exact && topics >= (voice == .eyes ? 1 : 2) }

    init(
        _ traits: ReportTraits,
        _ reading: AccountReading,
        hasPicture: Bool,
        isAddition: Bool,
        isRead: Bool,
        _ settings: GroupingSettings
    ) {
        (report, at) = (traits.id, traits.at)
        // The middle of a town is nobody's place.
        point = traits.uncertainty <= settings.coarse ? traits.point : nil
        (details, voice) = (reading.details, reading.voice)
        (isOfOthers, namesOfficers, denies) = (reading.isOfOthers, reading.namesOfficers, reading.denies)
        place =
            traits.isPlaceless
            ? .unknown
            : traits.crossing != nil || traits.uncertainty <= settings.coarse ? .exact : .neighborhood
        kind = traits.kindMark
        self.hasPicture = hasPicture
        words = traits.words
        source = traits.isRemembered ? 1 : traits.sourceMark
        self.isAddition = isAddition
        self.isRead = isRead
    }

    /// Whether it tells of what officers do or look like, or names them.
    var isOfOfficers: Bool { namesOfficers || !details.isDisjoint(with: .ofOfficers) }

    /// Of how many of the five things that can be told it tells.
    var topics: Int { Details.Topic.allCases.count { !details.isDisjoint(with: $0.all) } }
}

/// What is told of, one bit for each thing: what they do, what they wear, in what they came, where, and how many they are.
struct Details: OptionSet, Sendable, Hashable {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    /// One of the questions of a report, with the things that answer it.
    enum Topic: CaseIterable, Sendable {
        case activity, uniform, vehicles, location, size

        /// As the lexicon calls them; of the vehicles the colors, since a van is in every second report.
        fileprivate var concepts: [String] {
            switch self {
            case .activity:
                ["arrest", "knock", "checkpoint", "question", "follow", "run", "window"]
            case .uniform: ["mask", "vest", "uniform", "gun", "military"]
            case .vehicles: ["white", "black", "gray", "blue", "unmarked"]
            case .location:
                [
                    "market", "busstop", "carwash", "homedepot", "parkinglot", "school", "church", "court", "hospital",
                    "park", "apartment", "warehouse", "restaurant", "vendor", "swapmeet", "laundry", "gas", "bank",
                    "station", "freeway", "alley", "construction", "barber", "bus",
                ]
            case .size: []
            }
        }

        /// Where its bits begin.
        fileprivate var start: Int {
            switch self {
            case .activity: 0
            case .uniform: 10
            case .vehicles: 18
            case .location: 26
            case .size: 56
            }
        }

        var all: Details {
            let count =
                switch self {
                case .activity: 10
                case .uniform, .vehicles: 8
                case .location: 30
                case .size: 6
                }
            return Details(rawValue: (1 << UInt64(count) - 1) << UInt64(start))
        }

        /// The question of a report that asks for it.
        var field: Salute.Field {
            switch self {
            case .activity: .activity
            case .uniform: .uniform
            case .vehicles: .equipment
            case .location: .location
            case .size: .size
            }
        }
    }

    fileprivate static let ofOfficers = Topic.activity.all.union(Topic.uniform.all)

    /// In plain clothes: the last of what is worn.
    static let plainClothes = Details(rawValue: 1 << UInt64(Topic.uniform.start + 7))
    static let taking = Details(concept: "=arrest")
    static let knocking = Details(concept: "=knock")
    static let stopping = Details(concept: "=checkpoint")
    static let uniform = Details(concept: "=uniform")

    /// By the concepts of the lexicon.
    static let ofConcepts: [Details] = LexiconForms.standard.concepts.map { Details(concept: $0) }

    private init(concept: String) {
        let places = Topic.allCases.compactMap { topic in
            topic.concepts.firstIndex { "=\($0)" == concept }.map { topic.start + $0 }
        }
        self.init(rawValue: places.first.map { 1 << UInt64($0) } ?? 0)
    }

    /// So many, as people count who look for a moment: three and four are the same, and so are five and six.
    static func size(_ count: Int) -> Details {
        let marks: UInt64 =
            switch count {
            case 2: 0b1
            case 3: 0b11
            case 4: 0b10
            case 5: 0b110
            case 6: 0b100
            case 7: 0b1100
            case 8...10: 0b1000
            case 11...15: 0b11000
            case 16...99: 0b10000
            default: 0
            }
        return Details(rawValue: marks << UInt64(Topic.size.start))
    }
}
