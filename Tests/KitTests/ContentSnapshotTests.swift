// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing
import Yams

@testable import Kit

/// A pack of one file, a snapshot of it, and a program that can be replaced.
private final class Shelf {
    struct Law: Decodable, Equatable {
        let id: String
        let words: [String: String]
        let days: Int
        let holds: Bool
        let note: String?
    }

    let folder: String
    var page: String { "\(folder)/law.yaml" }
    var program: String { "\(folder)/program" }
    var kept: String { "\(folder)/content.snapshot" }

    init() throws {
        folder = "\(Store.folder)/shelf-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "first".write(toFile: program, atomically: true, encoding: .utf8)
        try write("Seven days.")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ words: String) throws {
        try "id: appeal\nwords: {en: \(words), es: 'Siete: ñ'}\ndays: 7\nholds: yes\nnote: ~\n"
            .write(toFile: page, atomically: true, encoding: .utf8)
    }

    /// A start: what the file says, and whether the snapshot knew it.
    func start() throws -> (law: Law, wasKnown: Bool) {
        let snapshot = ContentSnapshot(path: kept, program: program)
        let known = snapshot.value(Law.self, page, try Content.bytes(page))
        let law = try ContentSnapshot.$current.withValue(snapshot) { try Content.yaml(Law.self, page) }
        _ = snapshot.keep()
        #expect(known == nil || known == law)
        return (law, known != nil)
    }

    func damage(_ change: (inout [UInt8]) -> Void) throws {
        var bytes = try Content.bytes(kept)
        change(&bytes)
        try Data(bytes).write(to: URL(filePath: kept))
    }
}

/// Whatever a YAML file says, as both decoders read it.
private indirect enum Anything: Decodable, Equatable {
    case none
    case text(String, Int?, Bool?)
    case list([Anything])
    case map([String: Anything])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .none
        } else if let text = try? value.decode(String.self) {
            self = .text(text, try? value.decode(Int.self), try? value.decode(Bool.self))
        } else if let list = try? value.decode([Anything].self) {
            self = .list(list)
        } else {
            self = .map(try value.decode([String: Anything].self))
        }
    }
}

@Suite("The snapshot of the content pack")
struct ContentSnapshotTests {
    @Test("the second start takes from it what the first one read")
    func second() throws {
        let shelf = try Shelf()
        let first = try shelf.start()
        let second = try shelf.start()
        #expect(!first.wasKnown && second.wasKnown && first.law == second.law)
        #expect(second.law.note == nil && second.law.words["es"] == "Siete: ñ" && second.law.holds)
        let attributes = try FileManager.default.attributesOfItem(atPath: shelf.kept)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("a changed file is read anew, though its size and its time are the same")
    func changed() throws {
        let shelf = try Shelf()
        _ = try shelf.start()
        let day = Date(timeIntervalSince1970: 1_000_000)
        for words in ["Seven days.", "Eight days."] {
            try shelf.write(words)
            try FileManager.default.setAttributes([.modificationDate: day], ofItemAtPath: shelf.page)
            #expect(try shelf.start().law.words["en"] == words)
        }
        #expect(try shelf.start().wasKnown)
    }

    @Test("a damaged one is not believed, wherever the damage is, and made anew")
    func damaged() throws {
        let shelf = try Shelf()
        _ = try shelf.start()
        let whole = try Content.bytes(shelf.kept)
        for place in whole.indices {
            try shelf.damage { $0[place] ^= 1 }
            let start = try shelf.start()
            #expect(!start.wasKnown && start.law.words["en"] == "Seven days.")
            #expect(try Content.bytes(shelf.kept) == whole)
        }
        for count in [0, 10, whole.count - 1] {
            try shelf.damage { $0 = Array($0.prefix(count)) }
            #expect(try !shelf.start().wasKnown)
        }
        #expect(try shelf.start().wasKnown)
    }

    @Test("the rows of a CSV file are known to the second start, and read anew when they changed")
    func rows() throws {
        let shelf = try Shelf()
        let table = "\(shelf.folder)/streets.csv"
        func start() throws -> (rows: [[String: String]], wasKnown: Bool) {
            let snapshot = ContentSnapshot(path: shelf.kept, program: shelf.program)
            let known = snapshot.value([[String: String]].self, table, try Content.bytes(table))
            let rows = try ContentSnapshot.$current.withValue(snapshot) { try Content.rows(table) }
            _ = snapshot.keep()
            #expect(known == nil || known == rows)
            return (rows, known != nil)
        }
        for name in ["César Chávez", "Soto"] {
            try "name,aliases\n\"\(name)\",\"a;b\"\nAlvarado,\n".write(toFile: table, atomically: true, encoding: .utf8)
            let expected = [["name": name, "aliases": "a;b"], ["name": "Alvarado", "aliases": ""]]
            for wasKnown in [false, true] {
                let outcome = try start()
                #expect(outcome.rows == expected && outcome.wasKnown == wasKnown)
            }
        }
    }

    @Test("another program does not use it")
    func another() throws {
        let shelf = try Shelf()
        _ = try shelf.start()
        try "other".write(toFile: shelf.program, atomically: true, encoding: .utf8)
        #expect(try !shelf.start().wasKnown)
        #expect(try shelf.start().wasKnown)
    }

    @Test("where it can't be written a start does without")
    func readOnly() throws {
        let shelf = try Shelf()
        try FileManager.default.createDirectory(atPath: shelf.kept, withIntermediateDirectories: false)
        #expect(try shelf.start().law.days == 7)
        #expect(try !shelf.start().wasKnown)
    }

    @Test("a file that is wrong is named as ever, and not kept")
    func wrong() throws {
        let shelf = try Shelf()
        _ = try shelf.start()
        try "id: appeal\nwords: {}\ndays: seven\nholds: yes\n".write(
            toFile: shelf.page,
            atomically: true,
            encoding: .utf8
        )
        for _ in 1...2 {
            let problem = #expect(throws: Content.Problem.self) { try shelf.start() }
            #expect(problem?.description == "\(shelf.page): days: should be Int")
        }
    }

    @Test("a tree says of every file of the pack what Yams says")
    func wholePack() throws {
        var files = 0
        for name in FileManager.default.enumerator(atPath: World.content)?.compactMap({ $0 as? String }) ?? []
        where name.hasSuffix(".yaml") {
            let text = try Content.text("\(World.content)/\(name)")
            let bytes = try ContentTree.bytes(yaml: text)
            let tree = try ContentTree.Branch(bytes, from: 0, to: bytes.count).decode(Anything.self)
            #expect(try tree == YAMLDecoder().decode(Anything.self, from: text), "\(name)")
            files += 1
        }
        #expect(files > 100)
    }

    @Test(
        "what a tree doesn't hold is left to Yams",
        arguments: ["a: &x 1\nb: *x", "<<: {a: 1}", "a: 0x1F", "a: 1_000", "{a: 1}: b", ""]
    )
    func unfit(yaml: String) throws {
        #expect(throws: ContentTree.Unfit.self) { try ContentTree.bytes(yaml: yaml) }
    }
}
