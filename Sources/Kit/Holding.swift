// SPDX-License-Identifier: AGPL-3.0-or-later

/// How long one class of things is kept. A coalition may choose within `range`; where both ends are the same, the
/// period is fixed. Every area declares its own; the table of all of them is `docs/retention.md` and the settings page.
package struct Keeping: Sendable, Hashable {
    /// `reports.unverified`: in receipts and in the inventory.
    package let id: String
    package let name: Phrase
    package let usual: Duration
    /// Whole seconds.
    package let range: ClosedRange<Int>
    /// Where the settings keep the coalition's choice; nil: the same for everybody.
    package let key: String?

    /// A period that a coalition chooses.
    package init(_ id: String, _ name: Phrase, usual: Duration, from least: Duration, to most: Duration, key: String) {
        let seconds = Int(least.inMilliseconds / 1_000)...Int(most.inMilliseconds / 1_000)
        (self.id, self.name, self.usual, range, self.key) = (id, name, usual, seconds, key)
    }

    /// A period that is the same for everybody.
    package init(_ id: String, _ name: Phrase, always period: Duration) {
        let seconds = Int(period.inMilliseconds / 1_000)
        (self.id, self.name, usual, range, key) = (id, name, period, seconds...seconds, nil)
    }

    /// What the settings say now; a value that can't be read, or out of its range, is the usual one.
    package func period(_ settings: [String: String]) -> Duration {
        guard let key, let seconds = settings[key].flatMap(Int.init), range.contains(seconds) else { return usual }
        return .seconds(seconds)
    }

    package func period(in tx: Transaction) throws -> Duration {
        guard let key else { return usual }
        return period(try Settings.value(key, in: tx).map { [key: $0] } ?? [:])
    }
}

/// What one table holds, column by column: the inventory of what the operator could be forced to hand over. Declared
/// beside the migrations of the area that makes the table; a column without a class fails `vecinos inventory` and a test.
package struct Holding: Sendable {
    /// Who can read a column in a copy of the database.
    package enum Protection: String, Sendable, CaseIterable, Codable {
        /// Whoever has the copy.
        case plain
        /// Whoever has the copy and the instance key, which is kept elsewhere.
        case instanceKey = "instance_key"
        /// Only members of the team it was addressed to.
        case sealed
        /// Only the one person whose passphrase, printed code, cookie or report code it is wrapped under.
        case owner
        /// Nobody: it can only be compared.
        case hash

        package var name: Phrase {
            switch self {
            case .plain: "inventory.plain|readable"
            case .instanceKey: "inventory.instance_key|locked with the server’s key"
            case .sealed: "inventory.sealed|sealed to a team"
            case .owner: "inventory.owner|locked with one person’s passphrase or code"
            case .hash: "inventory.hash|a fingerprint, it can only be compared"
            }
        }
    }

    /// For how long its rows stay.
    package enum Kept: Sendable {
        case by(Keeping)
        /// Goes with something else, or stays: said in words.
        case words(Phrase)
    }

    package let table: String
    package let what: Phrase
    package let kept: Kept
    /// The column that says the day of a row, in milliseconds; nil where there is none.
    package let day: String?
    package let columns: [String: Protection]

    /// Columns are named in one string each, parted by spaces.
    package init(
        _ table: String,
        _ what: Phrase,
        day: String? = nil,
        kept: Kept,
        plain: String = "",
        instanceKey: String = "",
        sealed: String = "",
        owner: String = "",
        hash: String = ""
    ) {
        (self.table, self.what, self.day, self.kept) = (table, what, day, kept)
        let named: [(Protection, String)] = [
            (.plain, plain), (.instanceKey, instanceKey), (.sealed, sealed), (.owner, owner), (.hash, hash),
        ]
        columns = named.reduce(into: [:]) { all, pair in
            for column in pair.1.split(separator: " ") { all[String(column)] = pair.0 }
        }
    }
}

/// The same for Kit's own tables.
extension KitMigrations {
    package static let events = Keeping(
        "events",
        "keeping.events|The record of what members did",
        always: .days(365)
    )

    package static let keepings: [Keeping] = [
        events,
        Keeping(
            "form_receipts",
            "keeping.form_receipts|Marks that stop a form from being sent twice",
            always: .days(1)
        ),
    ]

    package static let holdings: [Holding] = [
        Holding(
            "migrations",
            "holding.migrations|Which version of the database this is",
            day: "applied_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: "id applied_at"
        ),
        Holding(
            "events",
            "holding.events|Who did what to which thing, and when: references, states and counts",
            day: "at",
            kept: .by(events),
            plain: "id at actor kind subject found_by data"
        ),
        Holding(
            "jobs",
            "holding.jobs|Tasks that wait their turn: references only",
            day: "run_at",
            kept: .words("holding.until_done|Until it is done"),
            plain: "id kind payload unique_key run_at attempts lease leased_until dead_at last_error"
        ),
        Holding(
            "settings",
            "holding.settings|What the coalition chose",
            day: "changed_at",
            kept: .words("holding.until_changed|Until it is changed"),
            plain: "key value changed_at changed_by"
        ),
        Holding(
            "form_receipts",
            "holding.form_receipts|Marks that stop a form from being sent twice",
            day: "at",
            kept: .by(keepings[1]),
            plain: "at",
            hash: "token"
        ),
    ]
}
