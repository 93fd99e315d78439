// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// A person who can: which skills, which languages, around which neighborhood, how much at once. Stands at the
/// middle of that neighborhood and never at a home; name and contact are with `Person`.
package struct Helper: Sendable, Hashable {
    package let person: Ref<Person>
    /// The id of a place of the pack.
    package let place: String
    /// The middle of that place.
    package let point: Point
    /// How far from there they go, in metres: 500 to 100,000.
    package let radius: Double
    package let skills: [HeldSkill]
    /// Language codes: `es`, `en`, `zh-hant`.
    package let languages: [String]
    /// How many needs at once, of a kind that can be had several of; 0 is resting until changed.
    package let capacity: Int
    /// What they, or whoever looks after them, said.
    package let pausedUntil: Instant?
    /// What came by itself with a mission: nobody has to ask for it.
    package let restsUntil: Instant?
    package let lastAskedAt: Instant?
    /// Offers that they answered or let run out. One that was withdrawn says nothing about them.
    package let asked: Int
    /// Of these, where they said yes and kept to it.
    package let accepted: Int

    package init(
        person: Ref<Person>,
        place: String,
        point: Point,
        radius: Double,
        skills: [HeldSkill],
        languages: [String],
        capacity: Int = 1,
        pausedUntil: Instant? = nil,
        restsUntil: Instant? = nil,
        lastAskedAt: Instant? = nil,
        asked: Int = 0,
        accepted: Int = 0
    ) {
        self.person = person
        self.place = place
        self.point = point
        self.radius = radius
        self.skills = skills
        self.languages = languages
        self.capacity = capacity
        self.pausedUntil = pausedUntil
        self.restsUntil = restsUntil
        self.lastAskedAt = lastAskedAt
        self.asked = asked
        self.accepted = accepted
    }

    package func isResting(at moment: Instant) -> Bool {
        capacity <= 0 || restingUntil.map { $0 > moment } ?? false
    }

    /// Of a pause and a rest, the later end.
    package var restingUntil: Instant? { [pausedUntil, restsUntil].compactMap(\.self).max() }

    /// How many needs of one kind they take at once, when they have no other.
    package func places(for skill: Skill) -> Int { skill.takesSeveral ? capacity : min(capacity, 1) }

    /// Whoever does two things at once and goes somewhere for one of them is there.
    func places(for need: Need) -> Int { need.skills.map { places(for: $0) }.min() ?? 0 }

    /// How likely they are to say yes when asked: their own history, and one in three for somebody new.
    package var yesRate: Double { Double(accepted + 1) / Double(max(asked, accepted) + 3) }

    package func holds(_ skill: Skill, at moment: Instant) -> Bool {
        skills.contains { $0.skill == skill && $0.isValid(at: moment) }
    }

    /// What a helper offers, as a form gives it. A place becomes its middle, so that a home can't be stored.
    package struct Offer: Sendable {
        package var place: Place
        /// Metres: 500 to 100,000.
        package var radius: Double
        package var skills: [HeldSkill]
        package var languages: [String]
        package var capacity: Int

        package init(
            place: Place,
            radius: Double = 25_000,
            skills: [HeldSkill],
            languages: [String],
            capacity: Int = 1
        ) {
            self.place = place
            self.radius = radius
            self.skills = skills
            self.languages = languages
            self.capacity = capacity
        }
    }

    /// Makes a helper of a person, or changes what they offer. Skills and certificates are given by whoever looks
    /// after people, never by oneself. Throws `Refusal` with a field for each thing that must change.
    package static func register(_ person: Ref<Person>, _ offer: Offer, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        try offer.check()
        let center = offer.place.center
        try tx.run(
            """
            INSERT INTO helpers (person, place, latitude, longitude, radius_m, capacity)
            VALUES (\(person), \(offer.place.id), \(center.latitude), \(center.longitude), \(Int(offer.radius)),
                \(offer.capacity))
            ON CONFLICT (person) DO UPDATE SET place = excluded.place, latitude = excluded.latitude,
                longitude = excluded.longitude, radius_m = excluded.radius_m, capacity = excluded.capacity
            """
        )
        try tx.run("DELETE FROM helper_skills WHERE person = \(person)")
        for held in offer.skills {
            try tx.run(
                """
                INSERT INTO helper_skills (person, skill, expires_at) VALUES (\(person), \(held.skill), \(held.expiresAt))
                ON CONFLICT (person, skill) DO NOTHING
                """
            )
        }
        try tx.run("DELETE FROM helper_languages WHERE person = \(person)")
        for language in Set(offer.languages).sorted() {
            try tx.run("INSERT INTO helper_languages (person, language) VALUES (\(person), \(language))")
        }
        try tx.record(Event("helper.registered", subject: person.text, actor: caller.person.text))
    }

    /// The same, by the id of a place: for seeds and imports.
    package static func register(
        _ person: Ref<Person>,
        at place: String,
        skills: [(Skill, Instant?)],
        languages: Set<String>,
        radius: Double = 25_000,
        capacity: Int = 1,
        places: Places,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        guard let place = places.place(place) else {
            throw Refusal.invalid(["place": "matching.place|Choose a neighborhood from the list."])
        }
        let offer = Offer(
            place: place,
            radius: radius,
            skills: skills.map { HeldSkill($0.0, until: $0.1) },
            languages: languages.sorted(),
            capacity: capacity
        )
        try register(person, offer, by: caller, in: tx)
    }

    /// A certificate was earned or renewed.
    package static func certify(
        _ person: Ref<Person>,
        _ held: HeldSkill,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        try held.check()
        guard try exists(person, in: tx) else { throw Refusal.notFound }
        try tx.run(
            """
            INSERT INTO helper_skills (person, skill, expires_at) VALUES (\(person), \(held.skill), \(held.expiresAt))
            ON CONFLICT (person, skill) DO UPDATE SET expires_at = excluded.expires_at
            """
        )
        try tx.record(
            Event(
                "helper.certified",
                subject: person.text,
                actor: caller.person.text,
                data: ["skill": held.skill.rawValue]
            )
        )
    }

    /// The helper moved, goes further or less far, learned a language, or takes more or fewer at once: their own to say. What they can do is not.
    package static func changeOwn(
        place: Place,
        radius: Double,
        languages: [String],
        capacity: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        guard let before = try find(caller.person, in: tx) else { throw Refusal.notFound }
        let offer = Offer(
            place: place,
            radius: radius,
            skills: before.skills,
            languages: languages,
            capacity: capacity ?? before.capacity
        )
        try offer.check()
        let person = caller.person
        try tx.run(
            """
            UPDATE helpers SET place = \(place.id), latitude = \(place.center.latitude),
                longitude = \(place.center.longitude), radius_m = \(Int(radius)), capacity = \(offer.capacity)
            WHERE person = \(person)
            """
        )
        try tx.run("DELETE FROM helper_languages WHERE person = \(person)")
        for language in Set(languages).sorted() {
            try tx.run("INSERT INTO helper_languages (person, language) VALUES (\(person), \(language))")
        }
        try tx.record(Event("helper.changed", subject: person.text, actor: person.text))
    }

    /// "Don't ask me for a while": the helper's own choice, or a coordinator's who looks after them. At most 90 days.
    package static func pause(
        _ person: Ref<Person>,
        until: Instant,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        if caller.person != person { try caller.require(.managePeople) }
        guard until > tx.now, until <= tx.now + .days(90) else {
            throw Refusal.invalid(["until": "matching.pause_until|Choose a time in the next 90 days."])
        }
        try change(person, pausedUntil: until, "helper.paused", by: caller, in: tx)
    }

    /// "Ask me again", which ends a rest after a mission too where they say so themselves: nobody else may.
    package static func resume(_ person: Ref<Person>, by caller: Caller, in tx: Transaction) throws {
        if caller.person != person { try caller.require(.managePeople) }
        try change(person, pausedUntil: nil, "helper.resumed", by: caller, in: tx)
        if caller.person == person { try tx.run("UPDATE helpers SET rests_until = NULL WHERE person = \(person)") }
    }

    /// They are home from a mission: others are asked before that time, unless they `resume`. A rest that runs longer stays.
    package static func rest(_ person: Ref<Person>, until: Instant, in tx: Transaction) throws {
        guard until > tx.now else { return }
        let rests = try tx.run(
            """
            UPDATE helpers SET rests_until = \(until) WHERE person = \(person) AND coalesce(rests_until, 0) < \(until)
            """
        )
        if rests == 1 { try tx.record(Event("helper.rests", subject: person.text)) }
    }

    /// Those of some people who rest now, and until when.
    package static func resting(
        among people: Set<Ref<Person>>,
        in tx: Transaction
    ) throws -> [Ref<Person>: Instant] {
        guard !people.isEmpty else { return [:] }
        let rows = try tx.rows(
            """
            SELECT person, paused_until, rests_until FROM helpers
            WHERE (paused_until > \(tx.now) OR rests_until > \(tx.now)) AND person IN \(list: people.sorted { $0.text < $1.text })
            """
        )
        return try rows.reduce(into: [:]) { found, row in
            let ends: [Instant?] = [try row["paused_until"], try row["rests_until"]]
            found[try row["person"]] = ends.compactMap(\.self).max()
        }
    }

    /// It was their turn: the next time in the same band, others go first.
    package static func noteAsked(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("UPDATE helpers SET last_asked_at = \(tx.now) WHERE person = \(person)")
    }

    /// Counts how an offer ended: with a yes, or with a no or no answer in time.
    package static func noteOutcome(_ person: Ref<Person>, saidYes: Bool, in tx: Transaction) throws {
        let yes = saidYes ? 1 : 0
        try tx.run("UPDATE helpers SET asked = asked + 1, accepted = accepted + \(yes) WHERE person = \(person)")
    }

    /// They said yes, and can't after all.
    package static func noteTakenBack(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("UPDATE helpers SET accepted = accepted - 1 WHERE person = \(person) AND accepted > 0")
    }

    /// They said no, which was counted, and can after all.
    package static func noteYesAfterAll(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("UPDATE helpers SET accepted = accepted + 1 WHERE person = \(person)")
    }

    private static func exists(_ person: Ref<Person>, in tx: Transaction) throws -> Bool {
        try tx.count("SELECT count(*) FROM helpers WHERE person = \(person)") == 1
    }

    private static func change(
        _ person: Ref<Person>,
        pausedUntil: Instant?,
        _ event: String,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let changed = try tx.run("UPDATE helpers SET paused_until = \(pausedUntil) WHERE person = \(person)")
        guard changed == 1 else { throw Refusal.notFound }
        try tx.record(Event(event, subject: person.text, actor: caller.person.text))
    }
}

extension Helper.Offer {
    fileprivate func check() throws {
        var fields: [String: Phrase] = [:]
        if !radius.isFinite || !(500...100_000).contains(radius) {
            fields["radius"] = "matching.radius|Choose how far they can go, up to 60 miles."
        }
        if !(0...20).contains(capacity) { fields["capacity"] = "matching.capacity|Choose a number from 0 to 20." }
        if !(1...20).contains(languages.count) || !languages.allSatisfy(LanguageCode.isRealInSmall) {
            fields["languages"] = "matching.languages|Choose 1 to 20 languages from the list."
        }
        if skills.count > 40 { fields["skills"] = "matching.skills|Choose up to 40 skills." }
        if !skills.allSatisfy(\.isDated) { fields["skills"] = HeldSkill.undated }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
    }
}

extension HeldSkill {
    fileprivate static let undated: Phrase = "matching.skill_undated|Enter the day this certificate ends."

    fileprivate var isDated: Bool { expiresAt != nil || !skill.needsCertificate }

    fileprivate func check() throws {
        if !isDated { throw Refusal.invalid(["skills": Self.undated]) }
    }
}
