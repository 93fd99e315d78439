// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// All guides in one file that needs nothing else: no signal, no script, no other file. Saved on a phone, carried on a
/// stick, passed from hand to hand; it says itself how old it is. Comments mark what the worker of a saved phone fills in.
struct PocketPage {
    let site: Site
    let rights: Rights
    let guides: [Guide]
    let t: Words
    /// In a folder, where other guides are files beside this one.
    var isAlone = false
    /// Whether the worker may put in how old the copy is, and what was taken back since.
    var hasSlots = true

    /// Every fact that stands on it or under it.
    static func names(_ site: Site, _ rights: Rights) -> [String] {
        let phrases = rights.guides.flatMap { guide in
            guide.cards.flatMap { $0.say ?? [] } + (guide.checker?.outcomes.flatMap { $0.say ?? [] } ?? [])
        }
        let card = site.pack.prints.piece(.card).map { PrintText.names($0, rights) } ?? []
        return Set(rights.guides.flatMap(\.facts) + rights.rests(of: phrases) + card).sorted()
    }

    var html: HTML {
        let body = settled(HTML.joined([header, main]))
        let (style, policy) = (site.sheet.pocket, site.sheet.pocketPolicy)
        return """
            <!doctype html>
            <html lang="\(t.language.code)" dir="\(t.language.direction)"><head><meta charset="utf-8">\
            <meta http-equiv="Content-Security-Policy" content="\(policy)">\
            <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">\
            <meta name="referrer" content="no-referrer"><title>\(t("rights.title|Know your rights"))</title>\
            <style>\(HTML(bytes: Array(style.utf8)))</style></head><body class="public pocket">\(sprite(body))\(body)</body></html>
            """
    }

    private var edition: String { PrintSheet.spoken(rights.edition(of: Self.names(site, rights))) }

    private var header: HTML {
        let hotline = site.pack.coalition.hotline
        let note: HTML =
            hotline.demonstration == true
            ? hotline.note.map { "<p class=\"soft\"\($0.mark(t))>\($0(t.language))</p>" } ?? .empty : .empty
        return """
            <header class="page stack close" id="hotline"><p><b>\(site.pack.coalition.name(t.language))</b></p>\
            <p><a class="button urgent" href="\(site.pack.hotlineAddress)">\(Parts.icon("phone"))\
            <span class="visually-hidden">\(t("shell.call|Call the hotline")), </span>\(Parts.telephone(hotline.number))</a></p>\(note)</header>
            """
    }

    private var main: HTML {
        let list: [HTML] = guides.map { guide in
            """
            <li><a href="#g-\(guide.id)"><span\(guide.name.mark(t))>\(guide.name(t.language))</span></a></li>
            """
        }
        let menu: HTML =
            isAlone
            ? .empty : "<nav aria-label=\"\(t("rights.places|Places"))\"><ul class=\"pocket-menu\">\(list)</ul></nav>"
        return """
            <main class="page stack" id="main">\(slots)<h1>\(t("rights.title|Know your rights"))</h1>\
            <p>\(t("print.as_of|As of {date}. Code {code}.", ["date": t.date(rights.day), "code": edition]))</p>\
            <p>\(t("offline.copy|This is a copy. It works with no signal."))\(fresh)</p>\(menu)\
            \(guides.map(section))\(card)\
            \(GuideNotice(rights: rights, t: t, state: .draft(in: guides, t)).html)</main>
            """
    }

    /// What the worker puts in: how old the copy is, and what stands where something was taken back since.
    private var slots: HTML {
        guard hasSlots, !isAlone else { return .empty }
        let age = t("offline.age|Saved on this phone. Last compared with us: {day}.", ["day": "{day}"])
        return """
            <!--age <p class="note" role="status" data-age>\(Parts.icon("clock"))<span>\(age) \
            <a href="/rights/save">\(t("offline.manage|Saved texts"))</a></span></p>-->\
            <!--gone <article class="leaf dont" data-standing="recalled"><p>\(StandingMark(.recalled, t).html)</p>\
            <p><b>\(t("rights.recalled_words|We took this back. Don’t count on it. Call us, or ask a lawyer."))</b></p></article>-->
            """
    }

    private var fresh: HTML {
        guard !site.config.address.isEmpty else { return .empty }
        return """
             \(t("offline.old|Is it old? Look at the newest one here:")) <a href="\(site.config.address)/rights">\(site.config.address)</a>
            """
    }

    private func section(_ guide: Guide) -> HTML {
        let leaves: [HTML] = guide.cards.indices.map { index in
            let card = guide.cards[index]
            let names = Set(card.facts + (card.rests ?? []) + rights.rests(of: card.say ?? [])).sorted()
            let leaf = LeafView(rights: rights, guide: guide, index: index, t: t, speaks: false).html
            return "<!--card \(names.joined(separator: " "))-->\(leaf)<!--/card-->"
        }
        let body = HTML.joined(leaves) + (guide.checker.map { checker(guide, $0) } ?? .empty)
        return """
            <section class="stack close" id="g-\(guide.id)"><h2\(guide.name.mark(t))>\(guide.name(t.language))</h2>\
            <p class="lead"\(guide.lead.mark(t))>\(guide.lead(t.language))</p>\(own(body, guide.id))</section>
            """
    }

    /// The questions one under another, each answer a way down the page.
    private func checker(_ guide: Guide, _ checker: Guide.Checker) -> HTML {
        let steps: [HTML] = checker.steps.map { step in
            let links: [HTML] = step.answers.map { answer in
                """
                <li><a href="#q-\(answer.to)"><span\(answer.words.mark(t))>\(answer.words(t.language))</span></a></li>
                """
            }
            return """
                <article class="sheet stack tight" id="q-\(step.id)"><h3\(step.question.mark(t))>\(step.question(t.language))</h3>\
                \(step.hint.map { "<p\($0.mark(t))>\($0(t.language))</p>" as HTML })<ul class="pocket-menu">\(links)</ul></article>
                """
        }
        let outcomes: [HTML] = checker.outcomes.map { outcome in
            let standing = rights.standing(of: outcome.facts)
            let names = Set(outcome.facts + rights.rests(of: outcome.say ?? [])).sorted()
            let words: HTML =
                standing == .recalled
                ? .empty
                : """
                <p\(outcome.words.mark(t))>\(outcome.words(t.language))</p>\
                \(SayBlock(sayings: (outcome.say ?? []).compactMap(rights.saying), t: t).html)
                """
            let facts = outcome.facts.map { id in
                rights.entry(id).map { FactBlock(rights: rights, entry: $0, t: t).html }
                    ?? FactBlock.recalled(id, on: nil, t)
            }
            return """
                <!--card \(names.joined(separator: " "))--><article class="leaf" id="q-\(outcome.id)" \
                data-standing="\(standing.rawValue)"><h3\(outcome.title.mark(t))>\(outcome.title(t.language))</h3>\(words)\(facts)\
                </article><!--/card-->
                """
        }
        return """
            <section class="stack close" id="check"><h3\(checker.title.mark(t))>\(checker.title(t.language))</h3>\
            \(steps)\(outcomes)</section>
            """
    }

    private var card: HTML {
        guard !isAlone, let piece = site.pack.prints.piece(.card) else { return .empty }
        let text = PrintText(piece, rights, t.language)
        return """
            <section class="stack close" id="g-card"><h2>\(t("print.card|Wallet card"))</h2>\
            <!--card \(text.names.joined(separator: " "))-->\
            \(PrintPreview(text: text, imprint: site.imprint(t.language), t: t).html)<!--/card--></section>
            """
    }

    /// Names of parts get the guide's before them, and ways to other guides stay within the file.
    private func own(_ html: HTML, _ guide: String) -> HTML {
        html.replacing(" id=\"", with: " id=\"\(guide)-").replacing("href=\"#", with: "href=\"#\(guide)-")
    }

    private func settled(_ html: HTML) -> HTML {
        var html = html.replacing("/static/sprite.svg#", with: "#i-")
            .replacing("href=\"/help#legal\"", with: "href=\"#hotline\"")
        for guide in rights.guides {
            let inside = !isAlone || guides.contains { $0.id == guide.id }
            html = html.replacing(
                "href=\"/rights/\(guide.id)\"",
                with: inside ? "href=\"#g-\(guide.id)\"" : "href=\"\(guide.id).html\""
            )
        }
        return html
    }

    /// The pictures that the page uses, and no others.
    private func sprite(_ body: HTML) -> HTML {
        let symbols = site.statics.text("sprite.svg").split(separator: "\n").filter { line in
            guard let name = line.split(separator: "\"").dropFirst().first, line.hasPrefix("<symbol") else {
                return false
            }
            return body.contains("#i-\(name)\"")
        }
        let inside = symbols.map { $0.replacing("<symbol id=\"", with: "<symbol id=\"i-") }.joined()
        return "<svg hidden aria-hidden=\"true\">\(HTML(bytes: Array(inside.utf8)))</svg>"
    }
}

extension FactText.State {
    /// The least that the words of these guides were checked.
    fileprivate static func draft(in guides: [Guide], _ t: Words) -> FactText.State {
        guides.contains { ($0.states[t.language.code] ?? .draft) == .draft } ? .draft : .checked
    }
}

extension HTML {
    /// As text's own `replacing`, which takes seconds for a language.
    func replacing(_ old: String, with new: String) -> HTML { HTML(bytes: ByteSearch.swapped(old, new, in: bytes)) }

    fileprivate func contains(_ text: String) -> Bool { ByteSearch.find(Array(text.utf8), in: bytes, from: 0) != nil }
}
