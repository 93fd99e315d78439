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

/// An incident was confirmed: somebody may need an attorney. Those on shift are paged, else all who are one; one at a
/// time, whoever was left alone longest first, until one of them acknowledges. An exercise pages the same way, and
/// doesn't change whose turn it is when it counts.
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
        let free = try free(onCall(for: incident, in: tx), in: tx)
        return .some(try longestNotPaged(free, isExercise: incident.isExercise, in: tx))
    }

    /// Whether somebody was: with no attorney at all, only coordinators hear.
    static func isPaged(for id: Ref<Incident>, in tx: Transaction) throws -> Bool {
        try Incident.present(id, in: tx).map { try !pages(about: $0.id, in: tx).isEmpty } ?? false
    }

    /// For a drill, only those who take part in it.
    private static func onCall(for incident: Incident, in tx: Transaction) throws -> Set<Ref<Person>> {
        try Exercise.only(Shift.onDuty(.attorney, in: tx), isExercise: incident.isExercise, in: tx)
    }

    /// Those who can take one more: an attorney who is a helper says how many at once. When all are full, all of them:
    /// somebody must hear.
    private static func free(_ people: Set<Ref<Person>>, in tx: Transaction) throws -> Set<Ref<Person>> {
        guard !people.isEmpty else { return [] }
        let rows = try tx.rows(
            """
            SELECT m.person, count(DISTINCT m.subject) AS incidents FROM messages m
            JOIN incidents i ON i.id = m.subject LEFT JOIN incidents r ON r.id = i.merged_into
            WHERE m.kind = \(Message.Kind.attorneyPaged) AND m.acknowledged_at IS NOT NULL AND m.expires_at > \(tx.now)
                AND coalesce(r.state, i.state) <> 'closed' AND i.exercise = 0 AND m.person IN \(list: people.sorted { $0.text < $1.text })
            GROUP BY m.person
            """
        )
        let full = try rows.filter { row in
            guard let helper = try Helper.find(try row["person"], in: tx) else { return false }
            return try row["incidents"] as Int >= max(helper.capacity, 1)
        }
        let left = people.subtracting(try full.map { try $0["person"] as Ref<Person> })
        return left.isEmpty ? people : left
    }

    private static func page(
        _ incident: Incident,
        _ pages: [Message],
        timings: Timings,
        in tx: Transaction
    ) throws {
        if pages.contains(where: { $0.acknowledgedAt != nil }) { return }
        if let last = pages.last, last.createdAt + timings.attorneyAcknowledge > tx.now {
            return try wait(incident.id, until: last.createdAt + timings.attorneyAcknowledge, in: tx)
        }
        let onCall = try onCall(for: incident, in: tx)
        // All pages of one round share a key, so that two runs at once can't page two people.
        let round = pages.first?.id.text ?? "\(tx.now.milliseconds)"
        let left = try free(onCall.subtracting(pages.map(\.person)), in: tx)
        guard let person = try longestNotPaged(left, isExercise: incident.isExercise, in: tx) else {
            return try giveUp(incident, round, in: tx)
        }
        let told = try Message.tell(
            person,
            .attorneyPaged,
            about: incident.id.text,
            key: "attorney:\(incident.id):\(round):\(pages.count)",
            expires: .hours(12) + timings.attorneyAcknowledge * onCall.count,
            isExercise: incident.isExercise,
            in: tx
        )
        guard told else { return }
        try Incident.record("attorney_paged", incident.id, by: nil, ["person": person.text], in: tx)
        try wait(incident.id, until: tx.now + timings.attorneyAcknowledge, in: tx)
    }

    /// Nobody is needed there after all.
    static func release(_ id: Ref<Incident>, in tx: Transaction) throws {
        for subject in try subjects(id, in: tx) {
            try Message.withdraw(.attorneyPaged, about: subject, in: tx)
            try Message.withdraw(.coordinatorPaged, about: subject, because: "attorney", in: tx)
        }
    }

    /// Those that still stand, oldest first; also about what was merged into the incident.
    private static func pages(about id: Ref<Incident>, in tx: Transaction) throws -> [Message] {
        try tx.all(
            Message.self,
            """
            SELECT * FROM messages WHERE kind = \(Message.Kind.attorneyPaged) AND expires_at > \(tx.now)
                AND subject IN \(list: subjects(id, in: tx)) ORDER BY created_at, id
            """
        )
    }

    private static func subjects(_ id: Ref<Incident>, in tx: Transaction) throws -> [String] {
        [id.text] + (try tx.list(String.self, "SELECT id FROM incidents WHERE merged_into = \(id) ORDER BY id"))
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

    private static func giveUp(_ incident: Incident, _ round: String, in tx: Transaction) throws {
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
