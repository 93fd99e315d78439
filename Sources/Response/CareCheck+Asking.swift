// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Vault

extension CareCheck {
    /// They were on the scene and are home: others are asked to go for a while, and they how they are. An exercise asks
    /// nobody, and nobody rests from it.
    static func ask(after assignment: Assignment, in tx: Transaction) throws {
        guard let arrived = assignment.arrivedAt, try !Scene.find(assignment.incident, in: tx).isExercise else {
            return
        }
        let home = try Assignment.find(assignment.id, in: tx).endedAt ?? tx.now
        let rest = try Timings.load(in: tx).rest(after: home - arrived)
        try Helper.rest(assignment.person, until: home + rest, in: tx)
        try ask(assignment.person, about: assignment.incident.text, .mission, in: tx)
    }

    /// Whoever led an incident says that it was hard: everybody who went or worked on it is asked, the caller too.
    package static func askEverybody(
        of id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.closeIncident)
        let incident = try Incident.find(id, by: caller, in: tx)
        guard !incident.isExercise else {
            throw Refusal(.conflict, "care.exercise|This was an exercise. Nobody was asked.")
        }
        let people = try involved(in: id, in: tx)
        var asked = 0
        for person in people.sorted(by: { $0.text < $1.text })
        where try ask(person, about: id.text, .hard, in: tx) { asked += 1 }
        try Incident.record("hard", id, by: caller, ["asked": "\(asked)"], in: tx)
    }

    /// A shift is over: did its owner serve more than the limits, by what was served and not by what was planned?
    static func ask(after shift: Shift, in tx: Transaction) throws {
        let served = Fatigue.Span(from: shift.startsAt, to: shift.endsAt)
        let others = try Fatigue.served(shift.person, around: served, startedBeside: shift.id, in: tx).compactMap {
            one in
            let end = min(one.to, tx.now)
            return one.from < end ? Fatigue.Span(from: one.from, to: end) : nil
        }
        guard Fatigue(try Timings.load(in: tx)).exceeded(by: served, beside: others) != nil else { return }
        try ask(shift.person, about: shift.id.text, .load, in: tx)
    }

    /// Who went or said yes, who looked, and who took a step, among present members.
    static func involved(in id: Ref<Incident>, in tx: Transaction) throws -> Set<Ref<Person>> {
        let went = try Assignment.all(of: id, in: tx).filter { $0.answeredAt != nil && $0.state != .declined }
        // Whoever said no took a step too, and looking at a photo is not working on it.
        let acted = try tx.list(
            String.self,
            """
            SELECT DISTINCT actor \(IncidentEvents.of(id, in: tx)) AND actor IS NOT NULL
                AND kind NOT LIKE 'assignment.%' AND kind <> 'file.opened'
            """
        ).compactMap(Ref<Person>.init)
        let all = Set(went.map(\.person) + acted)
        let present = try tx.list(
            Ref<Person>.self,
            "SELECT id FROM people WHERE removed_at IS NULL AND id IN \(list: all.map(\.text).sorted())"
        )
        return Set(present)
    }

    /// Once for each person and thing; what turns out to be hard is said again, while nobody answered. Answers whether
    /// they were told.
    @discardableResult
    private static func ask(
        _ person: Ref<Person>,
        about subject: String,
        _ cause: Cause,
        in tx: Transaction
    ) throws -> Bool {
        let id = Ref<CareCheck>.new(at: tx.now)
        let made = try tx.run(
            """
            INSERT INTO care_checks (id, person, subject, cause, state, asked_at)
            VALUES (\(id), \(person), \(subject), \(cause), 'asked', \(tx.now))
            ON CONFLICT (subject, person) DO NOTHING
            """
        )
        if made == 1 {
            return try tell(id, person, cause == .mission ? .howAreYou : .careOffered, in: tx)
        }
        guard cause == .hard else { return false }
        let before = try tx.one(
            Ref<CareCheck>.self,
            """
            UPDATE care_checks SET cause = 'hard', asked_at = \(tx.now)
            WHERE subject = \(subject) AND person = \(person) AND state = 'asked' AND cause <> 'hard' RETURNING id
            """
        )
        guard let before else { return false }
        try Message.withdraw(.howAreYou, about: before.text, in: tx)
        return try tell(before, person, .careOffered, in: tx)
    }

    private static func tell(
        _ id: Ref<CareCheck>,
        _ person: Ref<Person>,
        _ kind: Message.Kind,
        in tx: Transaction
    ) throws -> Bool {
        try Message.tell(person, kind, about: id.text, key: id.text, expires: asked, in: tx)
    }
}

/// What is deleted, and when.
extension CareCheck {
    package static let keeping = Keeping(
        "care",
        "keeping.care|What responders said about themselves",
        always: .days(30)
    )

    static let holding = Holding(
        "care_checks",
        "holding.care_checks|Which member was asked how they are, and whether they want a call; their words are sealed",
        day: "asked_at",
        kept: .by(keeping),
        plain: "id person subject cause state asked_at answered_at wants_call called_at called_by",
        sealed: "sealed"
    )

    /// Thirty days after the answer, or after it was asked; whoever waits for a call stays until they had it.
    static func purge(in tx: Transaction) throws {
        let old: SQL = """
            coalesce(called_at, answered_at, asked_at) < \(tx.now - keeping.usual)
                AND (wants_call = 0 OR called_at IS NOT NULL)
            """
        try keeping.leaveReceipt(try delete(old, in: tx), in: tx)
    }

    /// A member left for good.
    static func forget(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("UPDATE care_checks SET called_by = 'gone' WHERE called_by = \(person)")
        _ = try delete("person = \(person)", in: tx)
    }

    /// Their incidents are deleted: what was said about oneself stays for its own time, and no longer says of what.
    static func loosen(from incidents: [Ref<Incident>], in tx: Transaction) throws {
        try tx.run("UPDATE care_checks SET subject = id WHERE subject IN \(list: incidents.map(\.text))")
    }

    private static func delete(_ which: SQL, in tx: Transaction) throws -> Int {
        try ShredDue.add(
            of: "SELECT substr(sealed, 1, 10) FROM care_checks WHERE sealed IS NOT NULL AND \(which)",
            in: tx
        )
        let gone = try tx.list(String.self, "SELECT id FROM care_checks WHERE \(which)")
        try Audit.forget(gone, in: tx)
        try tx.run("DELETE FROM messages WHERE subject IN (SELECT id FROM care_checks WHERE \(which))")
        return try tx.run("DELETE FROM care_checks WHERE \(which)")
    }
}
