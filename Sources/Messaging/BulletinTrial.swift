// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A bulletin's way through the database by itself, without a provider, for `vecinos bench`: chosen, then taken and
/// acknowledged batch by batch as `Post` does it.
package struct BulletinTrial: Sendable {
    package let database: Database
    package let number: Int64

    package init(database: Database, number: Int64) { (self.database, self.number) = (database, number) }

    /// Chooses everybody; how many.
    package func gather(_ post: Post) async throws -> Int {
        try await post.gather(number)
        return try await database.read { [number] tx in
            try Bulletin.progress(number, in: tx).reduce(0) { $0 + $1.total }
        }
    }

    /// What a provider would be handed, side by side as `Post` does it: a batch without addresses would be no batch.
    private static func handed(_ turns: [BulletinRun.Turn]) async -> Int {
        await withTaskGroup(of: Int.self) { group in
            for part in 0..<4 {
                let (from, to) = (turns.count * part / 4, turns.count * (part + 1) / 4)
                group.addTask { turns[from..<to].count { $0.reader.subscriber?.address.isEmpty == false } }
            }
            return await group.reduce(0, +)
        }
    }

    /// Hands each batch of `size` to nobody and writes that it was taken, until none is left; how many.
    package func drain(size: Int) async throws -> Int {
        let book = AddressBook(.sms)
        var (sent, next) = (0, try await take(size, book, after: nil))
        if let first = next { try await book.prepare(behind: first, size, database) }
        while let batch = next {
            async let ready: Void = book.prepare(behind: batch, size, database)
            sent += await Self.handed(batch.turns)
            next = try await take(size, book, after: batch)
            try await ready
        }
        return sent
    }

    private func take(_ size: Int, _ book: AddressBook, after done: BulletinRun.Batch?) async throws
        -> BulletinRun.Batch?
    {
        let lease = Ref<Bulletin>.new().text
        return try await database.write { tx in
            if let done {
                let outcomes = [Outcome](repeating: .sent(reference: nil), count: done.turns.count)
                try BulletinBatch.close(done, outcomes, in: tx)
            }
            return try BulletinRun.take(from: book, limit: size, turn: 0, lease: lease, in: tx)
        }
    }
}
