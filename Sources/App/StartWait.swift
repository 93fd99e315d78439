// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Logging

/// A start that fails for want of something outside of it is tried again when that is there: whoever starts a server need
/// not be there then. What fails for anything else is thrown.
enum StartWait {
    /// What a start wants.
    struct Lack {
        /// Said once, until it is another.
        let name: String
        /// "no space left in data (12 KB free). It starts by itself when …".
        let words: String
        let pause: Duration
        let lasts: () -> Bool
    }

    /// `lacks`: what it may be for which something failed; nil where it is not.
    static func until<T: Sendable>(
        _ logger: Logger,
        _ lacks: [(any Error) -> Lack?],
        for body: () async throws -> T
    ) async throws -> T {
        var told = ""
        while true {
            do { return try await body() } catch {
                guard let lack = lacks.lazy.compactMap({ $0(error) }).first else { throw error }
                if lack.name != told { logger.error("not started: \(lack.words)") }
                told = lack.name
                repeat { try await Task.sleep(for: lack.pause) } while lack.lasts()
            }
        }
    }

    /// Room on the disk of a folder.
    static func room(in folder: String) -> (any Error) -> Lack? {
        { _ in
            guard let room = DiskRoom(of: folder), room.isShort else { return nil }
            return Lack(
                name: "room",
                words: "\(room.words). It starts by itself when 4 MB are free",
                pause: .seconds(2),
                lasts: { DiskRoom(of: folder)?.isShort == true }
            )
        }
    }

    /// A PostgreSQL that isn't up yet, as after a power cut, when both begin at the same time, or that takes nothing for now. A
    /// wrong password or a name it doesn't know is no lack.
    static func postgres(_ url: String?) -> (any Error) -> Lack? {
        { error in
            guard let url else { return nil }
            let isAway = Database.isAway(postgres: url)
            guard isAway || error as? Refusal == .storage else { return nil }
            let why = isAway ? "PostgreSQL does not answer" : "PostgreSQL takes nothing now (read-only, or full)"
            return Lack(
                name: why,
                words: "\(why). It starts by itself when that is over",
                pause: .seconds(1),
                lasts: { Database.isAway(postgres: url) }
            )
        }
    }
}
