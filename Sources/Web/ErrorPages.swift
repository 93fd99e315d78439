// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Logging
import People
import Vault

/// Turns what was thrown into what a person, or a program, can use. Inner words of errors never leave; an unknown
/// error shows only the request's id.
extension Site {
    func response(to error: any Error, for request: Request, _ context: SiteContext) -> Response {
        var error = Self.plain(error)
        if error as? Refusal == .storage, request.method == .get || request.method == .head { error = Refusal.unread }
        let status = Self.status(of: error)
        if status == .internalServerError {
            // The route's template and the error's kind: never the address that was asked for, nor what was sent.
            logger.error(
                "request failed",
                metadata: [
                    "id": "\(context.id)", "route": "\(context.endpointPath ?? "-")", "error": "\(type(of: error))",
                    "status": "5xx", "took": "\(context.took)",
                ]
            )
        }
        if request.isForPrograms { return Problem.response(for: error, status: status, context.t) }
        return errorPage(error, status, context)
    }

    /// What can't be done while the instance's key or the disk is away: the words for it, whoever threw.
    static func plain(_ error: any Error) -> any Error {
        // The files of keys stand on the disk that the database stands on.
        if error is KeyFile.Problem { return Refusal.storage }
        return switch error as? VaultError {
        case .locked: Refusal.instanceLocked
        // The database that keeps shred keys is away, or the passphrase gate is full.
        case .busy: Refusal.busy
        case .damaged, .noKey, .badAddress, .tooLarge, .badCost, .shredded, .noShredder, nil: error
        }
    }

    /// Whether it can be tried again as it is: then the page with the form comes back, not another one.
    static func isAway(_ error: any Error) -> Bool { (plain(error) as? Refusal)?.kind == .unavailable }

    static func status(of error: any Error) -> HTTPResponse.Status {
        switch error {
        case let refusal as Refusal:
            switch refusal.kind {
            case .invalid: .unprocessableContent
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .conflict: .conflict
            case .unavailable: .serviceUnavailable
            }
        case is SignInNeeded: .unauthorized
        case let error as any HTTPResponseError: error.status
        case is DecodingError: .badRequest
        default: .internalServerError
        }
    }

    private func errorPage(_ error: any Error, _ status: HTTPResponse.Status, _ context: SiteContext) -> Response {
        let t = context.t
        let (title, lead) = Self.words(for: error, status, t)
        // Each leads to something that works now.
        let ways: HTML =
            error as? Refusal == .unread
            ? """
            <a class="button first" href="/rights">\(t("happening.rights|What to say and do"))</a>\
            <a class="button" href="/report">\(t("home.report|Report what you see"))</a>
            """
            : """
            <a class="button first" href="/">\(t("error.start|Go to the start"))</a>\
            <a class="button" href="/now">\(t("error.now|See what is happening"))</a>
            """
        let body: HTML = """
            <div class="stack"><p class="soft number">\(status.code)</p><h1>\(title)</h1>\
            \(lead.map { "<p class=\"lead\">\($0)</p>" as HTML })\
            \(status == .internalServerError ? "<p class=\"soft\">\(t("error.number|Number of this error:")) \(context.id)</p>" : .empty as HTML)\
            <div class="row">\(ways)\
            <a class="button" href="\(pack.hotlineAddress)">\(Parts.icon("phone"))\(Parts.telephone(pack.coalition.hotline.number))</a></div></div>
            """
        let layout = Layout(site: self, t: t, path: "/", title: title, mainClass: "page narrow stack", body: body)
        return status == .serviceUnavailable ? awayPage(layout) : page(layout, status: status)
    }

    /// A page that says what can't be had now, and when to ask again.
    func awayPage(_ layout: Layout) -> Response {
        var response = page(layout, status: .serviceUnavailable)
        response.headers[.retryAfter] = "20"
        return response
    }

    private static func words(for error: any Error, _ status: HTTPResponse.Status, _ t: Words) -> (String, String?) {
        if let refusal = error as? Refusal, refusal.kind != .notFound {
            let more = refusal.fields.values.map { t($0) }.sorted().joined(separator: " ")
            // What can't be done now says itself what became of it.
            let kept = refusal.kind == .unavailable ? nil : t("error.kept|Nothing was lost.")
            return (t(refusal.message), more.isEmpty ? kept : more)
        }
        switch status.code {
        case 404:
            return (
                t("error.404|We can't find that page"), t("error.404_lead|The address may be old. Nothing was lost.")
            )
        case 405:
            return (
                t("error.405|That does not work here"), t("error.405_lead|Go back and use the buttons on the page.")
            )
        case 413:
            return (
                t("error.413|That is too big"),
                t(
                    "error.413_lead|Photos can be up to 10 MB each, videos up to 200 MB. This was not sent. Please write it again with smaller files."
                )
            )
        case 400..<500:
            return (
                t("error.400|We could not read that"),
                t("error.400_lead|Please go back and try again. Nothing was saved.")
            )
        default:
            return (
                t("error.500|Something broke on our side"),
                t("error.500_lead|It is not your fault. What you sent before is safe. Please try again.")
            )
        }
    }
}

extension Request {
    /// Programs get problem+json; people get a page.
    var isForPrograms: Bool { uri.path.hasPrefix("/api/") }
}
