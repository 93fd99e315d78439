// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// How far the accounts of an incident agree, and what they are: what a dispatcher is shown for why it stands where it
/// stands, and all that the board's order takes of what was said. Counted anew with every report, kept with the incident as
/// one number: counts and questions, nothing of the answers.
package struct Accord: Hashable, Sendable {
    /// Accounts of people who saw it and agree, each text once …
    package private(set) var accounts = 0
    /// … and of those, that are from separate senders.
    package private(set) var separate = 0
    private var marks: Marks = []

    private struct Marks: OptionSet, Hashable, Sendable {
        let rawValue: UInt16
        /// Two of those who agree stand at one place that is known exactly.
        static let samePlace = Marks(rawValue: 1 << 5)
        static let picture = Marks(rawValue: 1 << 6)
        /// One says what and where exactly.
        static let concrete = Marks(rawValue: 1 << 7)
        /// Somebody saw it, as far as anybody says.
        static let sighting = Marks(rawValue: 1 << 8)
        /// Nobody tells of anybody who could be from immigration, and somebody of others.
        static let others = Marks(rawValue: 1 << 9)
        /// Every report was looked at.
        static let isRead = Marks(rawValue: 1 << 10)
        /// They agree on enough to stand out.
        static let strong = Marks(rawValue: 1 << 11)
        /// Somebody says that nothing is there.
        static let denied = Marks(rawValue: 1 << 12)

        static func agreed(_ topic: Details.Topic) -> Marks {
            Marks(rawValue: 1 << UInt16(Details.Topic.allCases.firstIndex(of: topic) ?? 0))
        }
    }

    /// Of an incident that nobody reported, and of one from before anything was kept.
    package static let none = Accord()

    private init() {}

    /// On what they agree, as a report is asked for it.
    package var agreed: [Salute.Field] {
        Details.Topic.allCases.filter { marks.contains(.agreed($0)) }.map(\.field)
    }
    /// Whether several separate accounts stand for each other: without it, two reports are two reports.
    package var isSupport: Bool { separate >= 2 }
    package var hasPicture: Bool { marks.contains(.picture) }
    /// One person who says what and where exactly.
    package var isConcrete: Bool { marks.contains(.concrete) }
    package var isOfOthers: Bool { marks.contains(.others) }
    /// Nothing but what was asked, heard of others or passed on.
    package var isHearsay: Bool { marks.contains(.isRead) && !marks.contains(.sighting) && !hasPicture }
    package var isStrong: Bool { marks.contains(.strong) }
    /// Told, and no more: who wants something not to be found could say so from many places.
    package var isDenied: Bool { marks.contains(.denied) }

    /// Topics that must agree before an incident stands out, in halves.
    private static let strongly = 4
    /// At least this part of all who saw something must agree.
    private static let shares = 5

    init(_ accounts: Accounts) {
        guard accounts.count > 0 else { return }
        marks.insert(.isRead)
        if accounts.hasPicture { marks.insert(.picture) }
        if accounts.isConcrete { marks.insert(.concrete) }
        if accounts.hasSighting { marks.insert(.sighting) }
        if accounts.isOfOthers { marks.insert(.others) }
        if accounts.isDenied { marks.insert(.denied) }
        let agreeing = accounts.agreeing
        guard agreeing.count >= 2 else { return }
        self.accounts = agreeing.count
        separate = Set(agreeing.map(\.source).filter { $0 != 0 }).count + agreeing.count { $0.source == 0 }
        let both = agreeing.said
        for topic in Details.Topic.allCases where !both.isDisjoint(with: topic.all) { marks.insert(.agreed(topic)) }
        let isThere = agreeing.count { $0.place == .exact } >= 2
        if isThere { marks.insert(.samePlace) }
        // Of two hundred who write from a neighborhood some say the same by chance.
        let isShared = agreeing.count * Self.shares >= accounts.sightings
        let isAbout = agreeing.contains(where: \.isOfOfficers)
        if isThere, isShared, isAbout, both.weight >= Self.strongly { marks.insert(.strong) }
    }

    /// As much as either knows: what was counted before a restart, or on another node, is not forgotten.
    func union(_ other: Accord) -> Accord {
        var both = self
        both.accounts = max(accounts, other.accounts)
        both.separate = max(separate, other.separate)
        both.marks.formUnion(other.marks)
        if !marks.contains(.others) || !other.marks.contains(.others) { both.marks.remove(.others) }
        return both
    }
}

extension Accord: Bindable, Column {
    package var value: Value {
        .integer(Int64(marks.rawValue) | Int64(min(separate, 255)) << 16 | Int64(min(accounts, 255)) << 24)
    }

    package init(value: Value) throws {
        let number = try Int64(value: value)
        guard number >= 0 else { throw ColumnError.mismatch(expected: "how far accounts agree") }
        marks = Marks(rawValue: UInt16(truncatingIfNeeded: number))
        (separate, accounts) = (Int(number >> 16 & 255), Int(number >> 24 & 255))
    }
}

extension Accord {
    /// Why it stands where it stands, for a dispatcher to read.
    package var reasons: [Phrase] {
        var reasons: [Phrase] = []
        if separate >= 2 {
            reasons.append(
                Phrase(
                    "response.accord_separate|{n} account agrees|{n} accounts from separate senders agree",
                    ["n": "\(separate)"]
                )
            )
        } else if accounts >= 2 {
            reasons.append(
                Phrase(
                    "response.accord_one|{n} account agrees|{n} accounts agree, but one person may have sent them",
                    ["n": "\(accounts)"]
                )
            )
        } else if isConcrete {
            reasons.append("response.accord_concrete|One person says what they see, and where exactly")
        }
        if hasPicture { reasons.append("response.accord_picture|A photo or a film came with it") }
        if isOfOthers {
            reasons.append("response.accord_others|They tell of police or others, not of immigration officers")
        }
        if isDenied { reasons.append("response.accord_denied|Somebody says that nothing is there") }
        if isHearsay { reasons.append("response.accord_hearsay|Nobody says that they saw it") }
        return reasons
    }

    /// Minutes by which an incident stands before one that nobody says anything of, as if it had come so much earlier. So
    /// what waits moves up by itself, and no card changes its place because time passes.
    var headStart: Int {
        if isHearsay { return -12 * 60 }
        let more = 60 * min(max(max(separate, accounts) - 2, 0), 12)
        let agreement =
            if accounts < 2 || isOfOthers {
                0
            } else if isStrong {
                (separate >= 2 ? 12 * 60 : 8 * 60) + more
            } else {
                (separate >= 2 ? 4 * 60 : 3 * 60) + more / 4
            }
        let single = (isConcrete ? 90 : 0) + (hasPicture ? 90 : 0) + (isOfOthers ? -60 : 60)
        return agreement + single
    }
}
