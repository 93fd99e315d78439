// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// A text that somebody sent us, as it lives for the length of one transaction: its words and its number are not stored.
package struct InboundText: Sendable {
    /// The provider's own name for it: the same text told twice is read once.
    package let id: String
    package let channel: ChannelKind
    /// Normalised: `+13235550100`.
    package let from: String
    package let text: String
    /// The provider's names for what came with it: see `TextPicture.name`.
    package let pictures: [String]

    /// Nil where the number is none.
    package init?(id: String, channel: ChannelKind, from: String, text: String, pictures: [String] = []) {
        guard let number = channel.normalised(from), (1...200).contains(id.utf8.count) else { return nil }
        self.id = id
        self.channel = channel
        self.from = number
        self.text = String(text.prefix(4_000))
        self.pictures = pictures
    }

    /// Reads whatever else was written, in the same transaction. Sends answers with `reply`.
    package typealias Reader = @Sendable (InboundText, Transaction) throws -> Void

    /// Takes a text once: "stop" and "start" in any language first, whatever conversation is going on; then the reader.
    /// `address` is ours, for the links in answers.
    package static func receive(
        _ inbound: InboundText,
        reader: Reader?,
        words: Library,
        address ours: String,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let once = try unlocked.index.index("\(inbound.channel.rawValue)|\(inbound.id)", field: "inbound")
        let fresh = try tx.run(
            "INSERT INTO inbound_texts (id, at) VALUES (\(Fingerprint.hex(once)), \(tx.now)) ON CONFLICT (id) DO NOTHING"
        )
        guard fresh == 1 else { return }
        let index = try inbound.channel.index(inbound.from, unlocked)
        // Whatever the text is: what came with it has to be deleted at the provider.
        try TextPicture.take(of: inbound, index, unlocked, in: tx)
        switch OptOut.keyword(in: inbound.text) {
        case .stop?:
            let language = try Subscriber.find(inbound.channel, index, in: tx)?.language ?? "en"
            let t = words.words(language)
            // Those who stopped before heard it then.
            let isNew = try !OptOut.isStopped(inbound.channel, index, in: tx)
            let wasReporting = try Conversation.end(inbound.channel, index, in: tx)
            try FiledText.end(inbound.channel, index, in: tx)
            try OptOut.stop(inbound.channel, index, in: tx)
            try tx.run("DELETE FROM contacts WHERE channel = \(inbound.channel) AND address_index = \(index)")
            if isNew || wasReporting {
                let gone = wasReporting ? t("stop.report_gone|Your report was not sent. We deleted it.") + " " : ""
                try inbound.reply(
                    gone + t("stop.done|You will get no more messages from us. To come back, send START."),
                    passesOptOut: true,
                    keys: keys,
                    in: tx
                )
            }
        case .start?:
            try OptOut.start(inbound.channel, index, in: tx)
            // Their language went with their subscription: the two that most neighbors read.
            let welcome = ["es", "en"].compactMap(words.language).map { language in
                let t = words.words(language.code)
                return t("stop.back|Welcome back. Choose what you want to hear about:")
            }
            let link = ours.isEmpty ? "" : " \(ours)/subscribe"
            try inbound.reply(
                welcome.joined(separator: " ") + link,
                keys: keys,
                in: tx
            )
        case nil:
            // Somebody who stopped and writes again may need help: the reader hears it, and what is answered to this very
            // text passes.
            try reader?(inbound, tx)
        }
    }

    /// Answers on the channel it came by, once for each text and `part`. An answer to what somebody just wrote passes their
    /// earlier "stop".
    package func reply(
        _ text: String,
        part: Int = 0,
        link: String? = nil,
        passesOptOut: Bool = true,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        try Outbox.add(
            Parcel(to: from, text: text, link: link, isAnswer: true),
            by: channel,
            pool: .now,
            key: "reply:\(try mark(keys)):\(part)",
            expires: .hours(2),
            passesOptOut: passesOptOut,
            keys: keys,
            in: tx
        )
    }

    /// What we know this text by: the provider's own name for it would lead from our rows to a number in its records.
    package func mark(_ keys: InstanceKeys) throws -> String {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        return Fingerprint.hex(try unlocked.index.index("\(channel.rawValue)|\(id)", field: "reply"))
    }
}
