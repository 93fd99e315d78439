// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

/// What sending people has to know about an incident: nothing sealed.
struct Scene: Readable {
    let incident: Ref<Incident>
    let team: Ref<Team>
    let kind: String
    let zone: String?
    /// Closed, over, or shown to be nothing to go to: nobody is asked anymore.
    let isSettled: Bool
    let state: IncidentState
    let truth: Truth
    let isOver: Bool
    let isExercise: Bool

    init(row: Row) throws {
        incident = try row["id"]
        team = try row["team"]
        kind = try row["kind"]
        zone = try row["zone"]
        truth = try row["truth"]
        state = try row["state"]
        isOver = try row["is_over"]
        isSettled = state == .closed || isOver || truth.isDispelled
        isExercise = try row["exercise"]
    }

    static func find(_ incident: Ref<Incident>, in tx: Transaction) throws -> Scene {
        let found = try tx.first(
            Scene.self,
            "SELECT id, team, kind, zone, state, truth, is_over, exercise FROM incidents WHERE id = \(incident)"
        )
        guard let found else { throw Refusal.notFound }
        return found
    }

    /// What a shift that ends leaves to the next; a drill of our own is nobody's to take over.
    static func open(in tx: Transaction) throws -> Int {
        try tx.count(
            """
            SELECT count(*) FROM incidents WHERE state <> 'closed' AND merged_into IS NULL
                AND (exercise = 0 OR NOT EXISTS (SELECT 1 FROM exercises WHERE state = 'running'))
            """
        )
    }

    /// The middle of its neighborhood: the exact place is sealed.
    func middle(_ places: Places) -> Point? { zone.flatMap(places.place)?.center }
}

/// Who holds a role now.
enum Roster {
    /// One person's row, not everybody's: ten thousand who sign up at once each ask this.
    static func isMember(_ person: Ref<Person>, with roles: Set<Role>, in tx: Transaction) throws -> Bool {
        try tx.count(
            """
            SELECT count(*) FROM person_roles r JOIN people p ON p.id = r.person
            WHERE p.id = \(person) AND p.removed_at IS NULL AND r.role IN \(list: roles.map(\.rawValue).sorted())
            """
        ) > 0
    }

    /// Members who left hold none.
    static func members(with roles: Set<Role>, in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(
            try tx.list(
                Ref<Person>.self,
                """
                SELECT r.person FROM person_roles r JOIN people p ON p.id = r.person
                WHERE p.removed_at IS NULL AND r.role IN \(list: roles.map(\.rawValue).sorted())
                """
            )
        )
    }
}

extension Skill {
    /// The skills that a dispatch can ask for.
    package static let dispatchable: [Skill] = [.verifier, .observer, .interpreter, .comforter, .driver, .attorney]

    /// A skill is what somebody can do, a role is what the coalition lets them do: both are needed to be asked.
    package var roles: Set<Role> {
        switch self {
        case .verifier: [.verifier]
        case .observer: [.observer]
        case .attorney: [.attorney]
        case .dispatcher: [.dispatcher]
        case .operator: [.operator]
        case .caseCoordinator: [.caseCoordinator]
        default: Permission.beDispatched.roles
        }
    }
}
