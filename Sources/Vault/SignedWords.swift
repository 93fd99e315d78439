// SPDX-License-Identifier: AGPL-3.0-or-later

/// Words that went to many, with the instance's signature under them, as one text: what a mail carries, and what the page
/// of an alert hands out. The hash is of the words with one space between each, since telephones and mail programs break
/// lines as they like; no word can be added, left out or changed. What stands behind the signature nobody signed.
package struct SignedWords: Sendable, Hashable {
    package let words: String
    package let note: AlertNote
    /// What stands behind the signature: a link to unsubscribe, or what somebody else wrote there.
    package let rest: String

    /// The text with its signature, ending with a line end.
    package static func text(_ words: String, with keys: InstanceKeys.Unlocked) throws -> String {
        "\(words)\n\n\(try AlertNote.sign(folded(words), as: .words, with: keys).note)"
    }

    /// One space between words; the same for the same words however their lines are broken.
    package static func folded(_ text: String) -> [UInt8] {
        Array(
            text.unicodeScalars.split { $0.properties.isWhitespace }.map { String(String.UnicodeScalarView($0)) }
                .joined(separator: " ").utf8
        )
    }

    /// Whether a text has a line that begins such a signature, right or not.
    package static func isIn(_ text: String) -> Bool { begin(lines(text)) != nil }

    /// Nil where there is no note, or one that was changed, or that is not of these words.
    package init?(_ text: String) {
        let lines = Self.lines(text)
        guard let start = Self.begin(lines), lines.count >= start + 5 else { return nil }
        let note = lines[start..<(start + 5)].joined(separator: "\n") + "\n"
        let words = lines[..<start].joined(separator: "\n")
        guard let note = AlertNote(note, of: .words), note.fits(Self.folded(words)) else { return nil }
        self.words = words
        self.note = note
        rest = lines[(start + 5)...].joined(separator: "\n")
    }

    /// On bytes, without what line ends leave behind.
    private static func lines(_ text: String) -> [String] {
        Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
    }

    private static func begin(_ lines: [String]) -> Int? { lines.firstIndex(of: AlertNote.Subject.words.rawValue) }
}
