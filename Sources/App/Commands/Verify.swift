// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import People
import Vault

/// Checks a file that this or another instance handed out. Needs no data folder, no network and no key but the public
/// one in the file, which is printed to be compared with the one that the coalition publishes.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Check a log, an evidence bundle, an alert, a mail or a certificate, offline. Exit code 1 when anything does not fit."
    )

    @Argument(
        help:
            "A file from vecinos log export, an evidence bundle, a certificate, an alert with its .sig beside, or the words of a mail with the signature in it."
    )
    var file: String

    @Option(name: .long, help: "The key that must have signed, as NAME+ID+KEY; without it, the key is only printed.")
    var key: String?

    @Option(
        name: .long,
        help: "A checkpoint or log that you kept from earlier: shows that nothing of then was changed."
    )
    var since: String?

    @Option(name: .long, help: "The signature of an alert, when it doesn't stand beside it.")
    var signature: String?

    func run() throws {
        let bytes = try Self.read(file)
        do {
            // What else can be checked joins here: one case a kind of file, told by its first bytes.
            switch Kind(bytes) {
            case .log: try log(bytes)
            case .bundle: try bundle(bytes)
            case .alert: try alert(bytes)
            case .certificate: try certificate(bytes)
            case .words: try words(bytes)
            case nil: throw LogFile.Problem("This is no file that vecinos can check.")
            }
        } catch let problem as LogFile.Problem {
            print("WRONG  \(problem)")
            throw ExitCode(1)
        }
    }

    private enum Kind {
        case log, bundle, alert, certificate, words

        init?(_ bytes: [UInt8]) {
            if bytes.starts(with: "vecinos log 1".utf8) {
                self = .log
            } else if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
                self = .bundle
            } else if bytes.starts(with: "<?xml".utf8) {
                self = .alert
            } else if bytes.starts(with: "VEC1:".utf8) {
                self = .certificate
            } else if let text = String(validating: bytes, as: UTF8.self), SignedWords.isIn(text) {
                self = .words
            } else {
                return nil
            }
        }
    }

    private func log(_ bytes: [UInt8]) throws {
        let log = try LogFile(Self.text(bytes))
        print("right  \(log.leaves.count) entries, in this order, and none left out")
        let erased = log.leaves.count - log.texts.count
        if erased > 0 { print("       \(erased) of them erased: only their hashes are kept") }
        try signed(by: log.verifier)
        guard let since else { return }
        let old = try Self.checkpoint(of: Self.text(Self.read(since)), by: log.verifier)
        guard log.goesOn(from: old) else {
            throw LogFile.Problem("It does not go on from the \(old.size) entries of the earlier checkpoint.")
        }
        print("right  goes on from the \(old.size) entries of the earlier checkpoint")
    }

    private func bundle(_ bytes: [UInt8]) throws {
        let bundle = try EvidenceBundle.Checked(bytes)
        for line in bundle.findings { print("right  \(line)") }
        try signed(by: bundle.verifier)
    }

    /// A certificate is too short to carry the key: it must be given. Any log of the instance names it.
    private func certificate(_ bytes: [UInt8]) throws {
        guard let verifier = key.flatMap(Checkpoint.Verifier.init) else {
            throw ValidationError("--key: a certificate needs the key that the coalition publishes, as NAME+ID+KEY")
        }
        var text = try Self.text(bytes)
        if text.hasSuffix("\n") { text.removeLast() }
        guard let certificate = Certificate(text, by: verifier.signingKey) else {
            throw LogFile.Problem("This certificate was changed, or another key signed it.")
        }
        print("right  \(certificate.course), issued \(certificate.issued)")
        print("right  signed by the key you gave")
        print("       holder: \(certificate.name.debugDescription)")
        guard !certificate.isOver(on: LocalTime(Clock.system.now()).isoDay) else {
            throw LogFile.Problem("It ended on \(certificate.expires).")
        }
        print("right  good until \(certificate.expires)")
        print("       Serial \(certificate.serial). Whether it was taken back, only the coalition’s own page can say.")
    }

    private func alert(_ bytes: [UInt8]) throws {
        let beside = signature ?? (file.hasSuffix(".xml") ? "\(file.dropLast(4)).sig" : "\(file).sig")
        guard let note = AlertNote(try Self.text(Self.read(beside))) else {
            throw LogFile.Problem("The signature does not fit: the note was changed, or is none.")
        }
        guard note.fits(bytes) else { throw LogFile.Problem("The alert is not the one that was signed.") }
        print("right  the alert is as it was signed, every byte of it")
        print("       Whether it still holds is not in its signature: look for a newer one.")
        try signed(by: note.verifier)
    }

    /// A message to subscribers, as a mail or the page of the alert has it.
    private func words(_ bytes: [UInt8]) throws {
        guard let signed = SignedWords(try Self.text(bytes)) else {
            throw LogFile.Problem("The signature does not fit: a word was changed, added or left out.")
        }
        print("right  these words are as they were signed, every one of them:")
        for line in Self.shown(signed.words) { print("       | \(line)") }
        let rest = Self.shown(signed.rest)
        if !rest.isEmpty { print("NOT signed, since it stands below the signature:") }
        for line in rest { print("       | \(line)") }
        print("       Whether it still holds is not in its signature: see the page that it names.")
        try self.signed(by: signed.note.verifier)
    }

    /// Lines that say something, without what a terminal would obey.
    private static func shown(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.properties.generalCategory != .control }))
        }.filter { line in line.contains { !$0.isWhitespace } }
    }

    private func signed(by verifier: Checkpoint.Verifier) throws {
        if let key {
            guard key == verifier.description else { throw LogFile.Problem("Signed by another key: \(verifier)") }
            print("right  signed by the key you gave")
        } else {
            print("signed by \(verifier)")
            print("       Compare this with the key that the coalition publishes: anyone can make a key.")
        }
    }

    /// An earlier note by itself, or the one at the end of an earlier log.
    private static func checkpoint(of text: String, by verifier: Checkpoint.Verifier) throws -> Checkpoint {
        if let note = Checkpoint(text, by: verifier) { return note }
        let log = try LogFile(text)
        guard log.verifier == verifier else { throw LogFile.Problem("The earlier one was signed by another key.") }
        return log.checkpoint
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("\(path): can't be read")
        }
        return Array(data)
    }

    private static func text(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LogFile.Problem("The file was changed: it is not text any more.")
        }
        return text
    }
}

/// `vecinos log`: the append-only record, for whoever checks it.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "The append-only record: take a copy, or the newest signed checkpoint.",
        subcommands: [Export.self, Newest.self]
    )

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Write a whole log, which proves itself."
        )

        @OptionGroup var place: Place

        @Option(name: .long, help: "audit, custody, roster or fund.")
        var log = "audit"

        func run() async throws {
            guard let log = Log(rawValue: log) else { throw ValidationError("--log: audit, custody, roster or fund") }
            let house = try await Compose(Terminal.instance(place), logger: Terminal.logger)
            guard let keys = house.keys.unlocked else {
                throw ValidationError(
                    "The instance is locked: what was written since cannot be signed. Unlock it first."
                )
            }
            do {
                let text = try await house.database.write { tx in try LogFile.export(log, keys: keys, in: tx) }
                print(text, terminator: "")
            } catch let problem as LogFile.Problem {
                FileHandle.standardError.write(Data("WRONG  \(problem)\n".utf8))
                throw ExitCode(1)
            }
        }
    }

    struct Newest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "checkpoint",
            abstract: "Print the newest signed checkpoint. Keep it elsewhere: later logs can be held against it."
        )

        @OptionGroup var place: Place

        @Option(name: .long, help: "audit, custody, roster or fund.")
        var log = "audit"

        func run() async throws {
            guard let log = Log(rawValue: log) else { throw ValidationError("--log: audit, custody, roster or fund") }
            let house = try await Compose(Terminal.instance(place), logger: Terminal.logger)
            guard let note = try await house.database.read({ tx in try log.checkpoint(in: tx) }) else {
                throw ValidationError("Nothing was signed yet.")
            }
            print(note, terminator: "")
        }
    }
}
