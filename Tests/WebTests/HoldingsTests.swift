// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@testable import Web

@Suite("The inventory")
struct HoldingsTests {
    @Test("Every column of every table is classified, and nothing is that isn't there")
    func whole() async throws {
        let instance = try await Instance()
        let tables = try await instance.database.read { tx in try Catalog.tables(in: tx) }
        #expect(tables.count > 20)
        #expect(Holdings.unclassified(tables) == [])
        let live = Dictionary(tables.map { ($0.name, Set($0.columns)) }) { first, _ in first }
        for holding in Holdings.all {
            let gone = Set(holding.columns.keys).subtracting(live[holding.table] ?? [])
            #expect(gone.isEmpty, "\(holding.table): \(gone.sorted())")
        }
        #expect(Set(Holdings.all.map(\.table)).count == Holdings.all.count)
    }

    @Test("A column that nobody classified is found")
    func found() async throws {
        let instance = try await Instance()
        try await instance.database.write { tx in
            try tx.run("ALTER TABLE reports ADD COLUMN surname TEXT")
            try tx.run("CREATE TABLE somebody (name TEXT)")
        }
        let tables = try await instance.database.read { tx in try Catalog.tables(in: tx) }
        #expect(Holdings.unclassified(tables) == ["reports.surname", "somebody"])
    }

    @Test("The public page names every table's meaning and no number of rows")
    func page() async throws {
        let door = try await Door()
        let page = try await door.get("/privacy/inventory")
        #expect(page.status == 200)
        let escaped = page.text
        #expect(escaped.contains("sealed to a team"))
        #expect(escaped.components(separatedBy: "<tr>").count == Holdings.all.count + 2)
    }
}
