// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@testable import Inform

@Suite("Print")
struct PrintTests {
    private static func rights(
        _ change: (inout Fact) -> Void = { _ in },
        day: String = "2026-11-22",
        revision: Int = 1
    ) throws -> (Rights, PrintFiles) {
        let facts = try FactFiles.load(folder: World.content)
        let guides = try GuideFiles.load(folder: World.content, facts: facts)
        let live = facts.facts.map { filed in
            var fact = filed.fact
            change(&fact)
            return (fact: fact, revision: fact.id == "silence" ? revision : 1)
        }
        let rights = Rights(live: live, files: facts, guides: guides, day: day, version: 1)
        return (rights, try PrintFiles.load(folder: World.content, facts: facts, guides: guides))
    }

    private static func recall(_ fact: inout Fact, _ name: String) {
        if fact.id == name { fact.recalled = Fact.Recall(on: "2026-11-22", reason: "wrong") }
    }

    @Test("card and door sign carry only what is settled; what isn't settled on a poster carries its mark")
    func settled() throws {
        let (rights, prints) = try Self.rights()
        for language in [Language.english, .spanish] {
            for piece in prints.pieces {
                let text = PrintText(piece, rights, language)
                let all = text.facts + text.chapters.flatMap { $0.leaves.flatMap(\.facts) }
                #expect(!all.isEmpty, "\(piece.id)")
                for one in all where one.standing != .settled {
                    #expect(piece.id == .poster || piece.id == .large)
                    #expect(one.standing.mark != nil)
                    #expect(one.text.dispute != nil)
                }
                #expect(all.allSatisfy { $0.language == language })
            }
        }
        let poster = PrintText(try #require(prints.piece(.poster)), rights, .english)
        #expect(poster.facts.contains { $0.standing == .contested })
    }

    @Test("a recalled fact is on no piece, nor a phrase that leans on it, and every edition with it is another")
    func recalled() throws {
        let (before, prints) = try Self.rights()
        let (after, _) = try Self.rights { Self.recall(&$0, "silence") }
        for piece in prints.pieces {
            let old = PrintText(piece, before, .english)
            let new = PrintText(piece, after, .english)
            #expect(old.names == new.names)
            let isOn = old.names.contains("silence")
            #expect((old.edition != new.edition) == isOn, "\(piece.id)")
            let leaves = new.chapters.flatMap(\.leaves)
            #expect(!(new.facts + leaves.flatMap(\.facts)).contains { $0.id == "silence" })
            #expect(!(new.say + leaves.flatMap(\.say)).contains { $0.id == "silent" })
        }
        let card = try #require(prints.piece(.card))
        #expect(PrintText(card, before, .english).names.contains("silence"))
    }

    @Test("once facts have expired, card and door sign say nothing of them")
    func expired() throws {
        let (rights, prints) = try Self.rights(day: "2029-01-01")
        #expect(PrintText(try #require(prints.piece(.card)), rights, .spanish).facts.isEmpty)
        let poster = PrintText(try #require(prints.piece(.poster)), rights, .spanish)
        #expect(poster.facts.allSatisfy { $0.standing == .expired })
    }

    @Test("a batch is up to date, then old when a text changes, then recalled; each change is named")
    func batches() async throws {
        let world = try await World()
        let (before, prints) = try Self.rights()
        let (changed, _) = try Self.rights(revision: 2)
        let (gone, _) = try Self.rights { Self.recall(&$0, "door-closed") }
        let text = PrintText(try #require(prints.piece(.card)), before, .spanish)
        let key = PrintBatch.Key(edition: text.edition, piece: "card", language: "es")
        try await world.database.write { tx in
            try PrintBatch.make(key, names: text.names, before, in: tx)
            try PrintBatch.make(key, names: text.names, before, in: tx)
            try PrintBatch.count([key: 3], in: tx)
            try PrintBatch.count([key: 2], in: tx)
        }
        let found = try await world.database.read { tx in try PrintBatch.find(text.edition, in: tx) }
        let batch = try #require(found)
        #expect(batch.downloads == 5)
        #expect(batch.verdict(before) == .current)
        #expect(batch.verdict(changed) == .old)
        #expect(batch.changes(changed).map(\.fact) == ["silence"])
        #expect(batch.changes(changed).map(\.change) == [.words])
        #expect(batch.verdict(gone) == .recalled)
        #expect(batch.changes(gone).first?.change == .recalled)
        let ruth = world.ruth
        let all = try await world.database.read { tx in try PrintBatch.all(by: ruth, in: tx) }
        #expect(all.map(\.key) == [key])
        let lupe = world.lupe
        await #expect(throws: Refusal.self) {
            try await world.database.read { tx in try PrintBatch.all(by: lupe, in: tx) }
        }
    }

    @Test(
        "a code is read as people type it",
        arguments: [
            ("1a2b3c4d", "1a2b3c4d"), ("1A2B-3C4D", "1a2b3c4d"), (" 1a2b 3c4d ", "1a2b3c4d"), ("1a2b-3c4", nil),
            ("1a2b3c4g", nil), ("", nil), ("١٢٣٤١٢٣٤", nil), ("1a2b3c4d\u{301}", nil), ("1a2b3c4d1", nil),
        ] as [(String, String?)]
    )
    func codes(_ typed: String, _ edition: String?) { #expect(PrintBatch.edition(typed: typed) == edition) }

    @Test("the same text gives the same file, for each piece, paper and language")
    func files() throws {
        let (rights, prints) = try Self.rights()
        let imprint = PrintSheet.Imprint(name: "N", hotline: "1", note: nil, address: "https://vecinos.example.org")
        for piece in prints.pieces {
            let text = PrintText(piece, rights, .spanish)
            let files = try Paper.allCases.map { paper in
                try PrintSheet(text, imprint, paper: paper, date: "D", Words(language: .spanish)).file()
            }
            let again = try PrintSheet(text, imprint, paper: .a4, date: "D", Words(language: .spanish)).file()
            #expect(files[0] != files[1])
            #expect(files[1] == again)
            #expect(files.allSatisfy { $0.count < 300_000 }, "\(piece.id): \(files.map(\.count))")
        }
    }

    @Test("no language loses a word for want of room, on any piece and paper, with and without a QR code")
    func roomForAll() throws {
        let (rights, prints) = try Self.rights()
        let library = try Library(folder: "\(World.content)/strings")
        #expect(library.languages.count == 12)
        for language in library.languages {
            let t = library.words(language.code)
            for address in ["https://vecinos.example.org", ""] {
                let imprint = PrintSheet.Imprint(
                    name: "Faith and Schools Together (demonstration)",
                    hotline: "213-555-0100",
                    note: "This number is for the demonstration. It reaches nobody.",
                    address: address
                )
                for piece in prints.pieces {
                    let text = PrintText(piece, rights, language)
                    for paper in Paper.allCases {
                        let date = "\(text.day) \(paper)"
                        let drawn = try PrintSheet(text, imprint, paper: paper, date: date, t).drawn()
                        #expect(drawn.leftOut.isEmpty, "\(piece.id) \(language.code) \(paper) \(address)")
                    }
                }
            }
        }
    }

    @Test("a poster with far too much goes on over more sheets, and a card tells what it has no room for")
    func tooMuch() throws {
        func filled(_ kind: PrintPiece.Kind) throws -> (file: [UInt8], leftOut: [String]) {
            let (rights, prints) = try Self.rights { fact in
                guard fact.status == .settled, var text = fact.text["en"] else { return }
                text = FactText(
                    statement: String(repeating: "\(text.statement) ", count: 20),
                    means: String(repeating: "\(text.means) ", count: 20)
                )
                fact.text["en"] = text
            }
            let text = PrintText(try #require(prints.piece(kind)), rights, .english)
            let imprint = PrintSheet.Imprint(name: "N", hotline: "1", note: nil, address: "")
            return try PrintSheet(text, imprint, paper: .letter, date: "D", Words(language: .english)).drawn()
        }
        let poster = try filled(.poster)
        #expect(poster.leftOut.isEmpty)
        let pages = String(decoding: poster.file, as: UTF8.self).matches(of: #/\/Type \/Page[^s]/#).count
        #expect(pages > 1)
        #expect(!(try filled(.card).leftOut.isEmpty))
    }

    @Test("a piece that names what doesn't exist stops the start and is named")
    func files_refused() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let facts = try FactFiles.load(folder: World.content)
        let guides = try GuideFiles.load(folder: World.content, facts: facts)
        for (text, reason) in [
            ("pieces: [{id: card, facts: [nothing-such], say: []}]", "card: facts: there is no fact nothing-such"),
            ("pieces: [{id: card, facts: [], say: [nothing]}]", "card: say: there is no phrase nothing"),
            ("pieces: [{id: card, facts: [], say: []}]", "must each be there once"),
        ] {
            try text.write(toFile: "\(folder)/print.yaml", atomically: true, encoding: .utf8)
            let problem = #expect(throws: Content.Problem.self) {
                try PrintFiles.load(folder: folder, facts: facts, guides: guides)
            }
            #expect(problem?.description.contains(reason) == true, "\(String(describing: problem))")
        }
    }
}
