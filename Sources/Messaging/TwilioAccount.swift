// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// One account at Twilio, or at one of those who speak its REST API (`/2010-04-01/Accounts/{account}/…`): what is sent by it,
/// and what it keeps of what came to us.
struct TwilioAccount: Sendable {
    private let base: String
    private let authorization: String
    private let allowsPrivateNetworks: Bool
    private let outside: Outside

    init(_ provider: Provider, outside: Outside) {
        let account = provider.account
        base = "\(account.url.withoutTrailingSlash)/2010-04-01/Accounts/\(account.account.urlEncoded)/"
        authorization = "Basic " + Array("\(account.account):\(account.secret)".utf8).base64
        allowsPrivateNetworks = provider.allowsPrivateNetworks
        self.outside = outside
    }

    /// Something new under `resource` (`Messages.json`), known by `key` when it is asked for twice.
    func post(_ resource: String, _ fields: [(String, String)], key: String) async throws -> WebAnswer {
        try await outside.call(
            WebCall(
                "POST",
                base + resource,
                headers: [
                    ("Authorization", authorization), ("Content-Type", "application/x-www-form-urlencoded"),
                    ("I-Twilio-Idempotency-Token", key),
                ],
                body: Array(fields.map { "\($0.0)=\($0.1.urlEncoded)" }.joined(separator: "&").utf8),
                allowsPrivateNetworks: allowsPrivateNetworks
            )
        )
    }

    /// A file it keeps, of less than `largest` bytes; `what` is said where it can't be had. With `stepsOn`, one further address
    /// that it points to is asked, encrypted and without our account. Throws `ChannelFailure`.
    func fetch(_ path: String, _ what: String, largest: Int, stepsOn: Bool = false) async throws -> [UInt8] {
        var answer = try await call("GET", path, largest)
        if stepsOn, (300..<400).contains(answer.status), let next = answer.location.flatMap({ WebAddress($0) }),
            next.isSecure || allowsPrivateNetworks
        {
            answer = try await call("GET", address: next.text, headers: [], largest)
        }
        guard answer.isFine else { throw answer.failure(what) }
        guard !answer.body.isEmpty, answer.body.count < largest else {
            throw ChannelFailure.refused(why: "\(what): \(answer.body.count) bytes")
        }
        return answer.body
    }

    /// What is no longer there is deleted too. Throws `ChannelFailure`.
    func delete(_ path: String, _ what: String, largest: Int) async throws {
        let answer = try await call("DELETE", path, largest)
        guard answer.isFine || answer.status == 404 || answer.status == 410 else {
            throw answer.failure("\(what) stays")
        }
    }

    private func call(_ method: String, _ path: String, _ largest: Int) async throws -> WebAnswer {
        try await call(method, address: base + path, headers: [("Authorization", authorization)], largest)
    }

    private func call(
        _ method: String,
        address: String,
        headers: [(name: String, value: String)],
        _ largest: Int
    ) async throws -> WebAnswer {
        try await outside.call(
            WebCall(
                method,
                address,
                headers: headers,
                allowsPrivateNetworks: allowsPrivateNetworks,
                timeout: .seconds(20),
                largest: largest
            )
        )
    }
}
