// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What grouping needs to know of a report. Holds no words (only keyed hashes) and is kept in memory only.
package struct ReportTraits: Hashable, Sendable {
    /// The report's reference as text.
    package let id: String
    /// When it was seen, not when it was sent.
    package let at: Instant
    package var point: Point?
    /// Metres by which the point may be off: about 30 for a phone's position, 100 for a crossing, 1,500 for a
    /// neighborhood.
    package var uncertainty: Double
    /// Where the point is not known but its cell is.
    package let cell: Cell?
    /// Empty when not said.
    package let kind: String
    /// The language's code; explains, doesn't count.
    package let language: String
    package let words: WordSketch
    /// A perceptual fingerprint of the picture: near-identical pictures differ in few bits.
    package let picture: UInt64?
    /// A keyed, short-lived token of the sender; equal tokens are one source.
    package let source: String?
    /// Read again after a start: who sent it is not known any more.
    package let isRemembered: Bool

    package init(
        id: String,
        at: Instant,
        point: Point? = nil,
        uncertainty: Double = 100,
        cell: Cell? = nil,
        kind: String = "",
        language: String = "",
        words: WordSketch = .empty,
        picture: UInt64? = nil,
        source: String? = nil,
        isRemembered: Bool = false
    ) {
        self.id = id
        self.at = at
        self.point = point
        self.uncertainty = uncertainty.isFinite ? min(max(uncertainty, 0), 50_000) : 50_000
        self.cell = cell
        self.kind = kind
        self.language = language
        self.words = words
        self.picture = picture
        self.source = source
        self.isRemembered = isRemembered
    }

    /// The same report, standing in the middle of its cell if that is all we know.
    package func located(in grid: Grid) -> ReportTraits {
        guard point == nil, let cell else { return self }
        var report = self
        report.point = cell.center(in: grid)
        report.uncertainty = cell.resolution.edge
        return report
    }
}

/// What grouping needs to know of an incident: its reports, and what they say together, kept up as they come.
package struct IncidentTraits: Sendable {
    /// The incident's reference as text.
    package let id: String
    package private(set) var reports: [ReportTraits] = []
    package private(set) var first = Instant(milliseconds: .max)
    package private(set) var last = Instant(milliseconds: .min)
    /// The middle of the reports, each weighing by how well its place is known. Nil when none has a place.
    package private(set) var center: Point?
    /// Metres: that of the best known place.
    package private(set) var uncertainty = 50_000.0
    /// How many reports name which kind.
    package private(set) var kinds: [String: Int] = [:]
    /// Of those: all, and those of the kind that most name.
    private(set) var allKinds = 0
    private(set) var mostOfAKind = 0
    /// Up to sixteen, the newest replacing the oldest: a report is compared with the most alike.
    package private(set) var sketches: [WordSketch] = []
    /// Everything that was said of it, at most a few hundred words: for reports that say too little to be like one other.
    private(set) var vocabulary: Set<UInt64> = []
    /// Whether `vocabulary` has everything.
    var isWhole: Bool { vocabulary.count < Self.mostWords }
    package private(set) var pictures: [UInt64] = []
    /// The tokens of everybody who sent one of them.
    package private(set) var sources: Set<String> = []
    /// Of how many reports the sender is known, and how many separate witnesses those are at least.
    private(set) var certain = 0
    package private(set) var witnesses = 0

    private var latitudes = 0.0
    private var longitudes = 0.0
    private var weight = 0.0
    private var sketched = 0

    private static let mostSketches = 16
    private static let mostPictures = 64
    private static let mostWords = 300

    package init(id: String, reports: [ReportTraits] = []) {
        self.id = id
        for report in reports { add(report) }
    }

    package mutating func add(_ report: ReportTraits) {
        if !report.isRemembered {
            certain += 1
            if isNewWitness(report) { witnesses += 1 }
        }
        reports.append(report)
        first = min(first, report.at)
        last = max(last, report.at)
        if !report.kind.isEmpty {
            let count = kinds[report.kind, default: 0] + 1
            kinds[report.kind] = count
            allKinds += 1
            mostOfAKind = max(mostOfAKind, count)
        }
        if let source = report.source { sources.insert(source) }
        if let point = report.point { take(point, report.uncertainty) }
        if vocabulary.count < Self.mostWords { vocabulary.formUnion(report.words.tokens) }
        if !report.words.isEmpty, !sketches.contains(report.words) {
            if sketches.count < Self.mostSketches {
                sketches.append(report.words)
            } else {
                sketches[sketched % Self.mostSketches] = report.words
            }
            sketched += 1
        }
        if let picture = report.picture, pictures.count < Self.mostPictures, !pictures.contains(picture) {
            pictures.append(picture)
        }
    }

    /// Nobody who sent one before, and no picture that is there already. Once there are too many pictures to keep another
    /// one, it may have been there: no picture makes a new witness any more.
    func isNewWitness(_ report: ReportTraits) -> Bool {
        if let source = report.source, sources.contains(source) { return false }
        guard let picture = report.picture else { return true }
        let most = GroupingSettings.standard.samePictureBits
        return pictures.count < Self.mostPictures && !pictures.contains { Grouping.bits($0, picture) <= most }
    }

    /// Takes reports out and gives them back. The summary is made anew.
    package mutating func remove(where isOut: (ReportTraits) -> Bool) -> [ReportTraits] {
        let out = reports.filter(isOut)
        guard !out.isEmpty else { return [] }
        self = IncidentTraits(id: id, reports: reports.filter { !isOut($0) })
        return out
    }

    private mutating func take(_ point: Point, _ uncertainty: Double) {
        // Inverse variance; fifty metres at best, since nobody stands where the event is. All reports of one
        // incident lie within kilometres, so the mean of degrees is good enough away from the date line.
        let share = 1 / ((50 + uncertainty) * (50 + uncertainty))
        weight += share
        latitudes += share * point.latitude
        longitudes += share * point.longitude
        center = Point(latitude: latitudes / weight, longitude: longitudes / weight) ?? point
        self.uncertainty = min(self.uncertainty, uncertainty)
    }
}
