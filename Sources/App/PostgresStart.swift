// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Logging

/// A start beside a PostgreSQL that isn't up yet, as after a power cut: both begin at the same time.
enum PostgresStart {
    /// What fails because PostgreSQL doesn't answer, or takes nothing for now, is tried again until it does: whoever
    /// starts a server need not be there then. A wrong password or a name it doesn't know is thrown.
    static func waiting<T: Sendable>(
        for url: String?,
        _ logger: Logger,
        _ body: () async throws -> T
    ) async throws -> T {
        guard let url else { return try await body() }
        var told = ""
        while true {
            do { return try await body() } catch {
                let isAway = Database.isAway(postgres: url)
                guard isAway || error as? Refusal == .storage else { throw error }
                let why = isAway ? "PostgreSQL does not answer" : "PostgreSQL takes nothing now (read-only, or full)"
                if why != told { logger.error("not started: \(why). It starts by itself when that is over") }
                told = why
                repeat { try await Task.sleep(for: .seconds(1)) } while Database.isAway(postgres: url)
            }
        }
    }
}
