// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import People

/// An error as programs read it (RFC 9457): `type` for the machine, the other words for the person behind it, in their
/// language. The words come from our own tables and never from inside an error.
struct Problem: Encodable {
    /// One input that must change; `field` is its path in the body, such as `where.latitude`.
    struct Field: Encodable {
        let field: String
        let detail: String
    }

    let type: String
    let title: String
    let status: Int
    let detail: String
    let errors: [Field]?

    static func response(for error: any Error, status: HTTPResponse.Status, _ t: Words) -> Response {
        .json(Problem(error, status, t), status: status, headers: headers(for: error, status, t))
    }

    /// The same for who writes the answer without the routes.
    static func bytes(
        of error: any Error,
        status: HTTPResponse.Status,
        _ t: Words
    ) -> (headers: HTTPFields, body: ByteBuffer) {
        (headers(for: error, status, t), Response.bytes(of: Problem(error, status, t)))
    }

    private static func headers(for error: any Error, _ status: HTTPResponse.Status, _ t: Words) -> HTTPFields {
        var headers: HTTPFields = [.contentType: "application/problem+json", .contentLanguage: t.language.code]
        if let error = error as? HTTPError { headers.append(contentsOf: error.headers) }
        switch status.code {
        case 401: headers[.wwwAuthenticate] = "Cookie realm=\"members\""
        case 503: headers[.retryAfter] = "20"
        default: break
        }
        return headers
    }

    private init(_ error: any Error, _ status: HTTPResponse.Status, _ t: Words) {
        let (name, title, detail) = Self.words(for: status, t)
        let refusal = error as? Refusal
        let isLocked = refusal == .locked
        type = "urn:vecinos:problem:\(isLocked ? "locked" : name)"
        self.title = isLocked ? t("problem.locked|Sealed") : title
        self.status = status.code
        self.detail = refusal.map { t($0.message) } ?? detail
        let fields = refusal?.fields ?? [:]
        errors =
            fields.isEmpty ? nil : fields.sorted { $0.key < $1.key }.map { Field(field: $0.key, detail: t($0.value)) }
    }

    private static func words(for status: HTTPResponse.Status, _ t: Words) -> (
        name: String, title: String, detail: String
    ) {
        switch status.code {
        case 401:
            ("sign-in", t("problem.sign_in|Please sign in"), t("problem.sign_in_detail|This needs a member's session."))
        case 403:
            (
                "forbidden", t("problem.forbidden|Not allowed"),
                t("problem.forbidden_detail|Your role does not include this.")
            )
        case 404:
            ("not-found", t("problem.not_found|Not found"), t("problem.not_found_detail|We could not find that."))
        case 405:
            (
                "method", t("problem.method|That does not work here"),
                t("problem.method_detail|Use one of the methods in Allow.")
            )
        case 409:
            (
                "conflict", t("problem.conflict|Something changed meanwhile"),
                t("problem.conflict_detail|Load it again, then decide.")
            )
        case 413:
            ("too-large", t("problem.too_large|Too large"), t("problem.too_large_detail|A body can have up to 64 KB."))
        case 415:
            (
                "media-type", t("problem.media_type|Another kind of content"),
                t("problem.media_type_detail|Send application/json.")
            )
        case 422:
            (
                "invalid", t("problem.invalid|Some answers need a change"),
                t("problem.invalid_detail|Please check what you sent.")
            )
        case 431:
            (
                "too-large", t("problem.too_large|Too large"),
                t("problem.long_head|The headers of a request can have up to 32 KB.")
            )
        case 503:
            (
                "busy", t("problem.busy|Please try again in a moment"),
                t("problem.busy_detail|We can't do that right now.")
            )
        case 400..<500:
            (
                "unreadable", t("problem.unreadable|We could not read that"),
                t("problem.unreadable_detail|Send one JSON object in UTF-8, as docs/api/openapi.yaml describes.")
            )
        default:
            (
                "server", t("problem.server|Something broke on our side"),
                t("problem.server_detail|What you sent before is safe. Please try again.")
            )
        }
    }
}
