// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@Suite("Events", .serialized, .timeLimit(.minutes(20)))
struct EventFeedTests {
    @Test("An event comes back with all it said")
    func kept() async throws {
        let manual = ManualClock()
        let database = try await Scratch.database(clock: manual.clock)
        try await database.write { tx in
            try tx.record(Event("box.opened", subject: "a", actor: "ruth", data: ["from": "shut \"1\"", "to": "📦"]))
            try tx.record(Event("box.lost", subject: "b"))
            try tx.record(Event("box.shut", subject: "a"))
        }
        let (about, after, newest) = try await database.read { tx in
            (try Event.about("a", in: tx), try Event.after(1, limit: 1, in: tx), try Event.newest(in: tx))
        }
        #expect(about.map(\.kind) == ["box.opened", "box.shut"])
        #expect(about.first?.actor == "ruth")
        #expect(about.first?.data == ["from": "shut \"1\"", "to": "📦"])
        #expect(about.first?.at == manual.now)
        #expect(after.map(\.subject) == ["b"])
        #expect(after.first?.actor == nil && after.first?.data == [:])
        #expect(newest == about.last?.id)
    }

    @Test("Subscribers hear what was committed, in order, before the write returns")
    func order() async throws {
        let database = try await Scratch.database()
        let (one, two) = (Heard<Event>(), Heard<Event>())
        database.feed.subscribe { events in events.forEach(one.add) }
        database.feed.subscribe { events in events.forEach(two.add) }
        try await database.write { tx in
            try tx.record(Event("box.put", subject: "first"))
            try tx.record(Event("box.put", subject: "second"))
        }
        #expect(one.all.map(\.subject) == ["first", "second"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...200 {
                group.addTask {
                    try await database.write { tx in _ = try tx.record(Event("box.put", subject: "\(number)")) }
                }
            }
            try await group.waitForAll()
        }
        let table = try await database.read { tx in try Event.after(0, limit: 1_000, in: tx) }
        #expect(table.count == 202)
        #expect(one.all == table)
        #expect(two.all == table)
    }

    @Test("What was undone is never told")
    func undone() async throws {
        let database = try await Scratch.database()
        let heard = Heard<Event>()
        database.feed.subscribe { events in events.forEach(heard.add) }
        await #expect(throws: Mishap.self) {
            try await database.write { tx in
                try tx.record(Event("box.put", subject: "undone"))
                throw Mishap()
            }
        }
        try await database.write { tx in _ = try tx.record(Event("box.put", subject: "done")) }
        #expect(heard.all.map(\.subject) == ["done"])
        #expect(try await database.read { tx in try Event.about("undone", in: tx) }.isEmpty)
    }

    @Test("Who has unsubscribed hears no more, the others do")
    func unsubscribed() async throws {
        let database = try await Scratch.database()
        let (leaving, staying) = (Heard<Event>(), Heard<Event>())
        let id = database.feed.subscribe { events in events.forEach(leaving.add) }
        database.feed.subscribe { events in events.forEach(staying.add) }
        try await database.write { tx in _ = try tx.record(Event("box.put", subject: "1")) }
        database.feed.unsubscribe(id)
        try await database.write { tx in _ = try tx.record(Event("box.put", subject: "2")) }
        #expect(leaving.all.map(\.subject) == ["1"])
        #expect(staying.all.map(\.subject) == ["1", "2"])
    }
}

/// Several nodes on one PostgreSQL hear of each other by polling.
@Suite("Events between nodes", .serialized, .timeLimit(.minutes(20)), .enabled(if: Store.postgres != nil))
struct EventNodeTests {
    private struct Node: Sendable {
        let database: Database
        let heard = Heard<String>()

        init(_ database: Database) {
            self.database = database
            database.feed.subscribe { [heard] events in for event in events { heard.add(event.subject) } }
        }

        func tell(_ subjects: String...) async throws {
            try await database.write { tx in
                for subject in subjects { try tx.record(Event("box.put", subject: subject)) }
            }
        }
    }

    private func nodes() async throws -> (Node, Node) {
        let scratch = try await Scratch()
        let first = try scratch.open()
        try await first.migrate(Scratch.tables)
        return (Node(first), Node(try scratch.open()))
    }

    @Test("Another node hears at its next poll, and each thing once")
    func polled() async throws {
        let (here, there) = try await nodes()
        try await here.tell("1", "2")
        #expect(there.heard.all.isEmpty)
        try await there.database.pollFeed()
        try await there.database.pollFeed()
        try await here.database.pollFeed()
        #expect(there.heard.all == ["1", "2"])
        #expect(here.heard.all == ["1", "2"])
    }

    @Test("An event of another node isn't missed when our own with a higher number was told before the poll")
    func overtaken() async throws {
        let (here, there) = try await nodes()
        try await here.tell("theirs")
        try await there.tell("ours")
        try await there.database.pollFeed()
        #expect(there.heard.all.sorted() == ["ours", "theirs"])
        try await here.database.pollFeed()
        #expect(here.heard.all == ["theirs", "ours"])
    }

    @Test("A backlog longer than one poll is told whole, in order and once")
    func backlog() async throws {
        let (here, there) = try await nodes()
        try await here.database.write { tx in
            for number in 1...2_300 { try tx.record(Event("box.put", subject: "\(number)")) }
        }
        try await there.tell("ours")
        for _ in 1...4 { try await there.database.pollFeed() }
        #expect(there.heard.all == ["ours"] + (1...2_300).map(String.init))
        for _ in 1...4 { try await here.database.pollFeed() }
        #expect(here.heard.all == (1...2_300).map(String.init) + ["ours"])
    }

    @Test("A node that begins at the newest event hears only what comes after")
    func begins() async throws {
        let (here, there) = try await nodes()
        try await here.tell("old")
        there.database.feed.begin(after: try await there.database.read { tx in try Event.newest(in: tx) })
        try await here.tell("new")
        try await there.database.pollFeed()
        #expect(there.heard.all == ["new"])
    }
}
