// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit
import Messaging
import Response
import Vault

/// The hotline: a telephone provider asks us what to do next with a call, and each of its questions is signed. Where a call
/// stands travels in the addresses that we give it; nothing of a call is stored but what somebody said after the tone.
struct VoiceAPI {
    let site: Site

    /// A call comes in.
    func start(_ request: Request, _ context: SiteContext) async throws -> Response {
        guard site.keys.unlocked != nil else { return try await locked() }
        _ = try await heard(request)
        var answer = TwiML()
        let lines = ["en", "es"].compactMap(site.library.language).map { language in
            let t = site.library.words(language.code)
            let name = site.pack.coalition.name(language)
            return (t("voice.welcome|{name}. For English, press 1.", ["name": name]), language)
        }
        for _ in 0..<2 { answer.ask(lines, then: "/hooks/voice/language") }
        answer.go(to: path("menu", "en"))
        return .twiML(answer)
    }

    /// For the console: that somebody wants a person, where they don't hide their number; nobody sees it there.
    @discardableResult
    private func note(_ from: String, _ language: String) async throws -> Inquiry.Heard? {
        guard let number = PhoneNumber(from)?.text else { return nil }
        let (places, keys) = (site.places, site.keys)
        return try await site.database.write { tx in
            try Inquiry.hear(nil, by: .voice, from: number, language: language, places: places, keys: keys, in: tx)
        }
    }

    func language(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        var answer = TwiML()
        answer.go(to: path("menu", call.form["Digits"] == "2" ? "es" : "en"))
        return .twiML(answer)
    }

    /// Whoever can't press a key, or doesn't, reaches a person.
    func menu(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        let t = call.t
        var answer = TwiML()
        let (from, keys) = (call.form["From"], site.keys)
        let (isPartner, isFlood) = try await site.database.read { tx in
            (try PartnerLine.has(from, keys: keys, in: tx), try Flood.isOn(in: tx))
        }
        if isPartner {
            answer.go(to: path("ring", t.language.code, [("group", "1")]))
            return .twiML(answer)
        }
        if isFlood {
            // Most call about what is known: they hear all of it before they are asked anything.
            answer.say(try await answers().spoken(t), t.language)
        } else if let first = try await answers().firstConfirmed(t) {
            answer.say(first, t.language)
        }
        let choices = t(
            "voice.menu|To hear what is happening now, press 1. To report what you see, press 2. To talk to a person, press 3."
        )
        for _ in 0..<2 { answer.ask([(choices, t.language)], then: path("choice", t.language.code)) }
        answer.go(to: path("ring", t.language.code, [("group", "1")]))
        return .twiML(answer)
    }

    func choice(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        let t = call.t
        var answer = TwiML()
        switch call.form["Digits"] {
        case "1":
            answer.say(try await answers().spoken(t), t.language)
            answer.pause(seconds: 1)
            answer.go(to: path("menu", t.language.code))
        case "2":
            let words = t(
                "voice.report|After the tone, say what you see, where it is, and when. Don’t say anybody’s name or papers. Then press the pound key."
            )
            answer.say(words, t.language)
            record(.report, t, &answer)
        case "3", "0": answer.go(to: path("ring", t.language.code, [("group", "1")]))
        default: answer.go(to: path("menu", t.language.code))
        }
        return .twiML(answer)
    }

    /// What was said is taken once, and its code is known at once; the sound is fetched by a job.
    func recorded(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        let (t, form, keys) = (call.t, call.form, site.keys)
        let name = form["RecordingSid"]
        guard CallRecording.isName(name) else { throw Refusal.invalid([:]) }
        let purpose: CallRecording.Purpose = call.query["for"] == "voicemail" ? .voicemail : .report
        let (language, seconds) = (t.language.code, Int(form["RecordingDuration"]) ?? 1)
        // The number is looked at here and now, and goes no further.
        let isOverflow = site.throttle.sender(form["From"]).isOverflow
        try await site.database.write { tx in
            let taken = try CallRecording.take(
                name,
                purpose,
                seconds: seconds,
                language: language,
                isOverflow: isOverflow,
                keys: keys,
                in: tx
            )
            if let taken { try tx.enqueue(FileCall(taken), key: "call:\(taken.text)") }
        }
        var answer = TwiML()
        guard seconds > 0 else {
            answer.go(to: path("menu", language))
            return .twiML(answer)
        }
        let thanks = t("voice.thanks|Thank you. Our team listens to this. To hear a code for our answer, press 1.")
        let code = path("code", language, [("of", try CallRecording.mark(name, keys))])
        answer.ask([(thanks, t.language)], then: code)
        goodbye(t, &answer)
        return .twiML(answer)
    }

    /// Read slowly, twice: seven groups.
    func code(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        let t = call.t
        let groups = CallReporting.code(call.query["of"] ?? "", keys: site.keys).spoken(t)
        var answer = TwiML()
        answer.say(t("voice.code|This is your code. You can type it on our page."), t.language)
        for round in 0..<2 {
            if round == 1 { answer.say(t("voice.again|Once more."), t.language) }
            for group in groups {
                answer.say(group, t.language)
                answer.pause(seconds: 1)
            }
        }
        goodbye(t, &answer)
        return .twiML(answer)
    }

    /// Rings the next group in which somebody can be reached; with nobody left, the voicemail.
    func ring(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        let (t, keys) = (call.t, site.keys)
        let asked = call.query["group"].flatMap(Int.init) ?? 1
        // Whom a person marked as spam rings nobody; what they say is still taken down.
        let isSpam = asked == 1 ? try await note(call.form["From"], t.language.code)?.lane == .spam : false
        let found = try await site.database.read { tx in
            isSpam
                ? nil : try RingGroup(rawValue: asked).flatMap { try RingGroup.reachable(from: $0, keys: keys, in: tx) }
        }
        var answer = TwiML()
        guard let found else {
            let words = t(
                "voice.voicemail|Nobody can answer right now. After the tone, tell us what you need. Then press the pound key."
            )
            answer.say(words, t.language)
            record(.voicemail, t, &answer)
            return .twiML(answer)
        }
        if asked == 1 { answer.say(t("voice.connecting|We are calling our team. Please wait."), t.language) }
        answer.ring(
            found.numbers,
            from: call.provider.account.from,
            seconds: 20,
            asking: path("whisper", t.language.code),
            then: path("rung", t.language.code, [("group", "\(found.group.rawValue)")])
        )
        return .twiML(answer)
    }

    /// They talked, or nobody took it and the next group is rung.
    func rung(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        let hasTalked =
            ["completed", "answered"].contains(call.form["DialCallStatus"])
            && call.form["DialBridged"] != "false"
        var answer = TwiML()
        if hasTalked {
            answer.hangUp()
        } else {
            let next = (call.query["group"].flatMap(Int.init) ?? RingGroup.last.rawValue).addingReportingOverflow(1)
            answer.go(to: path("ring", call.t.language.code, [("group", "\(next.partialValue)")]))
        }
        return .twiML(answer)
    }

    /// Heard by a member who picked up, before the caller is put through: their own answering machine presses no key.
    func whisper(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        var answer = TwiML()
        let words = call.t("voice.whisper|A call of our hotline, in English. To take it, press 1.")
        for _ in 0..<2 { answer.ask([(words, call.t.language)], then: path("take", call.t.language.code)) }
        answer.hangUp()
        return .twiML(answer)
    }

    func take(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        var answer = TwiML()
        if call.form["Digits"] != "1" { answer.hangUp() }
        return .twiML(answer)
    }

    /// Somebody who missed a check-in was rung, and pressed a key.
    func well(_ request: Request, _ context: SiteContext) async throws -> Response {
        let call = try await heard(request)
        var answer = TwiML()
        if call.form["Digits"] == "1" {
            let (token, speed, keys) = (call.query["of"] ?? "", site.config.speed, site.keys)
            let isKnown = try await site.database.write { tx in
                try CheckIn.well(token, timings: Timings.load(speed: speed, in: tx), keys: keys, in: tx)
            }
            if isKnown {
                answer.say(call.t("voice.well_thanks|Thank you. We know that you are OK."), call.t.language)
            }
        }
        answer.hangUp()
        return .twiML(answer)
    }

    /// One question of the provider whose signature holds.
    private struct Heard {
        let form: Form
        let query: [String: String]
        let provider: Provider
        let t: Words
    }

    private func heard(_ request: Request) async throws -> Heard {
        let hooks = HooksAPI(site: site)
        let provider = try await hooks.provider(.voice, .twilioVoice)
        let form = try await hooks.signed(request, by: provider)
        let query = request.uri.queryParameters.reduce(into: [String: String]()) {
            $0[String($1.key)] = String($1.value)
        }
        return Heard(
            form: form,
            query: query,
            provider: provider,
            t: site.library.words(query["lang"] == "es" ? "es" : "en")
        )
    }

    /// Nobody can be told from a forger without a key, nor any telephone be rung: what everybody may know is said.
    private func locked() async throws -> Response {
        var answer = TwiML()
        for language in ["en", "es"].compactMap(site.library.language) {
            let t = site.library.words(language.code)
            answer.say(t("voice.locked|We can’t take calls right now. Please try again soon."), language)
            answer.say(try await answers().spoken(t), language)
        }
        answer.hangUp()
        return .twiML(answer)
    }

    private func answers() async throws -> TextAnswers {
        TextAnswers(
            site: site,
            status: try await site.status.current().value,
            rights: try await site.rights.current(),
            channel: .voice
        )
    }

    private func record(_ purpose: CallRecording.Purpose, _ t: Words, _ answer: inout TwiML) {
        answer.record(then: path("recorded", t.language.code, [("for", purpose.rawValue)]), longest: 180)
        answer.say(t("voice.nothing|We heard nothing."), t.language)
        answer.go(to: path("menu", t.language.code))
    }

    private func goodbye(_ t: Words, _ answer: inout TwiML) {
        answer.say(t("voice.goodbye|Goodbye. Take care."), t.language)
        answer.hangUp()
    }

    private func path(_ step: String, _ language: String, _ more: [(String, String)] = []) -> String {
        "/hooks/voice/\(step)?"
            + ([("lang", language)] + more).map { "\($0.0)=\($0.1.urlEncoded)" }.joined(separator: "&")
    }
}
