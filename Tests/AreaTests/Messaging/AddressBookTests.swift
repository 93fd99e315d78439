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
