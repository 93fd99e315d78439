// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What grouping needs to know of a report. Holds no words (only keyed hashes) and is kept in memory only. Small, for there are
/// tens of thousands: what few reports have lies apart.
package struct ReportTraits: Hashable, Sendable {
    /// The report's reference as text.
    package let id: String
    /// A number for it.
    let name: UInt64
    /// When it was seen, not when it was sent.
    package let at: Instant
    package let words: WordSketch
    /// Read again after a start, or of hours ago: who sent it is not known any more.
    package private(set) var isRemembered: Bool
    /// It was attached by place and time alone, or followed others: nobody says that it tells of the same, so it is no witness
    /// of its own.
    package var isBystander = false
    /// It asks, or wants something, and says of nothing that it is so.
    package var asks = false
    private let hasPicture: Bool
    package var point: Point?
    /// Metres by which the point may be off: about 30 for a phone's position, 100 for a crossing, 1,500 for a
    /// neighborhood.
    package var uncertainty: Double
    private let byName: ByName?
    /// A number for its kind, which compares in no time; 0 when not said.
    let kindMark: UInt64
    private let fingerprint: UInt64
    /// A number for the sender's token, which is keyed and lives for a short time: equal tokens are one source. 0 when there is
    /// none.
    private(set) var sourceMark: UInt64

    /// Where it was, as it was called.
    private final class ByName: Hashable, Sendable {
        let cell: Cell?
        let crossing: CrossingMark?
        let spot: SpotMarks

        init(_ cell: Cell?, _ crossing: CrossingMark?, _ spot: SpotMarks) {
            (self.cell, self.crossing, self.spot) = (cell, crossing, spot)
        }

        static func == (left: ByName, right: ByName) -> Bool {
            left.cell == right.cell && left.crossing == right.crossing && left.spot == right.spot
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(cell)
            hasher.combine(crossing)
            hasher.combine(spot)
        }
    }

    package init(
        id: String,
        at: Instant,
        point: Point? = nil,
        uncertainty: Double = 100,
        cell: Cell? = nil,
        crossing: CrossingMark? = nil,
        spot: SpotMarks = .none,
        kind: String = "",
        words: WordSketch = .empty,
        picture: UInt64? = nil,
        source: String? = nil,
        isRemembered: Bool = false
    ) {
        self.id = id
        name = NameMark.of(id)
        self.at = at
        self.point = point
        self.uncertainty = uncertainty.isFinite ? min(max(uncertainty, 0), 50_000) : 50_000
        byName = cell == nil && crossing == nil && spot.isEmpty ? nil : ByName(cell, crossing, spot)
        kindMark =
            kind.isEmpty ? 0 : kind.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        self.words = words
        (hasPicture, fingerprint) = (picture != nil, picture ?? 0)
        sourceMark = source.map(NameMark.of) ?? 0
        self.isRemembered = isRemembered
    }

    mutating func forgetSource() { (sourceMark, isRemembered) = (0, true) }

    /// A perceptual fingerprint of the picture: near-identical pictures differ in few bits.
    package var picture: UInt64? { hasPicture ? fingerprint : nil }
    /// Where the point is not known but its cell is.
    package var cell: Cell? { byName?.cell }
    /// The two streets that were named.
    package var crossing: CrossingMark? { byName?.crossing }
    /// What the spot is called.
    var spot: SpotMarks { byName?.spot ?? .none }
    var hasSpot: Bool { byName?.spot.isEmpty == false }
    var spotBits: UInt32 { byName?.spot.bits ?? 0 }

    /// Told of no place at all: neither a point nor a crossing.
    var isPlaceless: Bool { point == nil && byName?.crossing == nil }
    var isToBeLocated: Bool { point == nil && byName?.cell != nil }

    /// The same report, standing in the middle of its cell if that is all we know.
    package func located(in grid: Grid) -> ReportTraits {
        guard point == nil, let cell else { return self }
        var report = self
        report.point = cell.center(in: grid)
        report.uncertainty = cell.resolution.edge
        return report
    }
}

/// What grouping needs to know of an incident: its reports, and what they say together, kept up as they come. A value; it
/// is copied when somebody changes a copy, so that looking at one costs nothing.
package struct IncidentTraits: Sendable {
    private var content: Content

    package init(id: String, reports: [ReportTraits] = []) {
        content = Content(id: id)
        for report in reports { add(report) }
    }

    /// The incident's reference as text.
    package var id: String { content.id }
    /// A number for it.
    var name: UInt64 { content.name }
    package var reports: [ReportTraits] { content.reports }
    package var first: Instant { content.first }
    package var last: Instant { content.last }
    /// The middle of the reports, each weighing by how well its place is known. Nil when none has a place.
    package var center: Point? { content.center }
    /// Metres: that of the best known place.
    package var uncertainty: Double { content.uncertainty }
    package var pictures: [UInt64] { content.pictures }
    var hasPictures: Bool { !content.pictures.isEmpty }
    var hasCrossings: Bool { !content.crossings.isEmpty }
    /// Each once.
    var crossings: [CrossingMark] { content.crossings }
    /// All that the spot was called.
    var spot: SpotMarks { content.spot }
    var spotBits: UInt32 { content.spot.bits }
    var count: Int { Int(content.count) }
    /// Of how many reports the sender is known, and how many separate witnesses those are at least.
    var certain: Int { Int(content.certain) }
    package var witnesses: Int { Int(content.witnesses) }
    /// Reports that name a kind; of those, that name the kind that most name.
    var allKinds: Int { content.kinds.all }
    var mostOfAKind: Int { content.kinds.most }
    /// A bit for each kind that was named.
    var kindMarks: UInt32 { content.kinds.marks }
    /// A bit for each word that was ever said.
    var wordMarks: UInt64 { content.words.marks }
    var slightestText: Int { content.words.slightest }

    private static let mostPictures = 64
    private static let mostCrossings = 16

    package mutating func add(_ report: ReportTraits) { add(report, isBystander: report.isBystander) }

    /// The report as it is, but for what was found out when it was placed.
    mutating func add(_ report: ReportTraits, isBystander: Bool) {
        if !isKnownUniquelyReferenced(&content) { content = Content(content) }
        if !report.isRemembered {
            content.certain += 1
            if isNewWitness(report, isBystander: isBystander) { content.witnesses += 1 }
        }
        content.reports.append(report)
        if isBystander != report.isBystander { content.reports[content.reports.count - 1].isBystander = isBystander }
        content.count += 1
        content.first = min(content.first, report.at)
        content.last = max(content.last, report.at)
        content.kinds.add(report.kindMark)
        content.sources.insert(report.sourceMark)
        if let point = report.point { content.take(point, report.uncertainty) }
        content.words.add(report.words)
        if report.hasSpot { content.spot.formUnion(report.spot) }
        if let mark = report.crossing, crossings.count < Self.mostCrossings, !crossings.contains(mark) {
            content.crossings.append(mark)
        }
        guard let picture = report.picture, pictures.count < Self.mostPictures, !pictures.contains(picture) else {
            return
        }
        content.pictures.append(picture)
    }

    /// Nobody who sent one before, and no picture or passed-on text that is there already. Once there are too many pictures
    /// to keep another one, it may have been there: no picture makes a new witness any more.
    func isNewWitness(_ report: ReportTraits) -> Bool { isNewWitness(report, isBystander: report.isBystander) }

    private func isNewWitness(_ report: ReportTraits, isBystander: Bool) -> Bool {
        if isBystander { return false }
        // Few words are alike by chance; a whole text, from beginning to end, was passed on, whatever place was put to it.
        if report.isPlaceless || report.words.isLong, hasSaid(report.words) { return false }
        let source = report.sourceMark
        if source != 0, content.sources.contains(source) { return false }
        guard let picture = report.picture else { return true }
        let most = GroupingSettings.standard.samePictureBits
        return pictures.count < Self.mostPictures && bitsApart(from: picture) ?? 64 > most
    }

    /// Who sent what is not known from here on, and nobody is a certain witness any more.
    mutating func forgetSources() {
        if !isKnownUniquelyReferenced(&content) { content = Content(content) }
        for index in content.reports.indices { content.reports[index].forgetSource() }
        content.sources = NameSet()
        (content.certain, content.witnesses) = (0, 0)
    }

    /// Takes reports out and gives them back. The summary is made anew.
    package mutating func remove(where isOut: (ReportTraits) -> Bool) -> [ReportTraits] {
        let out = reports.filter(isOut)
        guard !out.isEmpty else { return [] }
        self = IncidentTraits(id: id, reports: reports.filter { !isOut($0) })
        return out
    }

    func count(of kind: UInt64) -> Int { content.kinds.count(of: kind) }

    func compare(_ text: WordSketch) -> IncidentTexts.Comparison { content.words.compare(text) }

    /// Whether one of the newest says nearly the same from beginning to end.
    func hasSaid(_ text: WordSketch) -> Bool {
        reports.suffix(Self.lookedAt).contains { $0.words.isNearly(text) }
    }

    private static let lookedAt = 16

    /// Of the picture that is most alike.
    func bitsApart(from picture: UInt64) -> Int? {
        var least: Int?
        for other in content.pictures { least = min(least ?? 64, Grouping.bits(picture, other)) }
        return least
    }

    /// Only ever changed while one `IncidentTraits` holds it, and none of it calls back: so nothing asks at each look whether
    /// somebody else is changing it, which was a twelfth of the grouping.
    private final class Content: @unchecked Sendable {
        // First what a report is compared with, side by side: it is read of a dozen incidents that nobody looked at for a
        // while, and each piece of memory that it is spread over is waited for.
        @exclusivity(unchecked) var first = Instant(milliseconds: .max)
        @exclusivity(unchecked) var last = Instant(milliseconds: .min)
        @exclusivity(unchecked) var center: Point?
        @exclusivity(unchecked) var uncertainty = 50_000.0
        @exclusivity(unchecked) var kinds = KindCounts()
        @exclusivity(unchecked) var words = IncidentTexts()
        @exclusivity(unchecked) var pictures: [UInt64] = []
        @exclusivity(unchecked) var crossings: [CrossingMark] = []
        @exclusivity(unchecked) var spot = SpotMarks.none
        @exclusivity(unchecked) var count: Int32 = 0
        @exclusivity(unchecked) var certain: Int32 = 0
        @exclusivity(unchecked) var witnesses: Int32 = 0
        @exclusivity(unchecked) var reports: [ReportTraits] = []
        let id: String
        let name: UInt64
        /// Of everybody who sent one of them.
        @exclusivity(unchecked) var sources = NameSet()
        private var latitudes = 0.0
        private var longitudes = 0.0
        private var weight = 0.0

        init(id: String) { (self.id, name) = (id, NameMark.of(id)) }

        init(_ other: Content) {
            (id, name) = (other.id, other.name)
            (reports, first, last) = (other.reports, other.first, other.last)
            (center, uncertainty) = (other.center, other.uncertainty)
            (kinds, words, pictures, sources) = (other.kinds, other.words, other.pictures, other.sources)
            (count, certain, witnesses) = (other.count, other.certain, other.witnesses)
            (crossings, spot) = (other.crossings, other.spot)
            (latitudes, longitudes, weight) = (other.latitudes, other.longitudes, other.weight)
        }

        func take(_ point: Point, _ uncertainty: Double) {
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
}

/// How many reports name which kind, by its mark: at most seven, and mostly one.
struct KindCounts: Sendable {
    private var main: UInt64 = 0
    private var others: [(mark: UInt64, count: Int32)] = []
    private var named: Int32 = 0
    private var allNamed: Int32 = 0
    private var mostNamed: Int32 = 0
    /// A bit for each.
    private(set) var marks: UInt32 = 0

    /// Reports that name one.
    var all: Int { Int(allNamed) }
    /// Of those, that name the kind that most name.
    var most: Int { Int(mostNamed) }

    mutating func add(_ mark: UInt64) {
        guard mark != 0 else { return }
        if main == 0 { main = mark }
        if mark == main {
            named += 1
        } else {
            let place = others.firstIndex { $0.mark == mark } ?? others.count
            if place == others.count { others.append((mark, 0)) }
            others[place].count += 1
        }
        allNamed += 1
        mostNamed = max(mostNamed, Int32(count(of: mark)))
        marks |= Self.bit(mark)
    }

    func count(of mark: UInt64) -> Int {
        if mark == 0 { return 0 }
        return Int(mark == main ? named : others.first { $0.mark == mark }?.count ?? 0)
    }

    static func bit(_ mark: UInt64) -> UInt32 { mark == 0 ? 0 : 1 << UInt32(mark & 31) }
}
