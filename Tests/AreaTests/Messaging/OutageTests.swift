// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging

@Suite("While a provider takes nothing")
struct OutageTests {
    /// The next batch of so many as a slow provider takes in a second, and what came of it; nil when nothing is due.
    private func batch(_ world: World, of size: Int, _ outcome: Outcome) async throws -> [Int64]? {
        try await world.database.write { tx in
            // An end of the queue takes a turn of its own.
            for _ in 0..<2 {
                let batch = try BulletinRun.take(
                    from: AddressBook(.sms),
                    limit: size,
                    turn: 0,
                    lease: Ref<Bulletin>.new().text,
                    in: tx
                )
                guard let batch else { continue }
                try BulletinBatch.close(batch, [Outcome](repeating: outcome, count: batch.turns.count), in: tx)
                return batch.turns.map(\.subscriber)
            }
            return nil
        }
    }

    @Test(
        "costs nobody a try in an outage at three a second either, and asks others whether it is over",
        arguments: [3, 30]
    )
    func slowOutage(_ people: Int) async throws {
        let world = try await World()
        _ = try await world.post(StandIn())
        try await world.crowd(people)
        let number = try await world.bulletin("a")
        try await world.database.write { tx in while try Bulletin.gather(number, in: tx) {} }
        var asked: Set<Int64> = []
        // Two hours: far longer than eight tries.
        for _ in 0..<110 {
            if let some = try await batch(world, of: 3, .later(why: "503", after: nil)) { asked.formUnion(some) }
            world.clock.advance(by: .seconds(66))
        }
        #expect(asked.count == people, "not the same few each time")
        let most = try await world.database.read { tx in try tx.one(Int.self, "SELECT max(attempts) FROM deliveries") }
        #expect((most ?? 0) <= 8, "what one has used up")
        let before = try #require(try await world.progress(number))
        #expect(before.failed == 0 && before.waiting == people)
        for _ in 0..<(people + 9) {
            _ = try await batch(world, of: 3, .sent(reference: nil))
            world.clock.advance(by: .seconds(66))
        }
        let after = try #require(try await world.progress(number))
        #expect(after.sent == people && after.failed == 0)
    }

    @Test("after an outage begins with the nearest again")
    func front() async throws {
        let world = try await World()
        _ = try await world.post(StandIn())
        try await world.crowd(40)
        let number = try await world.bulletin("a")
        try await world.database.write { tx in while try Bulletin.gather(number, in: tx) {} }
        let first = try #require(try await batch(world, of: 20, .later(why: "503", after: nil)))
        world.clock.advance(by: .seconds(66))
        let probe = try #require(try await batch(world, of: 3, .sent(reference: nil)))
        #expect(Set(probe).isDisjoint(with: first))
        #expect(try await batch(world, of: 20, .sent(reference: nil)) == first)
    }

    @Test("tries those again whom no provider took, while its time lasts, and nobody else")
    func again() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.crowd(6)
        let number = try await world.bulletin("a")
        standIn.say(WebAnswer(status: 400), WebAnswer(status: 400))
        #expect(try await post.sendDue() == 4)
        #expect(try await world.progress(number)?.failed == 2)
        #expect(try await world.database.write { tx in try Bulletin.tryAgain(number, in: tx) } == 2)
        #expect(try await post.sendDue() == 2)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 6 && progress.failed == 0)
        #expect(Set(standIn.numbers).count == 6 && standIn.numbers.count == 8)
        #expect(try await world.database.write { tx in try Bulletin.tryAgain(number, in: tx) } == 0)
        let late = try await world.bulletin("b")
        standIn.say(WebAnswer(status: 400))
        try await post.sendDue()
        try await world.database.write { tx in
            let held = try tx.run(
                "UPDATE bulletin_runs SET lease = 'x', leased_until = \(tx.now + .seconds(9)) WHERE bulletin = \(late)"
            )
            #expect(held == 1)
        }
        await #expect(throws: Refusal.self, "a batch in hand") {
            try await world.database.write { tx in try Bulletin.tryAgain(late, in: tx) }
        }
        world.clock.advance(by: .hours(5))
        #expect(try await world.database.write { tx in try Bulletin.tryAgain(late, in: tx) } == 0, "its time is over")
    }

    @Test("spreads its tries over its life", arguments: [(90, 8...12), (14_400, 20...32), (86_400, 80...130)])
    func spread(_ life: Int, _ tries: ClosedRange<Int>) {
        let from = Instant(milliseconds: 1_780_000_000_000)
        let schedule = Tries(from: from, to: from + .seconds(life))
        var (now, tried) = (from, 1)
        while let next = schedule.next(tried, asked: nil, at: now) { (now, tried) = (next, tried + 1) }
        #expect(tries.contains(tried))
        #expect(now > from + .seconds(life * 6 / 10) && now < from + .seconds(life), "\(now - from)")
        #expect(schedule.next(3, asked: .seconds(7), at: from) == from + .seconds(7), "the provider's word goes first")
    }
}
