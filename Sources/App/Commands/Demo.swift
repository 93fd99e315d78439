// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Logging
import Vault

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Fill a data folder with an invented coalition and print how to sign in."
    )

    @OptionGroup var place: Place

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() async throws {
        let config = try Terminal.config(place)
        try Cast.beginAnew(config)
        guard let held = Compose.lockbox(config).hold(alone: false) else {
            throw ValidationError("\(config.dataFolder) is in use by another vecinos. Try again when that is done.")
        }
        defer { close(held) }
        let house = try await Compose(config, logger: Terminal.logger)
        let cast = try await Cast.fill(house)
        if json { print(try cast.json) } else { cast.announce("http://localhost:8080") }
    }
}
