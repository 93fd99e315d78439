// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What `RecentIncidents` holds, under its lock: incidents by slot, a number that grows (the lowest is the oldest), and the
/// ways to find one: by its name, by a report, by the square it stands in, or by its time when it has no place.
struct IncidentStore: ~Copyable, Sendable {
    let grid: Grid
    private(set) var settings: GroupingSettings
    private(set) var count = 0
    /// By the incident's name, and by the name of each report: nearly always a part of one incident.
    private var named = NameTable()
    private var homes = NameTable()
    /// By slot; nil and nowhere when the incident is gone. What many look at lies apart, side by side.
    private var entries = SlotArray<IncidentTraits?>()
    private var places = SlotArray<Home>()
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

    subscript(slot: Int) -> IncidentTraits? { entries.has(slot) ? entries[slot] : nil }

    func slot(of incident: String) -> Int? {
        named.first(under: NameMark.of(incident)) { self[$0]?.id == incident }
    }

    subscript(incident: String) -> IncidentTraits? { slot(of: incident).flatMap { entries[$0] } }

    func slots(of report: String) -> [Int] { homes.slots(under: NameMark.of(report)).filter { self[$0] != nil } }

    var all: [IncidentTraits] { entries.slots.compactMap { entries[$0] } }

    // MARK: Verbs

    mutating func setWindow(_ minutes: Double) {
        settings.window = minutes
        for slot in entries.slots { register(slot) }
    }

    mutating func add(_ report: ReportTraits, to incident: String) {
        add(report, to: incident, isBystander: report.isBystander)
    }

    mutating func add(_ report: ReportTraits, to incident: String, isBystander: Bool) {
        if let known = slot(of: incident) { return add(report, to: known, isBystander: isBystander) }
        if count >= settings.capacity { dropOldest() }
        add(report, to: append(IncidentTraits(id: incident)), isBystander: isBystander)
    }

    /// An incident as it is, from elsewhere. None of its name may be here. Answers its slot.
    @discardableResult
    mutating func adopt(_ incident: IncidentTraits) -> Int {
        let slot = append(incident)
        incident.eachName { _ = addHome(slot, under: $0) }
        register(slot)
        return slot
    }

    private mutating func append(_ incident: IncidentTraits) -> Int {
        let slot = entries.end
        if named.isFull { named.makeRoom { entries.has($0) && entries[$0] != nil } }
        _ = named.add(slot, under: incident.name)
        entries.append(incident)
        places.append(.nowhere)
        outlines.append(.none)
        lasts.append(.max)
        count += 1
        return slot
    }

    private mutating func addHome(_ slot: Int, under name: UInt64) -> Bool {
        if homes.isFull { homes.makeRoom { entries.has($0) && entries[$0] != nil } }
        return homes.add(slot, under: name)
    }

    mutating func add(_ report: ReportTraits, to slot: Int, isBystander: Bool) {
        guard self[slot] != nil, addHome(slot, under: report.name) else { return }
        entries[slot]?.add(report, isBystander: isBystander)
        register(slot)
    }

    /// Takes reports out of an incident and gives them back. An incident without reports is gone.
    mutating func take(from slot: Int, where isOut: (ReportTraits) -> Bool) -> [ReportTraits] {
        guard self[slot] != nil, let taken = entries[slot]?.remove(where: isOut) else { return [] }
        for report in taken { homes.remove(slot, under: report.name) }
        if entries[slot]?.count == 0 { drop(slot) } else { register(slot) }
        return taken
    }

    /// Its names stay in the tables until there is no room: a slot is never another's.
    mutating func drop(_ slot: Int) {
        guard self[slot] != nil else { return }
        forgetPictured(slot)
        leave(slot)
        crossings.settle(slot, at: [])
        entries[slot] = nil
        outlines[slot] = .none
        lasts[slot] = .max
        count -= 1
    }

    private mutating func dropOldest() {
        moveUp()
        drop(oldest)
    }

    private mutating func moveUp() {
        oldest = max(oldest, entries.base)
        while entries.has(oldest), entries[oldest] == nil { oldest += 1 }
    }

    /// Once a minute: what nothing seen now could match leaves, and is given back.
    mutating func sweep(_ now: Instant) -> [IncidentTraits] {
        guard now.milliseconds >= swept.milliseconds.addingReportingOverflow(60_000).partialValue || now < swept else {
            return []
        }
        swept = now
        let earliest = (now - .seconds((settings.window + settings.graceMinutes) * 60)).milliseconds
        var left: [IncidentTraits] = []
        for slot in lasts.slots where lasts[slot] < earliest {
            if let traits = entries[slot] { left.append(traits) }
            drop(slot)
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
        places.removeFirst(gone)
        outlines.removeFirst(gone)
        lasts.removeFirst(gone)
    }

    // MARK: Where it is found

    /// An incident whose place is better known than this stands in the small squares.
    private static let exactly = 250.0

    private mutating func register(_ slot: Int) {
        guard let traits = entries[slot] else { return }
        lasts[slot] = traits.last.milliseconds
        crossings.settle(slot, at: traits.crossings)
        guard let center = traits.center else {
            outlines[slot] = IncidentOutline(traits, slot: slot)
            if traits.hasPictures { pictured.insert(slot) } else { pictured.remove(slot) }
            let (first, last) = (slice(traits.first), slice(traits.last))
            // Days in one incident are a mistake in somebody's clock: its latest two days count.
            return settle(slot, in: max(first, last &- Self.mostSlices)...last)
        }
        forgetPictured(slot)
        outlines[slot] = IncidentOutline(traits, slot: slot, earliest: earliest(traits))
        let layer: Layer =
            traits.uncertainty <= Self.exactly
            ? .exact : min(traits.uncertainty, settings.mostUncertainty) <= settings.coarse ? .rough : .vague
        let offset = grid.offset(of: center)
        let square = layer == .exact ? exact.square(at: offset) : vague.square(at: offset)
        settle(slot, at: layer, in: square)
    }

    /// Only one without a place is among those; `places` says until it is settled anew.
    private mutating func forgetPictured(_ slot: Int) {
        if case .slices = places[slot] { pictured.remove(slot) }
    }

    private mutating func settle(_ slot: Int, at layer: Layer, in square: Int) {
        let outline = outlines[slot]
        if case .square(layer, square, let place) = places[slot] {
            return change(layer) { $0.replace(place, in: square, by: outline) }
        }
        leave(slot)
        places[slot] = .square(layer, square, change(layer) { $0.put(outline, in: square) })
    }

    private mutating func change<Answer>(_ layer: Layer, _ body: (inout IncidentSquares) -> Answer) -> Answer {
        switch layer {
        case .exact: body(&exact)
        case .rough: body(&rough)
        case .vague: body(&vague)
        }
    }

    private mutating func settle(_ slot: Int, in slices: ClosedRange<Int64>) {
        if case .slices(slices) = places[slot] { return }
        leave(slot)
        for slice in slices { placeless[slice, default: []].append(slot) }
        places[slot] = .slices(slices)
    }

    private mutating func leave(_ slot: Int) {
        switch places[slot] {
        case .nowhere: break
        case .square(let layer, let square, let place):
            if let moved = change(layer, { $0.remove(place, from: square) }) {
                places[moved] = .square(layer, square, place)
            }
        case .slices(let slices):
            for slice in slices {
                placeless[slice]?.removeAll { $0 == slot }
                if placeless[slice]?.isEmpty ?? false { placeless[slice] = nil }
            }
        }
        places[slot] = .nowhere
    }

    private func metres(_ uncertainty: Double, at layer: Layer) -> Double {
        settings.reach
            + min(uncertainty + (layer == .exact ? Self.exactly : settings.mostUncertainty), settings.mostUncertainty)
    }

    /// What the report could be of, of those of the layer that could be in reach of its place.
    func lookNear(
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
    func lookBeside(_ report: ReportTraits, _ outline: borrowing ReportOutline, into prospects: inout Prospects) {
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
        }
        guard let picture = report.picture else { return }
        for slot in pictured where (entries[slot]?.bitsApart(from: picture) ?? 64) <= settings.samePictureBits {
            look(slot, outline)
        }
    }

    /// The newest incidents of the time, for a report that has nothing to look under.
    func lookRecent(_ report: borrowing ReportOutline, into prospects: inout Prospects) {
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

    private func slice(_ instant: Instant) -> Int64 {
        // As long as the window, so that the slices beside a report's own hold all that could match. One bit of
        // room at both ends keeps ± 1 inside an Int64.
        Int64((Double(instant.milliseconds) / sliceLength).rounded(.down))
    }

    private var sliceLength: Double { Double(Int64(max(settings.window, 1) * 60_000)) }

    /// What an incident of too many slices says it began at, so that no earlier report than of the slice before its latest
    /// 32 finds it.
    private func earliest(_ traits: IncidentTraits) -> Int64 {
        // Nearly all take no longer, and then nothing is divided.
        let length = traits.last.milliseconds.subtractingReportingOverflow(traits.first.milliseconds)
        if !length.overflow, Double(length.partialValue) < Double(Self.mostSlices - 1) * sliceLength { return .min }
        let last = slice(traits.last)
        guard slice(traits.first) < last &- Self.mostSlices else { return .min }
        return Int64(
            (Double(last - Self.mostSlices - 1) + max(settings.window, 1) * 60_000 / sliceLength) * sliceLength
        )
    }
}
