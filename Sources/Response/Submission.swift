// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// Which sending something came with, so that twice sent is once stored: a double click, a retry, the back button.
package enum Submission: Sendable {
    /// The nonce of a form token of ours.
    case form(nonce: [UInt8])
    /// A key that the client chose, and SHA-256 of the body it sent under it.
    case idempotencyKey(String, bodyHash: [UInt8])
    /// A client that can't tell its sendings apart: every one counts.
    case once

    package static let longestKey = 200

    /// Whether another body under the same name is an error of the client. Somebody who changed their words and sent
    /// the page again made none: the first words stay.
    var mustMatch: Bool {
        if case .idempotencyKey = self { true } else { false }
    }

    /// What the database knows a sending by, and the code that belongs to it.
    struct Identity: Sendable {
        let code: ReporterCode
        let names: ReporterCode.Names
        /// What a report is found by, and a report that is sent again; see `ReporterCode.lookup`.
        let lookup: [UInt8]
        let body: [UInt8]

        /// What an observation that is sent again is found by: nobody has its code.
        var stored: [UInt8] { code.sending }
    }

    /// `content` stands for the body where the client sent no hash of it.
    func identity(content: @autoclosure () -> [UInt8], keys: InstanceKeys) throws -> Identity {
        switch self {
        case .form(let nonce):
            guard nonce.count >= 16 else { throw Refusal.invalid(["form": Self.noForm]) }
            return Identity(.derived(from: "form|\(Base64URL.text(nonce))", keys: keys), body: content())
        case .idempotencyKey(let key, let bodyHash):
            guard (1...Self.longestKey).contains(key.utf8.count) else {
                throw Refusal.invalid(["Idempotency-Key": Self.badKey])
            }
            return Identity(.derived(from: "key|\(key)", keys: keys), body: bodyHash)
        case .once:
            return Identity(.generate(), body: content())
        }
    }

    /// The refusal for a client's key that came with another body before.
    static var reused: Refusal {
        Refusal(.conflict, "response.key_reused|This key was used for something else before. Use a new one.")
    }

    private static var noForm: Phrase { "response.no_form|This page is too old. Please load it again." }

    private static var badKey: Phrase {
        Phrase("response.bad_key|Use 1 to {limit} letters.", ["limit": "\(longestKey)"])
    }
}

extension Submission.Identity {
    fileprivate init(_ code: ReporterCode, body: [UInt8]) {
        let names = code.names
        self.init(code: code, names: names, lookup: names.lookup, body: names.mark(of: body))
    }
}
