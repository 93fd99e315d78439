// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Support
import Testing

@Suite("A message")
struct MessageTests {
    @Test("is told once, however often its cause runs")
    func once() async throws {
        let world = try await World()
        let joao = world.joao.person
        let told = try await world.database.write { tx in
            try (1...3).map { _ in
                try Message.tell(joao, .offer, about: "thing", key: "one", expires: .minutes(5), in: tx)
            }
        }
        #expect(told == [true, false, false])
        let other = try await world.database.write { tx in
            try Message.tell(world.lupe.person, .offer, about: "thing", key: "one", expires: .minutes(5), in: tx)
        }
        #expect(other, "the same key reaches another person")
        let unread = try await world.database.read { tx in try Message.unread(for: joao, in: tx) }
        #expect(unread.map(\.kind) == [.offer])
        let events = try await world.database.read { tx in
            try Event.about(joao.text, in: tx).filter { $0.kind == "message.sent" }
        }
        #expect(events.count == 1)
    }

    @Test("is not shown after it expired or was withdrawn")
    func ends() async throws {
        let world = try await World()
        let joao = world.joao.person
        try await world.database.write { tx in
            try Message.tell(joao, .offer, about: "a", key: "a", expires: .minutes(5), in: tx)
            try Message.tell(joao, .handOff, about: "b", key: "b", expires: .hours(5), in: tx)
            try Message.withdraw(.offer, about: "b", in: tx)
        }
        world.clock.advance(by: .minutes(6))
        let left = try await world.database.read { tx in try Message.unread(for: joao, in: tx).map(\.subject) }
        #expect(left == ["b"])
        try await world.database.write { tx in try Message.withdraw(.handOff, about: "b", in: tx) }
        let none = try await world.database.read { tx in try Message.unread(for: joao, in: tx) }
        #expect(none.isEmpty)
    }

    @Test("is acknowledged only by whom it was told to")
    func acknowledged() async throws {
        let world = try await World()
        let message = try await world.database.write { tx in
            try Message.tell(world.joao.person, .offer, about: "a", key: "a", expires: .minutes(5), in: tx)
            return try #require(try Message.unread(for: world.joao.person, in: tx).first)
        }
        await #expect(throws: Refusal.notFound) {
            try await world.database.write { tx in try Message.acknowledge(message.id, by: world.lupe, in: tx) }
        }
        for _ in 1...2 {
            try await world.database.write { tx in try Message.acknowledge(message.id, by: world.joao, in: tx) }
        }
        let after = try await world.database.read { tx in try Message.about("a", in: tx) }
        #expect(after.map { $0.acknowledgedAt != nil && $0.readAt != nil } == [true])
        let events = try await world.database.read { tx in
            try Event.about(world.joao.person.text, in: tx).filter { $0.kind == "message.acknowledged" }
        }
        #expect(events.count == 1, "the second tap changes nothing")
    }

    @Test("is forgotten a month after it expired")
    func forgotten() async throws {
        let world = try await World()
        _ = try await world.database.write { tx in
            try Message.tell(world.joao.person, .offer, about: "a", key: "a", expires: .minutes(5), in: tx)
        }
        world.clock.advance(by: .days(29))
        try await world.database.write { tx in try Message.forget(in: tx) }
        #expect(try await world.database.read { tx in try Message.about("a", in: tx).count } == 1)
        world.clock.advance(by: .days(2))
        try await world.database.write { tx in try Message.forget(in: tx) }
        #expect(try await world.database.read { tx in try Message.about("a", in: tx).count } == 0)
    }
}
