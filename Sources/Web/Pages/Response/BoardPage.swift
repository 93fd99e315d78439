// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// The live board: lists at the left, the open incident in the middle, people and the map at the side.
struct BoardPage {
    let site: Site
    let t: Words
    let board: LiveBoard.Window
    /// How many cards of each list are shown.
    let most: Int
    let opened: Ref<Incident>?
    /// The place of the one that is open.
    let zone: String?
    /// What stands in `#pane`; nil when nothing is open.
    let pane: HTML?
    /// What stands in `#people`.
    let people: HTML
    /// What stands in `#messages`: what the member was told and did not see yet.
    let messages: HTML
    /// What stands in `#alerts`: what is told outside.
    let alerts: HTML
    /// The strip that says that our own people rehearse; hidden while they don't.
    let drill: HTML
    let mayAdd: Bool
    /// What a coalition that begins does next, before the figures of a board where nothing is open.
    let steps: HTML?

    private var figures: Board.Counts { site.figures(board.counts) }
    private var counts: BoardCounts { BoardCounts(figures) }
    /// Where this page is, without what was asked for.
    private var path: String { opened.map { "/board/incidents/\($0.text)" } ?? "/board" }

    var body: HTML {
        """
        <div class="lists" data-cursor="\(board.cursor)">\(list(.verify, t("board.to_verify|To verify"), add, before: drill))\(list(.active, t("board.active|Active"), .empty))\(answered)</div>\
        <section class="pane" id="pane" aria-label="\(t("board.incident|Incident"))" tabindex="-1" \
        data-stale-words="\(t("board.stale|This changed while you were writing."))" \
        data-stale-since="\(t("incident.since|Since you looked:"))" \
        data-stale-button="\(t("board.stale_button|Show the change"))" \
        data-failed-words="\(t("offline.failed|It did not work. Nothing was lost. Try again with more signal."))">\
        \(pane ?? empty)</section>\
        <aside class="people" aria-label="\(t("board.side|People and place"))"><section><div id="messages" aria-live="polite">\(messages)</div><div id="alerts">\(alerts)</div><div id="people">\(people)</div></section>\
        <section id="map">\(BoardMap(site: site, marks: board.marks, opened: zone).html(t))</section></aside>\
        <p class="visually-hidden" aria-live="polite" id="announce" data-new="\(t("board.say_new|New: {title}"))" \
        data-active="\(t("board.say_active|Active now: {title}"))" data-closed="\(t("board.say_answered|Answered: {title}"))" \
        data-gone="\(t("board.say_gone|Closed: {title}"))"></p>\(keys)
        """
    }

    /// For the header: the two figures that matter, how much is only rehearsed, and whether the stream lives.
    var header: HTML {
        """
        <p class="counts" data-counts><span class="state urgent">\(Parts.icon("alert"))<span>\(counts.html("confirmed")) \
        \(t("board.count_confirmed|confirmed"))</span></span><span class="state checking">\(Parts.icon("lens"))<span>\
        \(counts.html("checking")) \(t("board.count_checking|checking"))</span></span>\
        <span class="state plum" data-unless-none\(figures.exercises > 0 ? .empty : " hidden" as HTML)>\(Parts.icon("flag"))\
        <span>\(counts.html("exercises")) <span class="words">\(t("board.count_exercises|in the drill"))</span></span></span></p>\
        <p class="link" role="status" id="link" data-state="wait" data-live="\(t("board.live|Live"))" \
        data-offline="\(t("board.offline|Offline. Trying again."))" \
        data-stale="\(t("board.not_since|Not up to date since {time}"))" data-wait="\(t("board.wait|Connecting"))"></p>
        """
    }

    private var add: HTML {
        guard mayAdd else { return .empty }
        return """
            <p><a class="button small quiet wide" href="/board/incidents/new" data-key="y">\(Parts.icon("plus"))\
            \(t("board.add|Add what you heard"))</a></p>
            """
    }

    private func list(_ column: Board.Column, _ title: String, _ rest: HTML, before: HTML = .empty) -> HTML {
        let name = column.rawValue
        return """
            <section aria-labelledby="\(name)-h"><h2 id="\(name)-h">\(title) <span class="count">\(counts.plain(name))</span></h2>\
            <div class="stack tight">\(before)\(deck(column))\(rest)</div></section>
            """
    }

    private func deck(_ column: Board.Column) -> HTML {
        let rendered = board.list(column).map {
            BoardCard(site: site, t: t, card: $0, cursor: board.cursor, isOpen: $0.id == opened).html
        }
        return """
            <ul class="deck" id="column-\(column.rawValue)" data-new="\(t("board.mark_new|new"))" \
            data-moved="\(t("board.mark_moved|moved"))" data-updated="\(t("board.mark_updated|updated"))">\(rendered)</ul>\(rest(column))
            """
    }

    /// A long list is sent in parts: what comes next is behind a link, which works without scripts too.
    private func rest(_ column: Board.Column) -> HTML {
        let (shown, all) = (board.list(column).count, board.counts.columns[column] ?? 0)
        let words = { (shown: String, all: String) in
            t("board.more|Show more ({shown} of {all})", ["shown": shown, "all": all])
        }
        let name = column.rawValue
        return """
            <p data-more="\(name)" data-words="\(words("{shown}", "{all}"))"\(shown < all ? .empty : " hidden" as HTML)>\
            <a class="button small quiet wide" href="\(path)?show=\(most + Self.part)#column-\(name)">\
            \(words("\(shown)", "\(all)"))</a></p>
            """
    }

    /// How many cards of a list come at a time, and at most.
    static let part = 100
    static let mostCards = 10_000

    private var answered: HTML {
        """
        <details class="answered"><summary>\(t("board.answered|Answered, to close")) <span class="count push soft">\(counts.plain("closed")) · \
        \(counts.plain("false_today")) \(t("board.false_today|false today"))</span></summary>\(deck(.closed))</details>
        """
    }

    private var empty: HTML {
        let numbers: [(String, HTML)] = [
            (t("board.figure_waiting|to verify"), counts.plain("unverified")),
            (t("board.figure_confirmed|confirmed today"), counts.plain("confirmed_today")),
            (t("board.figure_false|found false today"), counts.plain("false_today")),
            (t("board.figure_unable|could not check"), counts.plain("unable_today")),
        ]
        return """
            <header class="pane-head"><h1>\(t("board.nothing_open|No card is open"))</h1></header><div class="pane-body stack">\
            \(steps)<dl class="big-figures">\(numbers.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML })</dl>\
            <div class="empty">\(Parts.icon("list"))<strong>\(t("board.choose|Choose a card to open it"))</strong>\
            <p>\(t("board.choose_words|New reports come into the lists by themselves.")) \
            \(t("board.first|What several people saw alike comes first. The longer a card waits, the higher it stands."))</p>\
            <p class="needs-script"><kbd>J</kbd> <kbd>K</kbd> \(t("board.key_move|next, previous card")) · <kbd>Enter</kbd> \
            \(t("board.key_open|open the card")) · <kbd>?</kbd> \(t("board.key_keys|all keys"))</p></div></div>
            """
    }

    private var keys: HTML {
        let all: [([String], String)] = [
            (["J", "K"], t("board.key_move|next, previous card")), (["Enter"], t("board.key_open|open the card")),
            (["S"], t("board.key_card|send the run card")), (["E"], t("board.key_others|send others")),
            (["L"], t("board.key_meet|say where they meet")),
            (["H"], t("board.key_call_off|call somebody off")),
            (["W"], t("board.key_checking|I am checking this, or not after all")),
            (["C"], t("board.key_confirmed|confirmed")),
            (["N"], t("board.key_not|not officers")), (["U"], t("board.key_nothing|nothing there")),
            (["I"], t("board.key_unable|unable to check")), (["M"], t("board.key_merge|merge")),
            (["F"], t("board.key_same|not the same")), (["P"], t("board.key_split|split")),
            (["Q"], t("board.key_ask|ask the reporter")), (["Z"], t("board.key_spam|spam")),
            (["T"], t("board.key_rename|rename")), (["O"], t("board.key_over|it is over")),
            (["R"], t("board.key_review|still going on")), (["A"], t("board.key_alert|write an alert")),
            (["X"], t("board.key_close|close it")), (["V"], t("board.key_reopen|open it again")),
            (["B"], t("board.key_debrief|debrief")), (["Y"], t("board.key_add|add what you heard")),
            (["G", "V"], t("board.key_verify|go to “to verify”")), (["G", "A"], t("board.key_active|go to “active”")),
            (["G", "I"], t("board.key_pane|go to the open card")),
            (["G", "P"], t("board.key_people|go to people")), (["G", "M"], t("board.key_map|go to the map")),
            (["D"], t("board.key_drill|stop the drill")), (["Esc"], t("board.key_back|leave a form")),
            (["?"], t("board.key_these|these keys")),
        ]
        let rows: [HTML] = all.map { keys, words in
            let marks: [HTML] = keys.map { "<kbd>\($0)</kbd> " }
            return "<div><dt>\(marks)</dt><dd>\(words)</dd></div>"
        }
        return """
            <dialog id="keys" aria-labelledby="keys-h"><div class="stack close"><h2 id="keys-h" tabindex="-1">\(t("shell.keys|Keys"))</h2>\
            <dl class="keys">\(rows)</dl><label class="check"><input type="checkbox" data-keys-on checked> \
            \(t("board.use_keys|Use these keys"))</label><form method="dialog"><button class="first">\(t("board.close_keys|Close"))</button>\
            </form></div></dialog>
            """
    }
}

/// What a member was told and did not answer: each with a button that says "I saw it".
struct MessageList {
    let t: Words
    let now: Instant
    let token: String
    let back: String
    let messages: [Told]

    /// One message, and where it leads.
    struct Told: Sendable {
        let id: String
        /// Another one when it says more than before.
        let mark: String
        let words: @Sendable (Words) -> String
        let at: Instant
        let path: String?
        /// It says that something ended: nobody waits for an answer.
        let isEnd: Bool
        /// Yes or no is asked of an attorney.
        let isForAttorney: Bool

        func link(_ t: Words) -> HTML { path.map { "<a href=\"\($0)\">\(words(t))</a>" } ?? "\(words(t))" }
    }

    /// As one note with one button, the same sentence once.
    var joined: HTML {
        guard let first = messages.first else { return .empty }
        var lines: [(words: String, told: [Told])] = []
        for message in messages {
            let words = message.words(t)
            if let known = lines.firstIndex(where: { $0.words == words }) {
                lines[known].told.append(message)
            } else {
                lines.append((words, [message]))
            }
        }
        let rows: [HTML] = lines.map { words, told in
            let said: HTML = told.count > 1 ? "\(words)" : told[0].link(t)
            let many: HTML = told.count > 1 ? " <b class=\"number\">× \(told.count)</b>" : .empty
            return "<li>\(said)\(many) \(Parts.time(told[0].at, now: now, t))</li>"
        }
        let fields = [("back", back)] + messages.dropFirst().map { ("also", $0.id) }
        return """
            <div class="note" data-ended>\(Parts.icon("check"))<div><ul>\(rows)</ul>\
            \(Parts.button("/messages/\(first.id)/acknowledgement", "\(t("messages.seen|I saw it"))", token: token, class: "small", fields: fields))</div></div>
            """
    }

    var html: HTML {
        let notes: [HTML] = messages.map { message in
            """
            <div class="note warn" data-message="\(message.mark)">\(Parts.icon("bell"))<div><p>\(message.link(t)) \(Parts.time(message.at, now: now, t))</p>\
            \(answers(message))</div></div>
            """
        }
        return "\(notes)"
    }

    private func answers(_ message: Told) -> HTML {
        let all = MessageAnswers(t: t, token: token, back: back)
        return message.isForAttorney ? all.attorney(message.id) : all.seen(message.id)
    }
}

/// What a member says to a message, in the app.
struct MessageAnswers {
    let t: Words
    let token: String
    let back: String

    func seen(_ id: String) -> HTML {
        let words = t("messages.seen|I saw it")
        return Parts.button(
            "/messages/\(id)/acknowledgement",
            "\(words)",
            token: token,
            class: "small",
            fields: [("back", back)]
        )
    }

    func attorney(_ id: String, acknowledged: Bool = false, declined: Bool = false) -> HTML {
        if acknowledged { return answer(id, .no, t("answer.cannot_after_all|I can’t after all"), "small quiet") }
        if declined { return answer(id, .yes, t("answer.can_after_all|I can after all"), "small quiet") }
        return """
            <div class="row">\(answer(id, .yes, t("answer.on_it|I am on it"), "small"))\
            \(answer(id, .no, t("answer.cannot|I can’t"), "small quiet"))</div>
            """
    }

    private func answer(_ id: String, _ answer: AskedBrief.Answer, _ words: String, _ look: String) -> HTML {
        Parts.button(
            "/messages/\(id)/answer",
            "\(words)",
            token: token,
            class: look,
            fields: [("back", back), ("answer", answer.rawValue)]
        )
    }
}
