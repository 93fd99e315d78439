// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing

@testable import Kit

@Suite("PostgreSQL that takes nothing for now")
struct PostgresAwayTests {
    @Test(
        "A state of the server is one that passes",
        arguments: [
            "", "08006", "08P01", "25006", "25P03", "25P04", "26000", "42P05", "0A000", "53000", "53100",
            "53200", "53300", "53400", "55006", "55P03", "57014", "57P01", "57P02", "57P03", "57P04", "57P05", "58000",
            "58030",
        ]
    )
    func passing(_ code: String) {
        #expect(PostgresCode(text: code).failure("why") == .unavailable("why"))
    }

    @Test(
        "A fault of the statement is none that passes",
        arguments: ["22P02", "23P01", "25P02", "42501", "42601", "42P01", "42703", "54000", "XX000", "XX001"]
    )
    func lasting(_ code: String) {
        #expect(PostgresCode(text: code).failure("why") == .other("why"))
        #expect(!PostgresCode(text: code).isOfConnection)
    }

    @Test(
        "Read-only: what is written is refused in words, reading goes on, and what comes after has another connection"
    )
    func readOnly() async throws {
        guard Store.postgres != nil else { return }
        let database = try await Scratch.database()
        try await database.write { tx in
            _ = try Box.insert("before", in: tx)
            try tx.run("SET default_transaction_read_only = on")
        }
        await #expect(throws: Refusal.storage) {
            _ = try await database.write { tx in try Box.insert("meanwhile", in: tx) }
        }
        #expect(try await database.read(Box.labels) == ["before"])
        // This session would be read-only for as long as it lasts.
        try await database.write { tx in _ = try Box.insert("after", in: tx) }
        #expect(try await database.read(Box.labels) == ["after", "before"])
    }

    @Test("Nobody at the address is away; a server that refuses a password or knows no such database is there")
    func away() throws {
        #expect(Database.isAway(postgres: "postgres://vecinos@127.0.0.1:1/vecinos"))
        #expect(!Database.isAway(postgres: "postgres://127.0.0.1/vecinos?no_such=option"))
        guard let url = Store.postgres else { return }
        #expect(!Database.isAway(postgres: url))
        let other = try #require(
            URLComponents(string: url).map { parts in
                var parts = parts
                (parts.password, parts.path) = ("wrong", "/nowhere")
                return parts.string
            } ?? nil
        )
        #expect(!Database.isAway(postgres: other))
        #expect(throws: DatabaseFailure.self) { try Database(postgres: other) }
    }

    @Test(
        "Many who write to a locked table are told after two waits, not each after their own; who needs no lock is kept"
    )
    func locked() async throws {
        guard Store.postgres != nil else { return }
        let scratch = try await Scratch()
        let (database, other) = (try scratch.open(), try scratch.open())
        try await database.migrate(Scratch.tables)
        try await database.write { tx in try tx.run("CREATE TABLE free (id BIGINT)") }
        try await database.write { tx in try tx.run("SET lock_timeout = '400ms'") }
        let (locked, unlock) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let holding: Void = other.write { tx in
            try tx.run("LOCK TABLE boxes IN ACCESS EXCLUSIVE MODE")
            locked.signal()
            unlock.wait()
        }
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                locked.wait()
                done.resume()
            }
        }
        let began = ContinuousClock.now
        let refusals = await withTaskGroup(of: Refusal?.self, returning: [Refusal].self) { group in
            // The first holds the writer while the others gather.
            group.addTask {
                _ = try? await database.write { _ in usleep(200_000) }
                return nil
            }
            try? await Task.sleep(for: .milliseconds(50))
            for number in 0..<12 {
                group.addTask {
                    do {
                        _ = try await database.write { tx in try Box.insert("\(number)", in: tx) }
                        return nil
                    } catch { return error as? Refusal }
                }
            }
            var refusals: [Refusal] = []
            for await refusal in group { if let refusal { refusals.append(refusal) } }
            return refusals
        }
        #expect(ContinuousClock.now - began < .seconds(3))
        #expect(refusals == Array(repeating: .storage, count: 12))
        // One who waits in vain takes nobody along.
        let alone = Task { try await database.write { _ in _ = usleep(200_000) } }
        try await Task.sleep(for: .milliseconds(50))
        let unlucky = Task { try await database.write { tx in try Box.insert("unlucky", in: tx) } }
        let lucky = Task { try await database.write { tx in try tx.run("INSERT INTO free (id) VALUES (1)") } }
        try await alone.value
        await #expect(throws: Refusal.storage) { _ = try await unlucky.value }
        #expect(try await lucky.value == 1)
        unlock.signal()
        try await holding
    }

    @Test("Servers on one PostgreSQL are counted for as long as their connections last; who only looks is none")
    func nodes() async throws {
        let scratch = try await Scratch()
        let first = try scratch.open()
        #expect(try await first.nodes(joining: false) == (Store.postgres == nil ? 1 : 0))
        for _ in 1...2 { #expect(try await first.nodes(joining: true) == 1) }
        guard Store.postgres != nil else { return }
        let second = try scratch.open()
        #expect(try await second.nodes(joining: false) == 1)
        #expect(try await second.nodes(joining: true) == 2)
        #expect(try await first.nodes(joining: true) == 2)
        second.close()
        // PostgreSQL ends a session a moment after its connection.
        for _ in 1...100 where try await first.nodes(joining: true) != 1 {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await first.nodes(joining: true) == 1)
    }

    @Test("A prepared statement that somebody swapped away costs one answer, not all that follow")
    func statements() async throws {
        guard Store.postgres != nil else { return }
        let database = try await Scratch.database()
        try await database.write { tx in
            _ = try Box.insert("before", in: tx)
            try tx.run("DEALLOCATE ALL")
        }
        await #expect(throws: Refusal.storage) {
            _ = try await database.write { tx in try Box.insert("meanwhile", in: tx) }
        }
        try await database.write { tx in _ = try Box.insert("after", in: tx) }
        #expect(try await database.read(Box.labels) == ["after", "before"])
    }
}
