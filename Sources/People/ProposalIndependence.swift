// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Two accounts may be one person. What can be known of it is looked at; what can't is why everybody concerned is told.
extension Proposal {
    /// Those of `people` who are somebody else than the asker, as far as this server can know: another name, however it is
    /// written, and no telephone, mailbox or browser that both proved to be theirs.
    static func independent(
        _ people: Set<Ref<Person>>,
        of asker: Ref<Person>,
        in tx: Transaction
    ) throws -> Set<Ref<Person>> {
        let named = try named(otherwise: people, than: asker, as: plain, in: tx)
        return named.isEmpty ? [] : named.subtracting(try tx.acts.reached(with: asker, of: named, in: tx))
    }

    /// Those whose name differs by more than the case of its letters. A coalition where there are none has one person, who
    /// may have two accounts.
    static func otherNames(
        _ people: Set<Ref<Person>>,
        than asker: Ref<Person>,
        in tx: Transaction
    ) throws -> Set<Ref<Person>> {
        try named(otherwise: people, than: asker, as: { $0.lowercased() }, in: tx)
    }

    private static func named(
        otherwise people: Set<Ref<Person>>,
        than asker: Ref<Person>,
        as read: (String) -> String,
        in tx: Transaction
    ) throws -> Set<Ref<Person>> {
        let others = people.subtracting([asker])
        guard !others.isEmpty else { return [] }
        let names = try Person.handles(of: others.union([asker]).sorted { $0.text < $1.text }, in: tx)
        let own = names[asker].map(read)
        return others.filter { names[$0].map(read) != own }
    }

    /// "José  Luis" and "jose-luis" are one name; one that is nothing but signs stands for itself.
    private static func plain(_ name: String) -> String {
        let words = Folded(name, limit: 20).words.joined()
        return words.isEmpty ? name.lowercased() : words
    }
}
