// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// A step as a program sends it.
struct StepJSON: Decodable {
    private let state: String

    func step() throws -> Step {
        var choice = JSONChoice()
        let step = choice.one(of: Step.self, state, "state")
        try choice.settle()
        guard let step else { throw Refusal.invalid([:]) }
        return step
    }
}

/// The steps of a responder, by the state they lead to. `check_in` leads nowhere: it says "I am well".
enum Step: String, CaseIterable, Sendable {
    case accepted, declined
    case onTheWay = "on_the_way"
    case onScene = "on_scene"
    case done
    case checkIn = "check_in"

    init(_ next: Assignment.Step) {
        switch next {
        case .accept: self = .accepted
        case .onTheWay: self = .onTheWay
        case .arrive: self = .onScene
        case .done: self = .done
        }
    }

    func take(_ id: Ref<Assignment>, by caller: Caller, _ timings: Timings, in tx: Transaction) throws {
        switch self {
        case .accepted: try Assignment.accept(id, by: caller, in: tx)
        case .declined: try Assignment.decline(id, by: caller, in: tx)
        case .onTheWay: try Assignment.onTheWay(id, by: caller, in: tx)
        case .onScene: try Assignment.arrive(id, by: caller, timings: timings, in: tx)
        case .done: try Assignment.done(id, by: caller, in: tx)
        case .checkIn: try CheckIn.checkIn(id, by: caller, timings: timings, in: tx)
        }
    }
}
