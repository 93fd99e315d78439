// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// A confirmed incident has to be looked at again: those who can are told, until somebody does: `Incident.askForReview`.
package struct ReviewDue: Job {
    package static let kind = "response.review_due"
    package let incident: Ref<Incident>

    package init(incident: Ref<Incident>) { self.incident = incident }
}

/// A confirmed incident that nobody reviewed ends by itself: the automatic all-clear.
package struct ExpireIncident: Job {
    package static let kind = "response.expire_incident"
    package let incident: Ref<Incident>

    package func perform(in database: Database) async throws {
        try await database.write { tx in try Incident.allClear(incident, in: tx) }
    }
}

extension Incident {
    /// Tells the dispatchers, and as often again as nobody looked; from the second time on also the coordinators. Nothing
    /// when it was reviewed, is over or was closed meanwhile: a job may come late, or twice.
    static func askForReview(_ id: Ref<Incident>, timings: Timings, in tx: Transaction) throws {
        guard let incident = try tx.first(Incident.self, "SELECT * FROM incidents WHERE id = \(id)"),
            incident.state == .answered, incident.truth == .confirmed, !incident.isOver,
            let due = incident.reviewAt, due <= tx.now
        else { return }
        let round = (tx.now - due).inMilliseconds / max(timings.reviewEvery.inMilliseconds, 1)
        var people = try Roster.members(with: [.dispatcher], in: tx)
        if round > 0 { people.formUnion(try Shift.onDuty(.coordinator, in: tx)) }
        var isNews = false
        let asked = try Exercise.only(people, isExercise: incident.isExercise, in: tx)
        for person in asked.sorted(by: { $0.text < $1.text }) {
            let told = try Message.tell(
                person,
                .alertReview,
                about: id.text,
                key: "\(id):\(due.milliseconds):\(round)",
                expires: timings.reviewEvery,
                isExercise: incident.isExercise,
                in: tx
            )
            isNews = isNews || told
        }
        if isNews { try record("review_due", id, by: nil, in: tx) }
        let next = due + .milliseconds((round + 1) * timings.reviewEvery.inMilliseconds)
        guard next < incident.expiresAt ?? next else { return }
        try tx.enqueue(ReviewDue(incident: id), at: next, key: "review:\(id):\(next.milliseconds)")
    }

    static func allClear(_ id: Ref<Incident>, in tx: Transaction) throws {
        let ended = try tx.run(
            """
            UPDATE incidents SET is_over = 1, review_at = NULL, expires_at = NULL, version = version + 1,
                stepped = version + 1
            WHERE id = \(id) AND state = 'answered' AND truth = 'confirmed' AND is_over = 0 AND expires_at <= \(tx.now)
            """
        )
        guard ended == 1 else { return }
        try sendHome(from: id, by: nil, in: tx)
        try record("allclear", id, by: nil, in: tx)
    }
}
