// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// A fact wherever it is shown: its words, how it stands, where it holds, since when, and its sources. The typed
/// attributes are what a test reads on every page: nothing unsettled may stand without its mark.
struct FactBlock {
    /// `card`: with sources. `line`: a short form for lists.
    enum Size { case card, line }

    let rights: Rights
    let entry: Rights.Entry
    let t: Words
    var size = Size.card

    var html: HTML {
        entry.standing == .recalled
            ? Self.recalled(entry.id, on: entry.fact.recalled?.on, t)
            : size == .card ? card : line
    }

    /// Nothing of a recalled fact is shown but that it was taken back.
    static func recalled(_ id: String, on day: String?, _ t: Words) -> HTML {
        let when = day.map { "<time datetime=\"\($0)\">\(t.date($0))</time>. " as HTML } ?? .empty
        return """
            <section class="fact" data-fact="\(id)" data-standing="recalled">\(StandingMark(.recalled, t).html)\
            <p><b>\(when)\(t("rights.recalled_words|We took this back. Don’t count on it. Call us, or ask a lawyer."))</b></p></section>
            """
    }

    private var words: (text: FactText, language: Language) { entry.words(t.language) }

    private var card: HTML {
        let (text, language) = words
        return """
            <section class="fact" data-fact="\(entry.id)" data-standing="\(entry.standing.rawValue)" \
            data-state="\(text.state.rawValue)" data-revision="\(entry.revision)">\
            \(entry.standing == .settled ? .empty : StandingMark(entry.standing, t).html)\
            <p class="statement"\(language.mark(t))>\(text.statement)</p><p\(language.mark(t))>\(text.means)</p>\
            \(dispute(text, language))\(untranslated(language))\(elsewhere)\(sources(text))</section>
            """
    }

    private var line: HTML {
        let (text, language) = words
        return """
            <section class="fact" data-fact="\(entry.id)" data-standing="\(entry.standing.rawValue)" \
            data-state="\(text.state.rawValue)">\(StandingMark(entry.standing, t).html)\
            <p class="statement"\(language.mark(t))>\(text.statement)</p><p\(language.mark(t))>\(text.means)</p>\
            \(dispute(text, language))\(untranslated(language))<p class="soft">\(place) · \(asOf)</p></section>
            """
    }

    private func dispute(_ text: FactText, _ language: Language) -> HTML {
        text.dispute.map {
            """
            <p class="contested"><b>\(t("rights.who_says|Not settled:"))</b> <span\(language.mark(t))>\($0)</span></p>
            """
        } ?? .empty
    }

    private func untranslated(_ language: Language) -> HTML { language == t.language ? .empty : NotYet(t).html }

    private var place: HTML { HTML.text(rights.jurisdiction(entry.fact.jurisdiction, t.language)) }

    private var asOf: HTML {
        """
        \(t("rights.as_of|As of")) <time datetime="\(entry.fact.asOf)">\(t.date(entry.fact.asOf))</time>
        """
    }

    /// As it holds in other circuits, for somebody who is held or stopped there.
    private var elsewhere: HTML {
        guard !entry.elsewhere.isEmpty else { return .empty }
        let rows: [HTML] = entry.elsewhere.map { variant in
            let fact = Self.standing(of: variant, after: entry, on: rights.day)
            let text = variant.text[t.language.code].flatMap { $0.state == .outdated ? nil : $0 } ?? variant.text["en"]
            let language: Language =
                variant.text[t.language.code]?.state == .outdated
                    || variant.text[t.language.code] == nil ? .english : t.language
            return """
                <li data-fact="\(entry.id)@\(variant.circuit)" data-standing="\(fact.rawValue)">\
                <b>\(rights.jurisdiction(variant.circuit, t.language))</b> \(StandingMark(fact, t).html)\
                <p\(language.mark(t))>\(text?.statement ?? "")</p>\(untranslated(language))</li>
                """
        }
        return """
            <details class="sources"><summary>\(t("rights.other_regions|Somewhere else in the country?"))</summary>\
            <ul class="open-points">\(rows)</ul></details>
            """
    }

    static func standing(of variant: Fact.Variant, after entry: Rights.Entry, on day: String) -> Standing {
        if day > variant.reviewBy ?? entry.fact.reviewBy { return .expired }
        return switch variant.status {
        case .settled: .settled
        case .contested: .contested
        case .blocked: .blocked
        case .pending: .pending
        }
    }

    private func sources(_ text: FactText) -> HTML {
        let mark: HTML = entry.standing == .settled ? StandingMark(.settled, t).html : .empty
        let list: [HTML] = entry.fact.sources.map { source in
            let name: HTML =
                source.url.map { "<a href=\"\($0)\" rel=\"noreferrer\" lang=\"en\">\(source.name)</a>" }
                ?? "<span lang=\"en\">\(source.name)</span>"
            let unread: HTML =
                source.seen ? .empty : " <span class=\"soft\">(\(t("rights.unread|not read again")))</span>"
            return "<li>\(name), <time datetime=\"\(source.date)\">\(t.date(source.date))</time>\(unread)</li>"
        }
        return """
            <details class="sources"><summary>\(mark)<span>\(place) · \(asOf)</span></summary>\
            <p>\(t("rights.next|Next check")): <time datetime="\(entry.fact.reviewBy)">\(t.date(entry.fact.reviewBy))</time>. \
            \(t(text.words))</p><ul>\(list)</ul></details>
            """
    }
}

/// The mark of how a fact stands: a picture and words.
struct StandingMark {
    let standing: Standing
    let t: Words

    init(_ standing: Standing, _ t: Words) { (self.standing, self.t) = (standing, t) }

    var html: HTML {
        let (tone, icon) = look
        return """
            <span class="state \(tone) chip" data-mark="\(standing.rawValue)">\(Parts.icon(icon))\(words)</span>
            """
    }

    var words: String { t(standing.words) }

    private var look: (tone: String, icon: String) {
        switch standing {
        case .settled: ("good", "check-circle")
        case .contested: ("warn", "question")
        case .blocked: ("plum", "pause")
        case .pending: ("plum", "clock")
        case .expired: ("warn", "clock")
        case .recalled: ("urgent", "alert")
        }
    }
}

/// English stands in for words that aren't there yet.
struct NotYet {
    let t: Words

    init(_ t: Words) { self.t = t }

    var html: HTML {
        "<p class=\"hint\" data-untranslated>\(Parts.icon("globe"))\(t("rights.not_yet|Not yet in your language."))</p>"
    }
}

extension FactText {
    /// How far they were checked.
    var words: Phrase {
        switch state {
        case .draft, .outdated: "rights.state_draft|Draft: a person has not checked these words yet."
        case .checked: "rights.state_checked|A person has checked these words."
        case .approved: "rights.state_approved|Our lawyer has approved these words."
        }
    }
}

extension Words {
    /// "Nov 22, 2026" of `2026-11-22`.
    func date(_ day: String) -> String {
        let parts = day.split(separator: "-").map(String.init)
        let months = self("time.months|Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split(separator: " ")
        guard parts.count == 3, let month = Int(parts[1]), months.indices.contains(month - 1), let date = Int(parts[2])
        else { return day }
        return self(
            "time.date|{month} {day}, {year}",
            ["month": String(months[month - 1]), "day": String(date), "year": parts[0]]
        )
    }
}
