// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Response
import Vault

/// `/report/answer`: what became of a report, by its code, and a way to add to it. The code comes in a form's body,
/// never in an address; the report's own words are never shown back.
struct AnswerPages {
    static let purpose = "report.more"
    let site: Site

    func form(_ request: Request, _ context: SiteContext) async throws -> Response {
        show(AnswerPage(site: site, t: context.t), context)
    }

    func look(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        let page = AnswerPage(site: site, t: context.t, typed: form["code"])
        guard let code = try? ReporterCode(typed: form["code"]) else { return unknown(page, context) }
        return try await found(code, page, context)
    }

    func add(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        var page = AnswerPage(site: site, t: context.t, typed: form["code"], more: form["more"])
        guard let code = try? ReporterCode(typed: form["code"]) else { return unknown(page, context) }
        do {
            try site.throttle.admitLookup(from: context.peer)
            let token = try FormToken(form["_token"], for: Self.purpose, at: site.now, keys: site.keys)
            let filing = ReportFiling(words: form.optional("more"), language: context.t.language.code)
            _ = try await site.intake.add(filing, to: code, submission: .form(nonce: token.nonce))
            page.wasAdded = true
            page.more = ""
        } catch let refusal as Refusal where refusal.kind == .invalid {
            page.refusal = refusal
        } catch let error where Site.isAway(error) {
            page.refusal = Site.plain(error) as? Refusal
            // The same token: one more press must not add it twice.
            page.token = form["_token"]
        } catch let refusal as Refusal where refusal.kind == .notFound {
            return unknown(page, context)
        } catch is FormToken.Problem {
            page.refusal = Refusal(
                .invalid,
                "report.form_old|This page was open for a long time. Please send it again. Nothing was lost."
            )
        }
        return try await found(code, page, context)
    }

    /// The page of a code: what we found, and the messages. Those of the team count as read now.
    func found(_ code: ReporterCode, _ page: AnswerPage, _ context: SiteContext) async throws -> Response {
        var page = page
        guard site.throttle.allowsCode(from: context.peer) else {
            page.heldUp = .tooManyCodes
            return show(page, context)
        }
        let answer: ReportAnswer?
        let thread: MailboxThread?
        do {
            (answer, thread) = try await site.database.read { tx in
                (try Report.lookup(code, in: tx), try Mailbox.look(code, in: tx))
            }
        } catch let error where page.isAway && Site.isAway(error) {
            return show(page, context)
        }
        guard let answer else {
            site.throttle.countWrongCode(from: context.peer)
            return unknown(page, context)
        }
        page.answer = answer
        if page.token.isEmpty { page.token = FormToken.issue(for: Self.purpose, at: site.now, keys: site.keys) }
        if page.messageToken.isEmpty {
            page.messageToken = FormToken.issue(for: MailboxPages.purpose, at: site.now, keys: site.keys)
        }
        if let thread {
            page.entries = try thread.open(with: code)
            if thread.hasUnread(from: .team), !page.isAway {
                let read = try await site.database.write { tx in
                    try Mailbox.markRead(code, in: tx)
                    return try Mailbox.look(code, in: tx)
                }
                page.goes = read?.times ?? [:]
            }
        }
        return show(page, context)
    }

    func unknown(_ page: AnswerPage, _ context: SiteContext) -> Response {
        var page = page
        page.problem = page.whyNotFound
        return show(page, context)
    }

    private func show(_ page: AnswerPage, _ context: SiteContext) -> Response {
        let layout = Layout(
            site: site,
            t: context.t,
            path: "/report/answer",
            title: context.t("answer.title|See the answer"),
            mainClass: "page narrow stack",
            body: page.body
        )
        if page.problem == nil, page.isAway { return site.awayPage(layout) }
        return site.page(
            layout,
            status: page.problem != nil
                ? .notFound
                : page.refusal != nil || page.messageRefusal != nil || page.erasureRefusal != nil
                    ? .unprocessableContent : .ok
        )
    }
}

struct AnswerPage {
    let site: Site
    let t: Words
    var typed = ""
    var more = ""
    var token = ""
    var answer: ReportAnswer?
    var problem: Phrase?
    /// Why the code was not looked up.
    var heldUp: Refusal?
    var refusal: Refusal?
    var wasAdded = false
    var entries: [MailboxThread.Entry] = []
    /// When those go that were read just now.
    var goes: [Ref<MailboxMessage>: Instant] = [:]
    /// What was typed to the team, kept when it was refused.
    var message = ""
    var messageToken = ""
    var messageRefusal: Refusal?
    var wasSent = false
    var wasDeleted = false
    /// Why the report was not erased.
    var erasureRefusal: Refusal?

    /// It can't be done now: what was typed must not go, whatever else is missing on the page.
    var isAway: Bool {
        heldUp != nil || refusal?.kind == .unavailable || messageRefusal?.kind == .unavailable
    }

    /// A slip of the finger is told as one: nobody needs to fear that a report is gone for a letter that is missing.
    var whyNotFound: Phrase {
        do {
            _ = try ReporterCode(typed: typed)
        } catch ReporterCode.Mistake.length(0) {
            return "answer.code_missing|Write your code. It has 25 letters and numbers."
        } catch ReporterCode.Mistake.length(let count) {
            return Phrase(
                "answer.code_length|This code has 25 letters and numbers. You wrote {count}.",
                ["count": "\(count)"]
            )
        } catch {
            return "answer.code_slip|One letter or number in this code is not right. Check each one."
        }
        return Phrase(
            "answer.unknown|We don't know this code. Check each letter. Reports that were not true are deleted after {span}.",
            ["span": t.span(site.timings.keepUnfounded)]
        )
    }

    var body: HTML {
        let ask = Ask(
            name: "code",
            label: t("answer.code|Your code"),
            hint: t("answer.code_hint|25 letters and numbers. Big or small letters are fine."),
            value: answer == nil ? typed : "",
            limit: 80,
            control: .line(
                type: "text",
                attributes: " class=\"number\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\""
            ),
            error: problem
        )
        return """
            \(Parts.errors(heldUp ?? problem.map { .invalid(["code": $0]) }, labels: [("code", "code")], t))\
            <div class="stack"><h1>\(t("answer.title|See the answer"))</h1>\(found)<form class="sheet stack close" method="post" \
            action="/report/answer">\(ask.html(t))<div class="turn"><button class="first">\(t("answer.see|See the answer"))</button></div></form>\
            \(Happening(site: site, t: t).html)</div>
            """
    }

    private var found: HTML {
        guard let answer else {
            return refusal?.kind == .unavailable
                ? addForm : messageRefusal?.kind == .unavailable ? messages.html : .empty
        }
        let (mark, title, words) = self.words(answer.answer)
        let explanation: HTML =
            answer.explanation?.html(t).map {
                "<p>\(t("answer.it_was|What it was:")) \($0)</p>"
            } ?? .empty
        let exercise: HTML =
            answer.isExercise
            ? "<p>\(Parts.state("plum", "flag", t("respond.exercise|Exercise. Nothing is real.")))</p>" : .empty
        return """
            <article class="item sheet \(mark.tone) stack tight" role="status">\(exercise)<header>\(mark.html)<span class="soft">\
            \(t("answer.sent|Sent")) \(Parts.time(answer.receivedAt, now: site.now, t, class: ""))</span></header><h2>\(title)</h2>\
            <p>\(words)</p>\(explanation)<p class="meta"><span>\(site.placeName(answer.zone, t))</span>\
            \(answer.how.map { "<span>\(t($0.label))</span>" as HTML })<span>\(t("now.updated|Updated")) \
            \(Parts.time(answer.updatedAt, now: site.now, t, class: ""))</span></p></article>\(also(answer))\(messages.html)\(addForm)\(ReportErasureForm(t: t, code: typed, token: token, refusal: erasureRefusal).html)
            """
    }

    /// A report may speak of more than one thing: each has its answer.
    private func also(_ answer: ReportAnswer) -> HTML {
        guard !answer.also.isEmpty else { return .empty }
        let rows: [HTML] = answer.also.map { one in
            let (mark, title, words) = self.words(one.answer)
            let explanation: HTML =
                one.explanation?.html(t).map {
                    "<p>\(t("answer.it_was|What it was:")) \($0)</p>"
                } ?? .empty
            let place: HTML = one.zone.map { "<span>\(site.placeName($0, t))</span>" } ?? .empty
            return """
                <article class="item sheet \(mark.tone) stack tight"><header>\(mark.html)</header><h3>\(title)</h3>\
                <p>\(words)</p>\(explanation)<p class="meta">\(place)<span>\(t("now.updated|Updated")) \
                \(Parts.time(one.updatedAt, now: site.now, t, class: ""))</span></p></article>
                """
        }
        let title = t("answer.also|What you told us is also about this")
        return "<section class=\"stack tight\"><h2>\(title)</h2>\(rows)</section>"
    }

    private func words(_ answer: ReportAnswer.Answer) -> (TruthMark, String, String) {
        switch answer {
        case .checking:
            (
                TruthMark(.unknown, isOver: false, state: .verifying, t), t("answer.checking|We are checking"),
                t("answer.checking_words|Come back in a few minutes. You will see the answer here, true or false.")
            )
        case .confirmed(let isOver):
            (
                TruthMark(.confirmed, isOver: isOver, t),
                isOver ? t("answer.over|It was true. It is over now.") : t("answer.confirmed|It is true"),
                isOver
                    ? t("answer.over_words|Thank you for telling us.")
                    : t(
                        "answer.confirmed_words|We checked it. Keep your distance. You can stay silent."
                    )
            )
        case .notEnforcement:
            (
                TruthMark(.notEnforcement, isOver: false, t),
                t("answer.not_enforcement|It was not immigration officers"),
                t("answer.false_words|We checked. Please tell others too. Thank you for telling us.")
            )
        case .unfounded:
            (
                TruthMark(.unfounded, isOver: false, t), t("answer.unfounded|We found nothing there"),
                t("answer.false_words|We checked. Please tell others too. Thank you for telling us.")
            )
        case .unable:
            (
                TruthMark(.unable, isOver: false, t), t("answer.unable|We could not find out"),
                t("answer.unable_words|Nobody could check it in time. You can add what you know.")
            )
        case .needsMore(let question):
            (
                TruthMark(.unknown, isOver: false, state: .verifying, t), t("answer.needs_more|We need a little more"),
                t(question.label)
            )
        case .closed:
            (
                TruthMark(.unable, isOver: false, t), t("answer.closed|This report is closed"),
                t("answer.closed_words|We could not use it. If it is happening now, report it again.")
            )
        }
    }

    private var messages: MailboxView {
        MailboxView(
            site: site,
            t: t,
            code: typed,
            token: messageToken,
            entries: entries,
            goes: goes,
            message: message,
            refusal: messageRefusal,
            notice: wasSent
                ? t("mailbox.was_sent|Sent. Come back with your code to see the answer.")
                : wasDeleted ? t("mailbox.was_deleted|Deleted, for you and for us.") : nil
        )
    }

    private var addForm: HTML {
        if wasAdded {
            return """
                <div class="note good" role="status">\(Parts.icon("check-circle"))<p><strong>\(t("answer.added|Added. Thank you."))</strong></p></div>
                """
        }
        let ask = Ask(
            name: "more",
            label: t("answer.more|Do you want to add something?"),
            hint: t("answer.more_hint|Something new that you see. Our team adds it to your report."),
            value: more,
            limit: 2_000,
            isOptional: true,
            control: .area(rows: 3),
            error: refusal?.fields["words"] ?? refusal.map(\.message)
        )
        return """
            <form class="sheet stack close" method="post" action="/report/more">\(Parts.hidden([("code", typed), ("_token", token)]))\
            \(ask.html(t))<div class="turn"><button>\(t("answer.add|Add it"))</button></div></form>
            """
    }
}
