// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@testable import Messaging

@Suite("The address book of a message to very many")
struct AddressBookTests {
    private func find(_ book: AddressBook, _ numbers: [Int64], _ world: World) async throws -> [Subscriber?] {
        try await world.database.read { tx in try book.find(numbers, left: numbers.count, in: tx).map { $0?.subscriber }
        }
    }

    /// A world of made-up people, one of whom has quiet hours, and a book that holds them.
    private func opened() async throws -> (World, AddressBook, [Int64]) {
        let world = try await World()
        try await world.database.write { [keys = world.keys] tx in
            try Subscriber.makeUp(0..<40, places: ["boyle-heights"], keys: keys, in: tx)
        }
        _ = try await world.subscriber(1, quiet: QuietHours(from: 1_380, to: 60), urgent: false)
        let numbers = try await world.database.read { tx in
            try tx.list(Int64.self, "SELECT number FROM subscribers ORDER BY number DESC")
        }
        let book = AddressBook(.sms, worth: 1)
        _ = try await find(book, numbers, world)
        #expect(book.pages == 0, "nothing is read inside somebody's transaction")
        try await book.read(world.database)
        #expect(book.pages == 1)
        return (world, book, numbers)
    }

    @Test("holds everybody as the table has them: language, quiet hours, the encrypted address and its index")
    func same() async throws {
        let (world, book, numbers) = try await opened()
        let looked = try await find(AddressBook(.sms), numbers + [999_999_999], world)
        let held = try await find(book, numbers + [999_999_999], world)
        #expect(held.count == 42 && held[41] == nil && looked[41] == nil)
        for (one, other) in zip(held, looked) {
            #expect(one?.number == other?.number && one?.language == other?.language && one?.quiet == other?.quiet)
            #expect(one?.urgentPasses == other?.urgentPasses && one?.topics == other?.topics)
            #expect(one?.address == other?.address && one?.addressIndex == other?.addressIndex)
            #expect(one?.channel == other?.channel && one?.isActive == other?.isActive)
        }
        #expect(held[0]?.quiet == QuietHours(from: 1_380, to: 60))
        #expect(try held[0]?.opened(world.keys) == "+13235551001")
    }

    @Test("never gives who left since it was read, and gives who changed as they are now")
    func changed() async throws {
        let (world, book, numbers) = try await opened()
        let people = try await find(book, numbers, world).compactMap { $0 }
        let (leaver, mover) = (people[0], people[1])
        try await world.database.write { tx in
            try Subscriber.leave(leaver, in: tx)
            let wish = Subscriber.Wish(channel: .sms, address: "", language: "fa", places: ["boyle-heights"])
            try Subscriber.change(mover, to: wish, in: tx)
            // Within the same transaction too: a batch sees what it did itself.
            let now = try book.find(numbers, left: numbers.count, in: tx).map { $0?.subscriber }
            #expect(now[0] == nil && now[1]?.language == "fa" && now[2] != nil)
        }
        let now = try await find(book, numbers, world)
        #expect(now[0] == nil && now[1]?.language == "fa" && now.compactMap { $0 }.count == 40)
    }

    @Test("is read anew when too much changed behind it, and what is kept of changes is bounded")
    func stale() async throws {
        let (world, book, numbers) = try await opened()
        for round in 0..<(AddressBook.stale / 41 + 2) {
            try await world.database.write { tx in
                try tx.run("UPDATE subscribers SET topics = \(1 + round % 3) WHERE number > 0")
            }
        }
        let last = 1 + (AddressBook.stale / 41 + 1) % 3
        let kept = try await find(book, numbers, world)
        #expect(kept.compactMap { $0?.topics.rawValue } == [Int](repeating: last, count: 41))
        #expect(book.pages == 0)
        for _ in 0..<3 {
            try await world.database.write { tx in
                for _ in 0..<100 { try tx.run("UPDATE subscribers SET topics = 1 WHERE number > 0") }
            }
        }
        try await world.database.write { tx in try AddressBook.sweep(in: tx) }
        let changes = try await world.database.read { tx in try tx.count("SELECT count(*) FROM subscriber_changes") }
        #expect(changes <= 2 * AddressBook.stale + 1 && changes > 0)
    }

    @Test("makes ready who comes next, and who left or changed meanwhile is not told, or as they are now")
    func queue() async throws {
        let world = try await World()
        try await world.crowd(1_700)
        let number = try await world.bulletin("a")
        try await world.database.write { tx in while try Bulletin.gather(number, in: tx) {} }
        let book = AddressBook(.sms, worth: 1)
        func next(after done: BulletinRun.Batch?) async throws -> BulletinRun.Batch? {
            let lease = Ref<Bulletin>.new().text
            return try await world.database.write { tx in
                if let done {
                    let outcomes = [Outcome](repeating: .sent(reference: nil), count: done.turns.count)
                    try BulletinBatch.close(done, outcomes, in: tx)
                }
                return try BulletinRun.take(from: book, limit: 600, turn: 0, lease: lease, in: tx)
            }
        }
        let first = try #require(try await next(after: nil))
        #expect(first.turns.count == 600 && first.left == 1_100)
        #expect(book.pages == 0 && book.ready(number).isEmpty, "nothing is read before the first")
        try await book.prepare(behind: first, 600, world.database)
        #expect(book.ready(number).map(\.page.numbers.count) == [500, 500, 200])
        let (leaver, mover) = (first.turns[599].subscriber + 1, first.turns[599].subscriber + 2)
        try await world.database.write { tx in
            let people = try book.find([leaver, mover], left: 0, in: tx).compactMap { $0?.subscriber }
            try Subscriber.leave(people[0], in: tx)
            try tx.run("UPDATE subscribers SET language = 'fa' WHERE number = \(mover)")
        }
        let second = try #require(try await next(after: first))
        #expect(second.turns.first?.subscriber == mover && second.turns.count == 599)
        #expect(second.turns.first?.reader.subscriber?.language == "fa")
        let held = second.turns.count { turn in
            if case .held(let page, _) = turn.reader { !page.numbers.isEmpty } else { false }
        }
        #expect(held == 598)
        let looked = try await find(AddressBook(.sms), second.turns.map(\.subscriber), world)
        for (turn, other) in zip(second.turns, looked) {
            let one = turn.reader.subscriber
            #expect(one?.number == turn.subscriber && one?.address == other?.address)
            #expect(one?.addressIndex == other?.addressIndex && one?.language == other?.language)
        }
        var last: BulletinRun.Batch? = second
        while let batch = last {
            try await book.prepare(behind: batch, 600, world.database)
            last = try await next(after: batch)
        }
        let end = try #require(try await world.progress(number))
        #expect(end.sent == 1_699 && end.stopped == 1 && end.waiting == 0)
    }

    @Test("a queue that begins again, or another one, begins with nothing ready")
    func moves() {
        func chunk(_ last: Int64) -> AddressBook.Queue.Chunk {
            let page = AddressBook.Page([last - 1, last], from: [:], .sms, AddressBook.Languages())
            return AddressBook.Queue.Chunk(place: (1, last), page: page)
        }
        func moved(to place: DeliveryChunk.Place, of bulletin: Int64) -> [Int64] {
            var queue = AddressBook.Queue(bulletin: 7, from: (1, 10), chunks: [chunk(20), chunk(30), chunk(40)])
            queue.move(to: place, of: bulletin)
            return queue.chunks.map(\.place.subscriber)
        }
        #expect(moved(to: (1, 10), of: 7) == [20, 30, 40])
        #expect(moved(to: (1, 25), of: 7) == [30, 40], "one that is begun stays")
        #expect(moved(to: (1, 30), of: 7) == [40])
        #expect(moved(to: (-1, 0), of: 7).isEmpty && moved(to: (1, 25), of: 8).isEmpty)
    }

    @Test("somebody who confirms after it was read, or was never on a page, is found")
    func late() async throws {
        let (world, book, _) = try await opened()
        let late = try await world.subscriber(2)
        // Joined after the reading: behind no chunk that was chosen before, but found all the same.
        try await world.database.write { tx in
            try tx.run("UPDATE subscribers SET language = 'ko' WHERE number = \(late.number)")
        }
        #expect(try await find(book, [late.number], world)[0]?.language == "ko")
    }
}
