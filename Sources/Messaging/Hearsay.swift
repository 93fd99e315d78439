// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What a channel's provider says of addresses that are no more, and whether it is believed: who is, is erased. One that has
/// lost its own list says so of everybody. A mail server that blocks us may say it too, in the same words; of mail it is
/// believed only where it took a message for somebody else since, or says so again hours later. Until then, all are tried again.
struct Hearsay: Sendable {
    /// So many after one another may be no more; of a longer row nobody is believed gone.
    static let most = 3
    /// What is said again so much later is believed, where nothing else was sent meanwhile.
    static let patience = Duration.hours(4)
    /// So many are remembered; past it they are all heard for the first time again.
    static let remembered = 10_000

    /// The batch in which an address was said to be no more, and when.
    private struct Doubt {
        let batch: Int
        let at: Instant
    }

    /// Whether its word alone is not enough.
    let needsWitness: Bool
    private var batch = 0
    /// The last in which it took a message.
    private var taken = 0
    /// Addresses that it said are no more, one after the other, without a message that it took.
    private var row = 0
    private var doubts: [Stops.Thing: Doubt] = [:]

    init(needsWitness: Bool) { self.needsWitness = needsWitness }

    /// What is made of a batch's outcomes, which are in the order in which they were handed over; `thing` is one of them.
    mutating func judge(_ outcomes: [Outcome], at now: Instant, _ thing: (Int) -> Stops.Thing?) -> [Outcome] {
        batch += 1
        let took = outcomes.count(where: \.wasHanded)
        if took > 0 { taken = batch }
        let gone = outcomes.indices.filter { outcomes[$0].isGone }
        guard !gone.isEmpty || took > 0 else { return outcomes }
        let isAlone = gone.count > took
        let heard = gone.map { at in thing(at).flatMap { doubts[$0] } }
        row = (isAlone ? row : 0) + heard.count { $0 == nil }
        let isLost = isAlone && row > Self.most
        let last = outcomes.lastIndex(where: \.wasHanded) ?? -1
        var judged = outcomes
        for (at, doubt) in zip(gone, heard) {
            guard case .gone(let why) = outcomes[at], let thing = thing(at) else { continue }
            let isBorneOut = doubt.map { $0.batch < taken || now - $0.at >= Self.patience } ?? false
            if !isLost, !needsWitness || at < last || isBorneOut {
                doubts[thing] = nil
                continue
            }
            judged[at] = .later(why: why, after: nil)
            if doubts.count >= Self.remembered { doubts = [:] }
            doubts[thing] = doubt ?? Doubt(batch: batch, at: now)
        }
        return judged
    }
}
