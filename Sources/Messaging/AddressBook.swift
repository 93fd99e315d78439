// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// The subscribers of one channel while a message to very many goes to them: read once, in the order they lie in, and held
/// as the database has them, their addresses encrypted. A queue in order of nearness asks for them from all over the
/// table, a page of the disk for each (docs/decisions/0069). Where few are asked for, nothing is held.
///
/// Nobody is told after they left: whoever was changed or removed since the reading (`subscriber_changes`, which the
/// database itself keeps) is looked up.
final class AddressBook: Sendable {
    /// So many numbers stand on one page.
    static let span: Int64 = 31_250
    /// If so many more of a page will be asked for, it is worth reading.
    static let worth = 500
    /// So many pages at most, some 3.5 MB each. Who stands on no page is looked up.
    static let most = 40
    /// So many changes since the reading, and it is read anew.
    static let stale = 5_000

    /// So many at most are taken before anything is read: the nearest don't wait for the book, nor all others for those.
    static let first = 1_000

    /// Somebody who is there: looked up, or at a place of a page and unpacked when they are handed their message.
    enum Reader: Sendable {
        indirect case found(Subscriber)
        case held(Page, Int)

        var number: Int64 {
            switch self {
            case .found(let subscriber): subscriber.number
            case .held(let page, let place): page.number(place)
            }
        }

        var subscriber: Subscriber? {
            switch self {
            case .found(let subscriber): subscriber
            case .held(let page, let place): page.subscriber(place)
            }
        }

        /// How long they are not to be disturbed; nil when they may be.
        func quiet(at now: Instant, isUrgent: Bool) -> Duration? {
            if case .held(let page, let place) = self, !page.hasQuietHours(place) { return nil }
            guard let subscriber, !(isUrgent && subscriber.urgentPasses) else { return nil }
            return subscriber.quiet?.remaining(at: now)
        }
    }

    struct State {
        var pages: [Int64: Page] = [:]
        /// How many of pages that are not held will be asked for yet, as far as the last look tells.
        var expected: [Int64: Int] = [:]
        var queue = Queue()
        var wasPrepared = false
    }

    let channel: ChannelKind
    private let worth: Int
    let languages = Languages()
    let state = Mutex(State())

    init(_ channel: ChannelKind, worth: Int = AddressBook.worth) { (self.channel, self.worth) = (channel, worth) }

    /// How many pages are held.
    var pages: Int { state.withLock { $0.pages.count } }

    /// One for each of `numbers`: nil for who is not there any more. `left` more wait behind them. `ready` knows the place
    /// of each on a page of the queue.
    func find(_ numbers: [Int64], left: Int, ready: Ready? = nil, in tx: Transaction) throws -> [Reader?] {
        var pages = state.withLock { $0.pages }
        var ready = ready
        let marks = pages.values.map(\.mark) + (ready?.pages.compactMap { $0?.mark } ?? [])
        let changes = try Self.changes(since: marks.min(), in: tx)
        let changed = Set(changes)
        if changes.count >= Self.stale {
            (pages, ready) = ([:], nil)
            state.withLock { ($0.pages, $0.queue) = ([:], Queue()) }
        }
        var found = [Reader?](repeating: nil, count: numbers.count)
        var missing: [Int] = []
        // Numbers come in runs: the page of the last is mostly that of the next.
        var (span, page) = (Int64(-1), Page?.none)
        for (index, number) in numbers.enumerated() {
            if !changed.isEmpty, changed.contains(number) {
                missing.append(index)
                continue
            }
            if let (page, place) = ready?.place(index), page.knows(place) {
                if page.has(place) { found[index] = .held(page, place) }
                continue
            }
            if number / Self.span != span {
                span = number / Self.span
                page = pages[span]
            }
            let place = Int(number % Self.span)
            if let page, page.knows(place) {
                if page.has(place) { found[index] = .held(page, place) }
            } else {
                missing.append(index)
            }
        }
        guard !missing.isEmpty else { return found }
        let asked = missing.map { numbers[$0] }
        expect(asked, of: numbers.count, left: left)
        let known = try Self.lookUp(asked, in: tx)
        for index in missing { found[index] = known[numbers[index]].map(Reader.found) }
        return found
    }

    /// Those behind them lie as these do.
    func expect(_ numbers: [Int64], of count: Int, left: Int) {
        var asked: [Int64: Int] = [:]
        for number in numbers { asked[number / Self.span, default: 0] += 1 }
        state.withLock { state in
            state.expected = [:]
            for (span, some) in asked where state.pages[span] == nil {
                state.expected[span] = some * max(0, left) / max(1, count)
            }
        }
    }

    /// Reads the pages that will be asked for often enough, side by side and beside the writer.
    func read(_ database: Database) async throws {
        let wanted = state.withLock { state in
            let room = max(0, Self.most - state.pages.count)
            let wanted = state.expected.filter { $0.value >= worth && state.pages[$0.key] == nil }
            state.expected = [:]
            return Array(wanted.keys.sorted().prefix(room))
        }
        guard !wanted.isEmpty else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in wanted {
                group.addTask { [self] in
                    let page = try await database.read { [channel, languages] tx in
                        try Page(span: number, channel, languages, in: tx)
                    }
                    state.withLock { $0.pages[number] = page }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One by one, where they lie.
    private static func lookUp(_ numbers: [Int64], in tx: Transaction) throws -> [Int64: Subscriber] {
        var found: [Int64: Subscriber] = [:]
        for start in stride(from: 0, to: numbers.count, by: DeliveryChunk.capacity) {
            var part = Array(numbers[start..<min(start + DeliveryChunk.capacity, numbers.count)])
            // One statement for batches of every size: it is prepared once.
            part += repeatElement(part.last ?? 0, count: DeliveryChunk.capacity - part.count)
            let rows = try tx.all(
                Subscriber.self,
                """
                SELECT number, channel, language, topics, quiet_from, quiet_to, urgent_passes, state, address, address_index
                FROM subscribers WHERE number IN \(list: part) AND state = 'active'
                """
            )
            for row in rows { found[row.number] = row }
        }
        return found
    }
}

/// Which subscribers changed or went, as the database's own triggers write it down: no way of changing one can be forgotten.
extension AddressBook {
    /// A change is behind a reader's mark when that reader can't have seen it. SQLite has one writer, so the changes'
    /// own numbers tell; on PostgreSQL a number may be given long before it is there to be seen, a transaction's may not.
    static let migration = Migration(
        "2026-11-29-messaging-subscriber-changes",
        sqlite: """
            CREATE TABLE subscriber_changes (mark INTEGER PRIMARY KEY AUTOINCREMENT, number BIGINT NOT NULL);
            CREATE TRIGGER subscribers_changed AFTER UPDATE ON subscribers
            BEGIN INSERT INTO subscriber_changes (number) VALUES (OLD.number); END;
            CREATE TRIGGER subscribers_gone AFTER DELETE ON subscribers
            BEGIN INSERT INTO subscriber_changes (number) VALUES (OLD.number); END;
            CREATE INDEX subscribers_canary ON subscribers (number) WHERE is_canary = 1
            """,
        postgres: """
            CREATE TABLE subscriber_changes (
                mark BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
                number BIGINT NOT NULL,
                PRIMARY KEY (mark, number)
            );
            CREATE FUNCTION subscriber_changed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                EXECUTE format('INSERT INTO %I.subscriber_changes (number) VALUES ($1) ON CONFLICT DO NOTHING',
                    TG_TABLE_SCHEMA) USING OLD.number;
                RETURN NULL;
            END $$;
            CREATE TRIGGER subscribers_changed AFTER UPDATE OR DELETE ON subscribers
                FOR EACH ROW EXECUTE FUNCTION subscriber_changed();
            CREATE INDEX subscribers_canary ON subscribers (number) WHERE is_canary = 1
            """
    )

    /// Where a reader stands that sees what this transaction sees: what it can't see has this mark or a greater one.
    static func mark(in tx: Transaction) throws -> Int64 {
        let sql: SQL =
            switch tx.dialect {
            case .sqlite: "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'subscriber_changes'"
            case .postgres: "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            }
        return try tx.one(Int64.self, sql) ?? 0
    }

    /// Whose, `stale` of them at most.
    private static func changes(since mark: Int64?, in tx: Transaction) throws -> [Int64] {
        guard let mark else { return [] }
        return try tx.numbers("SELECT number FROM subscriber_changes WHERE mark >= \(mark) LIMIT \(stale)")
    }

    /// Keeps the last of them: a book behind which there are more is read anew.
    static func sweep(in tx: Transaction) throws {
        try tx.run(
            """
            DELETE FROM subscriber_changes WHERE mark <
                (SELECT mark FROM subscriber_changes ORDER BY mark DESC LIMIT 1 OFFSET \(2 * stale))
            """
        )
    }
}
