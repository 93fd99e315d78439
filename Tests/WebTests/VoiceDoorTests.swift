// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("Calls through the door")
struct VoiceDoorTests {
    private let door: Door
    private let telephone: Telephone

    init() async throws {
        door = try await Door()
        telephone = try await Telephone(door, voice: true)
    }

    private func call(_ path: String, _ fields: [(String, String)] = []) async throws -> String {
        let all = [("CallSid", "CA1"), ("From", Telephone.number), ("CallStatus", "in-progress")] + fields
        let answer = try await telephone.call("/hooks/voice\(path)", all)
        #expect(answer.status == 200, "\(path)")
        return answer.text
    }

    @Test("two languages are offered; each leads to its menu, and whoever presses nothing reaches a person")
    func menu() async throws {
        let start = try await call("")
        #expect(start.contains("For English, press 1.") && start.contains("Para español, marca 2."))
        #expect(start.contains("language=\"es-MX\""))
        #expect(try await call("/language", [("Digits", "1")]).contains("/hooks/voice/menu?lang=en"))
        #expect(try await call("/language", [("Digits", "2")]).contains("/hooks/voice/menu?lang=es"))
        let menu = try await call("/menu?lang=es")
        #expect(menu.contains("marca 3") && menu.contains("/hooks/voice/ring?lang=es&amp;group=1"))
    }

    @Test("whoever was rung because they missed a check-in is believed only with the link that was made for it")
    func well() async throws {
        let wrong = try await call("/well?lang=es&of=wrong", [("Digits", "1")])
        #expect(wrong.contains("<Hangup/>") && !wrong.contains("<Say"))
        #expect(try await !call("/well?lang=es&of=wrong", [("Digits", "2")]).contains("<Say"))
    }

    @Test("what is known now is read from the public status")
    func now() async throws {
        #expect(try await call("/choice?lang=en", [("Digits", "1")]).contains("Nothing is confirmed right now."))
        #expect(try await call("/choice?lang=es", [("Digits", "1")]).contains("confirmado"))
    }

    @Test("a recording is taken once, however often it is told, and its code is read aloud")
    func recorded() async throws {
        #expect(try await call("/choice?lang=en", [("Digits", "2")]).contains("<Record"))
        let fields = [("RecordingSid", "RE0123456789"), ("RecordingDuration", "12")]
        var thanks = ""
        for _ in 0..<2 { thanks = try await call("/recorded?lang=en&for=report", fields) }
        #expect(thanks.contains("Thank you."))
        #expect(try await telephone.count("recordings") == 1)
        let mark = try CallRecording.mark("RE0123456789", door.site.keys)
        #expect(thanks.contains("of=\(mark)"))
        let spoken = try await call("/code?lang=en&of=\(mark)", [("Digits", "1")])
        let first = try #require(CallReporting.code(mark, keys: door.site.keys).spoken(Words(language: .english)).first)
        #expect(spoken.contains(first))
    }

    @Test("a name of a recording that is none is refused")
    func badName() async throws {
        let answer = try await telephone.call("/hooks/voice/recorded?lang=en", [("RecordingSid", "../../Messages")])
        #expect(answer.status == 422 || answer.status == 400)
        #expect(try await telephone.count("recordings") == 0)
    }

    @Test("the operator on shift is rung from our number; then the wider circle, then the voicemail")
    func ring() async throws {
        let (keys, amina) = (door.site.keys, door.world.amina)
        #expect(try await call("/ring?lang=en&group=1").contains("for=voicemail"))
        var account = Provider.Account()
        (account.url, account.account) = ("https://api.twilio.example", "AC1")
        (account.secret, account.from) = (Telephone.token, "+13235550000")
        let texts = Provider(make: .twilio, account: account)
        try await door.world.database.write { tx in
            try texts.store(by: nil, keys: keys, in: tx)
            try Contact.choose(.sms, "+13235550188", by: amina, words: Words(language: .english), keys: keys, in: tx)
            try tx.run("UPDATE contacts SET confirmed_at = \(tx.now)")
            _ = try Shift.plan(amina.person, as: .operator, from: tx.now, to: tx.now + .hours(8), by: amina, in: tx)
        }
        let ringing = try await call("/ring?lang=es&group=1")
        #expect(ringing.contains("<Number") && ringing.contains(">+13235550188</Number>"))
        #expect(ringing.contains("callerId=\"+13235550000\"") && !ringing.contains(Telephone.number))
        #expect(ringing.contains("/hooks/voice/rung?lang=es&amp;group=1"))
        // Who picks up hears who calls, and must press a key.
        #expect(try await call("/whisper?lang=es").contains("marca 1"))
        #expect(try await !call("/take?lang=es", [("Digits", "1")]).contains("<Hangup/>"))
        #expect(try await call("/take?lang=es", [("Digits", "")]).contains("<Hangup/>"))
        // Whom a person marked as spam, by text or by voice, rings nobody; what they say is taken down.
        let places = door.world.places
        let spam = try await door.world.database.write { tx in
            try Inquiry.hear(
                "Buy now!",
                by: .sms,
                from: "+13235550199",
                language: "en",
                places: places,
                keys: keys,
                in: tx
            )
        }
        try await door.world.database.write { tx in try Inquiry.mark(spam.id, spam: true, by: amina, in: tx) }
        let spammer = try await telephone.call(
            "/hooks/voice/ring?lang=en&group=1",
            [("CallSid", "CA2"), ("From", "+13235550199"), ("CallStatus", "in-progress")]
        )
        #expect(!spammer.text.contains("<Number") && spammer.text.contains("for=voicemail"))
        // Nobody took it: on to the next group, and at the end the voicemail.
        #expect(try await call("/rung?lang=es&group=1", [("DialCallStatus", "no-answer")]).contains("group=2"))
        let machine = [("DialCallStatus", "completed"), ("DialBridged", "false")]
        #expect(try await call("/rung?lang=es&group=1", machine).contains("group=2"))
        #expect(try await call("/ring?lang=es&group=2").contains("for=voicemail"))
        #expect(try await call("/ring?lang=es&group=99").contains("for=voicemail"))
        #expect(try await call("/rung?lang=es&group=1", [("DialCallStatus", "completed")]).contains("<Hangup/>"))
        #expect(try await !call("/rung?lang=es&group=9223372036854775807").isEmpty)
    }

    @Test(
        "a forged call is refused on every road, and nothing is stored",
        arguments: ["", "/language", "/menu", "/choice", "/recorded", "/code", "/ring", "/rung", "/whisper", "/take"]
    )
    func forged(_ path: String) async throws {
        let fields = [("From", Telephone.number), ("RecordingSid", "RE0123456789"), ("RecordingDuration", "12")]
        #expect(try await telephone.call("/hooks/voice\(path)", fields, token: "guessed").status == 403)
        // Signed for another address: a number that is not theirs can't be rung with an old signature.
        #expect(try await door.post("/hooks/voice\(path)", form: fields).status == 403)
        #expect(try await telephone.count("recordings") == 0)
    }

    @Test("a hostile language, code or digit breaks no markup")
    func hostile() async throws {
        for text in ["\"><Dial>+1900</Dial>", "\u{0600}<", "&", "%00"] {
            let query = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let answers = [
                try await call("/menu?lang=\(query)"), try await call("/code?lang=en&of=\(query)"),
                try await call("/choice?lang=\(query)", [("Digits", text)]),
            ]
            #expect(
                answers.allSatisfy { !$0.contains("<Dial") && !$0.contains("+1900") && $0.hasSuffix("</Response>") }
            )
        }
    }

    @Test("locked: a caller hears what is public in both languages, and nothing is stored")
    func locked() async throws {
        door.site.keys.lock()
        let answer = try await door.post("/hooks/voice", form: [("From", Telephone.number)])
        #expect(answer.status == 200)
        #expect(answer.text.contains("can’t take calls") && answer.text.contains("no podemos tomar llamadas"))
        #expect(try await door.post("/hooks/voice/recorded", form: [("RecordingSid", "RE0123456789")]).status == 503)
        #expect(try await telephone.count("recordings") == 0)
    }

    @Test("a coordinator enters it under Settings, where its address stands; nobody else does")
    func settings() async throws {
        try await door.signIn(.ruth)
        let page = try await door.get("/settings/channels")
        #expect(page.status == 200 && page.text.contains("/hooks/voice</code>"))
        try await door.signIn(.amina)
        #expect(try await door.get("/settings/channels").status == 403)
    }
}
