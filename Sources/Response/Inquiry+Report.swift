// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

extension Inquiry {
    /// What the form of a report begins with: as far as the caller can open what was written.
    package struct Draft: Sendable {
        /// A call, or words.
        package let source: Channel
        package let language: String
        package let zone: String?
        package let kind: ReportKind?
        package let words: String
        /// Whether their code can be sent to them.
        package let canAnswer: Bool
    }

    package static func draft(_ id: Ref<Inquiry>, by caller: Caller, in tx: Transaction) throws -> Draft {
        try caller.require(.answer)
        let inquiry = try find(id, by: caller, in: tx)
        let said = try InquiryText.all(of: [id], in: tx)[id, default: []].filter { !$0.isOurs }.compactMap { text in
            if case .open(let words) = text.words(by: caller) { words } else { String?.none }
        }
        let words = said.filter { !TextReport.isCourtesy($0) }.joined(separator: "\n")
        return Draft(
            source: inquiry.channel == .voice ? .phone : .sms,
            language: inquiry.language,
            zone: inquiry.zone,
            kind: ReportKind.guess(words),
            words: String(String.UnicodeScalarView(words.unicodeScalars.prefix(ReportFiling.longestWords))),
            canAnswer: try Provider.open(in: tx).contains(inquiry.answersBy)
        )
    }

    /// A call is answered by text.
    var answersBy: ChannelKind { channel == .voice ? .sms : channel }

    /// It became a report: nothing is left to do for it. `text` holds their code, where they asked for it, and is kept
    /// nowhere but in the outbox. The same report twice sends once.
    package static func reported(
        _ id: Ref<Inquiry>,
        sending text: String?,
        as name: String,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        try caller.require(.answer)
        let inquiry = try find(id, by: caller, in: tx)
        if let text {
            guard try Provider.open(in: tx).contains(inquiry.answersBy) else { throw Refusal.channelClosed }
            try Outbox.add(
                Parcel(to: try inquiry.opened(keys), text: text, isAnswer: true),
                by: inquiry.answersBy,
                pool: .now,
                key: "inquiry_code:\(id):\(name)",
                organisation: caller.organisation,
                expires: .hours(2),
                // They asked for it just now.
                passesOptOut: true,
                keys: keys,
                in: tx
            )
        }
        try tx.run("UPDATE inquiries SET state = 'answered', answered_by = \(caller.person) WHERE id = \(id)")
        try record("reported", id, by: caller, in: tx)
    }
}
