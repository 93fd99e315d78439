// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Kit
import Support
import Testing

@Suite("The database", .serialized, .timeLimit(.minutes(20)))
struct DatabaseTests {
    @Test("A write is there for whoever opens the same place later")
    func durable() async throws {
        let scratch = try await Scratch()
        let first = try scratch.open()
        try await first.migrate(Scratch.tables)
        try await first.write { tx in _ = try Box.insert("kept", in: tx) }
        let second = try scratch.open()
        #expect(try await second.read(Box.labels) == ["kept"])
        first.close()
        #expect(try await second.read(Box.labels) == ["kept"])
    }

    @Test("The writer waits for the disk: synchronous is FULL on SQLite, on where PostgreSQL answers")
    func synchronous() async throws {
        let database = try await Scratch.database()
        try await database.write { tx throws in
            switch tx.dialect {
            case .sqlite:
                #expect(try tx.one(Int.self, "PRAGMA synchronous") == 2)
                #expect(try tx.one(String.self, "PRAGMA journal_mode") == "wal")
                #expect(try tx.one(Int.self, "PRAGMA foreign_keys") == 1)
                #expect(try tx.one(Int.self, "PRAGMA trusted_schema") == 0)
                #expect(try tx.one(Int.self, "PRAGMA cell_size_check") == 1)
            case .postgres:
                #expect(try tx.one(String.self, "SHOW synchronous_commit") == "on")
                #expect(try tx.one(String.self, "SHOW transaction_isolation") == "serializable")
                #expect(try tx.one(String.self, "SHOW statement_timeout") == "30s")
            }
        }
    }

    @Test("An answer of whole numbers comes as they are, for reader and writer, and nothing else passes for one")
    func numbers() async throws {
        let database = try await Scratch.database()
        let read = try await database.read { tx in try tx.numbers("SELECT 1, 2 UNION ALL SELECT 3, -4 ORDER BY 1") }
        let written = try await database.write { tx in try tx.numbers("SELECT 9007199254740993") }
        #expect(read == [1, 2, 3, -4] && written == [9_007_199_254_740_993])
        for sql in ["SELECT 1, NULL", "SELECT 1, 'two'"] as [SQL] {
            await #expect(throws: ColumnError.mismatch(expected: "an integer")) {
                _ = try await database.read { tx in try tx.numbers(sql) }
            }
            await #expect(throws: ColumnError.mismatch(expected: "an integer")) {
                _ = try await database.write { tx in try tx.numbers(sql) }
            }
        }
    }

    @Test("Numbers, texts, blobs and nulls come packed, the same for reader and writer; a fraction doesn't pass")
    func packed() async throws {
        let database = try await Scratch.database()
        let (word, bytes): (String, [UInt8]) = ("niño", [0, 255])
        let blob: SQL = database.dialect == .sqlite ? "BLOB" : "BYTEA"
        let sql: SQL = """
            SELECT 7 AS n, CAST(\(word) AS TEXT) AS t, CAST(\(bytes) AS \(blob)) AS b, NULL AS x
            UNION ALL SELECT -1, '', CAST(\(bytes) AS \(blob)), 5 ORDER BY 1
            """
        let read = try await database.read { tx in try tx.packed(sql) }
        let written = try await database.write { tx in try tx.packed(sql) }
        for packed in [read, written] {
            var cells: [[Int64]] = []
            packed.forEach { cells.append(Array($0)) }
            #expect(packed.count == 2 && packed.width == 4)
            #expect(cells == [[-1, 0, 2, 5], [7, 7, 9, Packed.null]])
            #expect(packed.bytes == bytes + Array(word.utf8) + bytes)
        }
        await #expect(throws: ColumnError.mismatch(expected: "an integer, a text or a blob")) {
            _ = try await database.read { tx in try tx.packed("SELECT CAST(1.5 AS DOUBLE PRECISION)") }
        }
    }

    @Test("A throw undoes all that its body wrote, and reaches the caller as it is")
    func rolledBack() async throws {
        let database = try await Scratch.database()
        try await database.write { tx in _ = try Box.insert("before", in: tx) }
        await #expect(throws: Mishap.self) {
            try await database.write { tx in
                try Box.insert("lost", in: tx)
                try tx.run("UPDATE boxes SET label = 'changed' WHERE label = 'before'")
                throw Mishap()
            }
        }
        #expect(try await database.read(Box.labels) == ["before"])
    }

    @Test("In one group commit, a throw doesn't undo its neighbors")
    func neighbors() async throws {
        let database = try await Scratch.database()
        let heard = Heard<[String]>()
        database.feed.subscribe { events in heard.add(events.map(\.subject)) }
        // The writer is held until the three wait behind it; that they shared a commit shows in one telling of two.
        for round in 1...20 {
            let gate = DispatchSemaphore(value: 0)
            async let held: Void = database.write { _ in
                gate.wait()
                gate.signal() // A body may run again: once open, it stays open.
            }
            async let left: Void = database.write { tx in try Self.put("left \(round)", in: tx) }
            async let middle: Result<Void, any Error> = Self.outcome {
                try await database.write { tx in
                    try Self.put("middle \(round)", in: tx)
                    throw Mishap()
                }
            }
            async let right: Void = database.write { tx in try Self.put("right \(round)", in: tx) }
            try await Task.sleep(for: .milliseconds(20 * round))
            gate.signal()
            _ = try await (held, left, right)
            let failed = await middle
            #expect(throws: Mishap.self) { try failed.get() }
            let labels = try await database.read(Box.labels)
            #expect(labels.contains("left \(round)") && labels.contains("right \(round)"))
            #expect(!labels.contains("middle \(round)"))
            if heard.all.contains(where: { Set($0) == ["left \(round)", "right \(round)"] }) { return }
        }
        Issue.record("the three writes never shared a commit")
    }

    private static func outcome(_ body: @Sendable () async throws -> Void) async -> Result<Void, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    private static func put(_ label: String, in tx: Transaction) throws {
        try Box.insert(label, in: tx)
        try tx.record(Event("box.put", subject: label))
    }

    @Test("Five hundred writes at once all land, each once")
    func many() async throws {
        let database = try await Scratch.database()
        try await database.write { tx in _ = try Box.insert("counter", amount: 0, in: tx) }
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...500 {
                group.addTask {
                    try await database.write { tx in
                        try Box.insert("box \(number)", in: tx)
                        try tx.run("UPDATE boxes SET amount = coalesce(amount, 0) + 1000 WHERE label = 'counter'")
                        return number
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.sorted() == Array(1...500))
        let (count, sum) = try await database.read { tx in
            (
                try tx.count("SELECT count(DISTINCT label) FROM boxes WHERE label <> 'counter'"),
                try tx.one(Int.self, "SELECT amount FROM boxes WHERE label = 'counter'")
            )
        }
        #expect(count == 500)
        #expect(sum == 500_000)
    }

    @Test("A read sees what was committed and nothing that is not yet")
    func committedOnly() async throws {
        let database = try await Scratch.database()
        let written = DispatchSemaphore(value: 0)
        let seen = DispatchSemaphore(value: 0)
        async let write: Void = database.write { tx in
            try Box.insert("new", in: tx)
            written.signal()
            seen.wait()
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                written.wait()
                continuation.resume()
            }
        }
        let early = try await database.read(Box.labels)
        seen.signal()
        try await write
        #expect(early.isEmpty)
        #expect(try await database.read(Box.labels) == ["new"])
    }

    @Test("A read can't write")
    func readOnly() async throws {
        let database = try await Scratch.database()
        await #expect(throws: (any Error).self) {
            try await database.read { tx in _ = try Box.insert("smuggled", in: tx) }
        }
        #expect(try await database.read(Box.labels).isEmpty)
    }

    @Test("What the schema refuses says which rule it was")
    func constraints() async throws {
        let database = try await Scratch.database()
        try await database.write { tx in _ = try Box.insert("taken", in: tx) }
        let failures: [(SQL, String)] = [
            ("INSERT INTO boxes (id, label) VALUES ('a', 'taken')", "unique"),
            ("INSERT INTO boxes (id) SELECT id FROM boxes", "unique"),
            ("INSERT INTO boxes (id, amount) VALUES ('b', 13)", "check"),
            ("UPDATE boxes SET lid = NULL", "null"),
            ("UPDATE boxes SET inside = 'nowhere'", "foreign key"),
            ("SELEKT 1", "other"),
        ]
        for (sql, expected) in failures {
            let failure = await #expect(throws: DatabaseFailure.self) {
                try await database.write { tx in try tx.run(sql) }
            }
            let kind =
                switch failure {
                case .unique: "unique"
                case .check: "check"
                case .null: "null"
                case .foreignKey: "foreign key"
                case .other: "other"
                case .unavailable, .inDoubt, .serialization, nil: "\(String(describing: failure))"
                }
            #expect(kind == expected, "\(sql.text)")
        }
        #expect(try await database.read(Box.labels) == ["taken"])
    }

    @Test("Time stands still within a transaction")
    func now() async throws {
        let manual = ManualClock()
        let database = try await Scratch.database(clock: manual.clock)
        let start = manual.now
        try await database.write { tx in
            #expect(tx.now == start)
            manual.advance(by: .hours(3))
            #expect(tx.now == start)
        }
        try await database.read { tx in
            #expect(tx.now == start + .hours(3))
            manual.advance(by: .hours(1))
            #expect(tx.now == start + .hours(3))
        }
    }

    @Test("A closed database answers with an error")
    func closed() async throws {
        guard Store.postgres == nil else { return }
        let database = try await Scratch.database()
        database.close()
        await #expect(throws: (any Error).self) {
            try await database.write { tx in _ = try Box.insert("late", in: tx) }
        }
        await #expect(throws: (any Error).self) { try await database.read(Box.labels) }
    }

    @Test("Closing while others read and write ends every one of them, with an answer or an error")
    func closedMeanwhile() async throws {
        guard Store.postgres == nil else { return }
        for _ in 0..<60 {
            let database = try await Scratch.database()
            await withTaskGroup(of: Void.self) { group in
                for turn in 0..<24 {
                    group.addTask { _ = try? await database.read(Box.labels) }
                    group.addTask { _ = try? await database.write { tx in _ = try Box.insert("\(turn)", in: tx) } }
                    if turn == 12 { group.addTask { database.close() } }
                }
            }
            await #expect(throws: (any Error).self) { try await database.read(Box.labels) }
        }
    }

    @Test("A database may be closed in the middle of its own read and its own write")
    func closedWithin() async throws {
        guard Store.postgres == nil else { return }
        for _ in 0..<20 {
            let database = try await Scratch.database()
            let labels = try await database.read { tx in
                database.close()
                return try Box.labels(in: tx)
            }
            #expect(labels.isEmpty)
            let other = try await Scratch.database()
            try await other.write { tx in
                _ = try Box.insert("kept", in: tx)
                other.close()
            }
            await #expect(throws: (any Error).self) { try await other.read(Box.labels) }
        }
    }

    @Test("A setting is read back, changed and listed")
    func settings() async throws {
        let database = try await Scratch.database()
        try await database.write { tx in
            #expect(try Settings.value("a.b", in: tx) == nil)
            try Settings.set("a.b", to: "1", by: nil, in: tx)
            try Settings.set("a.b", to: "2", by: "ruth", in: tx)
            try Settings.set("c", to: "", by: nil, in: tx)
            #expect(try Settings.value("a.b", in: tx) == "2")
            #expect(try Settings.all(in: tx) == ["a.b": "2", "c": ""])
        }
    }

    @Test("A form is taken once, and again only after it was forgotten")
    func receipts() async throws {
        let manual = ManualClock()
        let database = try await Scratch.database(clock: manual.clock)
        #expect(try await database.write { tx in try FormReceipt.take([1, 2], in: tx) })
        #expect(try await !database.write { tx in try FormReceipt.take([1, 2], in: tx) })
        #expect(try await database.write { tx in try FormReceipt.take([1, 3], in: tx) })
        manual.advance(by: .hours(1))
        try await database.write { tx in try FormReceipt.forget(before: tx.now, in: tx) }
        #expect(try await database.write { tx in try FormReceipt.take([1, 2], in: tx) })
    }
}
