// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization

/// How many decisions wait for each member, kept in memory for the mark in the header; read again whenever somebody
/// asks, decides, or the roster changes. It may be late for a moment, and only a number depends on it.
package final class DecisionDesk: Sendable {
    private let counts = Mutex<[Ref<Person>: Int]>([:])
    private let database: Database

    init(database: Database) {
        self.database = database
        database.feed.subscribe { [weak self] events in
            guard events.contains(where: { $0.kind.hasPrefix("proposal.") || $0.kind.hasPrefix("person.r") }) else {
                return
            }
            Task { await self?.read() }
        }
        Task { [weak self] in await self?.read() }
    }

    func count(for person: Ref<Person>) -> Int { counts.withLock { $0[person] ?? 0 } }

    private func read() async {
        guard let fresh = try? await database.read({ tx in try Proposal.waiting(in: tx) }) else { return }
        counts.withLock { $0 = fresh }
    }
}
