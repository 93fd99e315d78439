// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching
import Messaging
import People

extension Assignment {
    /// Why somebody is called off.
    package enum End {
        case enough, stopped
        /// Their incident became part of another: who is asked or on the way may be asked anew when that is taken back.
        case merged
    }

    package static func find(_ id: Ref<Assignment>, in tx: Transaction) throws -> Assignment {
        let found = try tx.first(Assignment.self, "SELECT * FROM assignments WHERE id = \(id)")
        guard let found else { throw Refusal.notFound }
        return found
    }

    /// In the order they were asked.
    package static func all(of incident: Ref<Incident>, in tx: Transaction) throws -> [Assignment] {
        try tx.all(
            Assignment.self,
            "SELECT * FROM assignments WHERE incident = \(incident) ORDER BY offered_at, wave, id"
        )
    }

    /// Those who are going or there: an incident is not closed over their heads.
    package static func going(to incident: Ref<Incident>, in tx: Transaction) throws -> [Assignment] {
        try all(of: incident, in: tx).filter { $0.state.isActive && $0.state.saidYes }
    }

    /// What a card of the board counts.
    package struct Tally: Sendable, Hashable {
        package var asked = 0
        package var accepted = 0
        package var onTheWay = 0
        package var onScene = 0
        /// On scene, and past a check-in.
        package var overdue = 0
    }

    /// For every incident where somebody is asked or out.
    package static func tallies(in tx: Transaction) throws -> [Ref<Incident>: Tally] {
        let rows = try tx.rows(
            """
            SELECT incident, state, missed_check_ins FROM assignments
            WHERE state \(open)
            """
        )
        return try rows.reduce(into: [:]) { tallies, row in
            let incident: Ref<Incident> = try row["incident"]
            let missed: Int = try row["missed_check_ins"]
            var tally = tallies[incident] ?? Tally()
            switch try row["state"] as State {
            case .offered: tally.asked += 1
            case .accepted: tally.accepted += 1
            case .onTheWay: tally.onTheWay += 1
            case .onScene: tally.onScene += 1
            case .declined, .expired, .done, .calledOff: break
            }
            if missed > 0 { tally.overdue += 1 }
            tallies[incident] = tally
        }
    }

    /// As `State.isOpen`, behind a column in a statement.
    static let open: SQL = "IN ('offered', 'accepted', 'on_the_way', 'on_scene')"

    /// Of those, whoever said yes.
    static let going: SQL = "IN ('accepted', 'on_the_way', 'on_scene')"

    /// For how many things each is asked or out, anywhere. Whoever is in a drill is free for what is real.
    static func load(for scene: Scene, in tx: Transaction) throws -> [Ref<Person>: Int] {
        try load(withDrills: scene.isExercise, in: tx)
    }

    static func load(withDrills: Bool, in tx: Transaction) throws -> [Ref<Person>: Int] {
        let real: SQL = withDrills ? "" : "AND i.exercise = 0"
        let people = try tx.list(
            Ref<Person>.self,
            """
            SELECT a.person FROM assignments a JOIN incidents i ON i.id = a.incident
            WHERE a.state \(open) \(real)
            """
        )
        return people.reduce(into: [:]) { load, person in load[person, default: 0] += 1 }
    }

    /// Whom this dispatch asks no more. Who was only told that enough said yes may be asked again.
    static func asked(by dispatch: Ref<Dispatch>, in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(
            try tx.list(
                Ref<Person>.self,
                "SELECT person FROM assignments WHERE dispatch = \(dispatch) AND spare = 0"
            )
        )
    }

    /// Whom no dispatch of this incident asks by itself: they said that they can't go there, whatever they were asked as. A
    /// dispatcher may still ask them by name.
    static func refused(_ incident: Ref<Incident>, in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(
            try tx.list(
                Ref<Person>.self,
                "SELECT person FROM assignments WHERE incident = \(incident) AND state = \(State.declined)"
            )
        )
    }

    /// Whom this dispatch asked, and who did not answer in time.
    static func silent(about dispatch: Ref<Dispatch>, in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(
            try tx.list(
                Ref<Person>.self,
                "SELECT person FROM assignments WHERE dispatch = \(dispatch) AND state = \(State.expired)"
            )
        )
    }

    /// The first of somebody's places that nothing fills; nil when they have as many as they take.
    static func freeSlot(of person: Ref<Person>, places: Int, in tx: Transaction) throws -> Int? {
        let taken = try tx.list(Int.self, "SELECT slot FROM assignments WHERE person = \(person) AND state \(open)")
        return taken.count < places ? (0..<places).first { !taken.contains($0) } : nil
    }

    /// Nil when they have as many as they take, or this dispatch asks them no more: of two who ask at once, the unique
    /// indexes decide. `places` as in `Helper.places`; `actor` where somebody chose them: then it also asks who did not
    /// answer in time.
    static func offer(
        _ choice: Match.Choice,
        _ dispatch: Dispatch,
        _ scene: Scene,
        wave: Int,
        places: Int,
        _ timings: Timings,
        by actor: Ref<Person>? = nil,
        in tx: Transaction
    ) throws -> Ref<Assignment>? {
        if !scene.isExercise { try Exercise.release(choice.person, in: tx) }
        guard let slot = try freeSlot(of: choice.person, places: places, in: tx) else { return nil }
        let distance = choice.shownDistance
        let why = String(decoding: try JSONEncoder().encode(choice.reasons), as: UTF8.self)
        let silent: SQL = actor == nil ? "" : "OR state = 'expired'"
        let again = try tx.list(
            Ref<Assignment>.self,
            """
            UPDATE assignments SET state = \(State.offered), spare = 0, wave = \(wave), distance_m = \(distance),
                why = \(why), offered_at = \(tx.now), expires_at = \(tx.now + timings.offerLife), slot = \(slot),
                answered_at = NULL, ended_at = NULL
            WHERE dispatch = \(dispatch.id) AND person = \(choice.person) AND (spare = 1 \(silent)) RETURNING id
            """
        ).first
        let id = again ?? Ref<Assignment>.new(at: tx.now)
        if again != nil {
            try Message.withdraw(.enough, about: id.text, in: tx)
            try Message.withdraw(.calledOff, about: id.text, in: tx)
        } else {
            let made = try tx.run(
                """
                INSERT INTO assignments
                    (id, dispatch, incident, person, role, state, wave, distance_m, why, offered_at, expires_at, slot)
                VALUES (\(id), \(dispatch.id), \(dispatch.incident), \(choice.person), \(dispatch.role),
                    \(State.offered), \(wave), \(distance), \(why), \(tx.now), \(tx.now + timings.offerLife), \(slot))
                ON CONFLICT DO NOTHING
                """
            )
            guard made == 1 else { return nil }
        }
        if !scene.isExercise { try Helper.noteAsked(choice.person, in: tx) }
        try Message.tell(
            choice.person,
            .offer,
            about: id.text,
            key: "\(id.text):\(tx.now.milliseconds)",
            expires: timings.offerLife,
            isExercise: scene.isExercise,
            in: tx
        )
        try find(id, in: tx).record("offered", by: actor, ["wave": "\(wave)"], in: tx)
        return id
    }

    /// Every offer whose time is up, of one dispatch or of all: a late job must not keep somebody busy.
    static func expireOffers(of dispatch: Ref<Dispatch>? = nil, in tx: Transaction) throws {
        let which: SQL = dispatch.map { "AND dispatch = \($0)" } ?? ""
        let expired = try tx.all(
            Assignment.self,
            """
            UPDATE assignments SET state = 'expired', ended_at = \(tx.now)
            WHERE state = 'offered' AND expires_at <= \(tx.now) \(which) RETURNING *
            """
        )
        for offer in expired {
            try Message.withdraw(.offer, about: offer.id.text, in: tx)
            if try !Exercise.holds(offer.incident, in: tx) {
                try Helper.noteOutcome(offer.person, saidYes: false, in: tx)
            }
            try offer.record("expired", by: nil, in: tx)
        }
    }

    static func callOffOffers(of dispatch: Ref<Dispatch>, because end: End, in tx: Transaction) throws {
        let offers = try tx.all(
            Assignment.self,
            "SELECT * FROM assignments WHERE dispatch = \(dispatch) AND state = 'offered' ORDER BY id"
        )
        try self.end(offers, because: end, actor: nil, in: tx)
    }

    static func callOffGoing(of dispatch: Ref<Dispatch>, actor: Ref<Person>?, in tx: Transaction) throws {
        let going = try tx.all(
            Assignment.self,
            """
            SELECT * FROM assignments
            WHERE dispatch = \(dispatch) AND state \(going) ORDER BY id
            """
        )
        try end(going, because: .stopped, actor: actor, in: tx)
    }

    /// Tells each of them once; those who are through already are left alone.
    static func end(
        _ assignments: [Assignment],
        because end: End,
        actor: Ref<Person>?,
        in tx: Transaction
    ) throws {
        for assignment in assignments {
            let ended = try tx.run(
                """
                UPDATE assignments SET state = \(State.calledOff), ended_at = \(tx.now), check_in_due_at = NULL,
                    missed_check_ins = 0, spare = \(end != .stopped)
                WHERE id = \(assignment.id) AND state \(open)
                """
            )
            guard ended == 1 else { continue }
            try Message.withdraw(.offer, about: assignment.id.text, in: tx)
            try Message.withdraw(.incidentChanged, about: assignment.id.text, in: tx)
            try CheckIn.settle(assignment.id, in: tx)
            let why = end == .enough ? "enough" : "stopped"
            try Message.tell(
                assignment.person,
                end == .enough ? .enough : .calledOff,
                about: assignment.id.text,
                key: "\(assignment.id.text):\(assignment.offeredAt.milliseconds)",
                expires: .hours(2),
                isExercise: try Exercise.holds(assignment.incident, in: tx),
                in: tx
            )
            try CareCheck.ask(after: assignment, in: tx)
            try assignment.record("called_off", by: actor, ["why": why], in: tx)
        }
    }

    /// What is known of their incident is another than when they went: each is told to look at their card. Not who said
    /// it themselves.
    static func tellChanged(_ going: [Assignment], by caller: Caller?, in tx: Transaction) throws {
        try tell(going.filter { $0.person != caller?.person }, toLookFor: .incidentChanged, in: tx)
    }

    /// A card says what holds now: of several changes the last is enough.
    static func tell(_ going: [Assignment], toLookFor change: Message.Kind, in tx: Transaction) throws {
        for assignment in going {
            try Message.withdraw(change, about: assignment.id.text, in: tx)
            try Message.tell(
                assignment.person,
                change,
                about: assignment.id.text,
                key: "\(assignment.id.text):\(try Event.newest(in: tx))",
                expires: .hours(2),
                isExercise: try Exercise.holds(assignment.incident, in: tx),
                in: tx
            )
        }
    }
}
