// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What the areas above end when a member is removed, in the same transaction; attached to the database where the
/// instance is composed.
package struct Departure: Sendable {
    /// Who leaves, already without a role; and who removed them.
    package let end: @Sendable (Ref<Person>, Ref<Person>, Transaction) throws -> Void

    package init(_ end: @escaping @Sendable (Ref<Person>, Ref<Person>, Transaction) throws -> Void) { self.end = end }
}
