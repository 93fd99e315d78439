// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import FoundationEssentials
import Kit
import Logging
import People
import Vault
import Web

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Look whether everything is as it should be.")

    @OptionGroup var place: Place

    func run() async throws {
        let config = try Terminal.config(place)
        print("Content pack    \(config.contentFolder)")
        print("Open files      enough for \(try Server.connectionLimit()) connections")
        let house = try await Compose(config, logger: Terminal.logger)
        print("Database        \(house.database.dialect == .sqlite ? "SQLite, synchronous FULL" : "PostgreSQL")")
        print("Instance key    \(Self.key(house))")
        print("Recovery key    \(house.lockbox.hasRecovery ? "was printed" : "none: vecinos rekey --keep")")
        let backtrace = ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] ?? ""
        print(
            "Crash reports   \(backtrace.contains("enable=no") ? "off" : "on here: SWIFT_BACKTRACE=enable=no for the server")"
        )
        let (isSetUp, waiting, dead) = try await house.database.read { tx in
            (try Coalition.isSetUp(in: tx), try JobRow.waiting(in: tx), try JobRow.dead(limit: 1_000, in: tx).count)
        }
        print("Coalition       \(isSetUp ? "set up" : "not set up yet: vecinos setup")")
        print("Jobs            \(waiting) waiting, \(dead) given up\(dead > 0 ? " (see Settings)" : "")")
        guard isSetUp, dead == 0 else { throw ExitCode(1) }
    }

    private static func key(_ house: Compose) -> String {
        if house.lockbox.hasPanicked { return "locked by panic: open /unlock, or vecinos unlock" }
        if house.keys.isLocked { return "absent: locked (attended: open /unlock)" }
        return "present (opens itself after a start)"
    }
}
