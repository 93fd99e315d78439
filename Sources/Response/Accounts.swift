// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The accounts of one incident, and which of them say the same: the newest sixty-four that tell of something seen, each text
/// once. A value; a further one costs one look at each.
struct Accounts: Sendable {
    private var all: [Account] = []
    /// Of each a bit for every one that agrees with it.
    private var agrees: [UInt64] = []
    private var added = 0
    private(set) var count = 0
    private(set) var hasPicture = false
    private(set) var isConcrete = false
    private(set) var hasSighting = false
    private(set) var isDenied = false
    private var hasOthers = false
    private var hasOfficers = false

    private static let most = 64

    init(_ accounts: [Account] = []) { for account in accounts { add(account) } }

    /// They tell of the police, firefighters or a film crew, and nobody of immigration.
    var isOfOthers: Bool { hasOthers && !hasOfficers }

    mutating func add(_ account: Account) {
        count += 1
        hasPicture = hasPicture || account.hasPicture
        isDenied = isDenied || account.denies
        guard account.isSighting else { return }
        hasSighting = true
        isConcrete = isConcrete || account.isConcrete
        hasOthers = hasOthers || account.isOfOthers
        hasOfficers = hasOfficers || !account.isOfOthers
        // Who passes on the words of another, or adds to their own, has no account besides.
        guard !account.isAddition, !account.isCopy(of: all) else { return }
        let place = added % Self.most
        added += 1
        if all.count < Self.most {
            all.append(account)
            agrees.append(0)
        } else {
            all[place] = account
            for other in agrees.indices { agrees[other] &= ~(1 << UInt64(place)) }
        }
        agrees[place] = 0
        for other in all.indices where other != place && account.agrees(with: all[other]) {
            agrees[place] |= 1 << UInt64(other)
            agrees[other] |= 1 << UInt64(place)
        }
    }

    /// Of those who tell of officers, or of nobody in particular; where nobody does, of all.
    var sightings: Int { all.count { $0.isOfOthers == isOfOthers } }

    /// The one with whom most others agree, and those: not everybody sees all of it.
    var agreeing: [Account] {
        let best = all.indices.max { left, right in
            let (mine, theirs) = (all[left], all[right])
            if mine.isOfOthers != theirs.isOfOthers, agrees[right] != 0, agrees[left] != 0 { return mine.isOfOthers }
            return agrees[left].nonzeroBitCount < agrees[right].nonzeroBitCount
        }
        guard let best, agrees[best] != 0 else { return [] }
        let marks = agrees[best] | 1 << UInt64(best)
        return all.indices.filter { marks >> UInt64($0) & 1 == 1 }.map { all[$0] }
    }
}

extension Account {
    /// Between two who look at one thing: metres beyond what both places may be off, and minutes.
    private static let mostMetres = 300.0
    private static let mostMinutes = 30.0
    /// Topics that must be the same, in halves, where both know the place and where one does not: whatever they chose for a
    /// kind is a half.
    private static let exactly = 2
    private static let roughly = 4
    /// Of the words.
    private static let alike = 0.3

    fileprivate func isCopy(of others: [Account]) -> Bool {
        words.isLong && others.contains { $0.words.isNearly(words) }
    }

    /// Whether the two say the same of something that both can have seen.
    func agrees(with other: Account) -> Bool {
        guard isOfOthers == other.isOfOthers else { return false }
        guard abs(Double(at.milliseconds) - Double(other.at.milliseconds)) <= Self.mostMinutes * 60_000 else {
            return false
        }
        let isExact = place == .exact && other.place == .exact
        if isExact, let here = point, let there = other.point, here.distance(to: there) > Self.mostMetres {
            return false
        }
        let sameKind = kind != 0 && kind == other.kind ? 1 : 0
        if details.intersection(other.details).weight + sameKind >= (isExact ? Self.exactly : Self.roughly) {
            return true
        }
        // What is said in a language that is not read here is compared word for word.
        guard !isRead || !other.isRead, let likeness = words.likeness(to: other.words) else { return false }
        return likeness.value >= Self.alike && likeness.common >= (isExact ? 200 : 300)
    }
}

extension Sequence where Element == Account {
    /// What at least two of them say.
    var said: Details {
        var (once, twice): (Details, Details) = ([], [])
        for account in self {
            twice.formUnion(once.intersection(account.details))
            once.formUnion(account.details)
        }
        return twice
    }
}

extension Details {
    /// In how many topics there is something, in halves: how many they are is a half.
    var weight: Int {
        Topic.allCases.reduce(0) { sum, topic in isDisjoint(with: topic.all) ? sum : sum + (topic == .size ? 1 : 2) }
    }
}
