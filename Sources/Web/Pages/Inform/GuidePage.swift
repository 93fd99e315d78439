// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// One situation: its cards, one idea each. On a phone they are swiped, or turned by their links, without a script.
struct GuidePage {
    let site: Site
    let rights: Rights
    let guide: Guide
    let t: Words

    var body: HTML {
        """
        <header class="guide-head"><p><a class="back" href="/rights">\(Parts.icon("back", class: "turns"))\
        \(t("rights.title|Know your rights"))</a></p><h1\(guide.name.mark(t))>\(guide.name(t.language))</h1>\
        <p class="lead"\(guide.lead.mark(t))>\(guide.lead(t.language))</p>\(checker)</header>\
        <nav class="pips no-print" aria-label="\(t("rights.cards|Cards"))"><ol>\(pips)</ol></nav>\
        <div class="swipe" tabindex="0" role="region" aria-label="\(t("rights.cards|Cards"))" \
        data-edition="\(rights.edition(of: guide.facts))">\(guide.cards.enumerated().map(leaf))</div>\
        \(GuideRecordings(rights: rights, guide: guide, t: t).html)\
        \(Happening(site: site, t: t, linksRights: false).html)\(others)\
        \(GuideNotice(rights: rights, t: t, state: guide.states[t.language.code] ?? .draft).html)
        """
    }

    private var checker: HTML {
        guard let checker = guide.checker else { return .empty }
        return """
            <p class="no-print"><a class="button accent" href="/rights/\(guide.id)/check">\(Parts.icon("paper"))\
            <span\(checker.title.mark(t))>\(checker.title(t.language))</span></a></p>
            """
    }

    private var pips: [HTML] {
        guide.cards.enumerated().map { index, card in
            let standing = rights.standing(of: card.facts + (card.rests ?? []))
            let warn: HTML = standing == .settled ? .empty : " class=\"warn\""
            return """
                <li><a href="#\(card.id)"\(warn)><span aria-hidden="true">\(index + 1)</span>\
                <span class="visually-hidden"\(card.title.mark(t))>\(index + 1). \(card.title(t.language))</span></a></li>
                """
        }
    }

    private func leaf(_ index: Int, _ card: Guide.Card) -> HTML {
        LeafView(rights: rights, guide: guide, index: index, t: t).html
    }

    private var others: HTML {
        let links: [HTML] = rights.guides.filter { $0.id != guide.id }.map { other in
            """
            <a class="button quiet" href="/rights/\(other.id)">\(Parts.icon(other.icon))\
            <span\(other.name.mark(t))>\(other.name(t.language))</span></a>
            """
        }
        return """
            <section class="stack close no-print" aria-labelledby="others"><h2 id="others">\
            \(t("rights.others|Somewhere else"))</h2><nav class="cards" aria-labelledby="others">\(links)</nav></section>
            """
    }
}

/// One card of a guide.
struct LeafView {
    let rights: Rights
    let guide: Guide
    let index: Int
    let t: Words
    /// A saved copy has no sound: it asks nobody for anything.
    var speaks = true

    var html: HTML {
        guard guide.cards.indices.contains(index) else { return .empty }
        let card = guide.cards[index]
        let standing = rights.standing(of: card.facts + (card.rests ?? []))
        let (icon, kind) = Self.kind(card.kind, t)
        let missing: HTML =
            card.title.isIn(t.language) && card.words?.isIn(t.language) != false ? .empty : NotYet(t).html
        return """
            <article class="leaf \(card.kind.rawValue)" id="\(card.id)" data-standing="\(standing.rawValue)">\
            <p class="kind">\(Parts.icon(icon))\(kind)<span class="of">\(index + 1)/\(guide.cards.count)</span></p>\
            <h2\(card.title.mark(t))>\(card.title(t.language))</h2>\(missing)\(speaks ? CardSound(rights: rights, card: card, t: t).html : .empty)\(content(card, standing))\(turn(card))</article>
            """
    }

    /// When something it rests on was taken back, nothing of the card's own words is shown: only that, and what still holds.
    private func content(_ card: Guide.Card, _ standing: Standing) -> HTML {
        let blocks = card.facts.map(block)
        if standing == .recalled {
            return HTML.joined(blocks) + HTML.joined((card.rests ?? []).filter { gone($0) }.map(block))
        }
        let words: HTML =
            card.words.map { "<p\($0.mark(t))>\($0(t.language))</p>" as HTML } ?? .empty
        let say = SayBlock(sayings: (card.say ?? []).compactMap(rights.saying), t: t).html
        let facts = HTML.joined(blocks)
        let compare = card.compare.map { ComparisonTable(comparison: $0, t: t).html } ?? .empty
        return card.kind == .do || card.kind == .say
            ? words + say + leans(card) + compare + facts : compare + facts + leans(card) + words + say
    }

    private func block(_ id: String) -> HTML {
        rights.entry(id).map { FactBlock(rights: rights, entry: $0, t: t).html }
            ?? FactBlock.recalled(id, on: nil, t)
    }

    private func gone(_ id: String) -> Bool { (rights.entry(id)?.standing ?? .recalled) == .recalled }

    /// A card whose words lean on something unsettled that it doesn't show says so.
    private func leans(_ card: Guide.Card) -> HTML {
        let weakest = rights.standing(of: card.rests ?? [])
        guard weakest != .settled else { return .empty }
        return """
            <p class="leans" data-rests="\((card.rests ?? []).joined(separator: " "))" data-standing="\(weakest.rawValue)">\
            \(StandingMark(weakest, t).html)</p>
            """
    }

    private func turn(_ card: Guide.Card) -> HTML {
        let go: HTML =
            card.go.flatMap(rights.guide).map { other in
                """
                <p><a class="button quiet" href="/rights/\(other.id)">\(Parts.icon(other.icon))\
                <span\(other.name.mark(t))>\(other.name(t.language))</span></a></p>
                """
            } ?? .empty
        let call: HTML =
            card.kind == .help
            ? "<p><a class=\"button\" href=\"/help#legal\">\(Parts.icon("heart"))\(t("rights.help|See who can help"))</a></p>"
            : .empty
        guard guide.cards.indices.contains(index + 1) else { return go + call }
        let next = guide.cards[index + 1]
        return """
            \(go)\(call)<p class="turn no-print"><a href="#\(next.id)"><span class="soft">\(t("rights.next_card|Next"))</span> \
            <b\(next.title.mark(t))>\(next.title(t.language))</b>\(Parts.icon("arrow", class: "turns"))</a></p>
            """
    }

    static func kind(_ kind: Guide.Card.Kind, _ t: Words) -> (String, String) {
        switch kind {
        case .know: ("book", t("rights.kind_know|Know"))
        case .do: ("check", t("rights.kind_do|Do"))
        case .say: ("speak", t("rights.kind_say|Say"))
        case .dont: ("cross", t("rights.kind_dont|Don’t"))
        case .help: ("heart", t("rights.kind_help|Get help"))
        }
    }
}

/// What to say in English, large enough to point at, with what it means and how it sounds beside it.
struct SayBlock {
    let sayings: [Saying]
    let t: Words

    var html: HTML {
        guard !sayings.isEmpty else { return .empty }
        return
            "<ul class=\"say-this\" aria-label=\"\(t("rights.say_this|Say this in English"))\">\(sayings.map(row))</ul>"
    }

    private func row(_ saying: Saying) -> HTML {
        let english = Language.english
        let words = saying.words[t.language.code]
        let means: HTML = words.map { "<span class=\"means\">\($0.means)</span>" } ?? .empty
        let sounds: HTML =
            words?.sounds.map {
                """
                <span class="sounds"><span class="visually-hidden">\(t("rights.sounds|It sounds like:")) </span>\($0)</span>
                """
            } ?? .empty
        return """
            <li data-phrase="\(saying.id)"><span class="label">\(Parts.icon("speak"))\(t("rights.say_this|Say this in English"))</span>\
            <q\(english.mark(t))>\(saying.english)</q>\(sounds)\(means)</li>
            """
    }
}

/// Two things told apart, row by row: each question over its two answers, so that it fits a small phone.
struct ComparisonTable {
    let comparison: Guide.Comparison
    let t: Words

    var html: HTML {
        let rows: [HTML] = comparison.rows.map { row in
            """
            <tbody><tr><th scope="rowgroup" colspan="2"\(row.question.mark(t))>\(row.question(t.language))</th></tr>\
            <tr><td\(row.left.mark(t))>\(row.left(t.language))</td><td\(row.right.mark(t))>\(row.right(t.language))</td></tr></tbody>
            """
        }
        return """
            <table class="compare"><thead><tr><th scope="col">\(PaperDrawing(paper: .court, look: "", label: nil).html)\
            <span\(comparison.left.mark(t))>\(comparison.left(t.language))</span></th>\
            <th scope="col">\(PaperDrawing(paper: .office, look: "", label: nil).html)\
            <span\(comparison.right.mark(t))>\(comparison.right(t.language))</span></th></tr></thead>\(rows)</table>
            """
    }
}
