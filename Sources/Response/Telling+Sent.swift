// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Vault

extension Telling {
    /// A message that somebody holds, and what was told after it.
    package struct Sent: Sendable, Hashable {
        package let at: Instant
        package let newest: Act
        package let isNewest: Bool
        /// It was taken back, corrected, or is over.
        package let isOver: Bool
    }

    /// Whether we sent exactly these words in the last month, however a telephone breaks their lines. Nothing that was added
    /// or left out is overlooked: a true message with a false link is not ours.
    package static func sent(as words: String, in tx: Transaction) throws -> Sent? {
        let wanted = SignedWords.folded(words)
        guard !wanted.isEmpty, wanted.count <= 4_000 else { return nil }
        let rows = try tx.rows(
            """
            SELECT s.broadcast, s.id, s.told_at, x.text, x.short FROM tellings s
            JOIN bulletin_texts x ON x.bulletin = s.bulletin
            WHERE s.state = 'told' ORDER BY s.told_at DESC, s.id LIMIT 2000
            """
        )
        for row in rows {
            let (long, short): (String, String) = (try row["text"], try row["short"])
            guard SignedWords.folded(short) == wanted || SignedWords.folded(long) == wanted else { continue }
            let (broadcast, id): (Ref<Broadcast>, Ref<Telling>) = (try row["broadcast"], try row["id"])
            return try sent(id, of: broadcast, at: row["told_at"], in: tx)
        }
        return nil
    }

    private static func sent(_ id: Ref<Telling>, of broadcast: Ref<Broadcast>, at time: Instant, in tx: Transaction)
        throws -> Sent?
    {
        guard let newest = try all(of: broadcast, in: tx).last(where: { $0.state == .told }) else { return nil }
        return Sent(
            at: time,
            newest: newest.act,
            isNewest: newest.id == id,
            isOver: try Broadcast.find(broadcast, in: tx)?.ending != nil
        )
    }

    /// A message that went out, for the page whose address stands in it.
    package struct Public: Sendable {
        package let telling: Telling
        package let sent: Sent
        /// By language, as each channel sent it.
        package let texts: [String: Bulletin.Text]
    }

    /// The one that this code stands for, of those of the last month; the newest, should two ever have the same.
    package static func told(code: String, in tx: Transaction) throws -> Public? {
        guard code.utf8.count == Ref<Telling>.codeLength else { return nil }
        let telling = try tx.first(
            Telling.self,
            """
            SELECT * FROM tellings WHERE code = \(code) AND state = 'told' AND bulletin IS NOT NULL
            ORDER BY told_at DESC, id LIMIT 1
            """
        )
        guard let telling, let number = telling.bulletin, let time = telling.toldAt,
            let sent = try sent(telling.id, of: telling.broadcast, at: time, in: tx)
        else { return nil }
        let texts = try Bulletin.texts(number, in: tx)
        return texts.isEmpty ? nil : Public(telling: telling, sent: sent, texts: texts)
    }

    /// Gives those their code that were written before it had a column: no database makes it of the name by itself.
    package static func nameOld(in tx: Transaction) throws {
        for id in try tx.list(Ref<Telling>.self, "SELECT id FROM tellings WHERE code IS NULL") {
            try tx.run("UPDATE tellings SET code = \(id.code) WHERE id = \(id)")
        }
    }
}

extension Ref<Telling> {
    static var codeLength: Int { 5 }

    /// How a telling is named in the address that goes out with it: short, since text messages are paid for by the letter,
    /// and without the time that its own name tells.
    package var code: String {
        let hash = Fingerprint.sha256(Array("telling|\(text)".utf8))
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        return String(decoding: hash.prefix(Self.codeLength).map { letters[Int($0 & 31)] }, as: UTF8.self)
    }

    /// Its page.
    package var path: String { "/a/\(code)" }
}
