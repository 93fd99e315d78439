// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Kit

/// `vecinos`: the server and everything its keeper does from a terminal.
@main
struct Vecinos: AsyncParsableCommand {
    /// As in CHANGELOG.md; `-dev` for what is on the way to it. `bin/release` asks for it, and a test compares the two.
    private static let version = "0.2.0-dev"

    static let configuration = CommandConfiguration(
        commandName: "vecinos",
        abstract: "Rapid response for neighbors' rights, on one small server.",
        version: "vecinos \(version)",
        subcommands: [
            CleanMedia.self, Serve.self, Setup.self, Demo.self, DrillCommand.self, Doctor.self, FactsCommand.self,
            InventoryCommand.self, Panic.self, Unlock.self, Rekey.self, Bench.self, LogCommand.self, MirrorCommand.self,
            Speak.self, Verify.self, Vector.self,
        ]
    )

    /// What a verb or the database refuses is said in its own words, whichever command asked.
    static func main() async {
        var command: any ParsableCommand
        do { command = try await parsed() } catch { exit(withError: error) }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let refusal as Refusal {
            let t = Words(language: .english)
            // At a terminal no answer is marked: each is named.
            let fields = refusal.fields.sorted { $0.key < $1.key }.map { "\($0.key): \(t($0.value))" }
            exit(withError: Stop(description: fields.isEmpty ? t(refusal.message) : fields.joined(separator: " ")))
        } catch let error as ValidationError {
            // How commands are written has nothing to do with it: that was understood.
            exit(withError: Stop(description: error.message))
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

/// Why a command ended, in words for the keeper.
private struct Stop: Error, CustomStringConvertible {
    let description: String
}

/// Flags that every command shares.
struct Place: ParsableArguments {
    @Option(name: .long, help: "The folder that holds the database and the keys.")
    var data = "data"

    @Option(name: .long, help: "A postgres:// address; without it, SQLite in the data folder.")
    var postgres: String?
}
