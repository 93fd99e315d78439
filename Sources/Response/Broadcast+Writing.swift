// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

extension Broadcast {
    /// Begins an alert about what was confirmed, with its words prepared. One at a time for an incident; the one that
    /// stands is answered.
    @discardableResult
    package static func draft(
        from incident: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Broadcast> {
        try caller.require(.draftAlert)
        let incident = try Incident.find(incident, by: caller, in: tx)
        if let standing = try standing(for: incident.id, in: tx) { return standing.id }
        try requireTrue(incident, in: tx)
        guard let item = try PublicStatus.item(incident.id, in: tx), let zone = incident.zone else {
            throw Refusal(.conflict, "broadcast.no_place|Nobody knows yet in which neighborhood. Set the place first.")
        }
        let voice = try tx.voice()
        let id = Ref<Broadcast>.new(at: tx.now)
        let made = try tx.run(
            """
            INSERT INTO broadcasts (id, organisation, incident, zone, topic, exercise, lasts_s, made_at)
            VALUES (\(id), \(caller.organisation), \(incident.id), \(zone), \(Topics.alerts.rawValue),
                \(incident.isExercise), \(3 * 3_600), \(tx.now))
            ON CONFLICT DO NOTHING
            """
        )
        guard made == 1, let broadcast = try find(id, in: tx) else {
            // A colleague was faster: theirs it is.
            return try standing(for: incident.id, in: tx)?.id ?? id
        }
        _ = try Telling.begin(.alert, of: broadcast, PreparedWords.alert(item, voice, in: tx), by: caller, in: tx)
        try record("drafted", broadcast, by: caller, ["zone": zone], in: tx)
        return id
    }

    /// Begins a notice to a neighborhood: about events, rights, help. Never about what officers do: that has to be confirmed.
    @discardableResult
    package static func notice(
        _ topic: Topics,
        in zone: String,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Broadcast> {
        try caller.require(.draftAlert)
        let voice = try tx.voice()
        guard topic != .alerts, Topics.all.contains(where: { $0.topic == topic }) else {
            throw Refusal.invalid(["topic": "broadcast.topic|Choose what it is about."])
        }
        guard zone == Subscriber.Wish.everywhere || voice.places.place(zone) != nil else {
            throw Refusal.invalid(["zone": "broadcast.zone|Choose a place from the list."])
        }
        let id = Ref<Broadcast>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO broadcasts (id, organisation, zone, topic, exercise, lasts_s, made_at)
            VALUES (\(id), \(caller.organisation), \(zone), \(topic.rawValue), 0, \(12 * 3_600), \(tx.now))
            """
        )
        guard let broadcast = try find(id, in: tx) else { throw Refusal.storage }
        _ = try Telling.begin(.alert, of: broadcast, [:], by: caller, in: tx)
        try record("drafted", broadcast, by: caller, ["zone": zone], in: tx)
        return id
    }

    /// Begins an update or a correction in words of one's own: to everybody who got the first, and with a second person.
    package static func follow(
        _ id: Ref<Broadcast>,
        with act: Telling.Act,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.draftAlert)
        let broadcast = try find(id, by: caller, in: tx)
        guard act == .update || act == .correction else { throw Refusal.notFound }
        try requireHolding(broadcast)
        let (voice, said) = (try tx.voice(), try Telling.all(of: id, in: tx).last { $0.state == .told })
        let item = try broadcast.incident.flatMap { try PublicStatus.item($0, in: tx) }
        let words: [String: TellingWords] =
            if let item {
                act == .update
                    ? try PreparedWords.update(item, voice, at: tx.now, in: tx) : PreparedWords.correction(item, voice)
            } else {
                try said.map { try Telling.words(of: $0.id, in: tx) } ?? [:]
            }
        _ = try Telling.begin(act, of: broadcast, words, by: caller, in: tx)
        try record("following", broadcast, by: caller, ["act": act.rawValue], in: tx)
    }

    /// Changes the words that are being written, and how long it holds. Whoever changes them is their author from then on,
    /// and can't approve them.
    package static func write(
        _ id: Ref<Broadcast>,
        _ words: [String: TellingWords],
        hours: Int?,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.draftAlert)
        let broadcast = try find(id, by: caller, in: tx)
        let words = try TellingWords.checked(words)
        let range = broadcast.isAlert ? alertHours : noticeHours
        if let hours, !range.contains(hours) {
            throw Refusal.invalid([
                "hours": Phrase(
                    "broadcast.hours|Choose from {least} to {most} hours.",
                    ["least": "\(range.lowerBound)", "most": "\(range.upperBound)"]
                )
            ])
        }
        guard let telling = try Telling.all(of: id, in: tx).last, telling.state == .draft else {
            throw Refusal(
                .conflict,
                "broadcast.not_a_draft|It waits for the second person. Take it back first, then change it."
            )
        }
        let lasts = hours.map { $0 * 3_600 } ?? Int(broadcast.lasts.inSeconds)
        try step(broadcast, expecting: version, "lasts_s = \(lasts)", in: tx)
        try tx.run(
            "UPDATE tellings SET written_by = \(caller.person), written_at = \(tx.now) WHERE id = \(telling.id) AND state = 'draft'"
        )
        try Telling.set(words, of: telling.id, in: tx)
        try record("written", broadcast, by: caller, in: tx)
    }

    /// Throws away what is being written. A broadcast of which nothing was told yet is over with it.
    package static func discard(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.draftAlert)
        let broadcast = try find(id, by: caller, in: tx)
        guard let telling = try Telling.all(of: id, in: tx).last, telling.state == .draft else {
            throw Refusal.notFound
        }
        try tx.run("UPDATE tellings SET state = 'dropped' WHERE id = \(telling.id) AND state = 'draft'")
        if broadcast.begunAt == nil {
            try step(broadcast, "ended_at = \(tx.now), ended_how = \(Ending.How.discarded)", in: tx)
        }
        try record("discarded", broadcast, by: caller, ["act": telling.act.rawValue], in: tx)
    }

    /// A coordinator lets one more alert into an area that had its share of this hour.
    package static func allowMore(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws {
        guard caller.roles.contains(.coordinator) else { throw Refusal.forbidden }
        let broadcast = try find(id, by: caller, in: tx)
        try step(broadcast, "allowed_by = \(caller.person)", in: tx)
        try record("allowed", broadcast, by: caller, in: tx)
    }

    /// Public alerts need L4, or L2 and L3 with two persons who each found it so.
    static func requireTrue(_ incident: Incident, in tx: Transaction) throws {
        let checks = try Verification.all(of: incident.id, in: tx)
        guard incident.mergedInto == nil, incident.state == .answered, incident.truth == .confirmed, !incident.isOver,
            Verification.carry(checks)
        else {
            throw Refusal(
                .conflict,
                "broadcast.not_confirmed|Only what is confirmed and still going on can become an alert. To everybody who asks, say: we are checking."
            )
        }
    }

    /// It was told, and holds.
    static func requireHolding(_ broadcast: Broadcast) throws {
        guard broadcast.begunAt != nil, broadcast.ending == nil else {
            throw Refusal(.conflict, "broadcast.not_holding|This is not out there, or is over already.")
        }
    }
}

extension Verification {
    /// Whether they carry a public alert: one of a certified verifier on the scene, or two different people from L2 up,
    /// and nobody who found otherwise since. Oldest first.
    package static func carry(_ checks: [Verification]) -> Bool {
        carry(checks.map { ($0.person, $0.truth, $0.level) })
    }

    package static func carry(_ checks: [(person: Ref<Person>, truth: Truth, level: EvidenceLevel)]) -> Bool {
        let start = checks.lastIndex { $0.truth != .confirmed }.map { $0 + 1 } ?? 0
        let confirming = checks[start...]
        if confirming.contains(where: { $0.level == .onScene }) { return true }
        return Set(confirming.filter { $0.level >= .supported }.map(\.person)).count >= 2
    }
}
