// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit

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
        let cast = try await Cast.house(config).cast
        if json { print(try cast.json) } else { cast.announce("http://localhost:8080") }
    }
}
