// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The recordings that the telephone provider made of calls to us, over Twilio's REST API: fetched once, then deleted
/// there. Throws `ChannelFailure`.
package struct VoiceLine: Sendable {
    /// Three minutes of a telephone's sound are 3 MB.
    private static let largest = 12_000_000

    private let base: String
    private let authorization: String
    private let allowsPrivateNetworks: Bool
    private let outside: Outside

    /// Nil for a provider that carries no calls, or not now.
    package init?(_ provider: Provider, outside: Outside) {
        guard provider.make == .twilioVoice, provider.isOn, provider.problems.isEmpty else { return nil }
        let account = provider.account
        base = "\(account.url.withoutTrailingSlash)/2010-04-01/Accounts/\(account.account.urlEncoded)/Recordings/"
        authorization = "Basic " + Array("\(account.account):\(account.secret)".utf8).base64
        allowsPrivateNetworks = provider.allowsPrivateNetworks
        self.outside = outside
    }

    /// The sound as it was recorded. Our own address for it is built, and none that came with a call is followed.
    package func fetch(_ recording: String) async throws -> [UInt8] {
        let answer = try await call("GET", recording, ".wav")
        // Often it is not ready in the first seconds: a job tries again.
        guard answer.isFine else { throw answer.failure("recording") }
        guard !answer.body.isEmpty, answer.body.count < Self.largest else {
            throw ChannelFailure.refused(why: "recording: \(answer.body.count) bytes")
        }
        return answer.body
    }

    /// What is no longer there is deleted too.
    package func delete(_ recording: String) async throws {
        let answer = try await call("DELETE", recording, "")
        guard answer.isFine || answer.status == 404 || answer.status == 410 else {
            throw answer.failure("recording stays")
        }
    }

    private func call(_ method: String, _ recording: String, _ ending: String) async throws -> WebAnswer {
        try await outside.call(
            WebCall(
                method,
                base + recording.urlEncoded + ending,
                headers: [("Authorization", authorization)],
                allowsPrivateNetworks: allowsPrivateNetworks,
                timeout: .seconds(20),
                largest: Self.largest
            )
        )
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
