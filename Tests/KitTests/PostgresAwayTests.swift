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
