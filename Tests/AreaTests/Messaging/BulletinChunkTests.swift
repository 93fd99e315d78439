// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Synchronization
import Testing
import Vault

@testable import Messaging

extension World {
    /// So many subscribers who are nobody, in one neighborhood.
    func crowd(_ count: Int) async throws {
        try await database.write { [keys] tx in
            try Subscriber.makeUp(0..<count, places: ["boyle-heights"], keys: keys, in: tx)
        }
    }

    fileprivate func total(_ sql: SQL) async throws -> Int { try await database.read { tx in try tx.count(sql) } }
}

@Suite("A bulletin's queue")
struct BulletinChunkTests {
    @Test("holds 500 in a row, each with a state of their own, and reads them back as they were")
    func chunk() throws {
        let numbers = (0..<500).map { Int64($0) * 1_000 + 7 }
        var chunk = try #require(DeliveryChunk(nearness: 3, subscribers: numbers))
        chunk.set(1, Delivery.sent)
        let marked = [chunk.markTwice(2), chunk.markTwice(2)]
        #expect(marked == [true, false], "counted once")
        chunk.set(3, Delivery.apart)
        #expect(chunk.waiting == 498, "who may have been told still waits")
        #expect(chunk.wasTold(1) && chunk.wasTold(2) && !chunk.wasTold(3) && !chunk.wasTold(4))
        chunk.set(2, Delivery.sent)
        #expect(chunk.state(2) == Delivery.sent && chunk.isTwice(2))
        #expect(DeliveryChunk(nearness: 1, subscribers: []) == nil)
        #expect(DeliveryChunk(nearness: 1, subscribers: Array(1...501)) == nil)
        #expect(DeliveryChunk(nearness: 1, subscribers: [1, 1 + Int64(UInt32.max) + 1]) == nil)
    }

    @Test("reaches more than two chunks of people, each once, and every state is written down")
    func many() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn, rate: 100_000)
        try await world.crowd(1_203)
        let number = try await world.bulletin("a")
        #expect(try await post.sendDue() == 1_203)
        #expect(Set(standIn.numbers).count == 1_203 && standIn.numbers.count == 1_203)
        let chunks = try await world.database.read { tx in
            try DeliveryChunk.all(number, ChannelKind.sms.turn, in: tx)
        }
        #expect(chunks.map(\.states.count).reduce(0, +) == 1_203)
        #expect(chunks.allSatisfy { $0.states.allSatisfy { $0 == UInt8(Delivery.sent) } })
        #expect(Set(chunks.flatMap(\.subscribers)).count == 1_203)
        let readers = try await world.database.read { tx in try Bulletin.readers(of: number, in: tx) }
        #expect(readers.map(\.language) == ["en", "es"] && readers.map(\.count) == [601, 602])
        _ = try await world.bulletin("a:correction", to: .readers(of: number))
        #expect(try await post.sendDue() == 1_203)
    }

    @Test("gives who was put off another turn, while the others go on")
    func later() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.crowd(5)
        let number = try await world.bulletin("a")
        standIn.say(WebAnswer(status: 503), WebAnswer(status: 500))
        #expect(try await post.sendDue() == 3)
        #expect(try await world.total("SELECT count(*) FROM deliveries WHERE state = 0 AND attempts = 1") == 2)
        world.clock.advance(by: .seconds(10))
        #expect(try await post.sendDue() == 2)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 5 && progress.waiting == 0 && progress.twice == 0)
        #expect(Set(standIn.numbers).count == 5)
    }

    @Test("waits while the provider takes nothing at all, and costs nobody a try")
    func outage() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.crowd(40)
        let number = try await world.bulletin("a")
        // Far longer than one message is tried for.
        for round in 0..<12 {
            let asked = standIn.taken.count
            let tried = round == 0 ? 40 : BulletinBatch.probe
            for _ in 0..<tried { standIn.say(WebAnswer(status: 503)) }
            #expect(try await post.sendDue() == 0)
            #expect(standIn.taken.count == asked + tried, "round \(round)")
            #expect(try await post.sendDue() == 0, "it waits")
            #expect(standIn.taken.count == asked + tried)
            #expect(try await world.progress(number)?.trouble == "twilio: 503")
            world.clock.advance(by: .seconds(66))
        }
        #expect(try await world.total("SELECT count(*) FROM deliveries") == 0)
        #expect(try await post.sendDue() == 40)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 40 && progress.failed == 0 && progress.twice == 0 && progress.trouble == nil)
    }

    @Test("lists who may have been told twice where no answer came, and every copy has the same key")
    func noAnswer() async throws {
        let world = try await World()
        let keys = Mutex<[String]>([])
        let silent = Atomic(3)
        let outside = Outside(
            web: { call in
                keys.withLock { $0 += call.headers.filter { $0.name == "I-Twilio-Idempotency-Token" }.map(\.value) }
                // The time-out of libcurl, after the provider may have read all of it.
                if silent.subtract(1, ordering: .relaxed).newValue >= 0 { throw OutsideError.unreachable(28) }
                return WebAnswer(status: 201, body: Array(#"{"sid": "SM1"}"#.utf8))
            },
            mail: { _ in }
        )
        _ = try await world.post(StandIn())
        let post = Post(database: world.database, keys: world.keys, outside: outside, words: Library(), address: "")
        try await world.crowd(6)
        let number = try await world.bulletin("a")
        #expect(try await post.sendDue() == 3)
        world.clock.advance(by: .seconds(10))
        #expect(try await post.sendDue() == 3)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 6 && progress.twice == 3)
        let sent = keys.withLock { $0 }
        #expect(sent.count == 9 && Set(sent).count == 6)
        let runs = try await world.database.read { tx in try TwiceRun.all(in: tx) }
        #expect(runs.map(\.count) == [3] && runs.first?.noticedAt == world.clock.now - .seconds(10))
        let run = try #require(runs.first)
        let marks = try await world.database.read { [keys = world.keys] tx in
            try run.marks(limit: 10, keys: keys, in: tx)
        }
        let twice = Dictionary(grouping: sent) { $0 }.filter { $0.value.count == 2 }.keys
        #expect(Set(marks.map(\.mark)) == Set(twice), "the very marks that the provider got two times")
        #expect(marks.count == 3 && marks.allSatisfy { $0.fate == .sent })
        world.keys.lock()
        await #expect(throws: VaultError.locked) {
            try await world.database.read { [keys = world.keys] tx in try run.marks(limit: 1, keys: keys, in: tx) }
        }
    }

    @Test("lists whose turn it was when a process ended, in order and page by page, with what came of each")
    func ended() async throws {
        let world = try await World()
        let post = try await world.post(StandIn())
        try await world.crowd(7)
        let number = try await world.bulletin("a")
        try await world.database.write { tx in
            while try Bulletin.gather(number, in: tx) {}
            let batch = try BulletinRun.take(from: AddressBook(.sms), limit: 5, turn: 0, lease: "gone", in: tx)
            #expect(batch?.turns.count == 5)
        }
        #expect(try await world.database.read { tx in try TwiceRun.all(in: tx).isEmpty })
        world.clock.advance(by: .seconds(61))
        let again = try await world.database.write { tx in
            try #require(try BulletinRun.take(from: AddressBook(.sms), limit: 3, turn: 0, lease: "next", in: tx))
        }
        let marked = try await world.database.write { [keys = world.keys] tx in
            try BulletinBatch.close(
                again,
                [.sent(reference: nil), .later(why: "busy", after: nil), .refused(why: "no")],
                in: tx
            )
            let run = try #require(try TwiceRun.find(number, .sms, in: tx))
            #expect(run.count == 5 && run.noticedAt == tx.now)
            let all = try run.marks(limit: 100, keys: keys, in: tx)
            #expect(try run.marks(from: 2, limit: 2, keys: keys, in: tx) == Array(all[2...3]))
            #expect(try run.marks(from: 5, limit: 2, keys: keys, in: tx).isEmpty)
            return all
        }
        #expect(marked.map(\.fate) == [.sent, .waiting, .failed, .waiting, .waiting])
        #expect(Set(marked.map(\.mark)).count == 5)
        world.clock.advance(by: .seconds(60))
        try await post.sendDue()
        let after = try await world.database.read { [keys = world.keys] tx in
            try TwiceRun.find(number, .sms, in: tx)?.marks(limit: 100, keys: keys, in: tx) ?? []
        }
        #expect(after.map(\.mark) == marked.map(\.mark) && after.map(\.fate) == [.sent, .sent, .failed, .sent, .sent])
        #expect(try await world.database.read { tx in try TwiceRun.find(number, .email, in: tx) == nil })
    }

    @Test("tells somebody who woke up before the rest of the queue")
    func woken() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let local = LocalTime(world.clock.now)
        let minute = local.hour * 60 + local.minute
        let quiet = try #require(QuietHours(from: (minute + 1_380) % 1_440, to: (minute + 60) % 1_440))
        let sleeper = try await world.subscriber(1, quiet: quiet)
        try await world.subscriber(2)
        let number = try await world.bulletin("a")
        try await world.database.write { tx in
            while try Bulletin.gather(number, in: tx) {}
            let first = try #require(
                try BulletinRun.take(from: AddressBook(.sms), limit: 1, turn: 0, lease: "x", in: tx)
            )
            #expect(first.turns.isEmpty, "the first sleeps")
            try BulletinBatch.close(first, [], in: tx)
        }
        world.clock.advance(by: .minutes(61))
        try await world.database.write { tx in
            let next = try #require(
                try BulletinRun.take(from: AddressBook(.sms), limit: 1, turn: 0, lease: "y", in: tx)
            )
            #expect(next.turns.map(\.subscriber) == [sleeper.number])
            try BulletinBatch.close(next, [.notTried], in: tx)
        }
        #expect(try await post.sendDue() == 2)
    }

    @Test("takes turns between organisations, however many bulletins each has; what is urgent goes before")
    func fair() async throws {
        let world = try await World()
        _ = try await world.post(StandIn())
        try await world.crowd(4)
        let other = try await world.database.write { tx in
            try Organisation.found(name: "Other", shortName: "O", by: world.ruth, in: tx)
        }
        var busy: [Int64] = []
        for number in 0..<4 {
            busy.append(try await world.bulletin("busy \(number)"))
            world.clock.advance(by: .seconds(1))
        }
        let calm = try await world.bulletin("calm", from: other)
        func turns(_ count: Int) async throws -> [Int64] {
            try await world.database.write { tx in
                try (0..<count).compactMap { turn in
                    let batch = try BulletinRun.take(
                        from: AddressBook(.sms),
                        limit: 1,
                        turn: turn,
                        lease: "\(turn)",
                        in: tx
                    )
                    // Nothing was handed over: its turn comes again.
                    if let batch { try BulletinBatch.close(batch, [.notTried], in: tx) }
                    return batch?.bulletin.number
                }
            }
        }
        let all = busy + [calm]
        try await world.database.write { tx in
            for number in all { while try Bulletin.gather(number, in: tx) {} }
        }
        let order = try await turns(8)
        #expect(order.count { $0 == calm } == 4, "every other turn, beside four of the other's")
        #expect(Set(order) == [calm, try #require(busy.last)], "of its own, the freshest first")
        let urgent = try await world.bulletin("urgent", isUrgent: true)
        try await world.database.write { tx in while try Bulletin.gather(urgent, in: tx) {} }
        #expect(Set(try await turns(4)) == [urgent])
    }

    @Test("tells our own first, whatever they subscribed to; a coordinator names them")
    func canary() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.crowd(5)
        let far = try await world.subscriber(9, place: "pacoima")
        let others = try await world.subscriber(8, place: "pacoima")
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in
                try Subscriber.setCanary(far.number, true, by: world.joao, in: tx)
            }
        }
        try await world.database.write { tx in try Subscriber.setCanary(far.number, true, by: world.ruth, in: tx) }
        let number = try await world.bulletin("a")
        #expect(try await post.sendDue() == 6)
        let chunks = try await world.database.read { tx in
            try DeliveryChunk.all(number, ChannelKind.sms.turn, in: tx)
        }
        #expect(chunks.first?.subscribers == [far.number] && chunks.first?.nearness == 0)
        #expect(!chunks.flatMap(\.subscribers).contains(others.number))
        #expect(standIn.numbers.contains("+13235551009"))
    }

    @Test("forgets who was told with the bulletin")
    func forgotten() async throws {
        let world = try await World()
        let post = try await world.post(StandIn())
        try await world.crowd(3)
        _ = try await world.bulletin("a")
        try await post.sendDue()
        world.clock.advance(by: .days(31))
        try await post.sweep()
        #expect(try await world.total("SELECT count(*) FROM delivery_chunks") == 0)
    }
}
