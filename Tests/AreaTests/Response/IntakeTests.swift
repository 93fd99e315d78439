// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Response
import Support
import Testing
import Vault

@Suite("Reports come in")
struct IntakeTests {
    @Test("A report opens an incident that the board shows, and its code finds the answer")
    func becomesAnIncident() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let board = try await world.board()
        let card = try #require(board.toVerify.first)
        #expect(board.toVerify.count == 1)
        #expect(card.kind == .vehicles)
        #expect(card.zone == "boyle-heights")
        #expect(card.reports == 1)
        #expect(receipt.code.groups.count == 7)
        let answer = try #require(await world.answer(try ReporterCode(typed: receipt.shown.lowercased())))
        #expect(answer.answer == .checking)
        #expect(answer.zone == "boyle-heights")
    }

    @Test("What comes in after somebody left the team is closed to them, though the team's key was kept ready")
    func sealsToWhoIsThere() async throws {
        let world = try await World()
        try await world.report()
        let (ruth, lupe) = (world.ruth, world.lupe)
        try await world.database.write { tx in try Person.remove(lupe.person, by: ruth, in: tx) }
        let later = try await world.report(world.filing("Two trucks at the school on First Street"))
        let sealed = try await world.database.read { tx in
            try tx.one(Sealed<ReportWords>.self, "SELECT sealed FROM reports WHERE id = \(later.report)")
        }
        let report = try #require(sealed)
        let record = later.report.text
        #expect(throws: VaultError.self) {
            try report.open(kind: "report", record: record, with: lupe.unlockedKeyring())
        }
        let (amina, incident) = (world.amina, try await world.incident(of: later))
        let fresh = try await world.database.read { tx in
            try Caller.scripted(amina.person, keys: amina.unlockedKeyring().member, in: tx)
        }
        let detail = try await world.database.read { tx in try IncidentDetail.load(incident, by: fresh, in: tx) }
        let words = detail.reports.first { $0.report.id == later.report }?.words.content?.words
        #expect(words == "Two trucks at the school on First Street")
    }

    @Test("Thirty reports of one event by six people in ten minutes are one incident")
    func thirtyBecomeOne() async throws {
        let world = try await World()
        let words = [
            "White vans and men in vests by the lake", "Hay camionetas blancas y hombres con chalecos en el parque",
            "Six white vans at Hollenbeck Park, men with vests", "hay migra en el parque hollenbeck camionetas blancas",
            "Men in vests are holding a man in the park by the vans", "La señora ve camionetas blancas junto al lago",
        ]
        let kinds = ["vehicles", "people", "vehicles", "people", "arrest", "vehicles"]
        for index in 0..<30 {
            var filing = world.filing(words[index % 6], from: "phone \(index % 6)")
            filing.kind = kinds[index % 6]
            let (north, east) = (Double(index % 5) * 0.0003, Double(index % 4) * 0.0003)
            filing.whereabouts = Whereabouts(point: Point(latitude: 34.0412 + north, longitude: -118.2174 + east))
            try await world.report(filing)
            world.clock.advance(by: .seconds(20))
        }
        let board = try await world.board()
        #expect(board.toVerify.count == 1)
        #expect(board.toVerify.first?.reports == 30)
        #expect(board.toVerify.first?.independent == 6)
        #expect(board.toVerify.first?.level == .supported)
    }

    @Test("Thirty reports in the same moment are one incident too")
    func concurrentReportsMeet() async throws {
        let world = try await World()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<30 {
                group.addTask { try await world.report(world.filing(from: "phone \(index)")) }
            }
            try await group.waitForAll()
        }
        let board = try await world.board()
        #expect(board.toVerify.map(\.reports) == [30])
    }

    @Test("A change of the setting holds for the next report, also beside what is in memory")
    func groupingFollowsTheSetting() async throws {
        let world = try await World()
        let ruth = world.ruth
        try await world.report(world.filing(from: "a"))
        try await world.write { tx in try Timings.set(["response.group_within_s": 600], by: ruth, in: tx) }
        world.clock.advance(by: .minutes(30))
        try await world.report(world.filing(from: "b"))
        #expect(try await world.board().toVerify.map(\.reports) == [1, 1])
        world.intake.setWindow(.hours(3))
        world.clock.advance(by: .minutes(100))
        try await world.report(world.filing(from: "c"))
        #expect(try await world.board().toVerify.map(\.reports).sorted() == [1, 2])
    }

    @Test("What happens elsewhere is another incident")
    func elsewhereIsAnother() async throws {
        let world = try await World()
        try await world.report()
        try await world.report(world.filing("Vans in a parking lot", at: World.pacoima))
        #expect(try await world.board().toVerify.count == 2)
    }

    @Test("An exercise never meets what is real")
    func exercisesStayApart() async throws {
        let world = try await World()
        try await world.report()
        try await world.report(world.filing(isExercise: true))
        let cards = try await world.board().toVerify
        #expect(cards.count == 2)
        #expect(Set(cards.map(\.isExercise)) == [true, false])
    }

    @Test("The same form sent twice is stored once and shows the same code")
    func twiceSentIsOnceStored() async throws {
        let world = try await World()
        let form = Submission.form(nonce: RandomBytes.take(16))
        let first = try await world.report(nil, form)
        let second = try await world.report(nil, form)
        #expect(second.alreadyKnown)
        #expect(!second.isChanged)
        #expect(second.shown == first.shown)
        #expect(second.report == first.report)
        #expect(try await world.board().toVerify.first?.reports == 1)
    }

    @Test("A form sent again with other words keeps the first and says so")
    func changedFormIsTold() async throws {
        let world = try await World()
        let form = Submission.form(nonce: RandomBytes.take(16))
        let first = try await world.report(nil, form)
        let second = try await world.report(world.filing("Now there are ten of them"), form)
        #expect(second.alreadyKnown && second.isChanged)
        #expect(second.shown == first.shown)
    }

    @Test("A client's key with another body is refused")
    func reusedKeyIsRefused() async throws {
        let world = try await World()
        var filing = world.filing()
        filing.channel = .api
        try await world.report(filing, .idempotencyKey("k-1", bodyHash: [1]))
        let again = try await world.report(filing, .idempotencyKey("k-1", bodyHash: [1]))
        #expect(again.alreadyKnown)
        await #expect(throws: Refusal.self) {
            try await world.report(filing, .idempotencyKey("k-1", bodyHash: [2]))
        }
        await #expect(throws: Refusal.self) {
            try await world.report(filing, .idempotencyKey(String(repeating: "k", count: 201), bodyHash: [1]))
        }
    }

    @Test("Every field that is wrong gets its own sentence")
    func everyFieldIsNamed() async throws {
        let world = try await World()
        let filing = ReportFiling(
            kind: "spaceship",
            words: String(repeating: "a", count: 2_001),
            whereabouts: Whereabouts(text: String(repeating: "b", count: 201), place: "atlantis"),
            seenAt: world.clock.now + .hours(1),
            salute: Salute(size: String(repeating: "c", count: 201)),
            files: try await world.files([1, 2, 3, 4]),
            language: "x"
        )
        let refusal = try await #require(throws: Refusal.self) { try await world.report(filing) }
        #expect(refusal.kind == .invalid)
        #expect(Set(refusal.fields.keys) == ["kind", "words", "where", "seen_at", "size", "photos", "language"])
    }

    @Test("Old, empty and far reports are refused in words")
    func refusesWhatCannotBeChecked() async throws {
        let world = try await World()
        var old = world.filing()
        old.seenAt = world.clock.now - .days(8)
        #expect(try await #require(throws: Refusal.self) { try await world.report(old) }.fields["seen_at"] != nil)
        let empty = ReportFiling()
        #expect(try await #require(throws: Refusal.self) { try await world.report(empty) }.fields["kind"] != nil)
        let vague = ReportFiling(kind: "vehicles")
        #expect(try await #require(throws: Refusal.self) { try await world.report(vague) }.fields["where"] != nil)
        let far = world.filing(at: Whereabouts(point: Point(latitude: 40.7, longitude: -74)))
        #expect(try await #require(throws: Refusal.self) { try await world.report(far) }.fields["where"] != nil)
    }

    @Test("Two thousand letters are taken, in any script")
    func countsLetters() async throws {
        let world = try await World()
        let receipt = try await world.report(world.filing(String(repeating: "移", count: 2_000)))
        #expect(!receipt.alreadyKnown)
    }

    @Test("A number that can get somebody detained is refused on the web, and cut out of a text message")
    func neverKeepsNumbers() async throws {
        let world = try await World()
        var filing = world.filing("They asked for A012 345 678 and left")
        let refusal = try await #require(throws: Refusal.self) { try await world.report(filing) }
        #expect(refusal.fields["words"] != nil)
        filing.channel = .sms
        let receipt = try await world.report(filing)
        let id = try await world.incident(of: receipt)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(detail.reports.first?.words.content?.words == "They asked for ••• and left")
    }

    @Test("Nothing that somebody wrote can be found in the database")
    func nothingLeaks() async throws {
        let world = try await World()
        var filing = world.filing("canarywords at the corner")
        filing.whereabouts.text = "canarystreet"
        filing.salute = Salute(size: "canarysize")
        let receipt = try await world.report(filing)
        let tables = ["reports", "incidents", "incident_reports", "suggestions", "events", "jobs"]
        let dump = try await world.database.read { tx in
            try tables.flatMap { table in try tx.rows(Self.select(table)) }.map { String(describing: $0) }
        }.joined()
        #expect(!dump.contains("canary"))
        #expect(!dump.contains(receipt.shown))
        #expect(dump.contains("boyle-heights"))
    }

    @Test("A member without the team's key sees a closed envelope")
    func envelopesStayClosed() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let (ruth, organisation) = (world.ruth, world.organisation)
        let outsider = try await world.database.write { tx in
            let enrolment = try Enrolment.scripted()
            try Person.enrol(
                enrolment,
                handle: "Nadia",
                organisation: organisation,
                roles: [.dispatcher],
                by: ruth,
                in: tx
            )
            return try Caller.scripted(enrolment.person, keys: enrolment.keys, in: tx)
        }
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: outsider, in: tx) }
        #expect(detail.reports.first?.words == .notForYou)
        #expect(detail.point == nil)
    }

    @Test("A false alarm that is told on is answered at once")
    func falseAlarmAnswersAtOnce() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .filmShoot)
        world.clock.advance(by: .minutes(3))
        let late = try await world.report(world.filing(from: "another phone"))
        let answer = try #require(await world.answer(late.code))
        #expect(answer.answer == .notEnforcement)
        #expect(answer.explanation?.text(in: "es") == "A film crew shoots a scene.")
        #expect(try await world.board().toVerify.isEmpty)
    }

    @Test("What is seen a quarter of an hour after a false alarm was answered is looked at anew, the old one beside it")
    func laterIsNotAnsweredBefore() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .filmShoot)
        world.clock.advance(by: .minutes(15))
        let late = try await world.report(world.filing(from: "another phone"))
        let fresh = try await world.incident(of: late)
        #expect(fresh != id)
        #expect(try await world.card(fresh).suggestions == 1)
        #expect(try await world.answer(late.code)?.answer == .checking)
        var before = world.filing(from: "a slow phone")
        before.seenAt = world.clock.now - .minutes(16)
        let slow = try await world.report(before)
        #expect(try await world.answer(slow.code)?.answer == .notEnforcement)
    }

    @Test("What is seen after a false alarm was closed is never lost in it")
    func closedTakesNothingNew() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .filmShoot)
        let amina = world.amina
        try await world.database.write { tx in try Incident.close(id, by: amina, in: tx) }
        world.clock.advance(by: .minutes(3))
        let late = try await world.report(world.filing(from: "another phone"))
        #expect(try await world.incident(of: late) != id)
        #expect(try await world.board().toVerify.count == 1)
    }

    @Test("What was over and is seen again is a new incident, with the old one beside it")
    func overIsNotAgain() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        let amina = world.amina
        try await world.database.write { tx in try Incident.over(id, by: amina, in: tx) }
        world.clock.advance(by: .minutes(5))
        let fresh = try await world.incident(of: world.report(world.filing(from: "b")))
        #expect(fresh != id)
        #expect(try await world.card(fresh).suggestions == 1)
    }

    @Test("Adding what the team asked for ends the question; the team can take it back too")
    func questionEnds() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let report = receipt.report
        let ask = {
            try await world.write { tx in
                try Report.needsMore(report, asking: .stillThere, by: world.amina, in: tx)
            }
        }
        try await ask()
        #expect(try await world.answer(receipt.code)?.answer == .needsMore(.stillThere))
        let more = ReportFiling(words: "They are leaving now", language: "en")
        _ = try await world.intake.add(more, to: receipt.code, submission: .once)
        #expect(try await world.answer(receipt.code)?.answer == .checking)
        try await ask()
        try await world.write { tx in try Report.withdrawQuestion(report, by: world.amina, in: tx) }
        #expect(try await world.answer(receipt.code)?.answer == .checking)
        await #expect(throws: Refusal.self) {
            try await world.write { tx in try Report.withdrawQuestion(report, by: world.amina, in: tx) }
        }
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try Report.withdrawQuestion(report, by: world.lupe, in: tx) }
        }
    }

    @Test("With the code, more can be added; it is no second witness")
    func addsWithTheCode() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        let more = ReportFiling(words: "They are leaving now", language: "en")
        let added = try await world.intake.add(more, to: receipt.code, submission: .once)
        #expect(added.shown == receipt.shown)
        let card = try await world.card(id)
        #expect(card.reports == 2)
        #expect(card.independent == 1)
        let stranger = ReporterCode.generate()
        let refusal = try await #require(throws: Refusal.self) {
            try await world.intake.add(more, to: stranger, submission: .once)
        }
        #expect(refusal.kind == .notFound)
    }

    @Test("What is added after a false alarm is looked at anew, and the code says so", arguments: [false, true])
    func addsAfterTheAnswer(isClosed: Bool) async throws {
        let world = try await World()
        let receipt = try await world.report()
        let first = try await world.incident(of: receipt)
        let (amina, timings) = (world.amina, world.timings)
        try await world.write { tx in
            let finding = Verification.Finding(.unfounded, level: .single, how: .callBack)
            _ = try Incident.verify(first, finding: finding, by: amina, timings: timings, in: tx)
            if isClosed { try Incident.close(first, by: amina, in: tx) }
        }
        let add = { words in
            let filing = ReportFiling(words: words, language: "es")
            return try await world.intake.add(filing, to: receipt.code, submission: .once)
        }
        let thanks = try await add("Muchas gracias por avisar")
        #expect(try await world.incident(of: thanks.report) == first)
        #expect(try await world.answer(receipt.code)?.answer == .unfounded)

        let news = try await add("Acaban de entrar, están sacando a dos personas esposadas")
        let second = try await world.incident(of: news.report)
        #expect(second != first)
        let card = try await world.card(second)
        #expect(card.state == .unverified)
        #expect(card.zone == (try await world.answer(receipt.code)?.zone))
        #expect(try await world.answer(receipt.code)?.answer == .checking)
        // The false alarm's time is over, and what they added is still looked at.
        try await world.pass(.hours(4))
        _ = try await world.write { tx in try Retention.purge(timings: timings, in: tx) }
        #expect(try await world.answer(receipt.code)?.answer == .checking)
        // What follows stays with what is open now.
        #expect(try await world.incident(of: add("Siguen aquí").report) == second)
    }

    @Test("A photo is kept sealed, known by its hash, and lifts the evidence")
    func keepsPhotos() async throws {
        let world = try await World()
        var filing = world.filing()
        filing.files = try await world.files(World.photo(7), [])
        let id = try await world.incident(of: world.report(filing))
        #expect(try await world.card(id).level == .supported)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        let file = try #require(detail.reports.first?.files.first)
        #expect(file.mediaType == .jpeg)
        #expect(file.sha256 == Fingerprint.sha256(World.photo(7)))
        let opened = try await world.database.write { tx in try EvidenceFile.open(file.id, by: amina, in: tx) }
        #expect(try await opened.whole() == World.photo(7))
        let timeline = try await world.database.read { tx in try IncidentDetail.timeline(of: id, in: tx) }
        #expect(timeline.last?.kind == "file.opened")
    }

    @Test("What was seen hours ago finds what was told of it before, also after a restart")
    func lateReportsMeet() async throws {
        let world = try await World()
        let seen = world.clock.now - .hours(3)
        func tell(_ intake: Intake, _ minute: Int) async throws -> Ref<Incident> {
            var filing = world.filing(from: "phone \(minute)")
            filing.seenAt = seen + .minutes(minute)
            let receipt = try await intake.take(filing, submission: .once)
            return try await world.incident(of: receipt)
        }
        let id = try await tell(world.intake, 0)
        #expect(try await tell(world.intake, 2) == id)
        world.clock.advance(by: .seconds(65))
        try await world.report(world.filing("Something else entirely", at: World.pacoima))
        #expect(try await tell(world.intake, 4) == id)
        let restarted = Intake(database: world.database, keys: world.keys, places: world.places)
        #expect(try await restarted.warm(by: world.amina) == 4)
        world.clock.advance(by: .hours(2))
        #expect(try await restarted.warm(by: world.amina) == 0)
        #expect(try await tell(restarted, 6) == id)
        #expect(try await world.card(id).reports == 4)
    }

    @Test("Who says nothing but the place is attached there, and is no second witness")
    func placeAloneIsNoWitness() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report(world.filing(from: "a")))
        var filing = world.filing(from: "b")
        (filing.kind, filing.words) = ("other", nil)
        filing.whereabouts.text = nil
        #expect(try await world.incident(of: world.report(filing)) == id)
        let card = try await world.card(id)
        #expect(card.reports == 2 && card.independent == 1 && card.level == .single)
        try await world.report(world.filing(from: "c"))
        #expect(try await world.card(id).level == .supported)
    }

    @Test("The same forwarded photo counts as one witness")
    func forwardedPhotoCountsOnce() async throws {
        let world = try await World()
        var filing = world.filing(from: "a")
        filing.files = try await world.files(World.photo())
        let id = try await world.incident(of: world.report(filing))
        filing.source = "b"
        filing.files = try await world.files(World.photo())
        try await world.report(filing)
        let card = try await world.card(id)
        #expect(card.reports == 2)
        #expect(card.independent == 1)
    }

    @Test("A flood waits behind the others")
    func floodWaits() async throws {
        let world = try await World()
        var flood = world.filing("arrest arrest", at: World.pacoima)
        flood.kind = "arrest"
        flood.isOverflow = true
        try await world.report(flood)
        try await world.report()
        let cards = try await world.board().toVerify
        #expect(cards.map(\.isOverflow) == [false, true])
    }

    @Test("After a restart, grouping goes on as soon as a dispatcher looks")
    func warmsUp() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let restarted = Intake(database: world.database, keys: world.keys, places: world.places)
        #expect(try await restarted.warm(by: world.amina) == 1)
        #expect(try await restarted.warm(by: world.amina) == 0)
        _ = try await restarted.take(world.filing(from: "b"), submission: .once)
        #expect(try await world.card(id).reports == 2)
    }

    private static func select(_ table: String) -> SQL {
        switch table {
        case "reports": "SELECT * FROM reports"
        case "incidents": "SELECT * FROM incidents"
        case "incident_reports": "SELECT * FROM incident_reports"
        case "suggestions": "SELECT * FROM suggestions"
        case "events": "SELECT * FROM events"
        default: "SELECT * FROM jobs"
        }
    }
}
