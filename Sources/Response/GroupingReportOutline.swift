// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit

/// Of a report, what the outlines of incidents are held against, with the numbers of the grouping worked out for it: made
/// once for each report and looked at a dozen times. Times are milliseconds.
struct ReportOutline: ~Copyable {
    let at: Double
    /// A little more than the window.
    let mostApart: Double
    let sameApart: Double
    let tightApart: Double
    /// Of the time part, for each millisecond beyond `sameApart`.
    let lost: Double

    let hasPlace: Bool
    let latitude: Double
    let longitude: Double
    /// No more than it is anywhere in reach.
    let metresPerDegreeEast: Double
    let uncertainty: Double
    let mostUncertainty: Double
    let coarse: Double
    let reach: Double
    let perHalf: Double
    let perVague: Double

    let spaceWeight: Double
    let timeWeight: Double
    let kindWeight: Double
    let pictureWeight: Double
    let wordsWeight: Double
    let wordsFloor: Double
    /// The words part from which texts are alike.
    let alikeWords: Double

    let kind: UInt32
    let hasPicture: Bool
    let hasCrossing: Bool
    let spot: UInt32
    let spotWeight: Double
    let isComparable: Bool
    let knownReports: Int
    /// Hundredths of words: of all, and from which what is in common is its own, repeats what was said, and is nearly all.
    let wordsTotal: Int
    let ownWeight: Double
    let repeated: Double
    let nearly: Double
    private let marks: WordMarks

    init(_ report: borrowing ReportTraits, _ settings: borrowing GroupingSettings) {
        at = Double(report.at.milliseconds)
        mostApart = settings.window * 60_000 * (1 + Prospect.margin) + 1
        (sameApart, tightApart) = (settings.sameMinutes * 60_000, settings.tightMinutes * 60_000 + 1)
        lost = settings.timeFall / (max(settings.window - settings.sameMinutes, 1) * 60_000)

        hasPlace = report.point != nil
        (latitude, longitude) = (report.point?.latitude ?? 0, report.point?.longitude ?? 0)
        (uncertainty, mostUncertainty) = (report.uncertainty, settings.mostUncertainty)
        (coarse, reach) = (settings.coarse, settings.reach)
        (perHalf, perVague) = (1 / settings.halfMetres, 1 / settings.vagueMetres)
        // The nearest to a pole that something in reach of it can be.
        let farthest = abs(latitude) + (1.01 * (reach + mostUncertainty) + 1) / Point.metresPerDegree
        metresPerDegreeEast = hasPlace ? Point.metresPerDegree * cos(min(farthest, 90) * .pi / 180) : 0

        (spaceWeight, timeWeight, kindWeight) = (settings.spaceWeight, settings.timeWeight, settings.kindWeight)
        (pictureWeight, wordsWeight) = (settings.pictureWeight, settings.wordsWeight)
        wordsFloor = settings.wordsFloor
        alikeWords = wordsFloor + (1 - wordsFloor) * settings.alikeWords

        kind = KindCounts.bit(report.kindMark)
        (hasPicture, hasCrossing) = (report.picture != nil, report.crossing != nil)
        (spot, spotWeight) = (report.spotBits, settings.spotSpaceWeight)
        isComparable = report.words.isComparable
        knownReports = settings.knownReports
        wordsTotal = report.words.weight
        ownWeight = settings.ownWeight
        repeated = (settings.repeatedWords - Prospect.margin) * Double(max(wordsTotal, 1))
        nearly = (settings.nearlyWords - Prospect.margin) * Double(max(wordsTotal, 1))
        marks = WordMarks(report.words)
    }

    /// What is within so many metres to each side, when the report was seen or about then.
    func frame(metres: Double) -> IncidentOutline.Frame {
        let metres = 1.02 * metres + 2
        return IncidentOutline.Frame(
            at - mostApart,
            at + mostApart,
            latitude: latitude,
            longitude: longitude,
            north: metres / Point.metresPerDegree,
            east: metres / max(metresPerDegreeEast, 1)
        )
    }

    /// No more hundredths than this are in common with a text of these marks.
    func mostInCommon(with words: UInt64) -> Int { marks.mostInCommon(with: words) }
}

/// The bits of a text's words by what they weigh, so that a bound of what two texts have in common is counted, not added up
/// word by word.
struct WordMarks: Sendable {
    private var specific: UInt64 = 0
    private var common: UInt64 = 0
    private var number: UInt64 = 0
    /// Of words that share a bit with one of their class, and what those weigh together.
    private var shared: UInt64 = 0
    private var sharedWeight = 0

    init(_ text: borrowing WordSketch) {
        for token in text.tokens {
            let (bit, weight) = (WordSketch.mark(token), WordSketch.weight(token))
            switch weight {
            case WordSketch.specificWeight where specific & bit == 0: specific |= bit
            case WordSketch.commonWeight where common & bit == 0: common |= bit
            case WordSketch.numberWeight where number & bit == 0: number |= bit
            default:
                shared |= bit
                sharedWeight += weight
            }
        }
    }

    /// Never less than what a text with these marks has in common with this one.
    func mostInCommon(with marks: UInt64) -> Int {
        (specific & marks).nonzeroBitCount * WordSketch.specificWeight
            + (common & marks).nonzeroBitCount * WordSketch.commonWeight
            + (number & marks).nonzeroBitCount * WordSketch.numberWeight
            + (shared & marks != 0 ? sharedWeight : 0)
    }
}
