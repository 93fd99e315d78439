// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import FoundationEssentials
import Glibc
import Hummingbird
import Inform
import Kit
import Logging
import Messaging
import Response
import ServiceLifecycle
import UnixSignals
import Vault
import Web

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        // Parsed by itself (`Vecinos.parsed`), it is not looked at for completions of a shell then: half of the parser's time.
        _superCommandName: "vecinos",
        abstract: "Serve the coalition's pages on this machine."
    )

    @OptionGroup var place: Place

    @Option(name: .long, help: "The port on this machine.")
    var port = 8080

    @Option(
        name: .long,
        help: "The address to listen on. A proxy with TLS belongs in front of any other than this machine."
    )
    var host = "127.0.0.1"

    @Flag(name: .long, help: "Fill the data folder with an invented coalition and play a scenario.")
    var demo = false

    @Option(name: .long, help: "How many times quicker than life the demonstration plays. (default: 20)")
    var speed: Double?

    @Flag(
        name: .long,
        help: "Go on where shred keys are lost for good: the records sealed with them stay closed for ever."
    )
    var keysLost = false

    func validate() throws {
        if speed != nil, !demo { throw ValidationError("--speed: only a demonstration is quicker than life (--demo)") }
        guard (1...65_535).contains(port) else { throw ValidationError("--port: choose from 1 to 65535") }
    }

    func run() async throws { try await run(cover: .sealed) }

    /// `cover`: anything but `.sealed` is for `vecinos bench serve` alone.
    func run(cover: Intake.Cover) async throws {
        let logger = Terminal.logger
        let started = ContinuousClock.now
        var config = try Terminal.config(place)
        (config.port, config.host, config.speed) = (port, host, demo ? try Terminal.speed(speed ?? 20) : 1)
        config.isDemonstration = demo
        if !demo, Cast.isDemonstration(config) {
            config.isDemonstration = true
            print(
                "Warning: \(config.dataFolder) holds a demonstration, whose keys stand beside it. Nothing real belongs there."
            )
        }
        if !config.limitsRates { print("Warning: rate limits are off (VECINOS_RATE_LIMITS).") }
        Server.forbidCoreDumps()
        // On SQLite one process serves: what groups reports, and what tells a board of a change, is each process's own memory.
        let folder = config.dataFolder
        let room = StartWait.room(in: folder)
        let held = try await StartWait.until(logger, [room]) { [config] in
            try Terminal.hold(config, alone: config.postgres == nil)
        }
        defer { close(held) }
        if demo { try await Cast.beginAnew(config) }
        // Beside the content: a start has two cores.
        let pages = config.staticFolder
        async let statics = StaticFiles(folder: pages)
        let house = try await StartWait.until(logger, [StartWait.postgres(config.postgres), room]) { [config] in
            try await Compose(config, cover: cover, areKeysLost: keysLost, logger: logger)
        }
        let cast = demo ? try await Cast.fill(house) : nil
        let theatre = Theatre(house, cast: cast)
        let site = try await house.site(drills: theatre.desk, statics: try await statics)
        let address = "http://\(host == "127.0.0.1" ? "localhost" : host):\(port)"
        let application = try Server.application(site: site) {
            print("Vecinos is ready on \(address) (\((ContinuousClock.now - started).inMilliseconds) ms)")
            if house.keys.isLocked {
                print("Locked: reports are taken, nobody can sign in. Open it at \(address)/unlock")
            }
            cast?.announce(address)
            Terminal.flush()
        }
        let background = Background {
            await WriteLane.$current.withValue(.ours) {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await house.worker.run() }
                    group.addTask { await site.board.run(site) }
                    group.addTask { await site.liveNow.run(site) }
                    group.addTask { await site.feeds.run(site) }
                    group.addTask { await site.post.run() }
                    group.addTask { await site.rights.watch() }
                    group.addTask { await site.prints.watch(site.database) }
                    group.addTask { await site.keepCopies() }
                    group.addTask { await site.lock.watch() }
                    group.addTask { await DiskRoom.watch(folder, logger) }
                    for task in house.schedule { group.addTask { await task.run(logger) } }
                    if demo { group.addTask { await theatre.playOn() } }
                }
            }
        }
        // Stopped from the last to the first: the streams end with what runs in the background, and only then has the
        // server no answer left to wait for.
        do {
            try await ServiceGroup(
                services: [application, background],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            ).run()
        } catch {
            guard let why = Server.whyNoPort(error) else { throw error }
            throw ValidationError("\(host), port \(port): \(why). Choose another: --port, --host")
        }
    }
}

/// What runs beside the server until it stops.
private struct Background: Service {
    let work: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
    }
}
