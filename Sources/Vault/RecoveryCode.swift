// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What a member prints and keeps: 120 random bits that wrap their seed a second time, written as a reporter's code
/// is (six groups of four and a check letter). Never stored; with 120 bits one HKDF is enough.
package struct RecoveryCode: Sendable, CustomStringConvertible, CustomReflectable {
    private let written: ReporterCode

    package static func generate() -> RecoveryCode { RecoveryCode(written: .generate()) }

    /// Throws `ReporterCode.Mistake` for what can't be a code; known without asking the database.
    package init(typed text: String) throws { written = try ReporterCode(typed: text) }

    private init(written: ReporterCode) { self.written = written }

    package var groups: [String] { written.groups }
    package var text: String { written.text }

    package func wrap(_ seed: Secret, person: String) throws -> WrappedSeed {
        try WrappedSeed.wrap(seed, under: key, person: person, for: .recovery)
    }

    /// Throws `damaged` for another code or another member.
    package func unwrap(_ wrapped: WrappedSeed, person: String) throws -> Secret {
        try wrapped.unwrap(under: key, person: person, for: .recovery)
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// From the 24 letters as ASCII, without the check letter.
    private var key: Secret { Secret(Array(groups.dropLast().joined().utf8)).derive("recovery") }
}
