// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Synchronization
import Testing

/// A job that only names itself.
private struct Errand: Job {
    static let kind = "errand"
    let name: String
}

/// Holds whoever waits until it is opened.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if passes { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A job that waits for somebody else's server.
private struct Call: Job { static let kind = "call" }

@Suite("Jobs", .serialized, .timeLimit(.minutes(20)))
struct JobTests {
    private let manual = ManualClock()

    private func database() async throws -> Database { try await Scratch.database(clock: manual.clock) }

    private func enqueue(_ name: String, in database: Database, key: String? = nil, after delay: Duration = .zero)
        async throws
    {
        try await database.write { tx in try tx.enqueue(Errand(name: name), at: tx.now + delay, key: key) }
    }

    private func worker(_ database: Database, _ body: @escaping @Sendable (String) async throws -> Void) -> Worker {
        let worker = Worker.quiet(database)
        worker.handle(Errand.self) { errand in try await body(errand.name) }
        return worker
    }

    private func waiting(_ database: Database) async throws -> Int {
        try await database.read { tx in try JobRow.waiting(in: tx) }
    }

    private func dead(_ database: Database) async throws -> [JobRow] {
        try await database.read { tx in try JobRow.dead(limit: 10, in: tx) }
    }

    /// Until it answers; under contention PostgreSQL may ask us to come again.
    private static func due(_ worker: Worker) async throws -> Int {
        while true {
            do { return try await worker.runDue() } catch let refusal as Refusal where refusal == .busy { continue }
        }
    }

    @Test("A job runs once and is gone, a later one when its time has come")
    func runs() async throws {
        let database = try await database()
        let done = Heard<String>()
        let worker = worker(database) { done.add($0) }
        try await enqueue("now", in: database)
        try await enqueue("later", in: database, after: .minutes(5))
        #expect(try await worker.runDue() == 1)
        #expect(try await worker.runDue() == 0)
        manual.advance(by: .minutes(5) - .milliseconds(1))
        #expect(try await worker.runDue() == 0)
        manual.advance(by: .milliseconds(1))
        #expect(try await worker.runDue() == 1)
        #expect(done.all == ["now", "later"])
        #expect(try await waiting(database) == 0)
    }

    @Test("A job whose cause was undone never runs")
    func undone() async throws {
        let database = try await database()
        await #expect(throws: Mishap.self) {
            try await database.write { tx in
                try tx.enqueue(Errand(name: "undone"))
                throw Mishap()
            }
        }
        #expect(try await waiting(database) == 0)
    }

    @Test("Two workers that race take each job once")
    func race() async throws {
        let scratch = try await Scratch()
        let here = try scratch.open(clock: manual.clock)
        try await here.migrate(Scratch.tables)
        let there = try scratch.another(beside: here)
        let done = Heard<String>()
        let workers = [worker(here) { done.add($0) }, worker(there) { done.add($0) }]
        let names = (1...120).map(String.init)
        try await here.write { tx in for name in names { try tx.enqueue(Errand(name: name)) } }
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in workers {
                group.addTask {
                    var count = 0
                    while case let claimed = try await Self.due(worker), claimed > 0 { count += claimed }
                    return count
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.reduce(0, +) == 120)
        #expect(done.all.sorted() == names.sorted())
        #expect(try await waiting(here) == 0)
    }

    @Test("A job that fails is tried again after 2, 4, 8 … seconds, and put aside after eight tries, for all to see")
    func backOff() async throws {
        let database = try await database()
        let tries = Heard<Instant>()
        let worker = worker(database) { [manual] _ in
            tries.add(manual.now)
            throw Mishap()
        }
        try await enqueue("doomed", in: database)
        let start = manual.now
        for _ in 1...600 {
            try await worker.runDue()
            manual.advance(by: .seconds(1))
        }
        let waits = zip(tries.all, tries.all.dropFirst()).map { ($1 - $0).inSeconds }
        #expect(tries.all.first == start)
        #expect(waits == [2, 4, 8, 16, 32, 64, 128])
        #expect(try await waiting(database) == 0)
        let row = try #require(try await dead(database).first)
        #expect(row.kind == "errand" && row.attempts == 8)
        #expect(row.deadAt == tries.all.last)
        #expect(row.lastError?.contains("Mishap") == true)
    }

    @Test("A job put aside can be given another chance")
    func retried() async throws {
        let database = try await database()
        let isBroken = Mutex(true)
        let done = Heard<String>()
        let failing = worker(database) { name in
            if isBroken.withLock({ $0 }) { throw Mishap() }
            done.add(name)
        }
        try await enqueue("late", in: database)
        for _ in 1...8 {
            try await failing.runDue()
            manual.advance(by: .hours(1))
        }
        let row = try #require(try await dead(database).first)
        isBroken.withLock { $0 = false }
        #expect(try await failing.runDue() == 0)
        try await database.write { tx in try JobRow.retry(row.id, in: tx) }
        #expect(try await failing.runDue() == 1)
        #expect(done.all == ["late"])
        #expect(try await dead(database).isEmpty)
        let refusal = await #expect(throws: Refusal.self) {
            try await database.write { tx in try JobRow.retry(row.id, in: tx) }
        }
        #expect(refusal == .notFound)
    }

    @Test("While one with its key waits, a second is dropped; after it ran, or was put aside, the key is free")
    func keys() async throws {
        let database = try await database()
        let done = Heard<String>()
        let worker = worker(database) { name in
            if name == "bad" { throw Mishap() }
            done.add(name)
        }
        try await enqueue("first", in: database, key: "k")
        try await enqueue("second", in: database, key: "k")
        try await enqueue("other", in: database, key: "l")
        try await enqueue("none", in: database)
        try await enqueue("none", in: database)
        #expect(try await waiting(database) == 4)
        try await worker.runDue()
        #expect(done.all.sorted() == ["first", "none", "none", "other"])
        try await enqueue("third", in: database, key: "k")
        try await worker.runDue()
        #expect(done.all.contains("third"))

        try await enqueue("bad", in: database, key: "k")
        for _ in 1...8 {
            try await worker.runDue()
            manual.advance(by: .hours(1))
        }
        #expect(try await dead(database).count == 1)
        try await enqueue("after the dead", in: database, key: "k")
        try await worker.runDue()
        #expect(done.all.contains("after the dead"))
    }

    @Test("A lease that ran out is taken again, and the first holder can't undo what the second did")
    func lease() async throws {
        let database = try await database()
        let gate = Gate()
        let begun = Heard<String>()
        let slow = worker(database) { _ in
            begun.add("slow")
            await gate.wait()
        }
        let quick = worker(database) { _ in
            begun.add("quick")
            throw Mishap()
        }
        try await enqueue("contested", in: database)
        let held = Task { try await slow.runDue() }
        while begun.all.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        manual.advance(by: .seconds(60))
        #expect(try await quick.runDue() == 0)
        manual.advance(by: .milliseconds(1))
        #expect(try await quick.runDue() == 1)
        #expect(begun.all == ["slow", "quick"])
        // The slow one comes back with a lease that is no longer its own: the job, which failed since, stays.
        gate.open()
        _ = try await held.value
        #expect(try await waiting(database) == 1)
        manual.advance(by: .seconds(4))
        #expect(try await slow.runDue() == 1)
        #expect(try await waiting(database) == 0)
    }

    @Test("A job under which the process died eight times is put aside and not tried for ever")
    func poison() async throws {
        let database = try await database()
        let gate = Gate()
        let begun = Heard<Int>()
        try await enqueue("poison", in: database)
        var held: [Task<Int, any Error>] = []
        for number in 1...8 {
            // A worker that never comes back is what the table sees of a process that died.
            let doomed = worker(database) { _ in
                begun.add(number)
                await gate.wait()
            }
            held.append(Task { try await doomed.runDue() })
            while begun.all.count < number { try await Task.sleep(for: .milliseconds(1)) }
            manual.advance(by: .seconds(61))
        }
        let next = worker(database) { _ in begun.add(9) }
        #expect(try await next.runDue() == 0)
        #expect(begun.all == Array(1...8))
        #expect(try await dead(database).count == 1)
        gate.open()
        for task in held { _ = try await task.value }
    }

    @Test("A kind that nobody handles, and a payload that can't be read, fail as any job does")
    func unknown() async throws {
        let database = try await database()
        try await enqueue("orphan", in: database)
        #expect(try await Worker.quiet(database).runDue() == 1)
        let why = try await database.read { tx in try tx.one(String.self, "SELECT last_error FROM jobs") }
        #expect(why == "nobody handles errand")
        try await database.write { tx in _ = try tx.run("UPDATE jobs SET payload = '{'") }
        manual.advance(by: .minutes(1))
        let done = Heard<String>()
        #expect(try await worker(database) { done.add($0) }.runDue() == 1)
        #expect(done.all.isEmpty)
        #expect(try await waiting(database) == 1)
    }

    @Test("A running worker wakes for a new job at once, and then rests until there is another")
    func rests() async throws {
        let asked = Mutex(0)
        let counting = Clock {
            asked.withLock { $0 += 1 }
            return Clock.system.now()
        }
        let database = try await Scratch.database(clock: counting)
        let done = Heard<String>()
        let worker = worker(database) { done.add($0) }
        let running = Task { await worker.run() }
        for name in ["one", "two", "three"] {
            try await enqueue(name, in: database)
            while !done.all.contains(name) { try await Task.sleep(for: .milliseconds(2)) }
        }
        try await Task.sleep(for: .milliseconds(100))
        let before = asked.withLock { $0 }
        let rest = try await ContinuousClock().measure { try await Task.sleep(for: .milliseconds(1_200)) }
        // A look a second at most, each asking the time twice; a busy machine oversleeps, so by the time that passed.
        #expect(asked.withLock { $0 } - before <= 8 + 4 * Int(rest.components.seconds))
        running.cancel()
        await running.value
    }

    @Test("a job that waits for somebody else's server holds up no other")
    func slow() async throws {
        let database = try await database()
        let (gate, done) = (Gate(), Gate())
        let worker = worker(database) { _ in done.open() }
        worker.handle(Call.self, isSlow: true) { _ in await gate.wait() }
        try await database.write { tx in try tx.enqueue(Call()) }
        try await enqueue("quick", in: database)
        let running = Task { await worker.run() }
        await done.wait()
        #expect(try await waiting(database) >= 1)
        gate.open()
        running.cancel()
        await running.value
    }
}
