// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// What a coalition that begins does first, for whoever manages its people: each step is done when the database says so,
/// whoever did it.
package struct FirstSteps: Sendable {
    /// In the order in which they are best done.
    package enum Step: String, CaseIterable, Sendable {
        case recovery, invite, second, dispatcher, helpers, shifts, facts
    }

    package let done: Set<Step>
    /// The reader put the list away; it is one tap away still.
    package let isFolded: Bool

    package var left: Int { Step.allCases.count - done.count }

    /// Nil for those it is not for, and when everything is done.
    package static func load(for caller: Caller, in tx: Transaction) throws -> FirstSteps? {
        guard caller.can(.managePeople) else { return nil }
        let others: SQL = "FROM people p WHERE p.removed_at IS NULL AND p.id <> \(caller.person)"
        let managing = Permission.managePeople.roles.map(\.rawValue).sorted()
        let row = try tx.rows(
            """
            SELECT (SELECT count(*) FROM recovery_seeds WHERE person = \(caller.person)) AS recovery,
                (SELECT count(*) FROM (SELECT 1 \(others) LIMIT 1) one) AS invite,
                (SELECT count(*) FROM (SELECT 1 \(others) AND EXISTS (
                    SELECT 1 FROM person_roles r WHERE r.person = p.id AND r.role IN \(list: managing)
                ) LIMIT 1) one) AS second,
                (SELECT count(*) FROM (SELECT 1 FROM person_roles r JOIN people p ON p.id = r.person
                    WHERE r.role = \(Role.dispatcher) AND p.removed_at IS NULL LIMIT 1) one) AS dispatcher,
                (SELECT count(*) FROM (SELECT 1 FROM helpers LIMIT 1) one) AS helpers,
                (SELECT count(*) FROM (SELECT 1 FROM shifts LIMIT 1) one)
                    + (SELECT count(*) FROM (SELECT 1 FROM open_shifts LIMIT 1) one) AS shifts,
                (SELECT count(*) FROM (SELECT 1 FROM fact_revisions WHERE state = 'approved' LIMIT 1) one) AS facts
            """
        ).first
        guard let row else { return nil }
        let done = try Step.allCases.filter { try (row[$0.rawValue] as Int) > 0 }
        guard done.count < Step.allCases.count else { return nil }
        return FirstSteps(done: Set(done), isFolded: try Settings.value(key(caller.person), in: tx) != nil)
    }

    /// Puts the list away for oneself, or back.
    package static func fold(_ isFolded: Bool, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        guard isFolded else { return try forget(caller.person, in: tx) }
        try Settings.set(key(caller.person), to: "folded", by: caller.person.text, in: tx)
    }

    static func forget(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("DELETE FROM settings WHERE key = \(key(person))")
    }

    private static func key(_ person: Ref<Person>) -> String { "response.first_steps.\(person.text)" }
}
