// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("The signature of an alert")
struct AlertNoteTests {
    private let file = Array("<alert/>\n".utf8)

    @Test("It is read back, names its key, and fits these bytes only")
    func right() throws {
        let keys = try InstanceKeys.fleeting().opened()
        let note = try AlertNote.sign(file, with: keys)
        let read = try #require(AlertNote(note.note))
        #expect(read == note)
        #expect(read.verifier == (try AlertNote.verifier(of: keys)))
        #expect(read.fits(file))
        #expect(!read.fits(file + [0x0A]))
        #expect(!read.fits([]))
    }

    @Test("No byte of it can be another one")
    func everyByte() throws {
        let note = Array(try AlertNote.sign(file, with: InstanceKeys.fleeting().opened()).note.utf8)
        for index in note.indices {
            var changed = note
            changed[index] ^= 0x01
            #expect(String(validating: changed, as: UTF8.self).flatMap { AlertNote($0) } == nil, "byte \(index)")
        }
        #expect(AlertNote(String(decoding: note.dropLast(), as: UTF8.self)) == nil)
        #expect(AlertNote(String(decoding: note, as: UTF8.self) + "\n") == nil)
    }

    @Test("Another instance's key has another name")
    func another() throws {
        let ours = try AlertNote.sign(file, with: InstanceKeys.fleeting().opened())
        let theirs = try AlertNote.sign(file, with: InstanceKeys.fleeting().opened())
        #expect(ours.verifier != theirs.verifier)
        let mixed = ours.note.replacing("\(ours.verifier)", with: "\(theirs.verifier)")
        #expect(AlertNote(mixed) == nil)
    }

    @Test("While the instance is locked, nothing is signed")
    func locked() throws {
        let keys = InstanceKeys.fleeting()
        let held = try keys.opened()
        keys.lock()
        #expect(throws: VaultError.locked) { try AlertNote.sign(file, with: held) }
    }
}
