// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import People
import Vault

/// Where providers call us. Each call proves itself with the provider's own signature over what it says; one that doesn't
/// is refused with 403, and nothing of it is stored.
struct HooksAPI {
    private static let limit = 65_536
    let site: Site

    /// A text came in (Twilio's form, signed with the account's token).
    func twilioText(_ request: Request, _ context: SiteContext) async throws -> Response {
        guard site.keys.unlocked != nil else { return try await lockedText(request) }
        let form = try await twilioForm(request)
        guard
            let inbound = InboundText(
                id: form["MessageSid"],
                channel: .sms,
                from: form["From"],
                text: form["Body"],
                pictures: Self.pictures(form)
            )
        else { throw Refusal.invalid([:]) }
        try await TextDesk(site: site).receive(inbound)
        return .twiML(TwiML())
    }

    /// What came with a text: `NumMedia`, `MediaUrl0` …, as the provider's own names for it.
    private static func pictures(_ form: Form) -> [String] {
        let count = min(max(Int(form["NumMedia"]) ?? 0, 0), TextPicture.most)
        return (0..<count).compactMap { TextPicture.name(inAddress: form["MediaUrl\($0)"]) }
    }

    /// Locked, we can't tell who calls, nor write to anybody. What is public goes back in the answer to this very call, and
    /// nothing is stored; for everything else the provider is told to come again.
    private func lockedText(_ request: Request) async throws -> Response {
        let form = try await Form.read(request, limit: Self.limit)
        guard let text = try await TextDesk(site: site).lockedAnswer(form["Body"]) else {
            throw Refusal.messagesWait
        }
        var answer = TwiML()
        answer.message(Segments.economical(text))
        return .twiML(answer)
    }

    /// What became of a text that we sent.
    func twilioStatus(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await twilioForm(request)
        let key = request.uri.queryParameters["key"].map(String.init) ?? ""
        try await note([(key: key, status: form["MessageStatus"])])
        return Response(status: .noContent)
    }

    /// What became of messages. They are looked for beside the writer: a call that names nothing of ours costs no report
    /// its turn.
    private func note(_ said: [(key: String, status: String)]) async throws {
        guard !said.isEmpty else { return }
        let known = try await site.database.read { tx in try said.filter { try Outbox.isKnown($0.key, in: tx) } }
        guard !known.isEmpty else { return }
        try await site.database.write { tx in
            for one in known { try Outbox.note(one.status, key: one.key, in: tx) }
        }
    }

    /// A text came in by our own telephone: `{"id", "from", "text"}`, signed as a Standard Webhook.
    func gatewayText(_ request: Request, _ context: SiteContext) async throws -> Response {
        struct In: Decodable { let id, from, text: String }
        let provider = try await provider(.sms, .gateway)
        let body = try await request.bytes(limit: Self.limit)
        func header(_ name: String) -> String { HTTPField.Name(name).flatMap { request.headers[$0] } ?? "" }
        guard
            StandardWebhook.isGenuine(
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp"),
                signatures: header("webhook-signature"),
                body: body,
                secret: provider.account.secret,
                at: Clock.system.now()
            )
        else { throw Refusal.forbidden }
        guard let text = try? JSONDecoder().decode(In.self, from: Data(body)),
            let inbound = InboundText(id: text.id, channel: .sms, from: text.from, text: text.text)
        else { throw Refusal.invalid([:]) }
        try await TextDesk(site: site).receive(inbound)
        return Response(status: .noContent)
    }

    /// WhatsApp asks whether this address is ours.
    func whatsAppChallenge(_ request: Request, _ context: SiteContext) async throws -> Response {
        let provider = try await provider(.whatsapp, .whatsAppCloud)
        let query = request.uri.queryParameters
        let token = query["hub.verify_token"].map(String.init) ?? ""
        guard let expected = HubSignature.challengeToken(of: provider.account.inboundSecret),
            Secret(Array(expected.utf8)).matches(Array(token.utf8)),
            let challenge = query["hub.challenge"], challenge.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 })
        else { throw Refusal.forbidden }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain"],
            body: .init(byteBuffer: .init(string: String(challenge.prefix(40))))
        )
    }

    /// A WhatsApp message came in.
    func whatsAppText(_ request: Request, _ context: SiteContext) async throws -> Response {
        struct In: Decodable {
            struct Entry: Decodable { let changes: [Change] }
            struct Change: Decodable { let value: Value }
            struct Value: Decodable {
                let messages: [Message]?
                let statuses: [Status]?
            }
            struct Status: Decodable { let status: String, biz_opaque_callback_data: String? }
            struct Message: Decodable {
                struct Words: Decodable { let body: String }
                struct Button: Decodable { let text: String }
                struct Choice: Decodable { let title: String }
                struct Reply: Decodable { let button_reply, list_reply: Choice? }
                let id, from: String
                let text: Words?
                /// A button under a template, and one under a message: what stands on it is what they say.
                let button: Button?
                let interactive: Reply?
                var words: String? {
                    text?.body ?? button?.text ?? interactive?.button_reply?.title ?? interactive?.list_reply?.title
                }
            }
            let entry: [Entry]
        }
        let provider = try await provider(.whatsapp, .whatsAppCloud)
        let body = try await request.bytes(limit: Self.limit)
        let signature = HTTPField.Name("X-Hub-Signature-256").flatMap { request.headers[$0] } ?? ""
        guard HubSignature.isGenuine(signature, body: body, secret: provider.account.inboundSecret) else {
            throw Refusal.forbidden
        }
        let found = try? JSONDecoder().decode(In.self, from: Data(body))
        for message in found?.entry.flatMap(\.changes).compactMap(\.value.messages).flatMap({ $0 }) ?? [] {
            guard let text = message.words,
                let inbound = InboundText(id: message.id, channel: .whatsapp, from: "+\(message.from)", text: text)
            else { continue }
            try await TextDesk(site: site).receive(inbound)
        }
        // What became of one of ours: that Meta let it fall is only told here.
        let statuses = found?.entry.flatMap(\.changes).compactMap(\.value.statuses).flatMap { $0 } ?? []
        try await note(
            statuses.compactMap { one in one.biz_opaque_callback_data.map { (key: $0, status: one.status) } }
        )
        return Response(status: .ok)
    }

    /// A Signal message came in. The gateway signs nothing: its address holds a secret of ours instead. It passes on what
    /// signal-cli wrote, a JSON-RPC notice (`{"method": "receive", "params": {"envelope": …}}`); older ones the envelope.
    func signalText(_ request: Request, _ context: SiteContext) async throws -> Response {
        struct In: Decodable {
            struct Envelope: Decodable {
                struct Words: Decodable { let message: String? }
                /// Nil for who hides their number; `source` is then their account's id, which an answer reaches too.
                let sourceNumber, source: String?
                let timestamp: Int64
                let dataMessage: Words?
            }
            struct Params: Decodable { let envelope: Envelope }
            let params: Params?
            let envelope: Envelope?
        }
        let provider = try await provider(.signal, .signalREST)
        // As it stands in the address: whoever chose one with a space must be heard too.
        let part = (context.parameters.get("secret") ?? "").replacing("+", with: "%2B")
        let secret = (try? Form(urlEncoded: Array("secret=\(part)".utf8)))?["secret"] ?? ""
        guard !provider.account.inboundSecret.isEmpty,
            Secret(Array(provider.account.inboundSecret.utf8)).matches(Array(secret.utf8))
        else { throw Refusal.forbidden }
        let body = try await request.bytes(limit: Self.limit)
        guard let notice = try? JSONDecoder().decode(In.self, from: Data(body)),
            let envelope = notice.params?.envelope ?? notice.envelope
        else { throw Refusal.invalid([:]) }
        if let text = envelope.dataMessage?.message, let from = envelope.sourceNumber ?? envelope.source,
            let inbound = InboundText(id: "\(from)|\(envelope.timestamp)", channel: .signal, from: from, text: text)
        {
            try await TextDesk(site: site).receive(inbound)
        }
        return Response(status: .noContent)
    }

    /// The form of a call whose signature holds.
    private func twilioForm(_ request: Request) async throws -> Form {
        try await signed(request, by: provider(.sms, .twilio))
    }

    func signed(_ request: Request, by provider: Provider) async throws -> Form {
        let form = try await Form.read(request, limit: Self.limit)
        let signature = HTTPField.Name("X-Twilio-Signature").flatMap { request.headers[$0] } ?? ""
        let ours = site.config.address.isEmpty ? "http://\(request.head.authority ?? "")" : site.config.address
        // Signed is the address with the usual port or without: Twilio does both, as its own libraries say.
        let genuine = WebAddress.withAndWithoutPort(ours).contains { ours in
            TwilioSignature.isGenuine(
                signature,
                url: ours + request.uri.description,
                fields: form.texts,
                token: provider.account.secret
            )
        }
        guard genuine else { throw Refusal.forbidden }
        return form
    }

    /// Without such a provider nobody may call: the same answer as to a forger.
    func provider(_ kind: ChannelKind, _ make: Provider.Make) async throws -> Provider {
        let keys = site.keys
        guard keys.unlocked != nil else { throw Refusal.messagesWait }
        let found = try await site.database.read { tx in try Provider.find(kind, keys: keys, in: tx) }
        guard let found, found.make == make, found.isOn else { throw Refusal.forbidden }
        return found
    }
}

extension Response {
    static func twiML(_ answer: TwiML) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/xml; charset=utf-8"],
            body: .init(byteBuffer: .init(bytes: answer.document.bytes))
        )
    }
}
