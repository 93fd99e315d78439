// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// A telephone number in the one way it is stored and found: `+` and 8 to 15 digits (E.164). Ten digits, or eleven that
/// begin with 1, are read as a number of the United States.
package struct PhoneNumber: Hashable, Sendable {
    package let text: String

    package init?(_ typed: String) {
        var digits: [UInt8] = []
        var hasPlus = false
        for scalar in typed.unicodeScalars {
            switch scalar {
            case "0"..."9": digits.append(UInt8(scalar.value))
            case "+" where digits.isEmpty && !hasPlus: hasPlus = true
            case " ", "-", ".", "(", ")", "/", "\u{A0}", "\u{2010}", "\u{2011}", "\u{2013}": continue
            default: return nil
            }
        }
        if !hasPlus {
            if digits.count == 10 {
                digits.insert(UInt8(ascii: "1"), at: 0)
            } else if digits.count != 11 || digits.first != UInt8(ascii: "1") {
                return nil
            }
        }
        guard (8...15).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
        // The North American plan: neither area nor exchange begins with 0 or 1.
        if digits.first == UInt8(ascii: "1") {
            guard digits.count == 11, digits[1] >= UInt8(ascii: "2"), digits[4] >= UInt8(ascii: "2") else { return nil }
        }
        text = "+" + String(decoding: digits, as: UTF8.self)
    }
}

extension PhoneNumber {
    /// As people there give it: WhatsApp names mobile numbers of Mexico and Argentina with a digit between that is not dialed
    /// (`+52 1 55…`, `+54 9 11…`).
    var asDialed: PhoneNumber {
        for (named, dialed) in [("+521", "+52"), ("+549", "+54")] where text.hasPrefix(named) && text.utf8.count == 14 {
            return PhoneNumber(dialed + text.dropFirst(named.count)) ?? self
        }
        return self
    }
}

/// An e-mail address as we take it: letters a mail server takes without quoting, the host in lower case.
package struct EmailAddress: Hashable, Sendable {
    package let text: String

    package init?(_ typed: String) {
        let parts = typed.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, typed.utf8.count <= 254 else { return nil }
        let (name, host) = (parts[0].utf8, parts[1].lowercased())
        guard (1...64).contains(name.count), name.allSatisfy(Self.isNameByte), name.first != 46, name.last != 46,
            !parts[0].contains("..")
        else { return nil }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2 || host == "localhost" else { return nil }
        for label in labels {
            guard (1...63).contains(label.utf8.count), label.utf8.first != 45, label.utf8.last != 45,
                label.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 })
            else { return nil }
        }
        text = String(parts[0]) + "@" + host
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57)
            || Array("!#$%&'*+-/=?^_`{|}~.".utf8).contains(byte)
    }
}

extension ChannelKind {
    /// The address in the one way this channel stores and finds it; nil where it can't be one.
    package func normalised(_ typed: String) -> String? {
        switch self {
        case .sms, .voice: PhoneNumber(typed)?.text
        case .whatsapp: PhoneNumber(typed)?.asDialed.text
        // Who hides their number is known by the id of their account.
        case .signal: PhoneNumber(typed)?.text ?? UUID(uuidString: typed)?.uuidString.lowercased()
        case .email: EmailAddress(typed)?.text
        case .push: PushSubscription(json: typed)?.json
        case .webhook: WebhookTarget(json: typed)?.json
        }
    }

    /// How an address of this channel is found again without opening it; each channel under its own name.
    func index(_ address: String, _ unlocked: InstanceKeys.Unlocked) throws -> [UInt8] {
        let found =
            switch self {
            // One mailbox however its name is written; the stored address keeps the letters as typed.
            case .email: address.lowercased()
            case .push: PushSubscription(json: address)?.endpoint.text ?? address
            case .webhook: WebhookTarget(json: address)?.url.text ?? address
            case .sms, .voice, .whatsapp, .signal: address
            }
        return try unlocked.index.index(found, field: "address.\(rawValue)")
    }
}
