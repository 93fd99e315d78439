// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Inform
import Kit
import People
import Support
import Testing

@testable import Web

@Suite("Guides that are heard, through the door")
struct SoundDoorTests {
    /// A door, with one sound: the first card of the guide `home` in a language.
    private static func door(_ language: String) async throws -> (door: Door, name: String) {
        let door = try await Door()
        let files = door.site.pack.facts
        try await door.world.database.write { tx in _ = try FactBook.take(files, in: tx) }
        let rights = try await door.site.rights.current()
        let card = try #require(rights.guide("home")?.cards.first)
        let name = try #require(ReadAloud(card, rights, door.site.library.words(language))?.name)
        let folder = try #require(door.site.config.soundFolder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("abcdefghij".utf8).write(to: URL(filePath: "\(folder)/\(name).mp3"))
        try Data("old".utf8).write(to: URL(filePath: "\(folder)/\(String(repeating: "a", count: 24)).mp3"))
        try await door.site.rights.look()
        return (door, name)
    }

    @Test("A card has its sound in its language, whole and in ranges", arguments: ["en", "es", "fa"])
    func card(language: String) async throws {
        let (door, name) = try await Self.door(language)
        for asked in ["en", "es", "fa"] {
            let page = try await door.get("/rights/home", [.acceptLanguage: asked])
            #expect(page.status == 200)
            #expect(page.text.contains("/rights/sounds/\(name).mp3") == (asked == language))
        }
        let whole = try await door.get("/rights/sounds/\(name).mp3")
        #expect(whole.status == 200 && whole.text == "abcdefghij" && whole.headers[.contentType] == "audio/mpeg")
        let part = try await door.get("/rights/sounds/\(name).mp3", [.range: "bytes=2-4"])
        #expect(part.status == 206 && part.text == "cde" && part.headers[.contentRange] == "bytes 2-4/10")
        let beyond = try await door.get("/rights/sounds/\(name).mp3", [.range: "bytes=10-"])
        #expect(beyond.status == 416)
    }

    @Test("What nobody is told today is not heard: unknown names, paths, and sounds of older words")
    func unknown() async throws {
        let (door, name) = try await Self.door("en")
        let older = String(repeating: "a", count: 24)
        for path in ["\(older).mp3", "\(name).wav", "\(name)", "..%2F\(name).mp3"] {
            #expect(try await door.get("/rights/sounds/\(path)").status == 404, "\(path)")
        }
    }

    @Test("A fact that is taken back takes the sounds and the recordings of its cards with it")
    func recall() async throws {
        let (door, name) = try await Self.door("en")
        let world = door.world
        let guide = try #require(try await door.site.rights.current().guide("home"))
        let edition = try await door.site.rights.current().edition(of: guide.facts)
        let reader = try await world.member(named: "Reader", [.communicator])
        let listener = world.ruth
        let new = Recording.New(
            guide: "home",
            language: "quc",
            spokenOn: "2026-11-01",
            edition: edition,
            sound: Array("spoken".utf8)
        )
        let id = try await world.database.write { tx in try Recording.add(new, by: reader, in: tx) }
        #expect(try await door.get("/rights/recordings/\(id.text)").status == 404)
        try await world.database.write { tx in try Recording.publish(id, by: listener, in: tx) }
        let page = try await door.get("/rights/home")
        #expect(page.text.contains("/rights/recordings/\(id.text)") && page.text.contains("K’iche’"))
        #expect(page.text.contains("2026-11-01"))
        #expect(try await door.get("/rights/recordings/\(id.text)").text == "spoken")

        let fact = try #require(guide.cards.first?.facts.first)
        try await world.database.write { tx in
            try FactBook.recall(fact, reason: "a test", by: listener, in: tx)
        }
        let after = try await door.get("/rights/home")
        #expect(!after.text.contains("/rights/sounds/\(name)") && !after.text.contains("/rights/recordings/"))
        #expect(try await door.get("/rights/sounds/\(name).mp3").status == 404)
        #expect(try await door.get("/rights/recordings/\(id.text)").status == 404)
    }

    @Test(
        "A range is read strictly",
        arguments: [
            ("bytes=0-4", 0..<5), ("bytes=5-", 5..<10), ("bytes=-3", 7..<10), ("bytes=8-99", 8..<10),
            ("bytes=-99", 0..<10),
            ("bytes=4-3", nil), ("bytes=10-", nil), ("bytes=-0", nil), ("bytes=-", nil), ("bytes=0-1,3-4", nil),
            ("bytes=99999999999999999999-", nil), ("items=0-1", nil), ("bytes=+1-2", nil),
        ] as [(String, Range<Int>?)]
    )
    func range(header: String, expected: Range<Int>?) {
        #expect(SoundAnswer.range(header, of: 10) == expected)
    }
}
