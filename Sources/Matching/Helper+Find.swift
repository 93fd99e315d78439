// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Helper {
    /// Nil when the person is no helper.
    package static func find(_ person: Ref<Person>, in tx: Transaction) throws -> Helper? {
        try load("WHERE h.person = \(person)", attributes: "WHERE person = \(person)", in: tx).first
    }

    package static func all(in tx: Transaction) throws -> [Helper] { try load("", attributes: "", in: tx) }

    /// Everybody who ever had the skill, so that a certificate that ran out is seen as one.
    package static func all(with skill: Skill, in tx: Transaction) throws -> [Helper] {
        let people: SQL = "IN (SELECT person FROM helper_skills WHERE skill = \(skill))"
        return try load("WHERE h.person \(people)", attributes: "WHERE person \(people)", in: tx)
    }

    private static func load(_ filter: SQL, attributes: SQL, in tx: Transaction) throws -> [Helper] {
        var skills: [String: [HeldSkill]] = [:]
        let skillRows = try tx.rows(
            "SELECT person, skill, expires_at FROM helper_skills \(attributes) ORDER BY person, skill"
        )
        for row in skillRows {
            skills[try row["person"], default: []].append(HeldSkill(try row["skill"], until: try row["expires_at"]))
        }
        var languages: [String: [String]] = [:]
        let languageRows = try tx.rows(
            "SELECT person, language FROM helper_languages \(attributes) ORDER BY person, language"
        )
        for row in languageRows { languages[try row["person"], default: []].append(try row["language"]) }
        return try tx.rows("SELECT h.* FROM helpers h \(filter) ORDER BY h.person").map { row in
            let person: Ref<Person> = try row["person"]
            return try Helper(row, person, skills: skills[person.text] ?? [], languages: languages[person.text] ?? [])
        }
    }

    private init(_ row: Row, _ person: Ref<Person>, skills: [HeldSkill], languages: [String]) throws {
        guard let point = Point(latitude: try row["latitude"], longitude: try row["longitude"]) else {
            throw ColumnError.mismatch(expected: "a place on earth")
        }
        self.init(
            person: person,
            place: try row["place"],
            point: point,
            radius: Double(try row["radius_m"] as Int),
            skills: skills,
            languages: languages,
            capacity: try row["capacity"],
            pausedUntil: try row["paused_until"],
            lastAskedAt: try row["last_asked_at"],
            asked: try row["asked"],
            answered: try row["answered"]
        )
    }
}

extension Match {
    /// Everybody with the skill, as they are now. `mayServe` is who holds the role and is still a member; `busy` is
    /// who is asked or out already.
    package static func candidates(
        with skill: Skill,
        mayServe: Set<Ref<Person>>? = nil,
        busy: Set<Ref<Person>> = [],
        in tx: Transaction
    ) throws -> [Candidate] {
        let available = try Availability.people(at: tx.now, in: tx)
        return try Helper.all(with: skill, in: tx).compactMap { helper in
            if let mayServe, !mayServe.contains(helper.person) { return nil }
            return Candidate(
                helper,
                isOnShift: available.contains(helper.person),
                isBusy: busy.contains(helper.person)
            )
        }
    }
}
