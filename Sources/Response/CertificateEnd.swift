// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People

/// When the certificate of a member ends. Its holder and whoever looks after people hear of it twice before, and see
/// the day with their shifts.
package struct CertificateEnd: Sendable {
    package let person: Ref<Person>
    package let skill: Skill
    package let at: Instant

    /// Of everybody, those that end within the month.
    private static func soon(in tx: Transaction) throws -> [CertificateEnd] {
        try Helper.certificates(endingWithin: month, in: tx).compactMap { person, held in
            held.expiresAt.map { CertificateEnd(person: person, skill: held.skill, at: $0) }
        }
    }

    /// The caller's own, however long they hold; for whoever looks after people, also what soon ends of others.
    package static func shown(to caller: Caller, in tx: Transaction) throws -> [CertificateEnd] {
        let held = try Helper.find(caller.person, in: tx)?.skills.filter(\.skill.needsCertificate) ?? []
        let own = held.compactMap { one in
            one.expiresAt.map { CertificateEnd(person: caller.person, skill: one.skill, at: $0) }
        }.filter { $0.at > tx.now }.sorted { $0.at < $1.at }
        guard caller.can(.managePeople) else { return own }
        return try own + soon(in: tx).filter { $0.person != caller.person }
    }

    /// A month before and a week before, once each. Whoever looks after people is told in one of what they did not look
    /// at yet.
    package static func tell(in tx: Transaction) throws {
        let ends = try soon(in: tx)
        guard !ends.isEmpty else { return }
        let managers = try Roster.members(with: Permission.managePeople.roles, in: tx).sorted { $0.text < $1.text }
        for end in ends {
            let left = end.at - tx.now
            let step = left <= .days(7) ? "week" : "month"
            let key = "\(end.person.text):\(end.skill.rawValue):\(end.at.milliseconds):\(step)"
            try Message.tell(
                end.person,
                .certificateEnds,
                about: end.person.text,
                key: key,
                expires: left,
                in: tx
            )
            for manager in managers where manager != end.person {
                try Message.tell(
                    manager,
                    .certificateEnds,
                    about: "certificates",
                    key: key,
                    besides: tx.now - .days(1),
                    expires: .days(7),
                    isExercise: false,
                    in: tx
                )
            }
        }
    }

    private static let month = Duration.days(30)
}
