// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Vault

/// A caller said something after the tone: `CallReporting.file`.
package struct FileCall: Job {
    package static let kind = "response.call"
    package let recording: Ref<CallRecording>

    package init(_ recording: Ref<CallRecording>) { self.recording = recording }
}

/// Brings a recording to the team as a report to listen to: fetched from the telephone provider, sealed like every file,
/// stored once however often the job runs; then its deletion at the provider is asked for until it is done.
package struct CallReporting: Sendable {
    let intake: Intake
    let outside: Outside

    package init(intake: Intake, outside: Outside) { (self.intake, self.outside) = (intake, outside) }

    package func register(with worker: Worker) {
        worker.handle(FileCall.self, isSlow: true) { job in try await file(job.recording) }
    }

    /// What the caller comes back with, known by the recording's mark before the report is stored.
    package static func code(_ mark: String, keys: InstanceKeys) -> ReporterCode {
        ReporterCode.derived(from: "key|\(sending(mark))", keys: keys)
    }

    private static func sending(_ mark: String) -> String { "call|\(mark)" }

    func file(_ id: Ref<CallRecording>) async throws {
        let (database, keys) = (intake.database, intake.keys)
        _ = try keys.opened()
        let (recording, provider) = try await database.read { tx in
            (try CallRecording.find(id, in: tx), try Provider.find(.voice, keys: keys, in: tx))
        }
        guard let recording else { return }
        guard let line = provider.flatMap({ VoiceLine($0, outside: outside) }) else {
            throw ChannelFailure.later(why: "no telephone provider")
        }
        let name = try recording.opened(keys)
        if recording.filedAt == nil {
            try await take(try await line.fetch(name), of: recording)
            try await database.write { tx in try recording.markFiled(in: tx) }
        }
        try await line.delete(name)
        try await database.write { tx in try recording.delete(in: tx) }
    }

    private func take(_ sound: [UInt8], of recording: CallRecording) async throws {
        guard let folder = intake.database.companions.first(EvidenceFolder.self) else { throw VaultError.damaged }
        let incoming = try folder.receive(from: nil)
        try await incoming.add(sound)
        guard let file = try await incoming.finish() else { return }
        let filing = ReportFiling(
            files: ReceivedFiles([file]),
            language: recording.language,
            channel: .phone,
            isOverflow: recording.isOverflow
        )
        _ = try await intake.take(
            filing,
            submission: .idempotencyKey(Self.sending(recording.mark), bodyHash: file.sha256)
        )
    }
}
