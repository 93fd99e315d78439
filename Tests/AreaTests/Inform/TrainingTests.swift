// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import Matching
import Messaging
import People
import Support
import Testing
import Vault

@Suite("Training")
struct TrainingTests {
    private static func courses() throws -> CourseFiles {
        try CourseFiles.load(folder: World.content, facts: try FactFiles.load(folder: World.content))
    }

    private static func certificate(_ world: World, course: String = "legal-observer", days: Int = 365) throws
        -> Certificate
    {
        let now = world.clock.clock.now()
        return try Certificate.sign(
            course: course,
            name: "Sol",
            issued: LocalTime(now).isoDay,
            expires: LocalTime(now + .days(days)).isoDay,
            with: world.keys.opened()
        )
    }

    @Test("every rule of safety must be right; four of five of the others is enough")
    func scores() throws {
        for course in try Self.courses().courses {
            let right = Dictionary(
                uniqueKeysWithValues: course.quiz.map { q in (q.id, q.answers.firstIndex { $0.right == true } ?? -1) }
            )
            #expect(course.score(right, of: course.quiz).isPassed, "\(course.id)")
            #expect(!course.score([:], of: course.quiz).isPassed)
            #expect(!course.score([:], of: []).isPassed)
            for question in course.quiz {
                var answers = right
                answers[question.id] = (right[question.id] ?? 0) == 0 ? 1 : 0
                let score = course.score(answers, of: course.quiz)
                #expect(score.wrong == [question.id])
                #expect(score.isPassed == !question.safety, "\(course.id) \(question.id)")
                answers[question.id] = 99
                #expect(course.score(answers, of: course.quiz).wrong == [question.id])
            }
        }
    }

    @Test("a certificate ends on the same day months later, or on the last day of that month")
    func ends() throws {
        let course = try #require(try Self.courses().course("verifier"))
        #expect(course.end(from: "2026-11-22") == "2027-11-22")
        #expect(course.end(from: "2028-02-29") == "2029-02-28")
    }

    @Test("a shown certificate makes a helper only when a coordinator says yes, until it ends, and recall ends it now")
    func dispatch() async throws {
        let world = try await World()
        let courses = try Self.courses()
        let rosa = try await world.helper(named: "Rosa", skills: [.driver])
        let certificate = try Self.certificate(world)
        let (ruth, amina) = (world.ruth, world.amina)
        func holds() async throws -> Bool {
            let now = world.clock.clock.now()
            return try await world.database.read { tx in
                let rows = try tx.rows(
                    "SELECT expires_at FROM helper_skills WHERE person = \(rosa.person) AND skill = 'observer'"
                )
                return try rows.contains { row in
                    let end: Instant? = try row["expires_at"]
                    return end.map { $0 > now } ?? false
                }
            }
        }
        try await world.database.write { tx in
            try CertificateBook.enter(certificate, in: tx)
            try CertificateBook.enter(certificate, in: tx)
            try CertificateBook.present(certificate, by: rosa, in: tx)
        }
        #expect(try await !holds())
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in
                try CertificateBook.approve(certificate.serial, courses, by: amina, in: tx)
            }
        }
        // Shown by one, it is nobody else's.
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in try CertificateBook.present(certificate, by: amina, in: tx) }
        }
        try await world.database.write { tx in
            try CertificateBook.approve(certificate.serial, courses, by: ruth, in: tx)
        }
        #expect(try await holds())
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in
                try CertificateBook.approve(certificate.serial, courses, by: ruth, in: tx)
            }
        }
        try await world.database.write { tx in
            try CertificateBook.recall(certificate.serial, reason: "Broke a rule", courses, by: ruth, in: tx)
        }
        #expect(try await !holds())
        let standing = try await world.database.read { tx in
            try CertificateBook.standing(of: certificate.serial, in: tx)
        }
        #expect(standing == .recalled(LocalTime(world.clock.clock.now()).isoDay))
    }

    @Test("nobody approves their own; one that ended, was recalled or is unknown is not taken")
    func limits() async throws {
        let world = try await World()
        let courses = try Self.courses()
        let ruth = world.ruth
        let own = try Self.certificate(world)
        let short = try Self.certificate(world, days: 2)
        let unknown = try Self.certificate(world)
        try await world.database.write { tx in
            try CertificateBook.enter(own, in: tx)
            try CertificateBook.enter(short, in: tx)
            try CertificateBook.present(own, by: ruth, in: tx)
        }
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in try CertificateBook.approve(own.serial, courses, by: ruth, in: tx) }
        }
        world.clock.advance(by: .days(4))
        for certificate in [short, unknown] {
            await #expect(throws: Refusal.self) {
                try await world.database.write { tx in try CertificateBook.present(certificate, by: ruth, in: tx) }
            }
        }
    }

    @Test("seats are counted without names: no more than there are, the same form takes one, and one can be given back")
    func seats() async throws {
        let world = try await World()
        let courses = try Self.courses()
        let (ruth, joao) = (world.ruth, world.joao)
        let start = world.clock.clock.now() + .days(3)
        let plan = TrainingSession.Plan(
            course: "verifier",
            language: "es",
            at: LocalTime(start).field,
            minutes: 60,
            place: "Library",
            link: "",
            seats: 2
        )
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in try TrainingSession.plan(plan, courses: courses, by: joao, in: tx) }
        }
        let session = try await world.database.write { tx in
            try TrainingSession.plan(plan, courses: courses, by: ruth, in: tx)
            return try #require(try TrainingSession.coming(in: tx).first)
        }
        let seats = (0..<3).map { _ in Ref<TrainingSeat>.new() }
        try await world.database.write { tx in
            try TrainingSession.takeSeat(seats[0], in: session.id, in: tx)
            try TrainingSession.takeSeat(seats[0], in: session.id, in: tx)
            try TrainingSession.takeSeat(seats[1], in: session.id, in: tx)
        }
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in try TrainingSession.takeSeat(seats[2], in: session.id, in: tx) }
        }
        try await world.database.write { tx in
            try TrainingSession.giveBack(seats[0], in: tx)
            try TrainingSession.takeSeat(seats[2], in: session.id, in: tx)
        }
        let taken = try await world.database.read { tx in try TrainingSession.find(session.id, in: tx)?.taken }
        #expect(taken == 2)
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in try TrainingSession.count(session.id, 2, by: ruth, in: tx) }
        }
        world.clock.advance(by: .days(4))
        try await world.database.write { tx in try TrainingSession.count(session.id, 17, by: ruth, in: tx) }
        let came = try await world.database.read { tx in try TrainingSession.find(session.id, in: tx)?.attended }
        #expect(came == 17)
    }

    /// One date in three days, ten seats, and mail that goes out.
    private static func date(_ world: World, in days: Int = 3) async throws -> TrainingSession {
        let (courses, ruth, keys) = (try courses(), world.ruth, world.keys)
        let plan = TrainingSession.Plan(
            course: "verifier",
            language: "es",
            at: LocalTime(world.clock.clock.now() + .days(days)).field,
            minutes: 60,
            place: "Library",
            link: "",
            seats: 10
        )
        var account = Provider.Account()
        (account.url, account.from) = ("smtp://localhost:25", "vecinos@example.org")
        let settled = account
        return try await world.database.write { tx in
            try Provider(make: .smtp, account: settled).store(by: nil, keys: keys, in: tx)
            try TrainingSession.plan(plan, courses: courses, by: ruth, in: tx)
            return try #require(try TrainingSession.coming(in: tx).first)
        }
    }

    private static func send(_ world: World) async throws -> Int {
        let keys = world.keys
        return try await world.database.write { tx in
            try TrainingNotice.send(saying: { ("\($0)", "\($1.course) \($2)") }, keys: keys, in: tx)
        }
    }

    private static func left(_ world: World) async throws -> Int {
        try await world.database.read { tx in try tx.count("SELECT count(*) FROM training_notices") }
    }

    @Test("who left a way to reach them is reminded once, a day before, and forgotten when it begins")
    func reminders() async throws {
        let world = try await World()
        let session = try await Self.date(world)
        let keys = world.keys
        let seats = (0..<3).map { _ in Ref<TrainingSeat>.new() }
        try await world.database.write { tx in
            for seat in seats { try TrainingSession.takeSeat(seat, in: session.id, in: tx) }
            for (seat, address) in zip(seats, ["sol@example.org", "Sol@Example.org", "luz@example.org"]) {
                try TrainingNotice.ask(address, for: seat, in: session.id, language: "es", keys: keys, in: tx)
            }
        }
        for wrong in ["nobody", "a@b@c"] {
            await #expect(throws: Refusal.self) {
                try await world.database.write { tx in
                    try TrainingNotice.ask(wrong, for: seats[1], in: session.id, language: "es", keys: keys, in: tx)
                }
            }
        }
        // No telephone is open here, so nothing is promised.
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in
                try TrainingNotice.ask("2135550142", for: seats[1], in: session.id, language: "es", keys: keys, in: tx)
            }
        }
        let plain = try await world.database.read { tx in
            try tx.list([UInt8].self, "SELECT address FROM training_notices")
                .filter { String(decoding: $0, as: UTF8.self).contains("example") }.count
        }
        #expect(plain == 0)
        #expect(try await Self.send(world) == 0)
        world.clock.advance(by: .days(2) + .minutes(1))
        #expect(try await Self.send(world) == 2)
        #expect(try await Self.send(world) == 0)
        world.clock.advance(by: .days(1))
        #expect(try await Self.send(world) == 0)
        #expect(try await Self.left(world) == 0)
    }

    @Test(
        "a date that is called off is told at once, and the addresses are gone; a seat given back takes its address along"
    )
    func calledOff() async throws {
        let world = try await World()
        let session = try await Self.date(world)
        let (keys, ruth) = (world.keys, world.ruth)
        let seats = (0..<2).map { _ in Ref<TrainingSeat>.new() }
        try await world.database.write { tx in
            for (seat, address) in zip(seats, ["sol@example.org", "luz@example.org"]) {
                try TrainingSession.takeSeat(seat, in: session.id, in: tx)
                try TrainingNotice.ask(address, for: seat, in: session.id, language: "en", keys: keys, in: tx)
            }
            try TrainingSession.giveBack(seats[1], in: tx)
        }
        #expect(try await Self.left(world) == 1)
        try await world.database.write { tx in try TrainingSession.callOff(session.id, by: ruth, in: tx) }
        #expect(try await Self.send(world) == 1)
        #expect(try await Self.left(world) == 0)
        let waiting = try await world.database.read { tx in
            try tx.list(String.self, "SELECT unique_key FROM outbox")
        }
        #expect(waiting == ["training:calledOff:\(seats[0].text)"])
    }

    @Test("who asks on the last day is reminded two hours before")
    func lateReminder() async throws {
        let world = try await World()
        let session = try await Self.date(world)
        let (keys, seat) = (world.keys, Ref<TrainingSeat>.new())
        world.clock.advance(by: .days(2) + .hours(12))
        try await world.database.write { tx in
            try TrainingSession.takeSeat(seat, in: session.id, in: tx)
            try TrainingNotice.ask("sol@example.org", for: seat, in: session.id, language: "en", keys: keys, in: tx)
        }
        #expect(try await Self.send(world) == 0)
        world.clock.advance(by: .hours(10) + .minutes(1))
        #expect(try await Self.send(world) == 1)
    }
}
