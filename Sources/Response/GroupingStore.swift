// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What `RecentIncidents` holds, under its lock: incidents by slot, a number that grows (the lowest is the oldest), and the
/// ways to find one: by the square it stands in, or by its time when it has no place.
struct IncidentStore: ~Copyable, Sendable {
    let grid: Grid
    private(set) var settings: GroupingSettings
    private(set) var count = 0
    /// By slot; nil and nowhere when the incident is gone. What many look at lies apart, side by side.
    private var entries = SlotArray<IncidentTraits?>()
    private var standings = SlotArray<Standing>()
    private var outlines = SlotArray<IncidentOutline>()
    private var lasts = SlotArray<Int64>()
    /// No slot below has an incident.
    private var oldest = 0
    private var exact = IncidentSquares(side: 1_000, across: 128)
    private var rough = IncidentSquares(side: 2_500, across: 64)
    private var vague = IncidentSquares(side: 2_500, across: 64)
    /// Those without a place by slice of time, in the order in which they came there.
    private var placeless: [Int64: [Int]] = [:]
    private(set) var crossings = IncidentCrossings()
    /// Those without a place that have a picture.
    private var pictured: Set<Int> = []
    private var swept = Instant(milliseconds: .min)

    init(_ grid: Grid, _ settings: GroupingSettings) { (self.grid, self.settings) = (grid, settings) }

    /// Exactly known places stand in small squares, others in big ones; those that could count as exact to a report apart.
    enum Layer: Int, Sendable {
        case exact, rough, vague
    }

    private enum Home: Sendable {
        case nowhere
        /// And which of the square it is.
        case square(Layer, Int, Int)
        case slices(ClosedRange<Int64>)
    }

    /// Where it lies, so that nobody holds it meanwhile.
    @inline(__always)
    mutating func look(at slot: Int, _ body: (borrowing IncidentTraits) -> Void) {
        guard entries.has(slot) else { return }
        let base = entries.base
        entries.withElements { entries in
            if let incident = entries[slot - base] { body(incident) }
        }
    }

    private struct Standing: Sendable {
        /// Among `IncidentNames`.
        let number: Int
        var home = Home.nowhere
    }

    subscript(slot: Int) -> IncidentTraits? { entries.has(slot) ? entries[slot] : nil }

    var all: [IncidentTraits] { entries.slots.compactMap { entries[$0] } }

    // MARK: Verbs

    mutating func setWindow(_ minutes: Double) {
        settings.window = minutes
        for slot in entries.slots { register(slot) }
    }

    /// A new incident, with its first report. None of its name may be here.
    mutating func begin(_ incident: String, with report: ReportTraits, isBystander: Bool, in names: inout IncidentNames)
    {
        if count >= settings.capacity { dropOldest(in: &names) }
        let slot = entries.end
        begin(IncidentTraits(id: incident), in: &names)
        add(report, to: slot, isBystander: isBystander, in: &names)
    }

    // By itself, so that nobody holds the incident any more when its report comes.
    @inline(never)
    private mutating func begin(_ incident: consuming IncidentTraits, in names: inout IncidentNames) {
        let number = names.begin(incident.name, at: .now(entries.end))
        _ = append(incident, number: number)
    }

    /// An incident as it is, from elsewhere. Answers its slot.
    mutating func adopt(_ incident: Kept) -> Int {
        let slot = append(incident.traits, number: incident.number)
        register(slot)
        return slot
    }

    private mutating func append(_ incident: IncidentTraits, number: Int) -> Int {
        let slot = entries.end
        entries.append(incident)
        standings.append(Standing(number: number))
        outlines.append(.none)
        lasts.append(.max)
        count += 1
        return slot
    }

    mutating func add(_ report: ReportTraits, to slot: Int, isBystander: Bool, in names: inout IncidentNames) {
        guard isThere(slot), names.add(report.name, to: standings[slot].number) else { return }
        entries[slot]?.add(report, isBystander: isBystander)
        register(slot)
    }

    /// Takes reports out of an incident and gives them back. An incident without reports is gone.
    mutating func take(
        from slot: Int,
        in names: inout IncidentNames,
        where isOut: (ReportTraits) -> Bool
    ) -> [ReportTraits] {
        guard isThere(slot), let taken = entries[slot]?.remove(where: isOut) else { return [] }
        for report in taken { names.remove(report.name, from: standings[slot].number) }
        if entries[slot]?.count == 0 { drop(slot, in: &names) } else { register(slot) }
        return taken
    }

    mutating func drop(_ slot: Int, in names: inout IncidentNames) {
        if let dropped = leave(slot) { names.move(dropped.number, to: .gone) }
    }

    /// An incident and its number among the names, which it takes with it.
    typealias Kept = (traits: IncidentTraits, number: Int)

    /// It goes, and may be adopted elsewhere.
    mutating func leave(_ slot: Int) -> Kept? {
        // Nobody else holds it then, and it may change without being copied.
        guard entries.has(slot), let traits = entries[slot].take() else { return nil }
        forgetPictured(slot)
        vacate(slot)
        crossings.settle(slot, at: [])
        outlines[slot] = .none
        lasts[slot] = .max
        count -= 1
        return (traits, standings[slot].number)
    }

    private func isThere(_ slot: Int) -> Bool { entries.has(slot) && entries[slot] != nil }

    private mutating func dropOldest(in names: inout IncidentNames) {
        moveUp()
        drop(oldest, in: &names)
    }

    private mutating func moveUp() {
        oldest = max(oldest, entries.base)
        while entries.has(oldest), entries[oldest] == nil { oldest += 1 }
    }

    /// Once a minute: what nothing seen now could match leaves, and is given back.
    mutating func sweep(_ now: Instant) -> [Kept] {
        guard now.milliseconds >= swept.milliseconds.addingReportingOverflow(60_000).partialValue || now < swept else {
            return []
        }
        swept = now
        let earliest = (now - .seconds((settings.window + settings.graceMinutes) * 60)).milliseconds
        // Over bare memory: all are looked at and few are gone.
        let gone = lasts.withElements { last in last.indices.filter { last[$0] < earliest }.map { lasts.base + $0 } }
        var left: [Kept] = []
        for slot in gone {
            if let kept = leave(slot) { left.append(kept) }
        }
        trim()
        return left
    }

    /// Slots that nobody has any more go, now and then and not for each one that leaves.
    mutating func trim() {
        moveUp()
        let gone = oldest - entries.base
        guard gone > 1_024, gone > entries.slots.count / 2 else { return }
        entries.removeFirst(gone)
        standings.removeFirst(gone)
        outlines.removeFirst(gone)
        lasts.removeFirst(gone)
    }

    // MARK: Where it is found

    /// An incident whose place is better known than this stands in the small squares.
    private static let exactly = 250.0

    private mutating func register(_ slot: Int) {
        guard let traits = entries[slot] else { return }
        lasts[slot] = traits.last.milliseconds
        if traits.hasCrossings || !crossings.isEmpty { crossings.settle(slot, at: traits.crossings) }
        guard let center = traits.center else {
            outlines[slot] = IncidentOutline(traits, slot: slot)
            if traits.hasPictures { pictured.insert(slot) } else { pictured.remove(slot) }
            let (first, last) = (slice(traits.first), slice(traits.last))
            // Days in one incident are a mistake in somebody's clock: its latest two days count.
            return settle(slot, in: max(first, last &- Self.mostSlices)...last)
        }
        forgetPictured(slot)
        let outline = IncidentOutline(traits, slot: slot, earliest: Self.earliest(traits, settings.window))
        outlines[slot] = outline
        let layer: Layer =
            traits.uncertainty <= Self.exactly
            ? .exact : min(traits.uncertainty, settings.mostUncertainty) <= settings.coarse ? .rough : .vague
        let offset = grid.offset(of: center)
        let square = layer == .exact ? exact.square(at: offset) : vague.square(at: offset)
        settle(slot, outline, at: layer, in: square)
    }

    /// Only one without a place is among those; `standings` says until it is settled anew.
    private mutating func forgetPictured(_ slot: Int) {
        if case .slices = standings[slot].home { pictured.remove(slot) }
    }

    private mutating func settle(_ slot: Int, _ outline: IncidentOutline, at layer: Layer, in square: Int) {
        if case .square(layer, square, let place) = standings[slot].home {
            return change(layer) { $0.replace(place, in: square, by: outline) }
        }
        vacate(slot)
        standings[slot].home = .square(layer, square, change(layer) { $0.put(outline, in: square) })
    }

    private mutating func change<Answer>(_ layer: Layer, _ body: (inout IncidentSquares) -> Answer) -> Answer {
        switch layer {
        case .exact: body(&exact)
        case .rough: body(&rough)
        case .vague: body(&vague)
        }
    }

    private mutating func settle(_ slot: Int, in slices: ClosedRange<Int64>) {
        if case .slices(slices) = standings[slot].home { return }
        vacate(slot)
        for slice in slices { placeless[slice, default: []].append(slot) }
        standings[slot].home = .slices(slices)
    }

    private mutating func vacate(_ slot: Int) {
        switch standings[slot].home {
        case .nowhere: break
        case .square(let layer, let square, let place):
            if let moved = change(layer, { $0.remove(place, from: square) }) {
                standings[moved].home = .square(layer, square, place)
            }
        case .slices(let slices):
            for slice in slices {
                placeless[slice]?.removeAll { $0 == slot }
                if placeless[slice]?.isEmpty ?? false { placeless[slice] = nil }
            }
        }
        standings[slot].home = .nowhere
    }

    private func metres(_ uncertainty: Double, at layer: Layer) -> Double {
        settings.reach
            + min(uncertainty + (layer == .exact ? Self.exactly : settings.mostUncertainty), settings.mostUncertainty)
    }

    /// What the report could be of, of those of the layer that could be in reach of its place.
    mutating func lookNear(
        _ report: borrowing ReportOutline,
        from offset: Offset,
        at layer: Layer,
        into prospects: inout Prospects
    ) {
        let metres = metres(report.uncertainty, at: layer)
        func look(_ outline: borrowing IncidentOutline) {
            if let prospect = outline.prospect(of: report) { prospects.add(prospect, report) }
        }
        switch layer {
        case .exact: exact.look(around: offset, metres: metres, for: report) { look($0) }
        case .rough: rough.look(around: offset, metres: metres, for: report) { look($0) }
        case .vague: vague.look(around: offset, metres: metres, for: report) { look($0) }
        }
    }

    /// Of those without a place the newest few: they fit everywhere, and in a flood there are hundreds. And the same
    /// picture, however long ago.
    mutating func lookBeside(
        _ report: ReportTraits,
        _ outline: borrowing ReportOutline,
        into prospects: inout Prospects
    ) {
        guard !placeless.isEmpty else { return }
        var looked: [Int] = []
        func look(_ slot: Int, _ outline: borrowing ReportOutline) {
            guard !looked.contains(slot), let prospect = outlines[slot].prospect(of: outline) else { return }
            looked.append(slot)
            prospects.add(prospect, outline)
        }
        let slice = slice(report.at)
        for beside in (slice &- 1)...(slice &+ 1) {
            guard let slots = placeless[beside] else { continue }
            for index in slots.indices.suffix(settings.mostPlacelessBeside) { look(slots[index], outline) }
            guard outline.spot != 0 else { continue }
            for slot in slots.suffix(settings.mostPlaceless) where outlines[slot].mayBeAt(outline.spot) {
                look(slot, outline)
            }
        }
        guard let picture = report.picture else { return }
        for slot in pictured where (entries[slot]?.bitsApart(from: picture) ?? 64) <= settings.samePictureBits {
            look(slot, outline)
        }
    }

    /// The newest incidents of the time, for a report that has nothing to look under.
    mutating func lookRecent(_ report: borrowing ReportOutline, into prospects: inout Prospects) {
        outlines.withElements { outlines in
            var looked = 0
            for index in outlines.indices.reversed() {
                guard looked < settings.mostPlaceless else { return }
                guard outlines[index].isOfItsTime(report) else { continue }
                looked += 1
                if let prospect = outlines[index].prospect(of: report) { prospects.add(prospect, report) }
            }
        }
    }

    // MARK: Time

    private static let mostSlices: Int64 = 31

    private func slice(_ instant: Instant) -> Int64 { Self.slice(instant, settings.window) }

    private static func slice(_ instant: Instant, _ window: Double) -> Int64 {
        // As long as the window, so that the slices beside a report's own hold all that could match. One bit of
        // room at both ends keeps ± 1 inside an Int64.
        Int64((Double(instant.milliseconds) / sliceLength(window)).rounded(.down))
    }

    private static func sliceLength(_ window: Double) -> Double { Double(Int64(max(window, 1) * 60_000)) }

    /// What an incident of too many slices says it began at, so that no earlier report than of the slice before its latest
    /// 32 finds it. Handed the one number that it needs: the store would be copied for it.
    private static func earliest(_ traits: borrowing IncidentTraits, _ window: Double) -> Int64 {
        let sliceLength = sliceLength(window)
        // Nearly all take no longer, and then nothing is divided.
        let length = traits.last.milliseconds.subtractingReportingOverflow(traits.first.milliseconds)
        if !length.overflow, Double(length.partialValue) < Double(mostSlices - 1) * sliceLength { return .min }
        let last = slice(traits.last, window)
        guard slice(traits.first, window) < last &- mostSlices else { return .min }
        return Int64((Double(last - mostSlices - 1) + max(window, 1) * 60_000 / sliceLength) * sliceLength)
    }
}
