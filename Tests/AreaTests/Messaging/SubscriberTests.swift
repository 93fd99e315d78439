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

    @Test("who asks twice goes on with the code they have, and whoever guesses gets no tries by asking again")
    func askedTwice() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let keys = world.keys
        func confirm(_ code: String) async throws -> Subscriber? {
            try await world.database.write { tx in
                try Subscriber.confirm(.sms, "3235550100", code: code, keys: keys, in: tx)
            }
        }
        try await world.ask("3235550100")
        try await post.sendDue()
        let first = try #require(standIn.code)
        for _ in 1...5 {
            try await world.ask("3235550100", places: ["pacoima"])
            #expect(try await confirm(first == "111111" ? "222222" : "111111") == nil)
        }
        #expect(try await confirm(first) == nil, "five tries, however often it was asked for")
        // Half an hour later the next one comes, and is good.
        world.clock.advance(by: .minutes(30) + .seconds(1))
        try await world.ask("3235550100", places: ["pacoima"])
        try await post.sendDue()
        #expect(standIn.taken.count == 2)
        let second = try #require(standIn.codes.last)
        try await world.ask("3235550100", places: ["westlake"])
        let made = try #require(await confirm(second))
        #expect(try await world.database.read { tx in try made.places(in: tx) } == ["westlake"], "the newest wish")
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
        // Who had begun to sign up and never confirmed: what is written down is how they came to be on the list.
        _ = try await world.post(StandIn())
        try await world.ask("323 555 0105")
        let (more, none) = try Subscriber.readImport(
            """
            channel,address,language,places,topics,consent_day,consent_how
            sms,323 555 0105,es,boyle-heights,alerts,2026-05-01,sheet
            """,
            at: world.clock.now,
            languages: ["es"]
        ) { world.places.place($0) != nil }
        try await world.database.write { tx in
            _ = try Subscriber.take(more, into: none, by: world.ruth, keys: keys, in: tx)
        }
        let begun = try await world.database.read { tx in
            try tx.rows("SELECT consent_how, consent_by FROM subscribers ORDER BY number DESC LIMIT 1").map { row in
                [try row["consent_how"], try row["consent_by"]] as [String?]
            }
        }
        #expect(begun == [["import: sheet", world.ruth.person.text]])
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
        // Clocks go forward, and back: until seven by the clock on the wall.
        let spring = try #require(LocalTime.parse(field: "2027-03-13T23:00"))
        #expect(night.remaining(at: spring) == .hours(7))
        let autumn = try #require(LocalTime.parse(field: "2026-10-31T23:00"))
        #expect(night.remaining(at: autumn) == .hours(9))
    }
}
