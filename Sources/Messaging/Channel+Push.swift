// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit
import Vault

/// Where a browser takes notices, and the keys they are encrypted to: what `PushSubscription.toJSON()` gives.
package struct PushSubscription: Sendable, Hashable {
    package let endpoint: WebAddress
    /// 65 bytes, an uncompressed point of P-256.
    let publicKey: [UInt8]
    /// 16 bytes.
    let auth: [UInt8]

    private struct Shape: Codable {
        struct Keys: Codable { let p256dh, auth: String }
        let endpoint: String
        let keys: Keys
    }

    package init?(json: String) {
        guard json.utf8.count <= 4_000,
            let shape = try? JSONDecoder().decode(Shape.self, from: Data(json.utf8)),
            let endpoint = WebAddress(shape.endpoint),
            let publicKey = Base64URL.bytes(shape.keys.p256dh.withoutPadding, count: 65),
            let auth = Base64URL.bytes(shape.keys.auth.withoutPadding, count: 16),
            (try? P256.KeyAgreement.PublicKey(x963Representation: publicKey)) != nil
        else { return nil }
        self.endpoint = endpoint
        self.publicKey = publicKey
        self.auth = auth
    }

    /// The one way it is stored.
    package var json: String {
        """
        {"endpoint":"\(endpoint.text)","keys":{"p256dh":"\(Base64URL.text(publicKey))","auth":"\(Base64URL.text(auth))"}}
        """
    }
}

/// RFC 8291 (encryption of web push), 8188 (aes128gcm) and 8292 (VAPID).
package enum WebPush {
    /// The private half of an application server's key, base64url.
    static func newKey() -> String { Base64URL.text(Array(P256.Signing.PrivateKey().rawRepresentation)) }

    /// The public half, as `applicationServerKey` in the browser; nil where the key is damaged.
    package static func publicKey(of key: String) -> String? {
        signingKey(key).map { Base64URL.text(Array($0.publicKey.x963Representation)) }
    }

    private static func signingKey(_ key: String) -> P256.Signing.PrivateKey? {
        Base64URL.bytes(key, count: 32).flatMap { try? P256.Signing.PrivateKey(rawRepresentation: $0) }
    }

    /// The body of one push. `salt` and `ours` are fresh each time; a test gives those of the standard.
    static func encrypt(
        _ plain: [UInt8],
        to subscription: PushSubscription,
        salt: [UInt8] = RandomBytes.take(16),
        ours: P256.KeyAgreement.PrivateKey = P256.KeyAgreement.PrivateKey()
    ) throws -> [UInt8] {
        let theirs = try P256.KeyAgreement.PublicKey(x963Representation: subscription.publicKey)
        let ourPublic = Array(ours.publicKey.x963Representation)
        let shared = try ours.sharedSecretFromKeyAgreement(with: theirs)
        let material = shared.hkdfDerivedSymmetricKey(
            using: SHA256.self,
            salt: subscription.auth,
            sharedInfo: Array("WebPush: info\u{0}".utf8) + subscription.publicKey + ourPublic,
            outputByteCount: 32
        )
        func derive(_ name: String, _ count: Int) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: material,
                salt: salt,
                info: Array("Content-Encoding: \(name)\u{0}".utf8),
                outputByteCount: count
            )
        }
        let nonce = try AES.GCM.Nonce(data: derive("nonce", 12).withUnsafeBytes { Array($0) })
        // One record: 2 marks the last one.
        let box = try AES.GCM.seal(plain + [2], using: derive("aes128gcm", 16), nonce: nonce)
        return salt + [0, 0, 16, 0, 65] + ourPublic + Array(box.ciphertext) + Array(box.tag)
    }

    /// `Authorization` for one push service, good for 12 hours.
    static func authorization(for endpoint: WebAddress, key: String, contact: String, at now: Instant) -> String? {
        guard let signer = signingKey(key), let publicKey = publicKey(of: key) else { return nil }
        let header = Base64URL.text(Array(#"{"typ":"JWT","alg":"ES256"}"#.utf8))
        let ends = now.milliseconds / 1_000 + 12 * 3_600
        let claims = Base64URL.text(
            Array(#"{"aud":"\#(endpoint.origin)","exp":\#(ends),"sub":"mailto:\#(contact)"}"#.utf8)
        )
        guard let signature = try? signer.signature(for: Array("\(header).\(claims)".utf8)) else { return nil }
        return "vapid t=\(header).\(claims).\(Base64URL.text(Array(signature.rawRepresentation))), k=\(publicKey)"
    }
}

extension Provider {
    /// What a browser is given when it asks its push service for us; nil where notices can't be had, or while locked.
    package static func pushKey(keys: InstanceKeys, in tx: Transaction) throws -> String? {
        guard let provider = try find(.push, keys: keys, in: tx), provider.isOn else { return nil }
        return WebPush.publicKey(of: provider.account.key)
    }
}

extension Channel {
    /// Straight to the browser's own push service. What it carries is encrypted to the browser.
    static func push(_ provider: Provider, outside: Outside) -> Channel {
        Channel(.push, rate: provider.rate) { parcel, key in
            guard let subscription = PushSubscription(json: parcel.address) else {
                throw ChannelFailure.gone(why: "push: no subscription")
            }
            struct Notice: Encodable { let title, body, link, key: String }
            let notice = Notice(title: parcel.subject ?? "", body: parcel.text, link: parcel.link ?? "", key: key)
            let body = try WebPush.encrypt(Array(JSONEncoder().encode(notice).prefix(3_000)), to: subscription)
            guard
                let authorization = WebPush.authorization(
                    for: subscription.endpoint,
                    key: provider.account.key,
                    contact: provider.account.from,
                    at: Clock.system.now()
                )
            else { throw ChannelFailure.refused(why: "push: no key") }
            let answer = try await outside.call(
                WebCall(
                    "POST",
                    subscription.endpoint.text,
                    headers: [
                        ("Authorization", authorization), ("Content-Encoding", "aes128gcm"),
                        ("Content-Type", "application/octet-stream"), ("TTL", "\(parcel.lifetime ?? 14_400)"),
                        ("Urgency", parcel.isUrgent == true ? "high" : "normal"),
                        // A second copy replaces the first while both wait (RFC 8030 5.4).
                        ("Topic", String(key.prefix(32))),
                    ],
                    body: body,
                    allowsPrivateNetworks: provider.allowsPrivateNetworks
                )
            )
            if answer.status == 404 || answer.status == 410 { throw ChannelFailure.gone(why: "push: \(answer.status)") }
            guard answer.isFine else { throw answer.failure("push") }
            return Handed()
        }
    }
}

extension String {
    /// Browsers write base64url without `=`, some libraries with.
    fileprivate var withoutPadding: String {
        String(decoding: utf8.reversed().drop { $0 == UInt8(ascii: "=") }.reversed(), as: UTF8.self)
    }
}
