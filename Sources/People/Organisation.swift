// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A member organisation of the coalition.
package struct Organisation: Sendable {
    package let id: Ref<Organisation>
    package let name: String
    package let shortName: String
    package let createdAt: Instant

    package static func found(
        name: String,
        shortName: String,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Organisation> {
        try caller.require(.manageSettings)
        return try found(name: name, shortName: shortName, actor: caller.person, in: tx)
    }

    package static func all(in tx: Transaction) throws -> [Organisation] {
        try tx.all(Organisation.self, "SELECT * FROM organisations ORDER BY name, id")
    }

    static func found(
        name: String,
        shortName: String,
        actor: Ref<Person>,
        in tx: Transaction
    ) throws -> Ref<Organisation> {
        var fields = Fields()
        let name = fields.text(
            name,
            "name",
            limit: 120,
            missing: "people.organisation_name|Write the name of the organization."
        )
        let shortName = fields.text(
            shortName,
            "short_name",
            limit: 24,
            missing: "people.organisation_short_name|Write a short name, such as its initials."
        )
        try fields.check()
        let id = Ref<Organisation>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO organisations (id, name, short_name, created_at)
            VALUES (\(id), \(name), \(shortName), \(tx.now))
            """
        )
        try tx.attest(Event("organisation.founded", subject: id.text, actor: actor.text))
        return id
    }
}

extension Organisation: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        name = try row["name"]
        shortName = try row["short_name"]
        createdAt = try row["created_at"]
    }
}
