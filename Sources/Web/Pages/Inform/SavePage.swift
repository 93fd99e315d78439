// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import NIOCore

/// Which languages to keep, what they weigh, and how to be rid of them. Without a script the two downloads are there.
struct SavePage {
    let site: Site
    let rights: Rights
    let copies: [SavePages.Copy]
    let t: Words

    var body: HTML {
        """
        <h1>\(t("offline.title|Save on this phone"))</h1>\
        <p class="lead">\(t("offline.lead|Save your rights now. Read them later with no signal."))</p>\
        <div class="stack" data-pocket data-edition="\(PrintSheet.spoken(rights.edition(of: PocketPage.names(site, rights))))" \
        data-saved="\(t("offline.saved|Saved on {day}"))" data-saving="\(t("offline.saving|Saving…"))" \
        data-failed="\(t("offline.failed|It did not work. Nothing was lost. Try again with more signal."))" \
        data-erased="\(t("offline.erased|Erased. Nothing is saved in this browser."))" data-new="\(t("offline.update|Save again"))">\
        <p role="status" aria-live="polite" data-status class="needs-script"></p>\(copies.map(row))\
        <div class="needs-script stack tight" data-erase-part hidden><h2>\(t("offline.erase_title|Leave no trace"))</h2>\
        <p>\(t("offline.erase_words|This removes all saved texts from this browser. “Leave quickly” does it too."))</p>\
        <p><button type="button" class="urgent" data-erase>\(Parts.icon("cross"))\(t("offline.erase|Erase what is saved"))</button></p></div></div>\
        <section class="stack close" aria-labelledby="how"><h2 id="how">\(t("offline.how|Good to know"))</h2><ul class="ticks">\
        \(line(t("offline.how_1|Saved texts show how old they are. With signal they get the newest words.")))\
        \(line(t("offline.how_2|If we take a text back, your phone marks it the next time it has signal.")))\
        \(line(t("offline.how_3|Who opens your phone can see that you saved this. Erase it when you want.")))\
        \(line(t("offline.how_4|Saving in the browser needs JavaScript. The two downloads do not.")))</ul></section>\
        <p><a href="/print">\(t("print.lead|Rights on paper: for a wallet, a door or a wall."))</a></p>\
        \(GuideNotice(rights: rights, t: t).html)
        """
    }

    private func row(_ copy: SavePages.Copy) -> HTML {
        let code = copy.language.code
        let bytes = copy.file.body.readableBytes
        let size = t("offline.size|{kilobytes} kB", ["kilobytes": String((bytes + 999) / 1_000)])
        let draft: HTML =
            site.library.isDraft(copy.language)
            ? "<p>\(Parts.state("warn", "clock", t("print.draft|Draft. A person has not checked all of it.")))</p>"
            : .empty
        return """
            <section class="sheet stack tight" data-copy="\(code)" aria-labelledby="copy-\(code)">\
            <h2 id="copy-\(code)" lang="\(code)" dir="\(copy.language.direction)">\(copy.language.name)</h2>\(draft)\
            <p>\(t("offline.state|All guides, the phrases and the wallet card. {size}. As of {date}.", ["size": size, "date": t.date(rights.day)]))</p>\
            <p class="needs-script" data-when></p>\
            <p class="row"><button type="button" class="first needs-script" data-save>\(Parts.icon("download"))\
            <span data-label>\(t("offline.save|Save"))</span><span class="visually-hidden" lang="\(code)"> \(copy.language.name)</span></button>\
            <a class="button needs-script" href="/rights/save/\(code).html" data-open hidden>\(Parts.icon("book"))\(t("offline.open|Read"))</a>\
            <a class="button quiet" href="/rights/save/\(code).html?download=1">\(t("offline.file|Download as one file"))</a>\
            <a class="button quiet" href="/rights/save/\(code).zip">\(t("offline.folder|Folder for a USB stick"))</a></p></section>
            """
    }

    private func line(_ words: String) -> HTML { "<li>\(Parts.icon("check"))\(words)</li>" }
}

/// The first page of the folder: what is in it, and how old it is.
struct FolderPage {
    let site: Site
    let rights: Rights
    let edition: String
    let papers: [String]
    let t: Words

    var html: HTML {
        let (style, policy) = (site.sheet.pocket, site.sheet.pocketPolicy)
        let guides: [HTML] = rights.guides.map { guide in
            """
            <li><a href="guides/\(guide.id).html"><span\(guide.name.mark(t))>\(guide.name(t.language))</span></a></li>
            """
        }
        let sheets: [HTML] = PrintPiece.Kind.allCases.flatMap { kind in
            Paper.allCases.compactMap { paper -> HTML? in
                let path = "print/\(kind.rawValue)-\(paper.rawValue).pdf"
                guard papers.contains(path) else { return nil }
                let name = paper == .letter ? t("print.letter|Letter") : "A4"
                return "<li><a href=\"\(path)\">\(t(kind.name)), \(name) (PDF)</a></li>"
            }
        }
        let code = PrintSheet.spoken(edition)
        return """
            <!doctype html>
            <html lang="\(t.language.code)" dir="\(t.language.direction)"><head><meta charset="utf-8">\
            <meta http-equiv="Content-Security-Policy" content="\(policy)">\
            <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">\
            <title>\(t("rights.title|Know your rights"))</title><style>\(HTML(bytes: Array(style.utf8)))</style></head>\
            <body class="public pocket"><main class="page stack"><p><b>\(site.pack.coalition.name(t.language))</b></p>\
            <h1>\(t("rights.title|Know your rights"))</h1>\
            <p>\(t("print.as_of|As of {date}. Code {code}.", ["date": t.date(rights.day), "code": code]))</p>\
            <p>\(t("offline.copy|This is a copy. It works with no signal."))</p>\
            <p><a class="button first" href="all.html">\(t("offline.all|All guides on one page"))</a></p>\
            <ul class="pocket-menu">\(guides)</ul><h2>\(t("print.title|Print"))</h2><ul class="pocket-menu">\(sheets)</ul>\
            \(GuideNotice(rights: rights, t: t).html.withoutPictures)</main></body></html>
            """
    }
}

extension HTML {
    /// Where no sprite is at hand.
    fileprivate var withoutPictures: HTML {
        HTML(bytes: Array(string.replacing("/static/sprite.svg#", with: "#").utf8))
    }
}
