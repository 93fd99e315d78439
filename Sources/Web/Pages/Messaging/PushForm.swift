// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import NIOCore

/// What a form needs so that `push.js` can ask the browser for notices before it is sent.
struct PushForm {
    let t: Words
    /// The public half of our key, base64url.
    let key: String
    /// Where the form goes with what the browser gave, and the field that takes it.
    let action: String
    let field: String
    var isChosen = false

    var attributes: HTML {
        """
         data-push="\(key)" data-worker="/subscribe/worker.js?in=\(t.language.code)" data-action="\(action)" data-field="\(field)"\
         data-label="\(t("push.label|Notice in this browser"))" data-asking="\(t("push.asking|Your browser asks you now. Please say yes there."))"\
         data-denied="\(t("push.denied|Your browser does not allow notices from us. You can change that in its settings, or choose another way."))"\
         data-failed="\(t("push.failed|Your browser could not turn on notices. Nothing was sent. Please choose another way."))"\
        \(isChosen ? " data-chosen" as HTML : .empty)
        """
    }

    /// The page that holds it starts a worker; no other page does.
    static func allowWorker(_ response: inout Response) {
        response.headers[.contentSecurityPolicy] = response.headers[.contentSecurityPolicy]?
            .replacing("worker-src 'none'", with: "worker-src 'self'")
    }
}

/// `/subscribe/worker.js`: shows notices, in words that tell others nothing. The language is that of the form it came from.
struct PushWorker {
    private struct Said: Encodable { let title, body, language, direction: String }

    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        // Not `lang`: a browser looks for a newer worker by itself, and that must not change the language of the pages.
        let language = request.uri.queryParameters["in"].flatMap { site.library.language(String($0)) }
        let t = site.library.words(language?.code ?? "en")
        let said = Said(
            title: t("push.title|A new message for you"),
            body: t("push.body|Tap to read it."),
            language: t.language.code,
            direction: t.language.direction
        )
        let json = String(decoding: try JSONEncoder().encode(said), as: UTF8.self)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/javascript; charset=utf-8", .cacheControl: "no-cache",
                .contentSecurityPolicy:
                    "default-src 'none'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            ],
            body: .init(byteBuffer: .init(string: "const SAID = \(json);\n" + site.statics.text("push-worker.js")))
        )
    }
}
