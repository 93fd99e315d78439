// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit
import Vault

/// Where another program is told, and the secret it knows us by.
package struct WebhookTarget: Sendable, Hashable, Codable {
    package let url: WebAddress
    /// At least 24 bytes as `whsec_` and base64, or any text of 16 letters or more.
    package let secret: String
    /// The secret before this one, as long as it signs too.
    package var before: String?

    private struct Shape: Codable {
        let url, secret: String
        let before: String?
    }

    package init?(url: String, secret: String, before: String? = nil) {
        guard let url = WebAddress(url), secret.utf8.count >= 16, secret.utf8.count <= 200 else { return nil }
        self.url = url
        self.secret = secret
        self.before = before
    }

    package init?(json: String) {
        guard let shape = try? JSONDecoder().decode(Shape.self, from: Data(json.utf8)) else { return nil }
        self.init(url: shape.url, secret: shape.secret, before: shape.before)
    }

    package init(from decoder: any Decoder) throws {
        let shape = try Shape(from: decoder)
        guard let target = WebhookTarget(url: shape.url, secret: shape.secret, before: shape.before) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a web hook"))
        }
        self = target
    }

    package func encode(to encoder: any Encoder) throws {
        try Shape(url: url.text, secret: secret, before: before).encode(to: encoder)
    }

    package var json: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

/// Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` and `webhook-signature` (`v1,` and base64 of HMAC-SHA256 over
/// `id.timestamp.body`; several with a space between, while a secret is being changed). Used both ways: for what we send, and for our own telephone's gateway calling us.
package enum StandardWebhook {
    package static func headers(
        id: String,
        body: [UInt8],
        secret: String,
        before: String? = nil,
        at now: Instant
    ) -> [(name: String, value: String)] {
        let time = "\(now.milliseconds / 1_000)"
        let signatures = [secret, before].compactMap(\.self).map {
            "v1," + signature(id: id, time: time, body: body, secret: $0).base64
        }
        return [
            ("webhook-id", id), ("webhook-timestamp", time),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    /// Whether somebody who knows the secret wrote this in the last five minutes; compares in constant time.
    package static func isGenuine(
        id: String,
        timestamp: String,
        signatures: String,
        body: [UInt8],
        secret: String,
        at now: Instant
    ) -> Bool {
        guard !id.isEmpty, !secret.isEmpty, let seconds = Int64(timestamp),
            abs(now.milliseconds / 1_000 &- seconds) <= 300
        else { return false }
        let expected = Secret(signature(id: id, time: timestamp, body: body, secret: secret))
        // No early end: how many stand there is no secret, which one fits might be.
        return signatures.split(separator: " ").prefix(10).reduce(false) { found, signature in
            guard signature.hasPrefix("v1,"), let bytes = Data(base64Encoded: String(signature.dropFirst(3))) else {
                return found
            }
            return expected.matches(Array(bytes)) || found
        }
    }

    private static func signature(id: String, time: String, body: [UInt8], secret: String) -> [UInt8] {
        let key =
            secret.hasPrefix("whsec_")
            ? Data(base64Encoded: String(secret.dropFirst(6))).map { Array($0) } ?? Array(secret.utf8)
            : Array(secret.utf8)
        return Secret(key).authenticate(Array("\(id).\(time).".utf8) + body)
    }
}

/// Twilio's `X-Twilio-Signature`: HMAC-SHA1 over the address and the sorted fields, base64.
package enum TwilioSignature {
    package static func isGenuine(
        _ signature: String,
        url: String,
        fields: [(name: String, value: String)],
        token: String
    ) -> Bool {
        guard !token.isEmpty, let given = Data(base64Encoded: signature), given.count == 20 else { return false }
        return Secret(make(url: url, fields: fields, token: token)).matches(Array(given))
    }

    static func make(url: String, fields: [(name: String, value: String)], token: String) -> [UInt8] {
        // Sorted by bytes, as Twilio's own libraries do; a field sent twice counts once per value.
        let sorted = fields.sorted { left, right in
            let (first, second) = (Array(left.name.utf8), Array(right.name.utf8))
            return first == second
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8) : first.lexicographicallyPrecedes(second)
        }
        let signed = sorted.reduce(into: url) { $0 += $1.name + $1.value }
        return Array(
            HMAC<Insecure.SHA1>.authenticationCode(
                for: Array(signed.utf8),
                using: SymmetricKey(data: Array(token.utf8))
            )
        )
    }
}

/// `X-Hub-Signature-256` of the WhatsApp Cloud API: HMAC-SHA256 of the body, in hexadecimal.
package enum HubSignature {
    /// What Meta is to say when it asks whether an address is ours. Made of the app's secret, which it tells nothing of: it
    /// stands in an address, and so in logs. Nil without a secret.
    package static func challengeToken(of secret: String) -> String? {
        guard !secret.isEmpty else { return nil }
        let made = Secret(Array(secret.utf8)).authenticate(Array("vecinos hub challenge".utf8))
        return Base64URL.text(Array(made.prefix(18)))
    }

    package static func isGenuine(_ header: String, body: [UInt8], secret: String) -> Bool {
        guard !secret.isEmpty, header.hasPrefix("sha256=") else { return false }
        let expected = Fingerprint.hex(Secret(Array(secret.utf8)).authenticate(body))
        return Secret(Array(expected.utf8)).matches(Array(header.dropFirst(7).lowercased().utf8))
    }
}

extension Channel {
    /// What other programs were told: a JSON body, signed. Only public networks, unless the coalition allows its own.
    static func webhook(_ provider: Provider, outside: Outside) -> Channel {
        Channel(.webhook, rate: provider.rate) { parcel, key in
            guard let target = WebhookTarget(json: parcel.address) else {
                throw ChannelFailure.refused(why: "web hook: no address")
            }
            let body = Array(parcel.text.utf8)
            let answer = try await outside.call(
                WebCall(
                    "POST",
                    target.url.text,
                    headers: [("Content-Type", "application/json")]
                        + StandardWebhook.headers(
                            id: key,
                            body: body,
                            secret: target.secret,
                            before: target.before,
                            at: Clock.system.now()
                        ),
                    body: body,
                    allowsPrivateNetworks: provider.allowsPrivateNetworks
                )
            )
            if answer.status == 410 { throw ChannelFailure.gone(why: "web hook: 410") }
            guard answer.isFine else { throw answer.failure("web hook") }
            return Handed()
        }
    }
}
