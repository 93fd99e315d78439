// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// `/report/messages`: a reporter writes to the team, and deletes. All of it answers with the page of `/report/answer`;
/// the code travels in forms only.
struct MailboxPages {
    static let purpose = "report.message"
    let site: Site

    func write(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        var page = AnswerPage(site: site, t: context.t, typed: form["code"])
        guard let code = try? ReporterCode(typed: form["code"]) else {
            return AnswerPages(site: site).unknown(page, context)
        }
        do {
            try site.throttle.admitLookup(from: context.peer)
            let token = try FormToken(form["message_token"], for: Self.purpose, at: site.now, keys: site.keys)
            let text = form["message"]
            try await site.database.write { tx in
                try Mailbox.write(text, with: code, sending: token.nonce, in: tx)
            }
            page.wasSent = true
        } catch let refusal as Refusal where refusal.kind == .invalid || refusal.kind == .conflict {
            page.message = form["message"]
            page.messageRefusal = refusal
        } catch let error where Site.isAway(error) {
            page.message = form["message"]
            page.messageRefusal = Site.plain(error) as? Refusal
            page.messageToken = form["message_token"]
        } catch let refusal as Refusal where refusal.kind == .notFound {
            return AnswerPages(site: site).unknown(page, context)
        } catch is FormToken.Problem {
            page.message = form["message"]
            page.messageRefusal = Refusal(
                .invalid,
                "report.form_old|This page was open for a long time. Please send it again. Nothing was lost."
            )
        }
        return try await AnswerPages(site: site).found(code, page, context)
    }

    /// One message, or all of them. Nothing is asked back: what was meant to go is gone.
    func delete(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody)
        var page = AnswerPage(site: site, t: context.t, typed: form["code"])
        let message = Ref<MailboxMessage>(form["message"])
        guard let code = try? ReporterCode(typed: form["code"]), form.isOn("all") || message != nil else {
            return AnswerPages(site: site).unknown(page, context)
        }
        do {
            let one = form.isOn("all") ? nil : message
            try await site.database.write { tx in try Mailbox.burn(one, with: code, in: tx) }
            page.wasDeleted = true
        } catch let refusal as Refusal where refusal.kind == .notFound {
            return AnswerPages(site: site).unknown(page, context)
        }
        return try await AnswerPages(site: site).found(code, page, context)
    }
}

/// The thread as the reporter sees it: what was written, when it goes, and a place to write. The report itself is
/// never in it.
struct MailboxView {
    let site: Site
    let t: Words
    let code: String
    let token: String
    let entries: [MailboxThread.Entry]
    /// When those go that were read just now.
    let goes: [Ref<MailboxMessage>: Instant]
    let message: String
    let refusal: Refusal?
    /// What was just done.
    let notice: String?

    var html: HTML {
        let lines: [HTML] = entries.map(line)
        let thread: HTML = lines.isEmpty ? .empty : "<ol class=\"thread\">\(lines)</ol>"
        return """
            <section class="stack close" id="messages" aria-labelledby="messages-h"><h2 id="messages-h">\(t("mailbox.title|Messages"))</h2>\
            \(notice.map { "<div class=\"note good\" role=\"status\">\(Parts.icon("check-circle"))<p><strong>\($0)</strong></p></div>" as HTML })\
            \(thread)\(form)\(deleteAll)</section>
            """
    }

    private func line(_ entry: MailboxThread.Entry) -> HTML {
        let isOurs = entry.message.sender == .team
        let who = isOurs ? t("mailbox.from_us|From our team") : t("mailbox.from_you|From you")
        let isNew = isOurs && entry.message.isUnread
        return """
            <li class="\(isOurs ? "theirs" : "mine")"><p class="meta"><strong>\(who)</strong>\(MailboxWords.time(entry, site, t))\
            \(isNew ? Parts.state("checking", "bell", t("mailbox.new|New")) : .empty)</p>\(MailboxWords.text(entry, t))\
            <div class="row"><p class="hint">\(goes(entry.message))</p><form method="post" action="/report/messages/deletion">\
            \(Parts.hidden([("code", code), ("message", entry.message.id.text)]))\
            <button class="small quiet">\(Parts.icon("trash"))\(t("mailbox.delete|Delete"))<span class="visually-hidden"> (\(who))</span></button>\
            </form></div></li>
            """
    }

    /// When a message goes by itself: the reporter sees it, and has no need to trust.
    private func goes(_ message: MailboxMessage) -> String {
        if let burnsAt = message.burnsAt ?? goes[message.id] {
            return t("mailbox.goes_at|Deletes itself {time}.", ["time": t.moment(burnsAt)])
        }
        return switch message.sender {
        case .team: t("mailbox.goes_read|Deletes itself after you read it.")
        case .reporter: t("mailbox.not_read|We have not read it yet.")
        }
    }

    private var form: HTML {
        let ask = Ask(
            name: "message",
            label: t("mailbox.write|Write to our team"),
            hint: t("mailbox.write_hint|Only our team can open it. No names, no numbers, no papers."),
            value: message,
            limit: Mailbox.longest,
            control: .area(rows: 3),
            error: refusal?.fields["message"] ?? refusal.map(\.message)
        )
        return """
            <form class="sheet stack close" method="post" action="/report/messages">\
            \(Parts.hidden([("code", code), ("message_token", token)]))\(ask.html(t))\
            <div class="turn"><button>\(Parts.icon("send"))\(t("mailbox.send|Send the message"))</button></div></form>
            """
    }

    private var deleteAll: HTML {
        guard entries.count > 1 else { return .empty }
        return """
            <details class="fold"><summary>\(Parts.icon("trash"))\(t("mailbox.delete_all|Delete all messages"))</summary>\
            <form class="stack close" method="post" action="/report/messages/deletion">\
            \(Parts.hidden([("code", code), ("all", "yes")]))\
            <p>\(t("mailbox.delete_all_words|They are gone for you and for us, from our copies too. This can't be undone."))</p>\
            <p><button>\(t("mailbox.delete_all_yes|Yes, delete all messages"))</button></p></form></details>
            """
    }
}

/// The parts of a message that both sides see alike.
enum MailboxWords {
    static func text(_ entry: MailboxThread.Entry, _ t: Words) -> HTML {
        switch entry.words {
        case .open(let words): "<p class=\"words\">\(words.text)</p>"
        case .locked: "<p class=\"sealed\">\(Parts.icon("envelope"))\(t("mailbox.sealed|This message is sealed"))</p>"
        case .notForYou:
            "<p class=\"sealed\">\(Parts.icon("envelope"))\(t("sealed.not_for_you|Sealed for the response team"))</p>"
        case .damaged:
            "<p class=\"error\">\(Parts.icon("alert"))\(t("mailbox.damaged|This message can’t be opened."))</p>"
        }
    }

    /// Sealed with the words: nothing where they are closed.
    static func time(_ entry: MailboxThread.Entry, _ site: Site, _ t: Words) -> HTML {
        entry.words.content.map { Parts.time($0.at, now: site.now, t) } ?? .empty
    }
}
