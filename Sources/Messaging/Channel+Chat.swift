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

    /// WhatsApp Cloud API: `POST /{phone number id}/messages`. Meta carries free words only within a day after somebody
    /// wrote to us; what we begin goes as the one value of a template that it approved, in the reader's language or,
    /// where that has none, in English.
    static func whatsApp(_ provider: Provider, outside: Outside) -> Channel {
        let account = provider.account
        @Sendable func post(_ out: WhatsAppMessage) async throws -> WebAnswer {
            try await outside.call(
                WebCall(
                    "POST",
                    "\(account.url.withoutTrailingSlash)/\(account.account.urlEncoded)/messages",
                    headers: [("Content-Type", "application/json"), ("Authorization", "Bearer \(account.secret)")],
                    body: Array(try JSONEncoder().encode(out)),
                    allowsPrivateNetworks: provider.allowsPrivateNetworks
                )
            )
        }
        return Channel(.whatsapp, rate: provider.rate) { parcel, key in
            let template = parcel.isAnswer == true ? nil : account.template
            var answer = try await post(WhatsAppMessage(parcel, key, template, in: parcel.language ?? "en"))
            if template != nil, parcel.language ?? "en" != "en", answer.status == 400 || answer.status == 404 {
                answer = try await post(WhatsAppMessage(parcel, key, template, in: "en"))
            }
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

/// https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages, read 2026-11-29.
private struct WhatsAppMessage: Encodable {
    struct Words: Encodable { let preview_url: Bool, body: String }
    struct Template: Encodable {
        struct Language: Encodable { let code: String }
        struct Component: Encodable {
            let type = "body"
            let parameters: [Value]
        }
        struct Value: Encodable {
            let type = "text"
            let text: String
        }
        let name: String
        let language: Language
        let components: [Component]
    }
    let messaging_product = "whatsapp"
    let recipient_type = "individual"
    let type: String
    let to, biz_opaque_callback_data: String
    var text: Words?
    var template: Template?

    init(_ parcel: Parcel, _ key: String, _ name: String?, in language: String) {
        (to, biz_opaque_callback_data) = (String(parcel.address.dropFirst()), key)
        guard let name else {
            type = "text"
            text = Words(preview_url: false, body: parcel.withLink)
            return
        }
        type = "template"
        // A value holds no line break and no long gap.
        let flat = parcel.withLink.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        template = Template(
            name: name,
            language: .init(code: Self.code(language)),
            components: [.init(parameters: [.init(text: flat)])]
        )
    }

    /// As Meta names languages, where it names them otherwise.
    private static func code(_ language: String) -> String {
        switch language {
        case "zh-Hans": "zh_CN"
        case "zh-Hant": "zh_TW"
        case "tl": "fil"
        default: language
        }
    }
}

extension Parcel {
    var withLink: String { link.map { "\(text)\n\($0)" } ?? text }
}
