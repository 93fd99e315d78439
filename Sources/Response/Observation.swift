// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Vault

/// What a member saw on the scene, written down for whoever needs it later. Observers observe.
package struct Observation: Readable {
    package let id: Ref<Observation>
    package let incident: Ref<Incident>
    /// Nil when written from the desk, after a call.
    package let assignment: Ref<Assignment>?
    package let person: Ref<Person>
    package let photos: Int
    package let seenAt: Instant
    package let receivedAt: Instant
    package let sealed: Sealed<ObservationWords>

    package init(row: Row) throws {
        id = try row["id"]
        incident = try row["incident"]
        assignment = try row["assignment"]
        person = try row["person"]
        photos = try row["photos"]
        seenAt = try row["seen_at"]
        receivedAt = try row["received_at"]
        sealed = try row["sealed"]
    }

    /// Oldest first.
    package static func all(of incident: Ref<Incident>, in tx: Transaction) throws -> [Observation] {
        try tx.all(
            Observation.self,
            "SELECT * FROM observations WHERE incident = \(incident) ORDER BY received_at, id"
        )
    }

    func look(by caller: Caller) -> Opened<ObservationWords> {
        Opening.look(sealed, kind: ObservationWords.kind, record: id.text, by: caller)
    }

    /// As it was typed.
    package struct Filing: Sendable {
        package var salute: Salute
        package var words: String?
        package var files: ReceivedFiles
        package var seenAt: Instant?
        /// What they say is there; nil when they don't.
        package var sighting: Sighting?

        package init(
            sighting: Sighting? = nil,
            salute: Salute = Salute(),
            words: String? = nil,
            files: ReceivedFiles = ReceivedFiles(),
            seenAt: Instant? = nil
        ) {
            self.sighting = sighting
            self.salute = salute
            self.words = words
            self.files = files
            self.seenAt = seenAt
        }
    }
}

/// What of an observation is sealed.
package struct ObservationWords: Sendable, Hashable, Codable {
    package let salute: Salute
    package let words: String?
    package let seenAt: Instant
    /// Nil when they did not say.
    package let sighting: Sighting?

    static let kind = "observation"
}

extension Intake {
    /// Keeps an observation, each photo known by its SHA-256 from the moment it arrived. The caller is, or was, sent to
    /// the incident, or leads from the desk. Sent twice, from a phone that had no signal, is kept once: the first words
    /// stay. Throws `.conflict` for a key that came with another body.
    @discardableResult
    package func observe(
        _ filing: Observation.Filing,
        of incident: Ref<Incident>,
        submission: Submission,
        by caller: Caller
    ) async throws -> Ref<Observation> {
        try caller.require(.observe)
        let now = database.clock.now()
        var check = FieldCheck()
        let words = check.text(filing.words, "words", limit: ReportFiling.longestWords)
        // Who was sent there may write what tells one officer from another: it is sealed, and nowhere else.
        if let words { ReportFiling.flagNeverKept(words, "words", &check, sparing: .plate) }
        let salute = filing.salute.checked(&check, sparing: .plate)
        let files = filing.files.checked(&check)
        let seenAt = ReportFiling.checkedTime(filing.seenAt, at: now, &check)
        if words == nil, salute.isEmpty, files.isEmpty, filing.sighting == nil {
            check.flag("words", "response.no_observation|Write what you see, or add a photo.")
        }
        try check.settle()
        let team = try await database.read { tx in
            // It may have been merged while a phone had no signal.
            let now = try Incident.present(incident, in: tx)?.id ?? incident
            return try Team.current(Incident.find(now, by: caller, in: tx).team, in: tx)
        }
        let id = Ref<Observation>.new(at: now)
        let shred = try await database.shredKeys(1 + files.count)
        guard let own = shred.first else { throw VaultError.busy }
        let content = ObservationWords(salute: salute, words: words, seenAt: seenAt, sighting: filing.sighting)
        let prepared = PreparedObservation(
            id: id,
            incident: incident,
            identity: try submission.identity(content: filing.digest(incident, caller.person), keys: keys),
            mustMatch: submission.mustMatch,
            seenAt: Incident.coarse(seenAt),
            sealed: try Sealed.seal(
                content,
                kind: ObservationWords.kind,
                record: id.text,
                to: [team],
                shred: own
            ),
            files: try zip(files, shred.dropFirst()).map { file, key in
                try EvidenceFile.Prepared(file, to: team, shred: key)
            }
        )
        do {
            return try await keep(prepared, by: caller)
        } catch DatabaseFailure.unique {
            // The same sending reached two nodes in the same moment: the other one has it now.
            return try await keep(prepared, by: caller)
        }
    }
}

extension Intake {
    private func keep(_ prepared: PreparedObservation, by caller: Caller) async throws -> Ref<Observation> {
        try await prepared.files.stored { [database] in
            let kept = try await database.write { tx in try prepared.store(by: caller, in: tx) }
            return (kept, isNew: kept == prepared.id)
        }
    }
}

extension Observation.Filing {
    fileprivate func digest(_ incident: Ref<Incident>, _ person: Ref<Person>) -> [UInt8] {
        let typed =
            [incident.text, person.text, words ?? "", sighting?.rawValue ?? ""]
            + Salute.Field.allCases.map { salute[$0] ?? "" }
        let text = typed.joined(separator: "\u{0}")
        return Fingerprint.sha256(Array(text.utf8) + files.all.flatMap(\.sha256))
    }
}

private struct PreparedObservation: Sendable {
    let id: Ref<Observation>
    let incident: Ref<Incident>
    let identity: Submission.Identity
    let mustMatch: Bool
    let seenAt: Instant
    let sealed: Sealed<ObservationWords>
    let files: [EvidenceFile.Prepared]

    func store(by caller: Caller, in tx: Transaction) throws -> Ref<Observation> {
        guard let now = try Incident.present(incident, in: tx) else { throw Refusal.notFound }
        let row = try tx.rows(
            "SELECT id, person, submission_body FROM observations WHERE submission = \(identity.stored)"
        ).first
        if let row {
            let isSame = try (row["submission_body"] as [UInt8]) == identity.body
            guard try (row["person"] as Ref<Person>) == caller.person, isSame || !mustMatch else {
                throw Submission.reused
            }
            return try row["id"]
        }
        let assignment = try tx.one(
            Ref<Assignment>.self,
            """
            SELECT id FROM assignments WHERE incident = \(now.id) AND person = \(caller.person)
                AND state IN ('accepted', 'on_the_way', 'on_scene', 'done', 'called_off')
            ORDER BY offered_at DESC LIMIT 1
            """
        )
        guard assignment != nil || caller.can(.dispatch) else { throw Refusal.notFound }
        try tx.run(
            """
            INSERT INTO observations
                (id, submission, submission_body, incident, assignment, person, sealed, photos, seen_at, received_at)
            VALUES (\(id), \(identity.stored), \(identity.body), \(now.id), \(assignment), \(caller.person), \(sealed),
                \(files.count), \(seenAt), \(tx.now))
            """
        )
        for file in files { try file.insert(for: id.text, .observation, in: tx) }
        try Incident.noteSent(to: now.id, in: tx)
        var data = ["observation": id.text]
        if !files.isEmpty {
            data["photos"] = "\(files.count)"
            data["sha256"] = files.map { Fingerprint.hex($0.file.sha256) }.joined(separator: ",")
        }
        try tx.record(Event("observation.made", subject: now.id.text, actor: caller.person.text, data: data))
        return id
    }
}
