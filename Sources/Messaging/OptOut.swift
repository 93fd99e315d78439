// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Vault

/// "Stop": from then on nothing is sent to that address on that channel, in the middle of a broadcast too. Known by the
/// blind index alone; whoever subscribed is erased.
package enum OptOut {
    /// What a text may say to end or begin, in every language at once: whoever is tired of us doesn't choose one first.
    package enum Keyword: Sendable, Hashable { case stop, start }

    private static let words: [String: Keyword] = {
        let stop = [
            "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "opt out", "optout",
            "revocar", "arret", "arrêt", "parar", "para",
            "pare",
            "alto", "basta", "cancelar", "cancela", "baja", "darme de baja", "detener", "salir", "no mas", "no más",
            "fin",
            "停止", "停", "取消", "退订", "退訂", "중지", "수신거부", "그만", "취소", "ngừng", "ngung", "dừng", "dung", "hủy", "huy",
            "itigil", "tigil", "hinto", "стоп", "отписаться", "отмена", "կանգ", "դադարեցնել", "стоп.", "لغو", "توقف",
            "ایست",
            "إيقاف", "ايقاف", "قف", "إلغاء", "الغاء", "ឈប់", "បញ្ឈប់",
        ]
        let start = [
            "start", "unstop", "comenzar", "empezar", "iniciar", "inicio", "reanudar", "开始", "開始", "시작", "bắt đầu",
            "bat dau", "simulan", "старт", "начать", "սկսել", "شروع", "ابدأ", "ចាប់ផ្តើម",
        ]
        return Dictionary(
            stop.map { (folded($0), Keyword.stop) } + start.map { (folded($0), Keyword.start) },
            uniquingKeysWith: { first, _ in first }
        )
    }()

    /// Only where the keyword is all that was written; marks and spaces round it don't count.
    package static func keyword(in text: String) -> Keyword? {
        text.utf8.count <= 200 ? words[folded(text)] : nil
    }

    private static func folded(_ text: String) -> String {
        var letters = String.UnicodeScalarView()
        // Taken apart, so that a letter of any width, and with an accent or without, is one letter.
        for scalar in text.lowercased().decomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark: continue
            case .otherPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format,
                .otherSymbol, .modifierSymbol, .mathSymbol, .currencySymbol:
                letters.append(" ")
            default: letters.append(scalar)
            }
        }
        return String(letters).split(separator: " ").joined(separator: " ")
    }

    /// From now on nothing goes to this address by this channel; what waits for it ends.
    package static func stop(_ channel: ChannelKind, _ index: [UInt8], in tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO opt_outs (channel, address_index, at) VALUES (\(channel), \(index), \(tx.now))
            ON CONFLICT (channel, address_index) DO NOTHING
            """
        )
        // What a process has in hand already can't be taken back from it: it hears these and leaves them out.
        let gone = try tx.list(
            Int64.self,
            "DELETE FROM subscribers WHERE channel = \(channel.turn) AND address_index = \(index) RETURNING number"
        )
        for number in gone { try tx.record(Event("subscriber.stopped", subject: "\(number)")) }
        let inHand = try tx.list(
            String.self,
            """
            SELECT id FROM outbox
            WHERE state = 'leased' AND channel = \(channel) AND address_index = \(index) AND passes_opt_out = 0
            """
        )
        for row in inHand { try tx.record(Event("outbox.stopped", subject: row)) }
        try tx.run(
            """
            UPDATE outbox SET state = 'ended', content = NULL, closed_at = \(tx.now), last_error = 'stopped'
            WHERE state = 'waiting' AND channel = \(channel) AND address_index = \(index) AND passes_opt_out = 0
            """
        )
    }

    /// They want to hear from us again. Their subscriptions are gone: they choose anew.
    package static func start(_ channel: ChannelKind, _ index: [UInt8], in tx: Transaction) throws {
        try tx.run("DELETE FROM opt_outs WHERE channel = \(channel) AND address_index = \(index)")
    }

    /// When they said stop; nil where they didn't, or took it back.
    static func since(_ channel: ChannelKind, _ index: [UInt8], in tx: Transaction) throws -> Instant? {
        try tx.one(
            Instant.self,
            "SELECT at FROM opt_outs WHERE channel = \(channel) AND address_index = \(index)"
        )
    }

    package static func isStopped(_ channel: ChannelKind, _ index: [UInt8], in tx: Transaction) throws -> Bool {
        try tx.one(Int.self, "SELECT 1 FROM opt_outs WHERE channel = \(channel) AND address_index = \(index)") != nil
    }
}
