// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import People

/// All facts for members: what waits for somebody first, then what must be read again soonest.
struct FactListPage {
    let rights: Rights
    let waiting: [FactRevision]
    let now: Instant
    let t: Words

    var body: HTML {
        """
        <div class="row apart"><h1>\(t("place.facts|Facts"))</h1><a class="button" href="\(RecordingPages.path)">\(Parts.icon("speak"))\
        \(t("recording.title|Recordings"))</a><a class="button" href="/facts/batches">\(Parts.icon("paper"))\
        \(t("print.batches|Printed texts"))</a><a class="button accent" href="/facts/new">\(Parts.icon("plus"))\
        \(t("facts.new|A new fact"))</a></div>\
        <section class="stack close"><h2>\(t("facts.waiting|Waiting for somebody"))</h2>\(waitingList)</section>\
        <section class="stack close"><h2>\(t("facts.all|{n} fact|{n} facts", n: rights.facts.count))</h2>\
        <div class="tables"><table><thead><tr><th scope="col">\(t("facts.id|Short name"))</th><th scope="col">\(t("facts.status|How it stands"))</th>\
        <th scope="col">\(t("facts.review_by|Read it again by"))</th><th scope="col">\(t("facts.languages|Words"))</th></tr></thead>\
        <tbody>\(rights.facts.sorted { ($0.fact.reviewBy, $0.id) < ($1.fact.reviewBy, $1.id) }.map(row))</tbody></table></div></section>
        """
    }

    private var waitingList: HTML {
        guard !waiting.isEmpty else { return "<p>\(t("facts.none_waiting|Nothing waits. Drafts appear here."))</p>" }
        let rows: [HTML] = waiting.map { revision in
            """
            <li><a href="/facts/\(revision.fact)#r\(revision.number)">\(revision.fact)</a> · \(t(revision.state.words)) · \
            \(revision.written?.handle ?? "") \(Parts.time(revision.writtenAt, now: now, t))</li>
            """
        }
        return "<ul class=\"stack tight\">\(rows)</ul>"
    }

    private func row(_ entry: Rights.Entry) -> HTML {
        let states: [HTML] = entry.fact.text.sorted { $0.key < $1.key }.map { code, text in
            "<span class=\"nowrap\">\(code): \(t(text.short))</span> "
        }
        return """
            <tr><th scope="row"><a href="/facts/\(entry.id)">\(entry.id)</a></th>\
            <td data-label="\(t("facts.status|How it stands"))">\(StandingMark(entry.standing, t).html)</td>\
            <td data-label="\(t("facts.review_by|Read it again by"))"><time datetime="\(entry.fact.reviewBy)">\(t.date(entry.fact.reviewBy))</time></td>\
            <td data-label="\(t("facts.languages|Words"))">\(states)</td></tr>
            """
    }
}

/// One fact for members: as neighbors see it, what waits, and everything that came before.
struct FactPage {
    let id: String
    let rights: Rights
    let live: FactBook.Live?
    let history: [FactRevision]
    let recall: FactRevision.Step?
    let caller: Caller
    let token: String
    let now: Instant
    let reason: String
    let refusal: Refusal?
    let t: Words

    var body: HTML {
        let edit: HTML =
            live == nil
            ? .empty
            : "<a class=\"button\" href=\"/facts/\(id)/edit\">\(Parts.icon("edit"))\(t("facts.edit|Change a fact"))</a>"
        return """
            <p><a class="back" href="/facts">\(Parts.icon("back", class: "turns"))\(t("place.facts|Facts"))</a></p>\
            \(Parts.errors(refusal, labels: [("reason", "reason")], t))\
            <div class="row apart"><h1>\(id)</h1>\(edit)</div>\(recalled)\(now(live))\
            \(open.map(waiting))<section class="stack close"><h2>\(t("facts.history|History"))</h2>\
            \(history.filter { !$0.isOpen }.map(past))</section>
            """
    }

    private var open: [FactRevision] { history.filter(\.isOpen) }

    private func now(_ live: FactBook.Live?) -> HTML {
        guard live != nil, let entry = rights.entry(id) else { return .empty }
        let recallForm: HTML =
            entry.standing != .recalled && caller.can(.recallFacts)
            ? """
            <details class="fold"\(refusal?.fields["reason"] == nil ? .empty : " open" as HTML)><summary>\(Parts.icon("alert"))\(t("facts.recall|Take it back now"))</summary>\
            <form class="stack close" method="post" action="/facts/\(id)/recall">\(Parts.hidden([("_token", token)]))\
            <p>\(t("facts.recall_words|Every page, card and answer stops showing it within seconds."))</p>\
            \(Ask(name: "reason", label: t("facts.reason|Why?"), hint: t("facts.reason_hint|For colleagues. No names of people."), value: reason, limit: FactChecks.reasonLimit, control: .area(rows: 2), error: refusal?.fields["reason"]).html(t))\
            <button class="urgent">\(t("facts.recall_button|Take this fact back"))</button></form></details>
            """ : .empty
        return """
            <section class="sheet stack close"><h2>\(t("facts.live|What neighbors see"))</h2>\
            \(FactBlock(rights: rights, entry: entry, t: t).html)\(guides)\(recallForm)</section>
            """
    }

    /// Where it is shown.
    private var guides: HTML {
        let links: [HTML] = rights.guides.filter { $0.facts.contains(id) }.map { guide in
            "<a class=\"button quiet\" href=\"/rights/\(guide.id)\">\(guide.name(t.language))</a>"
        }
        return links.isEmpty
            ? .empty : "<p class=\"row\"><span class=\"soft\">\(t("facts.used|Used in:"))</span> \(links)</p>"
    }

    private var recalled: HTML {
        guard let recalled = live?.fact.recalled else { return .empty }
        let who: HTML = recall.map { " \($0.handle), \(Parts.time($0.at, now: now, t))" } ?? .empty
        let back: HTML =
            caller.can(.approveFacts)
            ? Parts.button(
                "/facts/\(id)/restoration",
                "\(Parts.icon("undo"))\(t("facts.restore|Show it again"))",
                token: token
            )
            : .empty
        return """
            <div class="note urgent">\(Parts.icon("alert"))<p><b>\(t("rights.recalled|Taken back"))</b>\(who)</p>\
            <p>\(recalled.reason)</p><div class="row">\(back)</div></div>
            """
    }

    private func waiting(_ revision: FactRevision) -> HTML {
        """
        <section class="sheet stack close" id="r\(revision.number)"><h2>\(title(revision))</h2><p>\(revision.note)</p>\
        \(difference(revision))<div class="row">\(step(revision))\
        \(Parts.button(path(revision, "decline"), "\(t("facts.decline|Put it aside"))", token: token, class: "quiet"))</div></section>
        """
    }

    private func path(_ revision: FactRevision, _ verb: String) -> String {
        "/facts/\(id)/revisions/\(revision.id.text)/\(verb)"
    }

    /// The next step, for those who may take it; else who must.
    private func step(_ revision: FactRevision) -> HTML {
        switch revision.state {
        case .draft where revision.written?.by == caller.person:
            return "<p>\(t("facts.needs_other|Somebody else reviews what you wrote."))</p>"
        case .draft:
            return read(revision, "review", t("facts.review|I have read it"))
        case .reviewed where !caller.can(.approveFacts):
            return "<p>\(t("facts.needs_attorney|An attorney approves it."))</p>"
        case .reviewed where revision.written?.by == caller.person || revision.reviewed?.by == caller.person:
            return "<p>\(t("facts.needs_third|Another attorney approves it: you wrote or reviewed it."))</p>"
        case .reviewed:
            return read(revision, "approval", t("facts.approve|Approve it"))
        case .approved, .declined, .filed: return .empty
        }
    }

    /// Which languages they vouch for.
    private func read(_ revision: FactRevision, _ verb: String, _ button: String) -> HTML {
        let boxes: [HTML] = revision.body.text.keys.sorted().map { code in
            let name = Language.known.first { $0.code == code }?.name ?? code
            return """
                <label class="row"><input type="checkbox" name="languages" value="\(code)"\(code == "en" ? " checked" : "")>\
                <span lang="\(code)">\(name)</span></label>
                """
        }
        return """
            <form class="row" method="post" action="\(path(revision, verb))">\(Parts.hidden([("_token", token)]))\
            <fieldset class="row"><legend>\(t("facts.which|Which languages did you read?"))</legend>\(boxes)</fieldset>\
            <button class="accent">\(button)</button></form>
            """
    }

    private func past(_ revision: FactRevision) -> HTML {
        """
        <details class="fold" id="r\(revision.number)"><summary>\(title(revision))</summary><p>\(revision.note)</p>\(difference(revision))</details>
        """
    }

    private func title(_ revision: FactRevision) -> HTML {
        let isLive = live?.revision == revision.number
        let people: [HTML] = [revision.written, revision.reviewed, revision.settled].compactMap { step in
            step.map { "<span class=\"soft\">\($0.handle) \(Parts.time($0.at, now: now, t))</span>" }
        }
        return """
            <span>\(t("facts.version|Version {number}", ["number": String(revision.number)])) · \(t(revision.state.words))\
            \(isLive ? " · <b>\(t("facts.is_live|live"))</b>" : .empty as HTML)</span> \(people)
            """
    }

    private func difference(_ revision: FactRevision) -> HTML {
        let before = history.first { $0.number == revision.basedOn }?.body
        let rows: [HTML] = FactDiff(from: before, to: revision.body).fields.map { field in
            let pieces: [HTML] = field.pieces.map { piece in
                switch piece {
                case .same(let words): "\(words) "
                case .removed(let words): "<del>\(words)</del> "
                case .added(let words): "<ins>\(words)</ins> "
                }
            }
            return "<dt>\(field.name)</dt><dd>\(pieces)</dd>"
        }
        return rows.isEmpty
            ? "<p class=\"soft\">\(t("facts.no_difference|The same words as before."))</p>"
            : "<dl class=\"diff\">\(rows)</dl>"
    }
}

extension FactRevision.State {
    var words: Phrase {
        switch self {
        case .draft: "facts.state_draft|Draft"
        case .reviewed: "facts.state_reviewed|Reviewed"
        case .approved: "facts.state_approved|Approved"
        case .declined: "facts.state_declined|Put aside"
        case .filed: "facts.state_filed|From the content pack"
        }
    }
}

extension FactText {
    /// One word for lists.
    var short: Phrase {
        switch state {
        case .draft: "facts.text_draft|draft"
        case .checked: "facts.text_checked|checked"
        case .approved: "facts.text_approved|approved"
        case .outdated: "facts.text_outdated|outdated"
        }
    }
}
