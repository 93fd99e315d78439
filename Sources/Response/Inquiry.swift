// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

/// Somebody who called or wrote today, as the console shows them: one line for each number, never the number itself. It
/// lives for 24 hours; the number is encrypted under the instance's key and found by a keyed hash that another day would
/// not find. What they wrote is sealed to the team.
package struct Inquiry: Readable, Sendable {
    /// In which line somebody waits. Nobody is dropped: the first word from a new place reaches a person whatever else
    /// goes on, and what waits behind can be seen.
    package enum Lane: String, Sendable, CaseIterable, Bindable, Column, Comparable {
        /// A number that the coalition knows: its own line.
        case partner
        /// About a place that nobody spoke of.
        case first
        case new
        /// A guided report takes it by itself.
        case reporting
        /// About what is known already, and answered with what was verified: in a flood.
        case known
        case spam

        package var label: Phrase {
            switch self {
            case .partner: "inquiry.lane_partner|Trusted partner"
            case .first: "inquiry.lane_first|First from this place"
            case .new: "inquiry.lane_new|Waiting"
            case .reporting: "inquiry.lane_reporting|Reporting by text"
            case .known: "inquiry.lane_known|Answered by itself"
            case .spam: "inquiry.lane_spam|Spam"
            }
        }

        /// Whether a person is asked to look.
        package var isForAPerson: Bool { self == .partner || self == .first || self == .new }

        private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        package static func < (left: Lane, right: Lane) -> Bool { left.place < right.place }
    }

    package enum State: String, Sendable, Bindable, Column { case waiting, answered, closed }

    package let id: Ref<Inquiry>
    package let channel: ChannelKind
    package let language: String
    /// The id of a place, never finer than a neighborhood.
    package let zone: String?
    package let lane: Lane
    package let state: State
    /// The name of a trusted partner.
    package let partner: String?
    /// How often they called or wrote.
    package let count: Int
    package let cameAt: Instant
    package let lastAt: Instant
    package let answeredBy: Ref<Person>?
    /// They were sent what is known, in a flood: what comes after that is news.
    let toldAt: Instant?
    let number: [UInt8]

    static let kind = "inquiry"
    package static let kept = Keeping(
        "inquiries",
        "keeping.inquiries|Who called or wrote: the number, encrypted, and what was said",
        always: .hours(24)
    )
    package static let longestAnswer = 480

    package init(row: Row) throws {
        id = try row["id"]
        channel = try row["channel"]
        language = try row["language"]
        zone = try row["zone"]
        lane = try row["lane"]
        state = try row["state"]
        partner = try row["partner"]
        count = try row["count"]
        cameAt = try row["came_at"]
        lastAt = try row["last_at"]
        answeredBy = try row["answered_by"]
        toldAt = try row["told_at"]
        number = try row["number"]
    }

    /// Where somebody waits. Pure. `knownZones`: places that an open or just answered incident is about.
    package static func lane(
        isSpam: Bool,
        isPartner: Bool,
        isReporting: Bool,
        isFlood: Bool,
        zone: String?,
        knownZones: Set<String>,
        wasTold: Bool
    ) -> Lane {
        if isPartner { return .partner }
        if isSpam { return .spam }
        if isReporting { return .reporting }
        if let zone, !knownZones.contains(zone) { return .first }
        return isFlood && !wasTold ? .known : .new
    }

    /// Marked by a person, on whichever channel: a number that floods us with texts calls too.
    private static func isSpam(_ index: [UInt8], in tx: Transaction) throws -> Bool {
        try tx.one(Int.self, "SELECT 1 FROM inquiries WHERE number_index = \(index) AND lane = 'spam' LIMIT 1") != nil
    }

    /// What came of a text or a call.
    package struct Heard: Sendable, Hashable {
        package let id: Ref<Inquiry>
        package let lane: Lane
        package let zone: String?
        /// In a flood, somebody who asks about what is known gets that first.
        package var getsStatus: Bool { lane == .known }
    }

    /// Takes note of a text or a call, in the transaction that received it. `words` nil: a call. `isReporting`: a guided
    /// report takes it.
    @discardableResult
    package static func hear(
        _ words: String?,
        by channel: ChannelKind,
        from number: String,
        language: String,
        isReporting: Bool = false,
        places: Places,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Heard {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let index = try index(number, at: tx.now, unlocked)
        let before = try tx.first(
            Inquiry.self,
            "SELECT * FROM inquiries WHERE channel = \(channel) AND number_index = \(index)"
        )
        let said = words.flatMap { places.search(NeverKept.removed(from: $0)).lazy.compactMap(\.place).first }
        let zone = said.flatMap { Located($0, in: places).zone } ?? before?.zone
        let partner = try PartnerLine.name(of: number, unlocked, in: tx)
        let lane = lane(
            isSpam: try before?.lane == .spam || isSpam(index, in: tx),
            isPartner: partner != nil,
            isReporting: isReporting,
            // A caller heard what is known before they asked for a person.
            isFlood: words == nil ? false : try Flood.isOn(in: tx),
            zone: zone,
            knownZones: try knownZones(in: tx),
            wasTold: before?.toldAt != nil
        )
        let id = before?.id ?? .new(at: tx.now)
        if before == nil {
            let sealed = try unlocked.fields.seal(number, table: "inquiries", column: "number", id: id.text)
            try tx.run(
                """
                INSERT INTO inquiries (id, channel, number_index, number, language, zone, lane, state, partner, count,
                    came_at, last_at)
                VALUES (\(id), \(channel), \(index), \(sealed), \(language), \(zone), \(lane), 'waiting', \(partner), 1,
                    \(tx.now), \(tx.now))
                """
            )
        } else {
            try tx.run(
                """
                UPDATE inquiries SET language = \(language), zone = \(zone), lane = \(lane), state = 'waiting',
                    count = count + 1, last_at = \(tx.now) WHERE id = \(id)
                """
            )
        }
        if lane == .known {
            try tx.run("UPDATE inquiries SET told_at = \(tx.now), state = 'answered' WHERE id = \(id)")
        }
        if let words { try InquiryText.add(words, to: id, isOurs: false, in: tx) }
        try tx.record(
            Event("inquiry.came", subject: id.text, data: ["channel": channel.rawValue, "lane": lane.rawValue])
        )
        return Heard(id: id, lane: lane, zone: zone)
    }

    /// Found again on the same day only: another day, the same number is somebody else.
    private static func index(_ number: String, at now: Instant, _ unlocked: InstanceKeys.Unlocked) throws -> [UInt8] {
        try unlocked.index.index("\(LocalTime(now).isoDay)|\(number)", field: "inquiry")
    }

    /// Where something is open, or was answered within the last 90 minutes.
    private static func knownZones(in tx: Transaction) throws -> Set<String> {
        Set(
            try tx.list(
                String.self,
                """
                SELECT DISTINCT zone FROM incidents WHERE zone IS NOT NULL AND exercise = 0 AND merged_into IS NULL
                    AND (state IN ('unverified', 'verifying') OR answered_at > \(tx.now - .minutes(90))
                        OR (truth = 'confirmed' AND is_over = 0 AND state = 'answered'))
                """
            )
        )
    }

    package static func find(_ id: Ref<Inquiry>, by caller: Caller, in tx: Transaction) throws -> Inquiry {
        guard caller.can(.answer), let found = try tx.first(Inquiry.self, "SELECT * FROM inquiries WHERE id = \(id)")
        else {
            throw Refusal.notFound
        }
        return found
    }

    /// Everybody of the last day who is not done: by lane, then who waits longest.
    package static func open(by caller: Caller, in tx: Transaction) throws -> [Inquiry] {
        try caller.require(.answer)
        return try tx.all(
            Inquiry.self,
            "SELECT * FROM inquiries WHERE state <> 'closed' ORDER BY last_at DESC, id LIMIT 300"
        ).sorted { left, right in
            (left.state == .answered ? 1 : 0, left.lane, left.lastAt) < (
                right.state == .answered ? 1 : 0, right.lane, right.lastAt
            )
        }
    }

    /// How many wait for a person.
    package static func waiting(in tx: Transaction) throws -> Int {
        try tx.count(
            "SELECT count(*) FROM inquiries WHERE state = 'waiting' AND lane IN ('partner', 'first', 'new')"
        )
    }

    /// Nobody's number is kept longer than a day, nor what they wrote.
    package static func sweep(in tx: Transaction) throws {
        let old: SQL = "SELECT id FROM inquiries WHERE came_at <= \(tx.now - kept.usual)"
        try ShredDue.add(of: "SELECT substr(sealed, 1, 10) FROM inquiry_texts WHERE inquiry IN (\(old))", in: tx)
        try tx.run("DELETE FROM inquiries WHERE came_at <= \(tx.now - kept.usual)")
        // That somebody called, and when, goes too; never the newest event, from which the live views go on.
        try tx.run(
            """
            DELETE FROM events WHERE kind LIKE 'inquiry.%' AND at <= \(tx.now - kept.usual)
                AND id < (SELECT max(id) FROM events)
            """
        )
    }
}

/// One thing that was said in an inquiry; sealed.
package struct InquiryText: Readable, Sendable {
    package let id: Ref<InquiryText>
    package let inquiry: Ref<Inquiry>
    package let isOurs: Bool
    package let at: Instant
    let sealed: Sealed<String>

    package init(row: Row) throws {
        id = try row["id"]
        inquiry = try row["inquiry"]
        isOurs = try row["is_ours"]
        at = try row["at"]
        sealed = try row["sealed"]
    }

    package static func all(of inquiries: [Ref<Inquiry>], in tx: Transaction) throws -> [Ref<Inquiry>: [InquiryText]] {
        guard !inquiries.isEmpty else { return [:] }
        let all = try tx.all(
            InquiryText.self,
            "SELECT * FROM inquiry_texts WHERE inquiry IN \(list: inquiries) ORDER BY at, id"
        )
        return Dictionary(grouping: all, by: \.inquiry)
    }

    package func words(by caller: Caller) -> Opened<String> {
        Opening.look(sealed, kind: Inquiry.kind, record: id.text, by: caller)
    }

    static func add(_ words: String, to inquiry: Ref<Inquiry>, isOurs: Bool, in tx: Transaction) throws {
        let id = Ref<InquiryText>.new(at: tx.now)
        let team = try Team.current(purpose: Report.team, in: tx)
        let clean = String(
            String.UnicodeScalarView(FieldCheck.clean(NeverKept.removed(from: words)).unicodeScalars.prefix(2_000))
        )
        let sealed = try Sealed.seal(clean, kind: Inquiry.kind, record: id.text, to: [team], shred: tx.shredKey())
        try tx.run(
            """
            INSERT INTO inquiry_texts (id, inquiry, is_ours, at, sealed)
            VALUES (\(id), \(inquiry), \(isOurs), \(tx.now), \(sealed))
            """
        )
    }
}
