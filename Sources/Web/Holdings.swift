// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import Matching
import Messaging
import People
import Response
import Vault

/// What every table holds and how long every class is kept: each area declares its own beside its migrations; here
/// they are put together, for the inventory, the settings and the public page.
package enum Holdings {
    package static let all: [Holding] =
        KitMigrations.holdings + VaultMigrations.holdings + PeopleMigrations.holdings + MessagingMigrations.holdings
        + MatchingMigrations.holdings + ResponseMigrations.holdings + InformMigrations.holdings

    package static let keepings: [Keeping] =
        ResponseMigrations.keepings + Mailbox.keepings + MessagingMigrations.keepings + PeopleMigrations.keepings
        + KitMigrations.keepings

    /// What the schema has and nobody classified; empty when the inventory is whole.
    package static func unclassified(_ tables: [Catalog.Table]) -> [String] {
        let known = Dictionary(all.map { ($0.table, $0) }) { first, _ in first }
        return tables.flatMap { table in
            guard let holding = known[table.name] else { return [table.name] }
            return table.columns.filter { holding.columns[$0] == nil }.map { "\(table.name).\($0)" }
        }
    }
}
