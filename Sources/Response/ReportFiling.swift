// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// What somebody files: as it was typed, before any rule was looked at.
package struct ReportFiling: Sendable {
    /// The raw value of a `ReportKind`, as it came.
    package var kind: String?
    package var words: String?
    package var whereabouts: Whereabouts
    package var seenAt: Instant?
    package var salute: Salute
    /// Photos, videos and sounds.
    package var files: ReceivedFiles
    /// Pictures come behind it, by text message.
    var bringsPicture = false
    /// The code of the language they write in: any that there is (`LanguageCode`).
    package var language: String
    package var channel: Channel
    /// A keyed, short-lived token of the sender: kept in memory only, to tell one witness from two.
    package var source: String?
    /// The sender floods us: it waits behind the others.
    package var isOverflow: Bool
    package var isExercise: Bool

    package static let longestWords = 2_000
    package static let mostFiles = 4

    package init(
        kind: String? = nil,
        words: String? = nil,
        whereabouts: Whereabouts = Whereabouts(),
        seenAt: Instant? = nil,
        salute: Salute = Salute(),
        files: ReceivedFiles = ReceivedFiles(),
        language: String = "en",
        channel: Channel = .web,
        source: String? = nil,
        isOverflow: Bool = false,
        isExercise: Bool = false
    ) {
        self.kind = kind
        self.words = words
        self.whereabouts = whereabouts
        self.seenAt = seenAt
        self.salute = salute
        self.files = files
        self.language = LanguageCode.tag(language)
        self.channel = channel
        self.source = source
        self.isOverflow = isOverflow
        self.isExercise = isExercise
    }

    /// A filing that keeps to the rules.
    struct Checked: Sendable {
        let kind: ReportKind
        let content: ReportWords
        let located: Located
        let files: [ReceivedFile]
        var filing: ReportFiling

        /// L1 and L2 of the ladder can be told from the report alone.
        var level: EvidenceLevel {
            if files.contains(where: { $0.isPicture }) { return .supported }
            return content.salute.isStructured && located.zone != nil ? .structured : .single
        }
    }

    /// Throws `Refusal` `.invalid` with a sentence for each field: `kind`, `words`, `where`, `seen_at`, `language`,
    /// `photos`, and the six of `Salute`. An addition to a known report, of the kind `known`, may be as short as it likes:
    /// of any one thing but when and in which language.
    func checked(at now: Instant, in places: Places, addingTo known: ReportKind? = nil) throws -> Checked {
        let isAddition = known != nil
        var filing = self
        if channel == .sms || channel == .phone { filing = filing.withoutNeverKept() }
        var check = FieldCheck()
        let kind = filing.checkedKind(&check)
        let words = check.text(filing.words, "words", limit: Self.longestWords)
        if let words { Self.flagNeverKept(words, "words", &check) }
        let whereabouts = filing.checkedWhereabouts(in: places, &check)
        let salute = filing.salute.checked(&check)
        let seenAt = Self.checkedTime(filing.seenAt, at: now, &check)
        let files = filing.files.checked(&check)
        if !LanguageCode.isReal(language) {
            check.flag(
                "language",
                "response.no_such_language|We don’t know this language. Use its ISO 639 code, such as es."
            )
        }
        if files.isEmpty, !isAddition, !bringsPicture, CarAlone.isAll(of: words, salute, kind) {
            check.flag(words == nil ? "equipment" : "words", CarAlone.refused)
        }
        let isEmpty = words == nil && salute.isEmpty && files.isEmpty
        if isAddition && isEmpty && kind == nil && whereabouts.isEmpty {
            check.flag("words", "response.nothing_added|Write what is new.")
        } else if !isAddition && words == nil && (kind == nil || whereabouts.isEmpty) && !isSpoken {
            check.flag(
                kind == nil ? "kind" : "where",
                kind == nil
                    ? "response.no_kind|Choose what you see, or describe it in your words."
                    : "response.no_place|Say where. A crossing or a neighborhood is enough."
            )
        }
        try check.settle()
        return Checked(
            kind: kind ?? known ?? .other,
            content: ReportWords(words: words, whereabouts: whereabouts, seenAt: seenAt, salute: salute),
            located: whereabouts.located(in: places, orIn: words),
            files: files,
            filing: filing
        )
    }

    /// A call that was recorded: what, where and when is in the sound.
    private var isSpoken: Bool { channel == .phone && !files.isEmpty }

    /// Stands for the body where the client sent no hash: what a person typed, not when.
    var digest: [UInt8] {
        let place = whereabouts
        let point = place.point.map { "\($0.latitude),\($0.longitude)" }
        let typed = [kind, words, place.text, place.place, point, language] + Salute.Field.allCases.map { salute[$0] }
        let text = typed.map { $0 ?? "" }.joined(separator: "\u{0}")
        return Fingerprint.sha256(Array(text.utf8) + files.all.flatMap(\.sha256))
    }

    static func flagNeverKept(
        _ text: String,
        _ field: String,
        _ check: inout FieldCheck,
        sparing spared: NeverKept? = nil
    ) {
        let found = NeverKept.kinds(in: text, sparing: spared)
        if found.count > 1 {
            let problem = "response.never_several|We never keep this: {list}. Please take it out."
            return check.flag(field, Phrase(problem, listing: found.map(\.name)))
        }
        switch found.first {
        case .alienNumber:
            check.flag(
                field,
                "response.never_alien_number|This looks like an A-number. We never keep it. Please take it out."
            )
        case .socialSecurityNumber:
            check.flag(
                field,
                "response.never_ssn|This looks like a social security number. We never keep it. Please take it out."
            )
        case .phoneNumber:
            check.flag(
                field,
                "response.never_phone|This looks like a phone number. We never keep it. Please take it out."
            )
        case .papers:
            check.flag(
                field,
                "response.never_papers|This says something about a person’s papers. We never keep that. Please take it out."
            )
        case .origin:
            check.flag(
                field,
                "response.never_origin|This says where somebody comes from. We never keep that. Please take it out."
            )
        case .past:
            check.flag(
                field,
                "response.never_past|This says something about somebody’s record with the police. We never keep that. Please take it out."
            )
        case .email:
            check.flag(
                field,
                "response.never_email|This looks like an e-mail address. We never keep it. Please take it out."
            )
        case .plate:
            check.flag(
                field,
                "response.never_plate|This looks like a plate or a badge number. We never keep it here. Please take it out."
            )
        case nil: break
        }
    }

    /// For what a member types while somebody tells it: they see what was found, and can write it again. Throws
    /// `.invalid` with a sentence for each field.
    package func requireNothingNeverKept() throws {
        var check = FieldCheck()
        for (field, text) in [("words", words), ("where", whereabouts.text)] {
            if let text { Self.flagNeverKept(text, field, &check) }
        }
        try check.settle()
    }

    /// Nobody can be asked to write a text message again: it is taken without what is never kept.
    private func withoutNeverKept() -> ReportFiling {
        var filing = self
        filing.words = words.map(NeverKept.removed)
        filing.whereabouts.text = whereabouts.text.map(NeverKept.removed)
        filing.salute = salute.mapped(NeverKept.removed)
        return filing
    }

    private func checkedKind(_ check: inout FieldCheck) -> ReportKind? {
        guard let kind, !kind.isEmpty else { return nil }
        let known = ReportKind(rawValue: kind)
        if known == nil { check.flag("kind", "response.bad_kind|Choose one from the list.") }
        return known
    }

    private func checkedWhereabouts(in places: Places, _ check: inout FieldCheck) -> Whereabouts {
        let text = check.text(whereabouts.text, "where", limit: Whereabouts.limit)
        if let text { Self.flagNeverKept(text, "where", &check) }
        let place = whereabouts.place.flatMap { $0.isEmpty ? nil : $0 }
        if let place, places.place(place) == nil {
            check.flag("where", "response.bad_place|We don't know that place. Choose one from the list.")
        }
        if let point = whereabouts.point, !places.bounds.holds(point, margin: 30_000) {
            check.flag("where", "response.far_place|This is outside the area we cover. Call the hotline nearest to it.")
        }
        return Whereabouts(text: text, place: place, point: whereabouts.point)
    }

    static func checkedTime(_ seenAt: Instant?, at now: Instant, _ check: inout FieldCheck) -> Instant {
        guard let seenAt else { return now }
        if seenAt > now + .minutes(5) {
            check.flag("seen_at", "response.future|This time has not come yet. Check the day and the hour.")
        } else if seenAt < now - .days(7) {
            check.flag("seen_at", "response.long_ago|This is more than a week ago. We can only check what is new.")
        }
        return min(seenAt, now)
    }
}

/// What of a report is sealed: the words, the exact place and the exact time.
package struct ReportWords: Sendable, Hashable, Codable {
    package let words: String?
    package let whereabouts: Whereabouts
    package let seenAt: Instant
    package let salute: Salute

    static let kind = "report"

    /// What `Codable` would make of it.
    var json: [UInt8] {
        var text = JSONText()
        text.add("words", words)
        text.add("whereabouts") { text in
            text.add("text", whereabouts.text)
            text.add("place", whereabouts.place)
            guard let point = whereabouts.point else { return }
            text.add("point") { text in
                text.add("latitude", finite: point.latitude)
                text.add("longitude", finite: point.longitude)
            }
        }
        text.add("seenAt", seenAt.milliseconds)
        text.add("salute") { text in
            text.add("size", salute.size)
            text.add("activity", salute.activity)
            text.add("location", salute.location)
            text.add("uniform", salute.uniform)
            text.add("time", salute.time)
            text.add("equipment", salute.equipment)
        }
        return text.whole
    }
}
