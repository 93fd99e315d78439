// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Response

/// What may have gone out twice, by mark: no address, no name, no number of a subscriber.
struct TwicePart {
    /// As many marks as stand on one page.
    static let most = 200

    let site: Site
    let t: Words

    /// One broadcast's message on one channel. `name`: what it was; `more`: where the marks behind these are.
    func run(_ run: TwiceRun, _ marks: [TwiceRun.Mark], name: HTML, from: Int = 0, more: String) -> HTML {
        let end = from + marks.count
        let shown: HTML =
            marks.count == run.count
            ? .empty
            : "<p class=\"meta\">\(t("twice.shown|Shown: {from} to {to}.", ["from": "\(marks.isEmpty ? 0 : from + 1)", "to": "\(end)"]))</p>"
        let onward: HTML =
            end < run.count && !marks.isEmpty
            ? "<p><a href=\"\(more)&amp;from=\(end)\">\(t("twice.more|The next ones"))</a></p>" : .empty
        return """
            <section class="stack close"><h2>\(name)</h2><p class="meta"><strong>\(t(run.channel.label))</strong> \
            <span>\(t("twice.count|{n} message|{n} messages", n: run.count))</span> \
            <span>\(t("twice.noticed|Noticed")) \(Parts.time(run.noticedAt, now: site.now, t))</span></p>\(shown)\
            \(table(marks))\(onward)</section>
            """
    }

    private func table(_ marks: [TwiceRun.Mark]) -> HTML {
        let fate = t("twice.fate|What came of it")
        let rows: [HTML] = marks.map { one in
            "<tr><th scope=\"row\"><code>\(one.mark)</code></th><td data-label=\"\(fate)\">\(t(Self.words(one.fate)))</td></tr>"
        }
        return """
            <div class="tables wrap"><table><thead><tr><th scope="col">\(t("twice.mark|Mark"))</th>\
            <th scope="col">\(fate)</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// Messages to one person each.
    func single(_ rows: [(row: Outbox, about: Phrase)]) -> HTML {
        let (how, about) = (t("contact.channel|How"), t("twice.about|What it was"))
        let (noticed, fate) = (t("twice.noticed|Noticed"), t("twice.fate|What came of it"))
        let lines: [HTML] = rows.map { one in
            """
            <tr><th scope="row"><code>\(one.row.id.text)</code></th><td data-label="\(how)">\(t(one.row.channel.label))</td>\
            <td data-label="\(about)">\(t(one.about))</td>\
            <td data-label="\(noticed)">\(one.row.twiceAt.map { Parts.time($0, now: site.now, t) })</td>\
            <td data-label="\(fate)">\(t(Self.words(one.row.state)))</td></tr>
            """
        }
        return """
            <div class="tables wrap"><table><thead><tr><th scope="col">\(t("twice.mark|Mark"))</th>\
            <th scope="col">\(how)</th><th scope="col">\(about)</th>\
            <th scope="col">\(noticed)</th><th scope="col">\(fate)</th></tr></thead>\
            <tbody>\(lines)</tbody></table></div>
            """
    }

    var lead: HTML {
        """
        <p class="lead">\(t("twice.lead|The server stopped while it was sending these, or a provider took one and did not answer. Each was sent again."))</p>\
        <p>\(t("twice.marks|Both copies carry the same mark. The provider’s own list shows if it took one or two. No address is here, and none can be found from a mark without this server’s key."))</p>
        """
    }

    private static func words(_ fate: TwiceRun.Mark.Fate) -> Phrase {
        switch fate {
        case .waiting: "channels.waiting|Waiting"
        case .sent: "channels.sent|Sent"
        case .failed: "channels.dead|Given up"
        case .stopped: "broadcast.said_stop|Said stop"
        }
    }

    private static func words(_ state: Outbox.State) -> Phrase {
        switch state {
        case .waiting, .leased: "channels.waiting|Waiting"
        case .sent: "channels.sent|Sent"
        case .dead: "channels.dead|Given up"
        case .ended: "channels.ended|Not needed"
        }
    }
}

/// `/settings/channels/twice`: all of it, for a coordinator.
struct TwicePage {
    static let path = "/settings/channels/twice"

    let site: Site
    let t: Words
    let single: [(row: Outbox, about: Phrase)]
    let runs: [TwiceRun]
    let tellings: [Int64: Telling]
    /// The run whose marks are asked for, and those from the place that is asked for.
    var chosen: (run: TwiceRun, marks: [TwiceRun.Mark], from: Int)?

    var body: HTML {
        let part = TwicePart(site: site, t: t)
        if let chosen {
            return """
                <div class="stack"><p><a href="\(Self.path)">\(t("twice.title|May have gone out twice"))</a></p>\
                <h1>\(t("twice.title|May have gone out twice"))</h1>\(part.lead)\
                \(part.run(chosen.run, chosen.marks, name: name(chosen.run), from: chosen.from, more: "\(Self.path)?run=\(Self.key(chosen.run))"))</div>
                """
        }
        let none: HTML =
            single.isEmpty && runs.isEmpty ? "<p role=\"status\">\(t("channels.twice_none|None."))</p>" : .empty
        let many: [HTML] = runs.map { run in
            """
            <li><a href="\(Self.path)?run=\(Self.key(run))">\(name(run))</a><p class="meta"><span>\(t(run.channel.label))</span> \
            <span>\(t("twice.count|{n} message|{n} messages", n: run.count))</span> \(Parts.time(run.noticedAt, now: site.now, t))</p></li>
            """
        }
        return """
            <div class="stack"><p><a href="/settings/channels">\(t("channels.title|Channels"))</a></p>\
            <h1>\(t("twice.title|May have gone out twice"))</h1>\(part.lead)\(none)\
            \(runs.isEmpty ? .empty : "<section class=\"stack close\"><h2>\(t("twice.to_many|Messages to subscribers"))</h2><ul>\(many)</ul></section>" as HTML)\
            \(single.isEmpty ? .empty : "<section class=\"stack close\"><h2>\(t("twice.to_one|Messages to one person"))</h2>\(part.single(single))</section>" as HTML)</div>
            """
    }

    /// A number and a channel: `12.sms`.
    static func key(_ run: TwiceRun) -> String { "\(run.bulletin).\(run.channel.rawValue)" }

    static func read(_ key: some StringProtocol) -> (bulletin: Int64, channel: ChannelKind)? {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]), let kind = ChannelKind(rawValue: String(parts[1])) else {
            return nil
        }
        return (number, kind)
    }

    private func name(_ run: TwiceRun) -> HTML {
        guard let telling = tellings[run.bulletin] else { return "<code>\(run.cause)</code>" }
        return "\(t(telling.act.label))"
    }
}
