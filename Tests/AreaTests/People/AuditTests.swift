// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@Suite("Audit")
struct AuditTests {
    let cast: PeopleCast

    init() async throws { cast = try await PeopleCast() }

    private func actions(_ log: Log) async throws -> [String] {
        try await cast.read { tx in try log.leaves(in: tx).compactMap(\.text) }
    }

    @Test func `every change of the roster stands in the roster log, and the log proves itself`() async throws {
        let dolores = try await cast.enrolDolores()
        let rosa = try await cast.rosa()
        try await cast.write { tx in try Person.remove(dolores, by: rosa, in: tx) }
        let leaves = try await actions(.roster)
        for action in ["team.created", "person.enrolled", "team.granted", "team.left", "person.removed"] {
            #expect(leaves.contains { $0.contains("\"action\":\"\(action)\"") }, "\(action)")
        }
        let unlocked = try #require(cast.world.keys.unlocked)
        let text = try await cast.write { tx in try LogFile.export(.roster, keys: unlocked, in: tx) }
        #expect(try LogFile(text).leaves.count == leaves.count)
    }

    @Test func `while the instance is locked entries are written, and signed when it is unlocked`() async throws {
        let keys = InstanceKeys(boot: .random(), root: nil)
        #expect(keys.unlocked == nil)
        _ = try await cast.enrolDolores()
        #expect(try await cast.read { tx in try Log.roster.checkpoint(in: tx) } == nil)
        let unlocked = try #require(cast.world.keys.unlocked)
        let signed = try await cast.write { tx in try Log.sign(with: unlocked, in: tx) }
        #expect(signed >= 1)
        #expect(try await cast.write { tx in try Log.sign(with: unlocked, in: tx) } == 0)
    }

    @Test func `opening a report's words is recorded once a member, report and day`() async throws {
        let rosa = try await cast.rosa()
        func open(_ reports: [String]) async throws {
            let new = try await cast.read { tx in try Audit.unrecorded(reports, by: rosa, in: tx) }
            try await cast.write { tx in try Audit.opened(new, of: "i1", by: rosa, in: tx) }
        }
        try await open(["r1", "r2"])
        try await open(["r1", "r2"])
        var opened = try await actions(.audit).filter { $0.contains("report.opened") }
        #expect(opened.count == 2)
        cast.world.clock.advance(by: .days(1))
        try await open(["r1"])
        opened = try await actions(.audit).filter { $0.contains("report.opened") }
        #expect(opened.count == 3)
        #expect(opened.allSatisfy { $0.contains(rosa.person.text) })
        try await cast.write { tx in try Audit.forget(["r1"], in: tx) }
        opened = try await actions(.audit).filter { $0.contains("report.opened") }
        #expect(opened.count == 1)
        let unlocked = try #require(cast.world.keys.unlocked)
        let text = try await cast.write { tx in try LogFile.export(.audit, keys: unlocked, in: tx) }
        #expect(!text.contains("\"r1\""))
    }

    @Test func `a detail is sealed to the audit team, and the log holds its hash`() async throws {
        let rosa = try await cast.rosa()
        let event = Event("person.noted", subject: rosa.person.text, actor: rosa.person.text)
        try await cast.write { tx in try Audit.record(event, detail: "left out: no audit team yet", in: tx) }
        _ = try await cast.write { tx in try Team.create(name: "Audit", purpose: "audit", by: rosa, in: tx) }
        try await cast.write { tx in try Audit.record(event, detail: "for the hearing in May", in: tx) }
        let details = try await cast.read { tx in try tx.list(Int.self, "SELECT position FROM audit_details") }
        let position = try #require(details.first)
        #expect(details.count == 1)
        let member = try await cast.rosa()
        let read = try await cast.read { tx in try Audit.detail(.audit, position, by: member, in: tx) }
        #expect(read == "for the hearing in May")
        #expect(!(try await actions(.audit).joined().contains("hearing")))
    }
}
