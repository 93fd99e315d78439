// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

/// Whose telephones ring when a caller wants a person, one group after the other: those on shift as operators; then
/// whoever leads a shift, and operators who have none when nobody has one; then attorneys and coordinators. Only members
/// who proved a telephone and did not say that the hotline is not to ring it.
package enum RingGroup: Int, CaseIterable, Sendable {
    case onShift = 1
    case wider, last

    /// As many as providers ring at once.
    private static let most = 10

    /// The first group from this one on in which a telephone can ring; nil when there is none. Needs the instance's key.
    package static func reachable(
        from start: RingGroup,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> (group: RingGroup, numbers: [String])? {
        for group in allCases where group.rawValue >= start.rawValue {
            let numbers = try Contact.telephones(of: group.people(in: tx), forHotline: true, keys: keys, in: tx)
            if !numbers.isEmpty { return (group, Array(numbers.prefix(most))) }
        }
        return nil
    }

    private func people(in tx: Transaction) throws -> [Ref<Person>] {
        let serving = try Shift.serving(.operator, in: tx).map(\.person)
        let operators = try Roster.members(with: [.operator], in: tx)
        let first = serving.filter(operators.contains)
        switch self {
        case .onShift: return first
        case .wider:
            let all = try Shift.onDuty(.operator, in: tx).union(Shift.onDuty(.dispatcher, in: tx))
            return all.subtracting(first).sorted { $0.text < $1.text }
        case .last:
            let all = try Shift.onDuty(.attorney, in: tx).union(Shift.onDuty(.coordinator, in: tx))
            return all.subtracting(first).sorted { $0.text < $1.text }
        }
    }
}
