// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Inform
import Kit
import People
import Support
import Testing

/// A small coalition with the pack's facts taken in: Carmen communicates, Teresa coordinates cases, Lena and Noor are
/// attorneys.
struct FactHouse {
    let world: World
    let files: FactFiles
    let carmen: Caller
    let teresa: Caller
    let lena: Caller
    let noor: Caller

    init() async throws {
        world = try await World()
        let files = try FactFiles.load(folder: World.content)
        self.files = files
        carmen = try await world.member(named: "Carmen", [.communicator])
        teresa = try await world.member(named: "Teresa", [.caseCoordinator])
        lena = try await world.member(named: "Lena", [.attorney])
        noor = try await world.member(named: "Noor", [.attorney])
        try await world.database.write { tx in _ = try FactBook.take(files, in: tx) }
    }

    func live(_ id: String) async throws -> FactBook.Live {
        try #require(try await world.database.read { tx in try FactBook.live(id, in: tx) })
    }

    /// A changed fact, drafted by somebody.
    func draft(_ id: String, by writer: Caller, _ change: @Sendable (inout Fact) -> Void) async throws
        -> Ref<FactRevision>
    {
        let live = try await live(id)
        var fact = live.fact
        change(&fact)
        let (new, places) = (fact, files.jurisdictions)
        return try await world.database.write { tx in
            try FactRevision.draft(
                new,
                basedOn: live.revision,
                note: "New ruling",
                jurisdictions: places,
                by: writer,
                in: tx
            )
        }
    }

    func write(_ verb: @escaping @Sendable (Transaction) throws -> Void) async throws {
        try await world.database.write { tx in try verb(tx) }
    }
}

@Suite("Facts")
struct FactTests {
    @Test("a fact goes live when one wrote it, another read it, and an attorney who is neither approved it")
    func approval() async throws {
        let house = try await FactHouse()
        let (teresa, lena) = (house.teresa, house.lena)
        let id = try await house.draft("silence", by: house.carmen) { $0.text["en"]?.means = "Say it once." }
        #expect(try await house.live("silence").fact.text["en"]?.means != "Say it once.")
        try await house.write { tx in try FactRevision.review(id, languages: ["en", "es"], by: teresa, in: tx) }
        #expect(try await house.live("silence").fact.text["en"]?.means != "Say it once.")
        try await house.write { tx in try FactRevision.approve(id, languages: ["en"], by: lena, in: tx) }
        let live = try await house.live("silence")
        #expect(live.fact.text["en"]?.means == "Say it once.")
        #expect(live.fact.text["en"]?.state == .approved)
        #expect(live.fact.text["es"]?.state == .checked)
        #expect(live.revision == 2)
    }

    @Test("nobody reviews their own words, and nobody approves what they wrote or reviewed")
    func differentPeople() async throws {
        let house = try await FactHouse()
        let (lena, noor, carmen) = (house.lena, house.noor, house.carmen)
        let id = try await house.draft("silence", by: lena) { $0.text["en"]?.means = "Say it once." }
        await #expect(throws: Refusal.self) {
            try await house.write { tx in try FactRevision.review(id, languages: ["en"], by: lena, in: tx) }
        }
        try await house.write { tx in try FactRevision.review(id, languages: ["en"], by: noor, in: tx) }
        for attorney in [lena, noor] {
            await #expect(throws: Refusal.self) {
                try await house.write { tx in try FactRevision.approve(id, languages: ["en"], by: attorney, in: tx) }
            }
        }
        await #expect(throws: Refusal.forbidden) {
            try await house.write { tx in try FactRevision.approve(id, languages: ["en"], by: carmen, in: tx) }
        }
        #expect(try await house.live("silence").revision == 1)
    }

    @Test("an observer neither reads the drafts nor writes nor recalls")
    func forbidden() async throws {
        let house = try await FactHouse()
        let lupe = house.world.lupe
        await #expect(throws: Refusal.forbidden) {
            _ = try await house.draft("silence", by: lupe) { $0.text["en"]?.means = "Talk." }
        }
        await #expect(throws: Refusal.forbidden) {
            try await house.write { tx in try FactBook.recall("silence", reason: "No", by: lupe, in: tx) }
        }
        await #expect(throws: Refusal.forbidden) {
            try await house.write { tx in _ = try FactRevision.history(of: "silence", by: lupe, in: tx) }
        }
    }

    @Test("when the English changes, a language that did not follow is outdated and English stands in")
    func outdated() async throws {
        let house = try await FactHouse()
        let (teresa, lena) = (house.teresa, house.lena)
        let id = try await house.draft("silence", by: house.carmen) { $0.text["en"]?.statement = "You can be silent." }
        try await house.write { tx in
            try FactRevision.review(id, languages: ["en"], by: teresa, in: tx)
            try FactRevision.approve(id, languages: ["en"], by: lena, in: tx)
        }
        let live = try await house.live("silence")
        #expect(live.fact.text["es"]?.state == .outdated)
        let rights = try await house.rights(on: "2026-11-22")
        let shown = try #require(rights.entry("silence")).words(.spanish)
        #expect(shown.text.statement == "You can be silent.")
        #expect(shown.language == .english)
    }

    @Test("two drafts of one version: the second can't be approved over the first")
    func moved() async throws {
        let house = try await FactHouse()
        let (teresa, lena, noor) = (house.teresa, house.lena, house.noor)
        let first = try await house.draft("silence", by: house.carmen) { $0.text["en"]?.means = "First." }
        let second = try await house.draft("silence", by: house.carmen) { $0.text["en"]?.means = "Second." }
        try await house.write { tx in
            for id in [first, second] { try FactRevision.review(id, languages: ["en"], by: teresa, in: tx) }
            try FactRevision.approve(first, languages: ["en"], by: lena, in: tx)
        }
        let refusal = await #expect(throws: Refusal.self) {
            try await house.write { tx in try FactRevision.approve(second, languages: ["en"], by: noor, in: tx) }
        }
        #expect(refusal?.kind == .conflict)
        #expect(try await house.live("silence").fact.text["en"]?.means == "First.")
    }

    @Test(
        "a draft needs its sources, its dates in order, and a dispute unless it is settled",
        arguments: [
            ("sources", "sources"), ("review_by", "review_by"), ("dispute", "text.en.dispute"), ("link", "sources"),
            ("settled", "text.en.dispute"),
        ]
    )
    func checks(what: String, field: String) async throws {
        let house = try await FactHouse()
        let name = what == "settled" ? "door-force" : "silence"
        let refusal = await #expect(throws: Refusal.self) {
            _ = try await house.draft(name, by: house.carmen) { fact in
                switch what {
                case "sources": fact.sources = []
                case "review_by": fact.reviewBy = fact.asOf
                case "dispute": fact.status = .contested
                case "settled": fact.status = .settled
                default: fact.sources = [.init(name: "A", url: "javascript:alert(1)", date: "2026-01-01", seen: true)]
                }
            }
        }
        #expect(refusal?.fields[field] != nil)
    }

    @Test("a recall takes effect at once, needs a reason, and only an attorney undoes it")
    func recall() async throws {
        let house = try await FactHouse()
        let (carmen, lena) = (house.carmen, house.lena)
        let before = try await house.world.database.read { tx in try FactBook.version(in: tx) }
        await #expect(throws: Refusal.self) {
            try await house.write { tx in try FactBook.recall("silence", reason: "", by: carmen, in: tx) }
        }
        try await house.write { tx in try FactBook.recall("silence", reason: "A new ruling", by: carmen, in: tx) }
        #expect(try await house.rights(on: "2026-06-01").entry("silence")?.standing == .recalled)
        #expect(try await house.world.database.read { tx in try FactBook.version(in: tx) } > before)
        await #expect(throws: Refusal.forbidden) {
            try await house.write { tx in try FactBook.restore("silence", by: carmen, in: tx) }
        }
        try await house.write { tx in try FactBook.restore("silence", by: lena, in: tx) }
        #expect(try await house.rights(on: "2026-06-01").entry("silence")?.standing == .settled)
    }

    @Test("past its review day a fact is expired, whatever its status; recalled weighs more")
    func expiry() async throws {
        let house = try await FactHouse()
        let carmen = house.carmen
        try await house.write { tx in try FactBook.recall("silence", reason: "Wrong", by: carmen, in: tx) }
        let rights = try await house.rights(on: "2030-01-01")
        #expect(rights.entry("door-force")?.standing == .expired)
        #expect(rights.entry("do-not-sign")?.standing == .expired)
        #expect(rights.entry("silence")?.standing == .recalled)
        #expect(rights.standing(of: ["do-not-sign", "silence"]) == .recalled)
        #expect(rights.standing(of: ["there-is-no-such-fact"]) == .recalled)
    }

    @Test("a fact with variants is told as it holds in our circuit, and the others stay readable")
    func circuits() async throws {
        let house = try await FactHouse()
        let rights = try await house.rights(on: "2026-11-22")
        let record = try #require(rights.entry("record"))
        #expect(record.standing == .settled)
        #expect(record.fact.jurisdiction == "circuit-9")
        let bond = try #require(rights.entry("bond-hearing"))
        #expect(bond.standing == .contested)
        #expect(bond.elsewhere.map(\.circuit).contains("circuit-5"))
        #expect(!bond.elsewhere.map(\.circuit).contains("circuit-9"))
    }

    @Test("a difference is read word by word")
    func difference() async throws {
        let house = try await FactHouse()
        let old = try await house.live("silence").fact
        var new = old
        new.text["en"]?.means = "Say that you want to be silent. Then stay silent."
        let fields = FactDiff(from: old, to: new).fields
        #expect(fields.map(\.name) == ["text.en.means"])
        #expect(
            fields.first?.pieces == [
                .same("Say that you want to"), .removed("stay"), .added("be"), .same("silent. Then stay silent."),
            ]
        )
    }
}

extension FactHouse {
    /// What would be told on a day.
    func rights(on day: String) async throws -> Rights {
        let guides = try GuideFiles.load(folder: World.content, facts: files)
        let live = try await world.database.read { tx in try FactBook.all(in: tx) }
        return Rights(
            live: live.map { ($0.fact, $0.revision) },
            files: files,
            guides: guides,
            day: day,
            version: 1
        )
    }
}
