// SPDX-License-Identifier: AGPL-3.0-or-later
import Care
import Hummingbird
import Kit

/// `/help`: the hotline first, then public lines with their sources. The directory of services comes with its own issue.
struct HelpPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        return site.publicPage(request, t, version: site.packVersion) {
            Layout(
                site: site,
                t: t,
                path: "/help",
                title: t("help.title|Get help"),
                body: HelpPage(site: site, t: t).body
            )
        }
    }
}

struct HelpPage {
    let site: Site
    let t: Words

    var body: HTML {
        let legal = site.pack.help.support.filter { $0.legal == true }
        let other = site.pack.help.support.filter { $0.legal != true }
        return """
            <div class="stack"><h1>\(t("help.title|Get help"))</h1><section class="sheet stack close" id="legal"><h2>\
            \(t("help.call|Call us first"))</h2><p>\(t("help.call_words|A trained neighbor answers. They don't ask for your papers. You can ask for:"))</p>\
            <ul class="ticks">\(legal.map(support))</ul>\(call)\(demonstration)</section>\
            <section class="sheet stack close" id="support"><h2>\(t("home.help|Food, rides, counseling"))</h2>\
            <ul class="ticks">\(other.map(support))</ul>\(call)</section>\
            <section class="stack close"><h2>\(t("help.lines|Public offices that can help find someone"))</h2>\
            <ul class="rows plain">\(site.pack.help.lines.map(line))</ul></section></div>
            """
    }

    private var call: HTML {
        """
        <p><a class="button urgent" href="\(site.pack.hotlineAddress)">\(Parts.icon("phone"))\(Parts.telephone(site.pack.coalition.hotline.number))</a></p>
        """
    }

    private var demonstration: HTML {
        guard site.pack.coalition.hotline.demonstration == true, let note = site.pack.coalition.hotline.note else {
            return .empty
        }
        return "<div class=\"note warn\">\(Parts.icon("info"))<p\(note.mark(t))>\(note(t.language))</p></div>"
    }

    private func support(_ support: HelpLines.Support) -> HTML {
        // Both in English: one run of words, or they change places where the page runs from right to left.
        let isOne = !support.name.isIn(t.language) && !support.says.isIn(t.language)
        let (name, says) = isOne ? (.empty, .empty) : (support.name.mark(t), support.says.mark(t))
        return """
            <li>\(Parts.icon("check", class: "yes"))<span\(isOne ? support.says.mark(t) : .empty as HTML)>\
            <b\(name)>\(support.name(t.language)).</b> <span\(says)>\(support.says(t.language))</span></span></li>
            """
    }

    private func line(_ line: HelpLines.Line) -> HTML {
        let number: HTML? = line.number.map { number in
            let digits = String(decoding: number.utf8.filter { $0 >= 48 && $0 <= 57 }, as: UTF8.self)
            let address = digits.utf8.count == 10 ? "1\(digits)" : digits
            return "<a class=\"button\" href=\"tel:+\(address)\">\(Parts.icon("phone"))\(Parts.telephone(number))</a>"
        }
        let web: HTML? = line.web.map {
            "<a class=\"button\" href=\"\($0)\" rel=\"noreferrer noopener\">\(Parts.icon("globe"))\(t("help.open|Open the page"))</a>"
        }
        return """
            <li><div class="stack tight"><h3\(line.name.mark(t))>\(line.name(t.language))</h3><p\(line.purpose.mark(t))>\(line.purpose(t.language))</p>\(line.purpose.isIn(t.language) ? .empty : NotYet(t).html)\
            \(line.know.map { "<p class=\"soft\"\($0.mark(t))>\($0(t.language))</p>" as HTML })<div class="row">\(number)\(web)</div>\
            <p class="hint">\(t("rights.as_of|As of")) <time datetime="\(line.asOf)">\(t.date(line.asOf))</time>\
            \(line.verify == true ? ". \(t("help.verify|Check the number before you print it."))" : "")</p></div></li>
            """
    }
}
