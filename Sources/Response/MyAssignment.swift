// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Vault

/// The one card of a responder's phone: what, about where, how far, who else goes, and what to do next.
package struct MyAssignment: Sendable {
    package let assignment: Assignment
    /// What was reported: the raw value of a `ReportKind`.
    package let kind: String
    /// The id of a neighborhood; never finer.
    package let zone: String?
    package let isExercise: Bool
    /// What is known by now, as everybody who asks is told.
    package let truth: Truth
    package let isOver: Bool
    package let wanted: Int
    /// How many more are asked for at the incident, in any role: without those who go, and without the caller.
    package let more: Int
    /// Where to meet, once they said yes; nil when nobody wrote it, or their keys don't open it.
    package let meeting: String?
    /// Whether there is a meeting point that waits for an unlock.
    package let isMeetingSealed: Bool
    package let others: [Companion]
    /// Whether they may sign what they found there: they arrived, and their certificate holds. Also when it was answered
    /// meanwhile: whoever sees it may know better.
    package let mayVerify: Bool
    /// They said no, and can still say yes.
    package let mayReturn: Bool

    /// Somebody else who goes to the same incident.
    package struct Companion: Sendable, Hashable {
        package let person: Ref<Person>
        package let handle: String
        package let role: Skill
        package let state: Assignment.State
    }

    package var next: Assignment.Step? { assignment.next }

    /// They said yes, and are not through yet.
    package var isGoing: Bool { assignment.state.isActive && assignment.state != .offered }

    /// How long they can still say yes; nil once they answered.
    package func timeLeft(at now: Instant) -> Duration? {
        guard assignment.state == .offered else { return nil }
        return max(.zero, assignment.expiresAt - now)
    }

    /// What the caller is asked or doing now; of several, an offer that waits for an answer first, then the newest. An
    /// offer whose time is up is none, even before its job ran.
    package static func current(for caller: Caller, in tx: Transaction) throws -> MyAssignment? {
        let mine = try tx.first(
            Assignment.self,
            """
            SELECT * FROM assignments WHERE person = \(caller.person)
                AND (state \(Assignment.going) OR (state = 'offered' AND expires_at > \(tx.now)))
            ORDER BY CASE state WHEN 'offered' THEN 0 ELSE 1 END, offered_at DESC, id DESC LIMIT 1
            """
        )
        return try mine.map { try load($0, for: caller, in: tx) }
    }

    /// One of the caller's own, also when it is over; a stranger's is not found.
    package static func find(
        _ id: Ref<Assignment>,
        for caller: Caller,
        in tx: Transaction
    ) throws -> MyAssignment {
        try load(try Assignment.own(id, by: caller, in: tx), for: caller, in: tx)
    }

    /// The caller's last ones, newest first.
    package static func recent(for caller: Caller, limit: Int = 10, in tx: Transaction) throws -> [Assignment] {
        try tx.all(
            Assignment.self,
            """
            SELECT * FROM assignments WHERE person = \(caller.person)
            ORDER BY offered_at DESC, id DESC LIMIT \(limit)
            """
        )
    }

    /// Signs what the caller found where they were sent.
    @discardableResult
    package static func verify(
        _ id: Ref<Assignment>,
        finding: Verification.Finding,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws -> Incident.Outcome {
        let mine = try Assignment.own(id, by: caller, in: tx)
        return try Incident.verify(mine.incident, finding: finding, by: caller, timings: timings, in: tx)
    }

    private static func load(_ mine: Assignment, for caller: Caller, in tx: Transaction) throws -> MyAssignment {
        let scene = try Scene.find(mine.incident, in: tx)
        let dispatch = try Dispatch.find(mine.dispatch, in: tx)
        // Whoever has not said yes does not need to know where, nor who goes.
        let isGoing = mine.state.isActive && mine.state != .offered
        let meeting = try isGoing ? opened(dispatch, for: caller) : nil
        return MyAssignment(
            assignment: mine,
            kind: scene.kind,
            zone: scene.zone,
            isExercise: scene.isExercise,
            truth: scene.truth,
            isOver: scene.isOver,
            wanted: dispatch.wanted,
            more: try more(than: mine, in: tx),
            meeting: meeting,
            isMeetingSealed: isGoing && dispatch.meeting != nil && meeting == nil,
            others: isGoing ? try companions(of: mine, in: tx) : [],
            mayVerify: try (mine.state == .onScene || mine.state == .done) && caller.can(.verify)
                && Verification.isVerifier(caller.person, in: tx) && scene.state != .closed,
            mayReturn: try mine.mayReturn(in: tx)
        )
    }

    private static func opened(_ dispatch: Dispatch, for caller: Caller) throws -> String? {
        guard let sealed = dispatch.meeting, let keyring = caller.keyring else { return nil }
        do {
            return try sealed.open(kind: Dispatch.meetingKind, record: dispatch.id.text, with: keyring).text
        } catch VaultError.noKey {
            return nil
        }
    }

    private static func more(than mine: Assignment, in tx: Transaction) throws -> Int {
        try Dispatch.all(of: mine.incident, in: tx).filter { $0.state == .asking }.reduce(0) { sum, dispatch in
            let isMine = dispatch.id == mine.dispatch && mine.state == .offered
            return try sum + max(0, dispatch.wanted - Dispatch.Quorum(of: dispatch, in: tx).accepted - (isMine ? 1 : 0))
        }
    }

    private static func companions(of mine: Assignment, in tx: Transaction) throws -> [Companion] {
        let going = try Assignment.going(to: mine.incident, in: tx).filter { $0.person != mine.person }
        let handles = try Person.handles(of: going.map(\.person), in: tx)
        return going.map { other in
            Companion(
                person: other.person,
                handle: handles[other.person] ?? "",
                role: other.role,
                state: other.state
            )
        }
    }
}

extension Incident {
    /// What everybody may know of an incident that they are or were sent to.
    package struct Known: Sendable {
        package let truth: Truth
        package let isOver: Bool
        package let isExercise: Bool

        package init(truth: Truth, isOver: Bool, isExercise: Bool) {
            (self.truth, self.isOver, self.isExercise) = (truth, isOver, isExercise)
        }
    }

    package static func known(of incidents: [Ref<Incident>], in tx: Transaction) throws -> [Ref<Incident>: Known] {
        let rows = try tx.rows(
            "SELECT id, truth, is_over, exercise FROM incidents WHERE id IN \(list: Set(incidents.map(\.text)).sorted())"
        )
        return try rows.reduce(into: [:]) { known, row in
            known[try row["id"]] = Known(
                truth: try row["truth"],
                isOver: try row["is_over"],
                isExercise: try row["exercise"]
            )
        }
    }
}
