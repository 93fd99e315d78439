// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit

/// Of an incident, what bounds how well a report can fit it: a few numbers side by side, looked at a hundred times for
/// each report. Words, kinds and pictures are a bit each here; who may still win is compared in full.
struct IncidentOutline: Sendable {
    private let first: Int64
    private let last: Int64
    private let latitude: Double
    private let longitude: Double
    private let uncertainty: Double
    private let words: UInt64
    /// Of the latitude: how short a degree of longitude is there.
    private let cosine: Float
    private let kinds: UInt32
    private let slightest: Int16
    private let reports: Int16
    private let hasPlace: Bool
    private let hasPictures: Bool

    /// Reports from before `earliest` are none of its own, whatever it says of its beginning.
    init(_ incident: IncidentTraits, earliest: Int64 = .min) {
        (first, last) = (max(incident.first.milliseconds, earliest), incident.last.milliseconds)
        hasPlace = incident.center != nil
        (latitude, longitude) = (incident.center?.latitude ?? 0, incident.center?.longitude ?? 0)
        cosine = Float(cos(latitude * .pi / 180))
        uncertainty = incident.uncertainty
        (words, slightest) = (incident.wordMarks, Int16(clamping: incident.slightestText))
        kinds = incident.kindMarks
        reports = Int16(clamping: incident.count)
        hasPictures = !incident.pictures.isEmpty
    }

    /// Of a slot that nobody has any more: out of everybody's time.
    static let none = IncidentOutline(IncidentTraits(id: ""))

    private func minutes(of report: ReportTraits) -> Double {
        let at = Double(report.at.milliseconds)
        return max(0, max(Double(first) - at, at - Double(last))) / 60_000
    }

    /// Says how well the report can fit at most, unless it is out of reach.
    @inline(__always)
    func meet(_ report: ReportTraits, _ settings: GroupingSettings, as slot: Int, into prospects: inout [Prospect]) {
        if let prospect = prospect(of: report, settings, as: slot) { prospects.append(prospect) }
    }

    /// How well the report can fit at most. Nil only where `GroupingEvidence` would be nil. Inlined, so that an outline is
    /// read where it lies.
    @inline(__always)
    func prospect(of report: ReportTraits, _ settings: GroupingSettings, as slot: Int = 0) -> Prospect? {
        let minutes = minutes(of: report)
        guard minutes <= settings.window else { return nil }
        var (sum, weight, certainty) = (0.0, 0.0, Score.Certainty.none)
        if hasPlace, let point = report.point {
            let tolerance = min(report.uncertainty + uncertainty, settings.mostUncertainty)
            guard let metres = leastMetres(to: point, within: settings.reach + tolerance) else { return nil }
            let halves = max(0, metres - tolerance) / settings.halfMetres
            weight = settings.spaceWeight / (1 + tolerance / settings.vagueMetres)
            sum = weight / (1 + halves * halves)
            certainty = tolerance <= settings.coarse ? .exact : .coarse
        }
        let late = max(0, minutes - settings.sameMinutes) / max(settings.window - settings.sameMinutes, 1)
        sum += settings.timeWeight * (1 - settings.timeFall * late)
        weight += settings.timeWeight
        let isSameKind = kinds & KindCounts.bit(report.kindMark) != 0
        if kinds != 0, report.kindMark != 0 {
            sum += isSameKind ? settings.kindWeight : 0
            weight += settings.kindWeight
        }
        let isSamePicture = hasPictures && report.picture != nil
        if isSamePicture {
            sum += settings.pictureWeight
            weight += settings.pictureWeight
        }
        let hasWords = slightest > 0 && report.words.isComparable
        var prospect = Prospect(
            slot: slot,
            certainty: certainty,
            sum: sum,
            weight: weight,
            wordsWeight: hasWords ? settings.wordsWeight : 0
        )
        // An exact place attaches by itself; otherwise the words decide, so they are looked at now.
        guard certainty != .exact else { return prospect }
        let common = report.words.mostInCommon(with: words)
        let alike = prospect.bound(byWords: likeness(common, report.words, settings))
        let isNow = minutes <= settings.tightMinutes
        let isKnown = reports >= settings.knownReports && isNow
        let isAlike =
            hasWords && alike + Prospect.margin >= settings.wordsFloor + (1 - settings.wordsFloor) * settings.alikeWords
        let share = Double(common) / Double(max(report.words.weight, 1))
        prospect.mayAttach =
            isSamePicture
            || (certainty == .coarse
                ? isAlike || (isNow && hasWords && Double(common) >= settings.ownWeight)
                    || (isKnown && share + Prospect.margin >= settings.repeatedWords)
                : report.point == nil && hasWords && share + Prospect.margin >= settings.nearlyWords)
        return prospect
    }

    /// The bound with what the bits say of the words.
    func refine(_ prospect: inout Prospect, _ report: ReportTraits, _ settings: GroupingSettings) {
        _ = prospect.bound(byWords: likeness(report.words.mostInCommon(with: words), report.words, settings))
    }

    /// The words part at most, having so much in common.
    private func likeness(_ common: Int, _ text: WordSketch, _ settings: GroupingSettings) -> Double {
        let value = min(1, WordSketch.likeness(common, of: min(text.weight, Int(slightest))))
        return settings.wordsFloor + (1 - settings.wordsFloor) * value
    }

    /// A hundredth and a metre less than it is. Nil when it is more than that even so.
    private func leastMetres(to point: Point, within most: Double) -> Double? {
        let reach = 1.01 * most + 1
        let north = (latitude - point.latitude) * Point.metresPerDegree
        guard abs(north) <= reach else { return nil }
        // Near the poles the middle of both latitudes and this one's differ: there nothing is left out.
        guard abs(latitude) <= 80 else { return 0 }
        let east = Point.wrapped(longitude - point.longitude) * Double(cosine) * Point.metresPerDegree
        let square = north * north + east * east
        return square <= reach * reach ? max(0, square.squareRoot() * 0.99 - 1) : nil
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
    /// The total at most.
    private(set) var upper: Double
    /// Whether the bits of the words are in it.
    private(set) var isRefined = false
    /// Whether it could take the report without a person.
    var mayAttach = true

    /// More than sums in another order differ by.
    static let margin = 1e-9

    init(slot: Int, certainty: Score.Certainty, sum: Double, weight: Double, wordsWeight: Double) {
        (self.slot, self.certainty) = (slot, certainty)
        (self.sum, self.weight, self.wordsWeight) = (sum, weight, wordsWeight)
        upper = weight + wordsWeight > 0 ? (sum + wordsWeight) / (weight + wordsWeight) + Self.margin : 0
        isRefined = wordsWeight == 0
    }

    /// Answers the words part that it was given.
    mutating func bound(byWords words: Double) -> Double {
        if weight + wordsWeight > 0 { upper = (sum + wordsWeight * words) / (weight + wordsWeight) + Self.margin }
        isRefined = true
        return words
    }
}
