// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Channel {
    /// Two telephones connected through ours: the parcel's address is a member's, its text the number that is rung when they
    /// pick up. Neither sees the other's, both see ours. Over Twilio's REST API: `POST …/Calls.json`, with what to do inside.
    static func voice(_ provider: Provider, outside: Outside) -> Channel {
        let (account, from) = (TwilioAccount(provider, outside: outside), provider.account.from)
        return Channel(.voice, rate: provider.rate) { parcel, key in
            let verbs: XML = """
                <Response><Dial callerId="\(from)" timeout="30" answerOnBridge="true"><Number>\(parcel.text)</Number></Dial></Response>
                """
            // Shorter than an answering machine waits.
            let fields = [
                ("To", parcel.address), ("From", from), ("Twiml", verbs.string), ("Timeout", "18"),
            ]
            let answer = try await account.post("Calls.json", fields, key: key)
            guard answer.isFine else { throw answer.failure("call") }
            return Handed(reference: answer.field("sid"))
        }
    }
}
