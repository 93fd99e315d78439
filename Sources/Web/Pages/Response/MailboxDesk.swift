// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// The thread of one report on the incident's page: what was written, opened where the reader's keys allow, and a place
/// to write. Reading is a step of its own, since from then on the message goes by itself.
struct MailboxDesk {
    static let purpose = "mailbox"

    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let path: String
    let thread: MailboxThread
    /// What was typed into a form of this page that was refused; empty otherwise.
    let form: Form
    let refusal: Refusal?

    private var report: String { thread.mailbox.report.text }
    private var isRefused: Bool { form["report"] == report && refusal?.fields["message"] != nil }

    var html: HTML {
        let entries = thread.open(by: caller)
        let isUnread = thread.hasUnread(from: .reporter)
        let isOpen: HTML = isUnread || isRefused ? " open" : .empty
        let lines: [HTML] = entries.map(line)
        let count = t("mailbox.count|{n} message|{n} messages", n: entries.count)
        return """
            <details class="fold"\(isOpen)><summary>\(Parts.icon("chat"))\(t("mailbox.desk|Messages with the reporter")) \
            <span class="soft">(\(count))</span>\(isUnread ? Parts.state("checking", "bell", t("mailbox.new|New")) : .empty)</summary>\
            <div class="stack close">\(lines.isEmpty ? .empty : "<ol class=\"thread\">\(lines)</ol>" as HTML)\
            \(isUnread && caller.isUnlocked ? read : .empty)\(write)</div></details>
            """
    }

    private func line(_ entry: MailboxThread.Entry) -> HTML {
        let isOurs = entry.message.sender == .team
        let state =
            if let burnsAt = entry.message.burnsAt {
                t("mailbox.goes_at|Deletes itself {time}.", ["time": t.moment(burnsAt)])
            } else {
                isOurs
                    ? t("mailbox.desk_unread|The reporter has not read it yet.")
                    : t("mailbox.desk_new|Nobody read it yet.")
            }
        return """
            <li class="\(isOurs ? "mine" : "theirs")"><p class="meta"><strong>\
            \(isOurs ? t("mailbox.from_us|From our team") : t("mailbox.from_reporter|From the reporter"))</strong>\
            \(MailboxWords.time(entry, site, t))</p>\(MailboxWords.text(entry, t))<p class="hint">\(state)</p></li>
            """
    }

    private var read: HTML {
        Parts.button(
            "\(path)/messages/read",
            "\(Parts.icon("check"))\(t("mailbox.mark_read|I read this"))",
            token: token,
            class: "small",
            fields: [("report", report)]
        )
    }

    private var write: HTML {
        let ask = Ask(
            name: "message",
            id: "message-\(report)",
            label: t("mailbox.desk_write|Write to the reporter"),
            hint: t("mailbox.desk_hint|Only they can open it, with their code. It deletes itself after they read it."),
            value: isRefused ? form["message"] : "",
            limit: Mailbox.longest,
            control: .area(rows: 2),
            error: isRefused ? refusal?.fields["message"] : nil
        )
        let fields = [
            ("_token", token), ("report", report),
            ("submission", FormToken.issue(for: "\(Self.purpose)|\(token)", at: site.now, keys: site.keys)),
        ]
        return """
            <form class="stack close" method="post" action="\(path)/messages">\(Parts.hidden(fields))\(ask.html(t))\
            <p><button class="small">\(Parts.icon("send"))\(t("mailbox.send|Send the message"))</button></p></form>
            """
    }
}

/// The steps of the thread on the incident's page.
struct MailboxDeskPages {
    let site: Site

    func send(_ request: Request, _ context: MemberContext) async throws -> Response {
        let site = site
        return try await step(request, context) { report, form, caller, tx in
            let nonce = try site.once(form, MailboxDesk.purpose, context)
            try Mailbox.send(form["message"], to: report, sending: nonce, by: caller, in: tx)
        }
    }

    func markRead(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { report, _, caller, tx in
            try Mailbox.markRead(of: report, by: caller, in: tx)
        }
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Report>, Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        return try await site.change(request, context, then: "/board/incidents/\(id.text)") { form, caller, tx in
            guard let report = Ref<Report>(form["report"]) else { throw Refusal.notFound }
            try verb(report, form, caller, tx)
        } orElse: { form, refusal in
            try await BoardPages(site: site).page(context, open: id, form: form, refusal: refusal)
        }
    }
}
