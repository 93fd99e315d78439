// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// What comes next of a bulletin, made ready beside the writer while the batch before it is written and handed over. Who
/// is behind a place of the queue never changes, so it may be read early; what became of them is read when their turn comes.
extension AddressBook {
    struct Queue: Sendable {
        struct Chunk: Sendable {
            let place: DeliveryChunk.Place
            let page: Page
        }

        var bulletin: Int64?
        /// It begins behind this place.
        var from: DeliveryChunk.Place = (-1, 0)
        var chunks: [Chunk] = []

        var count: Int { chunks.reduce(0) { $0 + $1.page.numbers.count } }
        var end: DeliveryChunk.Place { chunks.last?.place ?? from }

        /// What lies behind `place` stays; all of another bulletin or of a queue that began again goes.
        mutating func move(to place: DeliveryChunk.Place, of bulletin: Int64) {
            if self.bulletin != bulletin || place < from { chunks = [] }
            (self.bulletin, from) = (bulletin, place)
            chunks.removeAll { $0.place <= place }
        }
    }

    /// Where on pages of the queue those stand whom a batch asks for.
    struct Ready: Sendable {
        /// Of each of the batch's chunks.
        let pages: [Page?]
        let picked: [(chunk: Int, index: Int)]

        func place(_ at: Int) -> (page: Page, place: Int)? {
            pages[picked[at].chunk].map { ($0, picked[at].index) }
        }
    }

    /// The chunks of a bulletin that are ready, the next one first.
    func ready(_ bulletin: Int64) -> [Queue.Chunk] {
        state.withLock { $0.queue.bulletin == bulletin ? $0.queue.chunks : [] }
    }

    /// How many a batch may have: nothing is read before the first.
    func allows(_ limit: Int) -> Int { state.withLock(\.wasPrepared) ? limit : min(limit, Self.first) }

    /// Reads what is asked for often enough, and makes the two batches of `size` ready that come behind one in hand.
    func prepare(behind batch: BulletinRun.Batch, _ size: Int, _ database: Database) async throws {
        state.withLock { $0.wasPrepared = true }
        guard let end = batch.to, batch.left > 0 else { return try await read(database) }
        let (bulletin, channel) = (batch.bulletin.number, channel)
        let (from, wanted) = state.withLock { state in
            state.queue.move(to: end, of: bulletin)
            return (state.queue.end, 2 * size - state.queue.count)
        }
        guard wanted > 0 else { return }
        let chunks = try await database.read { tx in
            let limit = wanted / DeliveryChunk.capacity + 1
            return try DeliveryChunk.waiting(bulletin, channel.turn, after: from, limit: limit, in: tx)
        }
        let numbers = chunks.flatMap(\.subscribers)
        expect(numbers, of: numbers.count, left: batch.left)
        try await read(database)
        let pages = state.withLock { $0.pages }
        guard !pages.isEmpty else { return }
        let made = chunks.map { chunk in
            Queue.Chunk(
                place: (chunk.nearness, chunk.last),
                page: Page(chunk.subscribers, from: pages, channel, languages)
            )
        }
        state.withLock { state in
            if state.queue.bulletin == bulletin, state.queue.end == from { state.queue.chunks += made }
        }
    }
}
