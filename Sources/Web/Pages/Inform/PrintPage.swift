// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// What can be printed, what stands on it today, and in which languages.
struct PrintPage {
    let site: Site
    let rights: Rights
    let t: Words

    var body: HTML {
        """
        <h1>\(t("print.title|Print"))</h1><p class="lead">\(t("print.lead|Rights on paper: for a wallet, a door or a wall."))</p>\
        <p>\(t("print.code_words|Each piece has a code and a date. Before you hand out old ones, check the code."))</p>\
        <p class="row"><a class="button" href="/check-card">\(Parts.icon("check-lens"))\(t("print.check_title|Check a code"))</a>\
        <a class="button quiet" href="/rights/save">\(Parts.icon("download"))\(t("offline.title|Save on this phone"))</a></p>\
        \(address)\(site.pack.prints.pieces.map(piece))\(states)\(GuideNotice(rights: rights, t: t).html)
        """
    }

    /// Without its own address the server can't print a code to scan.
    private var address: HTML {
        guard site.config.address.isEmpty else { return .empty }
        return """
            <p class="note">\(Parts.icon("info"))\(t("print.no_address|This server has no address of its own yet. Its prints have no QR code."))</p>
            """
    }

    private func piece(_ piece: PrintPiece) -> HTML {
        let text = PrintText(piece, rights, t.language)
        let id = piece.id.rawValue
        return """
            <section class="sheet print-piece stack close" aria-labelledby="\(id)-h"><h2 id="\(id)-h">\(t(piece.id.name))</h2>\
            <p>\(about(piece.id))</p>\(preview(text))\
            <form class="row" method="get" action="/print/\(id).pdf">\(languages(id))\(papers(id))\(printers(id))\
            <button class="first">\(Parts.icon("download"))\(t("print.get|Get the PDF"))</button></form>\
            <p class="soft">\(t("print.as_of|As of {date}. Code {code}.", ["date": t.date(text.day), "code": PrintSheet.spoken(text.edition)]))</p>\
            </section>
            """
    }

    private func about(_ kind: PrintPiece.Kind) -> String {
        switch kind {
        case .card:
            t("print.card_words|Ten on a sheet. Print on both sides, flip on the long edge, and cut at the marks.")
        case .door: t("print.door_words|Hang it inside a window by the door. Officers read the English.")
        case .poster: t("print.poster_words|One sheet for a wall: a school, a shop, a church.")
        case .large: t("print.large_words|The main guides in big letters.")
        }
    }

    private func preview(_ text: PrintText) -> HTML {
        if text.kind == .large {
            let names: [HTML] = text.chapters.map { "<li><span\($0.name.mark(t))>\($0.name(t.language))</span></li>" }
            return "<ul class=\"bare-list\">\(names)</ul>"
        }
        return PrintPreview(text: text, imprint: site.imprint(t.language), t: t).html
    }

    private func languages(_ id: String) -> HTML {
        let options: [HTML] = site.library.languages.map { language in
            """
            <option value="\(language.code)" lang="\(language.code)"\(language == t.language ? " selected" : .empty as HTML)>\
            \(language.name)</option>
            """
        }
        return """
            <div class="ask"><label for="\(id)-language">\(t("print.language|Language"))</label>\
            <select id="\(id)-language" name="language">\(options)</select></div>
            """
    }

    private func papers(_ id: String) -> HTML {
        """
        <div class="ask"><label for="\(id)-paper">\(t("print.paper|Paper"))</label><select id="\(id)-paper" name="paper">\
        <option value="letter">\(t("print.letter|Letter"))</option><option value="a4">A4</option></select></div>
        """
    }

    /// Whose name and number stand on it, where a member organization has its own.
    private func printers(_ id: String) -> HTML {
        guard let members = site.pack.coalition.organizations, !members.isEmpty else { return .empty }
        let options: [HTML] = members.map { member in
            """
            <option value="\(member.id)"\(member.name.mark(t))>\(member.name(t.language)), \(member.hotline.number)</option>
            """
        }
        return """
            <div class="ask"><label for="\(id)-organization">\(t("print.organization|Name and number"))</label>\
            <select id="\(id)-organization" name="organization"><option value="">\(site.pack.coalition.name(t.language)), \
            \(site.pack.coalition.hotline.number)</option>\(options)</select></div>
            """
    }

    /// How far the words of each language were checked.
    private var states: HTML {
        let rows: [HTML] = site.library.languages.map { language in
            let texts = site.pack.prints.pieces.map { PrintText($0, rights, language) }
            let isDraft = site.library.isDraft(language) || texts.contains(where: \.isDraft)
            let state =
                isDraft
                ? Parts.state("warn", "clock", t("print.draft|Draft. A person has not checked all of it."))
                : texts.allSatisfy(\.isApproved)
                    ? Parts.state("good", "check-circle", t("print.approved|Our lawyer approved it."))
                    : Parts.state("good", "check", t("print.checked|A person checked it."))
            return """
                <tr><th scope="row" lang="\(language.code)" dir="\(language.direction)">\(language.name)</th>\
                <td data-language="\(language.code)" data-draft="\(isDraft ? "yes" : "no")">\(state)</td></tr>
                """
        }
        return """
            <section class="stack close" aria-labelledby="states"><h2 id="states">\(t("print.states|How far each language was checked"))</h2>\
            <table><thead><tr><th scope="col">\(t("print.language|Language"))</th><th scope="col">\(t("print.state|Words"))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></section>
            """
    }
}

/// What stands on a piece of paper today, as a picture made of text.
struct PrintPreview {
    let text: PrintText
    let imprint: PrintSheet.Imprint
    let t: Words

    var html: HTML {
        """
        <div class="paper-preview" data-piece="\(text.kind.rawValue)"><p class="band">\(imprint.name)</p>\
        <ul>\(text.facts.map(fact))</ul><ul>\(text.say.map(saying))</ul>\
        <p><b>\(Parts.called(imprint.hotline, t("print.call|Call us: {number}")))</b>\
        \(imprint.note.map { " <span class=\"soft\">\($0)</span>" as HTML })</p></div>
        """
    }

    private func fact(_ one: PrintText.Statement) -> HTML {
        let mark: HTML = one.standing == .settled ? .empty : "\(StandingMark(one.standing, t).html) "
        return """
            <li data-fact="\(one.id)" data-standing="\(one.standing.rawValue)">\(mark)\
            <span\(one.language.mark(t))>\(one.text.statement)</span></li>
            """
    }

    private func saying(_ one: Saying) -> HTML {
        let means: HTML = one.words[t.language.code].map { " <span class=\"soft\">\($0.means)</span>" } ?? .empty
        return "<li data-phrase=\"\(one.id)\"><q\(Language.english.mark(t))>\(one.english)</q>\(means)</li>"
    }
}
