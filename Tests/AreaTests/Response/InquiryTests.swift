// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging
@testable import Response

/// Amina answers; neighbors write and call.
private struct Desk {
    let world: World
    let standIn = StandIn()
    let post: Post

    init() async throws {
        world = try await World()
        post = try await world.post(standIn)
    }

    @discardableResult
    func hears(
        _ words: String?,
        from number: String = "+13235550101",
        by channel: ChannelKind = .sms,
        isReporting: Bool = false
    ) async throws -> Inquiry.Heard {
        let (places, keys) = (world.places, world.keys)
        return try await world.database.write { tx in
            try Inquiry.hear(
                words,
                by: channel,
                from: number,
                language: "es",
                isReporting: isReporting,
                places: places,
                keys: keys,
                in: tx
            )
        }
    }

    func open(by caller: Caller? = nil) async throws -> [Inquiry] {
        let caller = caller ?? world.amina
        return try await world.database.read { tx in try Inquiry.open(by: caller, in: tx) }
    }

    func answers(_ id: Ref<Inquiry>, _ words: String, turn: Int = 1, by caller: Caller? = nil) async throws {
        let (caller, keys) = (caller ?? world.amina, world.keys)
        try await world.database.write { tx in
            try Inquiry.answer(id, words, turn: turn, by: caller, keys: keys, in: tx)
        }
    }

    func flood(_ mode: Flood.Mode, by caller: Caller? = nil) async throws {
        let caller = caller ?? world.amina
        try await world.database.write { tx in try Flood.set(mode, by: caller, in: tx) }
    }

    func flood() async throws -> Flood { try await world.database.read { tx in try Flood.state(in: tx) } }
}

@Suite("An inquiry")
struct InquiryTests {
    @Test("is one line for each number, sealed, with the place that was named, and without the number")
    func lines() async throws {
        let desk = try await Desk()
        try await desk.hears("Hay camionetas en Pacoima")
        desk.world.clock.advance(by: .seconds(1))
        try await desk.hears("Siguen aquí")
        try await desk.hears("Hello?", from: "+13235550102")
        let open = try await desk.open()
        #expect(open.count == 2)
        let first = try #require(open.first { $0.count == 2 })
        #expect(first.zone == "pacoima" && first.lane == .first)
        let bytes = String(decoding: first.number, as: UTF8.self)
        #expect(!bytes.contains("3235550101"))
        let (amina, joao) = (desk.world.amina, desk.world.joao)
        let texts = try await desk.world.database.read { tx in try InquiryText.all(of: [first.id], in: tx) }
        #expect(
            texts[first.id]?.compactMap { $0.words(by: amina).content } == ["Hay camionetas en Pacoima", "Siguen aquí"]
        )
        #expect(texts[first.id]?.first?.words(by: amina.withoutKeys).content == nil)
        await #expect(throws: Refusal.self) { _ = try await desk.open(by: joao) }
        let all = try await desk.world.database.read { tx in
            try tx.list(String.self, "SELECT data FROM events WHERE kind LIKE 'inquiry.%'").joined()
        }
        #expect(!all.contains("555"))
    }

    @Test("keeps no number of papers that somebody wrote")
    func neverKept() async throws {
        let desk = try await Desk()
        let heard = try await desk.hears("Mi hermano, A012345678, en Pacoima")
        let amina = desk.world.amina
        let texts = try await desk.world.database.read { tx in try InquiryText.all(of: [heard.id], in: tx) }
        #expect(texts[heard.id]?.first?.words(by: amina).content?.contains("012345678") == false)
    }

    @Test("is answered once through the outbox, by one of two who press at once, though they said stop before")
    func answered() async throws {
        let desk = try await Desk()
        let heard = try await desk.hears("¿Es verdad lo de Pacoima?")
        let keys = desk.world.keys
        try await desk.world.database.write { tx in
            let index = try ChannelKind.sms.index("+13235550101", #require(keys.unlocked))
            try OptOut.stop(.sms, index, in: tx)
        }
        let ruth = desk.world.ruth
        let amina = desk.world.amina
        let done = await withTaskGroup(of: Bool.self) { group in
            for caller in [amina, ruth] {
                group.addTask {
                    do {
                        try await desk.answers(heard.id, "No es cierto.", by: caller)
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(done == 1)
        #expect(try await desk.post.sendDue() == 1)
        #expect(desk.standIn.numbers == ["+13235550101"])
        #expect(desk.standIn.words == ["No es cierto."])
        #expect(try await desk.open().first?.state == .answered)
        // They write again: they wait again, and an answer to what was seen before is refused.
        try await desk.hears("¿Seguro?")
        await #expect(throws: Refusal.self) { try await desk.answers(heard.id, "Sí.", turn: 1) }
        try await desk.answers(
            heard.id,
            "Sí.",
            turn: 2,
            by: #require(try await desk.open().first?.answeredBy) == amina.person ? amina : ruth
        )
        #expect(try await desk.post.sendDue() == 1)
    }

    @Test("of a call is answered by text; a call back rings the operator, who never sees the number")
    func callBack() async throws {
        let desk = try await Desk()
        let heard = try await desk.hears(nil, by: .voice)
        try await desk.answers(heard.id, "We are checking.")
        #expect(try await desk.post.sendDue() == 1)
        let (amina, keys) = (desk.world.amina, desk.world.keys)
        let call = {
            try await desk.world.database.write { tx in
                try Inquiry.callBack(heard.id, by: amina, keys: keys, in: tx)
            }
        }
        await #expect(throws: Refusal.self) { try await call() }
        try await desk.world.carryCalls()
        try await desk.world.prove("+13235550077", of: amina)
        try await call()
        _ = try await desk.post.sendDue()
        let made = try #require(desk.standIn.taken.last { $0.url.hasSuffix("/Calls.json") })
        #expect(StandIn.field("To", made.body) == "+13235550077")
        #expect(StandIn.field("Twiml", made.body)?.contains("<Number>+13235550101</Number>") == true)
        #expect(StandIn.field("Twiml", made.body)?.contains("callerId=\"+13235550009\"") == true)
    }

    @Test("waits behind the others today when it is spam, and can still be seen")
    func spam() async throws {
        let desk = try await Desk()
        let heard = try await desk.hears("Buy now")
        let amina = desk.world.amina
        try await desk.world.database.write { tx in try Inquiry.mark(heard.id, spam: true, by: amina, in: tx) }
        #expect(try await desk.hears("Buy now!").lane == .spam)
        #expect(try await desk.open().map(\.lane) == [.spam])
        #expect(try await desk.world.database.read { tx in try Inquiry.waiting(in: tx) } == 0)
        // Another day, nobody knows the number any more.
        desk.world.clock.advance(by: .hours(25))
        try await desk.world.database.write { tx in try Inquiry.sweep(in: tx) }
        #expect(try await desk.hears("Buy now!").lane == .new)
    }

    @Test("is gone after a day: the number, its hash, the words, and that somebody called")
    func gone() async throws {
        let desk = try await Desk()
        try await desk.hears("Hay camionetas en Pacoima")
        desk.world.clock.advance(by: .hours(25))
        try await desk.world.database.write { tx in
            try tx.record(Event("settings.changed", subject: "x"))
            try Inquiry.sweep(in: tx)
        }
        let left = try await desk.world.database.read { tx in
            try tx.count("SELECT count(*) FROM inquiries") + tx.count("SELECT count(*) FROM inquiry_texts")
                + tx.count("SELECT count(*) FROM events WHERE kind LIKE 'inquiry.%'")
        }
        #expect(left == 0)
    }

    @Test(
        "waits in its lane",
        arguments: [
            (Inquiry.Lane.partner, false, true, false, true, "pacoima", false),
            (.spam, true, false, false, true, "pacoima", false),
            (.reporting, false, false, true, true, nil, false),
            (.first, false, false, false, true, "westlake", false),
            (.first, false, false, false, true, "westlake", true),
            (.known, false, false, false, true, "pacoima", false),
            (.known, false, false, false, true, nil, false),
            (.new, false, false, false, true, "pacoima", true),
            (.new, false, false, false, false, "pacoima", false),
        ] as [(Inquiry.Lane, Bool, Bool, Bool, Bool, String?, Bool)]
    )
    func lanes(_ one: (Inquiry.Lane, Bool, Bool, Bool, Bool, String?, Bool)) {
        let lane = Inquiry.lane(
            isSpam: one.1,
            isPartner: one.2,
            isReporting: one.3,
            isFlood: one.4,
            zone: one.5,
            knownZones: ["pacoima"],
            wasTold: one.6
        )
        #expect(lane == one.0)
    }

    @Test("of a trusted partner comes first, by what finds the number again; the number is not kept")
    func partner() async throws {
        let desk = try await Desk()
        let (ruth, amina, keys) = (desk.world.ruth, desk.world.amina, desk.world.keys)
        await #expect(throws: Refusal.self) {
            try await desk.world.database.write { tx in
                try PartnerLine.add("School", "323 555 0190", by: amina, keys: keys, in: tx)
            }
        }
        try await desk.world.database.write { tx in
            try PartnerLine.add("School", "323 555 0190", by: ruth, keys: keys, in: tx)
        }
        try await desk.flood(.on)
        try await desk.hears("Hello")
        let heard = try await desk.hears("Two vans at our gate", from: "+13235550190")
        #expect(heard.lane == .partner)
        #expect(try await desk.open().map(\.partner).first == "School")
        let line = try #require(try await desk.world.database.read { tx in try PartnerLine.all(in: tx) }.first)
        try await desk.world.database.write { tx in try PartnerLine.remove(line.id, by: ruth, in: tx) }
        #expect(try await desk.hears("Again", from: "+13235550190").lane != .partner)
    }
}

@Suite("A flood")
struct FloodTests {
    @Test(
        "begins at its threshold, ends under half of it, and obeys a person",
        arguments: [
            (Flood.Mode.automatic, false, 29, false), (.automatic, false, 30, true), (.automatic, true, 15, true),
            (.automatic, true, 14, false), (.on, false, 0, true), (.off, true, 900, false),
        ]
    )
    func should(_ one: (Flood.Mode, Bool, Int, Bool)) {
        #expect(Flood.should(be: one.0, isOn: one.1, intake: one.2, threshold: 30) == one.3)
    }

    @Test("gives the status first to who asks about what is known; a new place and a second word reach a person")
    func lanes() async throws {
        let desk = try await Desk()
        let id = try await desk.world.incident(of: desk.world.report(desk.world.filing("Vans", at: World.pacoima)))
        try await desk.world.verify(id, .seen)
        try await desk.flood(.on)
        let asked = try await desk.hears("Is it true about Pacoima?")
        #expect(asked.getsStatus)
        #expect(try await desk.world.database.read { tx in try Inquiry.waiting(in: tx) } == 0)
        #expect(try await desk.hears("I see a second van now in Pacoima").lane == .new)
        #expect(try await desk.hears("Vans in Westlake", from: "+13235550103").lane == .first)
        #expect(try await desk.world.database.read { tx in try Inquiry.waiting(in: tx) } == 2)
        // Whoever called heard what is known before they asked for a person.
        #expect(try await desk.hears(nil, from: "+13235550105").lane == .new)
        #expect(try await desk.world.database.read { tx in try Inquiry.waiting(in: tx) } == 3)
        try await desk.flood(.off)
        #expect(try await desk.hears("Is it true about Pacoima?", from: "+13235550104").lane == .new)
    }

    @Test("begins by itself above the setting, and is on the record; only a dispatcher turns it")
    func automatic() async throws {
        let desk = try await Desk()
        let (ruth, lupe) = (desk.world.ruth, desk.world.lupe)
        try await desk.world.database.write { tx in try Flood.setThreshold(5, by: ruth, in: tx) }
        for number in 0..<5 { try await desk.hears("Hello", from: "+1323555020\(number)") }
        try await Flood.look(in: desk.world.database)
        #expect(try await desk.flood().isOn)
        #expect(try await desk.flood().by == nil)
        desk.world.clock.advance(by: .minutes(20))
        try await Flood.look(in: desk.world.database)
        #expect(try await !desk.flood().isOn)
        await #expect(throws: Refusal.self) { try await desk.flood(.on, by: lupe) }
        try await desk.flood(.on)
        #expect(try await desk.flood().by == desk.world.amina.person)
        let kinds = try await desk.world.database.read { tx in
            try tx.list(String.self, "SELECT kind FROM events WHERE kind LIKE 'flood.%' ORDER BY id")
        }
        #expect(kinds == ["flood.began", "flood.ended", "flood.began"])
    }
}
