// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

extension Channel {
    /// Twilio's REST API, as Twilio and several others speak it: `POST /2010-04-01/Accounts/{account}/Messages.json`.
    static func twilio(_ provider: Provider, outside: Outside, address: String) -> Channel {
        let (account, from) = (TwilioAccount(provider, outside: outside), provider.account.from)
        return Channel(.sms, rate: provider.rate) { parcel, key in
            var fields = [("To", parcel.address), ("Body", Segments.economical(parcel.text))]
            // A messaging service has a number of its own choosing.
            fields.append((from.hasPrefix("MG") ? "MessagingServiceSid" : "From", from))
            if !address.isEmpty, parcel.isOneOfMany != true {
                fields.append(("StatusCallback", "\(address)/hooks/sms/status?key=\(key)"))
            }
            if let lifetime = parcel.lifetime { fields.append(("ValidityPeriod", "\(min(max(lifetime, 60), 14_400))")) }
            let answer = try await account.post("Messages.json", fields, key: key)
            guard answer.isFine else { throw twilioFailure(answer) }
            return Handed(reference: answer.field("sid"))
        }
    }

    /// Codes of Twilio's error dictionary that say the number will not be reached again.
    private static func twilioFailure(_ answer: WebAnswer) -> ChannelFailure {
        struct Problem: Decodable { let code: Int? }
        let code = (try? JSONDecoder().decode(Problem.self, from: Data(answer.body)))?.code
        switch code {
        case 21610?, 21614?, 21211?: return .gone(why: "twilio: \(code ?? 0)")
        case let code? where answer.status < 500 && answer.status != 429: return .refused(why: "twilio: \(code)")
        default: return answer.failure("twilio")
        }
    }

    /// An own telephone with a gateway app: `POST` of `{"id", "to", "text"}`, signed as a Standard Webhook.
    static func gateway(_ provider: Provider, outside: Outside) -> Channel {
        Channel(.sms, rate: provider.rate) { parcel, key in
            struct Out: Encodable { let id, to, text: String }
            let body = Array(
                try JSONEncoder().encode(Out(id: key, to: parcel.address, text: Segments.economical(parcel.text)))
            )
            let answer = try await outside.call(
                WebCall(
                    "POST",
                    provider.account.url,
                    headers: [("Content-Type", "application/json"), ("Idempotency-Key", key)]
                        + StandardWebhook.headers(
                            id: key,
                            body: body,
                            secret: provider.account.secret,
                            at: Clock.system.now()
                        ),
                    body: body,
                    allowsPrivateNetworks: provider.allowsPrivateNetworks
                )
            )
            guard answer.isFine else { throw answer.failure("gateway") }
            return Handed(reference: answer.field("id"))
        }
    }
}

extension Outside {
    /// A call whose failing is worth another try.
    func call(_ call: WebCall) async throws -> WebAnswer {
        do {
            return try await web(call)
        } catch OutsideError.notAllowed {
            throw ChannelFailure.refused(why: "address not allowed")
        } catch OutsideError.unreachable(let code) {
            throw ChannelFailure(unreachable: code)
        }
    }
}

extension WebAnswer {
    /// A text or number of the answer's JSON object.
    func field(_ name: String) -> String? {
        guard let object = try? JSONDecoder().decode([String: Loose].self, from: Data(body)) else { return nil }
        return object[name]?.text.map { String($0.prefix(200)) }
    }

    private struct Loose: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = (try? container.decode(String.self)) ?? (try? container.decode(Int64.self)).map(String.init)
        }
    }
}

extension String {
    var withoutTrailingSlash: String { hasSuffix("/") ? String(dropLast()) : self }

    /// Everything but unreserved letters as `%XX` (RFC 3986 2.3).
    package var urlEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension [UInt8] {
    var base64: String { Data(self).base64EncodedString() }
}
