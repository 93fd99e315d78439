// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Vault

/// What one person found, signed in their own name. An incident may have several; none is ever changed.
package struct Verification: Readable {
    package let id: Ref<Verification>
    package let incident: Ref<Incident>
    package let person: Ref<Person>
    package let truth: Truth
    package let level: EvidenceLevel
    package let how: How
    /// Who was there, where somebody was: they said "I am here". The signer, unless the desk signs for them.
    package let witness: Ref<Assignment>?
    package let explanation: Explanation?
    package let at: Instant
    /// The text that was signed; see `statement(…)`.
    package let statement: String
    /// Ed25519, 64 bytes.
    package let signature: [UInt8]
    let sealedNote: Sealed<String>?

    /// What a member says they found.
    package struct Finding: Sendable {
        package var truth: Truth
        package var level: EvidenceLevel
        package var how: How
        /// Who was there; nil for whoever signs.
        package var witness: Ref<Assignment>?
        /// For neighbors.
        package var explanation: Explanation?
        /// For the team; sealed.
        package var note: String?
        /// The signer spoke with the witness after what these wrote, which says otherwise; the note says what they heard.
        package var spoke: Bool

        package init(
            _ truth: Truth,
            level: EvidenceLevel,
            how: How,
            witness: Ref<Assignment>? = nil,
            explanation: Explanation? = nil,
            note: String? = nil,
            spoke: Bool = false
        ) {
            self.truth = truth
            self.level = level
            self.how = how
            self.witness = witness
            self.explanation = explanation
            self.note = note
            self.spoke = spoke
        }
    }

    static let noteKind = "verification"
    package static let longestNote = 2_000

    package init(row: Row) throws {
        id = try row["id"]
        incident = try row["incident"]
        person = try row["person"]
        truth = try row["truth"]
        level = try row["level"]
        how = try row["how"]
        witness = try row["witness"]
        explanation = try (row["explanation"] as String?).map(Explanation.init(json:))
        at = try row["at"]
        statement = try row["statement"]
        signature = try row["signature"]
        sealedNote = try row["sealed_note"]
    }

    /// Of an incident and those merged into it, oldest first.
    package static func all(of incident: Ref<Incident>, in tx: Transaction) throws -> [Verification] {
        try tx.all(
            Verification.self,
            """
            SELECT * FROM verifications WHERE incident = \(incident)
                OR incident IN (SELECT id FROM incidents WHERE merged_into = \(incident))
            ORDER BY at, id
            """
        )
    }

    package func note(by caller: Caller) -> Opened<String>? {
        sealedNote.map { Opening.look($0, kind: Self.noteKind, record: id.text, by: caller) }
    }

    /// Whether the row says what was signed, and the person of this key signed it.
    package func isSigned(by signingKey: [UInt8]) -> Bool {
        let said = Self.statement(
            id,
            incident,
            person,
            Finding(truth, level: level, how: how, witness: witness, explanation: explanation),
            at: at
        )
        return said == statement && KeyPair.verify(signature, of: Array(statement.utf8), by: signingKey)
    }

    /// Whose eyes a finding on the scene rests on: the caller's own, or those of whoever they name. Only somebody whom we
    /// sent to this incident and who said "I am here", and never against what they wrote; for L4 a verifier whose
    /// certificate holds.
    static func witness(
        of finding: Finding,
        on incident: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Assignment> {
        let there = try Assignment.all(of: incident, in: tx).filter { $0.arrivedAt != nil }
        let own = there.filter { $0.person == caller.person }
        let named = finding.witness.map { id in there.filter { $0.id == id } } ?? own
        guard let first = named.first(where: { $0.role == .verifier }) ?? named.first else {
            throw finding.witness == nil
                ? Refusal.invalid([
                    "how": "response.not_there|You did not say “I am here” there. Say who did, or how you know it."
                ])
                : Refusal.invalid(["witness": "response.no_witness|Nobody we sent is there yet. Say how you know it."])
        }
        if finding.level == .onScene, try !isVerifier(first.person, in: tx) {
            throw Refusal.invalid([
                "level": "response.no_certificate|L4 needs a verifier with a current certificate. Choose less."
            ])
        }
        try Testimony.require(finding, from: first, by: caller, in: tx)
        return first.id
    }

    /// Whether their word from the scene is L4: they hold a verifier's certificate, and it has not expired.
    package static func isVerifier(_ person: Ref<Person>, in tx: Transaction) throws -> Bool {
        try Helper.find(person, in: tx)?.holds(.verifier, at: tx.now) ?? false
    }

    static func write(
        _ finding: Finding,
        on incident: Incident,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Verification> {
        let id = Ref<Verification>.new(at: tx.now)
        let statement = statement(id, incident.id, caller.person, finding, at: tx.now)
        let signature = try caller.sign(Array(statement.utf8))
        let note = try finding.note.map { note in
            let team = try Team.current(incident.team, in: tx)
            return try Sealed.seal(note, kind: noteKind, record: id.text, to: [team], shred: tx.shredKey())
        }
        try tx.run(
            """
            INSERT INTO verifications (id, incident, person, truth, level, how, witness, explanation, sealed_note, at,
                statement, signature)
            VALUES (\(id), \(incident.id), \(caller.person), \(finding.truth), \(finding.level), \(finding.how),
                \(finding.witness), \(try finding.explanation?.json), \(note), \(tx.now), \(statement), \(signature))
            """
        )
        return id
    }

    /// One line for each thing said, in this order; each language of the explanation by the SHA-256 of its words, so
    /// that nothing written in it can look like a line of its own.
    static func statement(
        _ id: Ref<Verification>,
        _ incident: Ref<Incident>,
        _ person: Ref<Person>,
        _ finding: Finding,
        at: Instant
    ) -> String {
        var lines = [
            "vecinos verification v1", "id \(id)", "incident \(incident)", "person \(person)",
            "at \(at.milliseconds)", "truth \(finding.truth.rawValue)", "level \(finding.level.name)",
            "how \(finding.how.rawValue)",
        ]
        if let witness = finding.witness { lines.append("witness \(witness)") }
        for (language, words) in (finding.explanation?.words ?? [:]).sorted(by: { $0.key < $1.key }) {
            lines.append("explanation \(language) \(Fingerprint.hex(Fingerprint.sha256(Array(words.utf8))))")
        }
        return lines.joined(separator: "\n")
    }
}
