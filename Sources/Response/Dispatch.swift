// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching
import Messaging
import People
import Vault

/// Asking for people of one role to go to one incident, in waves, until enough said yes.
package struct Dispatch: Readable {
    package let id: Ref<Dispatch>
    package let incident: Ref<Incident>
    package let role: Skill
    /// How many should go.
    package let wanted: Int
    /// A language code; nil when any will do.
    package let language: String?
    /// The last wave that was asked; 0 before the first.
    package let wave: Int
    package let state: State
    /// Why the last wave found fewer than it looked for.
    package let shortfall: Shortfall?
    package let openedBy: Ref<Person>
    package let openedAt: Instant
    package let nextWaveAt: Instant?
    /// Sealed as `dispatch.meeting`.
    package let meeting: Sealed<Meeting>?

    package enum State: String, Bindable, Column {
        case asking, filled, exhausted, stopped

        package var label: Phrase {
            switch self {
            case .asking: "response.dispatch_asking|Asking neighbors"
            case .filled: "response.dispatch_filled|Enough said yes"
            case .exhausted: "response.dispatch_exhausted|Not enough could go"
            case .stopped: "response.dispatch_stopped|Stopped"
            }
        }
    }

    /// What it asks for: no two of an incident ask for the same at a time.
    package struct Want: Sendable, Hashable {
        package let role: Skill
        /// Nil when any will do.
        package let language: String?
    }

    package var want: Want { Want(role: role, language: language) }

    /// Where those who go meet, in the dispatcher's words.
    package struct Meeting: Codable, Sendable {
        package let text: String
    }

    package init(row: Row) throws {
        id = try row["id"]
        incident = try row["incident"]
        role = try row["role"]
        wanted = try row["wanted"]
        language = try row["language"]
        wave = try row["wave"]
        state = try row["state"]
        let json: String? = try row["shortfall"]
        shortfall = try json.map { try JSONDecoder().decode(Shortfall.self, from: Data($0.utf8)) }
        openedBy = try row["opened_by"]
        openedAt = try row["opened_at"]
        nextWaveAt = try row["next_wave_at"]
        meeting = try row["sealed_meeting"]
    }

    /// Asks the first wave at once. `point` is the exact place when the caller could open it; without, people are
    /// chosen around the middle of the neighborhood. One dispatch for a role and a language asks at a time: a second
    /// dispatcher who takes the same step is told so.
    @discardableResult
    package static func open(
        _ incident: Ref<Incident>,
        role: Skill,
        wanted: Int,
        language: String? = nil,
        meeting: String? = nil,
        near point: Point? = nil,
        by caller: Caller,
        timings: Timings,
        places: Places,
        in tx: Transaction
    ) throws -> Ref<Dispatch> {
        try caller.require(.dispatch)
        let scene = try Scene.find(incident, in: tx)
        try Shift.requireToSend(caller, isExercise: scene.isExercise, in: tx)
        guard !scene.isSettled else {
            throw Refusal(.conflict, "response.dispatch_settled|This incident is settled. Nobody was asked.")
        }
        // Whoever is sent after the others goes to where the others meet.
        let meeting =
            try checked(role: role, wanted: wanted, language: language, meeting: meeting)
            ?? self.meeting(of: incident, by: caller, in: tx)?.content?.text
        let id = Ref<Dispatch>.new(at: tx.now)
        let sealed = try meeting.map { try seal($0, for: id, to: Team.current(scene.team, in: tx), in: tx) }
        let opened = try tx.run(
            """
            INSERT INTO dispatches
                (id, incident, role, wanted, language, state, opened_by, opened_at, next_wave_at, sealed_meeting)
            VALUES (\(id), \(incident), \(role), \(wanted), \(language), \(State.asking), \(caller.person), \(tx.now),
                \(tx.now), \(sealed))
            ON CONFLICT DO NOTHING
            """
        )
        guard opened == 1 else {
            throw Refusal(.conflict, "response.dispatch_open|A colleague is already asking for this role here.")
        }
        try Incident.noteSent(to: incident, in: tx)
        var data = ["role": role.rawValue, "wanted": "\(wanted)"]
        data["language"] = language
        try record("opened", id, incident, by: caller, data, in: tx)
        try nextWave(id, timings: timings, places: places, near: point, in: tx)
        return id
    }

    /// No more questions; those who said yes still go.
    package static func stop(_ id: Ref<Dispatch>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.dispatch)
        let dispatch = try find(id, in: tx)
        try stop(dispatch, by: caller.person, in: tx)
    }

    /// No more questions, and everybody who was going may stay or come back. Answers how many were asked or going, and are
    /// told.
    @discardableResult
    package static func callOff(_ id: Ref<Dispatch>, by caller: Caller, in tx: Transaction) throws -> Int {
        try caller.require(.dispatch)
        let dispatch = try find(id, in: tx)
        let active = try Assignment.all(of: dispatch.incident, in: tx).count { $0.dispatch == id && $0.state.isActive }
        try callOff(dispatch, by: caller.person, in: tx)
        if active > 0 {
            try record("called_off", id, dispatch.incident, by: caller.person, ["told": "\(active)"], in: tx)
        }
        return active
    }

    /// No more questions for an incident, in any role: for a verb that answers it, which asked for the right already.
    /// `actor` is nil for the system.
    package static func stopAll(
        of incident: Ref<Incident>,
        because end: Assignment.End = .stopped,
        actor: Ref<Person>?,
        in tx: Transaction
    ) throws {
        for dispatch in try all(of: incident, in: tx) { try stop(dispatch, because: end, by: actor, in: tx) }
    }

    /// Everything that was sent to an incident: for a verb that answers or closes it, which asked for the right
    /// already.
    package static func callOffAll(of incident: Ref<Incident>, actor: Ref<Person>?, in tx: Transaction) throws {
        for dispatch in try all(of: incident, in: tx) { try callOff(dispatch, by: actor, in: tx) }
    }

    /// What a merge did with those who were sent to the incident that is gone.
    package struct Moved: Sendable {
        package let dispatches: [Ref<Dispatch>]
        /// Those of them that it ends, and that go on when it is taken back.
        package let paused: [Ref<Dispatch>]
    }

    /// When an incident is merged into another, those who go, go on. Where both ask for the same, the moved one stops; all
    /// do where `isSettled`: there is nothing to go to, and the caller calls them off.
    @discardableResult
    package static func moveAll(
        from incident: Ref<Incident>,
        to other: Ref<Incident>,
        isSettled: Bool = false,
        actor: Ref<Person>?,
        in tx: Transaction
    ) throws -> Moved {
        let asking = Set(try all(of: other, in: tx).filter { $0.state == .asking }.map(\.want))
        let coming = try Assignment.going(to: incident, in: tx).filter { $0.state != .onScene }
        let moving = try all(of: incident, in: tx)
        var paused: [Ref<Dispatch>] = []
        for dispatch in moving {
            let isAsking = dispatch.state == .asking
            if isSettled {
                if isAsking || coming.contains(where: { $0.dispatch == dispatch.id }) { paused.append(dispatch.id) }
            } else if isAsking, asking.contains(dispatch.want) {
                paused.append(dispatch.id)
                try stop(dispatch, because: .merged, by: actor, in: tx)
            }
            try dispatch.move(to: other, in: tx)
        }
        return Moved(dispatches: moving.map(\.id), paused: paused)
    }

    /// When a merge is taken back: what it moved goes where its reports go, with what was seen there; what it ended asks
    /// again, and whoever is going is told. `ids`: those that are not at `incident` any more are left alone.
    static func moveBack(
        _ ids: [Ref<Dispatch>],
        paused: [Ref<Dispatch>],
        from incident: Ref<Incident>,
        to other: Ref<Incident>,
        in tx: Transaction
    ) throws {
        let moving = try all(of: incident, in: tx).filter { ids.contains($0.id) }
        for dispatch in moving {
            try dispatch.move(to: other, in: tx)
            try tx.run(
                """
                UPDATE observations SET incident = \(other) WHERE incident = \(incident)
                    AND assignment IN (SELECT id FROM assignments WHERE dispatch = \(dispatch.id))
                """
            )
            guard paused.contains(dispatch.id) else { continue }
            let back = try find(dispatch.id, in: tx)
            guard try Quorum(of: back, in: tx).accepted < back.wanted else { continue }
            try reopen(back, from: [.stopped, .filled], in: tx)
        }
        try tellMoved(try Assignment.going(to: other, in: tx), in: tx)
    }

    private func move(to other: Ref<Incident>, in tx: Transaction) throws {
        try tx.run("UPDATE dispatches SET incident = \(other) WHERE id = \(id)")
        try tx.run("UPDATE assignments SET incident = \(other) WHERE dispatch = \(id)")
        try Message.readdress(.coordinatorPaged, about: incident.text, to: other.text, because: page, in: tx)
    }

    /// What its pages to coordinators are told with.
    var page: String { "\(Self.pages)\(id.text)" }
    private static let pages = "dispatch:"

    /// For whom nobody could be found, and why, as it is known now.
    package struct Missing: Sendable {
        package let role: Skill
        /// Nil when any will do.
        package let language: String?
        package let why: Phrase?
    }

    /// Of a page to a coordinator: each line that fell short.
    static func missing(_ message: Message, in tx: Transaction) throws -> [Missing] {
        guard message.kind == .coordinatorPaged else { return [] }
        return try message.causes.compactMap { cause in
            guard cause.hasPrefix(pages) else { return try AttorneyOnCall.missing(in: tx) }
            let text = cause.dropFirst(pages.count).prefix { $0 != ":" }
            guard let id = Ref<Dispatch>(String(text)),
                let dispatch = try tx.first(Dispatch.self, "SELECT * FROM dispatches WHERE id = \(id)")
            else { return nil }
            return Missing(role: dispatch.role, language: dispatch.language, why: dispatch.shortfall?.words.first)
        }
    }

    package static func find(_ id: Ref<Dispatch>, in tx: Transaction) throws -> Dispatch {
        let found = try tx.first(Dispatch.self, "SELECT * FROM dispatches WHERE id = \(id)")
        guard let found else { throw Refusal.notFound }
        return found
    }

    /// Oldest first.
    package static func all(of incident: Ref<Incident>, in tx: Transaction) throws -> [Dispatch] {
        try tx.all(Dispatch.self, "SELECT * FROM dispatches WHERE incident = \(incident) ORDER BY opened_at, id")
    }

    /// The timeline of an incident speaks of its dispatches too: the event's subject is the incident.
    static func record(
        _ what: String,
        _ id: Ref<Dispatch>,
        _ incident: Ref<Incident>,
        by actor: Ref<Person>?,
        _ data: [String: String] = [:],
        in tx: Transaction
    ) throws {
        var data = data
        data["dispatch"] = id.text
        try tx.record(Event("dispatch.\(what)", subject: incident.text, actor: actor?.text, data: data))
    }

    private static func record(
        _ what: String,
        _ id: Ref<Dispatch>,
        _ incident: Ref<Incident>,
        by caller: Caller,
        _ data: [String: String],
        in tx: Transaction
    ) throws {
        try record(what, id, incident, by: caller.person, data, in: tx)
    }

    static func stop(
        _ dispatch: Dispatch,
        because end: Assignment.End = .stopped,
        by actor: Ref<Person>?,
        in tx: Transaction
    ) throws {
        let stopped = try tx.run(
            """
            UPDATE dispatches SET state = \(State.stopped), next_wave_at = NULL
            WHERE id = \(dispatch.id) AND state IN ('asking', 'exhausted')
            """
        )
        try Assignment.callOffOffers(of: dispatch.id, because: end, in: tx)
        try Message.withdraw(.coordinatorPaged, about: dispatch.incident.text, because: dispatch.page, in: tx)
        guard stopped == 1 else { return }
        try record("stopped", dispatch.id, dispatch.incident, by: actor, ["role": dispatch.role.rawValue], in: tx)
    }

    private static func callOff(_ dispatch: Dispatch, by actor: Ref<Person>?, in tx: Transaction) throws {
        try stop(dispatch, by: actor, in: tx)
        // Enough said yes, and they don't go.
        try tx.run(
            """
            UPDATE dispatches SET state = \(State.stopped) WHERE id = \(dispatch.id) AND state = 'filled' AND EXISTS (
                SELECT 1 FROM assignments a WHERE a.dispatch = dispatches.id
                    AND a.state \(Assignment.going)
            )
            """
        )
        try Assignment.callOffGoing(of: dispatch.id, actor: actor, in: tx)
    }

    /// Those who said yes were called off one by one: of a dispatch that was filled nobody is left.
    static func noteCalledOff(_ id: Ref<Dispatch>, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE dispatches SET state = \(State.stopped) WHERE id = \(id) AND state = 'filled' AND NOT EXISTS (
                SELECT 1 FROM assignments a WHERE a.dispatch = dispatches.id
                    AND a.state IN ('accepted', 'on_the_way', 'on_scene', 'done')
            )
            """
        )
    }

    private static func checked(role: Skill, wanted: Int, language: String?, meeting: String?) throws -> String? {
        var fields: [String: Phrase] = [:]
        if !Skill.dispatchable.contains(role) { fields["role"] = "response.dispatch_role|Choose a role from the list." }
        if !(1...20).contains(wanted) { fields["wanted"] = "response.dispatch_wanted|Choose a number from 1 to 20." }
        if let language, !LanguageCode.isRealInSmall(language) {
            fields["language"] = "response.dispatch_language|Choose a language from the list."
        }
        let checked = checkedMeeting(meeting, &fields)
        if !fields.isEmpty { throw Refusal.invalid(fields) }
        return checked
    }
}
