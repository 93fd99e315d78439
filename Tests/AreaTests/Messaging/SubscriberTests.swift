// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging

extension World {
    func ask(_ number: String, places: [String] = ["boyle-heights"], channel: ChannelKind = .sms) async throws {
        try await database.write { [keys] tx in
            let wish = Subscriber.Wish(channel: channel, address: number, language: "es", places: places)
            _ = try Subscriber.ask(
                wish,
                words: Words(language: .english),
                address: "https://v.example",
                keys: keys,
                in: tx
            )
        }
    }

    /// Subscribed and confirmed, without a provider in between.
    @discardableResult
    func subscriber(
        _ number: Int,
        place: String = "boyle-heights",
        quiet: QuietHours? = nil,
        urgent: Bool = false
    ) async throws -> Subscriber {
        try await database.write { [keys] tx in
            try Subscriber.joinByText(
                Subscriber.Wish(
                    channel: .sms,
                    address: "+1323555\(1_000 + number)",
                    language: "es",
                    places: [place],
                    quiet: quiet,
                    urgentPasses: urgent
                ),
                keys: keys,
                in: tx
            )
        }
    }

    func bulletin(
        _ cause: String,
        to audience: Bulletin.Audience = .places(["boyle-heights": 1, "east-los-angeles": 5]),
        isUrgent: Bool = false,
        from other: Ref<Organisation>? = nil
    ) async throws -> Int64 {
        try await database.write { [organisation] tx in
            try Bulletin.send(
                cause: cause,
                texts: [
                    "en": Bulletin.Text(subject: "Alert", text: "Long", short: "Short"),
                    "es": Bulletin.Text(subject: "Alerta", text: "Largo", short: "Corto \(cause)"),
                ],
                to: audience,
                topic: .alerts,
                isUrgent: isUrgent,
                organisation: other ?? organisation,
                expires: tx.now + .hours(4),
                in: tx
            )
        }
    }

    func progress(_ bulletin: Int64) async throws -> Bulletin.Progress? {
        try await database.read { tx in try Bulletin.progress(bulletin, in: tx).first }
    }
}

@Suite("A subscriber")
struct SubscriberTests {
    @Test("is subscribed only after the code came back from the address")
    func doubleOptIn() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let keys = world.keys
        try await world.ask("(323) 555-0100")
        try await post.sendDue()
        let code = try #require(standIn.code)
        let before = try await world.database.read { tx in try Subscriber.counts(in: tx).count }
        #expect(before == 0)
        let wrong = try await world.database.write { tx in
            try Subscriber.confirm(.sms, "3235550100", code: code == "111111" ? "2" : "111111", keys: keys, in: tx)
        }
        #expect(wrong == nil)
        let made = try await world.database.write { tx in
            try Subscriber.confirm(.sms, "3235550100", code: code, keys: keys, in: tx)
        }
        #expect(made?.isActive == true)
        let again = try await world.database.write { tx in
            try Subscriber.confirm(.sms, "3235550100", code: code, keys: keys, in: tx)
        }
        #expect(again == nil, "a code works once")
    }

    @Test("can't be guessed in: five wrong codes, and the right one is too late")
    func guessing() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let keys = world.keys
        try await world.ask("3235550100")
        try await post.sendDue()
        let code = try #require(standIn.code)
        for _ in 1...5 {
            _ = try await world.database.write { tx in
                try Subscriber.confirm(.sms, "3235550100", code: "x", keys: keys, in: tx)
            }
        }
        let late = try await world.database.write { tx in
            try Subscriber.confirm(.sms, "3235550100", code: code, keys: keys, in: tx)
        }
        #expect(late == nil)
    }

    @Test("who never confirms is forgotten, and a form can't pester a stranger")
    func pending() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        for _ in 1...3 { try await world.ask("3235550100") }
        try await post.sendDue()
        #expect(standIn.taken.count == 1)
        world.clock.advance(by: .minutes(31))
        try await post.sweep()
        let rows = try await world.database.read { tx in try tx.count("SELECT count(*) FROM subscribers") }
        #expect(rows == 0)
    }

    @Test("changes and ends it by their own link, and nobody else's opens it")
    func link() async throws {
        let world = try await World()
        let keys = world.keys
        let (one, two) = (try await world.subscriber(1), try await world.subscriber(2))
        let link = try one.link(keys)
        #expect(link != (try two.link(keys)))
        let token = String(link.split(separator: "/").last ?? "")
        try await world.database.write { tx in
            let found = try #require(try Subscriber.find(link: token, keys: keys, in: tx))
            #expect(found.number == one.number)
            try Subscriber.leave(found, in: tx)
            #expect(try Subscriber.find(link: token, keys: keys, in: tx) == nil)
        }
        let left = try await world.database.read { tx in try tx.count("SELECT count(*) FROM subscribers") }
        #expect(left == 1)
    }

    @Test("of a list is taken only with recorded consent, and never after saying stop")
    func imports() async throws {
        let world = try await World()
        let keys = world.keys
        let gone = try await world.subscriber(7)
        try await world.database.write { tx in try Subscriber.leave(gone, in: tx) }
        let file = """
            channel,address,language,places,topics,consent_day,consent_how
            sms,323 555 0101,es,boyle-heights;*,alerts;events,2026-05-01,"Signed a sheet, May 1"
            sms,323 555 0102,es,boyle-heights,alerts,,
            sms,nonsense,es,boyle-heights,alerts,2026-05-01,sheet
            email,ana@example.org,es,atlantis,alerts,2026-05-01,sheet
            sms,323 555 1007,es,boyle-heights,alerts,2026-05-01,sheet
            sms,323 555 0103,es,boyle-heights,alerts,2099-01-01,A day that is not yet
            sms,323 555 0104,tlh,boyle-heights,alerts,2026-05-01,sheet
            """
        let (lines, before) = try Subscriber.readImport(file, at: world.clock.now, languages: ["en", "es"]) {
            world.places.place($0) != nil
        }
        let done = try await world.database.write { tx in
            try Subscriber.take(lines, into: before, by: world.ruth, keys: keys, in: tx)
        }
        #expect(done.taken == 1)
        #expect(done.refused.map(\.line) == [3, 4, 5, 7, 8, 6])
        let consent = try await world.database.read { tx in
            try tx.rows("SELECT consent_how, consent_by, consent_day FROM subscribers").map { row in
                [try row["consent_how"], try row["consent_by"], try row["consent_day"]] as [String]
            }
        }
        #expect(consent == [["import: Signed a sheet, May 1", world.ruth.person.text, "2026-05-01"]])
        #expect(throws: Refusal.self) {
            try Subscriber.readImport("name,phone\na,b\n", at: world.clock.now, languages: []) { _ in true }
        }
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in
                _ = try Subscriber.take(lines, into: before, by: world.joao, keys: keys, in: tx)
            }
        }
    }

    @Test("is quiet over midnight by the city's clock")
    func quiet() throws {
        LocalTime.setZone("America/Los_Angeles")
        let night = try #require(QuietHours(from: 22 * 60, to: 7 * 60))
        let evening = try #require(LocalTime.parse(field: "2026-11-22T23:30"))
        #expect(night.remaining(at: evening) == .minutes(450))
        #expect(night.remaining(at: evening + .minutes(449)) == .minutes(1))
        #expect(night.remaining(at: evening + .minutes(450)) == nil)
        #expect(QuietHours(from: 60, to: 60) == nil)
    }
}

@Suite("A bulletin")
struct BulletinTests {
    @Test("reaches everybody of its places once, the nearest first, in their language")
    func reaches() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        for number in 1...20 {
            try await world.subscriber(number, place: number % 2 == 0 ? "boyle-heights" : "east-los-angeles")
        }
        try await world.subscriber(21, place: "van-nuys")
        let number = try await world.bulletin("a")
        #expect(try await world.bulletin("a") == number, "the same cause is the same bulletin")
        #expect(try await post.sendDue() == 20)
        #expect(Set(standIn.numbers).count == 20)
        #expect(standIn.words.allSatisfy { $0 == "Corto a" })
        let progress = try #require(try await world.progress(number))
        #expect(progress.total == 20 && progress.sent == 20 && progress.waiting == 0)
        let state = try await world.database.read { tx in try Bulletin.find(number, in: tx)?.state }
        #expect(state == .sent)
    }

    @Test("goes to the nearest before the others")
    func nearest() async throws {
        let world = try await World()
        _ = try await world.post(StandIn())
        try await world.subscriber(1, place: "east-los-angeles")
        let near = try await world.subscriber(2, place: "boyle-heights")
        let number = try await world.bulletin("a")
        try await world.database.write { tx in
            while try Bulletin.gather(number, in: tx) {}
            let batch = try #require(
                try BulletinRun.take(from: AddressBook(.sms), limit: 1, turn: 0, lease: "x", in: tx)
            )
            #expect(batch.turns.map(\.subscriber) == [near.number])
        }
    }

    @Test(
        "stops for somebody who says so while it is being sent, in whatever language",
        arguments: ["PARAR", "STOP", "停止", "توقف", "СТОП"]
    )
    func stopsForOne(_ word: String) async throws {
        let world = try await World()
        let standIn = StandIn()
        // Two at a time, so that there is a middle.
        let post = try await world.post(standIn, rate: 2)
        for number in 1...6 { try await world.subscriber(number) }
        let last = try await world.database.read { tx in try tx.one(Int64.self, "SELECT max(number) FROM subscribers") }
        standIn.whenCalled { count in
            guard count == 1 else { return }
            guard let stop = InboundText(id: "SM1", channel: .sms, from: "+13235551006", text: word) else { return }
            try? await post.receive(stop)
        }
        let number = try await world.bulletin("a")
        try await post.sendDue()
        #expect(last != nil)
        #expect(standIn.taken.filter { StandIn.field("Body", $0.body) == "Corto a" }.count == 5)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 5 && progress.stopped == 1)
    }

    @Test("is stopped by its sender half way")
    func stopped() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn, rate: 2)
        for number in 1...6 { try await world.subscriber(number) }
        let number = try await world.bulletin("a")
        standIn.whenCalled { count in
            guard count == 2 else { return }
            try? await world.database.write { tx in try Bulletin.stop(number, in: tx) }
        }
        try await post.sendDue()
        #expect((2...4).contains(standIn.taken.count))
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == standIn.taken.count && progress.waiting == 6 - progress.sent)
    }

    @Test("counts who may have been told twice when a process ended with a batch in hand, and loses nobody")
    func killed() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        for number in 1...6 { try await world.subscriber(number) }
        let number = try await world.bulletin("a")
        try await world.database.write { tx in
            while try Bulletin.gather(number, in: tx) {}
            #expect(
                try BulletinRun.take(from: AddressBook(.sms), limit: 4, turn: 0, lease: "dead", in: tx)?.turns.count
                    == 4
            )
        }
        #expect(try await post.sendDue() == 0, "its lease still runs")
        world.clock.advance(by: .seconds(61))
        #expect(try await post.sendDue() == 6)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 6 && progress.twice == 4)
        let keys = standIn.taken.compactMap { $0.headers["I-Twilio-Idempotency-Token"] }
        #expect(Set(keys).count == 6)
    }

    @Test("waits for quiet hours to end, unless it is urgent and they said that it may wake them")
    func quiet() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let local = LocalTime(world.clock.now)
        let minute = local.hour * 60 + local.minute
        let quiet = try #require(QuietHours(from: (minute + 1_380) % 1_440, to: (minute + 60) % 1_440))
        try await world.subscriber(1, quiet: quiet)
        try await world.subscriber(2, quiet: quiet, urgent: true)
        try await world.subscriber(3)
        _ = try await world.bulletin("urgent", isUrgent: true)
        #expect(try await post.sendDue() == 2)
        _ = try await world.bulletin("calm")
        #expect(try await post.sendDue() == 1)
        world.clock.advance(by: .minutes(61))
        #expect(try await post.sendDue() == 3)
        #expect(standIn.numbers.filter { $0 == "+13235551001" }.count == 2)
    }

    @Test("that corrects goes to everybody who got the first, and to nobody else")
    func corrects() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        for number in 1...3 { try await world.subscriber(number) }
        let first = try await world.bulletin("a")
        try await post.sendDue()
        try await world.subscriber(4)
        _ = try await world.bulletin("a:correction", to: .readers(of: first))
        #expect(try await post.sendDue() == 3)
        #expect(standIn.words.filter { $0 == "Corto a:correction" }.count == 3)
        #expect(standIn.numbers.filter { $0 == "+13235551004" }.isEmpty)
    }

    @Test("previews how many, by channel and language")
    func preview() async throws {
        let world = try await World()
        for number in 1...3 { try await world.subscriber(number) }
        try await world.subscriber(4, place: "van-nuys")
        let found = try await world.database.read { tx in
            try Bulletin.preview(places: ["boyle-heights", "*"], topic: .alerts, in: tx)
        }
        #expect(found.map(\.count) == [3] && found.first?.language == "es")
    }

    @Test("does not go out after its time")
    func late() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        for number in 1...3 { try await world.subscriber(number) }
        let number = try await world.bulletin("a")
        world.clock.advance(by: .hours(5))
        #expect(try await post.sendDue() == 0)
        let progress = try #require(try await world.progress(number))
        #expect(progress.failed == 3)
    }
}
