// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("Words with their signature")
struct SignedWordsTests {
    private let words = "Alert. Confirmed near Sylmar.\n\nCall (213) 555-0100.\nhttps://v.example/a/7k3mq"

    @Test("are read back with their key, however their lines are broken")
    func right() throws {
        let keys = try InstanceKeys.fleeting().opened()
        let text = try SignedWords.text(words, with: keys)
        let read = try #require(SignedWords(text))
        #expect(read.note.verifier == (try AlertNote.verifier(of: keys)) && read.rest.isEmpty)
        #expect(SignedWords.folded(read.words) == SignedWords.folded(words))
        #expect(SignedWords(text.replacing("\n", with: "\r\n")) != nil)
        #expect(SignedWords(text.replacing("Sylmar.", with: "\n Sylmar.  ")) != nil)
        #expect(SignedWords(text + "\n--\nleave: https://v.example/x")?.rest == "\n--\nleave: https://v.example/x")
    }

    @Test(
        "are not what was signed when a word is changed, added, left out, split, or put together",
        arguments: [
            ("Sylmar", "Pacoima"), ("Alert. ", ""), ("Alert. ", "Alert. Go now. "), ("Confirmed", "Con firmed"),
            ("near Sylmar", "nearSylmar"), ("a/7k3mq", "a/7k3mq?x"), ("555-0100.", "555-0100.\u{200B}"),
            ("Alert", "alert"),
        ]
    )
    func changed(_ old: String, _ new: String) throws {
        let text = try SignedWords.text(words, with: InstanceKeys.fleeting().opened())
        let other = text.replacing(old, with: new, maxReplacements: 1)
        #expect(other != text && SignedWords(other) == nil && SignedWords.isIn(other))
    }

    @Test("No letter of the signature can be another one, and a note about a file is none about words")
    func note() throws {
        let keys = try InstanceKeys.fleeting().opened()
        let text = try SignedWords.text("Alert", with: keys)
        let bytes = Array(text.utf8)
        for index in bytes.indices.dropFirst(7) where bytes[index] != 0x0A {
            var changed = bytes
            changed[index] ^= 0x01
            #expect(String(validating: changed, as: UTF8.self).flatMap { SignedWords($0) } == nil, "byte \(index)")
        }
        let file = try AlertNote.sign(Array("Alert".utf8), with: keys).note
        #expect(SignedWords("Alert\n\n\(file)") == nil && !SignedWords.isIn(file))
        #expect(AlertNote(file, of: .words) == nil)
        #expect(SignedWords(file.replacing("vecinos alert 1", with: "vecinos words 1")) == nil)
        #expect(SignedWords("vecinos words 1") == nil && SignedWords("") == nil)
    }
}
