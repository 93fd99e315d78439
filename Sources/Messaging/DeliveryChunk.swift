// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Up to 500 subscribers of one bulletin, channel and nearness, each with a durable state of one byte, in one row: a
/// million are written in two thousand rows, and a batch is claimed and acknowledged by writing one or two of them. Who
/// needs more than a byte (another try, quiet hours) moves to a row of their own in `deliveries`.
struct DeliveryChunk: Sendable, Readable {
    static let capacity = 500
    /// In the order of the queue.
    typealias Place = (nearness: Int, subscriber: Int64)

    let nearness: Int
    /// Ascending; the last of them is the row's key.
    let subscribers: [Int64]
    private(set) var states: [UInt8]

    /// May have been told before, by a process that ended. Stands beside the state.
    private static let twice: UInt8 = 0x80
    private static let mask: UInt8 = 0x7F

    /// Nil for more than there is room for, or none at all.
    init?(nearness: Int, subscribers: [Int64]) {
        guard let first = subscribers.first, let last = subscribers.last, subscribers.count <= Self.capacity,
            last - first <= Int64(UInt32.max)
        else { return nil }
        self.nearness = nearness
        self.subscribers = subscribers
        states = [UInt8](repeating: UInt8(Delivery.waiting), count: subscribers.count)
    }

    init(row: Row) throws {
        nearness = try row["nearness"]
        states = try row["states"]
        let (last, packed): (Int64, [UInt8]) = (try row["last"], try row["subscribers"])
        guard packed.count == 4 * states.count else { throw ColumnError.mismatch(expected: "four bytes a subscriber") }
        var numbers: [Int64] = []
        numbers.reserveCapacity(states.count)
        for at in stride(from: 0, to: packed.count, by: 4) {
            let back =
                UInt32(packed[at]) | UInt32(packed[at + 1]) << 8 | UInt32(packed[at + 2]) << 16
                | UInt32(packed[at + 3]) << 24
            numbers.append(last &- Int64(back))
        }
        subscribers = numbers
    }

    /// One whose subscribers were read before, with the states as they are now.
    private init(nearness: Int, subscribers: [Int64], states: [UInt8]) {
        (self.nearness, self.subscribers, self.states) = (nearness, subscribers, states)
    }

    var last: Int64 { subscribers.last ?? 0 }
    var waiting: Int { states.count { Int($0 & Self.mask) == Delivery.waiting } }

    func state(_ index: Int) -> Int { Int(states[index] & Self.mask) }
    func isTwice(_ index: Int) -> Bool { states[index] & Self.twice != 0 }
    func wasTold(_ index: Int) -> Bool { state(index) == Delivery.sent || isTwice(index) }
    /// Who got it, or may have got it.
    var told: [Int64] { subscribers.indices.filter(wasTold).map { subscribers[$0] } }

    mutating func set(_ index: Int, _ state: Int) {
        states[index] = states[index] & Self.twice | UInt8(truncatingIfNeeded: state)
    }

    /// False where it was known already.
    mutating func markTwice(_ index: Int) -> Bool {
        guard !isTwice(index) else { return false }
        states[index] |= Self.twice
        return true
    }

    /// Each subscriber as four bytes: how far before the last, little end first.
    private var packed: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * subscribers.count)
        for number in subscribers {
            let back = UInt32(truncatingIfNeeded: last &- number)
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: back >> shift)) }
        }
        return bytes
    }

    func insert(_ bulletin: Int64, _ channel: Int, in tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO delivery_chunks (bulletin, channel, nearness, last, size, waiting, subscribers, states)
            VALUES (\(bulletin), \(channel), \(nearness), \(last), \(states.count), \(waiting), \(packed), \(states))
            """
        )
    }

    func save(_ bulletin: Int64, _ channel: Int, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE delivery_chunks SET states = \(states), waiting = \(waiting)
            WHERE bulletin = \(bulletin) AND channel = \(channel) AND nearness = \(nearness) AND last = \(last)
            """
        )
    }

    /// Those with somebody waiting behind a place in the queue, in order.
    static func waiting(
        _ bulletin: Int64,
        _ channel: Int,
        after place: Place = (-1, 0),
        limit: Int = 64,
        in tx: Transaction
    ) throws -> [DeliveryChunk] {
        try tx.all(
            DeliveryChunk.self,
            """
            SELECT nearness, last, subscribers, states FROM delivery_chunks
            WHERE bulletin = \(bulletin) AND channel = \(channel)
                AND (nearness, last) > (\(place.nearness), \(place.subscriber)) AND waiting > 0
            ORDER BY nearness, last LIMIT \(limit)
            """
        )
    }

    /// The same where `ready` has all their subscribers: only what became of those is read. Nil where it hasn't.
    static func waiting(
        _ bulletin: Int64,
        _ channel: Int,
        after place: Place,
        limit: Int,
        ready: [AddressBook.Queue.Chunk],
        in tx: Transaction
    ) throws -> [(chunk: DeliveryChunk, page: AddressBook.Page?)]? {
        guard !ready.isEmpty else { return nil }
        let rows = try tx.rows(
            """
            SELECT nearness, last, states FROM delivery_chunks
            WHERE bulletin = \(bulletin) AND channel = \(channel)
                AND (nearness, last) > (\(place.nearness), \(place.subscriber)) AND waiting > 0
            ORDER BY nearness, last LIMIT \(limit)
            """
        )
        var (found, at) = ([(chunk: DeliveryChunk, page: AddressBook.Page?)](), 0)
        for row in rows {
            let (nearness, last, states): (Int, Int64, [UInt8]) = (
                try row["nearness"], try row["last"], try row["states"]
            )
            while at < ready.count, ready[at].place < (nearness, last) { at += 1 }
            // The batch is as long as what is ready, if that is a good part of it.
            guard at < ready.count, ready[at].place == (nearness, last) else {
                return 2 * found.count > limit ? found : nil
            }
            let page = ready[at].page
            guard page.numbers.count == states.count else { return nil }
            found.append((DeliveryChunk(nearness: nearness, subscribers: page.numbers, states: states), page))
        }
        return found
    }

    /// All of a channel whose last subscriber has a greater number than `number`.
    static func all(_ bulletin: Int64, _ channel: Int, beyond number: Int64 = 0, in tx: Transaction) throws
        -> [DeliveryChunk]
    {
        try tx.all(
            DeliveryChunk.self,
            """
            SELECT nearness, last, subscribers, states FROM delivery_chunks
            WHERE bulletin = \(bulletin) AND channel = \(channel) AND last > \(number) ORDER BY nearness, last
            """
        )
    }

    static func all(_ bulletin: Int64, _ channel: Int, nearness: Int, in tx: Transaction) throws -> [DeliveryChunk] {
        try tx.all(
            DeliveryChunk.self,
            """
            SELECT nearness, last, subscribers, states FROM delivery_chunks
            WHERE bulletin = \(bulletin) AND channel = \(channel) AND nearness = \(nearness) ORDER BY last
            """
        )
    }
}
