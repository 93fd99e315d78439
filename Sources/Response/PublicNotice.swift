// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// One thing that the public was told about an incident, as it was told: the feeds and alerts of `docs/feeds.md` are
/// made of these. Written in the transaction that changed what is public, and never changed afterwards.
package struct PublicNotice: Sendable, Hashable {
    package enum Act: String, Sendable, Hashable, CaseIterable, Bindable, Column {
        /// Confirmed: goes out as an alert.
        case alert
        /// More, or something else, about what an alert said.
        case update
        /// An alert was wrong, or can't be upheld; what is so stays public.
        case cancel
        /// Checked and told, without anybody having been alerted: no alert comes of it.
        case told
        /// Not public any more. Takes an alert back, where there was one.
        case withdrawn
    }

    package let id: Ref<PublicNotice>
    package let incident: Ref<Incident>
    package let act: Act
    /// The alert that this goes back to; itself for an alert. Nil where there was none.
    package let chain: Ref<PublicNotice>?
    package let at: Instant
    /// What was public at that moment; of what is withdrawn: at the end.
    package let item: PublicStatus.Item
    /// Who sent the alert, and its bytes; nil until it is written, and for what is no alert.
    package let sender: String?
    package let cap: [UInt8]?
    /// The signed note beside the alert; nil while the instance is locked.
    package let signature: String?

    /// What to tell the public now, after what it was told last; nil: it knows. `item` nil: nothing is public any more.
    package static func act(after last: PublicNotice?, now item: PublicStatus.Item?) -> Act? {
        guard let item else { return last == nil || last?.act == .withdrawn ? nil : .withdrawn }
        if let last, last.act != .withdrawn, last.item.says(thesame: item) { return nil }
        let isOpen = last?.isOpen ?? false
        switch item.truth {
        case .confirmed: return isOpen ? .update : item.isOver ? .told : .alert
        case .notEnforcement, .unfounded, .unable: return isOpen ? .cancel : .told
        case .unknown: return nil
        }
    }

    /// Whether an alert stands that can be updated or taken back.
    package var isOpen: Bool { act == .alert || act == .update }

    /// Whether it goes out as an alert of its own.
    package var isAlert: Bool { chain != nil }

    /// After these steps of an incident, the public may have to be told something.
    static let heard: Set<String> = ["answered", "over", "allclear", "reviewed", "merged", "closed", "reopened"]

    package static func mayFollow(_ event: Event) -> Bool {
        event.kind.hasPrefix("incident.") && heard.contains(String(event.kind.dropFirst(9)))
    }

    /// Tells the public what it doesn't know yet about an incident. Nothing when nothing changed.
    static func keepUp(_ incident: Ref<Incident>, in tx: Transaction) throws {
        let item = try PublicStatus.item(incident, in: tx)
        let last = try latest(of: incident, in: tx)
        guard let act = act(after: last, now: item), let item = item ?? last?.item else { return }
        let id = Ref<PublicNotice>.new(at: tx.now)
        let chain = act == .alert ? id : last.flatMap { $0.isOpen ? $0.chain : nil }
        try tx.run(
            """
            INSERT INTO public_notices (id, incident, act, chain, at, kind, zone, truth, is_over, explanation, level,
                how, first_seen_at, answered_at, expires_at, exercise)
            VALUES (\(id), \(incident), \(act), \(chain), \(tx.now), \(item.kind), \(item.zone), \(item.truth),
                \(item.isOver), \(try item.explanation?.json), \(item.level), \(item.how), \(item.firstSeenAt),
                \(item.answeredAt), \(item.expiresAt), \(item.isExercise))
            """
        )
        if !item.isExercise { try HookNews.notice(id, in: tx) }
    }
}

extension PublicStatus.Item {
    /// How many reported it is no news.
    fileprivate func says(thesame other: Self) -> Bool {
        kind == other.kind && zone == other.zone && truth == other.truth && isOver == other.isOver
            && explanation == other.explanation && level == other.level && how == other.how
            && firstSeenAt == other.firstSeenAt && answeredAt == other.answeredAt && expiresAt == other.expiresAt
            && isExercise == other.isExercise
    }
}

extension PublicNotice: Readable {
    package init(row: Row) throws {
        id = try row["notice"]
        incident = try row["id"]
        act = try row["act"]
        chain = try row["chain"]
        at = try row["at"]
        item = try PublicStatus.Item(row: row)
        sender = try row["sender"]
        cap = try row["cap"]
        signature = try row["signature"]
    }
}
