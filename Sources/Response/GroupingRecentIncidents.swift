// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Synchronization

/// The incidents that a new report may belong to, in memory: a hash of squares in space and slices in time, so that
/// a look-up touches a few dozen buckets however many incidents are open. Rebuilt from the change feed after a start
/// (without words, which are nowhere kept) and kept up by every verb that changes what belongs together. An incident
/// leaves by itself when nothing could match it any more. Safe from any thread.
package final class RecentIncidents: Sendable {
    package let grid: Grid
    private let state: Mutex<State>

    package init(grid: Grid, settings: GroupingSettings = .standard) {
        self.grid = grid
        state = Mutex(State(settings))
    }

    package var settings: GroupingSettings { state.withLock(\.settings) }

    /// How far apart in time two reports of one event may be, from now on. What is there is put under its new slices.
    package func setWindow(minutes: Double) {
        state.withLock { state in
            guard minutes != state.settings.window else { return }
            state.settings.window = minutes
            for slot in Array(state.entries.keys) { register(slot, &state) }
        }
    }

    package var count: Int { state.withLock { $0.entries.count } }

    package func incident(_ id: String) -> IncidentTraits? {
        state.withLock { state in state.slots[id].flatMap { state.entries[$0]?.traits } }
    }

    /// How many separate witnesses the incident has with this report, which is not there yet, when it had `independent`
    /// among `reports`. As quick for the ten-thousandth report as for the second. What is not in memory, and who was
    /// forgotten in a restart, may be the same: then no more are counted than those who are known to be different.
    package func witnesses(with report: ReportTraits, of incident: String, reports: Int, independent: Int) -> Int {
        state.withLock { state in
            let traits = state.slots[incident].flatMap { state.entries[$0]?.traits }
            let more = traits?.isNewWitness(report) ?? true ? 1 : 0
            if traits?.certain ?? 0 >= reports { return independent + more }
            return max(independent, (traits?.witnesses ?? 0) + more)
        }
    }

    /// Of those that are here, each once.
    func traits(of reports: Set<String>) -> [ReportTraits] {
        state.withLock { state in
            var slots: Set<Int> = []
            for report in reports { slots.formUnion(state.homes[report] ?? []) }
            var found: [String: ReportTraits] = [:]
            for slot in slots {
                for report in state.entries[slot]?.traits.reports ?? [] where reports.contains(report.id) {
                    found[report.id] = report
                }
            }
            return Array(found.values)
        }
    }

    /// The incidents that the report is a part of.
    package func homes(of report: String) -> [String] {
        state.withLock { state in
            state.homes[report, default: []].compactMap { state.entries[$0]?.traits.id }.sorted()
        }
    }

    /// Where the report would go, without putting it there.
    package func place(_ report: ReportTraits, now: Instant) -> Placement {
        let report = report.located(in: grid)
        return state.withLock { state in
            sweep(&state, now)
            return placement(of: report, in: state)
        }
    }

    /// Where the report goes, and puts it there in the same breath, so that two reports of one event at the same
    /// moment can't both start an incident: into the incident it is attached to, else into a new one called `fresh`.
    package func settle(_ report: ReportTraits, fresh: String, now: Instant) -> Placement {
        let report = report.located(in: grid)
        return state.withLock { state in
            sweep(&state, now)
            let placement = placement(of: report, in: state)
            switch placement {
            case .attach(let incident, _): add(report, to: incident, &state)
            case .suggest, .alone: add(report, to: fresh, &state)
            }
            return placement
        }
    }

    /// Where a report would go if it were not a part of this incident.
    func place(_ report: ReportTraits, besides incident: String) -> Placement {
        state.withLock { state in
            var choice = GroupingChoice(report, state.settings)
            for slot in candidates(for: report, in: state) {
                if let traits = state.entries[slot]?.traits, traits.id != incident { choice.look(at: traits) }
            }
            return choice.placement
        }
    }

    /// The newest incidents that took a report since this process began, each with the newest of those.
    func pieces(most: Int) -> [(incident: String, report: ReportTraits)] {
        state.withLock { state in
            let all = state.entries.values.compactMap { entry in
                entry.traits.reports.last { !$0.isRemembered }.map { (entry.traits.id, $0) }
            }
            return Array(all.sorted { $0.1.at > $1.1.at }.prefix(most))
        }
    }

    /// Makes the report a part of the incident, which is begun if it isn't there. Twice is once.
    package func add(_ report: ReportTraits, to incident: String) {
        let report = report.located(in: grid)
        state.withLock { add(report, to: incident, &$0) }
    }

    /// What a report says has changed: everywhere it is a part.
    package func update(_ report: ReportTraits) {
        let report = report.located(in: grid)
        state.withLock { state in
            for slot in state.homes[report.id, default: []] {
                guard let incident = state.entries[slot]?.traits.id else { continue }
                _ = take(from: slot, &state) { $0.id == report.id }
                add(report, to: incident, &state)
            }
        }
    }

    /// Takes the report out of one incident, or of all. An incident without reports is gone.
    package func remove(_ report: String, from incident: String? = nil) {
        state.withLock { state in
            for slot in state.homes[report, default: []]
            where incident == nil || state.entries[slot]?.traits.id == incident {
                _ = take(from: slot, &state) { $0.id == report }
            }
        }
    }

    /// All reports of the first incident become parts of the second; the first is gone.
    package func merge(_ incident: String, into other: String) {
        guard incident != other else { return }
        state.withLock { state in
            guard let slot = state.slots[incident] else { return }
            for report in take(from: slot, &state, where: { _ in true }) { add(report, to: other, &state) }
        }
    }

    /// The named reports leave an incident for another, which is begun if it isn't there.
    package func split(_ reports: Set<String>, from incident: String, into other: String) {
        guard incident != other else { return }
        state.withLock { state in
            guard let slot = state.slots[incident] else { return }
            for report in take(from: slot, &state, where: { reports.contains($0.id) }) {
                add(report, to: other, &state)
            }
        }
    }

    /// The incident takes no more reports.
    package func close(_ incident: String) {
        state.withLock { state in
            guard let slot = state.slots[incident] else { return }
            drop(slot, &state)
        }
    }

    // MARK: State

    private struct Bucket: Hashable {
        let layer: Layer
        let east: Int
        let north: Int
        let slice: Int64

        /// One word instead of four: a report looks under some eighty buckets, and this was a third of it. The area bounds how
        /// many there can be, so nobody can make many fall together.
        func hash(into hasher: inout Hasher) {
            let place = (Int64(east) &* 1_048_583) ^ (Int64(north) &* 8_209)
            hasher.combine(place ^ (slice &* 4_294_967_311) ^ (layer.rawValue << 60))
        }
    }

    /// Exactly known places are looked up in small squares, vague ones in big ones, those without a place by time.
    private enum Layer: Int64 {
        case exact, vague, placeless
    }

    /// A class, so that looking at one copies nothing: a report looks at dozens.
    private final class Entry {
        var traits: IncidentTraits
        var buckets: [Bucket] = []

        init(_ traits: IncidentTraits) { self.traits = traits }
    }

    /// Incidents by slot, a number that grows: the lowest is the oldest.
    private struct State {
        var settings: GroupingSettings
        var entries: [Int: Entry] = [:]
        var outlines = IncidentOutlines()
        var slots: [String: Int] = [:]
        var homes: [String: [Int]] = [:]
        var buckets: [Bucket: [Int]] = [:]
        /// How many buckets each slice of time has: most of those beside a report's own are empty.
        var slices: [Int64: Int] = [:]
        /// Those without a place that have a picture.
        var pictured: Set<Int> = []
        var next = 0
        var swept = Instant(milliseconds: .min)

        init(_ settings: GroupingSettings) { self.settings = settings }
    }

    private func placement(of report: ReportTraits, in state: State) -> Placement {
        var choice = GroupingChoice(report, state.settings)
        for slot in candidates(for: report, in: state) {
            if let entry = state.entries[slot] { choice.look(at: entry.traits) }
        }
        return choice.placement
    }

    private func add(_ report: ReportTraits, to incident: String, _ state: inout State) {
        let slot: Int
        if let known = state.slots[incident] {
            guard !state.homes[report.id, default: []].contains(known) else { return }
            slot = known
        } else {
            if state.entries.count >= state.settings.capacity, let oldest = state.outlines.oldest() {
                drop(oldest, &state)
            }
            slot = state.next
            state.next += 1
            state.slots[incident] = slot
            state.entries[slot] = Entry(IncidentTraits(id: incident))
        }
        state.entries[slot]?.traits.add(report)
        state.homes[report.id, default: []].append(slot)
        register(slot, &state)
    }

    private func take(
        from slot: Int,
        _ state: inout State,
        where isOut: (ReportTraits) -> Bool
    ) -> [ReportTraits] {
        let taken = state.entries[slot]?.traits.remove(where: isOut) ?? []
        for report in taken { leave(report.id, slot, &state) }
        if state.entries[slot]?.traits.reports.isEmpty ?? true {
            drop(slot, &state)
        } else {
            register(slot, &state)
        }
        return taken
    }

    private func leave(_ report: String, _ slot: Int, _ state: inout State) {
        state.homes[report]?.removeAll { $0 == slot }
        if state.homes[report]?.isEmpty ?? false { state.homes[report] = nil }
    }

    private func drop(_ slot: Int, _ state: inout State) {
        guard let entry = state.entries.removeValue(forKey: slot) else { return }
        state.outlines[slot] = nil
        state.pictured.remove(slot)
        state.slots[entry.traits.id] = nil
        for report in entry.traits.reports { leave(report.id, slot, &state) }
        for bucket in entry.buckets { forget(slot, in: bucket, &state) }
    }

    private func sweep(_ state: inout State, _ now: Instant) {
        guard now >= state.swept + .minutes(1) || now < state.swept else { return }
        state.swept = now
        let kept = Duration.seconds((state.settings.window + state.settings.graceMinutes) * 60)
        let old = state.entries.filter { $0.value.traits.last + kept < now }.keys
        for slot in old { drop(slot, &state) }
    }

    // MARK: Buckets

    /// Metres along a square's side.
    private static func side(_ layer: Layer) -> Double {
        switch layer {
        case .exact: 1_000
        case .vague: 2_500
        case .placeless: 1
        }
    }

    /// An incident whose place is better known than this stands in the small squares.
    private static let exact = 250.0

    private func register(_ slot: Int, _ state: inout State) {
        guard let entry = state.entries[slot] else { return }
        state.outlines[slot] = IncidentOutline(entry.traits)
        if entry.traits.center == nil, !entry.traits.pictures.isEmpty {
            state.pictured.insert(slot)
        } else if !state.pictured.isEmpty {
            state.pictured.remove(slot)
        }
        let buckets = buckets(of: entry.traits, state.settings)
        guard buckets != entry.buckets else { return }
        for bucket in entry.buckets { forget(slot, in: bucket, &state) }
        for bucket in buckets {
            if state.buckets[bucket] == nil { state.slices[bucket.slice, default: 0] += 1 }
            state.buckets[bucket, default: []].append(slot)
        }
        state.entries[slot]?.buckets = buckets
    }

    private func forget(_ slot: Int, in bucket: Bucket, _ state: inout State) {
        state.buckets[bucket]?.removeAll { $0 == slot }
        guard state.buckets[bucket]?.isEmpty ?? false else { return }
        state.buckets[bucket] = nil
        state.slices[bucket.slice] = state.slices[bucket.slice].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    private func buckets(of incident: IncidentTraits, _ settings: GroupingSettings) -> [Bucket] {
        let (first, last) = (slice(incident.first, settings), slice(incident.last, settings))
        // Days in one incident are a mistake in somebody's clock: its latest two days count.
        let slices = max(first, last &- 31)...last
        guard let center = incident.center else {
            return slices.map { Bucket(layer: .placeless, east: 0, north: 0, slice: $0) }
        }
        let layer: Layer = incident.uncertainty <= Self.exact ? .exact : .vague
        let (east, north) = square(grid.offset(of: center), layer)
        return slices.map { Bucket(layer: layer, east: east, north: north, slice: $0) }
    }

    private func candidates(for report: ReportTraits, in state: State) -> [Int] {
        let slice = slice(report.at, state.settings)
        let slices = (slice &- 1)...(slice &+ 1)
        let taken = slices.filter { state.slices[$0] != nil }
        func isInReach(_ slot: Int) -> Bool {
            state.outlines[slot].map { $0.isInReach(of: report, state.settings) } ?? false
        }
        guard let point = report.point else {
            // Nothing to look under: the newest incidents of the time, if the words or the picture fit.
            return state.outlines.newest(state.settings.mostPlaceless) { $0.isInReach(of: report, state.settings) }
        }
        var found: [Int] = []
        func look(_ slots: (some Sequence<Int>)?) {
            guard let slots else { return }
            // Without taking the incident out: most stand in the same squares and are too far all the same. One that spans
            // two slices stands in both.
            for slot in slots where isInReach(slot) && !found.contains(slot) { found.append(slot) }
        }
        let offset = grid.offset(of: point)
        for (layer, theirs) in [(Layer.exact, Self.exact), (.vague, state.settings.mostUncertainty)] {
            let metres = state.settings.reach + min(report.uncertainty + theirs, state.settings.mostUncertainty)
            let (west, south) = square(Offset(east: offset.east - metres, north: offset.north - metres), layer)
            let (east, north) = square(Offset(east: offset.east + metres, north: offset.north + metres), layer)
            for slice in taken {
                for x in west...east {
                    for y in south...north {
                        look(state.buckets[Bucket(layer: layer, east: x, north: y, slice: slice)])
                    }
                }
            }
        }
        // Of those without a place the newest few: they fit everywhere, and in a flood there are hundreds. And the same
        // picture, however long ago.
        for slice in taken {
            let placeless = state.buckets[Bucket(layer: .placeless, east: 0, north: 0, slice: slice)]
            look(placeless?.suffix(state.settings.mostPlacelessBeside))
        }
        if let picture = report.picture {
            look(
                state.pictured.filter { slot in
                    state.entries[slot]?.traits.pictures.contains {
                        Grouping.bits($0, picture) <= state.settings.samePictureBits
                    } ?? false
                }
            )
        }
        return found
    }

    private func square(_ offset: Offset, _ layer: Layer) -> (Int, Int) {
        // The earth is 20 million metres to either side: far inside an Int. Points are finite by construction.
        (
            Int((offset.east / Self.side(layer)).rounded(.down)),
            Int((offset.north / Self.side(layer)).rounded(.down))
        )
    }

    private func slice(_ instant: Instant, _ settings: GroupingSettings) -> Int64 {
        // As long as the window, so that the slices beside a report's own hold all that could match. One bit of
        // room at both ends keeps ± 1 inside an Int64.
        let length = Int64(max(settings.window, 1) * 60_000)
        return Int64((Double(instant.milliseconds) / Double(length)).rounded(.down))
    }
}
