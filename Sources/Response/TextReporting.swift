// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Vault

/// A report by text is all said: `TextReporting.file`.
package struct FileTextReport: Job {
    package static let kind = "response.text_report"
    package let conversation: Ref<Conversation>

    package init(_ conversation: Ref<Conversation>) { self.conversation = conversation }
}

/// Brings what was told by text to the team: through the same intake as every report, sealed, once, however often the job
/// runs. Then their words are deleted here, and they get their code.
package struct TextReporting: Sendable {
    /// What is said, to whom the answer goes, and under which name it is stored once.
    struct Finished: Codable, Sendable {
        let report: TextReport
        let address: String
        let name: String
    }

    /// How a number stands now: whether it floods us, and a token of it that tells one witness from two. In memory only.
    package typealias Sender = @Sendable (String) -> (isOverflow: Bool, source: String?)

    let intake: Intake
    let library: Library
    /// Ours, without a trailing slash; may be empty.
    let address: String
    let sender: Sender

    package init(intake: Intake, library: Library, address: String, sender: @escaping Sender) {
        (self.intake, self.library, self.address, self.sender) = (intake, library, address, sender)
    }

    package func register(with worker: Worker) {
        worker.handle(FileTextReport.self) { job in try await file(job.conversation) }
    }

    /// Everything is said: from now on it is ours to carry on.
    package static func finish(
        _ report: TextReport,
        language: String,
        from inbound: InboundText,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        let finished = Finished(report: report, address: inbound.from, name: "text|\(try inbound.mark(keys))")
        let id = try Conversation.keep(finished, .finished, language: language, with: inbound, keys: keys, in: tx)
        try tx.enqueue(FileTextReport(id), key: "text_report:\(id.text)")
    }

    func file(_ id: Ref<Conversation>) async throws {
        let (database, keys) = (intake.database, intake.keys)
        let found = try await database.read { tx in try Conversation.finished(id, in: tx) }
        guard let found else { return }
        let finished = try found.opened(Finished.self, keys: keys)
        let t = library.words(found.language)
        let answer = try await take(finished, t)
        let isOverflow = sender(finished.address).isOverflow
        try await database.write { tx in
            // Two nodes may have run the job: the second finds nothing.
            guard try Conversation.finished(id, in: tx) != nil else { return }
            if let report = answer.report {
                try PictureReporting.begin(
                    TextPicture.join(report, from: found, isOverflow: isOverflow, in: tx),
                    in: tx
                )
            }
            try found.delete(in: tx)
            guard try !found.wasStopped(in: tx) else { return }
            if let report = answer.report {
                try FiledText.note(report, of: found, isOverflow: isOverflow, in: tx)
            }
            try Outbox.add(
                Parcel(to: finished.address, text: answer.text, isAnswer: true),
                by: found.channel,
                pool: .now,
                key: "sent:\(id.text)",
                expires: .hours(2),
                passesOptOut: true,
                keys: keys,
                in: tx
            )
            guard answer.asksPlace,
                let inbound = InboundText(id: finished.name, channel: found.channel, from: finished.address, text: ""),
                try Conversation.open(with: inbound, keys: keys, in: tx) == nil
            else { return }
            try Conversation.keep(
                TextReport.later(finished.name),
                language: found.language,
                with: inbound,
                keys: keys,
                in: tx
            )
        }
    }

    /// What is answered, whether it asks for the place, and the name of the report that its pictures go to.
    private func take(_ finished: Finished, _ t: Words) async throws -> (
        text: String, asksPlace: Bool, report: String?
    ) {
        var filing = finished.report.filing(t)
        let sender = sender(finished.address)
        (filing.isOverflow, filing.source) = (sender.isOverflow, sender.source)
        let submission = Submission.idempotencyKey(finished.name, bodyHash: filing.digest)
        do {
            if let first = finished.report.adds {
                let code = ReporterCode.derived(from: "key|\(first)", keys: intake.keys)
                _ = try await intake.add(filing, to: code, submission: submission)
                return (t("text.added|Thank you. We added it."), false, first)
            }
            let receipt = try await intake.take(filing, submission: submission)
            return (sent(receipt, t), receipt.zone == nil, finished.name)
        } catch let refusal as Refusal where refusal.fields["words"] == CarAlone.refused {
            return (t(CarAlone.refused), false, nil)
        } catch let refusal as Refusal where refusal.kind == .invalid || refusal.kind == .notFound {
            // What can't be taken now can't be taken later: they are told rather than left waiting.
            let link = address.isEmpty ? "" : " \(address)/report"
            return (t("text.not_taken|We could not take that. Please send REPORT and try again.") + link, false, nil)
        }
    }

    private func sent(_ receipt: Intake.Receipt, _ t: Words) -> String {
        var lines = [
            t("text.sent|Thank you. We have it, and we are checking."),
            t("text.code|Your code: {code}", ["code": receipt.code.text]),
        ]
        if !address.isEmpty { lines.append("\(address)/report/answer") }
        if receipt.zone == nil {
            lines.append(t("text.sent_where|Where is it? Text us the place now, and we add it."))
        }
        return lines.joined(separator: "\n")
    }
}
