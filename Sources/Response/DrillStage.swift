// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People

/// Who acts in a drill, and which incident is which.
struct DrillStage: Sendable {
    private let drill: Drill
    private let callers: [Ref<Person>: Caller]
    private let reserved: Set<Ref<Person>>
    private let dispatcher: Caller
    /// Signs second, where one person is not enough.
    private let second: Caller?
    /// The incidents that the reports of a key went to, in order.
    private var homes: [String: [Ref<Incident>]] = [:]
    private var reports: [String: Set<Ref<Report>>] = [:]
    private var points: [String: Point] = [:]
    /// How many more should say yes than could be asked so far.
    private var owed: [String: Int] = [:]
    private(set) var load = DrillLoad()

    init(_ drill: Drill, cast: [Caller], reserved: Set<Ref<Person>>) throws {
        self.drill = drill
        self.reserved = reserved
        callers = Dictionary(cast.map { ($0.person, $0) }) { first, _ in first }
        let lead = cast.first { $0.can(.dispatch) && $0.can(.verify) && $0.isUnlocked }
        guard let lead else {
            throw Refusal(.conflict, "response.drill_no_dispatcher|A drill needs a dispatcher.")
        }
        dispatcher = lead
        second = cast.first { $0.person != lead.person && $0.can(.answer) && $0.can(.seeBoard) && $0.isUnlocked }
    }

    mutating func play(_ action: Scenario.Action) async throws {
        switch action {
        case .report(let call): try await report([call])
        case .dispatch(let key, let needs): try await dispatch(key, needs)
        case .accept(let key, let count): try await accept(key, count)
        case .arrive(let key): try await arrive(key)
        case .verify(let key, let finding): try await verify(key, finding)
        case .observe(let key, let filing): try await observe(key, filing)
        case .over(let key):
            let id = try await incident(key)
            try await write { [dispatcher] tx in try Incident.over(id, by: dispatcher, in: tx) }
        case .close(let key): try await close(key)
        case .mark(let key, let mark):
            let id = try await incident(key)
            try await write { [dispatcher] tx in
                try Incident.record("noted", id, by: dispatcher, ["what": mark.rawValue, "exercise": "1"], in: tx)
            }
        }
    }

    /// Everybody of the cast who is on scene says that they are well, attorneys who were paged that they are on it; what
    /// goes on is reviewed when it is due.
    func keepUp(_ goingOn: Set<String>) async throws {
        let (dispatcher, timings) = (dispatcher, drill.timings)
        for (assignment, caller) in try await mine(of: nil, in: [.onScene]) {
            try await attempt { tx in try CheckIn.checkIn(assignment.id, by: caller, timings: timings, in: tx) }
        }
        for (page, caller) in try await pages() {
            try await attempt { tx in try Message.acknowledge(page.id, by: caller, in: tx) }
        }
        let ids = goingOn.flatMap { homes[$0] ?? [] }
        guard !ids.isEmpty else { return }
        try await attempt { tx in
            for incident in try ids.compactMap({ try Incident.present($0, in: tx) }) {
                guard let due = incident.reviewAt, due <= tx.now else { continue }
                try Incident.review(incident.id, by: dispatcher, timings: timings, in: tx)
            }
        }
    }

    func results() async throws -> [Drill.Result] {
        var results: [Drill.Result] = []
        for (key, expected) in drill.scenario.incidents.sorted(by: { $0.key < $1.key }) {
            let ids = homes[key] ?? []
            let found = try await drill.intake.database.read { tx in
                try ids.compactMap { try Incident.present($0, in: tx) }
            }
            let pieces = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
            let main = found.max { $0.reports < $1.reports }
            results.append(
                Drill.Result(
                    incident: key,
                    expected: expected.ends,
                    truth: main?.truth ?? .unknown,
                    expectedReports: expected.reports,
                    reports: main?.reports ?? 0,
                    pieces: pieces.count
                )
            )
        }
        return results
    }

    func clear() async throws {
        let open = try await drill.intake.database.read { tx in
            try tx.list(
                Ref<Incident>.self,
                "SELECT id FROM incidents WHERE exercise = 1 AND state <> 'closed' AND merged_into IS NULL ORDER BY id"
            )
        }
        let (dispatcher, timings) = (dispatcher, drill.timings)
        for id in open {
            try await sendHome(from: id)
            try await attempt { tx in
                guard let incident = try Incident.present(id, in: tx), incident.state != .closed else { return }
                if incident.state != .answered {
                    let finding = Verification.Finding(.unable, level: .single, how: .callBack)
                    try Incident.verify(id, finding: finding, by: dispatcher, timings: timings, in: tx)
                }
                try Incident.close(id, by: dispatcher, in: tx)
            }
        }
    }

    // MARK: Steps

    /// Calls that come in the same moment: side by side, as callers do. Throws the first refusal, after all were tried.
    mutating func report(_ calls: [Scenario.Call]) async throws {
        let (intake, started) = (drill.intake, ContinuousClock.now)
        var taken: [(call: Scenario.Call, report: Ref<Report>, time: Duration)] = []
        var refusals: [Refusal] = []
        try await withThrowingTaskGroup(of: (Int, Ref<Report>, Duration, Refusal?).self) { group in
            var next = 0
            let start = { (group: inout ThrowingTaskGroup<(Int, Ref<Report>, Duration, Refusal?), any Error>) in
                guard next < calls.count else { return }
                let (index, call) = (next, calls[next])
                next += 1
                group.addTask {
                    let began = ContinuousClock.now
                    do {
                        let receipt = try await intake.take(call.filing(in: intake.places), submission: .once)
                        return (index, receipt.report, ContinuousClock.now - began, nil)
                    } catch let refusal as Refusal {
                        return (index, Ref<Report>.new(), .zero, refusal)
                    }
                }
            }
            for _ in 0..<Self.atOnce { start(&group) }
            while let (index, report, time, refusal) = try await group.next() {
                if let refusal { refusals.append(refusal) } else { taken.append((calls[index], report, time)) }
                start(&group)
            }
        }
        load.note(taken.map(\.time), all: ContinuousClock.now - started, refused: refusals.count)
        for (call, report, _) in taken {
            points[call.expects] = points[call.expects] ?? call.filing(in: intake.places).whereabouts.point
            reports[call.expects, default: []].insert(report)
        }
        let found = taken.map { ($0.call.expects, $0.report) }
        let places = try await intake.database.read { tx in
            try found.compactMap { key, report in try Incident.holding(report, in: tx).map { (key, $0.id) } }
        }
        for (key, home) in places where !(homes[key] ?? []).contains(home) { homes[key, default: []].append(home) }
        if let refusal = refusals.first { throw refusal }
    }

    /// Callers at the same time, whatever the size of the drill.
    private static let atOnce = 64

    /// How it went against the clock. `speed`: how many times quicker than life.
    func score(_ speed: Double) async throws -> DrillScore {
        let (homes, expected, timings) = (homes.mapValues(Set.init), drill.scenario.incidents, drill.timings)
        return try await drill.intake.database.read { tx in
            try DrillScore.taken(homes, expected: expected, timings: timings, speed: speed, in: tx)
        }
    }

    private mutating func dispatch(_ key: String, _ needs: [(role: Skill, wanted: Int)]) async throws {
        try await gather(key)
        let id = try await incident(key)
        let (dispatcher, timings, places, point) = (dispatcher, drill.timings, drill.intake.places, points[key])
        try await attempt { tx in try Incident.startVerifying(id, by: dispatcher, in: tx) }
        for need in needs {
            try await write { tx in
                try Dispatch.open(
                    id,
                    role: need.role,
                    wanted: need.wanted,
                    near: point,
                    by: dispatcher,
                    timings: timings,
                    places: places,
                    in: tx
                )
            }
        }
    }

    private mutating func accept(_ key: String, _ count: Int) async throws {
        let id = try await incident(key)
        var left = count + (owed[key] ?? 0)
        let offers = try await mine(of: id, in: [.offered])
        // Those whom a visitor may play are left to the visitor while others can go.
        let sorted =
            offers.filter { !reserved.contains($0.caller.person) }
            + offers.filter { reserved.contains($0.caller.person) }
        for (assignment, caller) in sorted where left > 0 {
            let went = try await attempt { tx in
                try Assignment.accept(assignment.id, by: caller, in: tx)
                try Assignment.onTheWay(assignment.id, by: caller, in: tx)
            }
            if went { left -= 1 }
        }
        owed[key] = left
    }

    private mutating func arrive(_ key: String) async throws {
        if owed[key] ?? 0 > 0 { try await accept(key, 0) }
        let id = try await incident(key)
        let timings = drill.timings
        for (assignment, caller) in try await mine(of: id, in: [.accepted, .onTheWay]) {
            try await attempt { tx in try Assignment.arrive(assignment.id, by: caller, timings: timings, in: tx) }
        }
    }

    private mutating func verify(_ key: String, _ finding: Verification.Finding) async throws {
        try await gather(key)
        let id = try await incident(key)
        let there = try await finding.how == .onScene ? witness(key, of: id) : nil
        let finding = finding.how == .onScene && there == nil ? finding.withoutWitness : finding
        let (witness, second, timings) = (there ?? dispatcher, second, drill.timings)
        let outcome = try await write { tx in
            try Incident.verify(id, finding: finding, by: witness, timings: timings, in: tx)
        }
        guard outcome == .needsSecondPerson, let second else { return }
        let other = finding.how == .onScene ? finding.withoutWitness : finding
        try await write { tx in try Incident.verify(id, finding: other, by: second, timings: timings, in: tx) }
    }

    /// Somebody of the cast who went there and can sign what they saw; whoever said yes arrives first when nobody did.
    private mutating func witness(_ key: String, of id: Ref<Incident>) async throws -> Caller? {
        if let there = try await arrived(at: id) { return there }
        try await arrive(key)
        if let there = try await arrived(at: id) { return there }
        let (dispatcher, timings, places, point) = (dispatcher, drill.timings, drill.intake.places, points[key])
        try await attempt { tx in
            try Dispatch.open(
                id,
                role: .verifier,
                wanted: 1,
                near: point,
                by: dispatcher,
                timings: timings,
                places: places,
                in: tx
            )
        }
        try await accept(key, 1)
        try await arrive(key)
        return try await arrived(at: id)
    }

    private func arrived(at id: Ref<Incident>) async throws -> Caller? {
        let there = try await mine(of: id, in: [.onScene, .done]).map(\.caller).filter { $0.can(.verify) }
        return try await drill.intake.database.read { tx in
            try there.first { try Verification.isVerifier($0.person, in: tx) }
        }
    }

    private func observe(_ key: String, _ filing: Observation.Filing) async throws {
        let id = try await incident(key)
        let there = try await mine(of: id, in: [.onScene])
        let witness =
            there.first { $0.caller.can(.observe) && $0.assignment.role == .observer }
            ?? there.first { $0.caller.can(.observe) }
        try await drill.intake.observe(filing, of: id, submission: .once, by: witness?.caller ?? dispatcher)
    }

    private func close(_ key: String) async throws {
        let id = try await incident(key)
        try await sendHome(from: id)
        try await write { [dispatcher] tx in try Incident.close(id, by: dispatcher, in: tx) }
    }

    // MARK: Helpers of the steps

    /// Those of the cast who are there say "done"; those still coming are called off.
    private func sendHome(from id: Ref<Incident>) async throws {
        for (assignment, caller) in try await mine(of: id, in: [.onScene]) {
            try await attempt { tx in try Assignment.done(assignment.id, by: caller, in: tx) }
        }
        for (assignment, _) in try await mine(of: id, in: [.accepted, .onTheWay]) {
            try await attempt { [dispatcher] tx in try Assignment.callOff(assignment.id, by: dispatcher, in: tx) }
        }
    }

    /// What a dispatcher would do who sees one event twice: merges it, unless the other piece holds something else too.
    private func gather(_ key: String) async throws {
        guard let ids = homes[key], ids.count > 1, let known = reports[key] else { return }
        let dispatcher = dispatcher
        try await attempt { tx in
            let pieces = try ids.compactMap { try Incident.present($0, in: tx) }
            guard let main = pieces.max(by: { $0.reports < $1.reports }) else { return }
            for piece in Set(pieces.map(\.id)).subtracting([main.id]).sorted(by: { $0.text < $1.text }) {
                let all = try Report.all(of: piece, in: tx).map(\.id)
                guard known.isSuperset(of: all) else { continue }
                try Incident.merge(piece, into: main.id, by: dispatcher, in: tx)
            }
        }
    }

    /// The biggest piece of what the scenario means by a key.
    private func incident(_ key: String) async throws -> Ref<Incident> {
        let ids = homes[key] ?? []
        let main = try await drill.intake.database.read { tx in
            try ids.compactMap { try Incident.present($0, in: tx) }.max { $0.reports < $1.reports }?.id
        }
        guard let main else { throw Refusal.notFound }
        return main
    }

    private func mine(
        of incident: Ref<Incident>?,
        in states: Set<Assignment.State>
    ) async throws -> [(assignment: Assignment, caller: Caller)] {
        let condition: SQL =
            incident.map { "incident = \($0)" } ?? "incident IN (SELECT id FROM incidents WHERE exercise = 1)"
        let list = states.map(\.rawValue).sorted()
        let all = try await drill.intake.database.read { tx in
            try tx.all(
                Assignment.self,
                "SELECT * FROM assignments WHERE \(condition) AND state IN \(list: list) ORDER BY offered_at, id"
            )
        }
        return all.compactMap { assignment in callers[assignment.person].map { (assignment, $0) } }
    }

    private func pages() async throws -> [(page: Message, caller: Caller)] {
        let all = try await drill.intake.database.read { tx in
            try tx.all(
                Message.self,
                """
                SELECT m.* FROM messages m JOIN incidents i ON i.id = m.subject WHERE i.exercise = 1
                    AND m.kind = \(Message.Kind.attorneyPaged) AND m.acknowledged_at IS NULL AND m.declined_at IS NULL
                    AND m.expires_at > \(tx.now)
                """
            )
        }
        return all.compactMap { page in callers[page.person].map { (page, $0) } }
    }

    @discardableResult
    private func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await drill.intake.database.write(body)
    }

    /// A step that a visitor may have taken first.
    @discardableResult
    private func attempt(_ body: @escaping @Sendable (Transaction) throws -> Void) async throws -> Bool {
        do {
            try await drill.intake.database.write(body)
            return true
        } catch is Refusal {
            return false
        }
    }
}

extension Verification.Finding {
    /// What can be said of the same when nobody could go.
    fileprivate var withoutWitness: Verification.Finding {
        var finding = self
        finding.how = .independent
        finding.level = min(level, .supported)
        return finding
    }
}
