// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Logging
import Vault

/// What commands share: reading the environment once, and talking to the person at the terminal.
enum Terminal {
    /// Only what the keeper must act on; no line says who asked for what.
    static var logger: Logger {
        var logger = Logger(label: "vecinos", factory: { _ in MinuteLog() })
        logger.logLevel = .notice
        return logger
    }

    static func config(_ place: Place) throws -> Config {
        do {
            return try Config(
                dataFolder: place.data,
                postgres: place.postgres,
                environment: ProcessInfo.processInfo.environment
            )
        } catch let problem as Config.Problem {
            throw ValidationError("\(problem)")
        }
    }

    static func speed(_ speed: Double) throws -> Double {
        guard speed.isFinite, (0.1...1_000).contains(speed) else {
            throw ValidationError("--speed: choose from 0.1 to 1000")
        }
        return speed
    }

    /// The data folder, for as long as the descriptor is open; see `Lockbox.hold`.
    static func hold(_ config: Config, alone: Bool) throws -> Int32 {
        guard let held = try Compose.lockbox(config).hold(alone: alone) else {
            throw ValidationError(
                "\(config.dataFolder) is in use by another vecinos: it is served, filled or given a new key. Try again when that is done."
            )
        }
        return held
    }

    /// Standard output is buffered when it is not a terminal; a waiting script wants the line now.
    static func flush() { fflush(nil) }

    static func ask(_ question: String, hidden: Bool = false) throws -> String {
        print(question, terminator: " ")
        flush()
        let answer = hidden ? getpass("").map { String(cString: $0) } : readLine()
        guard let answer, !answer.isEmpty else { throw ValidationError("Nothing was typed, so nothing was changed.") }
        return answer
    }
}
