// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The recordings that the telephone provider made of calls to us, over Twilio's REST API: fetched once, then deleted
/// there. Throws `ChannelFailure`.
package struct VoiceLine: Sendable {
    /// Three minutes of a telephone's sound are 3 MB.
    private static let largest = 12_000_000

    private let account: TwilioAccount

    /// Nil for a provider that carries no calls, or not now.
    package init?(_ provider: Provider, outside: Outside) {
        guard provider.make == .twilioVoice, provider.isOn, provider.problems.isEmpty else { return nil }
        account = TwilioAccount(provider, outside: outside)
    }

    /// The sound as it was recorded. Our own address for it is built, and none that came with a call is followed. Often it is
    /// not ready in the first seconds: a job tries again.
    package func fetch(_ recording: String) async throws -> [UInt8] {
        try await account.fetch("Recordings/\(recording.urlEncoded).wav", "recording", largest: Self.largest)
    }

    /// What is no longer there is deleted too.
    package func delete(_ recording: String) async throws {
        try await account.delete("Recordings/\(recording.urlEncoded)", "recording", largest: Self.largest)
    }
}

extension ChannelFailure {
    /// The provider is not there or has too much to do: a job that needs it waits for as long as that takes.
    package var isWorthWaiting: Bool {
        switch self {
        case .later, .unclear: true
        case .refused, .gone: false
        }
    }
}
