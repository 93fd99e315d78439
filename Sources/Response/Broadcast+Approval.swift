// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// The second key of everything that goes to many people in free words: one member asks, another approves, and it is on
/// its way in the transaction of the approval. Nobody ever sends one alone: whoever wrote it is no approver.
package struct AlertApproval: TwoPersonAct {
    package static let kind = Proposal.Kind.alert

    package let telling: Ref<Telling>
    package let broadcast: Ref<Broadcast>
    /// Of the words that were asked for.
    package let digest: String

    package static func of(_ broadcast: Ref<Broadcast>, in tx: Transaction) throws -> AlertApproval {
        guard let telling = try Telling.all(of: broadcast, in: tx).last, telling.state == .draft else {
            throw Refusal(.conflict, "broadcast.nothing_written|There is nothing to approve. Write it first.")
        }
        let words = try Telling.words(of: telling.id, in: tx)
        return AlertApproval(telling: telling.id, broadcast: broadcast, digest: Telling.digest(words))
    }

    package var subject: String { telling.text }

    package func allow(_ caller: Caller, in tx: Transaction) throws { try caller.require(.draftAlert) }

    package func check(in tx: Transaction) throws {
        guard let broadcast = try Broadcast.find(broadcast, in: tx), broadcast.ending == nil,
            let telling = try Telling.find(telling, in: tx), telling.state == .draft || telling.state == .waiting
        else {
            throw Refusal(.conflict, "broadcast.not_holding|This is not out there, or is over already.")
        }
        let words = try Telling.words(of: telling.id, in: tx)
        _ = try TellingWords.checked(words)
        guard Telling.digest(words) == digest else {
            throw Refusal(.conflict, "broadcast.moved|A colleague changed this a moment ago. Look again.")
        }
        switch telling.act {
        case .alert:
            if let id = broadcast.incident {
                guard let incident = try Incident.present(id, in: tx), incident.id == id else { throw Refusal.notFound }
                try Broadcast.requireTrue(incident, in: tx)
            }
            try AreaLimit.require(of: broadcast, in: tx)
        case .update:
            try Broadcast.requireHolding(broadcast)
            if let id = broadcast.incident, let incident = try Incident.present(id, in: tx) {
                try Broadcast.requireTrue(incident, in: tx)
            }
            guard try !Broadcast.isSending(broadcast.id, in: tx) else {
                throw Refusal(
                    .conflict,
                    "broadcast.still_sending|The first one is still going out. Wait until it was sent, or stop it."
                )
            }
            try AreaLimit.require(of: broadcast, in: tx)
        case .correction: try Broadcast.requireHolding(broadcast)
        case .withdrawal, .allClear: throw Refusal.notFound
        }
    }

    /// Not whoever wrote it.
    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> {
        guard let found = try Telling.find(telling, in: tx), found.state != .dropped else { return [] }
        return try Person.holding(.approveAlert, in: tx).subtracting(found.writtenBy.map { [$0] } ?? [])
    }

    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.approveAlert, in: tx) }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        guard let broadcast = try Broadcast.find(broadcast, in: tx), let telling = try Telling.find(telling, in: tx)
        else {
            return [t("proposal.alert_gone|It was deleted since.")]
        }
        let voice = try tx.voice()
        var lines = [
            t(
                "proposal.alert_1|{act} to subscribers around {place}.",
                ["act": t(telling.act.label), "place": voice.place(broadcast.zone, t)]
            )
        ]
        if broadcast.isExercise { lines.append(t("proposal.alert_drill|This is a drill. Nobody outside is told.")) }
        for (language, said) in try Telling.words(of: telling.id, in: tx).sorted(by: { $0.key < $1.key }) {
            lines.append("\(language): \(said.subject). \(said.known) \(said.todo)")
        }
        lines.append(t("proposal.alert_2|What was sent can be corrected. It can’t be unsent."))
        return lines
    }

    package func rehearsing(in tx: Transaction) throws -> Set<Ref<Person>>? {
        guard try Broadcast.find(broadcast, in: tx)?.isExercise == true else { return nil }
        return try Exercise.askable(in: tx)
    }

    package func prepare(_ proposal: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws {
        try tx.run(
            "UPDATE tellings SET state = 'waiting', proposal = \(proposal) WHERE id = \(telling) AND state = 'draft'"
        )
    }

    package func drop(_ proposal: Ref<Proposal>, in tx: Transaction) throws {
        try tx.run("UPDATE tellings SET state = 'draft' WHERE id = \(telling) AND state = 'waiting'")
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        guard let broadcast = try Broadcast.find(broadcast, in: tx), let telling = try Telling.find(telling, in: tx),
            telling.state == .waiting, let author = telling.writtenBy, author != approval.caller.person,
            approval.asker != approval.caller.person
        else {
            throw Refusal(
                .forbidden,
                "broadcast.two_people|An alert takes two different people. Give a colleague the role first."
            )
        }
        try Broadcast.tell(telling, of: broadcast, by: approval.caller, in: tx)
    }
}

extension Broadcast {
    /// Asks a second person to send what is written. Whoever asks puts their name under it: the first author may then be
    /// the second person.
    @discardableResult
    package static func ask(
        _ id: Ref<Broadcast>,
        expecting version: Int? = nil,
        confirmed: Confirmation,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Proposal {
        try caller.require(.draftAlert)
        let broadcast = try find(id, by: caller, in: tx)
        let act = try AlertApproval.of(id, in: tx)
        try step(broadcast, expecting: version, "lasts_s = lasts_s", in: tx)
        try tx.run(
            "UPDATE tellings SET written_by = \(caller.person) WHERE id = \(act.telling) AND state = 'draft'"
        )
        let asked = try Proposal.ask(act, because: "", confirmed: confirmed, by: caller, in: tx)
        try record("asked", broadcast, by: caller, in: tx)
        return asked
    }

    /// Whether the caller is who asked for the second person that it waits for.
    package static func wasAsked(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws -> Bool {
        try Telling.all(of: id, in: tx).last { $0.state == .waiting }?.writtenBy == caller.person
    }
}

/// No more than so many alerts an hour in one area, unless a coordinator lets one more through: who is called too often
/// stops listening. Corrections and all-clears are never held up.
package enum AreaLimit {
    private static let key = "broadcast.per_hour"
    package static let range = 1...20
    private static let usual = 3

    package static func perHour(in tx: Transaction) throws -> Int {
        try Settings.value(key, in: tx).flatMap(Int.init).flatMap { range.contains($0) ? $0 : nil } ?? usual
    }

    package static func set(_ perHour: Int, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        guard range.contains(perHour) else {
            throw Refusal.invalid(["per_hour": "broadcast.per_hour_range|Choose from 1 to 20."])
        }
        try Settings.set(key, to: "\(perHour)", by: caller.person.text, in: tx)
        try tx.attest(
            Event("settings.changed", subject: key, actor: caller.person.text, data: ["count": "\(perHour)"])
        )
    }

    /// How many reached neighbors of this place in the last hour.
    package static func used(around zone: String, in tx: Transaction) throws -> Int {
        let voice = try tx.voice()
        let zones = try tx.list(
            String.self,
            """
            SELECT b.zone FROM tellings s JOIN broadcasts b ON b.id = s.broadcast
            WHERE s.told_at > \(tx.now - .hours(1)) AND s.act IN ('alert', 'update') AND s.exercise = 0
            """
        )
        return zones.count { voice.overlaps($0, zone) }
    }

    static func require(of broadcast: Broadcast, in tx: Transaction) throws {
        guard broadcast.allowedBy == nil, !broadcast.isExercise else { return }
        let (most, used) = (try perHour(in: tx), try used(around: broadcast.zone, in: tx))
        guard used < most else {
            throw Refusal(
                .conflict,
                Phrase(
                    "broadcast.too_many|This area got {n} alerts in the last hour. A coordinator can allow one more, on the page of this alert.",
                    ["n": "\(used)"]
                )
            )
        }
    }
}
