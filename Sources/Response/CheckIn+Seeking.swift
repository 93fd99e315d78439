// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Somebody is silent: one of dispatch tries to reach them, all see who, and it ends with a word.
extension CheckIn {
    static let sought = Migration(
        "2026-12-01-response-sought",
        """
        ALTER TABLE assignments ADD COLUMN sought_by TEXT;
        ALTER TABLE assignments ADD COLUMN sought_at BIGINT;
        """
    )

    /// "I am trying to reach them." `former`: who did so when the caller looked, and from whom the caller takes over. Of
    /// two at once one does it, and the other is told who. Saying it twice is saying it once.
    package static func seek(
        _ id: Ref<Assignment>,
        after former: Ref<Person>? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.dispatch)
        let before = try Assignment.find(id, in: tx)
        guard before.isSilent else { throw settled }
        if before.seeker == caller.person { return }
        let taken = try tx.run(
            """
            UPDATE assignments SET sought_by = \(caller.person), sought_at = \(tx.now)
            WHERE id = \(id) AND state = 'on_scene' AND missed_check_ins > 0
                AND (sought_by IS NULL OR sought_by = \(former))
            """
        )
        guard taken == 1 else { return try refuse(id, caller, in: tx) }
        try Message.acknowledgeAll(about: id.text, by: caller, in: tx)
        try before.record("sought", by: caller.person, before.seeker.map { ["former": $0.text] } ?? [:], in: tx)
    }

    /// Dispatch spoke with them some other way: they are well, and the time runs anew. Whoever says so second is told that
    /// it is settled.
    package static func reached(
        _ id: Ref<Assignment>,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws {
        try caller.require(.dispatch)
        let assignment = try Assignment.find(id, in: tx)
        let taken = try tx.run(
            """
            UPDATE assignments SET missed_check_ins = 0
            WHERE id = \(id) AND state = 'on_scene' AND missed_check_ins > 0
            """
        )
        guard taken == 1 else { throw settled }
        try settle(id, in: tx)
        try start(id, from: tx.now, timings, in: tx)
        try assignment.record("checked_in", by: caller.person, ["by": "dispatch"], in: tx)
    }

    /// Whoever tried could not reach them: coordinators are told now, unless they were, and somebody else may try.
    package static func notReached(
        _ id: Ref<Assignment>,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws {
        try caller.require(.dispatch)
        let assignment = try Assignment.find(id, in: tx)
        let given = try tx.run(
            """
            UPDATE assignments SET sought_by = NULL, sought_at = NULL
            WHERE id = \(id) AND state = 'on_scene' AND missed_check_ins > 0 AND sought_by = \(caller.person)
            """
        )
        guard given == 1 else { return try refuse(id, caller, in: tx) }
        try assignment.record("not_reached", by: caller.person, in: tx)
        try due(id, hurried: 3, timings: timings, in: tx)
    }

    /// Nothing to say where it is as the caller wants it already.
    private static func refuse(_ id: Ref<Assignment>, _ caller: Caller, in tx: Transaction) throws {
        let assignment = try Assignment.find(id, in: tx)
        guard assignment.isSilent else { throw settled }
        guard let seeker = assignment.seeker, seeker != caller.person else { return }
        let name = try Person.handles(of: [seeker], in: tx)[seeker] ?? ""
        throw Refusal(.conflict, Phrase("response.sought|{name} is trying to reach them already.", ["name": name]))
    }

    private static var settled: Refusal {
        Refusal(.conflict, "response.reached_already|Nobody waits for them: they said that they are OK, or left.")
    }
}

extension Assignment {
    /// On scene, and past a check-in.
    package var isSilent: Bool { state == .onScene && missedCheckIns > 0 }

    /// When others are told once more: whoever tries to reach them has as long for it as lies between two such times, and
    /// those that follow keep that distance.
    func patient(_ time: Instant, _ timings: Timings) -> Instant {
        guard seeker != nil, let soughtAt else { return time }
        let every = timings.missedToCoordinator
        let whole = ((time - soughtAt).inMilliseconds + every.inMilliseconds - 1) / every.inMilliseconds
        return soughtAt + every * max(1, whole)
    }
}
