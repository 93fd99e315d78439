// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching
import People

extension RunCard {
    /// Whom one line would ask at once if the card were sent now: shown before it is, and nobody is asked by it.
    package struct Asked: Sendable {
        package let line: Line
        /// In the order they would be asked; the attorney on call whose turn it is.
        package let people: [Ref<Person>]
        /// Why each of them; how far, as it is told of an offer.
        package let reasons: [Ref<Person>: [Match.Reason]]
        /// Why fewer than enough; nil when they are enough, and for an attorney.
        package let shortfall: Shortfall?
    }

    /// What the card of an incident would do now, in the order of its lines. Lines that are asked for or filled already are
    /// left out, as `send` passes them over. `point` as in `Dispatch.open`.
    package static func asks(
        for incident: Ref<Incident>,
        near point: Point? = nil,
        by caller: Caller,
        timings: Timings,
        places: Places,
        in tx: Transaction
    ) throws -> [Asked] {
        try caller.require(.dispatch)
        let scene = try Scene.find(incident, in: tx)
        guard !scene.isSettled, let kind = ReportKind(rawValue: scene.kind) else { return [] }
        let card = try find(kind, in: tx)
        var taken = try Assignment.refused(incident, in: tx)
        var found: [Line: Asked] = [:]
        let left = try left(of: card, at: incident, in: tx)
        for line in inOrder(left) {
            if line.role == .attorney {
                guard let next = try AttorneyOnCall.whoIsNext(for: incident, in: tx) else { continue }
                found[line] = Asked(line: line, people: next.map { [$0] } ?? [], reasons: [:], shortfall: nil)
                continue
            }
            let middle = scene.middle(places)
            let asked = try first(line, scene, near: point ?? middle, told: middle, but: taken, timings, in: tx)
            taken.formUnion(asked.people)
            found[line] = asked
        }
        return left.compactMap { found[$0] }
    }

    /// Whoever must speak a language is asked first, so that they are not taken by a line that anybody could fill.
    static func inOrder(_ lines: [Line]) -> [Line] {
        lines.filter { $0.language != nil } + lines.filter { $0.language == nil }
    }

    /// The lines that nobody is asked for now, and that are not filled. A line is filled while those who said yes still go,
    /// or went: where somebody was called off, as many as are missing are left of it.
    static func left(of card: RunCard, at incident: Ref<Incident>, in tx: Transaction) throws -> [Line] {
        let dispatches = try Dispatch.all(of: incident, in: tx)
        return try card.lines.compactMap { line in
            var said = 0
            for dispatch in dispatches where dispatch.want == line.want {
                if dispatch.state == .asking { return nil }
                guard dispatch.state == .filled || dispatch.state == .stopped else { continue }
                let accepted = try Dispatch.Quorum(of: dispatch, in: tx).accepted
                if accepted >= dispatch.wanted { return nil }
                said += accepted
            }
            return Line(line.role, max(1, line.wanted - said), speaking: line.language)
        }
    }

    /// The first wave that finds anybody, as a dispatch would ask it.
    private static func first(
        _ line: Line,
        _ scene: Scene,
        near point: Point?,
        told middle: Point?,
        but taken: Set<Ref<Person>>,
        _ timings: Timings,
        in tx: Transaction
    ) throws -> Asked {
        let load = try Assignment.load(for: scene, in: tx)
        let among = scene.isExercise ? try Exercise.askable(in: tx) : nil
        var shortfall: Shortfall?
        for number in 1...Waves.last {
            guard let wave = Waves.wave(number, timings) else { break }
            let need = Need(
                line.role,
                language: line.language,
                near: point,
                at: tx.now,
                count: Waves.asks(wanted: line.wanted, accepted: 0, pending: 0),
                excluding: taken,
                within: wave.within,
                roles: line.role.roles,
                among: among
            )
            let result = try HelperIndex.nearest(need, load: load, in: tx)
            shortfall = result.shortfall
            var expected = 0.0
            var people: [Ref<Person>] = []
            var reasons: [Ref<Person>: [Match.Reason]] = [:]
            for choice in result.choices where expected < Double(line.wanted) - 1e-9 {
                guard let helper = try Helper.find(choice.person, in: tx) else { continue }
                people.append(choice.person)
                reasons[choice.person] = choice.coarse(helper, middle: middle).reasons
                expected += helper.yesRate
            }
            if !people.isEmpty { return Asked(line: line, people: people, reasons: reasons, shortfall: shortfall) }
        }
        return Asked(line: line, people: [], reasons: [:], shortfall: shortfall)
    }
}
