// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

extension Channel {
    /// signal-cli-rest-api: `POST /v2/send`.
    static func signal(_ provider: Provider, outside: Outside) -> Channel {
        let account = provider.account
        return Channel(.signal, rate: provider.rate) { parcel, key in
            struct Out: Encodable {
                let message, number: String
                let recipients: [String]
            }
            let out = Out(message: parcel.withLink, number: account.from, recipients: [parcel.address])
            var headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)]
            if !account.secret.isEmpty { headers.append(("Authorization", "Bearer \(account.secret)")) }
            let answer = try await outside.call(
                WebCall(
                    "POST",
                    "\(account.url.withoutTrailingSlash)/v2/send",
                    headers: headers,
                    body: Array(try JSONEncoder().encode(out)),
                    allowsPrivateNetworks: provider.allowsPrivateNetworks,
                    timeout: .seconds(20)
                )
            )
            guard answer.isFine else { throw answer.failure("signal") }
            return Handed(reference: answer.field("timestamp"))
        }
    }

    /// WhatsApp Cloud API: `POST /{phone number id}/messages`.
    static func whatsApp(_ provider: Provider, outside: Outside) -> Channel {
        let account = provider.account
        return Channel(.whatsapp, rate: provider.rate) { parcel, key in
            struct Out: Encodable {
                struct Words: Encodable { let preview_url: Bool, body: String }
                let messaging_product = "whatsapp"
                let recipient_type = "individual"
                let type = "text"
                let to, biz_opaque_callback_data: String
                let text: Words
            }
            let out = Out(
                to: String(parcel.address.dropFirst()),
                biz_opaque_callback_data: key,
                text: Out.Words(preview_url: false, body: parcel.withLink)
            )
            let answer = try await outside.call(
                WebCall(
                    "POST",
                    "\(account.url.withoutTrailingSlash)/\(account.account.urlEncoded)/messages",
                    headers: [("Content-Type", "application/json"), ("Authorization", "Bearer \(account.secret)")],
                    body: Array(try JSONEncoder().encode(out)),
                    allowsPrivateNetworks: provider.allowsPrivateNetworks
                )
            )
            guard answer.isFine else { throw answer.failure("whatsapp") }
            struct Taken: Decodable {
                struct One: Decodable { let id: String }
                let messages: [One]
            }
            return Handed(
                reference: (try? JSONDecoder().decode(Taken.self, from: Data(answer.body)))?.messages.first?.id
            )
        }
    }
}

extension Parcel {
    var withLink: String { link.map { "\(text)\n\($0)" } ?? text }
}
