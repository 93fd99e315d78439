// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Bulletin {
    /// Puts those whom no provider took back into the queue, while its time lasts; how many. Whoever got it or said stop is
    /// not among them. Throws `Refusal` while a process has a batch of it in hand.
    @discardableResult
    package static func tryAgain(_ number: Int64, in tx: Transaction) throws -> Int {
        guard let bulletin = try find(number, in: tx), bulletin.expiresAt > tx.now else { return 0 }
        guard bulletin.state == .sending || bulletin.state == .sent else { return 0 }
        guard try !isInHand(number, in: tx) else { throw busy }
        var total = 0
        for run in try progress(number, in: tx) where run.failed > 0 {
            let channel = run.channel.turn
            // Nobody takes a batch from here on: a process that does writes this row first.
            let held = try tx.run(
                """
                UPDATE bulletin_runs SET failures = 0, put_off = 0, at_nearness = -1, at_subscriber = 0, resume_at = \(tx.now)
                WHERE bulletin = \(number) AND channel = \(channel) AND lease IS NULL
                """
            )
            guard held == 1 else { throw busy }
            var count = try tx.run(
                """
                UPDATE deliveries SET state = \(Delivery.waiting), attempts = 0, not_before = \(tx.now)
                WHERE bulletin = \(number) AND channel = \(channel) AND state = \(Delivery.failed)
                """
            )
            for var chunk in try DeliveryChunk.all(number, channel, in: tx) {
                let failed = chunk.states.indices.filter { chunk.state($0) == Delivery.failed }
                guard !failed.isEmpty else { continue }
                for index in failed { chunk.set(index, Delivery.waiting) }
                try chunk.save(number, channel, in: tx)
                count += failed.count
            }
            try tx.run(
                """
                UPDATE bulletin_runs SET failed = failed - \(count) WHERE bulletin = \(number) AND channel = \(channel)
                """
            )
            total += count
        }
        guard total > 0 else { return 0 }
        try tx.run("UPDATE bulletins SET state = 'sending', ended_at = NULL WHERE number = \(number)")
        try tx.record(Event("bulletin.tried_again", subject: "\(number)", data: ["count": "\(total)"]))
        return total
    }

    private static var busy: Refusal {
        Refusal(.conflict, "broadcast.in_hand|It is going out this very moment. Try again in a minute.")
    }
}
