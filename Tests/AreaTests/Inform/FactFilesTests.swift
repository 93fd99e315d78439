// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Inform
import Kit
import People
import Support
import Testing

/// A copy of the pack's rights, guides and languages that a test may write into.
private final class Pack: Sendable {
    let folder: String

    init() throws {
        folder = "\(Store.folder)/pack-\(UUID().uuidString)"
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for part in ["rights", "guides", "languages"] where files.fileExists(atPath: "\(World.content)/\(part)") {
            try files.copyItem(atPath: "\(World.content)/\(part)", toPath: "\(folder)/\(part)")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var files: FactFiles {
        get throws { try FactFiles.load(folder: folder) }
    }

    func edit(_ file: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        try #require(text.contains(old))
        try text.replacingOccurrences(of: old, with: new).write(
            toFile: "\(folder)/\(file)",
            atomically: true,
            encoding: .utf8
        )
    }
}

@Suite("Facts in files and in the database")
struct FactFilesTests {
    @Test("what was changed, added and recalled in the browser comes back from the files the same")
    func roundTrip() async throws {
        let house = try await FactHouse()
        let pack = try Pack()
        let (carmen, teresa, lena) = (house.carmen, house.teresa, house.lena)
        let changed = try await house.draft("silence", by: carmen) { fact in
            fact.text["en"]?.means = "Say “no”: it is yours – ñ, 中文, ع."
            fact.text["ko"] = FactText(statement: "침묵", means: "말하지 않아도 됩니다.")
        }
        let variant = try await house.draft("bond-hearing", by: carmen) { $0.variants?[0].reviewBy = "2027-01-05" }
        let added = Fact(
            id: "a-new-fact",
            jurisdiction: "la-city",
            status: .pending,
            asOf: "2026-11-01",
            reviewBy: "2027-01-01",
            sources: [.init(name: "The city: a memo", url: nil, date: "2026-11-01", seen: false)],
            text: ["en": FactText(statement: "It is new.", means: "Wait.", dispute: "Not yet in force.")]
        )
        let places = house.files.jurisdictions
        try await house.write { tx in
            let new = try FactRevision.draft(added, basedOn: 0, note: "New", jurisdictions: places, by: carmen, in: tx)
            for id in [changed, variant, new] {
                try FactRevision.review(id, languages: ["en"], by: teresa, in: tx)
                try FactRevision.approve(id, languages: ["en", "ko"], by: lena, in: tx)
            }
            try FactBook.recall("street-stop", reason: "Overruled: “wait”", by: carmen, in: tx)
        }
        let before = try await house.world.database.read { tx in try FactBook.all(in: tx).map(\.fact) }
        let files = try pack.files
        let given = try await house.world.database.write { tx in
            try FactBook.give(files, folder: pack.folder, in: tx)
        }
        #expect(Set(given.taken) == ["silence", "bond-hearing", "a-new-fact", "street-stop"])
        #expect(given.conflicts.isEmpty)
        #expect(given.files.contains("languages/ko/rights.yaml"))
        // Another instance reads those files.
        let other = try await World()
        let written = try pack.files
        let after = try await other.database.write { tx in
            _ = try FactBook.take(written, in: tx)
            return try FactBook.all(in: tx).map(\.fact)
        }
        #expect(after == before)
        // And for the first one there is nothing left to do, in either direction.
        let (again, back) = try await house.world.database.write { tx in
            (try FactBook.take(written, in: tx), try FactBook.give(written, folder: nil, in: tx))
        }
        #expect(again.same == before.count && again.taken.isEmpty && again.conflicts.isEmpty)
        #expect(back.same == before.count && back.taken.isEmpty && back.files.isEmpty)
    }

    @Test("a file that nobody touched is not written again")
    func untouched() async throws {
        let house = try await FactHouse()
        let pack = try Pack()
        let carmen = house.carmen
        try await house.write { tx in try FactBook.recall("street-stop", reason: "Why", by: carmen, in: tx) }
        let files = try pack.files
        let given = try await house.world.database.write { tx in
            try FactBook.give(files, folder: pack.folder, in: tx)
        }
        #expect(given.files == ["rights/street.yaml"])
    }

    @Test("a change in a file goes live; one on both sides is a conflict with a name, until somebody settles it")
    func conflict() async throws {
        let house = try await FactHouse()
        let pack = try Pack()
        try pack.edit("rights/basics.yaml", "Then stay silent.", "Then say nothing.")
        try pack.edit("rights/home.yaml", "You can talk through it.", "You can speak through it.")
        let (carmen, teresa, lena) = (house.carmen, house.teresa, house.lena)
        let id = try await house.draft("silence", by: carmen) { $0.text["en"]?.means = "Ours." }
        try await house.write { tx in
            try FactRevision.review(id, languages: ["en"], by: teresa, in: tx)
            try FactRevision.approve(id, languages: ["en"], by: lena, in: tx)
        }
        let files = try pack.files
        let first = try await house.world.database.write { tx in try FactBook.take(files, in: tx) }
        #expect(first.taken == ["door-closed"])
        #expect(first.conflicts == ["silence"])
        #expect(try await house.live("silence").fact.text["en"]?.means == "Ours.")
        let settled = try await house.world.database.write { tx in
            try FactBook.take(files, settle: ["silence"], in: tx)
        }
        #expect(settled.taken == ["silence"])
        #expect(
            try await house.live("silence").fact.text["en"]?.means
                == "Say that you want to stay silent. Then say nothing."
        )
    }

    @Test("a pack that was taken is known again, until a file changes; a conflict is looked at at every start")
    func known() async throws {
        let house = try await FactHouse()
        let database = house.world.database
        let pack = try Pack()
        func start(settle: Set<String> = []) async throws -> (wasKnown: Bool, conflicts: [String]) {
            let files = try pack.files
            return try await database.write { tx in
                let wasKnown = try FactBook.hasTaken(files, in: tx)
                return (wasKnown, try FactBook.take(files, settle: settle, in: tx).conflicts)
            }
        }
        _ = try await start()
        #expect(try await start().wasKnown)
        try pack.edit("languages/ko/rights.yaml", "notice:", "# Read again\nnotice:")
        #expect(try await !start().wasKnown)
        let (carmen, teresa, lena) = (house.carmen, house.teresa, house.lena)
        let id = try await house.draft("silence", by: carmen) { $0.text["en"]?.means = "Ours." }
        try await house.write { tx in
            try FactRevision.review(id, languages: ["en"], by: teresa, in: tx)
            try FactRevision.approve(id, languages: ["en"], by: lena, in: tx)
        }
        // What was approved in the browser stays, whether the pack is compared or not.
        let unchanged = try await start()
        #expect(unchanged.wasKnown && unchanged.conflicts.isEmpty)
        try pack.edit("rights/basics.yaml", "Then stay silent.", "Then say nothing.")
        for _ in 1...2 {
            let start = try await start()
            #expect(!start.wasKnown && start.conflicts == ["silence"])
        }
        _ = try await start(settle: ["silence"])
        #expect(try await start().wasKnown)
    }

    @Test("a fact that left the files leaves the database, and counts as taken back where it is used")
    func removed() async throws {
        let house = try await FactHouse()
        let pack = try Pack()
        try FileManager.default.removeItem(atPath: "\(pack.folder)/rights/family.yaml")
        let files = try pack.files
        let outcome = try await house.world.database.write { tx in try FactBook.take(files, in: tx) }
        #expect(outcome.removed.contains("caregiver") && outcome.removed.contains("children-plan"))
        #expect(outcome.removed.allSatisfy { $0.hasPrefix("caregiver") || $0 == "children-plan" })
        #expect(try await house.rights(on: "2026-11-22").standing(of: ["caregiver"]) == .recalled)
    }

    @Test(
        "a bad file stops the start and is named, with its line and field",
        arguments: [
            ("rights/home.yaml", "review_by: '2026-12-22'", "review_by: '2020-12-22'", "review_by"),
            ("rights/home.yaml", "status: contested", "status: settled", ".dispute"),
            ("rights/home.yaml", "- id: home-warrant", "- id: silence", "silence"),
            ("rights/home.yaml", "  - door-force", "  - no-such-fact", "no-such-fact"),
            ("rights/home.yaml", "jurisdiction: us", "jurisdiction: mars", "jurisdiction"),
            ("rights/home.yaml", "as_of: '2026-04-02'", "as_off: '2026-04-02'", "as_of"),
        ]
    )
    func named(file: String, old: String, new: String, says: String) throws {
        let pack = try Pack()
        try pack.edit(file, old, new)
        let problem = #expect(throws: Content.Problem.self) { _ = try pack.files }
        let words = problem?.description ?? ""
        #expect(words.contains(file), "\(words)")
        #expect(words.contains(says), "\(words)")
    }

    @Test(
        "a guide that names what doesn't exist stops the start",
        arguments: [
            ("- door-closed", "- no-such-fact", "no-such-fact"), ("- under-door", "- no-such-phrase", "no-such-phrase"),
            ("go: warrant", "go: nowhere", "nowhere"), ("kind: say", "kind: sing", "kind"),
        ]
    )
    func guides(old: String, new: String, says: String) throws {
        let pack = try Pack()
        try pack.edit("guides/home.yaml", old, new)
        let files = try pack.files
        let problem = #expect(throws: Content.Problem.self) {
            _ = try GuideFiles.load(folder: pack.folder, facts: files)
        }
        #expect(problem?.description.contains("guides/home.yaml") == true)
        #expect(problem?.description.contains(says) == true)
    }

    @Test("a language is added by files alone; what it leaves out is English")
    func language() throws {
        let pack = try Pack()
        let files = FileManager.default
        try files.createDirectory(atPath: "\(pack.folder)/languages/ko/guides", withIntermediateDirectories: true)
        try """
        state: draft
        notice: 이것은 정보입니다.
        facts:
          silence: {statement: "침묵할 수 있습니다.", means: "침묵하십시오."}
        phrases:
          silent: {means: "침묵하고 싶습니다.", sounds: "아이 원트"}
        """.write(toFile: "\(pack.folder)/languages/ko/rights.yaml", atomically: true, encoding: .utf8)
        try """
        state: draft
        name: 문 앞에 있습니다
        lead: 천천히 하십시오.
        cards:
          door: {title: "문을 닫아 두십시오", words: "누구인지 물으십시오."}
        """.write(toFile: "\(pack.folder)/languages/ko/guides/home.yaml", atomically: true, encoding: .utf8)
        let facts = try pack.files
        let guides = try GuideFiles.load(folder: pack.folder, facts: facts)
        let rights = Rights(
            live: facts.facts.map { ($0.fact, 1) },
            files: facts,
            guides: guides,
            day: "2026-11-22",
            version: 1
        )
        let korean = try #require(Language.known.first { $0.code == "ko" })
        let home = try #require(rights.guide("home"))
        #expect(home.name(korean) == "문 앞에 있습니다")
        #expect(home.states["ko"] == .draft)
        #expect(home.cards.first?.title.isIn(korean) == true)
        #expect(home.cards.last?.title.isIn(korean) == false)
        #expect(rights.entry("silence")?.words(korean).text.statement == "침묵할 수 있습니다.")
        #expect(rights.entry("do-not-sign")?.words(korean).language == .english)
        #expect(rights.saying("silent")?.words["ko"]?.means == "침묵하고 싶습니다.")
        #expect(rights.notice(korean) == "이것은 정보입니다.")
    }
}
