// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore

/// The shell round every page.
struct Layout {
    enum Shell { case visitor, member(Member) }

    /// What the staff header shows.
    struct Member {
        /// Tells this browser's forms whose words it keeps; says nothing of who that is.
        let id: String
        let handle: String
        /// The session's form token.
        let token: String
        let isUnlocked: Bool
        /// Whether the way to lock the whole instance is shown.
        var mayPanic = false
        /// Where the member may go; the current one is marked.
        let places: [(path: String, label: String, isCurrent: Bool)]
        /// The board's counts and its live mark, empty elsewhere.
        var counts: HTML = .empty
        /// Small type for desks; a responder's phone has the public size.
        var isDense = true
        /// The board fills the window and lays out its own columns.
        var isBoard = false
    }

    let site: Site
    let t: Words
    let path: String
    var shell = Shell.visitor
    /// Neutral: it stays in the browser's history.
    var title: String
    var mainClass = "page stack"
    var scripts: [String] = []
    /// Whether a browser may put it among the phone's apps.
    var isInstallable = false
    /// Whether the rules of style that it uses stand inside it: nothing else has to come before it can be read.
    var carriesStyle = false
    let body: HTML

    var html: HTML { whole().html }

    /// The page, and what stands inside it that its policy must let in.
    func whole() -> (html: HTML, inline: StyleSheet.Inline?) {
        let content = content
        guard carriesStyle else {
            let early: HTML = "<script src=\"\(site.statics.path("early.js"))\"></script>"
            let style: HTML = "<link rel=\"stylesheet\" href=\"\(site.statics.path("app.css"))\">"
            return (document(early + style, content), nil)
        }
        let inline = site.sheet.inline(content)
        let style: HTML = "<style>\(HTML(bytes: Array(inline.style.utf8)))</style>"
        let early: HTML = "<script>\(HTML(bytes: Array(inline.script.utf8)))</script>"
        return (document(early + style, content), inline)
    }

    private func document(_ first: HTML, _ content: HTML) -> HTML {
        var always = ["quick.js", "time.js", "text.js"]
        if case .member = shell { always.append("sign-out.js") }
        let modules: [HTML] = (always + scripts).map {
            "<script type=\"module\" src=\"\(site.statics.path($0))\"></script>"
        }
        return """
            <!doctype html>
            <html lang="\(t.language.code)" dir="\(t.language.direction)"\(htmlClass) data-now="\(site.now.iso8601)" \
            data-zone="\(site.pack.coalition.timeZone)"><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(title)</title>\
            <meta name="color-scheme" content="light dark"><link rel="icon" href="\(site.statics.path("icon.svg"))">\
            \(first)\(install)\(modules)</head>
            \(content)
            </html>
            """
    }

    private var install: HTML {
        isInstallable ? "<link rel=\"manifest\" href=\"\(site.statics.path("app.webmanifest"))\">" : .empty
    }

    private var content: HTML {
        switch shell {
        case .visitor:
            """
            <body class="public"><a class="skip" href="#main">\(t("shell.skip|Skip to the main part"))</a>\
            \(masthead)<main class="\(mainClass)" id="main" tabindex="-1">
            \(draftNotice)\(body)
            </main>\(footer)</body>
            """
        case .member(let member):
            """
            <body class="staff\(member.isBoard ? " fixed" : "")"\(member.isBoard ? " data-board" : .empty as HTML) data-person="\(member.id)">\
            <a class="skip" href="#main">\(t("shell.skip|Skip to the main part"))</a>\(topbar(member))
            <main class="\(member.isBoard ? "board" : mainClass)" id="main" tabindex="-1">
            \(body)
            </main>\(leaving)</body>
            """
        }
    }

    /// In a language that nobody has checked yet, every public page says so.
    private var draftNotice: HTML {
        guard site.library.isDraft(t.language) else { return .empty }
        return """
            <p class="hint" data-draft-language>\(Parts.icon("globe"))\(t("rights.draft_language|This language is a draft. A person has not checked it yet."))</p>
            """
    }

    private var htmlClass: HTML {
        if case .member(let member) = shell, member.isDense { " class=\"dense\"" } else { .empty }
    }

    private var masthead: HTML {
        """
        <header class="masthead"><div class="page"><a class="wordmark" href="/">Vecinos</a>\(languages("languages"))\(tongue)\(look)\
        <div class="reach"><a class="button call" href="\(site.pack.hotlineAddress)">\(Parts.icon("phone"))\
        <span class="visually-hidden">\(t("shell.call|Call the hotline")), </span>\(Parts.telephone(site.pack.coalition.hotline.number))</a>\
        <form method="post" action="/leave"><button class="first" data-leave="\(site.pack.coalition.quickExit)">\
        \(Parts.icon("leave", class: "turns"))\(t("shell.leave|Leave quickly"))</button></form></div></div>\
        <div class="bunting" aria-hidden="true"></div></header>
        """
    }

    /// This page in every language; at the head, and at the foot, where all of them are in sight on a phone too.
    private func languages(_ place: String) -> HTML {
        let links: [HTML] = site.library.languages.map { language in
            let current: HTML = language == t.language ? " aria-current=\"true\"" : .empty
            return """
                <li><a href="\(path)?lang=\(language.code)" lang="\(language.code)" hreflang="\(language.code)"\(current)>\
                \(language.name)</a></li>
                """
        }
        return "<nav class=\"\(place)\" aria-label=\"\(t("shell.language|Language"))\"><ul>\(links)</ul></nav>"
    }

    /// Where a phone has no room for the list at its head: the reader's own language, which opens the others.
    private var tongue: HTML {
        """
        <details class="menu tongue" data-menu><summary><span class="visually-hidden">\(t("shell.language|Language")): </span>\
        \(Parts.icon("globe"))\(t.language.name)</summary>\(languages("own"))</details>
        """
    }

    /// Text size and colors; needs script, so it is hidden without.
    private var look: HTML {
        """
        <details class="menu needs-script" data-menu><summary aria-label="\(t("shell.look|Text size and colors"))">\
        \(Parts.icon("text"))</summary><div class="stack close"><p id="size-l"><b>\(t("shell.size|Text size"))</b></p>\
        <div class="switch" role="group" aria-labelledby="size-l"><button type="button" data-text="1">A</button>\
        <button type="button" data-text="2"><span class="large">A</span></button>\
        <button type="button" data-text="3"><span class="title">A</span></button></div>\
        <p id="theme-l"><b>\(t("shell.colors|Colors"))</b></p><div class="switch" role="group" aria-labelledby="theme-l">\
        <button type="button" data-theme="auto">\(Parts.icon("half"))\(t("shell.auto|Auto"))</button>\
        <button type="button" data-theme="light">\(Parts.icon("sun"))\(t("shell.light|Light"))</button>\
        <button type="button" data-theme="dark">\(Parts.icon("moon"))\(t("shell.dark|Dark"))</button></div></div></details>
        """
    }

    private var footer: HTML {
        let links: [(String, String)?] = [
            ("/now", t("shell.now|What is happening")), ("/report", t("shell.report|Report")),
            ("/report/answer", t("shell.answer|See an answer")), ("/rights", t("shell.rights|Your rights")),
            ("/plan", t("shell.plan|Family plan")),
            ("/training", t("shell.training|Training")), ("/policies", t("shell.policies|Laws we follow")),
            ("/help", t("shell.help|Help")),
            site.alerting.canSend ? ("/subscribe", t("shell.subscribe|Get alerts")) : nil,
            ("/about", t("shell.about|Who we are")),
            ("/sign-in", t("shell.members|Members")),
        ]
        return """
            <footer class="foot"><div class="page stack close"><nav class="sections" \
            aria-label="\(t("shell.parts|All parts"))"><ul>\
            \(links.compactMap(\.self).map { "<li><a href=\"\($0.0)\">\($0.1)</a></li>" as HTML })</ul></nav>\
            \(languages("sections tongues"))\
            <p><span class="needs-script">\(t("shell.leave_fast|Press Esc three times to leave this page fast.")) </span>\
            \(t("shell.information|This is information, not legal advice."))</p>\
            <p>\(t("shell.no_addresses|We keep no addresses of phones or computers.")) \
            <a href="/privacy">\(t("shell.privacy|What we keep and for how long"))</a></p></div></footer>
            """
    }

    private func topbar(_ member: Member) -> HTML {
        let links: [HTML] = member.places.map { place in
            "<li><a href=\"\(place.path)\"\(place.isCurrent ? " aria-current=\"page\"" : .empty as HTML)>\(place.label)</a></li>"
        }
        let lock: HTML =
            member.isUnlocked
            ? Parts.button(
                "/session/lock",
                "\(Parts.icon("lock"))<span class=\"word\">\(t("shell.lock|Lock"))</span>",
                token: member.token,
                class: "small"
            )
            : "<a class=\"button small\" href=\"/session/unlock\">\(Parts.icon("unlock"))<span class=\"word\">\(t("shell.unlock|Unlock"))</span></a>"
        let keys: HTML =
            member.isBoard
            ? """
            <button type="button" class="small quiet needs-script" data-key="?" data-dialog="keys" \
            aria-label="\(t("shell.keys|Keys"))"><kbd>?</kbd></button>
            """ : .empty
        return """
            <header class="topbar"><a class="wordmark" href="/board">Vecinos</a>\(member.counts)\
            <nav aria-label="\(t("shell.places|Team pages"))"><ul>\(links)</ul></nav><span class="push">\(member.handle)</span>\
            \(member.mayPanic ? "<a class=\"button small quiet\" href=\"/panic\" title=\"\(t("shell.panic|Lock everything"))\">\(Parts.icon("alert"))<span class=\"panic\">\(t("shell.panic|Lock everything"))</span></a>" : .empty as HTML)\
            \(lock)\(Parts.button("/session/end", "\(t("shell.sign_out|Sign out"))", token: member.token, class: "small quiet"))\
            \(keys)</header>
            """
    }

    /// Signing out wipes the browser: whoever wrote without a signal is asked first. Shown by `sign-out.js` alone.
    private var leaving: HTML {
        """
        <dialog id="leaving" aria-labelledby="leaving-h"><form class="stack close" method="dialog">\
        <h2 id="leaving-h">\(t("shell.unsent|Something is not sent yet"))</h2>\
        <p data-mine>\(t("shell.unsent_words|What you wrote waits on this phone. There was no signal, or you did not send it. Signing out erases it."))</p>\
        <p data-others hidden>\(t("shell.unsent_others|Something of another person waits on this phone. Signing out erases it. Ask them to sign in and send it first."))</p>\
        <p class="row"><button class="first" value="stay">\(t("shell.stay|Stay signed in"))</button>\
        <button class="quiet" value="erase">\(t("shell.erase|Erase it and sign out"))</button></p></form></dialog>
        """
    }
}

extension Site {
    /// A page for one person: never kept by a browser or a proxy.
    func page(_ layout: Layout, status: HTTPResponse.Status = .ok) -> Response {
        var layout = layout
        // The title is read out first, and names the tab: it says that something is wrong, whichever page came back.
        if status.kind == .clientError || status.kind == .serverError {
            layout.title = layout.t("form.error_title|Error: {title}", ["title": layout.title])
        }
        let (html, inline) = layout.whole()
        let policy =
            if case .member = layout.shell { SecurityHeaders.Policy.staffPage.contentSecurityPolicy } else {
                inline?.policy(publicPolicy) ?? publicPolicy
            }
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: policy,
                .cacheControl: "no-store",
                .vary: "Accept-Language, Cookie",
                .contentLanguage: layout.t.language.code,
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: html.bytes))
        )
    }
}
