// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Messaging
import People
import Vault

/// One thing that a broadcast tells: the alert itself, or what comes after it. Free words take two persons; taking back,
/// and what the clock or a verified answer says, go out in prepared words at once.
package struct Telling: Readable, Sendable {
    package enum Act: String, Sendable, CaseIterable, Bindable, Column {
        /// What begins a broadcast; of a notice too.
        case alert
        case update, correction, withdrawal
        case allClear = "all_clear"

        package var label: Phrase {
            switch self {
            case .alert: "telling.alert|Alert"
            case .update: "telling.update|Update"
            case .correction: "telling.correction|Correction"
            case .withdrawal: "telling.withdrawal|Taken back"
            case .allClear: "telling.all_clear|All clear"
            }
        }

        /// Whether the broadcast is over with it, and how.
        var ends: Broadcast.Ending.How? {
            switch self {
            case .alert, .update: nil
            case .correction: .corrected
            case .withdrawal: .withdrawn
            case .allClear: .expired
            }
        }
    }

    package enum State: String, Sendable, CaseIterable, Bindable, Column { case draft, waiting, told, dropped }

    package let id: Ref<Telling>
    package let broadcast: Ref<Broadcast>
    package let act: Act
    package let state: State
    /// Who wrote or last changed it; nil: prepared words that nobody touched.
    package let writtenBy: Ref<Person>?
    package let writtenAt: Instant
    package let proposal: Ref<Proposal>?
    package let approvedBy: Ref<Person>?
    package let toldAt: Instant?
    /// Nil for an exercise, which reaches nobody, and before it was told.
    package let bulletin: Int64?
    let isExercise: Bool

    package init(row: Row) throws {
        id = try row["id"]
        broadcast = try row["broadcast"]
        act = try row["act"]
        state = try row["state"]
        writtenBy = try row["written_by"]
        writtenAt = try row["written_at"]
        proposal = try row["proposal"]
        approvedBy = try row["approved_by"]
        toldAt = try row["told_at"]
        bulletin = try row["bulletin"]
        isExercise = try row["exercise"]
    }

    /// All of a broadcast: what was told, oldest first, then what is in the making.
    package static func all(of broadcast: Ref<Broadcast>, in tx: Transaction) throws -> [Telling] {
        try tx.all(
            Telling.self,
            """
            SELECT * FROM tellings WHERE broadcast = \(broadcast) AND state <> 'dropped'
            ORDER BY CASE WHEN told_at IS NULL THEN 1 ELSE 0 END, told_at, written_at, id
            """
        )
    }

    static func find(_ id: Ref<Telling>, in tx: Transaction) throws -> Telling? {
        try tx.first(Telling.self, "SELECT * FROM tellings WHERE id = \(id)")
    }

    /// What it says, by language.
    package static func words(of telling: Ref<Telling>, in tx: Transaction) throws -> [String: TellingWords] {
        try tx.rows("SELECT * FROM telling_words WHERE telling = \(telling)").reduce(into: [:]) { all, row in
            all[try row["language"]] = TellingWords(
                subject: try row["subject"],
                known: try row["known"],
                todo: try row["todo"]
            )
        }
    }

    /// A new one of a broadcast; the schema lets only one be in the making.
    static func begin(
        _ act: Act,
        of broadcast: Broadcast,
        _ words: [String: TellingWords],
        by caller: Caller?,
        in tx: Transaction
    ) throws -> Ref<Telling> {
        let id = Ref<Telling>.new(at: tx.now)
        let begun = try tx.run(
            """
            INSERT INTO tellings (id, broadcast, act, state, written_by, written_at, exercise, code)
            VALUES (\(id), \(broadcast.id), \(act), 'draft', \(caller?.person), \(tx.now), \(broadcast.isExercise),
                \(id.code))
            ON CONFLICT DO NOTHING
            """
        )
        guard begun == 1 else {
            throw Refusal(
                .conflict,
                "telling.open_already|Somebody is writing an update already. Finish that one first."
            )
        }
        try set(words, of: id, in: tx)
        return id
    }

    static func set(_ words: [String: TellingWords], of telling: Ref<Telling>, in tx: Transaction) throws {
        try tx.run("DELETE FROM telling_words WHERE telling = \(telling)")
        for (language, said) in words {
            try tx.run(
                """
                INSERT INTO telling_words (telling, language, subject, known, todo)
                VALUES (\(telling), \(language), \(said.subject), \(said.known), \(said.todo))
                """
            )
        }
    }

    /// The same for the same words: what was asked for is what is approved.
    static func digest(_ words: [String: TellingWords]) -> String {
        let lines = words.sorted { $0.key < $1.key }.flatMap {
            [$0.key, $0.value.subject, $0.value.known, $0.value.todo]
        }
        let bytes = lines.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
        return Fingerprint.hex(Fingerprint.sha256(bytes))
    }
}

/// The words of one language.
package struct TellingWords: Sendable, Hashable {
    package var subject: String
    /// What is known.
    package var known: String
    /// What to do.
    package var todo: String

    package init(subject: String, known: String, todo: String) {
        self.subject = subject
        self.known = known
        self.todo = todo
    }

    package static let longestSubject = 80
    package static let longestKnown = 320
    package static let longestTodo = 320

    var isEmpty: Bool { subject.isEmpty && known.isEmpty && todo.isEmpty }

    /// Clean, within the limits, and without what is never kept; English must be there. Fields are named `known-es`.
    static func checked(_ typed: [String: TellingWords]) throws -> [String: TellingWords] {
        var check = FieldCheck()
        var words: [String: TellingWords] = [:]
        for (language, said) in typed where LanguageCode.isReal(language) {
            let clean = TellingWords(
                subject: check.text(said.subject, "subject-\(language)", limit: longestSubject) ?? "",
                known: check.text(said.known, "known-\(language)", limit: longestKnown) ?? "",
                todo: check.text(said.todo, "todo-\(language)", limit: longestTodo) ?? ""
            )
            guard !clean.isEmpty else { continue }
            words[language] = clean
            let missing: Phrase = "telling.missing|Write this too, or leave the whole language empty."
            if clean.subject.isEmpty { check.flag("subject-\(language)", missing) }
            if clean.known.isEmpty { check.flag("known-\(language)", missing) }
            if clean.todo.isEmpty { check.flag("todo-\(language)", missing) }
            ReportFiling.flagNeverKept(clean.known, "known-\(language)", &check)
            ReportFiling.flagNeverKept(clean.todo, "todo-\(language)", &check)
        }
        if words["en"] == nil { check.flag("known-en", "bulletin.english|Write it in English too.") }
        try check.settle()
        return words
    }
}
