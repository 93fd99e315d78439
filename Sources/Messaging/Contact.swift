// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// How one member wants to be reached outside the pages: their own choice, one address a channel, encrypted under the
/// instance's key and proved with a code before anything else is sent to it.
package struct Contact: Readable {
    package let id: Ref<Contact>
    package let person: Ref<Person>
    package let organisation: Ref<Organisation>
    package let channel: ChannelKind
    package let confirmedAt: Instant?
    /// Of a telephone: whether the hotline may ring it.
    package let rings: Bool
    let address: [UInt8]
    let addressIndex: [UInt8]

    package init(row: Row) throws {
        id = try row["id"]
        person = try row["person"]
        organisation = try row["organisation"]
        channel = try row["channel"]
        confirmedAt = try row["confirmed_at"]
        rings = try row["rings"]
        address = try row["address"]
        addressIndex = try row["address_index"]
    }

    /// What a member may choose from.
    package static let channels: [ChannelKind] = [.push, .sms, .email, .signal, .whatsapp]

    package static func of(_ person: Ref<Person>, in tx: Transaction) throws -> [Contact] {
        try tx.all(
            Contact.self,
            """
            SELECT c.*, p.organisation FROM contacts c JOIN people p ON p.id = c.person
            WHERE c.person = \(person) AND p.removed_at IS NULL ORDER BY c.channel
            """
        )
    }

    static func find(_ id: Ref<Contact>, in tx: Transaction) throws -> Contact? {
        try tx.first(
            Contact.self,
            "SELECT c.*, p.organisation FROM contacts c JOIN people p ON p.id = c.person WHERE c.id = \(id)"
        )
    }

    /// The telephones that members proved by a code, in the order of the members. `forHotline`: only those that may ring
    /// when somebody calls it.
    package static func telephones(
        of people: [Ref<Person>],
        forHotline: Bool = false,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> [String] {
        guard !people.isEmpty else { return [] }
        let found = try tx.all(
            Contact.self,
            """
            SELECT c.*, p.organisation FROM contacts c JOIN people p ON p.id = c.person
            WHERE c.channel = 'sms' AND c.confirmed_at IS NOT NULL AND p.removed_at IS NULL
                AND c.person IN \(list: people)
            """
        )
        let order = Dictionary(people.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        return try found.filter { $0.rings || !forHotline }.sorted { order[$0.person] ?? 0 < order[$1.person] ?? 0 }.map
        { try $0.opened(keys) }
    }

    /// The address in the clear: for its owner's page, and for sending.
    package func opened(_ keys: InstanceKeys) throws -> String {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        return try unlocked.fields.open(address, table: "contacts", column: "address", id: id.text)
    }

    /// Sets the caller's own address on a channel and sends a code to it; a browser's push needs none.
    package static func choose(
        _ channel: ChannelKind,
        _ typed: String,
        by caller: Caller,
        words t: Words,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard channels.contains(channel), let address = channel.normalised(typed) else {
            throw Refusal.invalid(["address": channel.notAnAddress])
        }
        guard try Provider.open(in: tx).contains(channel) else { throw Refusal.channelClosed }
        let index = try channel.index(address, unlocked)
        if try OptOut.isStopped(channel, index, in: tx) {
            throw Refusal.invalid(["address": "contact.stopped|This address said stop. Send START from it first."])
        }
        // Another number doesn't undo that the hotline is not to ring.
        let rings = try of(caller.person, in: tx).first { $0.channel == channel }?.rings ?? true
        try tx.run("DELETE FROM contacts WHERE person = \(caller.person) AND channel = \(channel)")
        let id = Ref<Contact>.new(at: tx.now)
        let code = channel == .push ? nil : Code.new()
        let sealed = try unlocked.fields.seal(address, table: "contacts", column: "address", id: id.text)
        try tx.run(
            """
            INSERT INTO contacts (id, person, channel, address, address_index, code, code_until, confirmed_at, rings, created_at)
            VALUES (\(id), \(caller.person), \(channel), \(sealed), \(index),
                \(try code.map { try Code.mark($0, for: id.text, unlocked) }), \(tx.now + .minutes(30)),
                \(code == nil ? tx.now : nil), \(rings), \(tx.now))
            """
        )
        try tx.record(
            Event(
                "contact.chosen",
                subject: caller.person.text,
                actor: caller.person.text,
                data: ["channel": channel.rawValue]
            )
        )
        guard let code else { return }
        try Outbox.add(
            Parcel(
                to: address,
                subject: t("contact.code_subject|Your code"),
                text: t("contact.code_text|Your Vecinos code is {code}. It works for 30 minutes.", ["code": code]),
                language: t.language.code
            ),
            by: channel,
            pool: .now,
            key: "contact:\(id.text)",
            organisation: caller.organisation,
            expires: .minutes(30),
            keys: keys,
            in: tx
        )
    }

    /// The caller shows that the address is theirs. Five wrong codes, and it must be sent anew.
    ///
    /// Answers false for a wrong code: throwing would undo the counting.
    package static func confirm(
        _ channel: ChannelKind,
        code typed: String,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Bool {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let row = try tx.rows(
            """
            UPDATE contacts SET code_tries = code_tries + 1
            WHERE person = \(caller.person) AND channel = \(channel) AND confirmed_at IS NULL AND code IS NOT NULL
                AND code_until > \(tx.now) AND code_tries < 5 RETURNING id, code
            """
        ).first
        guard let row else { return false }
        let id: Ref<Contact> = try row["id"]
        guard try Code.matches(typed, row["code"], for: id.text, unlocked) else { return false }
        try tx.run("UPDATE contacts SET confirmed_at = \(tx.now), code = NULL WHERE id = \(id)")
        return true
    }

    package static func remove(_ channel: ChannelKind, by caller: Caller, in tx: Transaction) throws {
        try tx.run("DELETE FROM contacts WHERE person = \(caller.person) AND channel = \(channel)")
    }

    /// Whether the hotline may ring the caller's telephone; they are asked for nothing else by it.
    package static func letRing(_ rings: Bool, by caller: Caller, in tx: Transaction) throws {
        let changed = try tx.run(
            "UPDATE contacts SET rings = \(rings) WHERE person = \(caller.person) AND channel = 'sms'"
        )
        guard changed == 1 else { throw Refusal.notFound }
        try tx.record(
            Event(
                "contact.ringing",
                subject: caller.person.text,
                actor: caller.person.text,
                data: ["rings": rings ? "yes" : "no"]
            )
        )
    }

    /// See `Subscriber.renewBrowser`.
    static func renewBrowser(
        _ old: String,
        _ before: [UInt8],
        by new: String,
        _ after: [UInt8],
        _ unlocked: InstanceKeys.Unlocked,
        in tx: Transaction
    ) throws -> Bool {
        let known = try tx.rows(
            "SELECT id, address FROM contacts WHERE channel = \(ChannelKind.push) AND address_index = \(before)"
        )
        var isKnown = false
        for row in known {
            let (id, sealed): (Ref<Contact>, [UInt8]) = (try row["id"], try row["address"])
            let address = try unlocked.fields.open(sealed, table: "contacts", column: "address", id: id.text)
            guard address == old else { continue }
            isKnown = true
            let renewed = try unlocked.fields.seal(new, table: "contacts", column: "address", id: id.text)
            try tx.run("UPDATE contacts SET address = \(renewed), address_index = \(after) WHERE id = \(id)")
        }
        return isKnown
    }

    /// The address is no more, or its owner said stop.
    static func end(_ id: Ref<Contact>, in tx: Transaction) throws {
        try tx.run("DELETE FROM contacts WHERE id = \(id)")
    }

    /// Those who never typed their code.
    package static func sweep(in tx: Transaction) throws {
        try tx.run("DELETE FROM contacts WHERE confirmed_at IS NULL AND code_until < \(tx.now - .days(1))")
    }
}

/// Six digits that show an address is somebody's. Kept as a mark under the instance's key; guessed at most five times.
enum Code {
    static func new() -> String {
        // A remainder of 64 random bits: the first numbers are likelier by less than one in ten million million.
        let number = RandomBytes.take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 1_000_000
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    static func mark(_ code: String, for owner: String, _ unlocked: InstanceKeys.Unlocked) throws -> [UInt8] {
        try unlocked.index.index("\(owner)|\(code)", field: "code")
    }

    static func matches(_ typed: String, _ mark: [UInt8], for owner: String, _ unlocked: InstanceKeys.Unlocked) throws
        -> Bool
    {
        let digits = String(decoding: typed.utf8.filter { $0 >= 48 && $0 <= 57 }.prefix(7), as: UTF8.self)
        return Secret(try self.mark(digits, for: owner, unlocked)).matches(mark)
    }
}

extension ChannelKind {
    /// What is said of a text that can't be an address of this channel.
    package var notAnAddress: Phrase {
        switch self {
        case .sms, .voice, .signal, .whatsapp: "address.phone|Write a phone number with its area code."
        case .email: "address.email|Write an email address, such as name@example.org."
        case .push: "address.push|Your browser did not give us a way to send notices. Try another way."
        case .webhook: "address.webhook|Write an address that begins with https://, and a secret of 16 letters or more."
        }
    }
}

extension Refusal {
    package static var channelClosed: Refusal {
        Refusal.invalid(["channel": "channel.closed|We can't send that way right now. Choose another way."])
    }
}
