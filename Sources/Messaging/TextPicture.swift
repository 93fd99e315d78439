// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A photo, video or sound that came with a text, as long as the provider has it: it is fetched, sealed with the report that
/// the text became, and deleted there; then this row goes. One that becomes no report is only deleted there.
package struct TextPicture: Readable, Sendable {
    package let id: Ref<TextPicture>
    package let language: String
    package let isOverflow: Bool
    /// The name of the report that it adds to, once that was filed; nil before.
    package let adds: String?
    /// When it was stored with its report, or could not be: all that is left to do is the deletion.
    package let filedAt: Instant?
    package let at: Instant
    let name: [UInt8]
    let nameIndex: [UInt8]

    package init(row: Row) throws {
        id = try row["id"]
        language = try row["language"]
        isOverflow = try row["is_overflow"]
        adds = try row["adds"]
        filedAt = try row["filed_at"]
        at = try row["at"]
        name = try row["name"]
        nameIndex = try row["name_index"]
    }

    static let migration = Migration(
        "2026-11-29-messaging-pictures",
        """
        CREATE TABLE text_pictures (
            id TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            address_index {{blob}} NOT NULL,
            name {{blob}} NOT NULL,
            name_index {{blob}} NOT NULL UNIQUE,
            language TEXT NOT NULL DEFAULT 'en',
            is_overflow BIGINT NOT NULL DEFAULT 0,
            adds TEXT,
            at BIGINT NOT NULL,
            filed_at BIGINT
        );
        CREATE INDEX text_pictures_sender ON text_pictures (channel, address_index)
        """
    )

    /// As many as a provider sends with one text.
    package static let most = 10

    /// Takes note of those that came with a text, each once.
    static func take(of inbound: InboundText, _ index: [UInt8], _ unlocked: InstanceKeys.Unlocked, in tx: Transaction)
        throws
    {
        for name in inbound.pictures.prefix(most) {
            let id = Ref<TextPicture>.new(at: tx.now)
            try tx.run(
                """
                INSERT INTO text_pictures (id, channel, address_index, name, name_index, at)
                VALUES (\(id), \(inbound.channel), \(index),
                    \(try unlocked.fields.seal(name, table: "text_pictures", column: "name", id: id.text)),
                    \(try unlocked.index.index(name, field: "picture")), \(tx.now))
                ON CONFLICT (name_index) DO NOTHING
                """
            )
        }
    }

    /// The text's report is filed: its pictures go with it. Answers which.
    package static func join(
        _ report: String,
        from conversation: Conversation,
        isOverflow: Bool,
        in tx: Transaction
    ) throws -> [Ref<TextPicture>] {
        try join(
            report,
            from: (conversation.channel, conversation.addressIndex),
            language: conversation.language,
            isOverflow: isOverflow,
            in: tx
        )
    }

    static func join(
        _ report: String,
        from sender: (channel: ChannelKind, index: [UInt8]),
        language: String,
        isOverflow: Bool,
        in tx: Transaction
    ) throws -> [Ref<TextPicture>] {
        try tx.list(
            Ref<TextPicture>.self,
            """
            UPDATE text_pictures SET adds = \(report), language = \(language), is_overflow = \(isOverflow)
            WHERE channel = \(sender.channel) AND address_index = \(sender.index)
                AND adds IS NULL AND filed_at IS NULL RETURNING id
            """
        )
    }

    /// Those that belong to nothing that is being written: their text was none of a report, or its writer stopped. Answers
    /// which; all that is left to do is the deletion.
    package static func stray(in tx: Transaction) throws -> [Ref<TextPicture>] {
        try tx.list(
            Ref<TextPicture>.self,
            """
            SELECT p.id FROM text_pictures p WHERE p.adds IS NULL AND p.at <= \(tx.now - .minutes(1)) AND NOT EXISTS (
                SELECT 1 FROM conversations c WHERE c.channel = p.channel AND c.address_index = p.address_index)
            ORDER BY p.at LIMIT 200
            """
        )
    }

    package static func find(_ id: Ref<TextPicture>, in tx: Transaction) throws -> TextPicture? {
        try tx.first(TextPicture.self, "SELECT * FROM text_pictures WHERE id = \(id)")
    }

    /// What its file is known by, however often a job runs.
    package var mark: String { Fingerprint.hex(nameIndex) }

    package func opened(_ keys: InstanceKeys) throws -> String {
        try keys.opened().fields.open(name, table: "text_pictures", column: "name", id: id.text)
    }

    package func markFiled(in tx: Transaction) throws {
        try tx.run("UPDATE text_pictures SET filed_at = \(tx.now) WHERE id = \(id)")
    }

    package func delete(in tx: Transaction) throws { try tx.run("DELETE FROM text_pictures WHERE id = \(id)") }

    /// The provider's names out of the address that it gives for one, `…/Messages/MM…/Media/ME…`: as `MM…/ME…`. The address
    /// itself is never followed. Nil where it is none.
    package static func name(inAddress address: String) -> String? {
        let parts = address.split(separator: "/", omittingEmptySubsequences: false).suffix(4).map(String.init)
        guard parts.count == 4, parts[0] == "Messages", parts[2] == "Media", CallRecording.isName(parts[1]),
            CallRecording.isName(parts[3])
        else { return nil }
        return "\(parts[1])/\(parts[3])"
    }
}

/// What came with texts, over Twilio's REST API: fetched once, then deleted there. Throws `ChannelFailure`.
package struct PictureLine: Sendable {
    /// Carriers take no more than 5 MB with a text.
    static let largest = 6_000_000

    private let account: TwilioAccount

    /// Nil for a provider that keeps no pictures for us, or not now.
    package init?(_ provider: Provider, outside: Outside) {
        guard provider.make == .twilio, provider.isOn, provider.problems.isEmpty else { return nil }
        account = TwilioAccount(provider, outside: outside)
    }

    /// As it was sent. The provider may point to where it keeps such things: that one step is taken.
    package func fetch(_ name: String) async throws -> [UInt8] {
        try await account.fetch(path(name), "picture", largest: Self.largest, stepsOn: true)
    }

    /// What is no longer there is deleted too.
    package func delete(_ name: String) async throws {
        try await account.delete(path(name), "picture", largest: Self.largest)
    }

    private func path(_ name: String) -> String {
        let parts = name.split(separator: "/").map { String($0).urlEncoded }
        return "Messages/" + parts.joined(separator: "/Media/")
    }
}
