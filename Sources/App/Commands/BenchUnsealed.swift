// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import FoundationEssentials
import Glibc
import Response

extension Bench {
    /// The server as it is, but for the sealing: what rows 3 and 4 of the performance table compare with peers that seal
    /// nothing. The one place that asks for bare reports, and only in a folder of its own.
    struct Unsealed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unsealed",
            abstract:
                "Serve from a new folder with reports kept as they are. For bin/bench; never for reports of anybody."
        )

        @Option(name: .long, help: "The folder to make. It must not be there yet.")
        var data: String

        @Option(name: .long, help: "The port on this machine.")
        var port: Int

        func run() async throws {
            guard !FileManager.default.fileExists(atPath: data) else {
                throw ValidationError("\(data) is there already. Reports are kept unsealed only in a new folder.")
            }
            print("NOT SEALED: this server is for measuring only.")
            // Whatever the environment says of PostgreSQL: a coalition's database is no place for this.
            unsetenv("VECINOS_POSTGRES")
            try await Serve.parse(["--data", data, "--port", "\(port)"]).run(cover: .bare)
        }
    }
}
