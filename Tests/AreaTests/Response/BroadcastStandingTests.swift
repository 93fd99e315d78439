// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging
@testable import Response

@Suite("A broadcast that was sent")
struct BroadcastStandingTests {
    @Test("is taken back by one person in prepared words, and an update takes two again")
    func updateAndWithdrawal() async throws {
        let room = try await Newsroom()
        for number in 1...2 { try await room.world.subscriber(number) }
        let id = try await room.sent(room.confirmed())
        try await room.does({ try Broadcast.follow($0, with: .update, by: $1, in: $2) }, id)
        await #expect(throws: Refusal.self) { try await room.ask(id) }
        try await room.post.sendDue()
        try await room.world.subscriber(3)
        let update = try await room.ask(id)
        await #expect(throws: Refusal.self) { try await room.approve(update, by: room.carmen) }
        try await room.approve(update)
        #expect(try await room.detail(id).preview == nil)
        #expect(try await room.post.sendDue() == 3, "an update is news for who signed up in between")
        #expect(try await room.phase(id) == .updated)
        #expect(room.texts("Still going on") == 3)
        try await room.world.subscriber(4)
        try await room.does({ try Broadcast.withdraw($0, by: $1, in: $2) }, id)
        #expect(try await room.phase(id) == .withdrawn)
        #expect(try await room.post.sendDue() == 3, "what is taken back goes to who got any of it, once each")
        #expect(room.texts("take back") == 3)
        await #expect(throws: Refusal.self) { try await room.does({ try Broadcast.withdraw($0, by: $1, in: $2) }, id) }
    }

    @Test("updated, still goes to who got the first and moved away since, and is previewed as it goes out")
    func updateAfterMoving() async throws {
        let room = try await Newsroom()
        let moved = try await room.world.subscriber(1)
        try await room.world.subscriber(2)
        let id = try await room.sent(room.confirmed())
        #expect(try await room.post.sendDue() == 2)
        try await room.world.database.write { tx in
            let wish = Subscriber.Wish(channel: .sms, address: "", language: "es", places: ["van-nuys"])
            try Subscriber.change(moved, to: wish, in: tx)
        }
        try await room.world.subscriber(3)
        try await room.world.subscriber(4, place: "van-nuys")
        try await room.does({ try Broadcast.follow($0, with: .update, by: $1, in: $2) }, id)
        #expect(try await room.detail(id).preview?.count == 3)
        try await room.approve(room.ask(id))
        #expect(try await room.post.sendDue() == 3)
        #expect(Set(room.standIn.numbers.suffix(3)) == ["+13235551001", "+13235551002", "+13235551003"])
        // The correction of a second update: once for each who got any of the three.
        try await room.does({ try Broadcast.follow($0, with: .correction, by: $1, in: $2) }, id)
        #expect(try await room.detail(id).preview?.count == 3)
        try await room.approve(room.ask(id))
        #expect(try await room.post.sendDue() == 3)
        #expect(try await room.phase(id) == .corrected)
    }

    @Test("that ends leaves nobody asked to approve what was still being written")
    func noLingering() async throws {
        let room = try await Newsroom()
        let incident = try await room.confirmed()
        let id = try await room.sent(incident)
        try await room.post.sendDue()
        try await room.does({ try Broadcast.follow($0, with: .update, by: $1, in: $2) }, id)
        let asked = try await room.ask(id)
        #expect(try await room.unread(room.world.ruth).contains(.proposalAsked))
        let waits = {
            try await room.world.database.read { tx in try Proposal.waiting(in: tx)[room.world.ruth.person] }
        }
        #expect(try await waits() == 1)
        try await room.world.verify(incident, .filmShoot)
        #expect(try await room.phase(id) == .corrected)
        #expect(try await waits() == nil)
        #expect(try await !room.unread(room.world.ruth).contains(.proposalAsked))
        #expect(try await room.unread(room.carmen).contains(.proposalDropped))
        await #expect(throws: Refusal.self) { try await room.approve(asked) }
    }

    @Test("that nobody looks at again is asked for every half hour, and ends by itself when its time is up")
    func forcedReviewToTheEnd() async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        let incident = try await room.confirmed()
        let id = try await room.sent(incident)
        try await room.post.sendDue()
        let hours = try #require(try await room.detail(id).broadcast.expiresAt) - room.world.clock.now
        var asked = 0
        var waited = Duration.zero
        while waited < hours {
            room.world.clock.advance(by: .minutes(15))
            waited += .minutes(15)
            // The incident itself is kept alive, so that it is the alert's own clock which ends it.
            let (amina, timings) = (room.world.amina, room.world.timings)
            try? await room.world.database.write { tx in
                try Incident.review(incident, by: amina, timings: timings, in: tx)
            }
            try await room.world.worker.runDue()
            asked = max(
                asked,
                try await room.world.database.read { tx in
                    try tx.count("SELECT count(*) FROM messages WHERE kind = \(Message.Kind.broadcastReview)")
                }
            )
        }
        #expect(asked > 3, "again and again, until somebody looks")
        #expect(try await room.phase(id) == .ended)
        #expect(try await room.detail(id).told.last?.act == .allClear)
        #expect(try await room.detail(id).told.last?.writtenBy == nil, "nobody had to")
        #expect(try await room.post.sendDue() == 1)
        #expect(try await !room.unread(room.carmen).contains(.broadcastReview))
    }

    @Test("is over with its incident, and goes along when that is merged")
    func incident() async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        let first = try await room.confirmed()
        let id = try await room.sent(first)
        try await room.post.sendDue()
        let other = try await room.world.incident(
            of: room.world.report(room.world.filing("At a door", at: World.pacoima))
        )
        try await room.world.verify(other, .seen)
        let amina = room.world.amina
        try await room.world.database.write { tx in try Incident.merge(first, into: other, by: amina, in: tx) }
        #expect(try await room.detail(id).broadcast.incident == other)
        #expect(try await room.phase(id) == .sent)
        try await room.world.database.write { tx in try Incident.over(other, by: amina, in: tx) }
        #expect(try await room.phase(id) == .ended)
        #expect(try await room.post.sendDue() == 1)
        #expect(room.texts("All clear") == 1)
    }

    @Test("that was sent, as the other was: merging tells nobody that it is over, and both end with what is left")
    func bothSent() async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        try await room.world.subscriber(2, place: "pacoima")
        let first = try await room.confirmed()
        let second = try await room.confirmed(room.world.filing("At a door", at: World.pacoima))
        let ids = [try await room.sent(first), try await room.sent(second)]
        try await room.post.sendDue()
        let amina = room.world.amina
        try await room.world.database.write { tx in try Incident.merge(first, into: second, by: amina, in: tx) }
        for id in ids { #expect(try await room.phase(id) == .sent) }
        #expect(try await room.post.sendDue() == 0 && room.texts("All clear") == 0)
        try await room.world.database.write { tx in try Incident.over(second, by: amina, in: tx) }
        for id in ids { #expect(try await room.phase(id) == .ended) }
        #expect(try await room.post.sendDue() == 2 && room.texts("All clear") == 2)
    }

    @Test("that was sent takes the place of one that was only written", arguments: [true, false])
    func oneSent(writtenIsLeft: Bool) async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        let told = try await room.confirmed()
        let other = try await room.confirmed(room.world.filing("At a door", at: World.pacoima))
        let id = try await room.sent(told)
        try await room.post.sendDue()
        let written = try await room.draft(other)
        let (amina, left) = (room.world.amina, writtenIsLeft ? other : told)
        try await room.world.database.write { tx in
            try Incident.merge(writtenIsLeft ? told : other, into: left, by: amina, in: tx)
        }
        #expect(try await room.phase(written) == .discarded)
        #expect(try await room.detail(id).broadcast.incident == left)
        #expect(try await room.phase(id) == .sent)
        #expect(try await room.post.sendDue() == 0 && room.texts("All clear") == 0)
    }

    @Test("that nobody can hold up any more reassures nobody")
    func unable() async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        let incident = try await room.confirmed()
        let id = try await room.sent(incident)
        try await room.post.sendDue()
        try await room.world.verify(incident, Verification.Finding(.unable, level: .onScene, how: .onScene))
        #expect(try await room.phase(id) == .corrected)
        #expect(try await room.post.sendDue() == 1)
        #expect(room.texts("what is true now") == 1 && room.texts("go on with your day") == 0)
    }

    @Test("asks its people to look again every half hour, and coordinators when nobody does")
    func review() async throws {
        let room = try await Newsroom()
        let sol = try await room.world.member(named: "Sol", [.coordinator])
        let id = try await room.sent(room.confirmed())
        room.world.clock.advance(by: .minutes(31))
        try await room.world.worker.runDue()
        #expect(try await room.unread(room.carmen).contains(.broadcastReview))
        #expect(try await room.unread(room.world.ruth).contains(.broadcastReview))
        #expect(try await !room.unread(sol).contains(.broadcastReview))
        room.world.clock.advance(by: .minutes(31))
        try await room.world.worker.runDue()
        #expect(try await room.unread(sol).contains(.broadcastReview))
        try await room.does({ try Broadcast.review($0, by: $1, in: $2) }, id)
        #expect(try await !room.unread(room.carmen).contains(.broadcastReview))
        let due = try #require(try await room.detail(id).broadcast.reviewAt)
        #expect(due > room.world.clock.now)
    }

    @Test("of an exercise takes every step and reaches nobody")
    func exercise() async throws {
        let room = try await Newsroom()
        for number in 1...3 { try await room.world.subscriber(number) }
        let incident = try await room.confirmed(room.world.filing(isExercise: true))
        let id = try await room.sent(incident)
        #expect(try await room.post.sendDue() == 0)
        #expect(try await room.phase(id) == .sent)
        try await room.world.verify(incident, .filmShoot)
        #expect(try await room.phase(id) == .corrected)
        #expect(try await room.post.sendDue() == 0)
        #expect(room.standIn.taken.isEmpty)
        let bulletins = try await room.world.database.read { tx in try tx.count("SELECT count(*) FROM bulletins") }
        #expect(bulletins == 0)
    }

    @Test("passes the limit of its area only when a coordinator allows it; a correction always passes")
    func limit() async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        let ruth = room.world.ruth
        try await room.world.database.write { tx in try AreaLimit.set(1, by: ruth, in: tx) }
        let first = try await room.sent(room.confirmed())
        try await room.post.sendDue()
        try await room.does({ try Broadcast.follow($0, with: .update, by: $1, in: $2) }, first)
        await #expect(throws: Refusal.self) { try await room.ask(first) }
        await #expect(throws: Refusal.self) {
            try await room.does({ try Broadcast.allowMore($0, by: $1, in: $2) }, first)
        }
        try await room.world.database.write { tx in try Broadcast.allowMore(first, by: ruth, in: tx) }
        try await room.approve(room.ask(first))
        try await room.does({ try Broadcast.withdraw($0, by: $1, in: $2) }, first)
        #expect(try await room.phase(first) == .withdrawn)
        // Pacoima is far away: its own share.
        let other = try await room.confirmed(room.world.filing("At a door", at: World.pacoima))
        try await room.sent(other)
        // Whoever lives beside it gets both: East Los Angeles begins across the street.
        let neighbor = try await room.confirmed(
            room.world.filing(
                "On the corner",
                at: Whereabouts(text: "East Los Angeles", point: Point(latitude: 34.033, longitude: -118.169))
            )
        )
        let third = try await room.draft(neighbor)
        await #expect(throws: Refusal.self) { try await room.ask(third) }
    }

    @Test("as a notice is about no incident, is never an alert, and ends without a word")
    func notice() async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        let carmen = room.carmen
        await #expect(throws: Refusal.self) {
            try await room.world.database.write { tx in _ = try Broadcast.notice(.alerts, in: "*", by: carmen, in: tx) }
        }
        let id = try await room.world.database.write { tx in
            try Broadcast.notice(.rights, in: "boyle-heights", by: carmen, in: tx)
        }
        await #expect(throws: Refusal.self) { try await room.ask(id) }
        let words = ["en": TellingWords(subject: "Workshop", known: "Saturday at ten.", todo: "Bring a friend.")]
        try await room.world.database.write { tx in
            try Broadcast.write(id, words, hours: 24, by: carmen, in: tx)
        }
        try await room.approve(room.ask(id))
        #expect(try await room.post.sendDue() == 0, "nobody asked for news about rights")
        room.world.clock.advance(by: .hours(25))
        try await room.world.worker.runDue()
        #expect(try await room.phase(id) == .ended)
        #expect(try await room.detail(id).told.map(\.act) == [.alert])
    }

    @Test("keeps no number of somebody and nothing of their papers in its words")
    func words() async throws {
        let room = try await Newsroom()
        let id = try await room.draft(room.confirmed())
        let carmen = room.carmen
        for known in ["Call Ana at 323-555-0144 now.", "Her A-number is A012345678."] {
            await #expect(throws: Refusal.self) {
                try await room.world.database.write { tx in
                    let words = ["en": TellingWords(subject: "Alert", known: known, todo: "Stay calm.")]
                    try Broadcast.write(id, words, hours: 3, by: carmen, in: tx)
                }
            }
        }
    }

    @Test("is what was asked for when it is approved: changed words ask again")
    func digest() async throws {
        let room = try await Newsroom()
        let id = try await room.draft(room.confirmed())
        let asked = try await room.ask(id)
        let carmen = room.carmen
        await #expect(throws: Refusal.self) {
            try await room.world.database.write { tx in
                let words = ["en": TellingWords(subject: "Alert", known: "Other words.", todo: "Stay calm.")]
                try Broadcast.write(id, words, hours: 3, by: carmen, in: tx)
            }
        }
        try await room.world.database.write { tx in try tx.run("UPDATE telling_words SET known = 'Something else.'") }
        await #expect(throws: Refusal.self) { try await room.approve(asked) }
    }

    @Test("is gone after a month, and how many there were stays")
    func forgotten() async throws {
        let room = try await Newsroom()
        let id = try await room.sent(room.confirmed())
        try await room.does({ try Broadcast.over($0, by: $1, in: $2) }, id)
        room.world.clock.advance(by: .days(31))
        let timings = room.world.timings
        try await room.world.database.write { tx in _ = try Retention.purge(timings: timings, in: tx) }
        let counts = try await room.world.database.read { tx in try Retention.counts(in: tx) }
        #expect(counts.filter { $0.what == "broadcasts" }.map(\.count) == [1])
        let left = try await room.world.database.read { tx in try tx.count("SELECT count(*) FROM telling_words") }
        #expect(left == 0)
    }
}

@Suite("The preview of a broadcast")
struct BroadcastPreviewTests {
    @Test("counts people, parts, money and minutes by channel, at the rate and price of its provider")
    func counts() {
        let preview = BroadcastPreview(
            [(.sms, "es", 100), (.sms, "ko", 10), (.email, "en", 50), (.signal, "en", 2)],
            shorts: ["en": String(repeating: "a", count: 161), "es": "Corto"],
            terms: [.sms: (price: 8_000, rate: 10), .email: (price: 0, rate: 10)]
        )
        #expect(preview.lines.map(\.channel) == [.email, .signal, .sms])
        let sms = preview.lines[2]
        // 100 of one part, 10 who get the English of two.
        #expect(sms.cost == 120 * 8_000)
        #expect(sms.takes == .seconds(120 / 8.0))
        #expect(sms.languages.map(\.getsEnglish) == [false, true])
        #expect(preview.lines[1].isClosed)
        #expect(preview.count == 160, "nobody is reached on a channel that nobody carries")
        #expect(preview.cost == 960_000)
    }

    @Test("is a phase by what was told and how it ended", arguments: Broadcast.Ending.How.allCases)
    func phases(_ how: Broadcast.Ending.How) {
        let expected: Broadcast.Phase =
            switch how {
            case .expired, .over: .ended
            case .corrected: .corrected
            case .withdrawn: .withdrawn
            case .discarded: .discarded
            }
        #expect(Broadcast.phase(how, [], nil) == expected)
        #expect(Broadcast.phase(nil, [], nil) == .draft)
    }
}
