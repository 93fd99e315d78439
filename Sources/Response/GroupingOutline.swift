// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Of an incident, what bounds how well a report can fit it: a few numbers side by side, looked at a dozen times for
/// each report. Words, kinds and pictures are a bit each here; who may still win is compared in full. 64 bytes, which is what
/// a processor reads of memory at once.
struct IncidentOutline: Sendable {
    /// Milliseconds.
    private let first: Double
    private let last: Double
    private let latitude: Double
    private let longitude: Double
    private let uncertainty: Double
    private let words: UInt64
    private let place: UInt32
    private let spot: UInt32
    private let kinds: UInt32
    private let slightest: Int16
    /// 255: or more.
    private let reports: UInt8
    private let has: Has

    private struct Has: OptionSet {
        let rawValue: UInt8
        static let place = Has(rawValue: 1)
        static let pictures = Has(rawValue: 2)
    }

    var slot: Int { Int(place) }

    /// Reports from before `earliest` are none of its own, whatever it says of its beginning.
    init(_ incident: borrowing IncidentTraits, slot: Int = 0, earliest: Int64 = .min) {
        place = UInt32(truncatingIfNeeded: slot)
        spot = incident.spotBits
        (first, last) = (Double(max(incident.first.milliseconds, earliest)), Double(incident.last.milliseconds))
        (latitude, longitude) = (incident.center?.latitude ?? 0, incident.center?.longitude ?? 0)
        uncertainty = incident.uncertainty
        (words, slightest) = (incident.wordMarks, Int16(clamping: incident.slightestText))
        kinds = incident.kindMarks
        reports = UInt8(clamping: incident.count)
        has = (incident.center == nil ? [] : Has.place).union(incident.hasPictures ? .pictures : [])
    }

    /// Of a slot that nobody has any more: out of everybody's time.
    static let none = IncidentOutline(IncidentTraits(id: ""))

    /// When and where, in a quarter of the room: rounded, so that most of what is too far is seen by it. Four numbers side by side,
    /// which are asked at once.
    struct Corner: Sendable {
        fileprivate let numbers: SIMD4<UInt32>
    }

    var corner: Corner {
        Corner(
            numbers: SIMD4(
                Frame.seconds(first),
                Frame.seconds(last),
                Frame.part(ofTurn: latitude),
                Frame.part(ofTurn: longitude)
            )
        )
    }

    /// What holds the corner of everything that could be of a report.
    struct Frame {
        /// The lowest that each number may be, and how much more. Numbers come round as longitudes do.
        private let lowest: SIMD4<UInt32>
        private let room: SIMD4<UInt32>

        /// Degrees to each side; times in milliseconds.
        init(_ earliest: Double, _ latest: Double, latitude: Double, longitude: Double, north: Double, east: Double) {
            // A millionth is more than what rounding takes.
            let (north, east) = (north + 1e-6, east + 1e-6)
            let (earliest, latest) = (Self.seconds(earliest), Self.seconds(latest))
            lowest = SIMD4(0, earliest, Self.part(ofTurn: latitude - north), Self.part(ofTurn: longitude - east))
            room = SIMD4(latest, .max - earliest, Self.room(2 * north), Self.room(2 * east))
        }

        @inline(__always)
        func holds(_ corner: Corner) -> Bool { all(corner.numbers &- lowest .<= room) }

        /// Seconds of 1,024 milliseconds.
        fileprivate static func seconds(_ milliseconds: Double) -> UInt32 {
            UInt32(truncatingIfNeeded: Int(floor: min(max(milliseconds * 0x1p-10, -2e9), 2e9)) + 1 << 31)
        }

        /// Of a turn there are as many parts as there are numbers.
        private static let partsPerDegree = 0x1p32 / 360

        fileprivate static func part(ofTurn degrees: Double) -> UInt32 {
            UInt32(truncatingIfNeeded: Int(floor: degrees * partsPerDegree))
        }

        private static func room(_ degrees: Double) -> UInt32 { UInt32(min(degrees * partsPerDegree, 0x1p32 - 1)) }
    }

    /// Whether it was seen when the report was, or about then.
    @inline(__always)
    func isOfItsTime(_ report: borrowing ReportOutline) -> Bool {
        max(first - report.at, report.at - last) <= report.mostApart
    }

    func mayBeAt(_ spot: UInt32) -> Bool { self.spot & spot != 0 }

    /// How well the report can fit at most. Nil only where `GroupingEvidence` would be nil. Inlined, so that an outline is
    /// read where it lies.
    @inline(__always)
    func prospect(of report: borrowing ReportOutline) -> Prospect? {
        guard isOfItsTime(report) else { return nil }
        let apart = max(first - report.at, report.at - last)
        var (sum, weight, certainty) = (0.0, 0.0, Score.Certainty.none)
        if report.hasPlace, has.contains(.place) {
            let tolerance = min(report.uncertainty + uncertainty, report.mostUncertainty)
            let reach = 1.01 * (report.reach + tolerance) + 1
            let north = (latitude - report.latitude) * Point.metresPerDegree
            guard abs(north) <= reach else { return nil }
            let east = Point.wrapped(longitude - report.longitude) * report.metresPerDegreeEast
            let square = north * north + east * east
            guard square <= reach * reach else { return nil }
            // A hundredth and a metre less than it is.
            let gap = max(0, square.squareRoot() * 0.99 - 1 - tolerance) * report.perHalf
            weight = report.spaceWeight / (1 + tolerance * report.perVague)
            sum = weight / (1 + gap * gap)
            certainty = tolerance <= report.coarse ? .exact : .coarse
        }
        // They may call the spot the same: then the neighborhood is not all that is known.
        let isOneSpot = certainty != .exact && spot & report.spot != 0
        if isOneSpot { (sum, weight) = (report.spotWeight, report.spotWeight) }
        sum += report.timeWeight * (1 - max(0, apart - report.sameApart) * report.lost)
        weight += report.timeWeight
        let isSameKind = kinds & report.kind != 0
        if kinds != 0, report.kind != 0 {
            sum += isSameKind ? report.kindWeight : 0
            weight += report.kindWeight
        }
        let isSamePicture = report.hasPicture && has.contains(.pictures)
        if isSamePicture {
            sum += report.pictureWeight
            weight += report.pictureWeight
        }
        let hasWords = slightest > 0 && report.isComparable
        let common = certainty == .exact ? 0 : report.mostInCommon(with: words)
        // What has no place fits everywhere: words or a picture are shared, or it is no candidate.
        if certainty == .none, !isSamePicture, !report.hasCrossing, !isOneSpot, !hasWords || common == 0 { return nil }
        var prospect = Prospect(
            slot: slot,
            certainty: certainty,
            sum: sum,
            weight: weight,
            wordsWeight: hasWords ? report.wordsWeight : 0,
            words: words,
            slightest: slightest
        )
        // An exact place attaches by itself; otherwise the words decide, so they are looked at now.
        guard certainty != .exact else { return prospect }
        let alike = prospect.bound(byCommon: common, report)
        let isNow = apart <= report.tightApart
        let isKnown = isNow && (reports == .max || reports >= report.knownReports)
        let isAlike = hasWords && alike + Prospect.margin >= report.alikeWords
        prospect.mayAttach =
            isSamePicture || isOneSpot
            || (certainty == .coarse
                ? isAlike || (isNow && hasWords && Double(common) >= report.ownWeight)
                    || (isKnown && Double(common) >= report.repeated)
                : !report.hasPlace && hasWords && Double(common) >= report.nearly)
        return prospect
    }
}

/// How well a report can fit an incident at most: what `GroupingEvidence` would give is never above it.
struct Prospect {
    let slot: Int
    let certainty: Score.Certainty
    /// Of all parts but the words.
    private let sum: Double
    private let weight: Double
    private let wordsWeight: Double
    private let words: UInt64
    private let slightest: Int16
    /// The total at most.
    private(set) var upper: Double
    /// Whether the bits of the words are in it.
    private(set) var isRefined = false
    /// Whether it could take the report without a person.
    var mayAttach = true

    /// More than sums in another order differ by.
    static let margin = 1e-9

    fileprivate init(
        slot: Int,
        certainty: Score.Certainty,
        sum: Double,
        weight: Double,
        wordsWeight: Double,
        words: UInt64,
        slightest: Int16
    ) {
        (self.slot, self.certainty) = (slot, certainty)
        (self.sum, self.weight, self.wordsWeight) = (sum, weight, wordsWeight)
        (self.words, self.slightest) = (words, slightest)
        upper = weight + wordsWeight > 0 ? (sum + wordsWeight) / (weight + wordsWeight) + Self.margin : 0
        isRefined = wordsWeight == 0
    }

    /// The bound with what the bits say of the words.
    mutating func refine(_ report: borrowing ReportOutline) {
        _ = bound(byCommon: report.mostInCommon(with: words), report)
    }

    /// Answers the words part at most, having so much in common.
    fileprivate mutating func bound(byCommon common: Int, _ report: borrowing ReportOutline) -> Double {
        let value = min(1, WordSketch.likeness(common, of: min(report.wordsTotal, Int(slightest))))
        let part = report.wordsFloor + (1 - report.wordsFloor) * value
        if weight + wordsWeight > 0 { upper = (sum + wordsWeight * part) / (weight + wordsWeight) + Self.margin }
        isRefined = true
        return part
    }
}
