// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Vault

/// Something came with a text: `PictureReporting.file`.
package struct FilePicture: Job {
    package static let kind = "response.picture"
    package let picture: Ref<TextPicture>

    package init(_ picture: Ref<TextPicture>) { self.picture = picture }
}

/// Brings what came with a text to the report that the text became: fetched from the provider, sealed like every file, added
/// once however often the job runs; then its deletion at the provider is asked for until it is done.
package struct PictureReporting: Sendable {
    /// Looks at what came before it is filed: a picture must be one to support what the words say.
    package typealias Look = @Sendable (ReceivedFile) async -> Void

    let intake: Intake
    let outside: Outside
    let look: Look

    package init(intake: Intake, outside: Outside, look: @escaping Look) {
        (self.intake, self.outside, self.look) = (intake, outside, look)
    }

    package func register(with worker: Worker) {
        worker.handle(FilePicture.self, isSlow: true) { job in try await file(job.picture) }
    }

    /// Those of a report that was just filed.
    static func begin(_ pictures: [Ref<TextPicture>], in tx: Transaction) throws {
        for picture in pictures { try tx.enqueue(FilePicture(picture), key: "picture:\(picture)") }
    }

    /// What came after a report goes to it.
    package static func add(to filed: FiledText, in tx: Transaction) throws { try begin(filed.join(in: tx), in: tx) }

    /// Those that will never belong to a report. Run every minute.
    package static func sweep(in tx: Transaction) throws { try begin(TextPicture.stray(in: tx), in: tx) }

    func file(_ id: Ref<TextPicture>) async throws {
        let (database, keys) = (intake.database, intake.keys)
        _ = try keys.opened()
        let (picture, provider) = try await database.read { tx in
            (try TextPicture.find(id, in: tx), try Provider.find(.sms, keys: keys, in: tx))
        }
        guard let picture else { return }
        guard let line = provider.flatMap({ PictureLine($0, outside: outside) }) else {
            throw ChannelFailure.refused(why: "no provider for texts")
        }
        let name = try picture.opened(keys)
        if picture.filedAt == nil {
            if let report = picture.adds { try await add(name, of: picture, to: report, by: line) }
            try await database.write { tx in try picture.markFiled(in: tx) }
        }
        try await line.delete(name)
        try await database.write { tx in try picture.delete(in: tx) }
    }

    /// So long a provider may need until what it took can be fetched.
    private static let patience = Duration.minutes(5)

    /// What the provider has no more, and what is no kind of file that we take, is passed over: the words of the report
    /// are there.
    private func add(_ name: String, of picture: TextPicture, to report: String, by line: PictureLine) async throws {
        guard let folder = intake.database.companions.first(EvidenceFolder.self) else { throw VaultError.damaged }
        do {
            let incoming = try folder.receive(from: nil)
            try await incoming.add(try await line.fetch(name))
            guard let file = try await incoming.finish() else { return }
            await look(file)
            let filing = ReportFiling(
                files: ReceivedFiles([file]),
                language: picture.language,
                channel: .sms,
                isOverflow: picture.isOverflow
            )
            _ = try await intake.add(
                filing,
                to: ReporterCode.derived(from: "key|\(report)", keys: intake.keys),
                submission: .idempotencyKey("picture|\(picture.mark)", bodyHash: file.sha256)
            )
        } catch let failure as ChannelFailure
            where !failure.isWorthWaiting && intake.database.clock.now() - picture.at > Self.patience
        {
            return
        } catch let problem as EvidenceFolder.Problem
            where problem.words != EvidenceFolder.busy && problem.words != EvidenceFolder.diskFull
        {
            return
        } catch let refusal as Refusal where refusal.kind == .notFound || refusal.kind == .invalid {
            // Its report is erased already.
            return
        }
    }
}
