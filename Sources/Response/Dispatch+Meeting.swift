// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

/// Where those who go meet: nobody may be sent without knowing where to.
extension Dispatch {
    static let meetingKind = "dispatch.meeting"

    /// Says where everybody who is asked or going at an incident meets, or says it anew. Whoever goes already is told
    /// that it changed; those who are asked see it when they say yes. The same words again tell nobody.
    package static func meet(
        _ incident: Ref<Incident>,
        at place: String,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.dispatch)
        let scene = try Scene.find(incident, in: tx)
        var fields: [String: Phrase] = [:]
        let text = checkedMeeting(place, &fields)
        if text == nil, fields.isEmpty { fields["meeting"] = "response.no_meeting|Write where they meet." }
        guard let text, fields.isEmpty else { throw Refusal.invalid(fields) }
        let running = try running(at: incident, in: tx)
        guard !running.isEmpty else {
            throw Refusal(.conflict, "response.nobody_to_meet|Nobody is asked or going here. Send people first.")
        }
        let stale = running.filter { look($0, by: caller)?.content?.text != text }
        guard !stale.isEmpty else { return }
        let team = try Team.current(scene.team, in: tx)
        for dispatch in stale {
            try ShredDue.add(
                of: """
                    SELECT substr(sealed_meeting, 1, 10) FROM dispatches
                    WHERE id = \(dispatch.id) AND sealed_meeting IS NOT NULL
                    """,
                in: tx
            )
            let sealed = try seal(text, for: dispatch.id, to: team, in: tx)
            try tx.run("UPDATE dispatches SET sealed_meeting = \(sealed) WHERE id = \(dispatch.id)")
        }
        let changed = Set(stale.map(\.id))
        let going = try Assignment.going(to: incident, in: tx).filter { changed.contains($0.dispatch) }
        try tellMoved(going, in: tx)
        try tx.record(
            Event(
                "dispatch.meeting",
                subject: incident.text,
                actor: caller.person.text,
                data: ["told": "\(going.count)"]
            )
        )
    }

    /// Their cards say another place than before: each is told to look.
    static func tellMoved(_ going: [Assignment], in tx: Transaction) throws {
        try Assignment.tell(going, toLookFor: .meetingChanged, in: tx)
    }

    /// Where those who are asked or going now meet; nil when nobody said so yet.
    package static func meeting(
        of incident: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Opened<Meeting>? {
        try running(at: incident, in: tx).last { $0.meeting != nil }.flatMap { look($0, by: caller) }
    }

    /// Those that still ask, or that somebody is out for; oldest first.
    private static func running(at incident: Ref<Incident>, in tx: Transaction) throws -> [Dispatch] {
        try tx.all(
            Dispatch.self,
            """
            SELECT d.* FROM dispatches d WHERE d.incident = \(incident) AND (d.state = \(State.asking) OR EXISTS (
                SELECT 1 FROM assignments a WHERE a.dispatch = d.id AND a.state \(Assignment.open)
            )) ORDER BY d.opened_at, d.id
            """
        )
    }

    private static func look(_ dispatch: Dispatch, by caller: Caller) -> Opened<Meeting>? {
        dispatch.meeting.map { Opening.look($0, kind: meetingKind, record: dispatch.id.text, by: caller) }
    }

    static func seal(
        _ text: String,
        for id: Ref<Dispatch>,
        to team: TeamKey,
        in tx: Transaction
    ) throws -> Sealed<Meeting> {
        try Sealed.seal(Meeting(text: text), kind: meetingKind, record: id.text, to: [team], shred: tx.shredKey())
    }

    /// Nil when there are no words.
    static func checkedMeeting(_ words: String?, _ fields: inout [String: Phrase]) -> String? {
        guard let words, !words.isBlank else { return nil }
        if words.unicodeScalars.count > 200 {
            fields["meeting"] = "response.dispatch_meeting|This is too long. Keep it under 200 letters."
        } else {
            var check = FieldCheck()
            ReportFiling.flagNeverKept(words, "meeting", &check)
            fields.merge(check.problems) { first, _ in first }
        }
        return words
    }
}

extension IncidentDetail {
    /// What the form about where they meet begins with: what was said before, else the place in a reporter's words,
    /// else the named place nearest to the point and the point, else the corner that was named and its point. The name of
    /// a neighborhood or a city is no place to meet. Nil when nothing is known, or nothing opens.
    package func suggestedMeeting(in places: Places, _ t: Words) -> String? {
        if let meeting = meetsAt?.content { return meeting.text }
        var problems: [String: Phrase] = [:]
        if let text = placeInWords, !Self.isArea(text, in: places),
            let checked = Dispatch.checkedMeeting(text, &problems), problems.isEmpty
        {
            return checked
        }
        if let point { return Self.named(point, in: places, t) }
        return corner(in: places).map { corner in
            guard let name = cornerName(in: places, t) else { return Self.named(corner, in: places, t) }
            return t("incident.near|Near {place}: {point}", ["place": name, "point": corner.shown])
        }
    }

    /// Nobody says more than which neighborhood or city: whoever sends people has to say where they meet.
    package func isOnlyArea(in places: Places) -> Bool {
        guard meetsAt == nil, point == nil, let text = placeInWords else { return false }
        return Self.isArea(text, in: places) && corner(in: places) == nil
    }

    /// The name of one or more areas, and nothing else.
    private static func isArea(_ text: String, in places: Places) -> Bool {
        let found = places.search(text).filter { $0.reason != .beginning }
        let areas = found.filter { $0.crossing == nil && $0.place.map { $0.kind != .landmark } ?? false }
        let named = Set(areas.flatMap(\.words))
        return !areas.isEmpty && areas.count == found.count && Folded(text).words.allSatisfy(named.contains)
    }

    /// "Soto & 8th", as the first who names it does.
    private func cornerName(in places: Places, _ t: Words) -> String? {
        let told = reports.compactMap(\.words.content).flatMap { [$0.whereabouts.text, $0.words] }
        let texts = [words?.content?.whereabouts.text, words?.content?.title] + told
        return texts.lazy.compactMap(\.self).compactMap { places.search($0).lazy.compactMap(\.crossing).first }.first?
            .name(in: t.language.code)
    }

    /// As the team or the first reporter who said it wrote it.
    package var placeInWords: String? {
        words?.content?.whereabouts.text ?? reports.lazy.compactMap { $0.words.content?.whereabouts.text }.first
    }

    /// "Near Mariachi Plaza: 34.04712, -118.2198".
    package static func named(_ point: Point, in places: Places, _ t: Words) -> String {
        guard let near = places.landmark(near: point) ?? places.nearest(to: point) else { return point.shown }
        return t(
            "incident.near|Near {place}: {point}",
            ["place": near.name(in: t.language.code), "point": point.shown]
        )
    }
}
