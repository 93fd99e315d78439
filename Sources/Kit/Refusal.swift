// SPDX-License-Identifier: AGPL-3.0-or-later

/// Why a verb said no, in words for the person who asked. Web maps `kind` to a status and a page or a
/// problem+json; `fields` names each input that must change, with its own sentence.
package struct Refusal: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case invalid, forbidden, notFound, conflict, unavailable
    }

    package let kind: Kind
    package let message: Phrase
    package let fields: [String: Phrase]

    package init(_ kind: Kind, _ message: Phrase, fields: [String: Phrase] = [:]) {
        self.kind = kind
        self.message = message
        self.fields = fields
    }

    /// Input that can't be taken as it is; `fields` says where and why.
    package static func invalid(_ fields: [String: Phrase]) -> Refusal {
        Refusal(.invalid, "refusal.invalid|Please check the marked answers. Nothing was lost.", fields: fields)
    }

    /// A stranger and a missing thing look the same.
    package static var notFound: Refusal { Refusal(.notFound, "refusal.not_found|We could not find that.") }

    package static var forbidden: Refusal {
        Refusal(.forbidden, "refusal.forbidden|Your role does not include this. Ask your coordinator.")
    }

    package static var busy: Refusal {
        Refusal(.unavailable, "refusal.busy|We are very busy. Nothing was lost. Please try again in a moment.")
    }

    /// The database went away before it said whether it kept something.
    package static var inDoubt: Refusal {
        Refusal(
            .unavailable,
            "refusal.in_doubt|We can't tell yet whether this was saved. Please try again in a minute."
        )
    }

    package static var storage: Refusal {
        Refusal(
            .unavailable,
            "refusal.storage|We can't save right now. Nothing was lost. Please try again in a minute."
        )
    }

    /// The same for who only wanted to read.
    package static var unread: Refusal {
        Refusal(.unavailable, "refusal.unread|We can't show this right now. Please try again in a minute.")
    }
}
