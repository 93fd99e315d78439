// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// The one thing a reporter keeps: 120 random bits as 24 letters of Crockford's base32 in groups of four, and a
/// check letter: `7F3K-Q2MX-…-C`. It is never stored. With 120 bits one HKDF is enough, so trying codes can't be
/// used to tire the server as a passphrase could.
package struct ReporterCode: Sendable, CustomStringConvertible, CustomReflectable {
    private let values: [UInt8]

    private static let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let count = 24
    private static let longestTyped = 300

    /// What is wrong with a code as typed; known without asking the database.
    package enum Mistake: Error, Sendable, Hashable {
        /// Too few or too many letters; how many were there.
        case length(Int)
        /// A letter that no code has (U, or a sign).
        case letter
        /// The check letter does not fit: a slip of the finger somewhere.
        case slip
    }

    package static func generate() -> ReporterCode {
        ReporterCode(values: RandomBytes.take(count).map { $0 & 31 })
    }

    /// The code of one sending, the same again when it is sent again: so a retry shows the reporter the same code, and
    /// nothing of it is stored. `sending` names it (a form's nonce, a client's key); the boot key makes it a secret.
    package static func derived(from sending: String, keys: InstanceKeys) -> ReporterCode {
        let code = keys.reporterCodes.code(of: Array(sending.utf8))
        return ReporterCode(values: code.withUnsafeBytes { bytes in bytes.prefix(count).map { $0 & 31 } })
    }

    /// What the database knows the sending of this code by; 32 bytes. Tells nothing about the code.
    package var sending: [UInt8] { secret.derive("sending").bytes }

    /// Takes a code as people type it: any case, any spaces and dashes, I and L for 1, O for 0.
    package init(typed text: String) throws {
        var values: [UInt8] = []
        guard text.utf8.count <= Self.longestTyped else { throw Mistake.length(text.utf8.count) }
        for scalar in text.unicodeScalars where !Self.isBetween(scalar) {
            guard let value = Self.value(of: scalar) else { throw Mistake.letter }
            values.append(value)
        }
        guard values.count == Self.count + 1 else { throw Mistake.length(values.count) }
        let check = values.removeLast()
        guard Self.check(values) == check else { throw Mistake.slip }
        self.init(values: values)
    }

    private init(values: [UInt8]) { self.values = values }

    /// The code as shown: seven groups, parted by dashes.
    package var text: String {
        var text: [UInt8] = []
        text.reserveCapacity(Self.shownCount)
        for (index, value) in (values + [Self.check(values)]).enumerated() {
            if index > 0, index % 4 == 0 { text.append(UInt8(ascii: "-")) }
            text.append(Self.letters[Int(value)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Letters of `text`, with the dashes.
    package static let shownCount = count + 1 + count / 4

    /// Six groups of four, and the check letter.
    package var groups: [String] {
        let all = (values + [Self.check(values)]).map { Self.letters[Int($0)] }
        return stride(from: 0, to: all.count, by: 4).map { start in
            String(decoding: all[start..<min(start + 4, all.count)], as: UTF8.self)
        }
    }

    /// Each group as words to read aloud, in the listener's language.
    package func spoken(_ t: Words) -> [String] {
        let names = t("vault.spelling|\(Self.spelling)").split(separator: " ").map(String.init)
        guard names.count == Self.letters.count else { return groups }
        let all = values + [Self.check(values)]
        return stride(from: 0, to: all.count, by: 4).map { start in
            all[start..<min(start + 4, all.count)].map { names[Int($0)] }.joined(separator: " ")
        }
    }

    /// How the database finds the report: SHA-256 of HKDF(code, "lookup"); 32 bytes.
    package var lookup: [UInt8] { names.lookup }

    /// Wraps the seed of the reporter's mailbox.
    package var mailboxKey: Secret { secret.derive("mailbox") }

    /// What a new report needs of its code, from one extraction: a third of what it costs one by one.
    package var names: Names { Names(root: secret.derivation) }

    /// Derived from a code when asked for.
    package struct Names: Sendable {
        fileprivate let root: Secret.Derivation

        /// The same as the code's.
        package var lookup: [UInt8] {
            root.code("lookup").withUnsafeBytes { SHA256.hash(data: $0) }.array
        }
        package var mailboxKey: Secret { root.derive("mailbox") }

        /// Stands for the body that was sent, 32 bytes: without the code nobody can try bodies against it.
        package func mark(of body: [UInt8]) -> [UInt8] { root.code("body", of: body).array }
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private static let spelling = """
        zero one two three four five six seven eight nine Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel \
        Juliett Kilo Mike November Papa Quebec Romeo Sierra Tango Victor Whiskey X-ray Yankee Zulu
        """

    /// The 24 letters as ASCII: what an independent tool would feed to HKDF too.
    private var secret: Secret { Secret(values.map { Self.letters[Int($0)] }) }

    /// A weighted sum in GF(32): finds every single wrong letter and every two letters swapped.
    private static func check(_ values: [UInt8]) -> UInt8 {
        values.reduce(0) { sum, value in
            let mixed = sum ^ value
            return mixed & 16 == 0 ? mixed << 1 : (mixed << 1) ^ 0b100101
        }
    }

    private static func value(of scalar: Unicode.Scalar) -> UInt8? {
        // As keyboards for Persian, Arabic, Khmer and others write them, and as wide as a Chinese letter.
        if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
            return UInt8(exactly: digit)
        }
        let scalar = isWide(scalar) ? Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar : scalar
        guard scalar.isASCII else { return nil }
        var letter = UInt8(truncatingIfNeeded: scalar.value)
        if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) { letter -= 32 }
        switch letter {
        case UInt8(ascii: "I"), UInt8(ascii: "L"): letter = UInt8(ascii: "1")
        case UInt8(ascii: "O"): letter = UInt8(ascii: "0")
        default: break
        }
        return letters.firstIndex(of: letter).map { UInt8(truncatingIfNeeded: $0) }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool { (0xFF01...0xFF5E).contains(scalar.value) }

    /// White space, and the dashes that phones and word processors put for a hyphen.
    private static func isBetween(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2D, 0x2E, 0xAD, 0x2010...0x2015, 0x2212, 0xFE58, 0xFE63, 0xFF0D, 0x200B...0x200F, 0xFEFF: true
        default: scalar.properties.isWhitespace
        }
    }
}
