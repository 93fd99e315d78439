// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Logging
import Response
import Vault

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure parts of the program by itself; bin/bench measures the whole against its peers.",
        subcommands: [Seal.self, Match.self, Group.self, Unsealed.self, Audience.self, Fanout.self]
    )

    /// What sealing costs: the same report stored sealed to a team, and as plain JSON.
    struct Seal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "seal",
            abstract: "CPU time of a stored report, sealed and not."
        )

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        @Option(name: .long, help: "How many reports.")
        var count = 2_000

        func run() async throws {
            let folder = NSTemporaryDirectory() + "vecinos-bench-\(ProcessInfo.processInfo.processIdentifier)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let database = try Database(sqlite: "\(folder)/bench.db")
            try await database.migrate(KitMigrations.all)
            try await database.migrate([
                Migration("bench", "CREATE TABLE filed (id TEXT PRIMARY KEY, lookup {{blob}} UNIQUE, content {{blob}})")
            ])
            let team = TeamKey(team: Ref<Self>.new().text, epoch: 1, publicKey: try KeyPair.generate().publicKey)
            let plain = try await cost(database) { content, _ in Array(try JSONEncoder().encode(content)) }
            let sealed = try await cost(database) { content, id in
                try Sealed.seal(content, kind: "report", record: id, to: [team]).blob
            }
            if json {
                print("{\"sealed_us\": \(sealed), \"unsealed_us\": \(plain)}")
            } else {
                print("Sealed \(sealed) µs, not sealed \(plain) µs of CPU a report")
            }
        }

        /// Microseconds of CPU for one report, stored in groups of 64 as the server does under load.
        private func cost(
            _ database: Database,
            _ make: @escaping @Sendable (Content, String) throws -> [UInt8]
        ) async throws -> Double {
            let before = BenchClock.cpu()
            for start in stride(from: 0, to: count, by: 64) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in start..<min(start + 64, count) {
                        group.addTask {
                            let id = Ref<Self>.new().text
                            let content = Content(
                                words: "Two white vans by the market, number \(number)",
                                at: Int64(number)
                            )
                            let bytes = try make(content, id)
                            let lookup = ReporterCode.generate().lookup
                            try await database.write { tx in
                                try tx.run(
                                    "INSERT INTO filed (id, lookup, content) VALUES (\(id), \(lookup), \(bytes))"
                                )
                                try tx.record(Event("incident.opened", subject: id))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            return ((BenchClock.cpu() - before) * 1e6 / Double(count)).rounded()
        }

        private struct Content: Codable, Sendable {
            let words: String
            let at: Int64
        }
    }
}
