// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// A confirmed incident has to be looked at again: those who can are told.
package struct ReviewDue: Job {
    package static let kind = "response.review_due"
    package let incident: Ref<Incident>

    package func perform(in database: Database) async throws {
        try await database.write { tx in try Incident.askForReview(incident, in: tx) }
    }
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
    /// Nothing when it was reviewed, is over or was closed meanwhile: a job may come late, or twice.
    static func askForReview(_ id: Ref<Incident>, in tx: Transaction) throws {
        let due = try tx.one(
            Instant.self,
            """
            SELECT review_at FROM incidents WHERE id = \(id) AND state = 'answered' AND truth = 'confirmed'
                AND is_over = 0 AND review_at <= \(tx.now)
            """
        )
        guard let due else { return }
        var isNews = false
        let isExercise = try Exercise.holds(id, in: tx)
        let dispatchers = try Exercise.only(
            Roster.members(with: [.dispatcher], in: tx),
            isExercise: isExercise,
            in: tx
        )
        for person in dispatchers.sorted(by: { $0.text < $1.text }) {
            let told = try Message.tell(
                person,
                .alertReview,
                about: id.text,
                key: "\(id):\(due.milliseconds)",
                expires: .hours(3),
                isExercise: isExercise,
                in: tx
            )
            isNews = isNews || told
        }
        if isNews { try record("review_due", id, by: nil, in: tx) }
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
