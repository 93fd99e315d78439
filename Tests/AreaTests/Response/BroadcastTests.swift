// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging
@testable import Response

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

    @Test("whose correction was stopped on its way can be taken back from everybody who got any of it")
    func stoppedCorrection() async throws {
        let room = try await Newsroom(rate: 2)
        for number in 1...6 { try await room.world.subscriber(number) }
        let incident = try await room.confirmed()
        let id = try await room.sent(incident)
        while try await room.post.sendDue() > 0 { room.world.clock.advance(by: .seconds(5)) }
        try await room.world.verify(incident, .filmShoot)
        room.standIn.whenCalled { count in
            guard count == 8 else { return }
            try? await room.does({ try Broadcast.stop($0, by: $1, in: $2) }, id)
        }
        while try await room.post.sendDue() > 0 { room.world.clock.advance(by: .seconds(5)) }
        #expect((1...4).contains(room.texts("A film crew")))
        #expect(try await room.detail(id).isLastWordStopped)
        try await room.does({ try Broadcast.withdraw($0, by: $1, in: $2) }, id)
        while try await room.post.sendDue() > 0 { room.world.clock.advance(by: .seconds(5)) }
        #expect(room.texts("take back") == 6)
        #expect(try await !room.detail(id).isLastWordStopped)
        await #expect(throws: Refusal.self) { try await room.does({ try Broadcast.withdraw($0, by: $1, in: $2) }, id) }
    }

    @Test(
        "corrected at night, says so in the morning to whoever it must not wake; two keys or none",
        arguments: [true, false]
    )
    func correctedAtNight(_ isWritten: Bool) async throws {
        let room = try await Newsroom()
        let local = LocalTime(room.world.clock.now)
        let minute = local.hour * 60 + local.minute
        let id = try await {
            for number in 1...3 {
                let quiet = QuietHours(from: (minute + 10) % 1_440, to: (minute + 10 + 540) % 1_440)
                try await room.world.subscriber(number, quiet: quiet)
            }
            let incident = try await room.confirmed()
            let id = try await room.sent(incident)
            #expect(try await room.post.sendDue() == 3)
            room.world.clock.advance(by: .minutes(20))
            if isWritten {
                try await room.does({ try Broadcast.follow($0, with: .correction, by: $1, in: $2) }, id)
                try await room.approve(room.ask(id))
            } else {
                try await room.world.verify(incident, .filmShoot)
            }
            return id
        }()
        #expect(try await room.phase(id) == .corrected)
        #expect(try await room.post.sendDue() == 0, "they sleep")
        room.world.clock.advance(by: .hours(9))
        #expect(try await room.post.sendDue() == 3)
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
}
