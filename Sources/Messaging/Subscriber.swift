// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// Somebody who asked to be told: one address on one channel, encrypted, found by its blind index. No name, no street:
/// the neighborhoods they care for, what about, and in which language.
package struct Subscriber: Readable {
    /// Small and in order, so that a million of them are chosen in one sweep.
    package let number: Int64
    package let channel: ChannelKind
    package let language: String
    package let topics: Topics
    package let quiet: QuietHours?
    /// They said that what is urgent may come in quiet hours too.
    package let urgentPasses: Bool
    package let isActive: Bool
    let address: [UInt8]
    let addressIndex: [UInt8]

    package init(row: Row) throws {
        number = try row["number"]
        let turn: Int = try row["channel"]
        guard let channel = ChannelKind(turn: turn) else { throw ColumnError.mismatch(expected: "a channel") }
        self.channel = channel
        language = try row["language"]
        topics = Topics(rawValue: try row["topics"])
        let from: Int? = try row["quiet_from"]
        let to: Int? = try row["quiet_to"]
        quiet = from.flatMap { from in to.flatMap { QuietHours(from: from, to: $0) } }
        urgentPasses = try row["urgent_passes"]
        isActive = try row["state"] as String == "active"
        address = try row["address"]
        addressIndex = try row["address_index"]
    }

    /// As the address book holds them.
    init(
        number: Int64,
        channel: ChannelKind,
        language: String,
        topics: Topics,
        quiet: QuietHours?,
        urgentPasses: Bool,
        address: [UInt8],
        addressIndex: [UInt8]
    ) {
        (self.number, self.channel, self.language, self.topics) = (number, channel, language, topics)
        (self.quiet, self.urgentPasses, isActive) = (quiet, urgentPasses, true)
        (self.address, self.addressIndex) = (address, addressIndex)
    }

    /// What a form or a conversation asks for.
    package struct Wish: Sendable {
        package var channel: ChannelKind
        package var address: String
        package var language: String
        package var places: [String]
        package var topics: Topics
        package var quiet: QuietHours?
        package var urgentPasses: Bool

        package init(
            channel: ChannelKind,
            address: String,
            language: String,
            places: [String],
            topics: Topics = .alerts,
            quiet: QuietHours? = nil,
            urgentPasses: Bool = false
        ) {
            self.channel = channel
            self.address = address
            self.language = language
            self.places = places
            self.topics = topics
            self.quiet = quiet
            self.urgentPasses = urgentPasses
        }
    }

    /// The version of the words that people agree to; change it when those words change.
    package static let consentVersion = "2026-11-22"
    package static let channels: [ChannelKind] = [.sms, .email, .whatsapp, .signal]

    /// Who they are to everything but their own address.
    package static func find(_ number: Int64, in tx: Transaction) throws -> Subscriber? {
        try tx.first(Subscriber.self, "SELECT * FROM subscribers WHERE number = \(number)")
    }

    package static func find(_ channel: ChannelKind, _ address: String, keys: InstanceKeys, in tx: Transaction) throws
        -> Subscriber?
    {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let index = try channel.index(address, unlocked)
        return try tx.first(
            Subscriber.self,
            "SELECT * FROM subscribers WHERE channel = \(channel.turn) AND address_index = \(index)"
        )
    }

    package func places(in tx: Transaction) throws -> [String] {
        try tx.list(String.self, "SELECT place FROM subscriber_places WHERE subscriber = \(number) ORDER BY place")
    }

    /// The address in the clear, for sending.
    package func opened(_ keys: InstanceKeys) throws -> String {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        return try Self.open(address, index: addressIndex, unlocked)
    }

    static func open(_ address: [UInt8], index: [UInt8], _ unlocked: InstanceKeys.Unlocked) throws -> String {
        try unlocked.fields.open(address, table: "subscribers", column: "address", id: Fingerprint.hex(index))
    }

    /// Where they change what they get, or end it; without the host.
    package func link(_ keys: InstanceKeys) throws -> String {
        "/subscribe/manage/" + (try SignedLink.token(.subscriber, linkPayload, keys: keys))
    }

    /// Whose link this is; nil where it is not ours or they are gone.
    package static func find(link token: String, keys: InstanceKeys, in tx: Transaction) throws -> Subscriber? {
        guard let payload = try SignedLink.payload(.subscriber, token, keys: keys) else { return nil }
        let number = payload.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        guard let found = try find(number, in: tx), found.linkPayload == payload else { return nil }
        return found
    }

    /// Their number, and half of the blind index: a number that is given anew opens nothing old.
    private var linkPayload: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> Int64(56 - 8 * $0)) } + addressIndex.prefix(8)
    }

    /// How many, by channel and language; canaries not counted apart. Needs no key.
    package static func counts(in tx: Transaction) throws -> [(channel: ChannelKind, language: String, count: Int)] {
        try tx.rows(
            """
            SELECT channel, language, count(*) AS n FROM subscribers WHERE state = 'active'
            GROUP BY channel, language ORDER BY channel, language
            """
        ).compactMap { row in
            let turn: Int = try row["channel"]
            let (language, count): (String, Int) = (try row["language"], try row["n"])
            return ChannelKind(turn: turn).map { ($0, language, count) }
        }
    }

    /// Ends it: the row is gone, and what waits for them ends. Their saying no is kept as a blind index only.
    package static func leave(_ subscriber: Subscriber, in tx: Transaction) throws {
        try OptOut.stop(subscriber.channel, subscriber.addressIndex, in: tx)
    }

    /// Their own change, by their own link.
    package static func change(_ subscriber: Subscriber, to wish: Wish, in tx: Transaction) throws {
        try wish.check()
        try tx.run(
            """
            UPDATE subscribers SET language = \(wish.language), topics = \(wish.topics.rawValue),
                quiet_from = \(wish.quiet?.from), quiet_to = \(wish.quiet?.to), urgent_passes = \(wish.urgentPasses)
            WHERE number = \(subscriber.number)
            """
        )
        try setPlaces(wish.places, of: subscriber.number, in: tx)
    }

    /// One of our own, told first of every broadcast, so that somebody sees what goes out.
    package static func setCanary(_ number: Int64, _ isCanary: Bool, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        let changed = try tx.run("UPDATE subscribers SET is_canary = \(isCanary) WHERE number = \(number)")
        guard changed == 1 else { throw Refusal.notFound }
    }

    /// The same by the address, as it is known to whoever holds that telephone. They have to be subscribed.
    package static func setCanary(
        _ channel: ChannelKind,
        _ address: String,
        _ isCanary: Bool,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        try caller.require(.manageSettings)
        guard let address = channel.normalised(address) else {
            throw Refusal.invalid(["address": channel.notAnAddress])
        }
        guard let found = try find(channel, address, keys: keys, in: tx), found.isActive else {
            throw Refusal.invalid(["address": "canary.unknown|Subscribe with it first, and confirm it."])
        }
        try setCanary(found.number, isCanary, by: caller, in: tx)
        try tx.record(Event("subscriber.canary", subject: "\(found.number)", actor: caller.person.text))
    }

    /// How many of our own are told first.
    package static func canaries(in tx: Transaction) throws -> Int {
        try tx.count("SELECT count(*) FROM subscribers WHERE is_canary = 1 AND state = 'active'")
    }

    /// Those who never answered.
    package static func sweep(in tx: Transaction) throws {
        try tx.run("DELETE FROM subscribers WHERE state = 'pending' AND code_until < \(tx.now)")
    }

    static func setPlaces(_ places: [String], of number: Int64, in tx: Transaction) throws {
        try tx.run("DELETE FROM subscriber_places WHERE subscriber = \(number)")
        for place in Set(places).sorted() {
            try tx.run("INSERT INTO subscriber_places (subscriber, place) VALUES (\(number), \(place))")
        }
    }
}

extension Subscriber.Wish {
    /// `*` stands for the whole area of the coalition.
    package static let everywhere = "*"

    func check() throws {
        var fields: [String: Phrase] = [:]
        if !(1...20).contains(places.count) || !places.allSatisfy({ (1...80).contains($0.utf8.count) }) {
            fields["places"] = "subscribe.places|Choose 1 to 20 neighborhoods."
        }
        if topics.isEmpty { fields["topics"] = "subscribe.topics|Choose what you want to hear about." }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
    }
}
