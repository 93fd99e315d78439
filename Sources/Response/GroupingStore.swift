// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What `RecentIncidents` holds, under its lock: incidents by slot, a number that grows (the lowest is the oldest), and the
/// ways to find one: by its name, by a report, by the square it stands in, or by its time when it has no place.
struct IncidentStore: Sendable {
    let grid: Grid
    private(set) var settings: GroupingSettings
    private(set) var count = 0
    private var slots: [String: Int] = [:]
    private var homes: [String: Homes] = [:]
    /// By slot above `base`; each one's outline and the time of its last report lie beside those of the next.
    private var entries: [Entry?] = []
    private var outlines: [IncidentOutline] = []
    private var neighbors = IncidentNeighbors()
    private var lasts: [Int64] = []
    private var base = 0
    /// No slot below has an incident.
    private var oldest = 0
    /// By layer.
    private var squares = [
        IncidentSquares(side: 1_000, across: 128),
        IncidentSquares(side: 2_500, across: 64),
        IncidentSquares(side: 2_500, across: 64),
    ]
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

    enum Home: Hashable, Sendable {
        case nowhere
        case square(Layer, Int)
        case slices(ClosedRange<Int64>)
    }

    /// A class, so that looking at one copies nothing. Never handed out of the lock.
    final class Entry: @unchecked Sendable {
        @exclusivity(unchecked) var traits: IncidentTraits
        @exclusivity(unchecked) var home = Home.nowhere

        init(_ traits: IncidentTraits) { self.traits = traits }
    }

    /// The incidents that a report is a part of: nearly always one.
    private struct Homes: Sendable {
        var first = -1
        var others: [Int] = []

        mutating func add(_ slot: Int) -> Bool {
            guard first != slot, !others.contains(slot) else { return false }
            if first < 0 { first = slot } else { others.append(slot) }
            return true
        }
    }

    subscript(slot: Int) -> Entry? { slot >= base && slot - base < entries.count ? entries[slot - base] : nil }

    func outline(_ slot: Int) -> IncidentOutline { outlines[slot - base] }

    subscript(incident: String) -> Entry? { slots[incident].flatMap { self[$0] } }

    func slot(of incident: String) -> Int? { slots[incident] }

    var all: [IncidentTraits] { entries.compactMap { $0?.traits } }

    func slots(of report: String) -> [Int] { homes[report].map { [$0.first] + $0.others } ?? [] }

    // MARK: Verbs

    mutating func setWindow(_ minutes: Double) {
        settings.window = minutes
        for slot in base..<base + entries.count { register(slot) }
    }

    mutating func add(_ report: ReportTraits, to incident: String) {
        if let known = slots[incident] {
            add(report, to: known)
        } else {
            if count >= settings.capacity { dropOldest() }
            let slot = base + entries.count
            slots[incident] = slot
            entries.append(Entry(IncidentTraits(id: incident)))
            outlines.append(.none)
            neighbors.append()
            lasts.append(.max)
            count += 1
            add(report, to: slot)
        }
    }

    /// An incident as it is, from elsewhere. None of its name may be here.
    mutating func adopt(_ incident: IncidentTraits) {
        let slot = base + entries.count
        slots[incident.id] = slot
        entries.append(Entry(incident))
        outlines.append(.none)
        neighbors.append()
        lasts.append(.max)
        count += 1
        for report in incident.reports { _ = live(report.id, in: slot) }
        register(slot)
    }

    mutating func add(_ report: ReportTraits, to slot: Int) {
        guard let entry = self[slot], live(report.id, in: slot) else { return }
        entry.traits.add(report)
        register(slot)
    }

    /// Takes reports out of an incident and gives them back. An incident without reports is gone.
    mutating func take(from slot: Int, where isOut: (ReportTraits) -> Bool) -> [ReportTraits] {
        guard let entry = self[slot] else { return [] }
        let taken = entry.traits.remove(where: isOut)
        for report in taken { leave(report.id, slot) }
        if entry.traits.reports.isEmpty { drop(slot) } else { register(slot) }
        return taken
    }

    mutating func drop(_ slot: Int) {
        guard let entry = self[slot] else { return }
        settle(entry, slot, in: .nowhere)
        crossings.settle(slot, at: [])
        if !pictured.isEmpty { pictured.remove(slot) }
        slots[entry.traits.id] = nil
        for report in entry.traits.reports { leave(report.id, slot) }
        entries[slot - base] = nil
        outlines[slot - base] = .none
        lasts[slot - base] = .max
        count -= 1
    }

    private mutating func dropOldest() {
        moveUp()
        drop(oldest)
    }

    private mutating func moveUp() {
        oldest = max(oldest, base)
        while oldest - base < entries.count, self[oldest] == nil { oldest += 1 }
    }

    /// Once a minute: what nothing seen now could match leaves, and is given back.
    mutating func sweep(_ now: Instant) -> [IncidentTraits] {
        guard now >= swept + .minutes(1) || now < swept else { return [] }
        swept = now
        let earliest = now - .seconds((settings.window + settings.graceMinutes) * 60)
        var left: [IncidentTraits] = []
        for index in lasts.indices where lasts[index] < earliest.milliseconds {
            if let traits = entries[index]?.traits { left.append(traits) }
            drop(base + index)
        }
        // Moved up now and then, not for each one that leaves.
        moveUp()
        let gone = oldest - base
        guard gone > 1_024, gone > entries.count / 2 else { return left }
        entries.removeFirst(gone)
        outlines.removeFirst(gone)
        neighbors.removeFirst(gone)
        lasts.removeFirst(gone)
        base += gone
        return left
    }

    /// False when the report lives there already.
    private mutating func live(_ report: String, in slot: Int) -> Bool {
        homes[report, default: Homes()].add(slot)
    }

    private mutating func leave(_ report: String, _ slot: Int) {
        guard let index = homes.index(forKey: report) else { return }
        if homes.values[index].first != slot {
            homes.values[index].others.removeAll { $0 == slot }
        } else if homes.values[index].others.isEmpty {
            homes.remove(at: index)
        } else {
            homes.values[index].first = homes.values[index].others.removeFirst()
        }
    }

    // MARK: Where it is found

    /// An incident whose place is better known than this stands in the small squares.
    private static let exact = 250.0

    private mutating func register(_ slot: Int) {
        guard let entry = self[slot] else { return }
        let traits = entry.traits
        lasts[slot - base] = traits.last.milliseconds
        crossings.settle(slot, at: traits.crossings)
        let (first, last) = (slice(traits.first), slice(traits.last))
        guard let center = traits.center else {
            outlines[slot - base] = IncidentOutline(traits)
            if traits.pictures.isEmpty { pictured.remove(slot) } else { pictured.insert(slot) }
            // Days in one incident are a mistake in somebody's clock: its latest two days count.
            return settle(entry, slot, in: .slices(max(first, last &- Self.mostSlices)...last))
        }
        if !pictured.isEmpty { pictured.remove(slot) }
        let earliest = first < last &- Self.mostSlices ? earliest(last) : .min
        outlines[slot - base] = IncidentOutline(traits, earliest: earliest)
        let layer: Layer =
            traits.uncertainty <= Self.exact
            ? .exact : min(traits.uncertainty, settings.mostUncertainty) <= settings.coarse ? .rough : .vague
        let square = squares[layer.rawValue].square(at: grid.offset(of: center))
        settle(entry, slot, in: .square(layer, square))
    }

    private mutating func settle(_ entry: Entry, _ slot: Int, in home: Home) {
        guard home != entry.home else { return }
        switch entry.home {
        case .nowhere: break
        case .square(let layer, let square): squares[layer.rawValue].remove(slot, from: square, &neighbors)
        case .slices(let slices):
            for slice in slices {
                placeless[slice]?.removeAll { $0 == slot }
                if placeless[slice]?.isEmpty ?? false { placeless[slice] = nil }
            }
        }
        switch home {
        case .nowhere: break
        case .square(let layer, let square): squares[layer.rawValue].put(slot, in: square, &neighbors)
        case .slices(let slices): for slice in slices { placeless[slice, default: []].append(slot) }
        }
        entry.home = home
    }

    /// What the report could be of, of those of the layer that could be in reach of its place.
    func lookNear(
        _ report: ReportTraits,
        at layer: Layer,
        _ settings: GroupingSettings,
        into prospects: inout [Prospect]
    ) {
        guard let point = report.point else { return }
        let theirs = layer == .exact ? Self.exact : settings.mostUncertainty
        let metres = settings.reach + min(report.uncertainty + theirs, settings.mostUncertainty)
        outlines.withUnsafeBufferPointer { outlines in
            squares[layer.rawValue].look(around: grid.offset(of: point), metres: metres) { newest in
                var slot = newest
                while slot >= 0 {
                    outlines[slot - base].meet(report, settings, as: slot, into: &prospects)
                    slot = neighbors.after(slot)
                }
            }
        }
    }

    /// Of those without a place the newest few: they fit everywhere, and in a flood there are hundreds. And the same
    /// picture, however long ago.
    func lookBeside(_ report: ReportTraits, _ settings: GroupingSettings, into prospects: inout [Prospect]) {
        guard !placeless.isEmpty else { return }
        let start = prospects.count
        func look(_ slot: Int) {
            guard !prospects[start...].contains(where: { $0.slot == slot }) else { return }
            outlines[slot - base].meet(report, settings, as: slot, into: &prospects)
        }
        let slice = slice(report.at)
        for beside in (slice &- 1)...(slice &+ 1) {
            guard let slots = placeless[beside] else { continue }
            for index in slots.indices.suffix(settings.mostPlacelessBeside) { look(slots[index]) }
        }
        guard let picture = report.picture else { return }
        for slot in pictured where (self[slot]?.traits.bitsApart(from: picture) ?? 64) <= settings.samePictureBits {
            look(slot)
        }
    }

    /// The newest incidents of the time, for a report that has nothing to look under.
    func lookRecent(_ report: ReportTraits, _ settings: GroupingSettings, into prospects: inout [Prospect]) {
        outlines.withUnsafeBufferPointer { outlines in
            for index in outlines.indices.reversed() where prospects.count < settings.mostPlaceless {
                outlines[index].meet(report, settings, as: base + index, into: &prospects)
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
    private func earliest(_ last: Int64) -> Int64 {
        Int64((Double(last - Self.mostSlices - 1) + max(settings.window, 1) * 60_000 / sliceLength) * sliceLength)
    }
}
