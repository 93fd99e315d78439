// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing
import Vault

/// Reports as the tests file them.
extension World {
    static let hollenbeck = Whereabouts(text: "Hollenbeck Park", point: Point(latitude: 34.0415, longitude: -118.2171))
    static let pacoima = Whereabouts(text: "Pacoima", point: Point(latitude: 34.2625, longitude: -118.4271))

    /// A JPEG as far as anybody can tell from its first bytes.
    static func photo(_ seed: UInt8 = 1) -> [UInt8] { [0xFF, 0xD8, 0xFF, 0xE0] + Array(repeating: seed, count: 200) }

    /// As a form with these files brings them.
    func files(_ all: [UInt8]...) async throws -> ReceivedFiles {
        let folder = try #require(database.companions.first(EvidenceFolder.self))
        var received = ReceivedFiles()
        for bytes in all {
            do {
                let incoming = try folder.receive(from: nil)
                try await incoming.add(bytes)
                if let file = try await incoming.finish() { received.all.append(file) }
            } catch let problem as EvidenceFolder.Problem {
                received.problem = problem.words
            }
        }
        return received
    }

    func filing(
        _ words: String = "White vans and men in vests by the lake at Hollenbeck Park",
        at place: Whereabouts = hollenbeck,
        from source: String? = nil,
        isExercise: Bool = false
    ) -> ReportFiling {
        ReportFiling(
            kind: "vehicles",
            words: words,
            whereabouts: place,
            language: "en",
            source: source,
            isExercise: isExercise
        )
    }

    @discardableResult
    func report(_ filing: ReportFiling? = nil, _ submission: Submission = .once) async throws -> Intake.Receipt {
        try await intake.take(filing ?? self.filing(), submission: submission)
    }

    /// The incident that a report is part of.
    func incident(of receipt: Intake.Receipt) async throws -> Ref<Incident> {
        try await incident(of: receipt.report)
    }

    func card(_ id: Ref<Incident>) async throws -> Board.Card {
        let amina = amina
        let card = try await database.read { tx in try Board.card(id, by: amina, in: tx) }
        guard let card else { throw Refusal.notFound }
        return card
    }

    func board() async throws -> Board {
        let amina = amina
        return try await database.read { tx in try Board.snapshot(by: amina, in: tx) }
    }

    func status() async throws -> PublicStatus { try await database.read { tx in try PublicStatus.load(in: tx) } }

    func answer(_ code: ReporterCode) async throws -> ReportAnswer? {
        try await database.read { tx in try Report.lookup(code, in: tx) }
    }

    @discardableResult
    func verify(
        _ id: Ref<Incident>,
        _ finding: Verification.Finding,
        by caller: Caller? = nil,
        expecting version: Int? = nil
    ) async throws -> Incident.Outcome {
        var seen = finding
        if seen.how == .onScene, seen.witness == nil { seen.witness = try await stoodThere(id) }
        return try await sign(id, seen, by: caller, expecting: version)
    }

    /// As it is: nobody is sent to the scene first.
    @discardableResult
    func sign(
        _ id: Ref<Incident>,
        _ finding: Verification.Finding,
        by caller: Caller? = nil,
        expecting version: Int? = nil
    ) async throws -> Incident.Outcome {
        let (caller, timings) = (caller ?? amina, timings)
        return try await database.write { tx in
            try Incident.verify(id, finding: finding, expecting: version, by: caller, timings: timings, in: tx)
        }
    }
}

extension Verification.Finding {
    static let seen = Verification.Finding(.confirmed, level: .onScene, how: .onScene)
    static let pictured = Verification.Finding(.confirmed, level: .supported, how: .photo)
    static let filmShoot = Verification.Finding(
        .notEnforcement,
        level: .onScene,
        how: .onScene,
        explanation: Explanation("A film crew shoots a scene.", in: "en")
    )
}

extension Intake.Receipt {
    /// The code as it is shown.
    var shown: String { code.text }
}
