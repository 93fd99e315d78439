// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Inform
import Kit
import Web

/// `vecinos facts`: the facts of the content pack and those of the database, kept in step.
struct FactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "facts",
        abstract: "Keep the facts in the files and in the database in step.",
        subcommands: [Import.self, Export.self]
    )

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Take what changed in content/rights into the database. A running server shows it within seconds."
        )

        @OptionGroup var place: Place

        @Option(name: .long, help: "A fact that both sides changed: take the file's. May be given more than once.")
        var take: [String] = []

        func run() async throws {
            let (house, files) = try await FactsCommand.open(place)
            let settle = Set(take)
            let outcome = try await house.database.write { tx in try FactBook.take(files, settle: settle, in: tx) }
            try FactsCommand.tell(outcome, other: "the files", newer: "Newer in the database (vecinos facts export)")
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Write what changed in the database into content/rights. Files that say the same are not touched."
        )

        @OptionGroup var place: Place

        @Option(name: .long, help: "A fact that both sides changed: take the database's. May be given more than once.")
        var take: [String] = []

        @Flag(name: .long, help: "Only say what would change.")
        var dryRun = false

        func run() async throws {
            let (house, files) = try await FactsCommand.open(place)
            let (settle, folder) = (Set(take), dryRun ? nil : house.config.contentFolder)
            let outcome = try await house.database.write { tx in
                try FactBook.give(files, folder: folder, settle: settle, in: tx)
            }
            try FactsCommand.tell(outcome, other: "the database", newer: "Newer in the files (vecinos facts import)")
        }
    }

    /// Without `Compose`, which would import at once.
    private static func open(_ place: Place) async throws -> (house: Opened, files: FactFiles) {
        let config = try Terminal.config(place)
        let database = try Terminal.database(config)
        try await Compose.migrate(database)
        let pack = try await Pack(folder: config.contentFolder)
        LocalTime.setZone(pack.coalition.timeZone)
        return (Opened(config: config, database: database), pack.facts)
    }

    private struct Opened {
        let config: Config
        let database: Database
    }

    private static func tell(_ outcome: FactBook.Outcome, other: String, newer: String) throws {
        func line(_ words: String, _ names: [String]) {
            if !names.isEmpty { print("\(words): \(names.joined(separator: ", "))") }
        }
        print("The same on both sides: \(outcome.same)")
        line("Taken from \(other)", outcome.taken)
        line("No longer in \(other), and so removed", outcome.removed)
        line(newer, outcome.ahead)
        line("Written", outcome.files)
        line("CHANGED ON BOTH SIDES, left as they are (--take NAME takes \(other)’ word)", outcome.conflicts)
        if !outcome.conflicts.isEmpty { throw ExitCode(1) }
    }
}
