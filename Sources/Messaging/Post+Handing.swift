// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// The moment itself: from a batch to the provider, side by side.
extension Post {
    /// Hands over side by side, as wide as the lane; what had no turn in time goes back untried. A parcel is made just
    /// before it goes, while others are on their way; what was stopped by then does not go.
    func send(
        _ count: Int,
        _ lane: Lane,
        _ line: Line,
        about: @escaping @Sendable (Int) -> [Stops.Thing],
        errand: @escaping @Sendable (Int) -> Errand
    ) async -> [Outcome] {
        let ends = ContinuousClock.now + Self.batchTime
        let hand = Hand(count)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<min(lane.width, count) {
                group.addTask {
                    while ContinuousClock.now < ends {
                        let index = hand.next.add(1, ordering: .relaxed).oldValue
                        guard index < count else { return }
                        let outcome: Outcome
                        switch errand(index) {
                        case .settled(let settled): outcome = settled
                        case .hand(let parcel, let key):
                            let stopped = self.state.withLock { $0.stops.outcome(of: about(index)) }
                            if let stopped { outcome = stopped } else { outcome = await Self.hand(parcel, key, line) }
                        }
                        hand.outcomes.withLock { $0[index] = outcome }
                    }
                }
            }
        }
        return believed(hand.outcomes.withLock { $0 }, lane.channel, about)
    }

    /// Notices and web hooks go to whichever server each of them named: each speaks for its own address.
    private func believed(_ outcomes: [Outcome], _ channel: ChannelKind, _ about: (Int) -> [Stops.Thing]) -> [Outcome] {
        guard channel.hasOneProvider else { return outcomes }
        let now = database.clock.now()
        return state.withLock { state in
            state.hearsay[channel, default: Hearsay(needsWitness: channel == .email)]
                .judge(outcomes, at: now) { about($0).last }
        }
    }

    /// What a batch's workers share.
    private final class Hand: Sendable {
        let next = Atomic(0)
        let outcomes: Mutex<[Outcome]>

        init(_ count: Int) { outcomes = Mutex([Outcome](repeating: .notTried, count: count)) }
    }

    private static func hand(_ parcel: Parcel, _ key: String, _ line: Line) async -> Outcome {
        // A long text is paid for, and slowed by the carrier, by its parts.
        if line.channel.kind == .sms {
            line.bucket.spend(max(0, Segments(Segments.economical(parcel.text)).count - 1))
        }
        do {
            return .sent(reference: try await line.channel.send(parcel, key).reference)
        } catch let failure as ChannelFailure {
            // One address of many that anybody may enter speaks for itself only: that message waits, nobody else's does.
            if case .later(_, let after?) = failure, line.channel.kind.hasOneProvider {
                line.bucket.hold(for: min(after, .seconds(60)))
            }
            return Outcome(failure)
        } catch {
            return .later(why: "\(type(of: error))", after: nil)
        }
    }
}

/// What is to be done for one row.
enum Errand: Sendable {
    case hand(Parcel, key: String)
    case settled(Outcome)
}

extension Outcome {
    var wasHanded: Bool { if case .sent = self { true } else { false } }
    var isGone: Bool { if case .gone = self { true } else { false } }
}
