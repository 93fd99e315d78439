// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Channel {
    /// Rings a member. A parcel with a link is spoken, and the key that is pressed is told to that address of ours. Another
    /// connects two telephones through ours: its text is the number that is rung when they pick up; neither sees the
    /// other's, both see ours. Over Twilio's REST API: `POST …/Calls.json`, with what to do inside.
    static func voice(_ provider: Provider, outside: Outside) -> Channel {
        let (account, from) = (TwilioAccount(provider, outside: outside), provider.account.from)
        return Channel(.voice, rate: provider.rate) { parcel, key in
            var verbs: XML = """
                <Response><Dial callerId="\(from)" timeout="30" answerOnBridge="true"><Number>\(parcel.text)</Number></Dial></Response>
                """
            if let link = parcel.link {
                var spoken = TwiML()
                let language: Language = parcel.language == "es" ? .spanish : .english
                for _ in 0..<2 { spoken.ask([(parcel.text, language)], then: link) }
                spoken.hangUp()
                verbs = spoken.document
            }
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
