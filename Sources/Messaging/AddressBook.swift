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

    /// Somebody who is there: looked up, or held by a page and unpacked when they are handed their message.
    enum Reader: Sendable {
        case found(Subscriber)
        case held(Page, Int64)

        var number: Int64 {
            switch self {
            case .found(let subscriber): subscriber.number
            case .held(_, let number): number
            }
        }

        var subscriber: Subscriber? {
            switch self {
            case .found(let subscriber): subscriber
            case .held(let page, let number): page.find(number)
            }
        }

        /// How long they are not to be disturbed; nil when they may be.
        func quiet(at now: Instant, isUrgent: Bool) -> Duration? {
            if case .held(let page, let number) = self, !page.hasQuietHours(number) { return nil }
            guard let subscriber, !(isUrgent && subscriber.urgentPasses) else { return nil }
            return subscriber.quiet?.remaining(at: now)
        }
    }

    private struct State {
        var pages: [Int64: Page] = [:]
        /// How many of pages that are not held will be asked for yet, as far as the last batch tells.
        var expected: [Int64: Int] = [:]
    }

    let channel: ChannelKind
    private let worth: Int
    private let state = Mutex(State())

    init(_ channel: ChannelKind, worth: Int = AddressBook.worth) { (self.channel, self.worth) = (channel, worth) }

    /// How many pages are held.
    var pages: Int { state.withLock { $0.pages.count } }

    /// One for each of `numbers`: nil for who is not there any more. `left` more wait behind them.
    func find(_ numbers: [Int64], left: Int, in tx: Transaction) throws -> [Reader?] {
        var pages = state.withLock { $0.pages }
        let changes = try Self.changes(since: pages.values.map(\.mark).min(), in: tx)
        let changed = Set(changes)
        if changes.count >= Self.stale {
            pages = [:]
            state.withLock { $0.pages = [:] }
        }
        var found = [Reader?](repeating: nil, count: numbers.count)
        var missing: [Int] = []
        // Numbers come in runs: the page of the last is mostly that of the next.
        var (span, page) = (Int64(-1), Page?.none)
        for (index, number) in numbers.enumerated() {
            if number / Self.span != span {
                span = number / Self.span
                page = pages[span]
            }
            if let page, page.unpacked.isEmpty || !page.unpacked.contains(number),
                changed.isEmpty || !changed.contains(number)
            {
                if page.has(number) { found[index] = .held(page, number) }
            } else {
                missing.append(index)
            }
        }
        guard !missing.isEmpty else { return found }
        // Those behind them lie as these do.
        var asked: [Int64: Int] = [:]
        for index in missing where pages[numbers[index] / Self.span] == nil {
            asked[numbers[index] / Self.span, default: 0] += 1
        }
        let expected = asked.mapValues { $0 * max(0, left) / numbers.count }
        state.withLock { $0.expected = expected }
        let known = try Self.lookUp(missing.map { numbers[$0] }, in: tx)
        for index in missing { found[index] = known[numbers[index]].map(Reader.found) }
        return found
    }

    /// Reads the pages that will be asked for often enough, side by side and beside the writer.
    func read(_ database: Database) async throws {
        let wanted = state.withLock { state in
            let room = max(0, Self.most - state.pages.count)
            let wanted = state.expected.filter { $0.value >= worth }.map(\.key).sorted().prefix(room)
            state.expected = [:]
            return Array(wanted)
        }
        guard !wanted.isEmpty else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in wanted {
                group.addTask { [self] in
                    let page = try await database.read { [channel] tx in try Page(number, channel, in: tx) }
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
    fileprivate static func mark(in tx: Transaction) throws -> Int64 {
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

extension AddressBook {
    /// The subscribers of one span of numbers: where each begins in `bytes`, and what is there.
    final class Page: Sendable {
        let mark: Int64
        private let first: Int64
        private let channel: ChannelKind
        /// `absent` for who is not there; `quiet` is added for who has quiet hours.
        private let starts: [UInt32]
        private let bytes: [UInt8]
        private let languages: [String]
        /// Who is there and doesn't fit: looked up.
        let unpacked: Set<Int64>

        private static let absent = UInt32.max
        private static let quiet: UInt32 = 0x8000_0000
        private static let noMinute = UInt16.max

        init(_ number: Int64, _ channel: ChannelKind, in tx: Transaction) throws {
            mark = try AddressBook.mark(in: tx)
            let start = number * span
            (first, self.channel) = (start, channel)
            // Along the numbers: without the nought, SQLite goes along the index of addresses and back to each row.
            let rows = try tx.packed(
                """
                SELECT number, topics, quiet_from, quiet_to, urgent_passes, language, address, address_index FROM subscribers
                WHERE number >= \(first) AND number < \(first + span) AND channel + 0 = \(channel.turn)
                    AND state = 'active'
                """
            )
            var starts = [UInt32](repeating: Self.absent, count: Int(span))
            var (bytes, languages, known): ([UInt8], [String], [ArraySlice<UInt8>: UInt8]) = ([], [], [:])
            bytes.reserveCapacity(rows.bytes.count + rows.count * 12)
            var (from, unpacked) = (0, Set<Int64>())
            rows.forEach { row in
                let at = row.startIndex
                let (spoken, address, index) = (Int(row[at + 5]), Int(row[at + 6]), Int(row[at + 7]))
                defer { from = index }
                let name = rows.bytes[from..<spoken]
                if known[name] == nil, languages.count < 255 {
                    known[name] = UInt8(languages.count)
                    languages.append(String(decoding: name, as: UTF8.self))
                }
                guard let language = known[name], address - spoken <= 0xFFFF, index - address <= 0xFF,
                    bytes.count < Int(Self.quiet) - 0x1_0200
                else {
                    unpacked.insert(row[at])
                    return
                }
                starts[Int(row[at] - start)] = UInt32(bytes.count) | (row[at + 2] == Packed.null ? 0 : Self.quiet)
                bytes.append(language)
                bytes.append(row[at + 4] == 1 ? 1 : 0)
                Self.put(UInt16(truncatingIfNeeded: row[at + 1]), in: &bytes)
                for minute in row[at + 2...at + 3] {
                    Self.put(minute == Packed.null ? Self.noMinute : UInt16(truncatingIfNeeded: minute), in: &bytes)
                }
                Self.put(UInt16(truncatingIfNeeded: address - spoken), in: &bytes)
                bytes.append(UInt8(truncatingIfNeeded: index - address))
                bytes += rows.bytes[spoken..<index]
            }
            (self.starts, self.bytes, self.languages, self.unpacked) = (starts, bytes, languages, unpacked)
        }

        func has(_ number: Int64) -> Bool { starts[Int(number - first)] != Self.absent }

        func hasQuietHours(_ number: Int64) -> Bool { starts[Int(number - first)] & Self.quiet != 0 }

        func find(_ number: Int64) -> Subscriber? {
            guard has(number) else { return nil }
            let at = Int(starts[Int(number - first)] & ~Self.quiet)
            let (from, to) = (take(at + 4), take(at + 6))
            let (address, index) = (Int(take(at + 8)), Int(bytes[at + 10]))
            let body = at + 11
            return Subscriber(
                number: number,
                channel: channel,
                language: languages[Int(bytes[at])],
                topics: Topics(rawValue: Int(take(at + 2))),
                quiet: from == Self.noMinute || to == Self.noMinute ? nil : QuietHours(from: Int(from), to: Int(to)),
                urgentPasses: bytes[at + 1] == 1,
                address: Array(bytes[body..<body + address]),
                addressIndex: Array(bytes[body + address..<body + address + index])
            )
        }

        private static func put(_ number: UInt16, in bytes: inout [UInt8]) {
            bytes.append(UInt8(truncatingIfNeeded: number))
            bytes.append(UInt8(truncatingIfNeeded: number >> 8))
        }

        private func take(_ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }
    }
}
