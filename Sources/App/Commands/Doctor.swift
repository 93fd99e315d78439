// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import FoundationEssentials
import Glibc
import Kit
import Logging
import Messaging
import People
import Response
import Vault
import Web

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether everything is as it should be."
    )

    @OptionGroup var place: Place

    func run() async throws {
        let config = try Terminal.instance(place)
        print("Content pack    \(config.contentFolder)")
        print("Open files      enough for \(try Server.connectionLimit()) connections")
        let missing = [LateLibrary.curl, .pango, .qpdf].filter { !$0.load() }.map(\.file)
        print("Libraries       \(missing.isEmpty ? "all there" : "MISSING: \(missing.joined(separator: ", "))")")
        let room = DiskRoom(of: config.dataFolder)
        let isShort = room?.isShort == true
        print("Disk            \(room?.words ?? "its room can't be told")")
        let unwritable = Self.unwritable(config.dataFolder)
        print("Writing         \(unwritable ?? "ok")")
        let house: Compose
        do {
            house = try await Compose(config, logger: Terminal.logger)
        } catch  where isShort {
            print("Database        can't be opened until there is room: the rest wasn't looked at")
            throw ExitCode(1)
        } catch let newer as NewerDatabase {
            print("Database        \(newer)")
            throw ExitCode(1)
        } catch let missing as MissingShredKeys {
            print("Shred keys      MISSING: \(missing)")
            print("                The rest wasn't looked at")
            throw ExitCode(1)
        } catch  where unwritable != nil {
            print("Database        can't be used until that can be written: the rest wasn't looked at")
            throw ExitCode(1)
        }
        let nodes = try await house.database.nodes(joining: false)
        let kind = house.database.dialect == .sqlite ? "SQLite, synchronous FULL" : "PostgreSQL"
        print("Database        \(kind)\(nodes > 1 ? ", from which \(nodes) servers serve: run one" : "")")
        let damages = try await Self.damages(house.database)
        let sound = house.database.dialect == .sqlite ? "ok" : "not looked at: PostgreSQL's own tools do that"
        print("Integrity       \(damages.isEmpty ? sound : "DAMAGED: restore a backup")")
        for damage in damages { print("                \(damage)") }
        let closed = try await house.database.read { [shredder = house.shredder] tx in
            try Compose.slots.closed(to: shredder, in: tx)
        }
        print(
            "Shred keys      \(closed == 0 ? "all there" : "destroyed or lost for \(closed) records, which stay closed")"
        )
        let lost = try await house.database.companions.first(EvidenceFolder.self)?.missing(house.database) ?? 0
        print("Files           \(lost == 0 ? "all there" : "MISSING: \(lost), see Backup in docs/operations.md")")
        print("Instance key    \(Self.key(house))")
        print("Recovery key    \(house.lockbox.hasRecovery ? "was printed" : "none: vecinos rekey --keep")")
        let backtrace = ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] ?? ""
        print(
            "Crash reports   \(backtrace.contains("enable=no") ? "off" : "on here: SWIFT_BACKTRACE=enable=no for the server")"
        )
        let (isSetUp, waiting, dead) = try await house.database.read { tx in
            (try Coalition.isSetUp(in: tx), try JobRow.waiting(in: tx), try JobRow.dead(limit: 1_000, in: tx).count)
        }
        print("Coalition       \(isSetUp ? "set up" : "not set up yet: vecinos setup")")
        print("Jobs            \(waiting) waiting, \(dead) given up\(dead > 0 ? " (see Settings)" : "")")
        guard !isShort, unwritable == nil, isSetUp, dead == 0, lost == 0, damages.isEmpty, missing.isEmpty,
            !house.hasForeignRoot
        else {
            throw ExitCode(1)
        }
    }

    /// The first of the files that the server writes to which this user can't, or which is another user's than the keys: who
    /// looks as root may write them all.
    private static func unwritable(_ folder: String) -> String? {
        var keys = stat()
        guard stat("\(folder)/keys/boot.key", &keys) == 0 else { return nil }
        for name in ["", "/keys", "/vecinos.db", "/vecinos.db-wal", "/vecinos.db-shm", "/shred.keys", "/files"] {
            let path = folder + name
            var about = stat()
            guard stat(path, &about) == 0 else { continue }
            guard access(path, W_OK) == 0 else {
                return "\(path) can't be written: \(String(cString: strerror(errno)))"
            }
            guard about.st_uid == keys.st_uid else {
                return "\(path) belongs to another user than keys/boot.key: give all to the server's (chown -R)"
            }
        }
        return nil
    }

    /// The database's own words about what is wrong with its file.
    private static func damages(_ database: Database) async throws -> [String] {
        do { return try await database.damages() } catch { return ["it can't be read through"] }
    }

    private static func key(_ house: Compose) -> String {
        if house.hasForeignRoot { return "that of ANOTHER instance, and not used: put back its own, or vecinos rekey" }
        if house.lockbox.hasPanicked { return "locked by panic: open /unlock, or vecinos unlock" }
        if house.keys.isLocked { return "absent: locked (attended: open /unlock)" }
        return "present (opens itself after a start)"
    }
}
