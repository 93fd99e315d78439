// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// Asked, then confirmed from the address itself: nobody is subscribed by somebody else.
extension Subscriber {
    /// Where an address stands after it was asked for. The page says the same for each: whether somebody is subscribed
    /// is nobody else's business.
    package enum Asked: Sendable, Hashable { case codeSent }

    private static let codeTime = Duration.minutes(30)
    private static let linkTime = Duration.hours(24)
    /// Between a link and the next to one address: nobody is pestered by a form. A code stands as long as it is good.
    private static let linkPause = Duration.hours(1)

    /// Takes the wish and sends a code (a link by mail). Pending until confirmed; asked again, the newest wish counts, and
    /// the code that was sent a moment ago stays the one that is good, with the tries that are left of it.
    /// Somebody already subscribed gets their own link instead. `address` is ours, without a trailing slash.
    package static func ask(
        _ wish: Wish,
        words t: Words,
        address ours: String,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Asked {
        try wish.check()
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard channels.contains(wish.channel), try Provider.open(in: tx).contains(wish.channel) else {
            throw Refusal.channelClosed
        }
        guard let address = wish.channel.normalised(wish.address) else {
            throw Refusal.invalid(["address": wish.channel.notAnAddress])
        }
        let index = try wish.channel.index(address, unlocked)
        let hour = "\(tx.now.milliseconds / 3_600_000)"
        let once = "subscribe:\(Fingerprint.hex(index))"
        let known = try find(wish.channel, index, in: tx)
        if let known, known.isActive {
            let link = ours + (try known.link(keys))
            try Outbox.add(
                Parcel(
                    to: address,
                    subject: t("subscribe.already_subject|You are signed up already"),
                    text: t("subscribe.already|You are signed up already. Change it or stop here:") + " " + link,
                    language: t.language.code
                ),
                by: wish.channel,
                pool: .now,
                key: "\(once):\(hour)",
                expires: linkTime,
                keys: keys,
                in: tx
            )
            return .codeSent
        }
        // Asking here is the explicit wish that undoes an earlier "stop" on channels where the carrier keeps none; a text
        // message's stop is undone only by START from that telephone.
        if try OptOut.isStopped(wish.channel, index, in: tx) {
            if wish.channel == .sms { return .codeSent }
        }
        let isMail = wish.channel == .email
        let lasts = isMail ? linkTime : codeTime
        if let known, let until = try codeUntil(known, in: tx),
            until - lasts + (isMail ? linkPause : codeTime) > tx.now
        {
            try change(known, to: wish, in: tx)
            return .codeSent
        }
        let code = Code.new()
        let number = try insert(wish, address, index, code: code, lasts: lasts, unlocked, in: tx)
        let text: String
        if isMail {
            let token = try SignedLink.token(.confirm, confirmation(number, code), keys: keys)
            text =
                t(
                    "subscribe.confirm_text|Please confirm that you want messages from us. If you did not ask, do nothing."
                )
                + "\n\n\(ours)/subscribe/confirm/\(token)"
        } else {
            text = t(
                "subscribe.code_text|Your Vecinos code is {code}. Write it on the page to sign up. Not you? Do nothing.",
                ["code": code]
            )
        }
        try Outbox.add(
            Parcel(
                to: address,
                subject: t("subscribe.confirm_subject|Please confirm"),
                text: text,
                language: t.language.code
            ),
            by: wish.channel,
            pool: .now,
            key: "\(once):\(number):\(tx.now.milliseconds)",
            expires: lasts,
            passesOptOut: true,
            keys: keys,
            in: tx
        )
        return .codeSent
    }

    /// Confirms by the code. False where it is wrong, too old or tried too often: throwing would undo the counting.
    package static func confirm(
        _ channel: ChannelKind,
        _ typed: String,
        code: String,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Subscriber? {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard let address = channel.normalised(typed) else { return nil }
        let index = try channel.index(address, unlocked)
        let row = try tx.rows(
            """
            UPDATE subscribers SET code_tries = code_tries + 1
            WHERE channel = \(channel.turn) AND address_index = \(index) AND state = 'pending' AND code_until > \(tx.now)
                AND code_tries < 5 RETURNING number, code
            """
        ).first
        guard let row else { return nil }
        guard try Code.matches(code, row["code"], for: Fingerprint.hex(index), unlocked) else { return nil }
        return try activate(row["number"], in: tx)
    }

    /// Confirms by the link of a mail.
    package static func confirm(link token: String, keys: InstanceKeys, in tx: Transaction) throws -> Subscriber? {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard let payload = try SignedLink.payload(.confirm, token, keys: keys) else { return nil }
        let number = payload.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let code = String(decoding: payload.dropFirst(8).prefix(6), as: UTF8.self)
        guard let found = try find(number, in: tx) else { return nil }
        if found.isActive { return found }
        let row = try tx.rows(
            "SELECT code FROM subscribers WHERE number = \(number) AND state = 'pending' AND code_until > \(tx.now)"
        ).first
        guard let row,
            try Code.matches(code, row["code"], for: Fingerprint.hex(found.addressIndex), unlocked)
        else { return nil }
        return try activate(number, in: tx)
    }

    /// A browser that takes notices: it asked the person itself, so nothing is left to confirm.
    package static func joinByBrowser(_ wish: Wish, keys: InstanceKeys, in tx: Transaction) throws -> Subscriber {
        try wish.check()
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard wish.channel == .push, let address = ChannelKind.push.normalised(wish.address) else {
            throw Refusal.invalid(["address": ChannelKind.push.notAnAddress])
        }
        guard try Provider.open(in: tx).contains(.push) else { throw Refusal.channelClosed }
        let index = try ChannelKind.push.index(address, unlocked)
        try OptOut.start(.push, index, in: tx)
        if let known = try find(.push, index, in: tx) {
            try change(known, to: wish, in: tx)
            return known
        }
        let number = try insert(wish, address, index, code: Code.new(), lasts: codeTime, unlocked, in: tx)
        guard let made = try activate(number, in: tx) else { throw Refusal.notFound }
        return made
    }

    /// The browser's push service gave it another address, as they do from time to time. Whoever knows the old one whole,
    /// with its secret, is that browser: it is a subscriber or a member still, with all that they chose. False where nobody
    /// is known by it.
    package static func renewBrowser(_ old: String, by new: String, keys: InstanceKeys, in tx: Transaction) throws
        -> Bool
    {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard let old = ChannelKind.push.normalised(old), let new = ChannelKind.push.normalised(new) else {
            throw Refusal.invalid(["subscription": ChannelKind.push.notAnAddress])
        }
        let (before, after) = (try ChannelKind.push.index(old, unlocked), try ChannelKind.push.index(new, unlocked))
        var isKnown = try Contact.renewBrowser(old, before, by: new, after, unlocked, in: tx)
        if let known = try find(.push, before, in: tx), try known.opened(keys) == old {
            isKnown = true
            // Signed up a second time meanwhile: the older wish stays.
            try tx.run(
                """
                DELETE FROM subscribers
                WHERE channel = \(ChannelKind.push.turn) AND address_index = \(after) AND number <> \(known.number)
                """
            )
            let sealed = try unlocked.fields.seal(
                new,
                table: "subscribers",
                column: "address",
                id: Fingerprint.hex(after)
            )
            try tx.run(
                """
                UPDATE subscribers SET address = \(sealed), address_index = \(after) WHERE number = \(known.number)
                """
            )
        }
        if isKnown { try OptOut.start(.push, after, in: tx) }
        return isKnown
    }

    /// The confirmed text conversation: they wrote from the telephone themselves, which is the confirmation.
    package static func joinByText(_ wish: Wish, keys: InstanceKeys, in tx: Transaction) throws -> Subscriber {
        try wish.check()
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        guard let address = wish.channel.normalised(wish.address) else {
            throw Refusal.invalid(["address": wish.channel.notAnAddress])
        }
        let index = try wish.channel.index(address, unlocked)
        try OptOut.start(wish.channel, index, in: tx)
        if let known = try find(wish.channel, index, in: tx), known.isActive {
            try change(known, to: wish, in: tx)
            return known
        }
        let number = try insert(wish, address, index, code: Code.new(), lasts: codeTime, unlocked, in: tx, how: "text")
        guard let made = try activate(number, in: tx) else { throw Refusal.notFound }
        return made
    }

    static func find(_ channel: ChannelKind, _ index: [UInt8], in tx: Transaction) throws -> Subscriber? {
        try tx.first(
            Subscriber.self,
            "SELECT * FROM subscribers WHERE channel = \(channel.turn) AND address_index = \(index)"
        )
    }

    private static func codeUntil(_ waiting: Subscriber, in tx: Transaction) throws -> Instant? {
        try tx.one(Instant.self, "SELECT code_until FROM subscribers WHERE number = \(waiting.number)")
    }

    /// The pending row, made or made anew.
    static func insert(
        _ wish: Wish,
        _ address: String,
        _ index: [UInt8],
        code: String,
        lasts: Duration,
        _ unlocked: InstanceKeys.Unlocked,
        in tx: Transaction,
        how: String = "web",
        recordedBy: String? = nil,
        day: String? = nil
    ) throws -> Int64 {
        let owner = Fingerprint.hex(index)
        let sealed = try unlocked.fields.seal(address, table: "subscribers", column: "address", id: owner)
        let number = try tx.one(
            Int64.self,
            """
            INSERT INTO subscribers (channel, address, address_index, language, topics, quiet_from, quiet_to,
                urgent_passes, state, code, code_until, consent_how, consent_by, consent_version, consent_day)
            VALUES (\(wish.channel.turn), \(sealed), \(index), \(wish.language), \(wish.topics.rawValue),
                \(wish.quiet?.from), \(wish.quiet?.to), \(wish.urgentPasses), 'pending',
                \(try Code.mark(code, for: owner, unlocked)), \(tx.now + lasts), \(how), \(recordedBy), \(consentVersion),
                \(day ?? LocalTime(tx.now).isoDay))
            ON CONFLICT (channel, address_index) DO UPDATE SET language = excluded.language, topics = excluded.topics,
                quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
                urgent_passes = excluded.urgent_passes, code = excluded.code, code_until = excluded.code_until,
                code_tries = 0, consent_how = excluded.consent_how, consent_by = excluded.consent_by,
                consent_version = excluded.consent_version, consent_day = excluded.consent_day
            WHERE subscribers.state = 'pending' RETURNING number
            """
        )
        guard let number else { throw Refusal.notFound }
        try setPlaces(wish.places, of: number, in: tx)
        return number
    }

    @discardableResult
    static func activate(_ number: Int64, in tx: Transaction) throws -> Subscriber? {
        let made = try tx.first(
            Subscriber.self,
            """
            UPDATE subscribers SET state = 'active', code = NULL, code_until = NULL, code_tries = 0
            WHERE number = \(number) AND state = 'pending' RETURNING *
            """
        )
        guard let made else { return nil }
        if made.channel != .sms { try OptOut.start(made.channel, made.addressIndex, in: tx) }
        return made
    }

    private static func confirmation(_ number: Int64, _ code: String) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> Int64(56 - 8 * $0)) } + Array(code.utf8) + [0, 0]
    }
}
