// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// What the index must still read, by the newest event that says so. A view is named by the newest event in it; a write
/// has none, since what it sees may be undone.
struct HelpersOwed: Sendable {
    enum Due: Sendable, Equatable {
        case nothing, everybody
        case people([Ref<Person>])
    }

    private var people: [Ref<Person>: Int64] = [:]
    private var everybody: Int64?
    /// A write has read everybody for this event: good enough to search in, to be read again in a read.
    private var provisional: Int64?
    /// The newest view that rows came from. An older one would take them back.
    private var newest: Int64 = 0

    /// `everybody`: 0 when nobody was read yet.
    init(everybody: Int64?) { self.everybody = everybody }

    /// The newest, and the latest, of what is said of the same person.
    mutating func mark(_ person: Ref<Person>, _ event: Int64) { people[person] = max(people[person] ?? 0, event) }

    mutating func markEverybody(_ event: Int64) { everybody = max(everybody ?? 0, event) }

    var isBehind: Bool {
        if everybody != nil { return provisional != nil }
        return !people.isEmpty
    }

    func due(in view: Int64?) -> Due {
        if let everybody {
            guard let view else { return provisional == everybody ? changed : .everybody }
            // The first view is as good as any.
            return view >= newest ? .everybody : .nothing
        }
        if let view, view < newest { return .nothing }
        return changed
    }

    private var changed: Due { people.isEmpty ? .nothing : .people(Array(people.keys)) }

    mutating func settle(_ read: [Ref<Person>], in view: Int64?) {
        guard let view else { return }
        newest = max(newest, view)
        for person in read where people[person].map({ $0 <= view }) ?? false { people[person] = nil }
    }

    mutating func settleEverybody(in view: Int64?) {
        guard let view else {
            provisional = everybody
            return
        }
        newest = max(newest, view)
        if let event = everybody, event <= view { (everybody, provisional) = (nil, nil) }
        people = people.filter { $0.value > view }
    }
}
