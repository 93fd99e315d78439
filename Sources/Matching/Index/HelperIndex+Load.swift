// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization

extension HelperIndex {
    /// The people to ask, by the index that goes with this database. Whoever changed since the last search is read
    /// again first, so an answer is never older than the transaction that it is asked in.
    package static func nearest(_ need: Need, load: [Ref<Person>: Int], in tx: Transaction) throws -> Match.Result {
        guard let index = tx.companions.first(HelperIndex.self) else {
            let entries = try HelperEntry.all(in: tx).filter { entry in
                (need.roles.map { !$0.isDisjoint(with: entry.roles) } ?? true)
                    && need.among?.contains(entry.helper.person) ?? true
            }
            let candidates = entries.map { $0.candidate(at: need.at, load: load[$0.helper.person] ?? 0) }
            return Match.nearest(need, among: candidates, limit: need.count)
        }
        try index.refresh(in: tx)
        return index.nearest(need, load: load)
    }

    /// Reads who changed, or everybody the first time. A mark is cleared by a read that sees its event, and by nothing else:
    /// what a write has read may be undone, and an older view doesn't hold the change.
    package func refresh(in tx: Transaction) throws {
        try reading.withLock { _ in
            let view = tx.isWriting ? nil : try Event.newest(in: tx)
            switch owed({ $0.due(in: view) }) {
            case .nothing: return
            case .everybody:
                replace(with: try HelperEntry.all(in: tx))
                owed { $0.settleEverybody(in: view) }
            case .people(let people):
                for group in people.chunked(by: 500) {
                    let found = try HelperEntry.these(group, in: tx)
                    for entry in found { put(entry) }
                    for person in Set(group).subtracting(found.map(\.helper.person)) { remove(person) }
                }
                owed { $0.settle(people, in: view) }
            }
        }
    }

    /// Once loaded, whether a `refresh` in a read would find something to do: writes leave the marks to it.
    package var isBehind: Bool { owed { $0.isBehind } }

    /// What was committed: whoever it is about is read again before the next search. Subscribed to the change feed.
    package func follow(_ events: [Event]) {
        owed { owed in
            for event in events {
                switch event.kind {
                case "helper.imported": owed.markEverybody(event.id)
                case let kind where kind.hasPrefix("helper.") || kind.hasPrefix("person."):
                    if let person = Ref<Person>(event.subject) { owed.mark(person, event.id) }
                case "assignment.offered":
                    if let person = event.data["person"].flatMap({ Ref<Person>($0) }) { owed.mark(person, event.id) }
                default: continue
                }
            }
        }
    }
}

extension HelperEntry {
    static func all(in tx: Transaction) throws -> [HelperEntry] { try load("", in: tx) }

    static func these(_ people: [Ref<Person>], in tx: Transaction) throws -> [HelperEntry] {
        guard !people.isEmpty else { return [] }
        return try load("AND h.person IN \(list: people.map(\.text))", in: tx)
    }

    /// `filter` speaks of `h.person`, and is followed by nothing.
    private static func load(_ filter: SQL, in tx: Transaction) throws -> [HelperEntry] {
        var roles: [String: Set<Role>] = [:]
        for row in try tx.rows("SELECT h.person, h.role FROM person_roles h WHERE 1 = 1 \(filter)") {
            roles[try row["person"], default: []].insert(try row["role"])
        }
        var windows: [String: [Window]] = [:]
        let times: SQL =
            "SELECT h.person, h.starts_at, h.ends_at FROM availabilities h WHERE h.ends_at > \(tx.now) \(filter)"
        for row in try tx.rows(times) {
            windows[try row["person"], default: []].append(Window(from: try row["starts_at"], to: try row["ends_at"]))
        }
        var hours: [String: WeeklyHours] = [:]
        for row in try tx.rows("SELECT h.person, h.hours FROM helper_hours h WHERE 1 = 1 \(filter)") {
            hours[try row["person"]] = try row["hours"]
        }
        return try Helper.present(filter, in: tx).map { helper in
            let person = helper.person.text
            return HelperEntry(
                helper,
                roles: roles[person] ?? [],
                hours: hours[person] ?? .none,
                windows: windows[person] ?? []
            )
        }
    }
}

extension Array {
    fileprivate func chunked(by size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
