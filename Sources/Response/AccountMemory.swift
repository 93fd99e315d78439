// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// What the newest reports say that others can say too, by the incident that they came to. In memory only, like all that
/// grouping looks at. Safe from any thread.
final class AccountMemory: Sendable {
    private let state = Mutex(State())

    /// Of twenty thousand reports at most; the oldest go first.
    private static let most = 20_000

    private struct State {
        var accounts: [String: Account] = [:]
        var incidents: [String: Accounts] = [:]
        var order: [(report: String, incident: String)] = []
        var left = 0

        mutating func add(_ account: Account, to incident: String) -> (accord: Accord, reports: Int) {
            let isNew = accounts.updateValue(account, forKey: account.report) == nil
            func counted(_ known: inout Accounts) -> (accord: Accord, reports: Int) {
                if isNew { known.add(account) }
                return (Accord(known), known.count)
            }
            // Changed where it lies: taken out and put back, others in the table would be hashed anew.
            let all = counted(&incidents[incident, default: Accounts()])
            if isNew { order.append((account.report, incident)) }
            if order.count - left > AccountMemory.most { dropFirst() }
            return all
        }

        mutating func remove(_ report: String) {
            guard accounts.removeValue(forKey: report) != nil,
                let place = order[left...].lastIndex(where: { $0.report == report })
            else { return }
            let incident = order.remove(at: place).incident
            let others = order[left...].filter { $0.incident == incident }
            incidents[incident] = others.isEmpty ? nil : Accounts(others.compactMap { accounts[$0.report] })
        }

        /// What an incident was counted to stays with it in the database.
        private mutating func dropFirst() {
            let oldest = order[left]
            left += 1
            accounts[oldest.report] = nil
            incidents[oldest.incident] = nil
            guard left > 4_096, left > order.count / 2 else { return }
            order.removeFirst(left)
            left = 0
        }
    }

    /// How far the incident's accounts agree, with this one, and of how many reports that is known. Twice is once.
    func add(_ account: Account, to incident: String) -> (accord: Accord, reports: Int) {
        state.withLock { $0.add(account, to: incident) }
    }

    /// As if it had never come: it was not stored.
    func remove(_ report: String) { state.withLock { $0.remove(report) } }

    /// An incident has these reports from now on, and no others. What those agree on whose words are known, and whether
    /// that is all of them.
    func hold(_ reports: Set<String>, in incident: String) -> (accord: Accord, isWhole: Bool) {
        state.withLock { state in
            let known = reports.sorted().compactMap { state.accounts[$0] }
            let accounts = Accounts(known)
            state.incidents[incident] = accounts
            return (Accord(accounts), known.count == reports.count)
        }
    }
}
