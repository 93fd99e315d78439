// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

extension Inquiry {
    /// Writes back by the channel they came by (a call: by text), through the outbox; whoever answers never sees the number.
    /// `turn`: the count that the answerer saw, so that two who answer at once answer once.
    package static func answer(
        _ id: Ref<Inquiry>,
        _ words: String,
        turn: Int,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        try caller.require(.answer)
        let inquiry = try find(id, by: caller, in: tx)
        var check = FieldCheck()
        let text = check.text(words, "words", limit: longestAnswer)
        if let text {
            ReportFiling.flagNeverKept(text, "words", &check)
        } else {
            check.flag("words", "inquiry.empty|Write an answer.")
        }
        try check.settle()
        guard let text else { return }
        let channel = inquiry.answersBy
        guard try Provider.open(in: tx).contains(channel) else { throw Refusal.channelClosed }
        let mine = try tx.run(
            """
            UPDATE inquiries SET state = 'answered', answered_by = \(caller.person), told_at = \(tx.now)
            WHERE id = \(id) AND count = \(turn) AND (state = 'waiting' OR answered_by IS NULL OR answered_by = \(caller.person))
            """
        )
        guard mine == 1 else { throw overtaken }
        let part = try tx.count("SELECT count(*) FROM inquiry_texts WHERE inquiry = \(id) AND is_ours = 1")
        try Outbox.add(
            Parcel(
                to: try inquiry.opened(keys),
                text: channel == .sms ? Segments.economical(text) : text,
                isAnswer: true
            ),
            by: channel,
            pool: .now,
            key: "inquiry:\(id):\(turn):\(part)",
            organisation: caller.organisation,
            expires: .hours(2),
            // They wrote to us just now.
            passesOptOut: true,
            keys: keys,
            in: tx
        )
        try InquiryText.add(text, to: id, isOurs: true, in: tx)
        try record("answered", id, by: caller, in: tx)
    }

    /// Calls the operator's own telephone, and connects it with theirs: neither sees the other's number.
    package static func callBack(
        _ id: Ref<Inquiry>,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        try caller.require(.answer)
        let inquiry = try find(id, by: caller, in: tx)
        guard try Provider.open(in: tx).contains(.voice) else { throw Refusal.channelClosed }
        guard let own = try Contact.telephones(of: [caller.person], keys: keys, in: tx).first else {
            throw Refusal(
                .conflict,
                "inquiry.no_phone|We call you first, then connect you. Add your telephone under Settings, How we reach you."
            )
        }
        let added = try Outbox.add(
            Parcel(to: own, text: try inquiry.opened(keys), lifetime: 120),
            by: .voice,
            pool: .now,
            key: "call_back:\(id):\(caller.person):\(tx.now.milliseconds / 60_000)",
            organisation: caller.organisation,
            expires: .minutes(2),
            passesOptOut: true,
            keys: keys,
            in: tx
        )
        guard added else { throw Refusal(.conflict, "inquiry.calling|Your telephone rings in a moment.") }
        try tx.run("UPDATE inquiries SET state = 'answered', answered_by = \(caller.person) WHERE id = \(id)")
        try record("called_back", id, by: caller, in: tx)
    }

    /// From now on, today, this number waits behind the others; it is still there to see.
    package static func mark(_ id: Ref<Inquiry>, spam: Bool, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.triage)
        _ = try find(id, by: caller, in: tx)
        let lane: Lane = spam ? .spam : .new
        try tx.run("UPDATE inquiries SET lane = \(lane) WHERE id = \(id)")
        try record(spam ? "spam" : "not_spam", id, by: caller, in: tx)
    }

    /// Nothing more to do. If they write again, they wait again.
    package static func close(_ id: Ref<Inquiry>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.answer)
        _ = try find(id, by: caller, in: tx)
        try tx.run("UPDATE inquiries SET state = 'closed', answered_by = \(caller.person) WHERE id = \(id)")
        try record("closed", id, by: caller, in: tx)
    }

    func opened(_ keys: InstanceKeys) throws -> String {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        return try unlocked.fields.open(number, table: "inquiries", column: "number", id: id.text)
    }

    private static var overtaken: Refusal {
        Refusal(.conflict, "inquiry.overtaken|A colleague answered, or they wrote again. Look first. Nothing was sent.")
    }

    static func record(_ what: String, _ id: Ref<Inquiry>, by caller: Caller, in tx: Transaction) throws {
        try tx.record(Event("inquiry.\(what)", subject: id.text, actor: caller.person.text))
    }
}

/// A number that the coalition trusts: a school, a union, another network. It has a line of its own, in a flood too. The
/// number itself is not kept, only what finds it again.
package struct PartnerLine: Readable, Sendable {
    package let id: Ref<PartnerLine>
    package let name: String
    package let madeAt: Instant

    package init(row: Row) throws {
        id = try row["id"]
        name = try row["name"]
        madeAt = try row["made_at"]
    }

    package static func all(in tx: Transaction) throws -> [PartnerLine] {
        try tx.all(PartnerLine.self, "SELECT id, name, made_at FROM partner_lines ORDER BY name, id")
    }

    package static func add(
        _ name: String,
        _ number: String,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        try caller.require(.manageSettings)
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        var check = FieldCheck()
        let name = check.text(name, "name", limit: 80)
        if name == nil { check.flag("name", "partner.name|Write the partner’s name.") }
        let number = PhoneNumber(number)
        if number == nil { check.flag("number", ChannelKind.sms.notAnAddress) }
        try check.settle()
        guard let name, let number else { return }
        try tx.run(
            """
            INSERT INTO partner_lines (id, name, number_index, made_by, made_at)
            VALUES (\(Ref<PartnerLine>.new(at: tx.now)), \(name), \(try index(number.text, unlocked)), \(caller.person),
                \(tx.now))
            ON CONFLICT (number_index) DO UPDATE SET name = excluded.name
            """
        )
        try tx.attest(Event("partner_line.added", subject: "console", actor: caller.person.text))
    }

    package static func remove(_ id: Ref<PartnerLine>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        guard try tx.run("DELETE FROM partner_lines WHERE id = \(id)") == 1 else { throw Refusal.notFound }
        try tx.attest(Event("partner_line.removed", subject: "console", actor: caller.person.text))
    }

    /// Whether this number has a line of its own.
    package static func has(_ number: String, keys: InstanceKeys, in tx: Transaction) throws -> Bool {
        guard let unlocked = keys.unlocked, let number = PhoneNumber(number) else { return false }
        return try name(of: number.text, unlocked, in: tx) != nil
    }

    static func name(of number: String, _ unlocked: InstanceKeys.Unlocked, in tx: Transaction) throws -> String? {
        try tx.one(
            String.self,
            "SELECT name FROM partner_lines WHERE number_index = \(try index(number, unlocked))"
        )
    }

    private static func index(_ number: String, _ unlocked: InstanceKeys.Unlocked) throws -> [UInt8] {
        try unlocked.index.index(number, field: "partner")
    }
}
