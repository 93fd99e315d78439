// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The whole: one coalition an instance.
package enum Coalition {
    /// What setting up made.
    package struct Founded: Sendable {
        package let organisation: Ref<Organisation>
        package let response: Ref<Team>
        package let coordinator: Ref<Person>
    }

    /// Its first organisation, its first coordinator, and the response team with the first key. Once only.
    package static func setUp(
        name: String,
        shortName: String,
        coordinator: Enrolment,
        handle: String,
        roles: Set<Role> = [.coordinator],
        language: String = "en",
        founding: KeyPair? = nil,
        in tx: Transaction
    ) throws -> Founded {
        guard try !isSetUp(in: tx) else {
            throw Refusal(.conflict, "people.already_set_up|This coalition is set up already.")
        }
        let person = coordinator.person
        let organisation = try Organisation.found(name: name, shortName: shortName, actor: person, in: tx)
        try Person.insert(
            coordinator,
            handle: handle,
            organisation: organisation,
            roles: roles.union([.coordinator]),
            language: language,
            actor: person,
            in: tx
        )
        let response =
            try Team.adopt(purpose: "response", keys: founding, first: person, in: tx)
            ?? Team.create(name: "Response", purpose: "response", organisation: nil, first: person, in: tx)
        try tx.attest(Event("coalition.set_up", subject: organisation.text, actor: person.text))
        return Founded(organisation: organisation, response: response, coordinator: person)
    }

    /// Before anybody set it up: reports can be sealed already, to the key that `setUp` hands to the coordinator.
    package static func awaitSetUp(keys: KeyPair, in tx: Transaction) throws {
        let teams = try tx.count("SELECT count(*) FROM teams WHERE purpose = 'response' AND organisation IS NULL")
        if teams == 0 { try Team.found(name: "Response", purpose: "response", keys: keys, in: tx) }
    }

    package static func isSetUp(in tx: Transaction) throws -> Bool {
        try tx.one(Int.self, "SELECT 1 FROM organisations LIMIT 1") != nil
    }
}
