// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching
import Messaging
import People

extension Dispatch {
    /// Asks the next wave when it is due; a job that runs twice, early or after the end changes nothing. A wave that
    /// finds nobody widens at once; after the last, coordinators are paged, and it is looked again (`lookAgain`). `point`
    /// as in `open`.
    package static func nextWave(
        _ id: Ref<Dispatch>,
        timings: Timings,
        places: Places,
        near point: Point? = nil,
        in tx: Transaction
    ) throws {
        let dispatch = try find(id, in: tx)
        guard dispatch.state == .asking || dispatch.state == .exhausted, let due = dispatch.nextWaveAt, due <= tx.now
        else { return }
        let scene = try Scene.find(dispatch.incident, in: tx)
        if scene.isSettled { return try stop(dispatch, by: nil, in: tx) }
        try Assignment.expireOffers(in: tx)
        let asking = Asking(dispatch, scene, near: point, timings: timings, places: places)
        if dispatch.state == .exhausted { return try lookAgain(dispatch, asking, timings, in: tx) }
        var number = dispatch.wave + 1
        var shortfall = dispatch.shortfall
        while let wave = Waves.wave(number, timings) {
            let quorum = try Quorum(of: dispatch, in: tx)
            let asked = try asking.ask(wave, quorum, in: tx)
            shortfall = asked.shortfall
            if asked.offers > 0 || quorum.pending > 0 {
                return try wait(dispatch, wave, shortfall, asked.offers, timings, in: tx)
            }
            number += 1
        }
        try exhaust(dispatch, shortfall, timings, in: tx)
    }

    /// Nobody could be found, and coordinators know. The need goes on, and a pause may end or a shift begin: everybody in
    /// the widest circle is looked through again at the times of the waves, then as often as the last of them, for as long
    /// as the page to coordinators lasts. Not where a later dispatch asks for the same.
    private static func lookAgain(
        _ dispatch: Dispatch,
        _ asking: Asking,
        _ timings: Timings,
        in tx: Transaction
    ) throws {
        let replaced = try all(of: dispatch.incident, in: tx).contains { other in
            other.id != dispatch.id && other.want == dispatch.want
                && (other.state == .asking || other.openedAt >= dispatch.openedAt && other.id.text > dispatch.id.text)
        }
        let asked =
            if !replaced, let wave = Waves.wave(Waves.last, timings) {
                try asking.ask(wave, Quorum(of: dispatch, in: tx), in: tx)
            } else {
                (offers: 0, shortfall: dispatch.shortfall)
            }
        if asked.offers > 0, let wave = Waves.wave(Waves.last, timings) {
            return try wait(dispatch, wave, asked.shortfall, asked.offers, timings, in: tx)
        }
        let next = replaced ? nil : Waves.look(after: tx.now, openedAt: dispatch.openedAt, timings)
        try tx.run(
            "UPDATE dispatches SET next_wave_at = \(next) WHERE id = \(dispatch.id) AND state = 'exhausted'"
        )
        if let next { try enqueueNextWave(dispatch.id, at: next, in: tx) }
    }

    /// The offers of a dispatch whose time is up.
    package static func expireOffers(_ id: Ref<Dispatch>, in tx: Transaction) throws {
        try Assignment.expireOffers(of: id, in: tx)
    }

    /// Enough said yes: stop asking, and thank the others.
    static func fill(_ dispatch: Dispatch, by actor: Ref<Person>, in tx: Transaction) throws {
        let filled = try tx.run(
            """
            UPDATE dispatches SET state = \(State.filled), next_wave_at = NULL
            WHERE id = \(dispatch.id) AND state IN ('asking', 'exhausted')
            """
        )
        try Assignment.callOffOffers(of: dispatch.id, because: .enough, in: tx)
        guard filled == 1 else { return }
        try Message.withdraw(.coordinatorPaged, about: dispatch.incident.text, because: dispatch.page, in: tx)
        try record("filled", dispatch.id, dispatch.incident, by: actor, ["role": dispatch.role.rawValue], in: tx)
    }

    /// Somebody who was going can't: the place is free again, unless a newer dispatch asks for the role already. The
    /// nearest are asked first again, with those who were told that enough said yes.
    static func reopen(
        _ dispatch: Dispatch,
        from states: [State] = [.filled, .exhausted],
        in tx: Transaction
    ) throws {
        let reopened = try tx.run(
            """
            UPDATE dispatches SET state = \(State.asking), next_wave_at = \(tx.now), wave = 0
            WHERE id = \(dispatch.id) AND state IN \(list: states.map(\.rawValue)) AND NOT EXISTS (
                SELECT 1 FROM dispatches other WHERE other.incident = \(dispatch.incident)
                    AND other.role = \(dispatch.role) AND other.state = 'asking'
                    AND coalesce(other.language, '') = \(dispatch.language ?? "")
            )
            """
        )
        guard reopened == 1 else { return }
        try enqueueNextWave(dispatch.id, at: tx.now, in: tx)
    }

    /// Everybody asked said no: waiting for the schedule would help nobody.
    static func hurry(_ dispatch: Dispatch, in tx: Transaction) throws {
        guard dispatch.state == .asking, try Quorum(of: dispatch, in: tx).pending == 0 else { return }
        try tx.run("UPDATE dispatches SET next_wave_at = \(tx.now) WHERE id = \(dispatch.id) AND state = 'asking'")
        try enqueueNextWave(dispatch.id, at: tx.now, in: tx)
    }

    /// How many of a dispatch said yes, and how many may still.
    struct Quorum: Sendable {
        let accepted: Int
        let pending: Int

        init(of dispatch: Dispatch, in tx: Transaction) throws {
            let states = try tx.list(
                Assignment.State.self,
                """
                SELECT state FROM assignments
                WHERE dispatch = \(dispatch.id) AND (state <> 'offered' OR expires_at > \(tx.now))
                """
            )
            pending = states.count { $0 == .offered }
            accepted = states.count(where: \.saidYes)
        }
    }

    private static func wait(
        _ dispatch: Dispatch,
        _ wave: Wave,
        _ shortfall: Shortfall?,
        _ offers: Int,
        _ timings: Timings,
        in tx: Transaction
    ) throws {
        let next = Waves.next(after: wave.number, openedAt: dispatch.openedAt, now: tx.now, timings)
        try tx.run(
            """
            UPDATE dispatches SET state = \(State.asking), wave = \(wave.number), next_wave_at = \(next),
                shortfall = \(try text(shortfall))
            WHERE id = \(dispatch.id)
            """
        )
        var data = ["role": dispatch.role.rawValue, "wave": "\(wave.number)", "asked": "\(offers)"]
        if let shortfall { data["short"] = shortfall.main?.rawValue ?? "nobody" }
        try record("wave", dispatch.id, dispatch.incident, by: nil, data, in: tx)
        try enqueueExpiry(dispatch.id, timings, in: tx)
        try enqueueNextWave(dispatch.id, at: next, in: tx)
    }

    /// Of offers that are made now.
    static func enqueueExpiry(_ id: Ref<Dispatch>, _ timings: Timings, in tx: Transaction) throws {
        let expiry = tx.now + timings.offerLife
        try tx.enqueue(OfferExpiry(dispatch: id), at: expiry, key: "expiry:\(id.text):\(expiry.milliseconds)")
    }

    /// The key holds the time: a job that runs still holds its own, and must be able to set the next.
    private static func enqueueNextWave(_ id: Ref<Dispatch>, at time: Instant, in tx: Transaction) throws {
        try tx.enqueue(NextWave(dispatch: id), at: time, key: "wave:\(id.text):\(time.milliseconds)")
    }

    private static func exhaust(
        _ dispatch: Dispatch,
        _ shortfall: Shortfall?,
        _ timings: Timings,
        in tx: Transaction
    ) throws {
        let next = Waves.look(after: tx.now, openedAt: dispatch.openedAt, timings)
        let exhausted = try tx.run(
            """
            UPDATE dispatches SET state = \(State.exhausted), next_wave_at = \(next), wave = \(Waves.last),
                shortfall = \(try text(shortfall))
            WHERE id = \(dispatch.id) AND state = 'asking'
            """
        )
        guard exhausted == 1 else { return }
        if let next { try enqueueNextWave(dispatch.id, at: next, in: tx) }
        // Whoever was found meanwhile and didn't go is no news: that nobody could be found was said.
        let isPaged = try Message.stands(
            .coordinatorPaged,
            about: dispatch.incident.text,
            because: dispatch.page,
            in: tx
        )
        let isExercise = try Exercise.holds(dispatch.incident, in: tx)
        let coordinators = try Exercise.only(Shift.onDuty(.coordinator, in: tx), isExercise: isExercise, in: tx)
        for coordinator in coordinators where !isPaged {
            try Message.tell(
                coordinator,
                .coordinatorPaged,
                about: dispatch.incident.text,
                key: "\(dispatch.page):\(tx.now.milliseconds)",
                besides: dispatch.openedAt,
                expires: Waves.lookFor,
                isExercise: isExercise,
                in: tx
            )
        }
        var data = ["role": dispatch.role.rawValue, "paged": "\(isPaged ? 0 : coordinators.count)"]
        if isPaged { data["known"] = "1" }
        if let shortfall { data["short"] = shortfall.main?.rawValue ?? "nobody" }
        try record("exhausted", dispatch.id, dispatch.incident, by: nil, data, in: tx)
    }

    private static func text(_ shortfall: Shortfall?) throws -> String? {
        try shortfall.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    }
}

/// One round of looking for people for a dispatch.
private struct Asking {
    private let dispatch: Dispatch
    private let point: Point?
    /// What stored distances are measured from. Distances of several people to the exact place would give it away.
    private let middle: Point?
    private let timings: Timings
    private let scene: Scene

    init(_ dispatch: Dispatch, _ scene: Scene, near point: Point?, timings: Timings, places: Places) {
        self.dispatch = dispatch
        self.scene = scene
        self.timings = timings
        middle = scene.middle(places)
        self.point = point ?? middle
    }

    func ask(
        _ wave: Wave,
        _ quorum: Dispatch.Quorum,
        in tx: Transaction
    ) throws -> (offers: Int, shortfall: Shortfall?) {
        let free = dispatch.wanted - quorum.accepted
        let count = Waves.asks(wanted: dispatch.wanted, accepted: quorum.accepted, pending: quorum.pending)
        var need = Need(
            dispatch.role,
            language: dispatch.language,
            near: point,
            at: tx.now,
            count: count,
            excluding: try Assignment.asked(by: dispatch.id, in: tx)
                .union(Assignment.refused(dispatch.incident, in: tx)),
            within: wave.within,
            roles: dispatch.role.roles,
            among: scene.isExercise ? try Exercise.askable(in: tx) : nil
        )
        let load = try Assignment.load(for: scene, in: tx)
        let found = try HelperIndex.nearest(need, load: load, in: tx)
        var expected = Double(quorum.pending) / Double(Waves.asksForEach)
        var offers = try offer(found.choices, wave, until: free, &expected, in: tx)
        if found.shortfall == nil, expected < Double(free) - 1e-9 {
            // Those found seldom say yes: a few more are asked in the same wave.
            need.excluding.formUnion(found.choices.map(\.person))
            offers += try offer(
                HelperIndex.nearest(need, load: load, in: tx).choices,
                wave,
                until: free,
                &expected,
                in: tx
            )
        }
        return (offers, found.shortfall)
    }

    /// Asks in order until as many yeses can be expected as places are free.
    private func offer(
        _ choices: [Match.Choice],
        _ wave: Wave,
        until free: Int,
        _ expected: inout Double,
        in tx: Transaction
    ) throws -> Int {
        var offers = 0
        for choice in choices where expected < Double(free) - 1e-9 {
            // The index may be a moment behind another node: the database has the last word.
            guard let helper = try Helper.find(choice.person, in: tx), !helper.isResting(at: tx.now),
                helper.holds(dispatch.role, at: tx.now),
                try Availability.mayBeAsked(choice.person, at: tx.now, in: tx),
                try Assignment.offer(
                    choice.coarse(helper, middle: middle),
                    dispatch,
                    scene,
                    wave: wave.number,
                    places: helper.places(for: dispatch.role),
                    timings,
                    in: tx
                ) != nil
            else { continue }
            offers += 1
            expected += helper.yesRate
        }
        return offers
    }
}
