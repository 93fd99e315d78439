// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// Something dangerous that one asks for and another approves. The value is what will be done, written down as
/// references, states and counts: it is stored as JSON and must hold no personal word. Every area declares its own, and
/// `App/Compose.swift` lists them.
package protocol TwoPersonAct: Codable, Sendable {
    static var kind: Proposal.Kind { get }

    /// The text of the reference it is about; only one of a kind is open for a subject at a time.
    var subject: String { get }

    /// Who may ask: throws a `Refusal` for others.
    func allow(_ caller: Caller, in tx: Transaction) throws

    /// Whether it can be done at all; looked at when it is asked and again when it is approved, since what it is about
    /// may have changed meanwhile.
    func check(in tx: Transaction) throws

    /// Everybody who could approve it, the one who asks among them if they could.
    func approvers(in tx: Transaction) throws -> Set<Ref<Person>>

    /// Everybody who is told, when it is asked and when it is done.
    func affected(in tx: Transaction) throws -> Set<Ref<Person>>

    /// What will happen, to whom, in plain sentences.
    func sentences(_ t: Words, in tx: Transaction) throws -> [String]

    /// In the transaction of the ask, when it is going to wait for a second person.
    func prepare(_ proposal: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws

    /// It was declined, withdrawn or ran out.
    func drop(_ proposal: Ref<Proposal>, in tx: Transaction) throws

    /// Of a drill: nobody but these is told of it, and that it is one. Nil for what is real.
    func rehearsing(in tx: Transaction) throws -> Set<Ref<Person>>?

    /// Does it, in the transaction of the approval.
    func perform(_ approval: Proposal.Approval, in tx: Transaction) throws
}

extension TwoPersonAct {
    package func check(in tx: Transaction) throws {}
    package func prepare(_ proposal: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws {}
    package func drop(_ proposal: Ref<Proposal>, in tx: Transaction) throws {}
    package func rehearsing(in tx: Transaction) throws -> Set<Ref<Person>>? { nil }
}

/// The acts that an instance knows, and how the people concerned are told. Attached to the database as a companion, so
/// that it is at hand wherever there is a transaction.
package struct Acts: Sendable {
    /// What somebody is told about a proposal.
    package enum Notice: Sendable {
        /// They could approve it.
        case asked
        /// It will change something for them.
        case proposed
        case done
        /// Done by one, since nobody else could approve it, or since one is enough.
        case doneAlone
        /// Declined, withdrawn or expired: nothing was changed.
        case dropped
    }

    /// Tells one person once, in the transaction of the cause; the flag says that it is part of a drill.
    package typealias Tell = @Sendable (Ref<Person>, Notice, Ref<Proposal>, Bool, Transaction) throws -> Void

    /// Who of these is reached at an address of the first one's.
    package typealias Shared = @Sendable (Ref<Person>, Set<Ref<Person>>, Transaction) throws -> Set<Ref<Person>>

    private let types: [Proposal.Kind: any TwoPersonAct.Type]
    private let tell: Tell
    private let shared: Shared

    package init(
        _ types: [any TwoPersonAct.Type],
        telling tell: @escaping Tell,
        sharing shared: @escaping Shared = { _, _, _ in [] }
    ) {
        self.types = Dictionary(types.map { ($0.kind, $0) }) { _, last in last }
        self.tell = tell
        self.shared = shared
    }

    func reached(with person: Ref<Person>, of others: Set<Ref<Person>>, in tx: Transaction) throws -> Set<Ref<Person>> {
        others.isEmpty ? [] : try shared(person, others, tx)
    }

    /// What a proposal would do.
    package func act(of proposal: Proposal) throws -> any TwoPersonAct {
        guard let type = types[proposal.kind] else {
            throw Refusal(.unavailable, "people.act_unknown|This server can't do that. Ask whoever keeps it.")
        }
        return try decode(type, proposal.payload)
    }

    func tell(
        _ person: Ref<Person>,
        _ notice: Notice,
        _ proposal: Ref<Proposal>,
        _ act: any TwoPersonAct,
        in tx: Transaction
    ) throws {
        let rehearsing = try act.rehearsing(in: tx)
        if let rehearsing, !rehearsing.contains(person) { return }
        try tell(person, notice, proposal, rehearsing != nil, tx)
    }

    private func decode<A: TwoPersonAct>(_ type: A.Type, _ json: String) throws -> A {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    static func json(_ act: some TwoPersonAct) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(act), as: UTF8.self)
    }
}

extension Transaction {
    /// Throws where the program that runs was not given any: then nothing that takes two can be done.
    package var acts: Acts {
        get throws {
            guard let acts = companions.first(Acts.self) else {
                throw Refusal(.unavailable, "people.act_unknown|This server can't do that. Ask whoever keeps it.")
            }
            return acts
        }
    }
}
