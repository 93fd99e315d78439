// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Kit

/// `vecinos`: the server and everything its keeper does from a terminal.
@main
struct Vecinos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vecinos",
        abstract: "Rapid response for neighbors' rights, on one small server.",
        subcommands: [
            CleanMedia.self, Serve.self, Setup.self, Demo.self, DrillCommand.self, Doctor.self, FactsCommand.self,
            InventoryCommand.self, Panic.self, Unlock.self, Rekey.self, Bench.self, LogCommand.self, MirrorCommand.self,
            Speak.self, Verify.self, Vector.self,
        ]
    )

    /// What a verb or the database refuses is said in its own words, whichever command asked.
    static func main() async {
        do {
            var command = try await parsed()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let refusal as Refusal {
            let words = [refusal.message] + refusal.fields.sorted { $0.key < $1.key }.map(\.value)
            exit(withError: ValidationError(words.map { Words(language: .english)($0) }.joined(separator: " ")))
        } catch {
            exit(withError: error)
        }
    }

    /// A start need not look through all commands for its own: that takes longer than the rest of what is asked here.
    private static func parsed() async throws -> any ParsableCommand {
        let words = CommandLine.arguments.dropFirst()
        guard words.first == Serve.configuration.commandName else { return try await asyncParseAsRoot() }
        do {
            return try await Serve.asyncParseAsRoot(Array(words.dropFirst()))
        } catch {
            // Help and refusals in the words of the whole.
            return try await asyncParseAsRoot()
        }
    }
}

/// Flags that every command shares.
struct Place: ParsableArguments {
    @Option(name: .long, help: "The folder that holds the database and the keys.")
    var data = "data"

    @Option(name: .long, help: "A postgres:// address; without it, SQLite in the data folder.")
    var postgres: String?
}
