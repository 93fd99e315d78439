// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching
import Messaging
import People

/// One person asked to go to one incident, and how far they got: they say so themselves, and nothing follows them.
package struct Assignment: Readable {
    package let id: Ref<Assignment>
    package let dispatch: Ref<Dispatch>
    package let incident: Ref<Incident>
    package let person: Ref<Person>
    package let role: Skill
    package let state: State
    package let wave: Int
    /// Metres between the middles of two neighborhoods, to the next 500; nil when nobody knows where.
    package let distance: Int?
    /// Why this person was asked.
    package let reasons: [Match.Reason]
    package let offeredAt: Instant
    package let expiresAt: Instant
    package let answeredAt: Instant?
    package let arrivedAt: Instant?
    package let checkInDueAt: Instant?
    /// 0 well · 1 they were asked · 2 dispatch was told · 3 a coordinator was told · 4 to 6 both again
    /// · 7 all coordinators.
    package let missedCheckIns: Int
    /// Who of dispatch tries to reach them while they are silent, and since when.
    package let seeker: Ref<Person>?
    package let soughtAt: Instant?
    package let endedAt: Instant?

    package enum State: String, Bindable, Column, CaseIterable {
        case offered, accepted, declined, expired
        case onTheWay = "on_the_way"
        case onScene = "on_scene"
        case done
        case calledOff = "called_off"

        /// Asked, going or there: it fills one of their places.
        package var isActive: Bool {
            switch self {
            case .offered, .accepted, .onTheWay, .onScene: true
            case .declined, .expired, .done, .calledOff: false
            }
        }

        /// They go, or went: it counts for the quorum.
        package var saidYes: Bool {
            switch self {
            case .accepted, .onTheWay, .onScene, .done: true
            case .offered, .declined, .expired, .calledOff: false
            }
        }

        package var label: Phrase {
            switch self {
            case .offered: "response.assignment_offered|Asked"
            case .accepted: "response.assignment_accepted|Said yes"
            case .declined: "response.assignment_declined|Can't go"
            case .expired: "response.assignment_expired|Did not answer"
            case .onTheWay: "response.assignment_on_the_way|On the way"
            case .onScene: "response.assignment_on_scene|On scene"
            case .done: "response.assignment_done|Done"
            case .calledOff: "response.assignment_called_off|Not needed"
            }
        }
    }

    /// The one big button of a responder's phone.
    package enum Step: String, Sendable, CaseIterable {
        case accept
        case onTheWay = "on_the_way"
        case arrive
        case done

        package var label: Phrase {
            switch self {
            case .accept: "response.step_accept|I can go"
            case .onTheWay: "response.step_on_the_way|I am on my way"
            case .arrive: "response.step_arrive|I am here"
            case .done: "response.step_done|I am done"
            }
        }
    }

    /// Nil when there is nothing left to do.
    package var next: Step? {
        switch state {
        case .offered: .accept
        case .accepted: .onTheWay
        case .onTheWay: .arrive
        case .onScene: .done
        case .declined, .expired, .done, .calledOff: nil
        }
    }

    package init(row: Row) throws {
        id = try row["id"]
        dispatch = try row["dispatch"]
        incident = try row["incident"]
        person = try row["person"]
        role = try row["role"]
        state = try row["state"]
        wave = try row["wave"]
        distance = try row["distance_m"]
        let json: String = try row["why"]
        reasons = try JSONDecoder().decode([Match.Reason].self, from: Data(json.utf8))
        offeredAt = try row["offered_at"]
        expiresAt = try row["expires_at"]
        answeredAt = try row["answered_at"]
        arrivedAt = try row["arrived_at"]
        checkInDueAt = try row["check_in_due_at"]
        missedCheckIns = try row["missed_check_ins"]
        seeker = try row["sought_by"]
        soughtAt = try row["sought_at"]
        endedAt = try row["ended_at"]
    }

    /// "I can go", at once or after a no. One winner for each place: the quorum and the offer's time are checked in the
    /// transaction that takes the place. Saying yes twice is saying it once.
    package static func accept(_ id: Ref<Assignment>, by caller: Caller, in tx: Transaction) throws {
        let mine = try own(id, by: caller, in: tx)
        if mine.state.isActive, mine.state != .offered { return }
        let isExercise = try Exercise.holds(mine.incident, in: tx)
        if mine.state == .declined, !isExercise { try Exercise.release(caller.person, in: tx) }
        let place = try mine.place(in: tx)
        let taken = try tx.run(
            """
            UPDATE assignments SET state = \(State.accepted), answered_at = \(tx.now), ended_at = NULL,
                slot = coalesce(\(place.slot), slot)
            WHERE id = \(id) AND state = \(mine.state) AND expires_at > \(tx.now)
            """
        )
        guard taken == 1 else { throw tooLate }
        if !isExercise {
            if mine.state == .declined {
                try Helper.noteYesAfterAll(caller.person, in: tx)
            } else {
                try Helper.noteOutcome(caller.person, saidYes: true, in: tx)
            }
        }
        try Message.acknowledgeAll(about: id.text, by: caller, in: tx)
        try Incident.noteSent(to: mine.incident, in: tx)
        try mine.record("accepted", by: caller.person, in: tx)
        if place.isLast { try Dispatch.fill(place.dispatch, by: caller.person, in: tx) }
    }

    /// Whether who said no can still say yes: as `accept` decides.
    func mayReturn(in tx: Transaction) throws -> Bool {
        guard state == .declined, expiresAt > tx.now else { return false }
        do {
            _ = try place(in: tx)
            return true
        } catch is Refusal {
            return false
        }
    }

    /// What a yes would take; throws the refusal that says why it is too late for one. `slot`: nil for the offer's own.
    private func place(in tx: Transaction) throws -> (dispatch: Dispatch, slot: Int?, isLast: Bool) {
        guard state == .offered || state == .declined else { throw refusal }
        let dispatch = try Dispatch.find(dispatch, in: tx)
        if dispatch.state == .stopped { throw Self.notNeeded }
        if try Scene.find(incident, in: tx).isSettled { throw Self.notNeeded }
        let before = try Dispatch.Quorum(of: dispatch, in: tx).accepted
        guard dispatch.state != .filled, before < dispatch.wanted else { throw Self.enough }
        var slot: Int?
        if state == .declined {
            let places = try Helper.find(person, in: tx)?.places(for: role) ?? 0
            slot = try Self.freeSlot(of: person, places: max(1, places), in: tx)
            if slot == nil { throw Self.elsewhere }
        }
        return (dispatch, slot, before + 1 >= dispatch.wanted)
    }

    /// "I can't", at once or after a yes: then the place is free, and the dispatch asks on.
    package static func decline(_ id: Ref<Assignment>, by caller: Caller, in tx: Transaction) throws {
        let mine = try own(id, by: caller, in: tx)
        let declined = try tx.run(
            """
            UPDATE assignments SET state = \(State.declined), answered_at = coalesce(answered_at, \(tx.now)),
                ended_at = \(tx.now)
            WHERE id = \(id) AND state IN ('offered', 'accepted', 'on_the_way')
            """
        )
        guard declined == 1 else {
            if mine.state == .onScene {
                throw Refusal(.conflict, "response.decline_on_scene|You are on scene. Tap done when you leave.")
            }
            return
        }
        if try !Exercise.holds(mine.incident, in: tx) {
            if mine.state == .offered {
                try Helper.noteOutcome(caller.person, saidYes: false, in: tx)
            } else {
                try Helper.noteTakenBack(caller.person, in: tx)
            }
        }
        try Message.acknowledgeAll(about: id.text, by: caller, in: tx)
        try mine.record("declined", by: caller.person, in: tx)
        let dispatch = try Dispatch.find(mine.dispatch, in: tx)
        switch dispatch.state {
        case .asking: try Dispatch.hurry(dispatch, in: tx)
        case .filled, .exhausted: if mine.state != .offered { try Dispatch.reopen(dispatch, in: tx) }
        case .stopped: break
        }
    }

    package static func onTheWay(_ id: Ref<Assignment>, by caller: Caller, in tx: Transaction) throws {
        let mine = try own(id, by: caller, in: tx)
        let moved = try tx.run(
            "UPDATE assignments SET state = \(State.onTheWay) WHERE id = \(id) AND state = 'accepted'"
        )
        if moved == 1 { return try mine.record("on_the_way", by: caller.person, in: tx) }
        if mine.state == .onTheWay || mine.state == .onScene { return }
        throw mine.refusal
    }

    /// "I am here": from now on they check in.
    package static func arrive(
        _ id: Ref<Assignment>,
        said: Instant? = nil,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws {
        let mine = try own(id, by: caller, in: tx)
        let moment = mine.moment(said, now: tx.now)
        let moved = try tx.run(
            """
            UPDATE assignments SET state = \(State.onScene), arrived_at = \(moment)
            WHERE id = \(id) AND state IN ('accepted', 'on_the_way')
            """
        )
        if moved == 1 {
            try CheckIn.start(id, from: moment, timings, in: tx)
            try Incident.noteSent(to: mine.incident, in: tx)
            return try mine.record("on_scene", by: caller.person, Self.said(moment, in: tx), in: tx)
        }
        if mine.state == .onScene { return }
        throw mine.refusal
    }

    package static func done(
        _ id: Ref<Assignment>,
        said: Instant? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let mine = try own(id, by: caller, in: tx)
        let moment = mine.moment(said, now: tx.now)
        let moved = try tx.run(
            """
            UPDATE assignments SET state = \(State.done), ended_at = \(moment), check_in_due_at = NULL, missed_check_ins = 0
            WHERE id = \(id) AND state = 'on_scene'
            """
        )
        if moved == 1 {
            try CheckIn.settle(id, in: tx)
            try CareCheck.ask(after: mine, in: tx)
            try Incident.noteSent(to: mine.incident, in: tx)
            return try mine.record("done", by: caller.person, Self.said(moment, in: tx), in: tx)
        }
        if mine.state == .done { return }
        throw mine.refusal
    }

    /// The dispatcher says they may stay or come back. Their place is not asked for again.
    package static func callOff(_ id: Ref<Assignment>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.dispatch)
        let found = try find(id, in: tx)
        try end([found], because: .stopped, actor: caller.person, in: tx)
        try Dispatch.noteCalledOff(found.dispatch, in: tx)
    }

    /// When a step was taken, as the phone says that sends it late: never in the future, nor before what is known of it
    /// already, nor more than half a day ago.
    func moment(_ said: Instant?, now: Instant) -> Instant {
        guard let said else { return now }
        let known = [arrivedAt, answeredAt, offeredAt].compactMap(\.self).max() ?? offeredAt
        return min(max(said, known, now - .hours(12)), now)
    }

    /// For the record, when it came late.
    static func said(_ moment: Instant, in tx: Transaction) -> [String: String] {
        tx.now - moment < .minutes(1) ? [:] : ["said": "\(moment.milliseconds)"]
    }

    static func own(_ id: Ref<Assignment>, by caller: Caller, in tx: Transaction) throws -> Assignment {
        let mine = try tx.first(
            Assignment.self,
            "SELECT * FROM assignments WHERE id = \(id) AND person = \(caller.person)"
        )
        guard let mine else { throw Refusal.notFound }
        return mine
    }

    /// The timeline of an incident speaks of its assignments too: the event's subject is the incident.
    func record(_ what: String, by actor: Ref<Person>?, _ more: [String: String] = [:], in tx: Transaction) throws {
        var data = ["assignment": id.text, "dispatch": dispatch.text, "person": person.text, "role": role.rawValue]
        data.merge(more) { _, new in new }
        try tx.record(Event("assignment.\(what)", subject: incident.text, actor: actor?.text, data: data))
    }

    private static var enough: Refusal {
        Refusal(.conflict, "response.enough|Enough neighbors are already going. Thank you.")
    }

    private static var elsewhere: Refusal {
        Refusal(.conflict, "response.elsewhere|You were asked for something else since, or you are out already.")
    }

    private static var notNeeded: Refusal {
        Refusal(.conflict, "response.not_needed|You are not needed there anymore. Thank you.")
    }

    private static var tooLate: Refusal {
        Refusal(.conflict, "response.offer_over|The time to answer is over. We asked others. Thank you.")
    }

    /// Why a step that came too late is not taken.
    private var refusal: Refusal {
        switch state {
        case .expired: Self.tooLate
        case .calledOff where answeredAt == nil: Self.enough
        case .calledOff: Self.notNeeded
        case .declined: Refusal(.conflict, "response.you_declined|You said you can't go. Thank you for telling us.")
        case .done: Refusal(.conflict, "response.is_done|You are done there. Thank you.")
        case .offered, .accepted, .onTheWay, .onScene:
            Refusal(.conflict, "response.step_order|Please take the step before this one first.")
        }
    }
}
