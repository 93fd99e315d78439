// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People
import Vault

extension Site {
    /// One form, one verb: then a page that can be loaded again, or this page with the reason beside what was typed.
    func change(
        _ request: Request,
        _ context: MemberContext,
        then path: String,
        _ verb: @escaping @Sendable (Form, Caller, Transaction) throws -> Void,
        orElse again: (Form, Refusal) async throws -> Response
    ) async throws -> Response {
        let form = try await memberForm(request, context)
        let caller = context.caller
        do {
            try await database.write { tx in try verb(form, caller, tx) }
            return .see(path)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await again(form, refusal)
        }
    }
}

/// Forms of members that make something new: sent twice, they make it once.
extension Site {
    /// For the hidden field `submission`; bound to the session it was shown in.
    func onceToken(_ purpose: String, _ context: MemberContext) -> String {
        FormToken.issue(for: "\(purpose)|\(context.token.csrf)", at: now, keys: keys)
    }

    /// The nonce to take in the verb's transaction.
    func once(_ form: Form, _ purpose: String, _ context: MemberContext) throws -> [UInt8] {
        do {
            return try FormToken(
                form["submission"],
                for: "\(purpose)|\(context.token.csrf)",
                at: now,
                keys: keys,
                oldest: .hours(12)
            ).nonce
        } catch is FormToken.Problem {
            throw Refusal(
                .invalid,
                "form.too_old|This page was open for a long time. Nothing was lost. Please send it again."
            )
        }
    }
}

extension Refusal {
    /// Whether the form can be shown again with the reason; a stranger and a forbidden thing get an error page.
    var isForTheForm: Bool {
        switch kind {
        case .invalid, .conflict, .unavailable: true
        case .forbidden: self == .locked
        case .notFound: false
        }
    }

    var status: HTTPResponse.Status { Site.status(of: self) }
}

/// The pieces that only members' pages have.
extension Parts {
    /// The reasons of a refusal, and the way out where there is one.
    static func refusal(
        _ refusal: Refusal?,
        labels: [(field: String, id: String)] = [],
        back: String,
        _ t: Words
    ) -> HTML {
        guard let refusal, refusal == .locked else { return errors(refusal, labels: labels, t) }
        return """
            <div class="errors" role="alert" tabindex="-1" aria-labelledby="errors-h"><h2 id="errors-h">\(t(refusal.message))</h2>\
            <p>\(t("sealed.new_tab|It opens in a new tab. Then come back and send this again."))</p>\
            <p><a class="button" href="/session/unlock?back=\(back)" target="_blank" rel="noopener">\
            \(icon("unlock"))\(t("sealed.unlock|Unlock"))</a></p></div>
            """
    }

    /// A closed envelope: what is in it opens with the member's passphrase.
    static func envelope(_ words: String, back: String, _ t: Words) -> HTML {
        """
        <span class="sealed">\(icon("envelope"))\(words) \
        <a href="/session/unlock?back=\(back)">\(t("sealed.open|Open"))<span class="visually-hidden">: \(words)</span></a></span>
        """
    }

    static func note(_ tone: String, _ icon: String, _ strong: String, _ rest: HTML = .empty) -> HTML {
        """
        <div class="note\(tone.isEmpty ? "" : " \(tone)")">\(Parts.icon(icon))<div><p><strong>\(strong)</strong></p>\(rest)</div></div>
        """
    }

    /// A row of boxes to tick, `name` repeated.
    static func boxes(
        _ legend: String,
        name: String,
        options: [(value: String, label: String)],
        on: Set<String>,
        error: Phrase? = nil,
        _ t: Words
    ) -> HTML {
        let lines: [HTML] = options.map { option in
            """
            <label class="check"><input type="checkbox" name="\(name)" value="\(option.value)"\
            \(on.contains(option.value) ? " checked" : "")> \(option.label)</label>
            """
        }
        let problem: HTML? = error.map {
            "<p class=\"error\" id=\"\(name)-error\">\(Parts.icon("alert"))\(t($0))</p>"
        }
        return """
            <fieldset class="all" id="\(name)"\(error == nil ? "" : " aria-describedby=\"\(name)-error\"" as HTML)>\
            <legend>\(legend)</legend>\(problem)<div class="row">\(lines)</div></fieldset>
            """
    }

    /// Big choices, one of them.
    static func choices(
        _ legend: HTML,
        name: String,
        options: [(value: String, icon: String, label: String)],
        chosen: String,
        error: Phrase? = nil,
        _ t: Words
    ) -> HTML {
        let lines: [HTML] = options.map { option in
            """
            <label class="choice slim"><input type="radio" name="\(name)" value="\(option.value)"\
            \(option.value == chosen ? " checked" : "")>\(option.icon.isEmpty ? .empty : Parts.icon(option.icon))\
            <span>\(option.label)</span></label>
            """
        }
        let problem: HTML? = error.map {
            "<p class=\"error\" id=\"\(name)-error\">\(Parts.icon("alert"))\(t($0))</p>"
        }
        return """
            <fieldset class="choices" id="\(name)"\(error == nil ? "" : " aria-describedby=\"\(name)-error\"" as HTML)>\
            <legend>\(legend)</legend>\(problem)<div class="grid">\(lines)</div></fieldset>
            """
    }
}
