// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

/// The short words of the board for where an incident stands: always with an icon.
struct BoardMark {
    let tone: String
    let icon: String
    let words: String

    init(_ card: Board.Card, _ t: Words) { self.init(card.truth, card.state, isOver: card.isOver, t) }

    init(_ truth: Truth, _ state: IncidentState, isOver: Bool, _ t: Words) {
        switch (truth, state) {
        case (.unknown, .verifying): (tone, icon, words) = ("checking", "lens", t("board.checking|Checking"))
        case (.unknown, _): (tone, icon, words) = ("checking", "dot", t("board.new|New"))
        case (.confirmed, _) where isOver: (tone, icon, words) = ("", "check", t("board.over|Over"))
        case (.confirmed, _): (tone, icon, words) = ("urgent", "alert", t("board.confirmed|Confirmed"))
        case (.notEnforcement, _): (tone, icon, words) = ("good", "check-circle", t("board.not|Not officers"))
        case (.unfounded, _): (tone, icon, words) = ("good", "check-circle", t("board.nothing|Nothing there"))
        case (.unable, _): (tone, icon, words) = ("", "question", t("board.unable|Could not check"))
        }
    }

    var html: HTML { Parts.state(tone, icon, words) }
}

/// One card of a list: the same on the page and in the stream. Holds nothing sealed.
struct BoardCard {
    let site: Site
    let t: Words
    let card: Board.Card
    /// The newest event that the card knows.
    let cursor: Int64
    var isOpen = false

    var html: HTML {
        let mark = BoardMark(card, t)
        let path = "/board/incidents/\(card.id.text)"
        return """
            <li class="card \(mark.tone)" id="incident-\(card.id)" data-id="\(card.id)" data-version="\(cursor)" \
            data-order="\(card.order)"><a href="\(path)" data-pane="\(path)/pane"\(isOpen ? " aria-current=\"true\"" : .empty as HTML)>\
            \(exercise)<strong>\(t(card.kind.label))</strong><span class="meta">\(mark.html)<span class="place">\
            \(site.placeName(card.zone, t))</span><span class="mark"></span></span>\
            <span class="meta">\(people)\(age)\(level)\(alike)</span></a></li>
            """
    }

    private var people: HTML {
        // Before all else: somebody out there doesn't answer.
        if card.overdue > 0 { return Parts.state("urgent", "alert", t("people_side.missed|Missed a check-in")) }
        return "<span>\(tally)</span>"
    }

    private var tally: String {
        if card.onScene > 0 { return t("board.on_scene|{n} on scene|{n} on scene", n: card.onScene) }
        if card.onTheWay > 0 { return t("board.on_the_way|{n} on the way|{n} on the way", n: card.onTheWay) }
        if card.accepted > 0 { return t("board.accepted|{n} said yes|{n} said yes", n: card.accepted) }
        if card.asked > 0 { return t("board.asked|{n} asked|{n} asked", n: card.asked) }
        return t("board.reports|{n} report|{n} reports", n: card.reports)
    }

    private var age: HTML {
        let waits = card.column == .verify
        let since = waits ? card.seenAt : card.answeredAt ?? card.lastReportAt
        let now = site.now
        let isLate = waits ? now - since >= site.timings.pageCoordinator : card.needsReview(at: now)
        let isSlow = waits && now - since >= site.timings.waveThree
        let time: HTML = """
            <time datetime="\(since.iso8601)" title="\(t.moment(since))" data-relative="short">\(t.span(now - since))</time>
            """
        let words: HTML =
            if isLate {
                waits
                    ? "<span>\(time), \(t("board.late|late"))</span>"
                    : "<span>\(time), \(t("board.look_again|look again"))</span>"
            } else {
                time
            }
        return "<span class=\"age\(isLate ? " urgent" : isSlow ? " warn" : "")\">\(Parts.icon("clock"))\(words)</span>"
    }

    private var level: HTML { LevelMark(card.level, t).html }

    /// How many say the same, while that decides who is looked at first; on what stands beside it for who points at it.
    private var agreement: HTML {
        guard card.column == .verify, card.accord.accounts >= 2 else { return .empty }
        let agree = t("board.agree|{n} agrees|{n} agree", n: card.accord.accounts)
        return """
            <span class="agree" title="\(AccordWords(card.accord, t).text)">\(Parts.state("", "people", agree))</span>
            """
    }

    /// What says the same stays on one line; who wrote does not.
    private var alike: HTML {
        let same: HTML =
            card.suggestions > 0
            ? Parts.state("warn", "merge", t("board.maybe_same|{n} alike|{n} alike", n: card.suggestions)) : .empty
        let message: HTML =
            card.hasMessage ? Parts.state("checking", "chat", t("board.message|Reporter wrote")) : .empty
        return "\(message)<span class=\"alike\">\(agreement)\(same)</span>"
    }

    private var exercise: HTML {
        guard card.isExercise else { return .empty }
        return "<span class=\"exercise\">\(Parts.state("plum", "flag", t("board.exercise|Exercise")))</span>"
    }
}

/// Why a card stands where it stands, in one line.
struct AccordWords {
    let text: String

    init(_ accord: Accord, _ t: Words) {
        let questions = accord.agreed.map { t($0.label) }.joined(separator: " ")
        let same: Phrase = Phrase("board.agree_on|The same answers: {questions}", ["questions": questions])
        text = (accord.reasons + (questions.isEmpty ? [] : [same])).map { t($0) }.joined(separator: ". ")
    }
}

/// How well we know: L0 to L4, with its words for who points at it or hears it.
struct LevelMark {
    let html: HTML

    init(_ level: EvidenceLevel, _ t: Words) {
        html = """
            <span class="level" data-level="\(level.rawValue)" title="\(t(level.label))">\(level.name)\
            <span class="visually-hidden">: \(t(level.label))</span></span>
            """
    }
}
