// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Files and database, kept in step: each remembers what both last said, so that a change on one side is taken over
/// and a change on both is a conflict with a name. Nothing is overwritten unasked.
extension FactBook {
    /// What an import or an export did, by the names of the facts.
    package struct Outcome: Sendable, Equatable {
        /// Taken from the other side.
        package var taken: [String] = []
        /// No longer on the other side, and so no longer on this.
        package var removed: [String] = []
        /// This side says something newer; left as it is.
        package var ahead: [String] = []
        /// Both sides changed; left as it is until somebody says which to take.
        package var conflicts: [String] = []
        /// Files written by an export.
        package var files: [String] = []
        package var same = 0
    }

    /// Files into the database. `settle`: facts in conflict whose file is right.
    @discardableResult
    package static func take(_ files: FactFiles, settle: Set<String> = [], in tx: Transaction) throws -> Outcome {
        var outcome = Outcome()
        let live = Dictionary(uniqueKeysWithValues: try all(in: tx).map { ($0.fact.id, $0) })
        for filed in files.facts {
            let id = filed.fact.id
            let digest = try filed.fact.digest
            let ours = live[id]
            if let ours, try ours.fact.digest == digest {
                outcome.same += 1
                if ours.synced != digest || ours.file != filed.file {
                    try tx.run("UPDATE facts SET synced = \(digest), file = \(filed.file) WHERE id = \(id)")
                }
                continue
            }
            switch try side(ours, file: digest) {
            case .database where !settle.contains(id): outcome.ahead.append(id)
            case .both where !settle.contains(id): outcome.conflicts.append(id)
            case .file, .database, .both:
                try file(filed, digest, after: ours?.revision ?? 0, in: tx)
                outcome.taken.append(id)
            }
        }
        let named = Set(files.facts.map(\.fact.id))
        for (id, ours) in live.sorted(by: { $0.key < $1.key }) where !named.contains(id) {
            guard let synced = ours.synced else {
                outcome.ahead.append(id)
                continue
            }
            guard try synced == ours.fact.digest || settle.contains(id) else {
                outcome.conflicts.append(id)
                continue
            }
            try tx.run("UPDATE facts SET live = 0, synced = NULL WHERE id = \(id)")
            try tx.record(Event("fact.removed", subject: id))
            outcome.removed.append(id)
        }
        if !outcome.taken.isEmpty || !outcome.removed.isEmpty { try turn(in: tx) }
        // A conflict is said again at every start, until somebody settles it.
        let taken = outcome.conflicts.isEmpty ? mark(files) : nil
        try tx.run("UPDATE fact_book SET taken = \(taken) WHERE one = 1")
        return outcome
    }

    /// Whether these very files, read by this very program, are those that were taken last, and no conflict was left:
    /// then to take them again would change nothing, whatever was written in the browser since.
    package static func hasTaken(_ files: FactFiles, in tx: Transaction) throws -> Bool {
        try tx.one(Int.self, "SELECT count(*) FROM fact_book WHERE one = 1 AND taken = \(mark(files))") == 1
    }

    private static func mark(_ files: FactFiles) -> String {
        "\(files.digest) \(Fingerprint.hex(ContentSnapshot.mark(of: "/proc/self/exe")))"
    }

    /// Database into files. `settle`: facts in conflict whose database is right. Nothing is written when `folder` is nil.
    package static func give(
        _ files: FactFiles,
        folder: String?,
        settle: Set<String> = [],
        in tx: Transaction
    ) throws -> Outcome {
        var outcome = Outcome()
        var kept: [FactFiles.Filed] = []
        let live = try all(in: tx)
        let names = Set(live.map(\.fact.id))
        let filed = Dictionary(uniqueKeysWithValues: files.facts.map { ($0.fact.id, $0) })
        for ours in live {
            let id = ours.fact.id
            guard let theirs = filed[id] else {
                // Removed from the files since, or never there.
                let isRemoved = try ours.synced == ours.fact.digest
                if isRemoved && !settle.contains(id) {
                    outcome.ahead.append(id)
                } else {
                    kept.append(FactFiles.Filed(fact: ours.fact, file: ours.file))
                    outcome.taken.append(id)
                }
                continue
            }
            let digest = try theirs.fact.digest
            if try ours.fact.digest == digest {
                outcome.same += 1
                kept.append(theirs)
                continue
            }
            switch try side(ours, file: digest) {
            case .file where !settle.contains(id):
                outcome.ahead.append(id)
                kept.append(theirs)
            case .both where !settle.contains(id):
                outcome.conflicts.append(id)
                kept.append(theirs)
            case .file, .database, .both:
                kept.append(FactFiles.Filed(fact: ours.fact, file: theirs.file))
                outcome.taken.append(id)
            }
        }
        // A file that the database has not yet seen is newer.
        for theirs in files.facts where !names.contains(theirs.fact.id) {
            outcome.ahead.append(theirs.fact.id)
            kept.append(theirs)
        }
        guard let folder else { return outcome }
        outcome.files = try files.write(kept, folder: folder)
        for id in outcome.taken {
            guard let ours = live.first(where: { $0.fact.id == id }) else { continue }
            let digest = try ours.fact.digest
            try tx.run("UPDATE facts SET synced = \(digest) WHERE id = \(id)")
        }
        return outcome
    }

    private enum Side { case file, database, both }

    /// Which side changed since both said the same; they differ now.
    private static func side(_ ours: Live?, file digest: String) throws -> Side {
        guard let ours else { return .file }
        if ours.synced == digest { return .database }
        return try ours.synced == ours.fact.digest ? .file : .both
    }

    private static func file(_ filed: FactFiles.Filed, _ digest: String, after live: Int, in tx: Transaction) throws {
        let id = filed.fact.id
        try tx.run("INSERT INTO facts (id, file, live) VALUES (\(id), \(filed.file), 0) ON CONFLICT (id) DO NOTHING")
        var body = filed.fact
        body.recalled = nil
        try FactRevision.insert(body, .filed, basedOn: live, note: "", by: nil, in: tx)
        try tx.run(
            """
            UPDATE facts SET file = \(filed.file), synced = \(digest), recalled_at = NULL, recalled_by = NULL,
                recalled_on = \(filed.fact.recalled?.on), recall_reason = \(filed.fact.recalled?.reason),
                live = (SELECT max(number) FROM fact_revisions WHERE fact = \(id)) WHERE id = \(id)
            """
        )
        try tx.record(Event("fact.filed", subject: id))
    }
}
