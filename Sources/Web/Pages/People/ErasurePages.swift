// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// Erasing oneself: `/settings/erasure` for members, `/report/erasure` for reporters with their code.
struct ErasurePages {
    static let path = "/settings/erasure"
    let site: Site

    func ask(_ request: Request, _ context: MemberContext) async throws -> Response {
        page(context, nil)
    }

    func erase(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        do {
            let (confirmed, caller) = (try await site.confirm(form, context), context.caller)
            try await site.database.write { tx in
                try Retention.eraseMember(by: caller, confirmed: confirmed, in: tx)
            }
            var response = Response.see("/")
            response.headers[.clearSiteData] = "\"cache\", \"cookies\", \"storage\""
            return response
        } catch let refusal as Refusal where refusal.isForTheForm {
            return page(context, refusal)
        }
    }

    /// The second look is the tick in the form: the code may have been found by somebody else.
    func eraseReport(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody)
        let answers = AnswerPages(site: site)
        var page = AnswerPage(site: site, t: context.t, typed: form["code"])
        guard let code = try? ReporterCode(typed: form["code"]) else { return answers.unknown(page, context) }
        do {
            _ = try FormToken(form["_token"], for: AnswerPages.purpose, at: site.now, keys: site.keys)
            guard form.isOn("sure") else {
                throw Refusal.invalid(["sure": "erasure.tick|Tick the box first. Then nothing can bring it back."])
            }
            try await site.intake.erase(code)
            return answers.erased(context)
        } catch is FormToken.Problem {
            page.erasureRefusal = Refusal(
                .invalid,
                "report.form_old|This page was open for a long time. Please send it again. Nothing was lost."
            )
        } catch let refusal as Refusal where refusal.kind == .invalid || refusal.kind == .conflict {
            page.erasureRefusal = refusal
        } catch let refusal as Refusal where refusal.kind == .notFound {
            return answers.unknown(page, context)
        }
        return try await answers.found(code, page, context)
    }

    private func page(_ context: MemberContext, _ refusal: Refusal?) -> Response {
        let t = context.t
        let fields = ConfirmFields(site: site, t: t, caller: context.caller, errors: refusal?.fields ?? [:])
        let lines = [
            t("erasure.member_1|You are signed out everywhere, and your account is gone."),
            t("erasure.member_2|Your teams get new keys. You can open nothing any more."),
            t("erasure.member_3|Your name, languages, neighborhood and how to reach you are erased."),
            t("erasure.member_4|What you signed stays, under a made-up name."),
        ]
        let body: HTML = """
            <div class="stack">\(Parts.refusal(refusal, labels: [("passphrase", "confirm-passphrase"), ("code", "confirm-code")], back: Self.path, t))\
            <p><a href="/settings">\(t("retention.back|Back to settings"))</a></p><h1>\(t("erasure.member|Erase my account"))</h1>\
            <ul>\(lines.map { "<li>\($0)</li>" as HTML })</ul><p>\(t("erasure.final|Nobody can bring it back."))</p>\
            <form class="sheet stack close" method="post" action="\(Self.path)">\(Parts.hidden([("_token", context.token.csrf)]))\
            \(fields.html)<div class="turn"><button class="urgent">\(t("erasure.member_yes|Erase my account now"))</button></div></form></div>
            """
        return site.memberPage(
            context,
            place: "/settings",
            title: t("place.settings|Settings"),
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}

/// The way out, under a reporter's answer: folded, with a tick before the button.
struct ReportErasureForm {
    let t: Words
    let code: String
    let token: String
    let refusal: Refusal?

    var html: HTML {
        let problem: HTML? = refusal.map { refusal in
            "<p class=\"error\" id=\"sure-error\" role=\"alert\">\(Parts.icon("alert"))\(t(refusal.fields["sure"] ?? refusal.message))</p>"
        }
        let marks: HTML = refusal == nil ? .empty : " aria-invalid=\"true\" aria-describedby=\"sure-error\""
        return """
            <details class="fold"\(refusal == nil ? .empty : " open" as HTML)><summary>\(t("erasure.report|Erase my report"))</summary>\
            <form class="sheet stack close" method="post" action="/report/erasure">\(Parts.hidden([("code", code), ("_token", token)]))\
            <p>\(t("erasure.report_words|Your words, photos and messages are erased at once. We keep only that there was a report."))</p>\(problem)\
            <label class="check"><input type="checkbox" id="sure" name="sure" value="yes"\(marks)> \(t("erasure.sure|Yes, erase it for good"))</label>\
            <div class="turn"><button class="urgent">\(t("erasure.report_yes|Erase it now"))</button></div></form></details>
            """
    }
}

extension AnswerPages {
    /// What is left to say.
    func erased(_ context: SiteContext) -> Response {
        let t = context.t
        let body: HTML = """
            <div class="stack"><h1>\(t("erasure.done|Your report is erased"))</h1>\
            <p class="lead">\(t("erasure.done_words|Nobody can open it any more, we neither. This code does not work now."))</p>\
            <p><a class="button" href="/">\(t("erasure.home|Go to the first page"))</a></p></div>
            """
        return site.page(
            Layout(
                site: site,
                t: t,
                path: "/report/answer",
                title: t("answer.title|See the answer"),
                mainClass: "page narrow stack",
                body: body
            )
        )
    }
}
