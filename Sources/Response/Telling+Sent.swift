// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

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
        let wanted = folded(words)
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
            guard folded(short) == wanted || folded(long) == wanted else { continue }
            let (broadcast, id): (Ref<Broadcast>, Ref<Telling>) = (try row["broadcast"], try row["id"])
            guard let newest = try all(of: broadcast, in: tx).last(where: { $0.state == .told }) else { return nil }
            return Sent(
                at: try row["told_at"],
                newest: newest.act,
                isNewest: newest.id == id,
                isOver: try Broadcast.find(broadcast, in: tx)?.ending != nil
            )
        }
        return nil
    }

    private static func folded(_ text: String) -> [UInt8] {
        Array(
            text.unicodeScalars.split { $0.properties.isWhitespace }.map { String(String.UnicodeScalarView($0)) }
                .joined(separator: " ").utf8
        )
    }
}
