// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Glibc
import Kit
import Logging
import Matching
import Messaging
import Mobilise
import People
import Response
import Vault
import Web

/// Everything wired together once: the schema, who listens to what, what runs by itself.
struct Compose: Sendable {
    static let migrations: [Migration] =
        KitMigrations.all + PeopleMigrations.all + MessagingMigrations.all + MatchingMigrations.all
        + ResponseMigrations.all + MobiliseMigrations.all

    let config: Config
    let database: Database
    let keys: InstanceKeys
    let gate: PasswordGate
    let places: Places
    let intake: Intake
    let pack: Pack
    let worker: Worker
    let logger: Logger

    init(_ config: Config, logger: Logger) async throws {
        self.config = config
        self.logger = logger
        // Files of the data folder are for nobody else on this machine.
        umask(0o077)
        try FileManager.default.createDirectory(
            atPath: config.dataFolder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        pack = try Pack(folder: config.contentFolder)
        LocalTime.setZone(pack.coalition.timeZone)
        places = try Places.load(folder: URL(filePath: "\(config.contentFolder)/places"))
        keys = try InstanceKeys.load(folder: Self.keyFolder(config))
        gate = PasswordGate()
        database =
            if let url = config.postgres {
                try Database(postgres: url)
            } else {
                try Database(sqlite: "\(config.dataFolder)/vecinos.db")
            }
        try await database.migrate(Self.migrations)
        try await Self.awaitSetUp(database, keyFolder: Self.keyFolder(config))
        intake = Intake(database: database, keys: keys, places: places)
        worker = Worker(database: database, logger: logger)
        try await listen()
    }

    /// Makes the coalition, handing over what came in before; then the founding key is destroyed.
    func setUp(name: String, shortName: String, coordinator: Enrolment, handle: String) async throws
        -> Coalition.Founded
    {
        let folder = Self.keyFolder(config)
        let founding = try InstanceKeys.existingFounding(folder: folder)
        let founded = try await database.write { tx in
            try Coalition.setUp(
                name: name,
                shortName: shortName,
                coordinator: coordinator,
                handle: handle,
                founding: founding,
                in: tx
            )
        }
        try InstanceKeys.destroyFounding(folder: folder)
        return founded
    }

    private static func keyFolder(_ config: Config) -> String { "\(config.dataFolder)/keys" }

    private static func awaitSetUp(_ database: Database, keyFolder: String) async throws {
        guard try await database.read({ tx in try !Coalition.isSetUp(in: tx) }) else { return }
        let keys = try InstanceKeys.founding(folder: keyFolder)
        try await database.write { tx in try Coalition.awaitSetUp(keys: keys, in: tx) }
    }

    /// Who hears of what was committed, and which verb each waiting job is.
    private func listen() async throws {
        let newest = try await database.read { tx in try Event.newest(in: tx) }
        database.feed.begin(after: newest)
        let speed = config.speed
        intake.setWindow(try await database.read { tx in try Timings.load(speed: speed, in: tx).groupWithin })
        database.feed.subscribe { [intake] events in intake.follow(events) }
        ResponseJobs.register(with: worker, database: database, places: places, speed: config.speed)
    }

    /// What runs by itself, and how often.
    var schedule: [Task] {
        [
            Task("sessions", every: .minutes(5)) { [database] in
                try await database.write { tx in _ = try Session.sweep(in: tx) }
            },
            Task("form receipts", every: .hours(1)) { [database] in
                try await database.write { tx in try FormReceipt.forget(before: tx.now - .days(1), in: tx) }
            },
            Task("messages and availabilities", every: .hours(6)) { [database] in
                try await database.write { tx in
                    _ = try Message.forget(in: tx)
                    _ = try Availability.forget(in: tx)
                }
            },
            Task("retention", every: .minutes(10)) { [database, config] in
                try await database.write { tx in
                    _ = try Retention.purge(timings: Timings.load(speed: config.speed, in: tx), in: tx)
                }
            },
            Task("other nodes", every: .milliseconds(500)) { [database] in try await database.pollFeed() },
        ]
    }

    func site(drills: DrillDesk) async throws -> Site {
        let speed = config.speed
        return Site(
            config: config,
            database: database,
            keys: keys,
            gate: gate,
            library: try Library(folder: "\(config.contentFolder)/strings"),
            places: places,
            intake: intake,
            timings: try await database.read { tx in try Timings.load(speed: speed, in: tx) },
            pack: pack,
            statics: try StaticFiles(folder: config.staticFolder),
            drills: drills,
            logger: logger
        )
    }

    /// One line of the schedule.
    struct Task: Sendable {
        let name: String
        let interval: Duration
        let perform: @Sendable () async throws -> Void

        init(_ name: String, every interval: Duration, _ perform: @escaping @Sendable () async throws -> Void) {
            (self.name, self.interval, self.perform) = (name, interval, perform)
        }

        func run(_ logger: Logger) async {
            while !_Concurrency.Task.isCancelled {
                do { try await perform() } catch { logger.warning("schedule: \(name) did not finish") }
                try? await _Concurrency.Task.sleep(for: interval)
            }
        }
    }
}
