// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging
@testable import Response

/// Carmen writes to the public; Ruth coordinates.
private struct Newsroom {
    let world: World
    let carmen: Caller
    let standIn = StandIn()
    let post: Post

    init(rate: Double = 10_000) async throws {
        world = try await World()
        carmen = try await world.member(named: "Carmen", [.communicator])
        post = try await world.post(standIn, rate: rate)
    }

    func confirmed(_ filing: ReportFiling? = nil, _ finding: Verification.Finding = .seen) async throws -> Ref<Incident>
    {
        let id = try await world.incident(of: world.report(filing))
        try await world.verify(id, finding)
        return id
    }

    func draft(_ incident: Ref<Incident>, by caller: Caller? = nil) async throws -> Ref<Broadcast> {
        let caller = caller ?? carmen
        return try await world.database.write { tx in try Broadcast.draft(from: incident, by: caller, in: tx) }
    }

    @discardableResult
    func ask(_ id: Ref<Broadcast>, by caller: Caller? = nil) async throws -> Proposal {
        let caller = caller ?? carmen
        return try await world.database.write { tx in
            try Broadcast.ask(id, confirmed: Confirmation.scripted(caller, at: tx.now), by: caller, in: tx)
        }
    }

    func approve(_ proposal: Proposal, by caller: Caller? = nil) async throws {
        let caller = caller ?? world.ruth
        try await world.database.write { tx in
            _ = try Proposal.approve(
                proposal.id,
                confirmed: Confirmation.scripted(caller, at: tx.now),
                by: caller,
                in: tx
            )
        }
    }

    /// Written, approved and handed to Messaging.
    @discardableResult
    func sent(_ incident: Ref<Incident>) async throws -> Ref<Broadcast> {
        let id = try await draft(incident)
        try await approve(ask(id))
        return id
    }

    func does(_ verb: @escaping @Sendable (Ref<Broadcast>, Caller, Transaction) throws -> Void, _ id: Ref<Broadcast>)
        async throws
    {
        let carmen = carmen
        try await world.database.write { tx in try verb(id, carmen, tx) }
    }

    func detail(_ id: Ref<Broadcast>) async throws -> BroadcastDetail {
        let carmen = carmen
        return try await world.database.read { tx in
            try BroadcastDetail.load(id, by: carmen, Words(language: .english), in: tx)
        }
    }

    func phase(_ id: Ref<Broadcast>) async throws -> Broadcast.Phase { try await detail(id).phase }
    func unread(_ caller: Caller) async throws -> [Message.Kind] {
        try await world.database.read { tx in try Message.unread(for: caller.person, in: tx).map(\.kind) }
    }
    func texts(_ part: String) -> Int { standIn.words.count { $0.contains(part) } }
}

@Suite("A broadcast")
struct BroadcastTests {
    @Test("goes from a draft over two people to everybody around, and ends by itself with the all-clear")
    func whole() async throws {
        let room = try await Newsroom()
        for number in 1...3 { try await room.world.subscriber(number) }
        try await room.world.subscriber(9, place: "van-nuys")
        let incident = try await room.confirmed()
        let id = try await room.draft(incident)
        let draft = try await room.detail(id)
        #expect(draft.phase == .draft)
        #expect(draft.preview?.count == 3)
        #expect(draft.words.values.first?["es"] != nil)
        let asked = try await room.ask(id)
        #expect(try await room.phase(id) == .waiting)
        #expect(try await room.post.sendDue() == 0, "nothing goes out on one key")
        try await room.approve(asked)
        #expect(try await room.phase(id) == .sending)
        #expect(try await room.post.sendDue() == 3)
        #expect(try await room.phase(id) == .sent)
        #expect(room.texts("Boyle Heights") == 3)
        #expect(room.texts("(213) 555-0100") == 3)
        // Somebody looks at the incident again and again; the alert's own time runs out.
        for _ in 1...7 {
            room.world.clock.advance(by: .minutes(29))
            let (amina, timings) = (room.world.amina, room.world.timings)
            try? await room.world.database.write { tx in
                try Incident.review(incident, by: amina, timings: timings, in: tx)
            }
            try await room.world.worker.runDue()
        }
        #expect(try await room.phase(id) == .ended)
        #expect(try await room.post.sendDue() == 3)
        #expect(room.texts("has ended") == 3)
    }

    @Test("is never approved by who wrote it, nor by a colleague without the role, nor alone")
    func twoPeople() async throws {
        let room = try await Newsroom()
        let id = try await room.draft(room.confirmed())
        let asked = try await room.ask(id)
        await #expect(throws: Refusal.self) { try await room.approve(asked, by: room.carmen) }
        await #expect(throws: Refusal.self) { try await room.approve(asked, by: room.world.amina) }
        #expect(try await room.phase(id) == .waiting)
        // Even where nobody else could approve: an alert is never sent by one.
        let lonely = try await World()
        _ = try await lonely.post(StandIn())
        let incident = try await lonely.incident(of: lonely.report())
        try await lonely.verify(incident, .seen)
        let ruth = lonely.ruth
        await #expect(throws: Refusal.self) {
            try await lonely.database.write { tx in
                let id = try Broadcast.draft(from: incident, by: ruth, in: tx)
                try Broadcast.ask(id, confirmed: Confirmation.scripted(ruth, at: tx.now), by: ruth, in: tx)
            }
        }
    }

    @Test("is not sent by one person with two accounts: the same telephone, the same name written otherwise")
    func twoAccounts() async throws {
        let room = try await Newsroom()
        let (ruth, world) = (room.world.ruth, room.world)
        let sol = try await world.member(named: "Sol", [.coordinator])
        let again = try await world.member(named: "SÓL ", [.coordinator])
        // Ruth alone could still approve what Sol asks for.
        func owns(_ caller: Caller, _ channel: ChannelKind, _ index: UInt8) async throws {
            try await world.database.write { tx in
                try tx.run(
                    """
                    INSERT INTO contacts (id, person, channel, address, address_index, confirmed_at, created_at)
                    VALUES (\(Ref<Contact>.new()), \(caller.person), \(channel), \([1] as [UInt8]), \([index]), \(tx.now),
                        \(tx.now))
                    """
                )
            }
        }
        try await owns(sol, .sms, 1)
        try await owns(again, .email, 1)
        try await owns(ruth, .email, 2)
        let id = try await room.draft(room.confirmed(), by: sol)
        let asked = try await room.ask(id, by: sol)
        let waiting = try await world.database.read { tx -> ([Ref<Person>: Int], [String]) in
            let detail = try Proposal.detail(asked.id, by: sol, Words(language: .english), in: tx)
            return (try Proposal.waiting(in: tx), detail.approvers)
        }
        #expect(waiting.1 == ["Carmen", "Ruth"] && waiting.0[again.person] == nil && waiting.0[ruth.person] == 1)
        await #expect(throws: Refusal.forbidden) { try await room.approve(asked, by: again) }
        await #expect(throws: Refusal.self) { try await room.approve(asked, by: sol) }
        // And now on one telephone: another address of the same person, or one that was not proved, says nothing.
        try await owns(ruth, .sms, 1)
        await #expect(throws: Refusal.forbidden) { try await room.approve(asked, by: ruth) }
        try await world.database.write { tx in
            _ = try tx.run("UPDATE contacts SET confirmed_at = NULL WHERE channel = 'sms'")
        }
        try await room.approve(asked, by: ruth)
        #expect(try await room.phase(id) == .sending)
    }

    @Test("belongs to whoever asks: the first author may then be the second person")
    func newAuthor() async throws {
        let room = try await Newsroom()
        let id = try await room.draft(room.confirmed())
        let asked = try await room.ask(id, by: room.world.amina)
        await #expect(throws: Refusal.self) { try await room.approve(asked, by: room.world.amina) }
        try await room.approve(asked, by: room.carmen)
        #expect(try await room.phase(id) == .sending)
    }

    @Test("of two who approve at once, and of its author among them, one sends it once")
    func race() async throws {
        let room = try await Newsroom()
        try await room.world.subscriber(1)
        let sol = try await room.world.member(named: "Sol", [.coordinator])
        let asked = try await room.ask(room.draft(room.confirmed()))
        let ruth = room.world.ruth
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for caller in [ruth, sol, room.carmen, ruth, sol, room.carmen] {
                group.addTask {
                    do {
                        try await room.approve(asked, by: caller)
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 1)
        #expect(try await room.post.sendDue() == 1)
        let who = try await room.world.database.read { tx in
            try tx.rows("SELECT written_by, approved_by FROM tellings").map { row -> (String, String) in
                (try row["written_by"], try row["approved_by"])
            }
        }
        #expect(who.count == 1 && who.allSatisfy { $0.0 != $0.1 })
    }

    @Test("comes only of what is confirmed: seen by a verifier, or found so by two people from L2 up")
    func truth() async throws {
        let room = try await Newsroom()
        let id = try await room.world.incident(of: room.world.report())
        await #expect(throws: Refusal.self) { _ = try await room.draft(id) }
        try await room.world.verify(id, .pictured, by: room.world.amina)
        await #expect(throws: Refusal.self) { _ = try await room.draft(id) }
        try await room.world.verify(id, .pictured, by: room.world.ruth)
        let draft = try await room.draft(id)
        #expect(try await room.draft(id) == draft, "one at a time")
        // What is no longer so can't be approved any more.
        let asked = try await room.ask(draft)
        try await room.world.verify(id, .filmShoot)
        await #expect(throws: Refusal.self) { try await room.approve(asked) }
        #expect(try await room.phase(draft) == .discarded)
    }

    @Test(
        "carries a public alert or doesn't, by who found what",
        arguments: [
            ([(1, Truth.confirmed, EvidenceLevel.onScene)], true), ([(1, .confirmed, .trusted)], false),
            ([(1, .confirmed, .supported), (1, .confirmed, .trusted)], false),
            ([(1, .confirmed, .supported), (2, .confirmed, .trusted)], true),
            ([(1, .confirmed, .structured), (2, .confirmed, .trusted)], false),
            ([(1, .confirmed, .onScene), (2, .unfounded, .onScene)], false),
            ([(1, .unfounded, .onScene), (2, .confirmed, .onScene)], true), ([], false),
        ] as [([(Int, Truth, EvidenceLevel)], Bool)]
    )
    func carries(_ checks: [(Int, Truth, EvidenceLevel)], _ expected: Bool) {
        let people = (0...2).map { _ in Ref<Person>.new() }
        #expect(Verification.carry(checks.map { (people[$0.0], $0.1, $0.2) }) == expected)
    }

    @Test("is stopped half way by one person; who got it then hears the correction, and nobody else")
    func stoppedAndCorrected() async throws {
        let room = try await Newsroom(rate: 2)
        for number in 1...6 { try await room.world.subscriber(number) }
        let incident = try await room.confirmed()
        let id = try await room.sent(incident)
        room.standIn.whenCalled { count in
            guard count == 2 else { return }
            try? await room.does({ try Broadcast.stop($0, by: $1, in: $2) }, id)
        }
        try await room.post.sendDue()
        #expect(try await room.phase(id) == .stopped)
        let got = Set(room.standIn.numbers)
        #expect((2...4).contains(got.count))
        try await room.world.verify(incident, .filmShoot)
        #expect(try await room.phase(id) == .corrected)
        let before = room.standIn.numbers.count
        try await room.post.sendDue()
        #expect(Set(room.standIn.numbers[before...]) == got)
        #expect(room.texts("A film crew") == got.count)
    }

    @Test("waits with its correction until what is in a process's hands is known, and counts it as told")
    func inHand() async throws {
        let room = try await Newsroom()
        for number in 1...6 { try await room.world.subscriber(number) }
        let incident = try await room.confirmed()
        let id = try await room.sent(incident)
        try await room.world.database.write { tx in
            let number = try #require(try Telling.first(of: id, in: tx))
            while try Bulletin.gather(number, in: tx) {}
            #expect(
                try BulletinRun.take(from: AddressBook(.sms), limit: 4, turn: 0, lease: "dead", in: tx)?.turns.count
                    == 4
            )
        }
        try await room.world.verify(incident, .filmShoot)
        #expect(try await room.post.sendDue() == 0)
        room.world.clock.advance(by: .seconds(61))
        #expect(try await room.post.sendDue() == 4, "the four that a dead process held may have got it")
        #expect(room.texts("A film crew") == 4)
    }

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
        try await room.world.verify(incident, Verification.Finding(.unable, level: .supported, how: .photo))
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
