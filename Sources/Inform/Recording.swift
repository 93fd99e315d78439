// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// A guide read by a person, for languages that no machine reads and that many people don't write. One member brings it,
/// another who understands it listens and makes it public.
package struct Recording: Sendable, Identifiable {
    package enum State: String, Sendable { case waiting, published }

    package let id: Ref<Recording>
    package let guide: String
    /// A code in lower case, such as `quc`.
    package let language: String
    /// `2026-11-29`: the day it was spoken.
    package let spokenOn: String
    /// The edition of the guide's facts when it was brought: with another one, its words are older than the page's.
    package let edition: String
    package let addedBy: Ref<Person>
    package let state: State
    package let size: Int

    /// Bytes of a sound as it is kept, made small: about half an hour of speech.
    package static let largest = 24_000_000
}

extension Recording {
    package struct New: Sendable {
        package let guide: String
        package let language: String
        package let spokenOn: String
        package let edition: String
        /// An mp3 made anew by us, never what was sent.
        package let sound: [UInt8]

        package init(guide: String, language: String, spokenOn: String, edition: String, sound: [UInt8]) {
            (self.guide, self.language, self.spokenOn) = (guide, language, spokenOn)
            (self.edition, self.sound) = (edition, sound)
        }
    }

    /// What is wrong with the fields of a form, before anything is done with its sound. `languages`: those to choose from.
    package static func problems(
        guide: String,
        language: String,
        spokenOn: String,
        guides: [Guide],
        languages: [String],
        today: String
    ) -> [String: Phrase] {
        var fields: [String: Phrase] = [:]
        if !guides.contains(where: { $0.id == guide }) {
            fields["guide"] = "recording.bad_guide|Choose a guide from the list."
        }
        if !languages.contains(language) {
            fields["language"] = "recording.bad_language|Choose a language from the list."
        }
        if LocalTime.parse(field: "\(spokenOn)T12:00") == nil || spokenOn > today {
            fields["spoken_on"] = "recording.bad_day|Enter the day it was recorded, today or before."
        }
        return fields
    }

    @discardableResult
    package static func add(_ new: New, by caller: Caller, in tx: Transaction) throws -> Ref<Recording> {
        try caller.require(.writeFacts)
        guard !new.sound.isEmpty, new.sound.count <= largest else {
            throw Refusal.invalid(["sound": "recording.too_long|This is too long. Keep a recording under 30 minutes."])
        }
        let id = Ref<Recording>.new()
        try tx.run(
            """
            INSERT INTO recordings (id, guide, language, spoken_on, edition, sound, size, added_by, added_at)
            VALUES (\(id), \(new.guide), \(new.language), \(new.spokenOn), \(new.edition), \(new.sound),
                \(new.sound.count), \(caller.person), \(tx.now))
            """
        )
        try tx.record(Event("fact.recording_added", subject: id.text, actor: caller.person.text))
        return id
    }

    /// Makes it public. Whoever brought it can't.
    package static func publish(_ id: Ref<Recording>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.writeFacts)
        guard let found = try find(id, in: tx) else { throw Refusal.notFound }
        guard found.addedBy != caller.person else {
            throw Refusal(
                .conflict,
                "recording.second_person|Somebody else must listen first. Ask a member who speaks it."
            )
        }
        let changed = try tx.run(
            """
            UPDATE recordings SET checked_by = \(caller.person), checked_at = \(tx.now)
            WHERE id = \(id) AND checked_at IS NULL
            """
        )
        guard changed == 1 else { return }
        try tx.record(Event("fact.recording_published", subject: id.text, actor: caller.person.text))
    }

    /// Gone at once, for everybody.
    package static func withdraw(_ id: Ref<Recording>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.writeFacts)
        guard try tx.run("DELETE FROM recordings WHERE id = \(id)") == 1 else { throw Refusal.notFound }
        try tx.record(Event("fact.recording_withdrawn", subject: id.text, actor: caller.person.text))
    }

    /// Those of the public first, then those that wait for a second person; newest first.
    package static func all(in tx: Transaction) throws -> [Recording] {
        try tx.all(
            Recording.self,
            "\(select) ORDER BY CASE WHEN checked_at IS NULL THEN 1 ELSE 0 END, spoken_on DESC, id DESC"
        )
    }

    package static func find(_ id: Ref<Recording>, in tx: Transaction) throws -> Recording? {
        try tx.first(Recording.self, "\(select) WHERE id = \(id)")
    }

    /// The sound; for the public only once it is public.
    package static func sound(_ id: Ref<Recording>, isMember: Bool, in tx: Transaction) throws -> [UInt8]? {
        try tx.one(
            [UInt8].self,
            "SELECT sound FROM recordings WHERE id = \(id) AND (checked_at IS NOT NULL OR 1 = \(isMember ? 1 : 0))"
        )
    }

    private static let select: SQL =
        "SELECT id, guide, language, spoken_on, edition, added_by, checked_at, size FROM recordings"
}

extension Recording: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        guide = try row["guide"]
        language = try row["language"]
        spokenOn = try row["spoken_on"]
        edition = try row["edition"]
        addedBy = try row["added_by"]
        size = try row["size"]
        let checkedAt: Instant? = try row["checked_at"]
        state = checkedAt == nil ? .waiting : .published
    }
}
