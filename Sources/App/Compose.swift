// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Glibc
import Inform
import Kit
import Logging
import Matching
import Messaging
import Mobilise
import People
import Response
import Synchronization
import Vault
import Web

/// Everything wired together once: the schema, who listens to what, what runs by itself.
struct Compose: Sendable {
    static let migrations: [Migration] =
        KitMigrations.all + VaultMigrations.all + PeopleMigrations.all + MessagingMigrations.all
        + MatchingMigrations.all
        + ResponseMigrations.all + InformMigrations.all + MobiliseMigrations.all

    static let slots = ShredSlots(of: Holdings.all)

    let config: Config
    let database: Database
    let shredder: Shredder
    let lockbox: Lockbox
    let keys: InstanceKeys
    /// The root key in its file is that of another instance: it is not used.
    let hasForeignRoot: Bool
    let gate: PasswordGate
    let places: Places
    let intake: Intake
    let pack: Pack
    let library: Library
    let worker: Worker
    let helpers = HelperIndex()
    /// Asked before anything is deleted for its age.
    let retentionClock: RetentionClock = {
        let started = ContinuousClock.now
        return RetentionClock { ContinuousClock.now - started }
    }()
    let logger: Logger
    private let isAlone = Known(true)

    /// `areKeysLost`: goes on where shred keys of records are missing, which then stay closed.
    init(
        _ config: Config,
        cover: Intake.Cover = .sealed,
        areKeysLost: Bool = false,
        logger: Logger
    ) async throws {
        self.config = config
        self.logger = logger
        // Files of the data folder are for nobody else on this machine.
        umask(0o077)
        try FileManager.default.createDirectory(
            atPath: config.dataFolder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // The database waits for all of it, so that a bad file leaves it as it was.
        (library, pack, places) = try await Self.content(config)
        LocalTime.setZone(pack.coalition.timeZone)
        lockbox = Self.lockbox(config)
        keys = try lockbox.load()
        gate = PasswordGate()
        database =
            if let url = config.postgres {
                try Database(postgres: url)
            } else {
                try Database(sqlite: "\(config.dataFolder)/vecinos.db")
            }
        try await Self.migrate(database)
        hasForeignRoot = try await !database.write { [keys] tx in
            try Telling.nameOld(in: tx)
            return try InstanceMark.fits(keys, in: tx)
        }
        if hasForeignRoot {
            keys.lock()
            logger.error("the root key is that of another instance: locked (doctor says more)")
        }
        try await Self.takeFacts(pack.facts, into: database, logger)
        shredder =
            if config.postgres == nil {
                try await Shredder(
                    file: "\(config.dataFolder)/shred.keys",
                    for: Self.slots,
                    in: database,
                    areLost: areKeysLost
                )
            } else {
                try await Shredder(table: database, for: Self.slots, areLost: areKeysLost)
            }
        database.companions.attach(shredder)
        database.companions.attach(Blur(keys))
        let evidence = try EvidenceFolder(path: "\(config.dataFolder)/files", clock: database.clock)
        database.companions.attach(evidence)
        database.companions.attach(LiveBoard())
        database.companions.attach(
            Acts(Acts.people + Acts.response, telling: Message.ofProposals, sharing: Contact.shared)
        )
        database.companions.attach(Keepings(Holdings.keepings))
        database.companions.attach(Self.voice(config, pack, library, places))
        try await Self.awaitSetUp(database, keyFolder: Self.keyFolder(config))
        intake = Intake(database: database, keys: keys, places: places, cover: cover)
        // What needs the instance's key waits until it is there again, however long that takes.
        worker = Worker(database: database, logger: logger) { error in
            (error as? VaultError) == .locked || (error as? Refusal) == .instanceLocked
                || (error as? ChannelFailure)?.isWorthWaiting == true
        }
        try await listen()
    }

    /// Brings the schema up to date. Throws `NewerDatabase` for one that a newer version wrote.
    static func migrate(_ database: Database) async throws {
        guard try await database.unknown(to: migrations).isEmpty else { throw NewerDatabase() }
        try await database.migrate(migrations)
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

    /// What stands in files, beside each other: a start has two cores.
    private static func content(_ config: Config) async throws -> (Library, Pack, Places) {
        let (content, kept) = (config.contentFolder, "\(config.dataFolder)/content.snapshot")
        func library() throws -> Library {
            let library = try Library(folder: "\(content)/strings")
            // Alerts say it, and its first reader need not wait.
            _ = library.words("es")
            return library
        }
        let snapshot = ContentSnapshot(path: kept)
        let (pack, places, words) = try await ContentSnapshot.$current.withValue(snapshot) {
            async let library = library()
            async let places = Places.load(folder: "\(content)/places")
            async let pack = Pack(folder: content)
            Intake.prepare()
            return try await (pack, places, library)
        }
        guard snapshot.keep() else { return (words, pack, places) }
        // Words that were just parsed are all in memory. Now the snapshot has them.
        let fresh = try ContentSnapshot.$current.withValue(ContentSnapshot(path: kept)) { try library() }
        return (fresh, pack, places)
    }

    static func lockbox(_ config: Config) -> Lockbox {
        Lockbox(folder: keyFolder(config), credential: config.rootKeyFile)
    }

    /// Alerts are in English and Spanish, whatever else the pages speak; what they advise is a fact that holds today.
    private static func voice(_ config: Config, _ pack: Pack, _ library: Library, _ places: Places) -> AlertVoice {
        AlertVoice(
            languages: ["en", "es"].map(library.words),
            hotline: pack.coalition.hotline.number,
            address: config.address,
            places: places
        ) { kind, t, tx in
            let facts =
                switch kind {
                case .home: ["door-closed", "silence"]
                case .arrest, .vehicles, .people, .checkpoint, .work, .other: ["silence"]
                }
            let today = LocalTime(tx.now).isoDay
            for id in facts {
                guard let fact = try FactBook.live(id, in: tx)?.fact, fact.standing(on: today) == .settled,
                    let words = fact.text[t.language.code], words.state != .outdated
                else { continue }
                return words.statement
            }
            return nil
        }
    }

    /// The pack's facts into the database, as far as nobody changed them there.
    private static func takeFacts(_ files: FactFiles, into database: Database, _ logger: Logger) async throws {
        if try await database.read({ tx in try FactBook.hasTaken(files, in: tx) }) { return }
        let outcome = try await database.write { tx in try FactBook.take(files, in: tx) }
        if !outcome.conflicts.isEmpty {
            logger.warning(
                "facts: changed in the files and in the browser: \(outcome.conflicts.joined(separator: ", "))"
            )
        }
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
        database.companions.attach(helpers)
        database.feed.subscribe { [helpers] events in helpers.follow(events) }
        ResponseJobs.register(with: worker, database: database, places: places, keys: keys, speed: config.speed)
        Exercise.register(with: worker, intake: intake) { [folder = config.contentFolder] file in
            try Scenario.load("\(folder)/\(file)")
        }
    }

    /// What runs by itself, and how often.
    var schedule: [Task] {
        [
            Task("sessions", every: .minutes(5)) { [database] in
                try await database.write { tx in
                    _ = try Session.sweep(in: tx)
                    _ = try Invitation.sweep(in: tx)
                }
            },
            Task("form receipts", every: .hours(1)) { [database] in
                try await database.write { tx in try FormReceipt.forget(before: tx.now - .days(1), in: tx) }
            },
            Task("decisions", every: .minutes(1)) { [database] in
                try await database.write { tx in
                    try Proposal.expire(in: tx)
                    try LegalHold.remind(in: tx)
                }
            },
            Task("retention", every: .minutes(1)) { [database, config, retentionClock] in
                try await database.write { tx in
                    guard try retentionClock.look(in: tx) == .trusted, retentionClock.isDue(.minutes(10)) else {
                        return
                    }
                    _ = try Retention.purge(timings: Timings.load(speed: config.speed, in: tx), in: tx)
                    try Retention.purgeRecords(in: tx)
                    try Audit.purge(in: tx)
                    _ = try Message.forget(in: tx)
                    _ = try Availability.forget(in: tx)
                }
            },
            Task("checkpoints", every: .minutes(1)) { [database, keys] in
                guard let unlocked = keys.unlocked else { return }
                try await database.write { tx in _ = try Log.sign(with: unlocked, in: tx) }
            },
            Task("shredding", every: .seconds(10)) { [database, shredder] in
                _ = try await ShredDue.settle(with: shredder, in: database)
            },
            // Also what people erased themselves: what was deleted stands in the write-ahead log until this.
            Task("deleted rows", every: .minutes(1)) { [database] in try await database.emptyLog() },
            Task("shred keys", every: .milliseconds(500)) { [database, shredder] in
                try await shredder.replenish(in: database)
            },
            Task("index of helpers", every: .minutes(1)) { [helpers] in
                if helpers.needsRebuild { helpers.rebuild() }
            },
            // Dispatches are writes, and leave what they read again to this.
            Task("changes of helpers", every: .milliseconds(500)) { [database, helpers] in
                if helpers.isBehind { try await database.read { tx in try helpers.refresh(in: tx) } }
            },
            Task("inquiries", every: .minutes(1)) { [database] in
                try await database.write { tx in try Inquiry.sweep(in: tx) }
            },
            Task("flood", every: .seconds(5)) { [database] in
                try await Flood.look(in: database)
            },
            Task("training notices", every: .minutes(1)) { [database, keys, library, pack] in
                let wording = TrainingWords(courses: pack.courses, library: library).wording
                try await database.write { tx in try TrainingNotice.send(saying: wording, keys: keys, in: tx) }
            },
            Task("certificates that end", every: .hours(1)) { [database] in
                try await database.write { tx in try CertificateEnd.tell(in: tx) }
            },
            Task("read messages", every: .minutes(5)) { [database] in
                _ = try await database.write { tx in try Mailbox.sweep(in: tx) }
            },
            Task("texts that stopped half way", every: .minutes(1)) { [database] in
                try await database.write { tx in
                    try Conversation.sweep(in: tx)
                    try PictureReporting.sweep(in: tx)
                }
            },
            Task("files without a row", every: .minutes(20)) { [database] in
                _ = try await database.companions.first(EvidenceFolder.self)?.sweep(database)
            },
            Task("write-ahead log", every: .seconds(10)) { [database] in await database.rest() },
            Task("other nodes", every: .milliseconds(500)) { [database] in try await database.pollFeed() },
            Task("number of nodes", every: .seconds(30)) { [database, logger, isAlone] in
                let alone = try await database.nodes(joining: true) <= 1
                guard isAlone.change(to: alone) else { return }
                if alone {
                    logger.notice("nodes: this one is alone again")
                } else {
                    logger.warning("nodes: another vecinos serves from this PostgreSQL. Run one: two split one event")
                }
            },
        ]
    }

    func site(drills: DrillDesk, statics: StaticFiles) async throws -> Site {
        let speed = config.speed
        let (timings, channels) = try await database.read { tx in
            (try Timings.load(speed: speed, in: tx), try Provider.open(in: tx))
        }
        let site = Site(
            config: config,
            database: database,
            keys: keys,
            lockbox: lockbox,
            gate: gate,
            library: library,
            places: places,
            intake: intake,
            timings: timings,
            channels: channels,
            pack: pack,
            statics: statics,
            drills: drills,
            logger: logger
        )
        site.register(with: worker)
        return site
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
            var isFailing = false
            while !_Concurrency.Task.isCancelled {
                do {
                    try await perform()
                    if isFailing { logger.notice("schedule: \(name) works again") }
                    isFailing = false
                } catch  where !_Concurrency.Task.isCancelled {
                    // Said once: some come twice a second.
                    if !isFailing { logger.warning("schedule: \(name) did not finish: \(Self.reason(error))") }
                    isFailing = true
                } catch {}
                try? await _Concurrency.Task.sleep(for: interval)
            }
        }

        /// Of other errors only the kind: their words may hold what somebody wrote.
        private static func reason(_ error: any Error) -> String {
            switch error {
            case let refusal as Refusal: Words(language: .english)(refusal.message)
            case let problem as KeyFile.Problem: "\(problem)"
            case let error as VaultError: "\(error)"
            default: "\(type(of: error))"
            }
        }
    }
}

/// What was known last.
private final class Known: Sendable {
    private let value: Mutex<Bool>

    init(_ value: Bool) { self.value = Mutex(value) }

    /// Whether it was otherwise before.
    func change(to new: Bool) -> Bool {
        value.withLock { value in
            defer { value = new }
            return value != new
        }
    }
}

/// A newer version changed the schema already: this one doesn't know what it would write there.
struct NewerDatabase: Error, CustomStringConvertible {
    let description = """
        The database was made by a newer version of Vecinos, and this one can't use it. Nothing was changed. Run the newer \
        version, or restore a backup from before the update.
        """
}
