// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People

/// One person that the dispatcher chose, beside the waves.
extension Dispatch {
    /// Whom a dispatch could ask by name now, in the order in which a wave would: nobody is asked by looking.
    package struct Askable: Sendable {
        package let dispatch: Dispatch
        package let people: [Match.Choice]
        /// Those of them whom it asked, and who did not answer in time.
        package let silent: Set<Ref<Person>>
        /// Why there are fewer than would be shown.
        package let shortfall: Shortfall?
    }

    /// For each dispatch of an incident that asks, or found nobody. `point` as in `open`.
    package static func askable(
        at incident: Ref<Incident>,
        most: Int = 10,
        near point: Point? = nil,
        by caller: Caller,
        timings: Timings,
        places: Places,
        in tx: Transaction
    ) throws -> [Askable] {
        try caller.require(.dispatch)
        let scene = try Scene.find(incident, in: tx)
        guard !scene.isSettled, let widest = Waves.wave(Waves.last, timings) else { return [] }
        let middle = scene.middle(places)
        let load = try Assignment.load(for: scene, in: tx)
        return try all(of: incident, in: tx).filter(\.mayAsk).map { dispatch in
            let silent = try Assignment.silent(about: dispatch.id, in: tx)
            let need = Need(
                dispatch.role,
                language: dispatch.language,
                near: point ?? middle,
                at: tx.now,
                count: most,
                excluding: try Assignment.asked(by: dispatch.id, in: tx).subtracting(silent),
                within: widest.within,
                roles: dispatch.role.roles,
                among: scene.isExercise ? try Exercise.askable(in: tx) : nil
            )
            let found = try HelperIndex.nearest(need, load: load, in: tx)
            let people = try found.choices.compactMap { choice in
                try Helper.find(choice.person, in: tx).map { helper in
                    let coarse = choice.coarse(helper, middle: middle)
                    // Those nearer stand in the same list, or were asked for this.
                    let reasons = coarse.reasons.filter { $0 != .nearerAskedLately }
                    return Match.Choice(person: coarse.person, distance: coarse.distance, reasons: reasons)
                }
            }
            return Askable(dispatch: dispatch, people: people, silent: silent, shortfall: found.shortfall)
        }
    }

    /// Somebody may still be asked for it.
    private var mayAsk: Bool { state == .asking || state == .exhausted }

    /// Two dispatchers can't ask the same person twice, nor anybody who rests or said no. Who did not answer in time is
    /// asked anew.
    @discardableResult
    package static func ask(
        _ person: Ref<Person>,
        for id: Ref<Dispatch>,
        by caller: Caller,
        timings: Timings,
        places: Places,
        in tx: Transaction
    ) throws -> Ref<Assignment> {
        try caller.require(.dispatch)
        let dispatch = try find(id, in: tx)
        let scene = try Scene.find(dispatch.incident, in: tx)
        try Shift.requireToSend(caller, isExercise: scene.isExercise, in: tx)
        guard dispatch.mayAsk, !scene.isSettled else {
            throw Refusal(.conflict, "response.ask_over|This request is over. Open a new one to ask more people.")
        }
        guard try Person.find(person, in: tx) != nil else { throw Refusal.notFound }
        guard let helper = try Helper.find(person, in: tx), helper.holds(dispatch.role, at: tx.now),
            try Roster.isMember(person, with: dispatch.role.roles, in: tx)
        else {
            throw Refusal(.conflict, "response.ask_unable|This person does not have a current certificate for this.")
        }
        try Assignment.expireOffers(in: tx)
        if scene.isExercise, try !Exercise.askable(in: tx).contains(person) {
            throw Refusal(.conflict, "response.ask_drill|This person does not take part in drills.")
        }
        if helper.isResting(at: tx.now) {
            throw Refusal(.conflict, "response.ask_resting|This person rests now. Ask somebody else.")
        }
        let distance = scene.middle(places).map { helper.point.distance(to: $0) }
        let offer = try Assignment.offer(
            Match.Choice(
                person: person,
                distance: distance,
                reasons: (distance.map { [Match.Reason(distance: $0)] } ?? []) + [.chosen]
            ),
            dispatch,
            scene,
            wave: max(dispatch.wave, 1),
            places: helper.places(for: dispatch.role),
            timings,
            by: caller.person,
            in: tx
        )
        guard let offer else {
            throw Refusal(.conflict, "response.ask_twice|Somebody asked this person already, or they are on their way.")
        }
        try enqueueExpiry(id, timings, in: tx)
        return offer
    }
}

extension Match.Choice {
    /// As it is told: how far they are is measured from the middle of the neighborhood. Distances of several people to the
    /// exact place would give it away.
    func coarse(_ helper: Helper, middle: Point?) -> Match.Choice {
        guard distance != nil else { return self }
        let distance = middle.map { helper.point.distance(to: $0) }
        let reasons = reasons.compactMap { reason in
            reason.isDistance ? distance.map { Match.Reason(distance: $0) } : reason
        }
        return Match.Choice(person: person, distance: distance, reasons: reasons)
    }
}
