// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Helper {
    /// Nil when the person is no helper.
    package static func find(_ person: Ref<Person>, in tx: Transaction) throws -> Helper? {
        try load("WHERE h.person = \(person)", attributes: "WHERE h.person = \(person)", in: tx).first
    }

    package static func all(in tx: Transaction) throws -> [Helper] { try load("", attributes: "", in: tx) }

    /// Whose person is still a member. `filter` speaks of `h.person` and begins with `AND`.
    static func present(_ filter: SQL, in tx: Transaction) throws -> [Helper] {
        let members: SQL = "WHERE h.person IN (SELECT id FROM people WHERE removed_at IS NULL) \(filter)"
        return try load(members, attributes: members, in: tx)
    }

    private static func load(_ filter: SQL, attributes: SQL, in tx: Transaction) throws -> [Helper] {
        var skills: [String: [HeldSkill]] = [:]
        let skillRows = try tx.rows(
            "SELECT h.person, h.skill, h.expires_at FROM helper_skills h \(attributes) ORDER BY h.person, h.skill"
        )
        for row in skillRows {
            skills[try row["person"], default: []].append(HeldSkill(try row["skill"], until: try row["expires_at"]))
        }
        var languages: [String: [String]] = [:]
        let languageRows = try tx.rows(
            "SELECT h.person, h.language FROM helper_languages h \(attributes) ORDER BY h.person, h.language"
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
            restsUntil: try row["rests_until"],
            lastAskedAt: try row["last_asked_at"],
            asked: try row["asked"],
            accepted: try row["accepted"]
        )
    }
}
