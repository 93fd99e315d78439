// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

/// The talk after an incident: when, where, and who comes. Whoever went or worked on it is asked. What came of it is
/// written as the `AfterAction`, without names; who came is forgotten.
package struct DebriefMeeting: Sendable {
    package let incident: Ref<Incident>
    let scene: Scene
    package let meetsAt: Instant
    package let calledBy: Ref<Person>
    /// Sealed as `debrief.place`.
    package let place: Sealed<Place>?
    /// Who was asked, and what they said; nil: nothing yet.
    package let guests: [Ref<Person>: Bool?]

    package struct Place: Codable, Sendable {
        package let text: String
    }

    package var kind: ReportKind { ReportKind(rawValue: scene.kind) ?? .other }
    /// The id of a neighborhood.
    package var zone: String? { scene.zone }
    package var isExercise: Bool { scene.isExercise }
    package var coming: Int { guests.values.reduce(0) { $0 + ($1 == true ? 1 : 0) } }

    /// Asks everybody who was there or worked on it. Calling it again moves it, and asks anew. Fields: `meets`, `place`.
    package static func call(
        _ id: Ref<Incident>,
        at time: Instant,
        place: String?,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.closeIncident)
        let incident = try Incident.find(id, by: caller, in: tx)
        guard incident.state == .answered || incident.state == .closed, incident.mergedInto == nil else {
            throw Refusal(.conflict, "response.debrief_early|Answer this incident first. The debrief comes after.")
        }
        var check = FieldCheck()
        let clean = check.text(place, "place", limit: 200)
        if let clean { ReportFiling.flagNeverKept(clean, "place", &check) }
        if time <= tx.now || time > tx.now + .days(14) {
            check.flag("meets", "debrief.time|Choose a time in the next two weeks.")
        }
        try check.settle()
        let team = try Team.current(incident.team, in: tx)
        let sealed = try clean.map {
            try Sealed.seal(Place(text: $0), kind: sealedKind, record: id.text, to: [team], shred: tx.shredKey())
        }
        try forget([id], in: tx)
        try tx.run(
            """
            INSERT INTO debrief_meetings (incident, meets_at, called_by, sealed_place)
            VALUES (\(id), \(time), \(caller.person), \(sealed))
            """
        )
        let guests = try CareCheck.involved(in: id, in: tx).union([caller.person])
        for guest in guests.sorted(by: { $0.text < $1.text }) {
            let comes: Bool? = guest == caller.person ? true : nil
            try tx.run(
                "INSERT INTO debrief_guests (incident, person, comes) VALUES (\(id), \(guest), \(comes.map { $0 ? 1 : 0 }))"
            )
            guard guest != caller.person else { continue }
            try Message.tell(
                guest,
                .debriefCalled,
                about: id.text,
                key: "\(id.text):\(tx.now.milliseconds)",
                expires: time - tx.now,
                isExercise: incident.isExercise,
                in: tx
            )
        }
        try Debrief.settle(id, in: tx)
        try Incident.record("debrief_called", id, by: caller, ["asked": "\(guests.count)"], in: tx)
    }

    /// "I come", or "I can't": until the meeting is over, as often as they change their mind.
    package static func answer(
        _ id: Ref<Incident>,
        comes: Bool,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let changed = try tx.run(
            """
            UPDATE debrief_guests SET comes = \(comes ? 1 : 0) WHERE incident = \(id) AND person = \(caller.person)
            """
        )
        guard changed == 1 else { throw Refusal.notFound }
        // Only the question itself: an attorney's page about the same incident is another matter.
        for message in try Message.about(id.text, in: tx)
        where message.kind == .debriefCalled && message.person == caller.person && message.acknowledgedAt == nil {
            try Message.acknowledge(message.id, by: caller, in: tx)
        }
    }

    /// For those who were asked and those who lead; to others there is none.
    package static func find(_ id: Ref<Incident>, for caller: Caller, in tx: Transaction) throws -> DebriefMeeting {
        guard let meeting = try find(id, in: tx),
            meeting.guests.keys.contains(caller.person) || caller.can(.closeIncident)
        else { throw Refusal.notFound }
        return meeting
    }

    static func find(_ id: Ref<Incident>, in tx: Transaction) throws -> DebriefMeeting? {
        guard let row = try tx.rows("SELECT * FROM debrief_meetings WHERE incident = \(id)").first else { return nil }
        let guests = try tx.rows("SELECT person, comes FROM debrief_guests WHERE incident = \(id)")
        return DebriefMeeting(
            incident: id,
            scene: try Scene.find(id, in: tx),
            meetsAt: try row["meets_at"],
            calledBy: try row["called_by"],
            place: try row["sealed_place"],
            guests: try guests.reduce(into: [:]) { all, guest in
                let comes: Int? = try guest["comes"]
                all[try guest["person"]] = .some(comes.map { $0 == 1 })
            }
        )
    }

    /// Where they meet; nil where nobody wrote it, or the caller's keys don't open it.
    package func place(for caller: Caller) -> String? {
        caller.keyring.flatMap { try? place?.open(kind: Self.sealedKind, record: incident.text, with: $0).text }
    }

    private static let sealedKind = "debrief.place"

    static let holdings = [
        Holding(
            "debrief_meetings",
            "holding.debrief_meetings|When an incident is talked over",
            day: "meets_at",
            kept: .words("holding.with_incident|As long as its incident"),
            plain: "incident meets_at called_by",
            sealed: "sealed_place"
        ),
        Holding(
            "debrief_guests",
            "holding.debrief_guests|Who was asked to talk it over, and who comes",
            kept: .words("holding.until_week_after|Until a week after"),
            plain: "incident person comes"
        ),
    ]

    static func forget(_ incidents: [Ref<Incident>], in tx: Transaction) throws {
        let which: SQL = "incident IN \(list: incidents.map(\.text))"
        for incident in incidents { try Message.withdraw(.debriefCalled, about: incident.text, in: tx) }
        try ShredDue.add(
            of: "SELECT substr(sealed_place, 1, 10) FROM debrief_meetings WHERE sealed_place IS NOT NULL AND \(which)",
            in: tx
        )
        try tx.run("DELETE FROM debrief_guests WHERE \(which)")
        try tx.run("DELETE FROM debrief_meetings WHERE \(which)")
    }

    /// Who came is nobody's business a week later.
    static func forgetGuests(in tx: Transaction) throws {
        try tx.run(
            """
            DELETE FROM debrief_guests WHERE incident IN
                (SELECT incident FROM debrief_meetings WHERE meets_at < \(tx.now - .days(7)))
            """
        )
    }
}
