// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People

/// The inputs that every form of a dangerous act ends with: passphrase, and a code where the member has a second factor.
/// Read them with `site.confirm(form, context)`, and give the refusal's fields back as `errors`.
struct ConfirmFields {
    let site: Site
    let t: Words
    let caller: Caller
    var errors: [String: Phrase] = [:]
    /// Keeps the identifiers of several such forms on one page apart; the fields' names stay the same.
    var form = "confirm"

    var html: HTML {
        let passphrase = Ask(
            name: "passphrase",
            id: "\(form)-passphrase",
            label: t("confirm.passphrase|Your passphrase"),
            hint: t("confirm.why|We ask again, because this can’t be taken back easily."),
            limit: 256,
            control: .line(type: "password", attributes: " autocomplete=\"current-password\" required"),
            error: errors["passphrase"]
        )
        return "\(passphrase.html(t))\(site.asksCodes && caller.hasSecondFactor ? code : .empty)"
    }

    private var code: HTML {
        CodeField(t: t, id: "\(form)-code", error: errors["code"]).html
    }
}

/// Six digits from the member's app.
struct CodeField {
    let t: Words
    var name = "code"
    var id = "code"
    var label: String?
    var hint: String?
    var error: Phrase?

    var html: HTML {
        Ask(
            name: name,
            id: id,
            label: label ?? t("confirm.code|Code from your app"),
            hint: hint ?? t("confirm.code_hint|Six digits. Each code works once."),
            limit: 7,
            control: .line(
                type: "text",
                attributes: " class=\"short\" inputmode=\"numeric\" autocomplete=\"one-time-code\" spellcheck=\"false\""
            ),
            error: error
        ).html(t)
    }
}

extension Site {
    /// The door for members, with this instance's rules.
    var door: SignIn {
        SignIn(
            database: database,
            gate: gate,
            keys: keys,
            policy: asksCodes ? .asked : .notAsked,
            doorkeeper: doorkeeper
        )
    }

    /// A demonstration's people are invented: it asks nobody for a code, and says so.
    var asksCodes: Bool { !config.isDemonstration }

    /// Before a dangerous act: the caller's passphrase (and code) as typed into `ConfirmFields`.
    func confirm(_ form: Form, _ context: MemberContext) async throws -> Confirmation {
        try await door.confirm(context.caller, passphrase: form["passphrase"], code: form["code"])
    }
}
