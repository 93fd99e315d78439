// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging

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
