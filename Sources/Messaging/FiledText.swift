// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Which report somebody has just sent by text, for as long as a conversation lasts: a picture that comes after it goes to
/// that report, and asks nothing. Found by the blind index of their number; forgotten on *stop*.
package struct FiledText: Readable, Sendable {
    package static let kept = Keeping(
        "filed_texts",
        "keeping.filed_texts|Which report somebody just sent by text, for a picture that comes after it",
        always: .minutes(30)
    )

    /// The name under which the report is stored once.
    package let report: String
    package let language: String
    let channel: ChannelKind
    let addressIndex: [UInt8]
    let isOverflow: Bool

    package init(row: Row) throws {
        report = try row["report"]
        language = try row["language"]
        channel = try row["channel"]
        addressIndex = try row["address_index"]
        isOverflow = try row["is_overflow"]
    }

    static let migration = Migration(
        "2026-11-29-messaging-filed-texts",
        """
        CREATE TABLE filed_texts (
            channel TEXT NOT NULL,
            address_index {{blob}} NOT NULL,
            report TEXT NOT NULL,
            language TEXT NOT NULL,
            is_overflow BIGINT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (channel, address_index)
        );
        CREATE INDEX filed_texts_age ON filed_texts (at)
        """
    )

    /// The report that this conversation became, or added to.
    package static func note(_ report: String, of conversation: Conversation, isOverflow: Bool, in tx: Transaction)
        throws
    {
        try tx.run(
            """
            INSERT INTO filed_texts (channel, address_index, report, language, is_overflow, at)
            VALUES (\(conversation.channel), \(conversation.addressIndex), \(report), \(conversation.language),
                \(isOverflow), \(tx.now))
            ON CONFLICT (channel, address_index) DO UPDATE SET report = excluded.report,
                language = excluded.language, is_overflow = excluded.is_overflow, at = excluded.at
            """
        )
    }

    /// Nil where they sent none, or too long ago.
    package static func find(with inbound: InboundText, keys: InstanceKeys, in tx: Transaction) throws -> FiledText? {
        let index = try inbound.channel.index(inbound.from, keys.opened())
        return try tx.first(
            FiledText.self,
            """
            SELECT * FROM filed_texts
            WHERE channel = \(inbound.channel) AND address_index = \(index) AND at > \(tx.now - kept.usual)
            """
        )
    }

    /// Their pictures that wait go to that report. Answers which.
    package func join(in tx: Transaction) throws -> [Ref<TextPicture>] {
        try TextPicture.join(
            report,
            from: (channel, addressIndex),
            language: language,
            isOverflow: isOverflow,
            in: tx
        )
    }

    static func end(_ channel: ChannelKind, _ index: [UInt8], in tx: Transaction) throws {
        try tx.run("DELETE FROM filed_texts WHERE channel = \(channel) AND address_index = \(index)")
    }

    static func sweep(in tx: Transaction) throws {
        try tx.run("DELETE FROM filed_texts WHERE at <= \(tx.now - kept.usual)")
    }
}
