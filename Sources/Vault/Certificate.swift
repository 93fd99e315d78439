// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// That somebody passed a course, signed by the instance: short enough for a QR code, and checked with nothing but the
/// instance's public key. The name is the one its holder chose.
///
///     VEC1:legal-observer:TWFyw61h:2026-11-22:2027-11-22:k3J9…:9f2c51a07be04c1d:Rz3…
///          course         name (base64url)  issued  expires  serial  key id  Ed25519 of all before the last colon
package struct Certificate: Sendable, Hashable {
    /// In bytes of UTF-8.
    package static let nameLimit = 120
    /// What its signature begins with, so that it can't be taken for another kind of entry.
    package static let domain = "vecinos certificate\n"
    static let prefix = "VEC1"

    package let course: String
    package let name: String
    /// `2026-11-22`.
    package let issued: String
    package let expires: String
    /// Nine bytes, base64url: what a recall names.
    package let serial: String
    /// Of the instance's signature key: 16 hexadecimal digits.
    package let keyID: String
    /// The whole, with its signature.
    package let text: String

    /// `serial`: nine bytes; the same ones, name and days give the same text again.
    package static func sign(
        course: String,
        name: String,
        issued: String,
        expires: String,
        serial: [UInt8] = RandomBytes.take(9),
        with keys: InstanceKeys.Unlocked
    ) throws -> Certificate {
        let body = [
            prefix, course, Base64URL.text(Array(name.utf8)), issued, expires, Base64URL.text(serial),
            keyID(of: try keys.signingKey),
        ].joined(separator: ":")
        let signature = Base64URL.text(try keys.sign(Array((domain + body).utf8)))
        guard let certificate = Certificate(reading: "\(body):\(signature)") else { throw VaultError.damaged }
        return certificate
    }

    /// Nil unless every byte of it is as the holder of this key signed it.
    package init?(_ text: String, by signingKey: [UInt8]) {
        guard let read = Certificate(reading: text), read.keyID == Self.keyID(of: signingKey),
            let cut = read.text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let signature = Base64URL.bytes(String(read.text[read.text.utf8.index(after: cut)...]), count: 64),
            KeyPair.verify(signature, of: Array((Self.domain + read.text[..<cut]).utf8), by: signingKey)
        else { return nil }
        self = read
    }

    /// Its form only: nothing is proved yet.
    package init?(reading text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard text.utf8.count <= 500, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), parts.count == 8,
            parts[0] == Self.prefix, Self.isName(parts[1]),
            let name = Base64URL.bytes(parts[2], count: parts[2].utf8.count * 3 / 4),
            (1...Self.nameLimit).contains(name.count), let spoken = String(validating: name, as: UTF8.self),
            Self.isDay(parts[3]), Self.isDay(parts[4]), parts[3] < parts[4],
            Base64URL.bytes(parts[5], count: 9) != nil, Self.isKeyID(parts[6]),
            Base64URL.bytes(parts[7], count: 64) != nil
        else { return nil }
        (course, self.name, issued, expires) = (parts[1], spoken, parts[3], parts[4])
        (serial, keyID, self.text) = (parts[5], parts[6], text)
    }

    /// It holds to the end of that day.
    package func isOver(on day: String) -> Bool { day > expires }

    package static func keyID(of signingKey: [UInt8]) -> String {
        Fingerprint.hex(Array(Fingerprint.sha256(signingKey).prefix(8)))
    }

    /// The serial alone, from outside: nil unless it is written the one right way.
    package static func isSerial(_ text: String) -> Bool { Base64URL.bytes(text, count: 9) != nil }

    private static func isName(_ text: String) -> Bool {
        (2...60).contains(text.utf8.count)
            && text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
    }

    private static func isDay(_ text: String) -> Bool {
        text.utf8.count == 10 && LocalTime.parse(field: "\(text)T00:00") != nil
    }

    private static func isKeyID(_ text: String) -> Bool {
        text.utf8.count == 16 && text.utf8.allSatisfy { ($0 >= 97 && $0 <= 102) || ($0 >= 48 && $0 <= 57) }
    }
}
