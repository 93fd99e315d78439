// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People

/// Pages the next attorney when the last one did not answer in time: `AttorneyOnCall.next`.
package struct AttorneyChain: Job {
    package static let kind = "response.attorney_chain"
    package let incident: Ref<Incident>

    package init(incident: Ref<Incident>) { self.incident = incident }
}

/// An incident was confirmed: somebody may need an attorney. Those on shift are paged, then all others who are one; one at
/// a time, until one of them acknowledges: who speaks the reporters' language and has room first (`HelperIndex`), of
/// several whoever was left alone longest. An exercise pages the same way, and doesn't change whose turn it is when it
/// counts.
package enum AttorneyOnCall {
    /// Pages whoever is next, or, after the last, tells the coordinators. Changes nothing while somebody still has time
    /// to answer, when somebody did, or when nobody is needed any more: a job may come early, late, or twice.
    package static func next(_ id: Ref<Incident>, timings: Timings, in tx: Transaction) throws {
        guard let incident = try Incident.present(id, in: tx) else { return }
        let pages = try pages(about: incident.id, in: tx)
        let isConfirmed = incident.truth == .confirmed && incident.state == .answered
        guard isConfirmed || (!pages.isEmpty && incident.state != .closed && incident.truth == .unknown) else { return }
        try page(incident, pages, timings: timings, in: tx)
    }

    /// Before anything is confirmed, when a dispatcher's run card has an attorney on it: the same chain begins. False
    /// when somebody was paged already.
    @discardableResult
    package static func call(
        _ id: Ref<Incident>,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws -> Bool {
        try caller.require(.dispatch)
        guard let incident = try Incident.present(id, in: tx), try !Scene.find(incident.id, in: tx).isSettled else {
            throw Refusal(.conflict, "response.dispatch_settled|This incident is settled. Nobody was asked.")
        }
        guard try pages(about: incident.id, in: tx).isEmpty else { return false }
        try page(incident, [], timings: timings, in: tx)
        return true
    }

    /// Whom `call` would page now; `.some(nil)` where nobody is an attorney, nil where somebody was paged already.
    static func whoIsNext(for id: Ref<Incident>, in tx: Transaction) throws -> Ref<Person>?? {
        guard let incident = try Incident.present(id, in: tx), try pages(about: incident.id, in: tx).isEmpty else {
            return nil
        }
        return .some(try whoseTurn(onCall(for: incident, in: tx), for: incident, in: tx))
    }

    /// Whether somebody was: with no attorney at all, only coordinators hear.
    static func isPaged(for id: Ref<Incident>, in tx: Transaction) throws -> Bool {
        try Incident.present(id, in: tx).map { try !pages(about: $0.id, in: tx).isEmpty } ?? false
    }

    /// For a drill, only those who take part in it.
    private static func onCall(for incident: Incident, in tx: Transaction) throws -> Set<Ref<Person>> {
        try Exercise.only(Shift.onDuty(.attorney, in: tx), isExercise: incident.isExercise, in: tx)
    }

    /// Of those who are not resting and can take one more, who speaks the language of most who reported; else any of
    /// them, with those who never said as helpers what they take; else whoever has room, at any hour; else all: somebody
    /// must hear.
    private static func whoseTurn(
        _ people: Set<Ref<Person>>,
        for incident: Incident,
        in tx: Transaction
    ) throws -> Ref<Person>? {
        guard !people.isEmpty else { return nil }
        let load = try acknowledged(by: people, in: tx)
        func able(speaking language: String?) throws -> Set<Ref<Person>> {
            let need = Need(
                .attorney,
                language: language,
                at: tx.now,
                count: people.count,
                within: 100_000,
                roles: [.attorney],
                among: people
            )
            return Set(try HelperIndex.nearest(need, load: load, in: tx).choices.map(\.person))
        }
        func hasRoom(_ person: Ref<Person>) throws -> Bool? {
            guard let helper = try Helper.find(person, in: tx) else { return nil }
            guard !helper.isResting(at: tx.now) else { return false }
            return helper.holds(.attorney, at: tx.now) ? load[person] ?? 0 < helper.places(for: .attorney) : nil
        }
        let room = try people.map { ($0, try hasRoom($0)) }
        let unlisted = room.filter { $0.1 == nil }.map(\.0)
        let anyHour = room.filter { $0.1 ?? true }.map(\.0)
        let speaking = try language(of: incident.id, in: tx).map { try able(speaking: $0) } ?? []
        let groups = [speaking, try able(speaking: nil).union(unlisted), Set(anyHour), people]
        guard let first = groups.first(where: { !$0.isEmpty }) else { return nil }
        return try longestNotPaged(first, isExercise: incident.isExercise, in: tx)
    }

    /// In how many incidents each said that they saw it, and it isn't over.
    private static func acknowledged(
        by people: Set<Ref<Person>>,
        in tx: Transaction
    ) throws -> [Ref<Person>: Int] {
        let rows = try tx.rows(
            """
            SELECT m.person, count(DISTINCT m.subject) AS incidents FROM messages m
            JOIN incidents i ON i.id = m.subject LEFT JOIN incidents r ON r.id = i.merged_into
            WHERE m.kind = \(Message.Kind.attorneyPaged) AND m.acknowledged_at IS NOT NULL AND m.expires_at > \(tx.now)
                AND coalesce(r.state, i.state) <> 'closed' AND i.exercise = 0 AND m.person IN \(list: people.sorted { $0.text < $1.text })
            GROUP BY m.person
            """
        )
        return try rows.reduce(into: [:]) { load, row in load[try row["person"]] = try row["incidents"] }
    }

    /// Of most of its reports; nil while there is none.
    static func language(of id: Ref<Incident>, in tx: Transaction) throws -> String? {
        try tx.one(
            String.self,
            """
            SELECT r.language FROM reports r JOIN incident_reports l ON l.report = r.id WHERE l.incident = \(id)
            GROUP BY r.language ORDER BY count(*) DESC, r.language LIMIT 1
            """
        )?.lowercased()
    }

    private static func page(
        _ incident: Incident,
        _ pages: [Message],
        timings: Timings,
        in tx: Transaction
    ) throws {
        if pages.contains(where: { $0.acknowledgedAt != nil }) { return }
        if let last = pages.last, last.declinedAt == nil, last.createdAt + timings.attorneyAcknowledge > tx.now {
            return try wait(incident.id, until: last.createdAt + timings.attorneyAcknowledge, in: tx)
        }
        // All pages of one round share a key, so that two runs at once can't page two people. Who was on it and can't after
        // all begins another.
        let answers = try tx.count(
            "SELECT count(*) \(IncidentEvents.of(incident.id, in: tx)) AND kind = 'incident.attorney_acknowledged'"
        )
        let round = "\(pages.first?.id.text ?? "\(tx.now.milliseconds)")\(answers > 0 ? "+\(answers)" : "")"
        let asked = Set(pages.map(\.person))
        let all = try Exercise.only(
            Roster.members(with: [.attorney], in: tx),
            isExercise: incident.isExercise,
            in: tx
        )
        let left = try [onCall(for: incident, in: tx), all].map { $0.subtracting(asked) }.first { !$0.isEmpty }
        guard let left, let person = try whoseTurn(left, for: incident, in: tx) else {
            return try giveUp(incident, round, since: pages.first?.createdAt ?? tx.now, in: tx)
        }
        let told = try Message.tell(
            person,
            .attorneyPaged,
            about: incident.id.text,
            key: "attorney:\(incident.id):\(round):\(pages.count)",
            expires: .hours(12) + timings.attorneyAcknowledge * all.count,
            isExercise: incident.isExercise,
            in: tx
        )
        guard told else { return }
        try Incident.record("attorney_paged", incident.id, by: nil, ["person": person.text], in: tx)
        try wait(incident.id, until: tx.now + timings.attorneyAcknowledge, in: tx)
    }

    /// Nobody is needed there after all.
    static func release(_ id: Ref<Incident>, in tx: Transaction) throws {
        for subject in try Incident.withMerged(id, in: tx) {
            try Message.withdraw(.attorneyPaged, about: subject, in: tx)
            try Message.withdraw(.coordinatorPaged, about: subject, because: "attorney", in: tx)
        }
    }

    /// Those that still stand, oldest first; also about what was merged into the incident.
    static func pages(about id: Ref<Incident>, in tx: Transaction) throws -> [Message] {
        try tx.all(
            Message.self,
            """
            SELECT * FROM messages WHERE kind = \(Message.Kind.attorneyPaged) AND expires_at > \(tx.now)
                AND subject IN \(list: Incident.withMerged(id, in: tx)) ORDER BY created_at, id
            """
        )
    }

    private static func longestNotPaged(
        _ people: Set<Ref<Person>>,
        isExercise: Bool,
        in tx: Transaction
    ) throws -> Ref<Person>? {
        let people = people.sorted { $0.text < $1.text }
        let rows = try tx.rows(
            """
            SELECT m.person, max(m.created_at) AS last FROM messages m JOIN incidents i ON i.id = m.subject
            WHERE m.kind = \(Message.Kind.attorneyPaged) AND i.exercise = \(isExercise) AND m.person IN \(list: people)
            GROUP BY m.person
            """
        )
        let last: [Ref<Person>: Instant] = try rows.reduce(into: [:]) { all, row in
            all[try row["person"]] = try row["last"]
        }
        let never = Instant(milliseconds: .min)
        return people.min { (last[$0] ?? never, $0.text) < (last[$1] ?? never, $1.text) }
    }

    /// Of a page to coordinators that says so: whether there is no attorney at all, or nobody answered.
    static func missing(in tx: Transaction) throws -> Dispatch.Missing {
        let nobody = try Roster.members(with: [.attorney], in: tx).isEmpty
        let why: Phrase =
            nobody
            ? "matching.short_nobody|Nobody has this role yet." : "response.attorney_silent|No attorney answered."
        return Dispatch.Missing(role: .attorney, language: nil, why: why)
    }

    private static func giveUp(
        _ incident: Incident,
        _ round: String,
        since: Instant,
        in tx: Transaction
    ) throws {
        let id = incident.id
        let coordinators = try Exercise.only(
            Shift.onDuty(.coordinator, in: tx),
            isExercise: incident.isExercise,
            in: tx
        ).sorted { $0.text < $1.text }
        var isNews = coordinators.isEmpty
        for coordinator in coordinators {
            let told = try Message.tell(
                coordinator,
                .coordinatorPaged,
                about: id.text,
                key: "attorney:\(id):\(round)",
                besides: since,
                expires: .hours(12),
                isExercise: incident.isExercise,
                in: tx
            )
            isNews = isNews || told
        }
        guard isNews else { return }
        try Incident.record("attorney_missing", id, by: nil, ["paged": "\(coordinators.count)"], in: tx)
    }

    /// The key holds the time: a job that runs still holds its own, and must be able to set the next.
    private static func wait(_ id: Ref<Incident>, until time: Instant, in tx: Transaction) throws {
        try tx.enqueue(AttorneyChain(incident: id), at: time, key: "attorney:\(id):\(time.milliseconds)")
    }
}
