// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Vault

/// "How are you?", asked of somebody about themselves: after a mission, after something hard, and after more service than
/// the limits. They say what they like, ask to be called, take a rest, or say nothing. It is never scored and never counted
/// by person; their words are read only by those who care for responders (docs/decisions/0060).
package struct CareCheck: Readable {
    package let id: Ref<CareCheck>
    package let person: Ref<Person>
    package let cause: Cause
    package let state: State
    package let askedAt: Instant
    package let answeredAt: Instant?
    package let wantsCall: Bool
    /// When somebody called them; nil while nobody did.
    package let calledAt: Instant?
    /// Sealed as `care.words`.
    package let sealed: Sealed<Words>?

    package enum Cause: String, Bindable, Column {
        /// They were on the scene of something.
        case mission
        /// Whoever led it says it was hard, for everybody who had to do with it.
        case hard
        /// They served more than the limits.
        case load

        package var label: Phrase {
            switch self {
            case .mission: "care.mission|After a mission"
            case .hard: "care.hard|After something hard"
            case .load: "care.load|After many hours"
            }
        }
    }

    package enum State: String, Bindable, Column {
        case asked, answered, declined
    }

    package struct Words: Codable, Sendable, Hashable {
        package let text: String

        package static let limit = 2_000
    }

    /// How long they are not asked to help.
    package enum Rest: String, Sendable, CaseIterable {
        case day, three, week

        package var length: Duration {
            switch self {
            case .day: .days(1)
            case .three: .days(3)
            case .week: .days(7)
            }
        }

        package var label: Phrase {
            switch self {
            case .day: "care.rest_day|Rest for a day"
            case .three: "care.rest_three|Rest for three days"
            case .week: "care.rest_week|Rest for a week"
            }
        }
    }

    package init(row: Row) throws {
        id = try row["id"]
        person = try row["person"]
        cause = try row["cause"]
        state = try row["state"]
        askedAt = try row["asked_at"]
        answeredAt = try row["answered_at"]
        wantsCall = try row["wants_call"]
        calledAt = try row["called_at"]
        sealed = try row["sealed"]
    }

    /// They can call it off: nobody has to answer.
    package var waitsForCall: Bool { wantsCall && calledAt == nil }

    /// What they want known, a call, a rest: any of the three. Saying it again replaces it. Fields: `words`.
    package static func answer(
        _ id: Ref<CareCheck>,
        words: String?,
        wantsCall: Bool = false,
        rest: Rest? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let mine = try own(id, by: caller, in: tx)
        var check = FieldCheck()
        let clean = check.text(words, "words", limit: Words.limit)
        if let clean { ReportFiling.flagNeverKept(clean, "words", &check) }
        if clean == nil, !wantsCall, rest == nil {
            check.flag(
                "words",
                "care.nothing|Write something, ask for a call, or take a rest. You can also say nothing."
            )
        }
        try check.settle()
        let carers = try Person.holding(.careForResponders, in: tx).subtracting([caller.person])
        if wantsCall, carers.isEmpty {
            throw Refusal(.conflict, "care.nobody|Nobody in the network can call you yet. Please ask a colleague.")
        }
        let sealed = try clean.map { text in
            try Sealed.seal(
                Words(text: text),
                kind: kind,
                record: id.text,
                to: [readers(in: tx)],
                shred: tx.shredKey()
            )
        }
        try ShredDue.add([mine.sealed?.slot], in: tx)
        try tx.run(
            """
            UPDATE care_checks SET state = \(State.answered), answered_at = \(tx.now), wants_call = \(wantsCall),
                called_at = NULL, called_by = NULL, sealed = \(sealed) WHERE id = \(id)
            """
        )
        try settle(id, in: tx)
        if let rest { try take(rest, by: caller, in: tx) }
        guard wantsCall else { return }
        for carer in carers.sorted(by: { $0.text < $1.text }) {
            try Message.tell(
                carer,
                .callWanted,
                about: id.text,
                key: "\(id.text):\(tx.now.milliseconds)",
                expires: .days(7),
                in: tx
            )
        }
    }

    /// "I'd rather not say." Nobody is told, and nothing but that it was asked is kept.
    package static func decline(_ id: Ref<CareCheck>, by caller: Caller, in tx: Transaction) throws {
        let mine = try own(id, by: caller, in: tx)
        try ShredDue.add([mine.sealed?.slot], in: tx)
        try tx.run(
            """
            UPDATE care_checks SET state = \(State.declined), answered_at = \(tx.now), wants_call = 0, sealed = NULL
            WHERE id = \(id)
            """
        )
        try settle(id, in: tx)
    }

    /// Somebody who cares for responders reached them. Of two who say so, the first did; never oneself.
    package static func noteCalled(_ id: Ref<CareCheck>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.careForResponders)
        let called = try tx.run(
            """
            UPDATE care_checks SET called_at = \(tx.now), called_by = \(caller.person)
            WHERE id = \(id) AND person <> \(caller.person) AND wants_call = 1 AND called_at IS NULL
            """
        )
        guard called == 1 else {
            let isOthers = try tx.count(
                "SELECT count(*) FROM care_checks WHERE id = \(id) AND person <> \(caller.person)"
            )
            guard isOthers == 1 else { throw Refusal.notFound }
            return
        }
        try Message.withdraw(.callWanted, about: id.text, in: tx)
        try tx.record(Event("care.called", subject: id.text, actor: caller.person.text))
    }

    /// One of the caller's own; a stranger's is not found.
    package static func own(_ id: Ref<CareCheck>, by caller: Caller, in tx: Transaction) throws -> CareCheck {
        let mine = try tx.first(
            CareCheck.self,
            "SELECT * FROM care_checks WHERE id = \(id) AND person = \(caller.person)"
        )
        guard let mine else { throw Refusal.notFound }
        return mine
    }

    /// What the caller was asked and did not answer yet, newest first.
    package static func waiting(for caller: Caller, in tx: Transaction) throws -> [CareCheck] {
        try tx.all(
            CareCheck.self,
            """
            SELECT * FROM care_checks WHERE person = \(caller.person) AND state = 'asked'
                AND asked_at > \(tx.now - asked) ORDER BY asked_at DESC, id
            """
        )
    }

    /// For those who care: who waits for a call, then who was called and who only wrote, newest first; never oneself.
    /// Whoever said nothing isn't shown.
    package static func answered(by caller: Caller, in tx: Transaction) throws -> [CareCheck] {
        try caller.require(.careForResponders)
        return try tx.all(
            CareCheck.self,
            """
            SELECT * FROM care_checks WHERE state = 'answered' AND person <> \(caller.person)
                AND (wants_call = 1 OR sealed IS NOT NULL)
            ORDER BY CASE WHEN wants_call = 1 AND called_at IS NULL THEN 0 ELSE 1 END, answered_at DESC, id LIMIT 200
            """
        )
    }

    /// The words, for whoever was asked and for those who care.
    package func words(for caller: Caller) -> Opened<Words>? {
        guard let sealed else { return nil }
        guard caller.person == person || caller.can(.careForResponders) else { return .notForYou }
        guard let keyring = caller.keyring else { return .locked }
        do {
            return .open(try sealed.open(kind: Self.kind, record: id.text, with: keyring))
        } catch VaultError.noKey {
            return .notForYou
        } catch {
            return .damaged
        }
    }

    /// How long it can be answered.
    static let asked = Duration.days(7)
    private static let kind = "care.words"

    /// A care team where the coalition has one; else the response team, whose pages show it to those who care only.
    private static func readers(in tx: Transaction) throws -> TeamKey {
        do {
            return try Team.current(purpose: "care", in: tx)
        } catch let refusal as Refusal where refusal.kind == .unavailable {
            return try Team.current(purpose: "response", in: tx)
        }
    }

    private static func settle(_ id: Ref<CareCheck>, in tx: Transaction) throws {
        for kind: Message.Kind in [.howAreYou, .careOffered, .callWanted] {
            try Message.withdraw(kind, about: id.text, in: tx)
        }
    }

    /// Never shorter than the rest they took already. Who is no helper is not asked to go anyway.
    private static func take(_ rest: Rest, by caller: Caller, in tx: Transaction) throws {
        guard let helper = try Helper.find(caller.person, in: tx) else { return }
        let until = tx.now + rest.length
        if let paused = helper.pausedUntil, paused >= until { return }
        try Helper.pause(caller.person, until: until, by: caller, in: tx)
    }
}
