// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization

/// Finds the nearest who can, among a million, in microseconds. It gives what `Match.nearest` would give if it looked
/// at everybody, for observers and attorneys as for drivers and mentors. The database is the truth: what is here is
/// kept in step from the change feed and can be built again at any time.
package final class HelperIndex: Sendable {
    private struct State {
        var rows: HelperRows
        var ready: HelpersReady?
        var owed: HelpersOwed
        /// What changed while a new generation is built beside this one.
        var journal: [Change]?
    }

    private enum Change {
        case put(HelperEntry)
        case remove(Ref<Person>)
    }

    private let state: Mutex<State>
    /// Held while rows come from the database: of two who read the same row, the older must not be the last to put it.
    let reading = Mutex(())

    package init(_ entries: [HelperEntry] = []) {
        state = Mutex(State(rows: HelperRows(entries), owed: HelpersOwed(everybody: entries.isEmpty ? 0 : nil)))
    }

    package var count: Int { state.withLock { $0.rows.livingCount } }

    /// Bytes that the columns take.
    package var memory: Int { state.withLock { $0.rows.memory + ($0.ready?.memory ?? 0) } }

    /// The people to ask, as `Match.nearest` orders them. `load`: for how many needs somebody is asked or out
    /// already.
    package func nearest(_ need: Need, limit: Int = .max, load: [Ref<Person>: Int] = [:]) -> Match.Result {
        state.withLock { state in
            let ready = Self.ready(&state, at: need.at)
            let rows = state.rows
            let full: [Int] = load.compactMap { person, count in
                rows.row(of: HelperNumber(person)).flatMap { count >= rows.places($0, need.skill) ? $0 : nil }
            }
            let barred = Set(full + need.excluding.compactMap { rows.row(of: HelperNumber($0)) })
            var bits = ready.bits
            if let among = need.among {
                var chosen = Bitmap(rows: rows.count)
                for row in among.lazy.compactMap({ rows.row(of: HelperNumber($0)) }) { chosen[row] = true }
                bits.formIntersection(chosen)
            }
            var search = HelperSearch(rows, ready: bits, need: need, barred: barred)
            search.run()
            let choices = search.best.prefix(max(0, limit)).compactMap { Self.choice($0, need, search.latest) }
            guard search.best.count < need.count else { return Match.Result(choices: choices, shortfall: nil) }
            let missed = Obstacles(rows, need, busy: Set(full), onShift: ready.onShift).counts
            return Match.Result(
                choices: choices,
                shortfall: Shortfall(wanted: need.count, found: search.best.count, missed: missed)
            )
        }
    }

    package func put(_ entry: HelperEntry) {
        state.withLock { state in
            let change = state.rows.put(entry)
            state.ready?.follow(change, state.rows)
            state.journal?.append(.put(entry))
        }
    }

    package func remove(_ person: Ref<Person>) {
        state.withLock { state in
            let change = state.rows.remove(person)
            state.ready?.follow(change, state.rows)
            state.journal?.append(.remove(person))
        }
    }

    /// Sorts everybody anew, while the present generation goes on answering; what changes meanwhile follows after.
    /// Answers false, and changes nothing, when everybody was read anew in between.
    @discardableResult
    package func rebuild() -> Bool {
        let rows = state.withLock { state in
            state.journal = []
            return state.rows
        }
        var fresh = rows.sorted()
        return state.withLock { state in
            guard let journal = state.journal else { return false }
            for change in journal {
                switch change {
                case .put(let entry): fresh.put(entry)
                case .remove(let person): fresh.remove(person)
                }
            }
            state.rows = fresh
            state.ready = nil
            state.journal = nil
            return true
        }
    }

    /// Worth a `rebuild`: the tail, which every search reads whole, has grown long.
    package var needsRebuild: Bool { state.withLock { $0.rows.tailCount > max(2_000, $0.rows.count / 100) } }

    /// Everything anew, at start.
    func replace(with entries: [HelperEntry]) {
        let rows = HelperRows(entries)
        state.withLock { state in
            state.rows = rows
            state.ready = nil
            state.journal = nil
        }
    }

    /// What must still be read from the database.
    func owed<T>(_ body: (inout HelpersOwed) -> T) -> T { state.withLock { body(&$0.owed) } }

    private static func choice(_ able: HelperSearch.Able, _ need: Need, _ latest: [Int: UInt32]) -> Match.Choice? {
        guard let person = able.number.person else { return nil }
        var reasons: [Match.Reason] = []
        if let distance = able.distance { reasons.append(.near(metres: distance)) }
        if need.skill.needsCertificate { reasons.append(.certified) }
        if let language = need.language { reasons.append(.speaks(language: language)) }
        if able.lastAsked == 0 { reasons.append(.neverAsked) }
        if able.lastAsked > 0, (latest[able.band] ?? 0) > able.lastAsked { reasons.append(.askedLongestAgo) }
        return Match.Choice(person: person, distance: able.distance, reasons: reasons)
    }

    private static func ready(_ state: inout State, at moment: Instant) -> HelpersReady {
        if let kept = state.ready, kept.holds(at: moment) { return kept }
        let made = HelpersReady(state.rows, at: moment)
        state.ready = made
        return made
    }
}
