// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Vault

/// Who carries one channel's messages for this coalition, and with which account. All but the kind, the rate and the price
/// is encrypted under the instance's key.
package struct Provider: Sendable {
    /// Which wire protocol it speaks.
    package enum Make: String, Bindable, Column, CaseIterable, Codable {
        case twilio, gateway, smtp, vapid
        case signalREST = "signal_rest"
        case whatsAppCloud = "whatsapp_cloud"
        case standardWebhooks = "standard_webhooks"
        case twilioVoice = "twilio_voice"

        package var kind: ChannelKind {
            switch self {
            case .twilio, .gateway: .sms
            case .smtp: .email
            case .vapid: .push
            case .signalREST: .signal
            case .whatsAppCloud: .whatsapp
            case .standardWebhooks: .webhook
            case .twilioVoice: .voice
            }
        }

        package var label: Phrase {
            switch self {
            case .twilio: "provider.twilio|Twilio, or a service that works the same way"
            case .gateway: "provider.gateway|Our own Android phone"
            case .smtp: "provider.smtp|Mail server (SMTP)"
            case .vapid: "provider.vapid|Web push"
            case .signalREST: "provider.signal|Signal, by signal-cli-rest-api"
            case .whatsAppCloud: "provider.whatsapp|WhatsApp Cloud API"
            case .standardWebhooks: "provider.webhooks|Signed web hooks"
            case .twilioVoice: "provider.voice|Phone calls, Twilio or the same way"
            }
        }
    }

    /// What is entered on the settings page.
    package struct Account: Sendable, Codable, Hashable {
        /// The provider's address: `https://api.twilio.com`, `smtp://localhost:25`.
        package var url = ""
        /// Account or user name; the phone number's id for WhatsApp.
        package var account = ""
        /// Token, password or signing secret.
        package var secret = ""
        /// Our number or mail address; a `mailto:` for web push.
        package var from = ""
        /// What the provider signs or names itself with when it calls us, where that is not `secret`.
        package var inboundSecret = ""
        /// The private half of our web push key, base64url.
        package var key = ""
        /// WhatsApp: the name of a template that Meta approved, whose body is `{{1}}` among other words.
        package var template: String?

        package init() {}
    }

    package let make: Make
    package let account: Account
    package let isOn: Bool
    /// Messages a second.
    package let rate: Double
    /// Millionths of a dollar for one message, or one segment of a text.
    package let price: Int
    /// It stands on this machine or in its own network.
    package let allowsPrivateNetworks: Bool

    package var kind: ChannelKind { make.kind }

    package init(
        make: Make,
        account: Account,
        isOn: Bool = true,
        rate: Double? = nil,
        price: Int = 0,
        allowsPrivateNetworks: Bool = false
    ) {
        self.make = make
        self.account = account
        self.isOn = isOn
        self.rate = min(max(rate ?? make.kind.usualRate, 0.01), 100_000)
        self.price = max(0, price)
        self.allowsPrivateNetworks = allowsPrivateNetworks
    }

    /// What must change before it can be used, by the name of the field.
    package var problems: [String: Phrase] {
        var fields: [String: Phrase] = [:]
        func require(_ field: String, _ value: String) {
            if value.isEmpty { fields[field] = "provider.missing|This is needed." }
        }
        for (field, value) in [
            ("url", account.url), ("account", account.account), ("secret", account.secret), ("from", account.from),
        ] where !value.utf8.allSatisfy({ $0 > 31 && $0 != 127 }) || value.utf8.count > 2_000 {
            fields[field] = "provider.odd|This holds a hidden letter, or is too long. Please type it again."
        }
        switch make {
        case .twilio, .twilioVoice:
            for (field, value) in [
                ("url", account.url), ("account", account.account), ("secret", account.secret), ("from", account.from),
            ] { require(field, value) }
        case .gateway:
            require("url", account.url)
            if account.secret.utf8.count < 16 {
                fields["secret"] = "provider.secret_short|Use a secret of at least 16 letters."
            }
        case .smtp:
            require("url", account.url)
            if EmailAddress(account.from) == nil { fields["from"] = "provider.from_mail|Write an email address." }
            if !account.url.isEmpty, Channel.MailServer(account.url) == nil {
                fields["url"] = "provider.smtp_url|Begin with smtp:// or smtps://, then the name of the server."
            }
        case .vapid:
            if EmailAddress(account.from) == nil { fields["from"] = "provider.from_mail|Write an email address." }
        case .signalREST:
            require("url", account.url)
            require("from", account.from)
        case .whatsAppCloud:
            for (field, value) in [("url", account.url), ("account", account.account), ("secret", account.secret)] {
                require(field, value)
            }
        case .standardWebhooks: break
        }
        if !account.url.isEmpty, make != .smtp, fields["url"] == nil, WebAddress(account.url) == nil {
            fields["url"] = "provider.url|Begin with https://, then the name of the server."
        }
        return fields
    }

    /// Sets or replaces the provider of a channel. An empty secret keeps the one that is there.
    package static func set(_ provider: Provider, by caller: Caller, keys: InstanceKeys, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        var account = provider.account
        if let before = try find(provider.kind, keys: keys, in: tx), before.make == provider.make {
            if account.secret.isEmpty { account.secret = before.account.secret }
            if account.inboundSecret.isEmpty { account.inboundSecret = before.account.inboundSecret }
            if account.key.isEmpty { account.key = before.account.key }
        }
        if provider.make == .vapid, account.key.isEmpty { account.key = WebPush.newKey() }
        if provider.make == .signalREST, account.inboundSecret.isEmpty {
            account.inboundSecret = Base64URL.text(RandomBytes.take(24))
        }
        let complete = Provider(
            make: provider.make,
            account: account,
            isOn: provider.isOn,
            rate: provider.rate,
            price: provider.price,
            allowsPrivateNetworks: provider.allowsPrivateNetworks
        )
        var problems = complete.problems
        // Without it all that comes in would be refused, "stop" too.
        if provider.make == .whatsAppCloud, account.inboundSecret.isEmpty {
            problems["inbound"] = "provider.missing|This is needed."
        }
        if !problems.isEmpty { throw Refusal.invalid(problems) }
        try complete.store(by: caller.person.text, keys: keys, in: tx)
    }

    /// Without a caller: for the demonstration, which has stand-ins of its own.
    package func store(by person: String?, keys: InstanceKeys, in tx: Transaction) throws {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let content = try unlocked.fields.seal(
            String(decoding: JSONEncoder().encode(account), as: UTF8.self),
            table: "providers",
            column: "account",
            id: kind.rawValue
        )
        try tx.run(
            """
            INSERT INTO providers (channel, make, account, is_on, rate, price, private_networks, changed_at, changed_by)
            VALUES (\(kind), \(make), \(content), \(isOn), \(rate), \(price), \(allowsPrivateNetworks), \(tx.now), \(person))
            ON CONFLICT (channel) DO UPDATE SET make = excluded.make, account = excluded.account,
                is_on = excluded.is_on, rate = excluded.rate, price = excluded.price,
                private_networks = excluded.private_networks, changed_at = excluded.changed_at,
                changed_by = excluded.changed_by
            """
        )
        try tx.record(Event("provider.changed", subject: kind.rawValue, actor: person, data: ["make": make.rawValue]))
    }

    package static func find(_ kind: ChannelKind, keys: InstanceKeys, in tx: Transaction) throws -> Provider? {
        try tx.rows("SELECT * FROM providers WHERE channel = \(kind)").first.flatMap { try Provider(row: $0, keys) }
    }

    package static func all(keys: InstanceKeys, in tx: Transaction) throws -> [Provider] {
        try tx.rows("SELECT * FROM providers ORDER BY channel").compactMap { try Provider(row: $0, keys) }
    }

    /// Which channels can be used now: they have a provider that is switched on. Needs no key.
    package static func open(in tx: Transaction) throws -> Set<ChannelKind> {
        Set(try tx.list(ChannelKind.self, "SELECT channel FROM providers WHERE is_on = 1"))
    }

    /// What one message costs in millionths of a dollar, and how many go in a second, by channel. Needs no key.
    package static func terms(in tx: Transaction) throws -> [ChannelKind: (price: Int, rate: Double)] {
        try tx.rows("SELECT channel, price, rate FROM providers WHERE is_on = 1").reduce(into: [:]) { found, row in
            let kind: ChannelKind = try row["channel"]
            found[kind] = (try row["price"], try row["rate"])
        }
    }

    private init?(row: Row, _ keys: InstanceKeys) throws {
        guard let unlocked = keys.unlocked else { return nil }
        let kind: ChannelKind = try row["channel"]
        let json = try unlocked.fields.open(row["account"], table: "providers", column: "account", id: kind.rawValue)
        self.init(
            make: try row["make"],
            account: try JSONDecoder().decode(Account.self, from: Data(json.utf8)),
            isOn: try row["is_on"],
            rate: try row["rate"],
            price: try row["price"],
            allowsPrivateNetworks: try row["private_networks"]
        )
    }
}

extension Refusal {
    /// The instance's key is not here: what needs an address waits.
    package static var messagesWait: Refusal {
        Refusal(.unavailable, "messaging.locked|This server is locked. Messages wait until it is unlocked.")
    }
}
