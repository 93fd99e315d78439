// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// How long each class of things is kept: the table of the settings page and of `docs/retention.md`. Every area adds
/// its own; attached to the database as a companion, so that it is at hand where a period is changed.
package struct Keepings: Sendable {
    package let all: [Keeping]

    package init(_ all: [Keeping]) { self.all = all }

    package func find(_ id: String) -> Keeping? { all.first { $0.id == id } }
}

extension ResponseMigrations {
    package static let unfounded = Keeping(
        "reports.unfounded",
        "keeping.unfounded|Reports that were not true, and spam",
        usual: .hours(72),
        from: .hours(1),
        to: .days(30),
        key: "response.keep_unfounded_s"
    )
    package static let unverified = Keeping(
        "reports.unverified",
        "keeping.unverified|Reports that nobody could check",
        usual: .days(7),
        from: .hours(1),
        to: .days(90),
        key: "response.keep_unverified_s"
    )
    package static let confirmed = Keeping(
        "incidents.confirmed",
        "keeping.confirmed|Confirmed incidents and their reports, after they are closed",
        usual: .days(730),
        from: .days(1),
        to: .days(3_650),
        key: "response.keep_confirmed_s"
    )
    package static let observations = Keeping(
        "observations",
        "keeping.observations|Observers’ notes and their photos, after the incident is closed",
        usual: .days(1_095),
        from: .days(30),
        to: .days(3_650),
        key: "response.keep_observations_s"
    )
    package static let counts = Keeping(
        "daily_counts",
        "keeping.counts|Daily counts, without anything else",
        always: .days(1_825)
    )
    package static let shifts = Keeping(
        "shifts",
        "keeping.shifts|Shifts that are over, and their notes",
        always: .days(365)
    )

    package static let keepings = [
        unfounded, unverified, confirmed, observations, counts, shifts, notices, Broadcast.kept, Inquiry.kept,
        CareCheck.keeping,
        Exercise.kept,
    ]
}

/// Asks that a class is kept for another time.
package struct RetentionChange: TwoPersonAct {
    package static let kind = Proposal.Kind.retention

    /// The class: `reports.unverified`.
    package let keeping: String
    package let seconds: Int

    package init(_ keeping: Keeping, to period: Duration) {
        (self.keeping, seconds) = (keeping.id, Int(period.inMilliseconds / 1_000))
    }

    package var subject: String { keeping }

    package func allow(_ caller: Caller, in tx: Transaction) throws {
        guard caller.can(.manageSettings) || caller.can(.holdLegally) else { throw Refusal.forbidden }
    }

    package func check(in tx: Transaction) throws {
        let keeping = try found(in: tx)
        guard keeping.key != nil, keeping.range.contains(seconds) else {
            throw Refusal.invalid([
                keeping.id: Phrase(
                    "response.keeping_range|Choose from {least} to {most} hours.",
                    ["least": "\(keeping.range.lowerBound / 3_600)", "most": "\(keeping.range.upperBound / 3_600)"]
                )
            ])
        }
    }

    /// Not who only looks after accounts: coordinators, and attorneys since it decides what evidence there is.
    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.holdLegally, in: tx) }

    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> {
        let team = try tx.one(
            Ref<Team>.self,
            "SELECT id FROM teams WHERE purpose = 'response' AND organisation IS NULL"
        )
        let members = try team.map { Set(try Team.members(of: $0, in: tx)) } ?? []
        return members.union(try approvers(in: tx))
    }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        let keeping = try found(in: tx)
        let before = try keeping.period(in: tx)
        var lines = [
            t(
                "proposal.keep|“{what}” is kept for {time}.",
                ["what": t(keeping.name), "time": Self.words(.seconds(seconds), t)]
            ),
            t("proposal.keep_now|Now it is {time}.", ["time": Self.words(before, t)]),
        ]
        if .seconds(seconds) < before {
            lines.append(t("proposal.keep_shorter|What is older is deleted within minutes. This can’t be undone."))
        }
        return lines
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        guard let key = try found(in: tx).key else { throw Refusal.notFound }
        let person = approval.caller.person.text
        try Settings.set(key, to: "\(seconds)", by: person, in: tx)
        try tx.attest(Event("settings.changed", subject: key, actor: person, data: ["seconds": "\(seconds)"]))
    }

    /// Whole days, else hours.
    package static func words(_ period: Duration, _ t: Words) -> String {
        let hours = Int(period.inMilliseconds / 3_600_000)
        return hours >= 24 && hours.isMultiple(of: 24)
            ? t("keeping.days|{n} day|{n} days", n: hours / 24) : t("keeping.hours|{n} hour|{n} hours", n: hours)
    }

    private func found(in tx: Transaction) throws -> Keeping {
        guard let keeping = tx.companions.first(Keepings.self)?.find(keeping) else { throw Refusal.notFound }
        return keeping
    }
}
