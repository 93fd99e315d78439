// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("An incident is checked, answered and closed")
struct IncidentTests {
    @Test("A trained neighbor on the scene confirms it for everybody")
    func confirmedOnScene() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        #expect(try await world.verify(id, .seen) == .answered)
        let card = try await world.card(id)
        #expect(card.state == .answered)
        #expect(card.truth == .confirmed)
        #expect(card.level == .onScene)
        #expect(card.expiresAt == world.clock.now + .hours(3))
        #expect(try await world.status().confirmed.map(\.id) == [id])
        #expect(try await world.answer(receipt.code)?.answer == .confirmed(isOver: false))
    }

    @Test("From a photo, two different people must say so; the same person twice is one")
    func twoPeopleConfirm() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        #expect(try await world.verify(id, .pictured) == .needsSecondPerson)
        #expect(try await world.verify(id, .pictured) == .needsSecondPerson)
        #expect(try await world.status().confirmed.isEmpty)
        #expect(try await world.verify(id, .pictured, by: world.ruth) == .answered)
        #expect(try await world.status().confirmed.count == 1)
    }

    @Test("Nobody is told that somebody went to look where nobody did: the answer says how we know")
    func answersSayHow() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        #expect(try await world.answer(receipt.code)?.how == nil)
        try await world.verify(id, .pictured)
        #expect(try await world.answer(receipt.code)?.how == nil, "one alone is no answer")
        try await world.verify(id, .pictured, by: world.ruth)
        let confirmed = try #require(await world.answer(receipt.code))
        #expect(confirmed.how == .photo && !confirmed.answer.label.keyed.contains("saw"))
        try await world.verify(id, Verification.Finding(.unfounded, level: .single, how: .callBack))
        let unfounded = try #require(await world.answer(receipt.code))
        #expect(unfounded.how == .callBack && !unfounded.answer.label.keyed.contains("looked"))
    }

    @Test("Whoever is no verifier may only be the second to confirm")
    func coordinatorSignsSecond() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        for finding in [Verification.Finding.pictured, .seen, .filmShoot] {
            let refusal = try await #require(throws: Refusal.self) {
                try await world.verify(id, finding, by: world.ruth)
            }
            #expect(refusal.kind == .forbidden)
        }
    }

    @Test("A finding is signed, and shows when it was changed")
    func findingsAreSigned() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .filmShoot)
        let amina = world.amina
        let before = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(before.verifications.map(\.isSigned) == [true])
        try await world.database.write { tx in _ = try tx.run("UPDATE verifications SET truth = 'confirmed'") }
        let after = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(after.verifications.map(\.isSigned) == [false])
    }

    @Test("A finding that does not fit is refused in words")
    func badFindings() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let cases: [(Verification.Finding, String)] = [
            (Verification.Finding(.unknown, level: .single, how: .photo), "truth"),
            (Verification.Finding(.notEnforcement, level: .onScene, how: .onScene), "explanation"),
            (Verification.Finding(.confirmed, level: .onScene, how: .photo), "level"),
            (Verification.Finding(.confirmed, level: .structured, how: .callBack), "level"),
        ]
        for (finding, field) in cases {
            let refusal = try await #require(throws: Refusal.self) { try await world.verify(id, finding) }
            #expect(Array(refusal.fields.keys) == [field])
        }
    }

    @Test("A correction replaces the answer for everybody who asked")
    func corrections() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        try await world.verify(id, .seen)
        try await world.verify(id, .filmShoot)
        #expect(try await world.answer(receipt.code)?.answer == .notEnforcement)
        #expect(try await world.status().confirmed.isEmpty)
        #expect(try await world.status().falseToday.count == 1)
    }

    @Test("What was seen on the scene is not taken back from a desk by one person alone")
    func takenBackByTwo() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        let fromDesk = Verification.Finding(.unfounded, level: .single, how: .callBack)
        let unable = Verification.Finding(.unable, level: .structured, how: .callBack)
        #expect(try await world.verify(id, fromDesk) == .needsSecondPerson)
        #expect(try await world.verify(id, fromDesk) == .needsSecondPerson)
        #expect(try await world.status().confirmed.map(\.id) == [id])
        #expect(try await world.verify(id, .seen) == .answered)
        let other = try await world.member(named: "Other", [.verifier, .dispatcher])
        #expect(try await world.verify(id, fromDesk, by: other) == .needsSecondPerson, "it was seen again since")
        #expect(try await world.verify(id, unable) == .needsSecondPerson, "something else is no second word")
        #expect(try await world.verify(id, fromDesk) == .needsSecondPerson)
        #expect(try await world.verify(id, fromDesk, by: world.ruth) == .answered)
        #expect(try await world.card(id).truth == .unfounded)
        #expect(try await world.status().confirmed.isEmpty)
    }

    @Test("Two dispatchers who take the same step at once: one is told that the other was first")
    func sameStepAtOnce() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let callers = [world.amina, world.ruth]
        let refusals = await withTaskGroup(of: Refusal?.self) { group in
            for caller in callers {
                group.addTask {
                    do {
                        try await world.database.write { tx in try Incident.startVerifying(id, by: caller, in: tx) }
                        return nil
                    } catch {
                        return error as? Refusal
                    }
                }
            }
            var all: [Refusal] = []
            for await refusal in group { if let refusal { all.append(refusal) } }
            return all
        }
        #expect(refusals.map(\.kind) == [.conflict])
        #expect(refusals.first?.message.keyed.contains("started checking") == true)
    }

    @Test("Whoever acts on an old page is told what changed")
    func oldPageIsTold() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let seen = try await world.card(id).version
        try await world.verify(id, .filmShoot, expecting: seen)
        let refusal = try await #require(throws: Refusal.self) { try await world.verify(id, .seen, expecting: seen) }
        #expect(refusal.kind == .conflict)
        #expect(try await world.card(id).truth == .notEnforcement)
    }

    @Test("It can be closed only after it was answered, and opened again")
    func closing() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let amina = world.amina
        let early = try await #require(throws: Refusal.self) {
            try await world.database.write { tx in try Incident.close(id, by: amina, in: tx) }
        }
        #expect(early.kind == .conflict)
        try await world.verify(id, .seen)
        try await world.database.write { tx in try Incident.close(id, by: amina, in: tx) }
        let card = try await world.card(id)
        #expect(card.isClosed && card.isOver)
        #expect(try await world.board().active.isEmpty)
        try await world.database.write { tx in try Incident.reopen(id, by: amina, in: tx) }
        #expect(try await world.card(id).state == .answered)
    }

    @Test("It is not closed over the heads of those who are out there")
    func notWhileSomebodyIsOut() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let (amina, joao, timings, places) = (world.amina, world.joao, world.timings, world.places)
        let dispatch = try await world.database.write { tx in
            try Dispatch.open(id, role: .verifier, wanted: 1, by: amina, timings: timings, places: places, in: tx)
        }
        _ = dispatch
        let mine = try await world.database.read { tx in try MyAssignment.current(for: joao, in: tx) }
        let assignment = try #require(mine?.assignment.id)
        try await world.database.write { tx in
            try Assignment.accept(assignment, by: joao, in: tx)
            try Assignment.arrive(assignment, by: joao, timings: timings, in: tx)
        }
        #expect(try await world.verify(id, .seen, by: joao) == .answered)
        let refusal = try await #require(throws: Refusal.self) {
            try await world.database.write { tx in try Incident.close(id, by: amina, in: tx) }
        }
        #expect(refusal.message.arguments["names"] == "João")
        try await world.database.write { tx in
            try Assignment.done(assignment, by: joao, in: tx)
            try Incident.close(id, by: amina, in: tx)
        }
    }

    @Test("What is over asks for nobody: who is on the way is told, nobody new is asked, and it can be closed")
    func overSendsHome() async throws {
        let world = try await World()
        let id = try await world.incident()
        let dispatch = try await world.dispatch(id, wanted: 2)
        let assignment = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(assignment, by: world.joao)
        try await world.write { tx in try Assignment.onTheWay(assignment, by: world.joao, in: tx) }
        try await world.verify(id, .seen, by: world.amina)
        #expect(try await world.state(of: dispatch).state == .asking)
        try await world.write { tx in try Incident.over(id, by: world.amina, in: tx) }
        #expect(try await world.state(of: dispatch).state == .stopped)
        #expect(try await world.told(world.joao).contains(.calledOff))
        #expect(try await world.current(world.joao) == nil)
        let refusal = try await #require(throws: Refusal.self) { _ = try await world.dispatch(id) }
        #expect(refusal.message.keyed.hasPrefix("response.dispatch_settled"))
        #expect(try await world.card(id).asked == 0)
        try await world.write { tx in try Incident.close(id, by: world.amina, in: tx) }
    }

    @Test("What ends by itself asks for nobody either; whoever is on scene is watched until they leave")
    func allClearSendsHome() async throws {
        let world = try await World()
        let id = try await world.incident()
        let dispatch = try await world.dispatch(id, wanted: 2)
        let assignment = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(assignment, by: world.joao)
        try await world.write { tx in
            try Assignment.arrive(assignment, by: world.joao, timings: world.timings, in: tx)
        }
        try await world.verify(id, .seen, by: world.joao)
        try await world.pass(.hours(4))
        #expect(try await world.card(id).isOver)
        #expect(try await world.state(of: dispatch).state == .stopped)
        #expect(try await world.assignments(of: id).first { $0.id == assignment }?.state == .onScene)
        await #expect(throws: Refusal.self) { _ = try await world.dispatch(id) }
    }

    @Test("A reporter sees when the answer last changed, also when it was over or went on after all")
    func answerChanges() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        try await world.pass(.minutes(2))
        try await world.verify(id, .seen)
        #expect(try await world.answer(receipt.code)?.updatedAt == world.clock.now)
        try await world.pass(.minutes(7))
        try await world.write { tx in try Incident.over(id, by: world.amina, in: tx) }
        #expect(try await world.answer(receipt.code)?.updatedAt == world.clock.now)
        try await world.pass(.minutes(3))
        try await world.write { tx in
            try Incident.resume(id, by: world.amina, timings: world.timings, in: tx)
        }
        let resumed = world.clock.now
        #expect(try await world.answer(receipt.code)?.updatedAt == resumed)
        try await world.pass(.minutes(3))
        try await world.write { tx in
            try Incident.review(id, by: world.amina, timings: world.timings, in: tx)
        }
        #expect(try await world.answer(receipt.code)?.updatedAt == resumed, "still going on is the same answer")
        try await world.pass(.minutes(181))
        let ended = try #require(await world.answer(receipt.code))
        #expect(ended.answer == .confirmed(isOver: true) && ended.updatedAt == world.clock.now)
    }

    @Test("A stranger to the incident finds nothing, and without the permission nothing changes")
    func strangers() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let (joao, lupe) = (world.joao, world.lupe)
        let stranger = try await #require(throws: Refusal.self) { try await world.verify(id, .pictured, by: joao) }
        #expect(stranger.kind == .notFound)
        let unable = try await #require(throws: Refusal.self) {
            try await world.database.write { tx in try Incident.close(id, by: lupe, in: tx) }
        }
        #expect(unable.kind == .forbidden)
        await #expect(throws: Refusal.self) {
            try await world.database.read { tx in try IncidentDetail.load(id, by: joao, in: tx) }
        }
    }

    @Test("A confirmed incident asks for a review, and ends by itself when nobody looks")
    func reviewAndAllClear() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .minutes(31))
        try await world.worker.runDue()
        let amina = world.amina
        let messages = try await world.database.read { tx in try Message.unread(for: amina.person, in: tx) }
        #expect(messages.map(\.kind) == [.alertReview])
        #expect(try await world.card(id).needsReview(at: world.clock.now))
        world.clock.advance(by: .hours(3))
        try await world.worker.runDue()
        #expect(try await world.card(id).isOver)
        #expect(try await world.status().over.map(\.id) == [id])
    }

    @Test("Until somebody looks, they are asked again every time; from the second time on coordinators too")
    func askedAgain() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        try await world.pass(.minutes(30))
        #expect(try await world.told(world.amina) == [.alertReview])
        #expect(try await !world.told(world.ruth).contains(.alertReview))
        try await world.pass(.minutes(30))
        #expect(try await world.told(world.amina) == [.alertReview], "the one before has run out")
        #expect(try await world.told(world.ruth).contains(.alertReview))
        #expect(try await world.events(of: id, "incident.review_due").count == 2)
        try await world.write { tx in
            try Incident.review(id, by: world.amina, timings: world.timings, in: tx)
        }
        try await world.pass(.minutes(29))
        #expect(try await world.events(of: id, "incident.review_due").count == 2)
        for minute in 1...5 {
            try await world.pass(.minutes(minute == 1 ? 1 : 30))
            #expect(try await world.events(of: id, "incident.review_due").count == 2 + minute)
        }
        try await world.pass(.minutes(60))
        #expect(try await world.card(id).isOver)
        #expect(try await world.events(of: id, "incident.review_due").count == 7)
    }

    @Test("A review puts off the end")
    func reviewPutsOff() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .minutes(170))
        let (amina, timings) = (world.amina, world.timings)
        try await world.database.write { tx in try Incident.review(id, by: amina, timings: timings, in: tx) }
        world.clock.advance(by: .minutes(20))
        try await world.worker.runDue()
        #expect(try await !world.card(id).isOver)
        world.clock.advance(by: .hours(3))
        try await world.worker.runDue()
        #expect(try await world.card(id).isOver)
    }

    @Test("What staff open themselves stands on the board, its words sealed")
    func staffOpen() async throws {
        let world = try await World()
        let (amina, places) = (world.amina, world.places)
        let id = try await world.database.write { tx in
            let id = try Incident.open(
                kind: .work,
                title: "Call from a shop",
                whereabouts: Whereabouts(place: "pacoima"),
                by: amina,
                places: places,
                in: tx
            )
            try Incident.retitle(id, to: "Call from a bakery", by: amina, in: tx)
            return id
        }
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(detail.card.zone == "pacoima")
        #expect(detail.words?.content?.title == "Call from a bakery")
        #expect(detail.words?.content?.whereabouts.place == "pacoima")
    }

    @Test("A report that is spam leaves the board, and comes back")
    func spam() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        let amina = world.amina
        try await world.database.write { tx in try Report.markSpam(receipt.report, by: amina, in: tx) }
        #expect(try await world.board().toVerify.isEmpty)
        #expect(try await world.answer(receipt.code)?.answer == .closed)
        try await world.database.write { tx in try Report.unmarkSpam(receipt.report, by: amina, in: tx) }
        #expect(try await world.board().toVerify.map(\.id) == [id])
    }

    @Test("A question waits for the reporter behind the code")
    func needsMore() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let amina = world.amina
        try await world.database.write { tx in
            try Report.needsMore(receipt.report, asking: .stillThere, by: amina, in: tx)
        }
        #expect(try await world.answer(receipt.code)?.answer == .needsMore(.stillThere))
    }

    @Test("A debrief is sealed and can be written anew")
    func debrief() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .filmShoot)
        let amina = world.amina
        for words in ["Quick.", "Very quick."] {
            try await world.database.write { tx in
                try AfterAction.write(AfterAction.Words(wentWell: words), of: id, by: amina, in: tx)
            }
        }
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(detail.afterAction?.words.content?.wentWell == "Very quick.")
        #expect(Pace(detail.timeline).toAnswer != nil)
    }
}
