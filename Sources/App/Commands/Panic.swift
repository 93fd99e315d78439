// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Glibc
import Kit
import Logging
import People
import Vault

struct Panic: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "panic",
        abstract: "Lock the instance now: everybody out, the root key out of memory. Reports are still taken."
    )

    private static let patience = Duration.seconds(5)

    @OptionGroup var place: Place

    func run() async throws {
        let lockbox = try Terminal.lockbox(place)
        let isServed = lockbox.isServed
        let began = ContinuousClock.now
        try lockbox.markPanic()
        guard isServed else {
            print("Locked. No server was running; the next start stays locked until somebody unlocks it.")
            return
        }
        while !lockbox.isPanicAcknowledged {
            guard ContinuousClock.now - began < Self.patience else {
                print("The next start stays locked, but the server that runs did not answer. End it: kill -9")
                throw ExitCode(1)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        print("Locked after \((ContinuousClock.now - began).inMilliseconds) ms. Open it again at /unlock.")
    }
}

struct Unlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "After a panic: let the instance open itself again with the key in its file."
    )

    @OptionGroup var place: Place

    func run() async throws {
        let lockbox = try Terminal.lockbox(place)
        guard try lockbox.readRoot() != nil else {
            throw ValidationError("This instance has no key in a file. Open it in a browser, at /unlock.")
        }
        guard lockbox.hasPanicked else {
            print("Nothing to do: there was no panic.")
            return
        }
        try lockbox.forgivePanic()
        print(lockbox.isServed ? "The server opens within a second." : "The next start opens itself.")
    }
}

struct Rekey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rekey",
        abstract: "Make a new instance root key where the old one is lost; or, with --keep, a new recovery key.",
        discussion: """
            A new root key opens nothing that stood under the old one: telephone numbers, e-mail addresses and second \
            factors are lost. Reports, cases and messages are sealed to teams: nothing of them is lost. Members sign in \
            with their passphrase and set up a second factor again. The server must be stopped.
            """
    )

    @OptionGroup var place: Place

    @Flag(name: .long, help: "Keep the root key; make a new recovery key, and passphrase, and choose how it starts.")
    var keep = false

    @Flag(help: "How the instance starts from now on.")
    var start: InstanceStart?

    @Flag(name: .long, help: "Make a passphrase and print it once, instead of asking for one.")
    var generate = false

    @Flag(name: .long, help: "Don't ask whether what stood under the old key may be lost.")
    var yes = false

    func run() async throws {
        let lockbox = try Terminal.lockbox(place)
        guard let held = try lockbox.hold(alone: true) else {
            throw ValidationError("Stop the server first. Nothing was changed.")
        }
        defer { close(held) }
        let house = try await Compose(Terminal.config(place), logger: Terminal.logger)
        let opening = try InstanceOpening.ask(
            start ?? (keep && !lockbox.startsUnattended ? .attended : nil),
            generate: generate
        )
        if keep {
            try await opening.settle(Self.present(house), of: lockbox, gate: house.gate, keys: house.keys)
            return
        }
        if !yes {
            print("Telephone numbers, e-mail addresses and second factors under the old key will be lost for ever.")
            guard try Terminal.ask("Type LOSE to go on:") == "LOSE" else {
                throw ValidationError("Nothing was changed.")
            }
        }
        let root = Secret.random()
        if opening.start == .unattended { try lockbox.keepRootFile(root) }
        try await opening.settle(root, of: lockbox, gate: house.gate, keys: house.keys)
        let members = try await house.database.write { tx in try Lockdown.rekeyed(in: tx) }
        try lockbox.forgivePanic()
        print("Lost: telephone numbers and e-mail addresses under the old key, and \(members) second factors.")
        print(
            "Kept: all reports, and everything sealed to teams. Members set up a second factor at their next sign-in."
        )
    }

    /// From its file, or from who can open it.
    private static func present(_ house: Compose) async throws -> Secret {
        if let root = try house.lockbox.readRoot() { return root }
        let typed = try Terminal.ask("Passphrase or recovery key of the instance:", hidden: true)
        let opened = try await house.lockbox.open(
            Passphrase(typed).secret,
            code: try? RecoveryCode(typed: typed),
            gate: house.gate,
            keys: house.keys
        )
        guard let opened else { throw ValidationError("That did not open it. Nothing was changed.") }
        return opened
    }
}

extension Terminal {
    /// The key folder of an instance that is there.
    static func lockbox(_ place: Place) throws -> Lockbox { Compose.lockbox(try instance(place)) }

    /// For who only looks: a folder that was mistyped doesn't become another instance.
    static func instance(_ place: Place) throws -> Config {
        let config = try config(place)
        try requireInstance(config)
        return config
    }

    static func requireInstance(_ config: Config) throws {
        let key = "\(config.dataFolder)/keys/boot.key"
        guard access(key, R_OK) != 0 else { return }
        throw ValidationError(
            errno == EACCES
                ? "\(key) can't be read by this user: run it as the user of the server."
                : "\(config.dataFolder) holds no instance."
        )
    }

    /// The database alone, for who needs no keys: that on PostgreSQL is reached from any folder.
    static func database(_ config: Config, readers: Int = 4) throws -> Database {
        if let url = config.postgres { return try Database(postgres: url, readers: readers) }
        try requireInstance(config)
        return try Database(sqlite: "\(config.dataFolder)/vecinos.db")
    }
}
