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
    package var memory: Int { state.withLock { $0.rows.memory } }

    /// The people to ask, as `Match.nearest` orders them. `load`: for how many needs somebody is asked or out
    /// already.
    package func nearest(_ need: Need, limit: Int = .max, load: [Ref<Person>: Int] = [:]) -> Match.Result {
        state.withLock { Self.nearest(need, among: HelperReading($0.rows), limit: limit, load: load) }
    }

    private static func nearest(
        _ need: Need,
        among reading: HelperReading,
        limit: Int,
        load: [Ref<Person>: Int]
    ) -> Match.Result {
        let hour = WeeklyHours.hour(at: need.at)
        let full: [Int] = load.compactMap { person, count in
            reading.rows.row(of: HelperNumber(person)).flatMap { count >= reading.rows.places($0, need) ? $0 : nil }
        }
        let barred = Set(full + need.excluding.compactMap { reading.rows.row(of: HelperNumber($0)) })
        let pool = reading.rows.pool(need)
        let search = HelperSearch(reading, need, hour: hour, barred: barred, pool: pool)
        let choices = search.best.prefix(max(0, limit)).map { choice($0, need, search.others, reading) }
        guard search.best.count < need.count else { return Match.Result(choices: choices, shortfall: nil) }
        let missed = Obstacles(reading, need, hour: hour, busy: Set(full), pool: pool).counts
        let shortfall = Shortfall(wanted: need.count, found: search.best.count, missed: missed)
        return Match.Result(choices: choices, shortfall: shortfall)
    }

    package func put(_ entry: HelperEntry) {
        state.withLock { state in
            state.rows.put(entry)
            state.journal?.append(.put(entry))
        }
    }

    package func remove(_ person: Ref<Person>) {
        state.withLock { state in
            state.rows.remove(person)
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
            state.journal = nil
        }
    }

    /// What must still be read from the database.
    func owed<T>(_ body: (inout HelpersOwed) -> T) -> T { state.withLock { body(&$0.owed) } }

    private static func choice(
        _ able: HelperSearch.Able,
        _ need: Need,
        _ others: Fairness.Others,
        _ reading: HelperReading
    ) -> Match.Choice {
        let ring = Fairness.ring(able.distance)
        let reasons =
            Match.reasons(able.distance, need)
            + others.reasons(ring: ring, rank: able.rank, lastAsked: able.lastAsked)
        return Match.Choice(person: reading.rows.numbers[able.row].person, distance: able.distance, reasons: reasons)
    }
}
