// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// What somebody and we are in the middle of by text: an unfinished report. Found by the blind index of their number, its
/// words encrypted under the instance's key; deleted when it was sent, when they say stop, or after 30 minutes of silence.
package struct Conversation: Readable {
    package enum State: String, Bindable, Column {
        /// We wait for their next text.
        case open
        /// All is said; a job carries it on, and deletes it then.
        case finished
    }

    package static let kept = Keeping(
        "conversations",
        "keeping.conversations|Words of a report by text that was not finished",
        always: .minutes(30)
    )

    /// What is finished and could not be carried on, because the instance stayed locked.
    static let longestFinished = Duration.hours(24)

    package let id: Ref<Conversation>
    package let channel: ChannelKind
    /// The code of the language that we answer in.
    package let language: String
    package let state: State
    /// When they last wrote.
    package let at: Instant
    let addressIndex: [UInt8]
    let content: [UInt8]

    package init(row: Row) throws {
        id = try row["id"]
        channel = try row["channel"]
        language = try row["language"]
        state = try row["state"]
        at = try row["at"]
        addressIndex = try row["address_index"]
        content = try row["content"]
    }

    /// The one that goes on with whoever wrote; nil where there is none, or it is too old.
    package static func open(with inbound: InboundText, keys: InstanceKeys, in tx: Transaction) throws -> Conversation?
    {
        let index = try inbound.channel.index(inbound.from, keys.opened())
        return try tx.first(
            Conversation.self,
            """
            SELECT * FROM conversations WHERE channel = \(inbound.channel) AND address_index = \(index)
                AND state = 'open' AND at > \(tx.now - kept.usual)
            """
        )
    }

    /// One that waits to be carried on; nil when that is done.
    package static func finished(_ id: Ref<Conversation>, in tx: Transaction) throws -> Conversation? {
        try tx.first(Conversation.self, "SELECT * FROM conversations WHERE id = \(id) AND state = 'finished'")
    }

    /// Begins one, or goes on with the one there is.
    @discardableResult
    package static func keep<Words: Encodable>(
        _ words: Words,
        _ state: State = .open,
        language: String,
        with inbound: InboundText,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Ref<Conversation> {
        let unlocked = try keys.opened()
        let index = try inbound.channel.index(inbound.from, unlocked)
        try end(inbound.channel, index, in: tx)
        let id = Ref<Conversation>.new(at: tx.now)
        let content = try unlocked.fields.seal(
            String(decoding: JSONEncoder().encode(words), as: UTF8.self),
            table: "conversations",
            column: "content",
            id: id.text
        )
        try tx.run(
            """
            INSERT INTO conversations (id, channel, address_index, state, language, content, at)
            VALUES (\(id), \(inbound.channel), \(index), \(state), \(language), \(content), \(tx.now))
            """
        )
        return id
    }

    /// Whether all that they said is on its way, and not filed yet.
    package static func isFinishing(with inbound: InboundText, keys: InstanceKeys, in tx: Transaction) throws -> Bool {
        let index = try inbound.channel.index(inbound.from, keys.opened())
        return try tx.count(
            """
            SELECT count(*) FROM conversations
            WHERE channel = \(inbound.channel) AND address_index = \(index) AND state = 'finished'
            """
        ) > 0
    }

    package func opened<Words: Decodable>(_ type: Words.Type, keys: InstanceKeys) throws -> Words {
        let json = try keys.opened().fields.open(content, table: "conversations", column: "content", id: id.text)
        return try JSONDecoder().decode(Words.self, from: Data(json.utf8))
    }

    /// They said stop after this was finished: nothing more is sent to them about it.
    package func wasStopped(in tx: Transaction) throws -> Bool {
        try OptOut.since(channel, addressIndex, in: tx).map { $0 >= at } ?? false
    }

    package func delete(in tx: Transaction) throws { try tx.run("DELETE FROM conversations WHERE id = \(id)") }

    /// Whatever was unfinished with this address; answers whether there was something.
    @discardableResult
    static func end(_ channel: ChannelKind, _ index: [UInt8], in tx: Transaction) throws -> Bool {
        try tx.run(
            """
            DELETE FROM conversations
            WHERE channel = \(channel) AND address_index = \(index) AND state = 'open'
            """
        ) > 0
    }

    /// Those whose time is up. Run every minute.
    package static func sweep(in tx: Transaction) throws {
        try FiledText.sweep(in: tx)
        try tx.run(
            """
            DELETE FROM conversations WHERE (state = 'open' AND at <= \(tx.now - kept.usual))
                OR at <= \(tx.now - longestFinished)
            """
        )
    }
}
