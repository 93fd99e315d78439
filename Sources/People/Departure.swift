// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What the areas above end when a member is removed, or a role is taken from one, in the same transaction; attached to
/// the database where the instance is composed.
package struct Departure: Sendable {
    package typealias Ending = @Sendable (Ref<Person>, Ref<Person>, Transaction) throws -> Void

    /// Who leaves, already without a role; and who removed them.
    package let end: Ending
    /// Who goes on with fewer roles than before; and who took them away.
    package let endRoles: Ending

    package init(roles: @escaping Ending, _ end: @escaping Ending) { (endRoles, self.end) = (roles, end) }
}
