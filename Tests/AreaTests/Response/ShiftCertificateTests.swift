// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing
import Vault

/// What these tests do over and over.
extension World {
    fileprivate func certify(_ caller: Caller, for length: Duration = .days(365)) async throws {
        try await write { [self] tx in
            try Helper.register(
                caller.person,
                at: "boyle-heights",
                skills: [(.dispatcher, tx.now + length)],
                languages: ["en"],
                places: places,
                by: ruth,
                in: tx
            )
        }
    }

    fileprivate func lead(
        _ person: Caller,
        in wait: Duration = .zero,
        because reason: String? = nil,
        by caller: Caller? = nil
    ) async throws -> Ref<Shift> {
        try await write { tx in
            try Shift.plan(
                person.person,
                as: .dispatcher,
                from: tx.now + wait,
                to: tx.now + wait + .hours(4),
                overriding: reason,
                by: caller ?? person,
                in: tx
            )
        }
    }

    fileprivate func start(_ shift: Ref<Shift>, by caller: Caller) async throws {
        try await write { tx in try Shift.start(shift, by: caller, in: tx) }
    }
}

@Suite("A role that needs a certificate")
struct ShiftCertificateTests {
    private func key(_ refusal: Refusal?) -> String? { refusal.map { String($0.message.keyed.prefix { $0 != "|" }) } }

    @Test("is served by whoever holds it until somebody has one, and by nobody else after that")
    func beginning() async throws {
        let world = try await World()
        let sol = try await world.member(named: "Sol", [.dispatcher])
        #expect(try await world.database.read { tx in try Shift.beginning(in: tx) } == [.dispatcher])
        let first = try await world.lead(sol)
        try await world.start(first, by: sol)
        _ = try await world.dispatch(world.incident(), by: sol)

        try await world.certify(world.amina)
        #expect(try await world.database.read { tx in try Shift.beginning(in: tx) }.isEmpty)
        let led = try await world.database.read { tx in try Shift.find(first, in: tx).state }
        #expect(led == .on, "who leads, leads on")
        let later = await #expect(throws: Refusal.self) { _ = try await world.lead(sol, in: .days(1)) }
        #expect(key(later) == "response.shift_no_certificate")
        let open = try await world.write { tx in
            try OpenShift.open(
                .dispatcher,
                from: tx.now + .days(2),
                to: tx.now + .days(2) + .hours(4),
                places: 1,
                by: world.amina,
                in: tx
            )
        }
        let taken = await #expect(throws: Refusal.self) {
            try await world.write { tx in _ = try OpenShift.take(open, by: sol, in: tx) }
        }
        #expect(key(taken) == "response.shift_no_certificate")
        let own = try await world.lead(world.amina)
        try await world.start(own, by: world.amina)
        let uma = try await world.member(named: "Uma", [.dispatcher])
        let given = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try HandOver.offer(own, to: uma.person, note: "All quiet", by: world.amina, in: tx)
            }
        }
        #expect(key(given) == "response.shift_no_certificate")
    }

    @Test("is served without one when a coordinator writes why: sealed, on the record, and gone with a trade")
    func explained() async throws {
        let world = try await World()
        try await world.certify(world.amina)
        let sol = try await world.member(named: "Sol", [.dispatcher])
        let silent = await #expect(throws: Refusal.self) { _ = try await world.lead(sol, in: .days(1), by: world.ruth) }
        #expect(silent?.fields["override"]?.keyed.hasPrefix("response.shift_no_certificate|") == true)
        let id = try await world.lead(sol, in: .hours(2), because: "She learned it elsewhere", by: world.ruth)
        let (shift, events) = try await world.database.read { tx in
            (try Shift.find(id, in: tx), try Event.about(id.text, in: tx))
        }
        #expect(shift.isUncertified)
        let event = try #require(events.first { $0.kind == "shift.certificate_overridden" })
        #expect(event.actor == world.ruth.person.text && !event.data.values.contains { $0.contains("learned") })
        let why = try #require(shift.override)
        let keyring = try world.amina.unlockedKeyring()
        #expect(
            try why.open(kind: "shift.override", record: id.text, with: keyring).text == "She learned it elsewhere"
        )

        let incident = try await world.incident()
        let early = await #expect(throws: Refusal.self) { _ = try await world.dispatch(incident, by: sol) }
        #expect(key(early) == "response.send_uncertified", "her shift did not begin")
        let card = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try RunCard.send(to: incident, by: sol, timings: world.timings, places: world.places, in: tx)
            }
        }
        #expect(key(card) == "response.send_uncertified")
        try await world.start(id, by: sol)
        _ = try await world.dispatch(incident, by: sol)

        let other = try await world.lead(sol, in: .days(2), because: "Nobody is in town", by: world.ruth)
        try await world.write { tx in
            try Shift.offer(other, by: sol, in: tx)
            try Shift.takeOver(other, by: world.amina, in: tx)
            try Shift.agree(other, by: world.ruth, in: tx)
        }
        let traded = try await world.database.read { tx in try Shift.find(other, in: tx) }
        #expect(traded.person == world.amina.person && !traded.isUncertified)
    }

    @Test("is served in an emergency by who writes why, when nobody who has one is there")
    func emergency() async throws {
        let world = try await World()
        try await world.certify(world.amina)
        let sol = try await world.member(named: "Sol", [.dispatcher])
        let led = try await world.lead(world.amina)
        try await world.start(led, by: world.amina)
        #expect(try await world.database.read { tx in try !Shift.mayExplain(sol, in: tx) })
        let covered = await #expect(throws: Refusal.self) {
            _ = try await world.lead(sol, because: "I am here anyway")
        }
        #expect(key(covered) == "response.shift_no_certificate", "somebody who has one serves")
        world.clock.advance(by: .hours(7))
        #expect(try await world.database.read { tx in try !Shift.mayExplain(sol, in: tx) }, "she is late, and there")
        world.clock.advance(by: .hours(1))
        #expect(try await world.database.read { tx in try Shift.mayExplain(sol, in: tx) }, "nobody ended it")
        try await world.write { tx in try Shift.end(led, by: world.amina, in: tx) }

        let incident = try await world.incident()
        #expect(try await world.database.read { tx in try Shift.mayExplain(sol, in: tx) })
        let tomorrow = await #expect(throws: Refusal.self) {
            _ = try await world.lead(sol, in: .days(1), because: "Nobody is here")
        }
        #expect(key(tomorrow) == "response.shift_no_certificate", "that can be asked of a coordinator")
        let silent = await #expect(throws: Refusal.self) { _ = try await world.lead(sol) }
        #expect(silent?.fields["override"] != nil)
        let now = try await world.lead(sol, because: "Nobody answers, and people wait")
        try await world.start(now, by: sol)
        _ = try await world.dispatch(incident, by: sol)
    }

    @Test("asks for it when a shift begins, and not again until it ends, whatever became of the certificate")
    func goesOn() async throws {
        let world = try await World()
        let dan = try await world.member(named: "Dan", [.dispatcher])
        let first = try await world.lead(dan)
        try await world.start(first, by: dan)
        try await world.certify(world.amina, for: .hours(2))
        _ = try await world.dispatch(world.incident(), by: dan)
        let incident = try await world.incident()
        _ = try await world.write { tx in
            try RunCard.send(to: incident, by: dan, timings: world.timings, places: world.places, in: tx)
        }
        let beside = await #expect(throws: Refusal.self) { _ = try await world.lead(dan) }
        #expect(key(beside) == "response.shift_beside")
        #expect(try await world.lead(dan, because: "Nobody else is here") == first)
        #expect(try await world.database.read { tx in try Shift.find(first, in: tx) }.isUncertified)

        let own = try await world.lead(world.amina)
        try await world.start(own, by: world.amina)
        world.clock.advance(by: .hours(3))
        _ = try await world.dispatch(world.incident(), by: world.amina)
        try await world.write { tx in
            try HandOver.offer(own, to: dan.person, note: "Mine ran out", by: world.amina, in: tx)
            try HandOver.accept(own, by: dan, in: tx)
        }
        let after = try await world.incident()
        let over = await #expect(throws: Refusal.self) { _ = try await world.dispatch(after, by: world.amina) }
        #expect(key(over) == "response.send_uncertified")
        let next = await #expect(throws: Refusal.self) { _ = try await world.lead(world.amina, in: .days(1)) }
        #expect(key(next) == "response.shift_certificate")
        _ = try await world.dispatch(after, by: dan)
    }

    @Test("lets a reason go onto the shift that is there already and may not begin without one")
    func reasonForPlanned() async throws {
        let world = try await World()
        let dan = try await world.member(named: "Dan", [.dispatcher])
        let planned = try await world.lead(dan, in: .hours(1))
        try await world.certify(world.amina)
        world.clock.advance(by: .minutes(65))
        let incident = try await world.incident()
        let held = await #expect(throws: Refusal.self) { try await world.start(planned, by: dan) }
        #expect(key(held) == "response.shift_no_certificate")
        let unsent = await #expect(throws: Refusal.self) { _ = try await world.dispatch(incident, by: dan) }
        #expect(key(unsent) == "response.send_uncertified")
        let silent = await #expect(throws: Refusal.self) { _ = try await world.lead(dan) }
        #expect(silent?.fields["override"]?.keyed.hasPrefix("response.shift_no_certificate|") == true)
        #expect(try await world.lead(dan, because: "Nobody answers, and people wait") == planned)
        let (shift, events) = try await world.database.read { tx in
            (try Shift.find(planned, in: tx), try Event.about(planned.text, in: tx))
        }
        #expect(shift.isUncertified && events.contains { $0.kind == "shift.certificate_overridden" })
        let why = try #require(shift.override)
        let keyring = try world.amina.unlockedKeyring()
        #expect(
            try why.open(kind: "shift.override", record: planned.text, with: keyring).text
                == "Nobody answers, and people wait"
        )
        try await world.start(planned, by: dan)
        _ = try await world.dispatch(incident, by: dan)
        let again = await #expect(throws: Refusal.self) { _ = try await world.lead(dan, because: "Once more") }
        #expect(key(again) == "response.shift_beside")
    }

    @Test("leaves nobody in a shift that they may not begin, while somebody who has one serves")
    func canceled() async throws {
        let world = try await World()
        let dan = try await world.member(named: "Dan", [.dispatcher])
        let planned = try await world.lead(dan)
        let other = try await world.lead(try await world.member(named: "Eva", [.dispatcher]))
        try await world.certify(world.amina)
        let own = try await world.lead(world.amina)
        try await world.start(own, by: world.amina)
        _ = try await world.incident()
        world.clock.advance(by: .minutes(5))
        let refused = await #expect(throws: Refusal.self) {
            _ = try await world.lead(dan, because: "I am here anyway")
        }
        #expect(key(refused) == "response.shift_no_certificate")
        try await world.write { tx in try Shift.cancel(planned, by: dan, in: tx) }
        let left = try await world.database.read { tx in try Shift.current(.dispatcher, in: tx).map(\.id) }
        #expect(Set(left) == [other, own])
    }

    @Test("that ends soon is told to who has it and to coordinators, a month and a week before, once each")
    func endsSoon() async throws {
        let world = try await World()
        func tell() async throws {
            for _ in 1...2 { try await world.write { tx in try CertificateEnd.tell(in: tx) } }
        }
        try await world.certify(world.amina, for: .days(40))
        try await tell()
        #expect(try await world.told(world.amina).isEmpty)
        #expect(try await world.told(world.ruth).isEmpty)
        world.clock.advance(by: .days(11))
        try await tell()
        #expect(try await world.told(world.amina) == [.certificateEnds])
        #expect(try await world.told(world.ruth) == [.certificateEnds])
        world.clock.advance(by: .days(23))
        try await world.certify(world.lupe, for: .days(6))
        try await tell()
        #expect(try await world.told(world.amina) == [.certificateEnds, .certificateEnds])
        let pages = try await world.database.read { tx in try Message.unread(for: world.ruth.person, in: tx) }
        #expect(pages.map(\.causes.count) == [2], "of several she is told in one")
        let (own, all) = try await world.database.read { tx in
            (try CertificateEnd.shown(to: world.lupe, in: tx), try CertificateEnd.shown(to: world.ruth, in: tx))
        }
        #expect(own.map(\.person) == [world.lupe.person])
        #expect(Set(all.map(\.person)) == [world.lupe.person, world.amina.person])
        world.clock.advance(by: .days(7))
        try await tell()
        #expect(try await world.told(world.amina).isEmpty)
    }

    @Test("that holds now and not at the time of a shift is refused with its day")
    func endsBefore() async throws {
        let world = try await World()
        try await world.certify(world.amina, for: .days(270))
        let end = LocalTime(world.clock.now + .days(270)).isoDay
        let refusal = await #expect(throws: Refusal.self) { _ = try await world.lead(world.amina, in: .days(300)) }
        #expect(key(refusal) == "response.shift_certificate_ends" && refusal?.message.arguments["date"] == end)
        _ = try await world.lead(world.amina, in: .days(200))
    }

    @Test("that ran out counts as none, a coordinator sends all the same, and practice needs none")
    func ranOut() async throws {
        let world = try await World()
        try await world.certify(world.amina, for: .days(1))
        world.clock.advance(by: .days(2))
        let late = await #expect(throws: Refusal.self) { _ = try await world.lead(world.amina) }
        #expect(late?.fields["override"]?.keyed.hasPrefix("response.shift_certificate|") == true)
        let incident = try await world.incident()
        let refusal = await #expect(throws: Refusal.self) { _ = try await world.dispatch(incident) }
        #expect(key(refusal) == "response.send_uncertified")
        _ = try await world.dispatch(incident, by: world.ruth)
        let drill = try await world.incident(of: world.report(world.filing(isExercise: true)))
        _ = try await world.dispatch(drill)
    }
}
