// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Glibc
import Support
import Testing

@testable import Kit

/// Files of words, and the snapshot that starts of a server leave beside them.
private final class House {
    let folder: String
    var kept: String { "\(folder)/content.snapshot" }

    init() throws {
        folder = "\(Store.folder)/house-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: "\(folder)/strings", withIntermediateDirectories: true)
        try write("es", #"{"a.b":"Hola","a.c":"Adiós"}"#)
        try write("fa", #"{"a.b":"سلام","language.state":"draft"}"#)
        try write("ko", #"{"a.b":"안녕하세요"}"#)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ code: String) -> String { "\(folder)/strings/\(code).json" }

    func write(_ code: String, _ json: String) throws {
        try json.write(toFile: path(code), atomically: true, encoding: .utf8)
    }

    /// A start of the server: its words, and whether it had to write the snapshot.
    func start() throws -> (library: Library, wrote: Bool) {
        let snapshot = ContentSnapshot(path: kept)
        let library = try ContentSnapshot.$current.withValue(snapshot) { try Library(folder: "\(folder)/strings") }
        return (library, snapshot.keep())
    }

    /// Overwrites what the snapshot has of `text`, in the very file that a running server holds open.
    func spoil(_ text: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: kept))
        let place = try #require(bytes.range(of: Data(text.utf8)))
        let file = try FileHandle(forUpdating: URL(filePath: kept))
        try file.seek(toOffset: UInt64(place.lowerBound))
        try file.write(contentsOf: Data(repeating: 0xFF, count: place.count))
        try file.close()
    }
}

@Suite("Words that are read when they are asked for")
struct LateWordsTests {
    @Test("a second start knows the languages, and says what the first one said")
    func second() throws {
        let house = try House()
        let starts = [try house.start(), try house.start()]
        #expect(starts.map(\.wrote) == [true, false])
        for (library, _) in starts {
            #expect(library.languages.map(\.code) == ["en", "es", "ko", "fa"])
            // Of two words Korean has one, and Persian says it of itself.
            #expect(library.languages.filter(library.isDraft).map(\.code) == ["ko", "fa"])
            #expect(library.words("es")("a.c|Bye") == "Adiós" && library.words("es").language == .spanish)
            #expect(library.words("fa")("a.b|Hello") == "سلام" && library.words("fa")("a.c|Bye") == "Bye")
            #expect(library.words("de")("a.b|Hello") == "Hello" && library.language("de") == nil)
        }
    }

    @Test("a language is read when it is first asked for, once, and not before")
    func late() throws {
        let house = try House()
        _ = try house.start()
        let library = try house.start().library
        #expect(library.words("es")("a.b|Hello") == "Hola")
        try house.spoil("Hola")
        try house.spoil("안녕하세요")
        #expect(library.words("es")("a.b|Hello") == "Hola")
        // Of what somebody wrote into the snapshot the file is read; without it English stands in, until it is there again.
        let korean = try String(contentsOfFile: house.path("ko"), encoding: .utf8)
        try FileManager.default.removeItem(atPath: house.path("ko"))
        #expect(library.words("ko")("a.b|Hello") == "Hello")
        try house.write("ko", korean)
        #expect(library.words("ko")("a.b|Hello") == "안녕하세요")
        #expect(library.words("fa")("a.b|Hello") == "سلام")
    }

    @Test("what is said once in passing is not kept for it")
    func passing() throws {
        let house = try House()
        _ = try house.start()
        let library = try house.start().library
        #expect(library.words("es")("a.b|Hello") == "Hola")
        #expect(["es", "ko"].map { library.passing($0)("a.b|Hello") } == ["Hola", "안녕하세요"])
        for text in ["Hola", "안녕하세요"] { try house.spoil(text) }
        try FileManager.default.removeItem(atPath: house.path("ko"))
        #expect(["es", "ko"].map { library.passing($0)("a.b|Hello") } == ["Hola", "Hello"])
        #expect(library.passing("de").language == .english)
    }

    @Test("words stay those of the start, whatever becomes of the files and of the snapshot")
    func changed() throws {
        let house = try House()
        _ = try house.start()
        let (old, _) = try house.start()
        try house.write("es", #"{"a.b":"Buenas","a.c":"Chau"}"#)
        try FileManager.default.removeItem(atPath: house.path("ko"))
        // Another command beside the server, of the same program, writes the snapshot anew.
        let (new, wrote) = try house.start()
        #expect(wrote && new.words("es")("a.b|Hello") == "Buenas" && new.language("ko") == nil)
        #expect(old.words("es")("a.b|Hello") == "Hola" && old.words("ko")("a.b|Hello") == "안녕하세요")
        try FileManager.default.removeItem(atPath: house.kept)
        #expect(old.words("fa")("a.b|Hello") == "سلام")
        #expect(try house.start().library.words("es")("a.c|Bye") == "Chau")
    }

    @Test("a damaged file stops the start and is named, though the snapshot knew it whole")
    func damaged() throws {
        let house = try House()
        _ = try house.start()
        for json in [#"{"a.b":"Hola","a.c":"Adiós"]"#, #"{"a.b":"Hola""#, ""] {
            try house.write("es", json)
            let problem = #expect(throws: Content.Problem.self) { try house.start() }
            #expect(problem?.path == house.path("es"))
        }
        try house.write("es", #"{"a.b":"Hola","a.c":"Adiós"}"#)
        #expect(try !house.start().wrote)
    }

    @Test("what has a name and can't be read stops the start, and is not taken for missing")
    func unreadable() throws {
        let house = try House()
        let link = house.path("ru")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere")
        #expect(#expect(throws: Content.Problem.self) { try house.start() }?.path == link)
        try FileManager.default.removeItem(atPath: link)
        #expect(mkfifo(link, 0o600) == 0)
        #expect(#expect(throws: Content.Problem.self) { try house.start() }?.path == link)
    }

    @Test("all who are the first to ask get the same words")
    func race() async throws {
        let house = try House()
        let words = (0..<2_000).map { "\"a.n\($0)\":\"\($0) сло́ва\"" }.joined(separator: ",")
        try house.write("ru", "{\(words)}")
        _ = try house.start()
        for _ in 0..<20 {
            let library = try house.start().library
            let said = await withTaskGroup(of: String.self) { group in
                for number in 0..<16 { group.addTask { library.words("ru")("a.n\(number)|none") } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(said) == Set((0..<16).map { "\($0) сло́ва" }))
        }
    }

    @Test("where no snapshot can be written a start does without")
    func readOnly() throws {
        let house = try House()
        try FileManager.default.createDirectory(atPath: house.kept, withIntermediateDirectories: false)
        for _ in 1...2 {
            let (library, wrote) = try house.start()
            let korean = try #require(library.language("ko"))
            #expect(!wrote && library.words("es")("a.b|Hello") == "Hola" && library.isDraft(korean))
        }
    }
}
