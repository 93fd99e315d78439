// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import NIOCore
import Response
import Vault

/// `/a/CODE`: the address that goes out with a message to subscribers. Its words as we sent them, how it stands now, and
/// their signature, to be checked here or without us. Needs no script, and knows nobody who reads it.
struct ToldPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let found = try await told(context)
        let page = ToldPage(site: site, t: context.t, code: found.telling.id.code, told: found)
        return site.page(
            Layout(
                site: site,
                t: context.t,
                path: found.telling.id.path,
                title: page.title,
                mainClass: "page narrow stack",
                body: page.body
            )
        )
    }

    /// `en.txt` as a mail has it, `en-sms.txt` as a text message: the words with their signature.
    func file(_ request: Request, _ context: SiteContext) async throws -> Response {
        let found = try await told(context)
        let name = context.parameters.get("file") ?? ""
        guard
            let (language, text) = found.texts.first(where: { name == "\($0.key).txt" || name == "\($0.key)-sms.txt" })
        else { throw Refusal.notFound }
        guard let keys = site.keys.unlocked else { throw Refusal(.unavailable, ToldPage.locked) }
        let signed = try SignedWords.text(name == "\(language).txt" ? text.text : text.short, with: keys)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(found.telling.id.code)-\(name)\"",
            ],
            body: .init(byteBuffer: .init(string: signed))
        )
    }

    private func told(_ context: SiteContext) async throws -> Telling.Public {
        try site.throttle.admitLookup(from: context.peer)
        let code = (context.parameters.get("code") ?? "").lowercased()
        guard let found = try await site.database.read({ tx in try Telling.told(code: code, in: tx) }) else {
            throw Refusal.notFound
        }
        return found
    }
}

private struct ToldPage {
    static let locked: Phrase =
        "told.locked|We can’t show the signature right now, because this server is locked. The words are as we sent them."

    let site: Site
    let t: Words
    let code: String
    let told: Telling.Public

    /// In the reader's language, else in English.
    private var language: String { told.texts[t.language.code] == nil ? "en" : t.language.code }
    private var text: Bulletin.Text? { told.texts[language] }
    var title: String { text?.subject ?? t(told.telling.act.label) }

    var body: HTML {
        let words: [HTML] = (text?.text ?? "").split(separator: "\n\n").map { part in
            let lines: [HTML] = part.split(separator: "\n").map { "<span>\(String($0))</span>" }
            return "<p class=\"stack tight\">\(lines)</p>"
        }
        return """
            <div class="stack"><h1>\(title)</h1>\(ToldMark(t: t, sent: told.sent).html)\
            <section class="sheet stack close" lang="\(language)"><h2>\(t("told.words|What we sent"))</h2>\(words)</section>\
            <section class="stack close"><h2>\(t("told.check|Is it really from us?"))</h2>\
            <p>\(t("told.compare|Compare your message with these words. If one word or link is different, it is not from us."))</p>\
            <p><a href="/verify">\(t("told.paste|Or paste your whole message here, and we compare it"))</a></p>\(signature)</section></div>
            """
    }

    private var signature: HTML {
        guard let keys = site.keys.unlocked, let text, let signed = try? SignedWords.text(text.text, with: keys),
            let note = SignedWords(signed)?.note
        else { return "<p role=\"status\">\(t(Self.locked))</p>" }
        let files: [HTML] = [
            ("\(language)-sms.txt", t("told.as_text|The words of the text message")),
            ("\(language).txt", t("told.as_mail|The words of the email")),
        ].map { name, label in "<li><a href=\"/a/\(code)/\(name)\" download>\(label)</a></li>" }
        return """
            <details class="fold"><summary>\(t("told.without|Check it without us"))</summary><div class="stack close">\
            <p>\(t("told.signed|Both files are signed with our key. The email carries its signature at its end."))</p><ul>\(files)</ul>\
            <p><code>vecinos verify FILE --key KEY</code></p><p class="wrap">\(t("told.key|Our key:")) <code>\("\(note.verifier)")</code></p></div></details>
            """
    }
}

/// How a message to subscribers stands now.
struct ToldMark {
    let t: Words
    let sent: Telling.Sent

    var html: HTML {
        let yes = t("verify.ours|Yes, we sent this on {time}.", ["time": t.moment(sent.at)])
        guard sent.isNewest else {
            let later = t("verify.changed|But it has changed since. Now: {state}.", ["state": t(sent.newest.label)])
            return Self.note("", "question", "\(yes) \(later)", t)
        }
        let rest = sent.isOver ? t("verify.over|It is over now.") : t("verify.newest|It is the newest about this.")
        return Self.note(
            sent.isOver ? "" : "good",
            sent.isOver ? "question" : "check-circle",
            "\(yes) \(rest)",
            t
        )
    }

    static func note(_ tone: String, _ icon: String, _ words: String, _ t: Words) -> HTML {
        """
        <div class="note \(tone)" role="status">\(Parts.icon(icon))<p><strong>\(words)</strong> \
        <a href="/now">\(t("truth.see|See what is happening"))</a></p></div>
        """
    }
}
