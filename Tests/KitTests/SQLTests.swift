// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@Suite("SQL")
struct SQLTests {
    @Test("What is interpolated becomes a value and never text")
    func binds() {
        let hostile = "'; DROP TABLE boxes; --"
        let sql: SQL =
            "SELECT * FROM boxes WHERE label = \(hostile) AND amount = \(7) AND weight < \(2.5) AND lid = \(true)"
        #expect(sql.text == "SELECT * FROM boxes WHERE label = ? AND amount = ? AND weight < ? AND lid = ?")
        #expect(sql.values == [.text(hostile), .integer(7), .real(2.5), .integer(1)])
    }

    @Test("References, moments, enums and bytes bind as the columns hold them")
    func kinds() throws {
        let ref = Ref<Box>.new()
        let sql: SQL = "\(ref) \(Instant(milliseconds: 5)) \(Box.Lid.open) \([1, 255] as [UInt8])"
        #expect(sql.text == "? ? ? ?")
        #expect(sql.values == [.text(ref.text), .integer(5), .text("open"), .blob([1, 255])])
    }

    @Test("An optional binds its value, or null")
    func optionals() {
        let some: String? = "a"
        let none: Int? = nil
        let sql: SQL = "a = \(some), b = \(none)"
        #expect(sql.text == "a = ?, b = ?")
        #expect(sql.values == [.text("a"), .null])
    }

    @Test("A list becomes as many values in a parenthesis, and an empty one matches nothing")
    func lists() {
        let sql: SQL = "id IN \(list: ["a", "b", "c"]) AND n = \(4)"
        #expect(sql.text == "id IN (?, ?, ?) AND n = ?")
        #expect(sql.values == [.text("a"), .text("b"), .text("c"), .integer(4)])
        let empty: SQL = "id IN \(list: [String]())"
        #expect(empty.text == "id IN (NULL)")
        #expect(empty.values.isEmpty)
    }

    @Test("Literals and fragments keep text and values in step")
    func fragments() {
        let part: SQL = "amount > \(1) ORDER BY \(raw: "label")"
        let sql: SQL = "SELECT \(2) FROM boxes WHERE \(part) LIMIT \(3)"
        #expect(sql.text == "SELECT ? FROM boxes WHERE amount > ? ORDER BY label LIMIT ?")
        #expect(sql.values == [.integer(2), .integer(1), .integer(3)])
        let joined = sql + " OFFSET \(4)"
        #expect(joined.text == "\(sql.text) OFFSET ?")
        #expect(joined.values == [.integer(2), .integer(1), .integer(3), .integer(4)])
    }
}

@Suite("Values in a database", .serialized, .timeLimit(.minutes(20)))
struct ValueTests {
    private func kept(
        label: String? = nil,
        amount: Int64? = nil,
        weight: Double? = nil,
        content: [UInt8]? = nil,
        lid: Box.Lid = .shut
    ) async throws -> Box {
        let database = try await Scratch.database()
        let id = try await database.write { tx in
            try Box.insert(label, amount: amount, weight: weight, content: content, lid: lid, in: tx)
        }
        let box = try await database.read { tx in try tx.first(Box.self, "SELECT * FROM boxes WHERE id = \(id)") }
        return try #require(box)
    }

    @Test(
        "Text comes back as it went in",
        arguments: [
            "", " ", "'; DROP TABLE boxes; --", "José 🌵 \u{600}<", "a\r\nb\u{2028}", "%_\\\"?$1", "e\u{301}",
            "\u{10FFFF}",
        ]
    )
    func texts(_ text: String) async throws {
        let box = try await kept(label: text)
        #expect(box.label.map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test("A NUL is dropped from text, and what follows it is kept")
    func null() async throws {
        #expect(try await kept(label: "before\0\u{301}after").label == "before\u{301}after")
    }

    @Test("Whole numbers come back at their extremes", arguments: [Int64.min, -1, 0, 1, 1 << 53 + 1, .max])
    func integers(_ number: Int64) async throws {
        #expect(try await kept(amount: number).amount == number)
    }

    @Test("Fractions come back exactly", arguments: [0, -0.1, 34.052_235, 1e-300, 1.797e308, 5, .infinity])
    func fractions(_ number: Double) async throws {
        #expect(try await kept(weight: number).weight == number)
    }

    @Test(
        "Bytes come back, none and all 256 of them",
        arguments: [[], Array(0...255), [0], [0, 0, 92, 39]] as [[UInt8]]
    )
    func bytes(_ bytes: [UInt8]) async throws {
        #expect(try await kept(content: bytes).content == bytes)
    }

    @Test("Null reads as nil, and an enum as its case")
    func nulls() async throws {
        let box = try await kept(lid: .open)
        #expect(box.label == nil && box.amount == nil && box.weight == nil && box.content == nil)
        #expect(box.lid == .open)
    }

    @Test("A column that is missing, null or of another kind throws and says what it wanted")
    func mismatches() async throws {
        let database = try await Scratch.database()
        let row = try await database.write { tx in
            try Box.insert("one", in: tx)
            try tx.run("UPDATE boxes SET lid = 'ajar'")
            return try #require(try tx.rows("SELECT label, amount, lid FROM boxes").first)
        }
        #expect(throws: ColumnError.missing("colour")) { try row["colour"] as String }
        #expect(throws: ColumnError.mismatch(expected: "an integer")) { try row["label"] as Int }
        #expect(throws: ColumnError.mismatch(expected: "an integer")) { try row["amount"] as Int64 }
        #expect(throws: ColumnError.mismatch(expected: "a reference")) { try row["label"] as Ref<Box> }
        #expect(throws: ColumnError.mismatch(expected: "a Lid")) { try row["lid"] as Box.Lid }
        #expect(try row["amount"] as Int64? == nil)
        #expect(try row["label"] as String? == "one")
    }

    @Test("A list in a statement finds exactly its members, an empty one nobody")
    func members() async throws {
        let database = try await Scratch.database()
        try await database.write { tx in for label in ["a", "b", "c"] { try Box.insert(label, in: tx) } }
        let (two, none) = try await database.read { tx in
            (
                try tx.list(
                    String.self,
                    "SELECT label FROM boxes WHERE label IN \(list: ["c", "a", "z"]) ORDER BY label"
                ),
                try tx.list(String.self, "SELECT label FROM boxes WHERE label IN \(list: [String]())")
            )
        }
        #expect(two == ["a", "c"])
        #expect(none.isEmpty)
    }

    @Test("`run` answers how many rows it changed, `count` and `one` what they found")
    func counts() async throws {
        let database = try await Scratch.database()
        try await database.write { tx in
            for number in 1...5 { try Box.insert("box \(number)", amount: Int64(number), in: tx) }
            #expect(try tx.run("UPDATE boxes SET amount = 9 WHERE amount > \(2)") == 3)
            #expect(try tx.run("DELETE FROM boxes WHERE amount = \(77)") == 0)
            #expect(try tx.count("SELECT count(*) FROM boxes WHERE amount = \(9)") == 3)
            #expect(try tx.one(Int.self, "SELECT sum(amount) FROM boxes") == 30)
            #expect(try tx.one(Int.self, "SELECT amount FROM boxes WHERE amount = \(77)") == nil)
            #expect(try tx.one(Int.self, "SELECT max(amount) FROM boxes WHERE amount = \(77)") == nil)
        }
    }
}
