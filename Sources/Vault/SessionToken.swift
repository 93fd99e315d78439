// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// What a signed-in browser holds: an id that finds the session and a secret that opens the member's seed. The
/// database knows only SHA-256 of the id, so neither half can be made from a stolen copy.
package struct SessionToken: Sendable, CustomStringConvertible {
    private let id: Secret
    private let secret: Secret

    package static func generate() -> SessionToken { SessionToken(id: .random(), secret: .random()) }

    /// Reads a cookie; nil unless it is exactly 64 bytes in base64url, written the one right way.
    package init?(cookie: String) {
        guard let bytes = Base64URL.bytes(cookie, count: 64) else { return nil }
        self.init(id: Secret(Array(bytes.prefix(32))), secret: Secret(Array(bytes.suffix(32))))
    }

    private init(id: Secret, secret: Secret) {
        self.id = id
        self.secret = secret
    }

    /// The value of the cookie, 86 letters.
    package var cookie: String { Base64URL.text(id.bytes + secret.bytes) }

    /// What the database finds the session by; 32 bytes.
    package var idHash: [UInt8] { Array(SHA256.hash(data: id.bytes)) }

    package func wrap(_ seed: Secret, person: String) throws -> WrappedSeed {
        try WrappedSeed.wrap(seed, under: secret.derive("session"), person: person, for: .session)
    }

    package func unwrap(_ wrapped: WrappedSeed, person: String) throws -> Secret {
        try wrapped.unwrap(under: secret.derive("session"), person: person, for: .session)
    }

    /// Goes into every form of the session as a hidden field.
    package var csrf: String { Base64URL.text(secret.derive("csrf").bytes) }

    package func accepts(csrf text: String) -> Bool {
        guard let bytes = Base64URL.bytes(text, count: 32) else { return false }
        return secret.derive("csrf").matches(bytes)
    }

    package var description: String { "•••" }
}
