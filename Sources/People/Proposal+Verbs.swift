// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

extension Proposal {
    /// Asks for it. Where only one person could approve, it is done at once (`.alone`). `reason` is sealed to the asker
    /// and to those who could approve.
    @discardableResult
    package static func ask(
        _ act: some TwoPersonAct,
        because reason: String,
        confirmed: Confirmation,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Proposal {
        try confirmed.require(of: caller, in: tx)
        try act.allow(caller, in: tx)
        try act.check(in: tx)
        var fields = Fields()
        let words =
            reason.isEmpty
            ? ""
            : fields.text(reason, "reason", limit: 500, missing: "people.reason_missing|Write why, in a few words.")
        try fields.check()
        let approvers = try act.approvers(in: tx)
        let others = try independent(approvers, of: caller.person, in: tx)
        if others.isEmpty {
            // Alone acts who has no colleagues; a shared telephone takes nobody's colleagues away.
            guard try otherNames(approvers, than: caller.person, in: tx).isEmpty else {
                throw Refusal(
                    .conflict,
                    "people.same_person|The only others who could approve this have your name, or are reached at your phone or address. Each needs their own: see Settings, How we reach you."
                )
            }
            guard approvers.contains(caller.person) else {
                throw Refusal(.conflict, "people.nobody_approves|Nobody could approve this now. Ask your coordinator.")
            }
            guard try !lostSomebody(in: tx) else {
                throw Refusal(
                    .conflict,
                    "people.too_soon_alone|Someone who could approve was removed in the last 7 days. Until then, nobody can do this alone."
                )
            }
        }
        let asked = try insert(act, words, readers: others.union([caller.person]), by: caller, in: tx)
        try tx.attest(
            Event(
                "proposal.asked",
                subject: asked.id.text,
                actor: caller.person.text,
                data: ["kind": asked.kind.rawValue, "about": asked.subject]
            )
        )
        if others.isEmpty { return try asked.settle(.alone, act, by: caller, in: tx) }
        try act.prepare(asked.id, by: caller, in: tx)
        let acts = try tx.acts
        for person in Self.sorted(others) { try acts.tell(person, .asked, asked.id, act, in: tx) }
        let concerned = try act.affected(in: tx).subtracting(others).subtracting([caller.person])
        for person in Self.sorted(concerned) { try acts.tell(person, .proposed, asked.id, act, in: tx) }
        return asked
    }

    /// Takes access away: one is enough, and it is on the record and told like everything else here.
    @discardableResult
    package static func takeAway(_ act: AccessRemoval, by caller: Caller, in tx: Transaction) throws -> Proposal {
        try act.allow(caller, in: tx)
        try act.check(in: tx)
        let asked = try insert(act, "", readers: [], by: caller, in: tx)
        return try asked.settle(.alone, act, by: caller, in: tx)
    }

    /// The second person: the act is done in this transaction, or nothing is. Of two who press at once, one wins, and
    /// the other is told what happened.
    @discardableResult
    package static func approve(
        _ id: Ref<Proposal>,
        confirmed: Confirmation,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Proposal {
        try confirmed.require(of: caller, in: tx)
        let (proposal, act) = try deciding(id, by: caller, in: tx)
        try act.check(in: tx)
        return try proposal.settle(.approved, act, by: caller, in: tx)
    }

    @discardableResult
    package static func decline(_ id: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws -> Proposal {
        let (proposal, act) = try deciding(id, by: caller, in: tx)
        return try proposal.settle(.declined, act, by: caller, in: tx)
    }

    @discardableResult
    package static func withdraw(_ id: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws -> Proposal {
        let proposal = try find(id, by: caller, in: tx)
        guard proposal.askedBy == caller.person else { throw Refusal.forbidden }
        guard proposal.state(at: tx.now) == .open else { throw Self.overtaken(proposal, tx.now) }
        return try proposal.settle(.withdrawn, try tx.acts.act(of: proposal), by: caller, in: tx)
    }

    /// Closes what nobody approved in time; run every few minutes. What was decided is forgotten with the record.
    package static func expire(in tx: Transaction) throws {
        let late = try tx.all(
            Proposal.self,
            """
            UPDATE proposals SET state = 'expired', decided_at = \(tx.now)
            WHERE state = 'open' AND expires_at <= \(tx.now) RETURNING *
            """
        )
        for proposal in late { try proposal.letGo(because: "late", in: tx) }
    }

    /// What they asked for can't be done any more: nobody is asked to approve it from now on. Those that are decided already
    /// stay as they are.
    package static func lapse(_ ids: [Ref<Proposal>], in tx: Transaction) throws {
        guard !ids.isEmpty else { return }
        let open = try tx.all(
            Proposal.self,
            """
            UPDATE proposals SET state = 'expired', decided_at = \(tx.now)
            WHERE state = 'open' AND id IN \(list: ids) RETURNING *
            """
        )
        for proposal in open { try proposal.letGo(because: "overtaken", in: tx) }
    }

    private func letGo(because why: String, in tx: Transaction) throws {
        try tx.attest(Event("proposal.expired", subject: id.text, data: ["kind": kind.rawValue, "because": why]))
        let (acts, act) = (try tx.acts, try tx.acts.act(of: self))
        try act.drop(id, in: tx)
        try acts.tell(askedBy, .dropped, id, act, in: tx)
    }

    /// Forgets what was decided longer ago; their sealed reasons are shredded with them.
    package static func forget(before: Instant, in tx: Transaction) throws -> Int {
        let old: SQL = "FROM proposals WHERE state <> 'open' AND decided_at < \(before)"
        try ShredDue.add(of: "SELECT sealed_reason \(old)", in: tx)
        return try tx.run("DELETE \(old)")
    }

    private static func deciding(
        _ id: Ref<Proposal>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> (Proposal, any TwoPersonAct) {
        let proposal = try find(id, by: caller, in: tx)
        guard proposal.state(at: tx.now) == .open else { throw Self.overtaken(proposal, tx.now) }
        let act = try tx.acts.act(of: proposal)
        guard proposal.askedBy != caller.person else {
            throw Refusal(.forbidden, "people.own_proposal|Another person must decide this. You asked for it.")
        }
        guard try independent(act.approvers(in: tx), of: proposal.askedBy, in: tx).contains(caller.person) else {
            throw Refusal.forbidden
        }
        return (proposal, act)
    }

    /// Writes the outcome first: whoever loses the race changes no row, and does nothing.
    private func settle(
        _ outcome: State,
        _ act: any TwoPersonAct,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Proposal {
        let settled = try tx.first(
            Proposal.self,
            """
            UPDATE proposals SET state = \(outcome), decided_by = \(caller.person), decided_at = \(tx.now)
            WHERE id = \(id) AND state = 'open' AND expires_at > \(tx.now) RETURNING *
            """
        )
        guard let settled else {
            let now = try tx.first(Proposal.self, "SELECT * FROM proposals WHERE id = \(id)") ?? self
            throw Self.overtaken(now, tx.now)
        }
        let isDone = outcome == .approved || outcome == .alone
        let before = isDone ? try act.affected(in: tx) : []
        if isDone {
            let approval = Approval(proposal: id, asker: askedBy, caller: caller, reason: reason(for: caller))
            try act.perform(approval, in: tx)
        } else {
            try act.drop(id, in: tx)
        }
        try tx.attest(
            Event(
                "proposal.\(outcome.rawValue)",
                subject: id.text,
                actor: caller.person.text,
                data: ["kind": kind.rawValue, "about": subject, "asked_by": askedBy.text]
            )
        )
        let acts = try tx.acts
        // Those before and those after: whoever was taken out of a team is told, and whoever came into it.
        let concerned = try isDone ? before.union(act.affected(in: tx)) : try act.affected(in: tx)
        let notice: Acts.Notice = outcome == .approved ? .done : outcome == .alone ? .doneAlone : .dropped
        for person in Self.sorted(concerned.union([askedBy]).subtracting([caller.person])) {
            try acts.tell(person, notice, id, act, in: tx)
        }
        return settled
    }

    private static func insert(
        _ act: some TwoPersonAct,
        _ reason: String,
        readers: Set<Ref<Person>>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Proposal {
        let (id, kind) = (Ref<Proposal>.new(at: tx.now), type(of: act).kind)
        // One that ran out stands in the way until the clock writes it down.
        try tx.run(
            """
            UPDATE proposals SET state = 'expired', decided_at = \(tx.now)
            WHERE kind = \(kind) AND subject = \(act.subject) AND state = 'open' AND expires_at <= \(tx.now)
            """
        )
        let sealed = reason.isEmpty ? nil : try seal(reason, of: id, to: readers, first: caller.person, in: tx)
        let inserted = try tx.first(
            Proposal.self,
            """
            INSERT INTO proposals (id, kind, subject, payload, sealed_reason, asked_by, asked_at, expires_at, state)
            VALUES (\(id), \(kind), \(act.subject), \(try Acts.json(act)), \(sealed), \(caller.person), \(tx.now),
                \(tx.now + lasts), 'open')
            ON CONFLICT DO NOTHING RETURNING *
            """
        )
        guard let inserted else {
            throw Refusal(
                .conflict,
                "people.asked_already|Someone asked for this already. Decide that one first: see People, Decisions."
            )
        }
        return inserted
    }

    /// To each reader's own key, the asker first: eight at most fit an envelope.
    private static func seal(
        _ reason: String,
        of id: Ref<Proposal>,
        to readers: Set<Ref<Person>>,
        first asker: Ref<Person>,
        in tx: Transaction
    ) throws -> Sealed<String> {
        let people = [asker] + sorted(readers.subtracting([asker])).prefix(7)
        let rows = try tx.rows("SELECT id, public_key FROM people WHERE id IN \(list: people)")
        let keys = try rows.map { TeamKey(team: try $0["id"], epoch: 0, publicKey: try $0["public_key"]) }
        return try Sealed.seal(reason, kind: reasonKind, record: id.text, to: keys, shred: tx.shredKey())
    }

    /// Whether somebody who looks after people was removed, or lost that role, in the last week: else one of two
    /// coordinators could take the other's access away and then act alone.
    private static func lostSomebody(in tx: Transaction) throws -> Bool {
        let managers = Set(Permission.managePeople.roles.map(\.rawValue))
        let recent = try tx.all(
            Event.self,
            """
            SELECT * FROM events
            WHERE found_by IS NULL AND kind IN ('person.removed', 'person.roles_changed') AND at > \(tx.now - .days(7))
            """
        )
        return recent.contains { event in
            !managers.isDisjoint(with: event.data["lost"]?.split(separator: ",").map(String.init) ?? [])
        }
    }

    private static func overtaken(_ proposal: Proposal, _ now: Instant) -> Refusal {
        let words: Phrase =
            switch proposal.state(at: now) {
            case .approved, .alone, .open: "people.overtaken_done|Someone was faster. It is done already."
            case .declined: "people.overtaken_declined|Someone was faster. It was declined."
            case .withdrawn: "people.overtaken_withdrawn|It was taken back. Nothing was changed."
            case .expired: "people.overtaken_expired|The 48 hours are over. Nothing was changed. You can ask again."
            }
        return Refusal(.conflict, words)
    }

    private static func sorted(_ people: Set<Ref<Person>>) -> [Ref<Person>] { people.sorted { $0.text < $1.text } }
}
