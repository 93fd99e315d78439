// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Channel {
    /// Two telephones connected through ours: the parcel's address is a member's, its text the number that is rung when they
    /// pick up. Neither sees the other's, both see ours. Over Twilio's REST API: `POST …/Calls.json`, with what to do inside.
    static func voice(_ provider: Provider, outside: Outside) -> Channel {
        let account = provider.account
        let url = "\(account.url.withoutTrailingSlash)/2010-04-01/Accounts/\(account.account.urlEncoded)/Calls.json"
        let authorization = "Basic " + Array("\(account.account):\(account.secret)".utf8).base64
        return Channel(.voice, rate: provider.rate) { parcel, key in
            let verbs: XML = """
                <Response><Dial callerId="\(account.from)" timeout="30" answerOnBridge="true"><Number>\(parcel.text)</Number></Dial></Response>
                """
            // Shorter than an answering machine waits.
            let fields = [
                ("To", parcel.address), ("From", account.from), ("Twiml", verbs.string), ("Timeout", "18"),
            ]
            let answer = try await outside.call(
                WebCall(
                    "POST",
                    url,
                    headers: [
                        ("Authorization", authorization), ("Content-Type", "application/x-www-form-urlencoded"),
                        ("I-Twilio-Idempotency-Token", key),
                    ],
                    body: Array(fields.map { "\($0.0)=\($0.1.urlEncoded)" }.joined(separator: "&").utf8),
                    allowsPrivateNetworks: provider.allowsPrivateNetworks
                )
            )
            guard answer.isFine else { throw answer.failure("call") }
            return Handed(reference: answer.field("sid"))
        }
    }
}
