// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A way to reach somebody outside these pages.
package enum ChannelKind: String, Bindable, Column, CaseIterable, Codable {
    case push, webhook, email, signal, whatsapp, sms, voice

    package var label: Phrase {
        switch self {
        case .push: "channel.push|Notice on your phone"
        case .webhook: "channel.webhook|Web hook"
        case .email: "channel.email|Email"
        case .signal: "channel.signal|Signal"
        case .whatsapp: "channel.whatsapp|WhatsApp"
        case .sms: "channel.sms|Text message"
        case .voice: "channel.voice|Phone call"
        }
    }

    /// The order in which many are told: what is quick and free first, the dear and slow text messages last. A small
    /// whole number that is stored: never change it.
    package var turn: Int {
        switch self {
        case .push: 0
        case .webhook: 1
        case .email: 2
        case .signal: 3
        case .whatsapp: 4
        case .sms: 5
        case .voice: 6
        }
    }

    package init?(turn: Int) {
        guard let kind = Self.allCases.first(where: { $0.turn == turn }) else { return nil }
        self = kind
    }

    /// Whether all of it goes through one server, so that what it says of one message holds for the next. Notices and web
    /// hooks go to whichever server each of them named: anybody can enter one of their own.
    var hasOneProvider: Bool {
        switch self {
        case .email, .signal, .whatsapp, .sms, .voice: true
        case .push, .webhook: false
        }
    }

    /// Messages a second where the coalition set nothing: what the usual accounts allow.
    var usualRate: Double {
        switch self {
        case .push: 100
        case .webhook: 20
        case .email: 10
        case .signal: 1
        case .whatsapp: 20
        case .sms: 3
        case .voice: 1
        }
    }
}

/// Something finished and addressed: what a channel hands over. Encrypted as long as it waits.
package struct Parcel: Sendable, Codable, Hashable {
    /// As the channel writes it: `+13235550100`, an e-mail address, a push subscription or a webhook as JSON.
    package var address: String
    /// The subject of a mail, the title of a notice.
    package var subject: String?
    package var text: String
    /// Where more is to be seen.
    package var link: String?
    /// For mail: the page that ends it with one tap (RFC 8058).
    package var unsubscribe: String?
    /// Seconds after which nobody wants it any more.
    package var lifetime: Int?
    package var isUrgent: Bool?
    /// Of its words, where a provider wants to know.
    package var language: String?
    /// Somebody wrote to us and this is what we answer: some providers carry nothing else in free words.
    package var isAnswer: Bool?
    /// One of many with the same words: the provider isn't asked to call back for each.
    package var isOneOfMany: Bool?

    package init(
        to address: String,
        subject: String? = nil,
        text: String,
        link: String? = nil,
        unsubscribe: String? = nil,
        lifetime: Int? = nil,
        isUrgent: Bool? = nil,
        language: String? = nil,
        isAnswer: Bool? = nil
    ) {
        self.address = address
        self.subject = subject
        self.text = text
        self.link = link
        self.unsubscribe = unsubscribe
        self.lifetime = lifetime
        self.isUrgent = isUrgent
        self.language = language
        self.isAnswer = isAnswer
    }
}

/// What the provider said when it took a message.
package struct Handed: Sendable, Hashable {
    /// The provider's own name for it.
    package let reference: String?
    package init(reference: String? = nil) { self.reference = reference }
}

/// Why a provider did not take a message. `why` holds no address and no words of the message.
package enum ChannelFailure: Error, Sendable, Hashable {
    /// Worth another try, after so long where the provider said so.
    case later(why: String, after: Duration? = nil)
    /// No answer came after it went out: worth another try, though the provider may have taken it.
    case unclear(why: String)
    /// This message will never be taken.
    case refused(why: String)
    /// The address is no more: whoever it belongs to is not written to again.
    case gone(why: String)

    var why: String {
        switch self {
        case .later(let why, _), .unclear(let why), .refused(let why), .gone(let why): why
        }
    }
}

/// One channel with its provider behind it: a small value, made from the coalition's settings.
package struct Channel: Sendable {
    package let kind: ChannelKind
    /// Messages a second.
    package let rate: Double
    /// Hands one parcel over. `key` is the same each time the same message is sent, so that twice is recognisable.
    package let send: @Sendable (_ parcel: Parcel, _ key: String) async throws -> Handed

    package init(
        _ kind: ChannelKind,
        rate: Double,
        send: @escaping @Sendable (_ parcel: Parcel, _ key: String) async throws -> Handed
    ) {
        self.kind = kind
        self.rate = rate
        self.send = send
    }

    /// Nil where the settings are not complete. `address` is ours, for what the provider calls back.
    package static func made(_ provider: Provider, outside: Outside, address: String) -> Channel? {
        guard provider.isOn, provider.problems.isEmpty else { return nil }
        return switch provider.make {
        case .twilio: .twilio(provider, outside: outside, address: address)
        case .gateway: .gateway(provider, outside: outside)
        case .smtp: .email(provider, outside: outside)
        case .vapid: .push(provider, outside: outside)
        case .signalREST: .signal(provider, outside: outside)
        case .whatsAppCloud: .whatsApp(provider, outside: outside)
        case .standardWebhooks: .webhook(provider, outside: outside)
        case .twilioVoice: .voice(provider, outside: outside)
        }
    }
}

extension WebAnswer {
    var isFine: Bool { (200..<300).contains(status) }

    /// What an answer that is not fine means, where the provider's own words don't say more.
    func failure(_ why: String) -> ChannelFailure {
        switch status {
        case 408, 425, 429, 500...599:
            .later(why: "\(why): \(status)", after: retryAfter.map { .seconds(min($0, 3_600)) })
        default: .refused(why: "\(why): \(status)")
        }
    }
}
