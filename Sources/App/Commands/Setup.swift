// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Kit
import Logging
import People
import Vault

struct Setup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Make the first organization, its first coordinator and the response team's key."
    )

    @OptionGroup var place: Place

    @Option(name: .long, help: "The name of the first organization.")
    var organization: String?

    @Option(name: .long, help: "The coordinator's sign-in name.")
    var login: String?

    @Option(name: .long, help: "What colleagues call the coordinator; need not be a real name.")
    var handle: String?

    @Flag(name: .long, help: "Make a passphrase and print it once, instead of asking for one.")
    var generate = false

    @Flag(
        help:
            "Whether the instance opens itself after a start (its key stands in a file), or waits at /unlock for a passphrase."
    )
    var start: InstanceStart?

    func run() async throws {
        // Asked before anything is made: who types nothing leaves nothing behind.
        let name = try organization ?? Terminal.ask("Name of the first organization:")
        let login = try login ?? Terminal.ask("Coordinator's sign-in name:")
        let handle = try handle ?? Terminal.ask("What should colleagues call the coordinator?")
        let passphrase =
            try generate ? Passphrase.generate() : Terminal.ask("Passphrase, 15 letters or more:", hidden: true)
        let opening = try InstanceOpening.ask(start, generate: generate)
        let house = try await Compose(Terminal.config(place), logger: Terminal.logger)
        guard let root = try house.lockbox.readRoot() else {
            throw ValidationError("The instance's root key is not there, so nothing was set up. See vecinos rekey.")
        }
        let enrolment = try await Enrolment.prepare(
            login: login,
            passphrase: passphrase,
            gate: house.gate,
            keys: house.keys
        )
        _ = try await house.setUp(
            name: name,
            shortName: String(name.prefix(24)),
            coordinator: enrolment,
            handle: handle
        )
        print("Ready. \(handle) can sign in as \(login).")
        if generate { print("Passphrase, shown only now: \(passphrase)") }
        try await opening.settle(root, of: house.lockbox, gate: house.gate, keys: house.keys)
    }
}
