// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import FoundationEssentials
import Kit
import Logging
import Web

struct InventoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Print exactly what this server holds, and could be forced to hand over today."
    )

    @OptionGroup var place: Place

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// Reads only: it makes no database and changes no schema.
    func run() async throws {
        let config = try Terminal.config(place)
        LocalTime.setZone(try await Pack(folder: config.contentFolder).coalition.timeZone)
        let database = try Terminal.database(config)
        defer { database.close() }
        let inventory = try await Inventory.take(of: database, folder: config.dataFolder)
        print(json ? try inventory.json : inventory.text)
        guard inventory.unclassified.isEmpty else { throw ExitCode(1) }
    }
}
