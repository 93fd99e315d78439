// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// An incident and everything that belongs to it is kept past its time, for a court: two persons agreed, said why, and
/// chose the day to look at it again. It ends only when two persons end it.
package struct LegalHold: Sendable {
    package let id: Ref<LegalHold>
    package let incident: Ref<Incident>
    package let placedAt: Instant
    /// When it is looked at again; the hold does not end by itself.
    package let reviewAt: Instant
    package let askedBy: Ref<Person>
    package let approvedBy: Ref<Person>
    private let sealedReason: Sealed<String>

    private static let reasonKind = "hold.reason"

    /// Nil without a key of the incident's team.
    package func reason(for caller: Caller) -> String? {
        guard let keyring = caller.keyring else { return nil }
        return try? sealedReason.open(kind: Self.reasonKind, record: id.text, with: keyring)
    }

    /// The one that stands on an incident, or on what it was merged into or with.
    package static func standing(on incident: Ref<Incident>, in tx: Transaction) throws -> LegalHold? {
        try tx.first(
            LegalHold.self,
            """
            SELECT * FROM legal_holds WHERE lifted_at IS NULL AND (incident = \(incident)
                OR incident IN (SELECT id FROM incidents WHERE merged_into = \(incident))
                OR incident IN (SELECT merged_into FROM incidents WHERE id = \(incident)))
            ORDER BY placed_at LIMIT 1
            """
        )
    }

    package static func standing(in tx: Transaction) throws -> [LegalHold] {
        try tx.all(LegalHold.self, "SELECT * FROM legal_holds WHERE lifted_at IS NULL ORDER BY placed_at, id")
    }

    /// The incidents that nothing may be taken from: those with a hold, and what was merged into or with them.
    static let held: SQL = """
        SELECT h.incident FROM legal_holds h WHERE h.lifted_at IS NULL
        UNION SELECT m.id FROM incidents m JOIN legal_holds h ON h.incident = m.merged_into WHERE h.lifted_at IS NULL
        UNION SELECT i.merged_into FROM incidents i JOIN legal_holds h ON h.incident = i.id
            WHERE h.lifted_at IS NULL AND i.merged_into IS NOT NULL
        """

    /// Nothing may leave an incident under a hold: taken apart or called spam, its reports would lose it.
    static func requireNone(on incident: Ref<Incident>, in tx: Transaction) throws {
        guard try standing(on: incident, in: tx) == nil else { throw Refusal.held }
    }

    static func requireNone(on report: Ref<Report>, in tx: Transaction) throws {
        let standing = try tx.count(
            "SELECT count(*) FROM incident_reports WHERE report = \(report) AND incident IN (\(held))"
        )
        guard standing == 0 else { throw Refusal.held }
    }

    /// Those whose day has come: whoever could end them is asked to look, once a week.
    static func due(in tx: Transaction) throws -> [LegalHold] {
        try tx.all(
            LegalHold.self,
            "SELECT * FROM legal_holds WHERE lifted_at IS NULL AND review_at <= \(tx.now) ORDER BY review_at, id"
        )
    }

    /// Goes with its incident, after it was lifted.
    static func forget(_ incidents: [Ref<Incident>], in tx: Transaction) throws {
        let lifted: SQL = "FROM legal_holds WHERE lifted_at IS NOT NULL AND incident IN \(list: incidents)"
        try ShredDue.add(of: "SELECT sealed_reason \(lifted)", in: tx)
        try tx.run("DELETE \(lifted)")
    }

    fileprivate static func place(
        on incident: Ref<Incident>,
        because reason: String,
        until review: Instant,
        _ approval: Proposal.Approval,
        in tx: Transaction
    ) throws {
        let id = Ref<LegalHold>.new(at: tx.now)
        guard let present = try Incident.present(incident, in: tx) else { throw Refusal.notFound }
        let team = try Team.current(present.team, in: tx)
        let sealed = try Sealed.seal(reason, kind: reasonKind, record: id.text, to: [team], shred: tx.shredKey())
        let placed = try tx.run(
            """
            INSERT INTO legal_holds (id, incident, sealed_reason, asked_by, approved_by, placed_at, review_at)
            VALUES (\(id), \(incident), \(sealed), \(approval.asker), \(approval.caller.person), \(tx.now), \(review))
            ON CONFLICT DO NOTHING
            """
        )
        guard placed == 1 else { throw Refusal.heldAlready }
        try Incident.record("held", incident, by: approval.caller, in: tx)
    }

    fileprivate static func lift(_ id: Ref<LegalHold>, _ approval: Proposal.Approval, in tx: Transaction) throws {
        let incident = try tx.one(
            Ref<Incident>.self,
            """
            UPDATE legal_holds SET lifted_at = \(tx.now), lift_asked_by = \(approval.asker),
                lift_approved_by = \(approval.caller.person)
            WHERE id = \(id) AND lifted_at IS NULL RETURNING incident
            """
        )
        guard let incident else { throw Refusal.notFound }
        try Incident.record("released", incident, by: approval.caller, in: tx)
    }
}

extension LegalHold: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        incident = try row["incident"]
        placedAt = try row["placed_at"]
        reviewAt = try row["review_at"]
        askedBy = try row["asked_by"]
        approvedBy = try row["approved_by"]
        sealedReason = try row["sealed_reason"]
    }
}

/// Asks that an incident is kept for a court. Why is the proposal's reason, and must be there.
package struct HoldPlacing: TwoPersonAct {
    package static let kind = Proposal.Kind.hold

    package let incident: Ref<Incident>
    package let reviewAt: Instant

    package init(_ incident: Ref<Incident>, reviewAt: Instant) { (self.incident, self.reviewAt) = (incident, reviewAt) }

    package var subject: String { incident.text }

    package func allow(_ caller: Caller, in tx: Transaction) throws { try caller.require(.holdLegally) }

    package func check(in tx: Transaction) throws {
        guard let present = try Incident.present(incident, in: tx), present.id == incident else {
            throw Refusal.notFound
        }
        guard try LegalHold.standing(on: incident, in: tx) == nil else { throw Refusal.heldAlready }
        guard reviewAt > tx.now, reviewAt <= tx.now + .days(730) else {
            throw Refusal.invalid(["review": "response.hold_day|Choose a day within the next two years."])
        }
    }

    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.holdLegally, in: tx) }
    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.holdLegally, in: tx) }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        [
            t(
                "proposal.hold_1|This incident and all that belongs to it are kept: reports, files, observations, notes."
            ),
            t(
                "proposal.hold_2|They are not deleted on time. We look at it again on {day}.",
                ["day": LocalTime(reviewAt).isoDay]
            ),
            t("proposal.hold_3|Reporters can’t erase their report while it lasts. They are told so."),
        ]
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        guard let reason = approval.reason, !reason.isEmpty else {
            throw Refusal(
                .conflict,
                "response.hold_reason|The reason can’t be opened. Unlock first, or ask for it again with a reason."
            )
        }
        try LegalHold.place(on: incident, because: reason, until: reviewAt, approval, in: tx)
    }
}

/// Asks that a legal hold ends: then the usual times hold again.
package struct HoldLifting: TwoPersonAct {
    package static let kind = Proposal.Kind.lifting

    package let hold: Ref<LegalHold>
    package let incident: Ref<Incident>

    package init(_ hold: LegalHold) { (self.hold, incident) = (hold.id, hold.incident) }

    package var subject: String { hold.text }

    package func allow(_ caller: Caller, in tx: Transaction) throws { try caller.require(.holdLegally) }
    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.holdLegally, in: tx) }
    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.holdLegally, in: tx) }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        [
            t("proposal.lift_1|The legal hold on this incident ends."),
            t("proposal.lift_2|What is past its time is deleted within minutes. This can’t be undone."),
        ]
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        try LegalHold.lift(hold, approval, in: tx)
    }
}

extension Refusal {
    package static var held: Refusal {
        Refusal(.conflict, "response.held|This is kept for a court. Nothing can be taken from it until the hold ends.")
    }

    static var heldAlready: Refusal {
        Refusal(.conflict, "response.held_already|There is a legal hold on it already.")
    }
}

extension Acts {
    /// Those of this area.
    package static let response: [any TwoPersonAct.Type] = [
        HoldPlacing.self, HoldLifting.self, RetentionChange.self, AlertApproval.self,
    ]
}
