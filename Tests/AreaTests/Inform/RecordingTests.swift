// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import People
import Support
import Testing

@Suite("A recording")
struct RecordingTests {
    private static func new(_ sound: [UInt8] = [1, 2, 3]) -> Recording.New {
        Recording.New(guide: "home", language: "mix", spokenOn: "2026-11-20", edition: "0123abcd", sound: sound)
    }

    @Test("is public once somebody else listened, and never by whoever brought it")
    func secondPerson() async throws {
        let world = try await World()
        let id = try await world.database.write { tx in try Recording.add(Self.new(), by: world.ruth, in: tx) }
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in try Recording.publish(id, by: world.ruth, in: tx) }
        }
        let other = try await world.member(named: "Noemi", [.attorney])
        try await world.database.write { tx in
            #expect(try Recording.sound(id, isMember: false, in: tx) == nil)
            #expect(try Recording.sound(id, isMember: true, in: tx) == [1, 2, 3])
            try Recording.publish(id, by: other, in: tx)
            try Recording.publish(id, by: other, in: tx)
            #expect(try Recording.sound(id, isMember: false, in: tx) == [1, 2, 3])
            #expect(try Recording.all(in: tx).map(\.state) == [.published])
        }
    }

    @Test("is brought, published and taken away by those who write facts, and by nobody else")
    func permission() async throws {
        let world = try await World()
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in try Recording.add(Self.new(), by: world.lupe, in: tx) }
        }
        let id = try await world.database.write { tx in try Recording.add(Self.new(), by: world.ruth, in: tx) }
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in try Recording.publish(id, by: world.joao, in: tx) }
        }
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in try Recording.withdraw(id, by: world.amina, in: tx) }
        }
        try await world.database.write { tx in try Recording.withdraw(id, by: world.ruth, in: tx) }
        #expect(try await world.database.read { tx in try Recording.all(in: tx) }.isEmpty)
    }

    @Test("without a sound, or with one that is too long, is refused beside its field")
    func size() async throws {
        let world = try await World()
        for sound in [[], [UInt8](repeating: 0, count: Recording.largest + 1)] {
            await #expect {
                try await world.database.write { tx in try Recording.add(Self.new(sound), by: world.ruth, in: tx) }
            } throws: {
                ($0 as? Refusal)?.fields.keys.contains("sound") == true
            }
        }
    }
}
