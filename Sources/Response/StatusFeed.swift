// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What is public now, as an Atom feed (RFC 4287) in one language: one entry an incident under a name that never changes,
/// updated whenever the answer changes. What isn't public any more is named as deleted (RFC 6721).
package struct StatusFeed: Sendable {
    /// Oldest first.
    package let notices: [PublicNotice]
    package let status: PublicStatus
    package let publisher: CAP.Publisher
    /// The feed's own file name: `status.en.atom`.
    package let name: @Sendable (Language) -> String

    package init(
        _ status: PublicStatus,
        _ notices: [PublicNotice],
        by publisher: CAP.Publisher,
        named name: @escaping @Sendable (Language) -> String
    ) {
        (self.status, self.notices, self.publisher, self.name) = (status, notices, publisher, name)
    }

    package func xml(_ t: Words) -> XML {
        let latest = Dictionary(notices.map { ($0.incident, $0) }) { _, newer in newer }
        let first = Dictionary(notices.map { ($0.incident, $0.at) }) { older, _ in older }
        let items = status.confirmed + status.falseToday + status.over + status.unable
        let entries = items.map { item in
            let last = latest[item.id] ?? PublicNotice(told: item)
            return (entry(last, since: first[item.id] ?? last.at, t), last.at)
        }
        let gone = latest.values.filter { $0.act == .withdrawn }.sorted { $0.at > $1.at }
        let deleted: [XML] = gone.map { notice in
            """
            <at:deleted-entry ref="urn:uuid:\(notice.item.name)" when="\(notice.at.iso8601)">\
            <at:comment xml:lang="\(t.language.code)">\(NoticeWords(notice, publisher, t).description)</at:comment></at:deleted-entry>

            """
        }
        let changed = entries.map(\.1) + gone.map(\.at) + [status.updatedAt ?? Instant(milliseconds: 0)]
        let updated = changed.max() ?? Instant(milliseconds: 0)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" \
            xmlns:georss="http://www.georss.org/georss" xml:lang="\(t.language.code)">
            <id>\(Self.id(publisher, "status/\(t.language.code)"))</id>
            <title>\(t("feed.title|What is true now")) – \(publisher.name(t.language))</title>
            <subtitle>\(t("now.rule|We say “confirmed” when a trained person saw it, or two people checked proof."))</subtitle>
            <updated>\(updated.iso8601)</updated>
            <author><name>\(publisher.name(t.language))</name></author>
            \(links(t))\(entries.sorted { $0.1 > $1.1 }.map(\.0))\(deleted)</feed>

            """
    }

    /// RFC 4151: a name for a feed that stays when the address of the host changes its pages.
    package static func id(_ publisher: CAP.Publisher, _ path: String) -> String {
        "tag:\(publisher.sender.split(separator: "@").last ?? "localhost"),2026:vecinos/\(path)"
    }

    private func links(_ t: Words) -> XML {
        let base = publisher.address ?? ""
        let others: [XML] = publisher.words.filter { $0.language != t.language }.map { other in
            """
            <link rel="alternate" type="application/atom+xml" hreflang="\(other.language.code)" href="\(base)/feeds/\(name(other.language))"/>

            """
        }
        return """
            <link rel="self" type="application/atom+xml" href="\(base)/feeds/\(name(t.language))"/>
            <link rel="alternate" type="text/html" hreflang="\(t.language.code)" href="\(base)/now"/>
            \(others)
            """
    }

    private func entry(_ notice: PublicNotice, since published: Instant, _ t: Words) -> XML {
        let words = NoticeWords(notice, publisher, t)
        let item = notice.item
        var where_ = XML.empty
        if let cell = item.cell(in: publisher.places) {
            let corners = cell.corners(in: publisher.places.grid)
            let ring = (corners + corners.prefix(1)).map { CAP.pair($0, " ") }.joined(separator: " ")
            where_ = "<georss:polygon>\(ring)</georss:polygon>\n"
        }
        let alert: XML? =
            notice.cap == nil
            ? nil
            : """
            <link rel="related" type="application/cap+xml" href="\(publisher.address ?? "")/feeds/cap/\(notice.id).xml"/>

            """
        return """
            <entry>
            <id>urn:uuid:\(item.name)</id>
            <title>\(words.headline)</title>
            <published>\(published.iso8601)</published>
            <updated>\(notice.at.iso8601)</updated>
            <category term="\(item.truth.rawValue)" label="\(t(item.truth.label))"/>
            \(item.isOver ? "<category term=\"over\"/>\n" : .empty as XML)\(item.isExercise ? "<category term=\"exercise\"/>\n" : .empty as XML)\
            <link rel="alternate" type="text/html" href="\(publisher.address ?? "")/now"/>
            \(alert)\(where_)<summary>\(words.description)</summary>
            </entry>

            """
    }
}

extension PublicNotice {
    /// For what was answered before there were notices.
    fileprivate init(told item: PublicStatus.Item) {
        self.init(
            id: .new(at: item.answeredAt),
            incident: item.id,
            act: .told,
            chain: nil,
            at: item.answeredAt,
            item: item,
            sender: nil,
            cap: nil,
            signature: nil
        )
    }
}

/// The alerts of the last days as an Atom feed: one entry an alert, newest first, each with its file and its signature.
package struct AlertIndex: Sendable {
    let alerts: [PublicNotice]
    let publisher: CAP.Publisher

    /// `alerts`: oldest first; those that are not written yet are left out.
    package init(_ alerts: [PublicNotice], by publisher: CAP.Publisher) {
        (self.alerts, self.publisher) = (alerts.filter { $0.cap != nil }, publisher)
    }

    package func xml(_ t: Words) -> XML {
        let base = publisher.address ?? ""
        let updated = alerts.last?.at ?? Instant(milliseconds: 0)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="\(t.language.code)">
            <id>\(StatusFeed.id(publisher, "alerts"))</id>
            <title>\(t("feed.alerts|Alerts")) – \(publisher.name(t.language))</title>
            <updated>\(updated.iso8601)</updated>
            <author><name>\(publisher.name(t.language))</name></author>
            <link rel="self" type="application/atom+xml" href="\(base)/feeds/cap.atom"/>
            <link rel="alternate" type="text/html" href="\(base)/now"/>
            \(alerts.reversed().map { entry($0, base, t) })</feed>

            """
    }

    private func entry(_ notice: PublicNotice, _ base: String, _ t: Words) -> XML {
        let words = NoticeWords(notice, publisher, t)
        let signature: XML? =
            notice.signature == nil
            ? nil
            : """
            <link rel="related" type="text/plain" title="\(t("feed.signature|Signature"))" href="\(base)/feeds/cap/\(notice.id).sig"/>

            """
        return """
            <entry>
            <id>urn:uuid:\(notice.id)</id>
            <title>\(words.headline)</title>
            <published>\(notice.at.iso8601)</published>
            <updated>\(notice.at.iso8601)</updated>
            <category term="\(notice.act.rawValue)"/>
            <link rel="alternate" type="application/cap+xml" href="\(base)/feeds/cap/\(notice.id).xml"/>
            \(signature)<summary>\(words.description)</summary>
            </entry>

            """
    }
}
