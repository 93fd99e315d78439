// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// A link that needs no sign-in because the instance signed it: what it is for, and whom or what it is about. Changing a
/// letter of it makes it worthless. Opening it changes nothing; only the form behind it does (mail and text services open
/// links by themselves).
package enum SignedLink {
    package enum Purpose: String, Sendable {
        case subscriber, offer, answer
        case confirm
        case checkIn = "check_in"
    }

    /// 16 bytes of a number and a time, 16 of proof; 43 letters.
    package static func token(_ purpose: Purpose, _ payload: [UInt8], keys: InstanceKeys) throws -> String {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        return Base64URL.text(payload + (try proof(purpose, payload, unlocked)))
    }

    /// What it was made of; nil when we never made it. Throws while locked.
    package static func payload(_ purpose: Purpose, _ token: String, count: Int = 16, keys: InstanceKeys) throws
        -> [UInt8]?
    {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard let bytes = Base64URL.bytes(token, count: count + 16) else { return nil }
        let payload = Array(bytes.prefix(count))
        guard Secret(try proof(purpose, payload, unlocked)).matches(Array(bytes.suffix(16))) else { return nil }
        return payload
    }

    private static func proof(_ purpose: Purpose, _ payload: [UInt8], _ unlocked: InstanceKeys.Unlocked) throws
        -> [UInt8]
    {
        try unlocked.index.index(Base64URL.text(payload), field: "link.\(purpose.rawValue)")
    }
}

extension Ref {
    /// The 16 bytes of the reference.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        var held: UInt8?
        for letter in text.utf8 where letter != UInt8(ascii: "-") {
            let digit = letter <= 57 ? letter &- 48 : letter &- 87
            if let high = held {
                out.append(high << 4 | digit)
                held = nil
            } else {
                held = digit
            }
        }
        return out
    }

    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        let hex = Array(Fingerprint.hex(bytes))
        let parts = [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]]
        self.init(parts.map { String($0) }.joined(separator: "-"))
    }
}
