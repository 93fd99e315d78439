// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import Logging
import Matching
import Messaging
import People
import Response
import Synchronization
import Vault

/// Everything a handler may need, made once in `App/Compose.swift`.
package struct Site: Sendable {
    package let config: Config
    package let database: Database
    package let keys: InstanceKeys
    package let lock: LockDesk
    package let gate: PasswordGate
    package let library: Library
    package let places: Places
    package let intake: Intake
    private let timing: TimingsDesk
    package let pack: Pack
    package let statics: StaticFiles
    let sheet: StyleSheet
    package let board: BoardHub
    package let status: StatusCache
    package let feeds: FeedDesk
    package let liveNow: NowHub
    package let rights: RightsShelf
    package let pages = PageCache()
    let alerting: AlertingDesk
    package let prints = PrintDesk()
    package let drills: DrillDesk
    package let throttle: Throttle
    package let room = WaitingRoom()
    package let receipts = Receipts()
    package let decisions: DecisionDesk
    package let doorkeeper: Doorkeeper
    /// What goes out to telephones, mail boxes and browsers, and the texts that come in.
    package let post: Post
    package let logger: Logger

    package init(
        config: Config,
        database: Database,
        keys: InstanceKeys,
        lockbox: Lockbox,
        gate: PasswordGate,
        library: Library,
        places: Places,
        intake: Intake,
        timings: Timings,
        channels: Set<ChannelKind> = [],
        pack: Pack,
        statics: StaticFiles,
        drills: DrillDesk,
        outside: Outside? = nil,
        logger: Logger
    ) {
        self.config = config
        self.database = database
        self.keys = keys
        self.gate = gate
        self.library = library
        self.places = places
        self.intake = intake
        timing = TimingsDesk(timings, speed: config.speed, database: database)
        self.pack = pack
        self.statics = statics
        sheet = statics.sheet
        self.drills = drills
        self.logger = logger
        post = Post(
            database: database,
            keys: keys,
            outside: outside
                ?? .real(mail: .init(authorities: config.mailAuthorities, demandsTLS: config.demandsMailTLS)),
            words: library,
            address: config.address,
            paths: Message.paths,
            details: Message.details(places)
        )
        board = BoardHub(database: database)
        decisions = DecisionDesk(database: database)
        alerting = AlertingDesk(channels, pages: pages, database: database)
        lock = LockDesk(
            keys: keys,
            lockbox: lockbox,
            gate: gate,
            database: database,
            board: board,
            logger: logger
        )
        status = StatusCache(database: database, exercises: config.isDemonstration)
        liveNow = NowHub(database: database)
        feeds = FeedDesk(database: database, exercises: config.isDemonstration)
        rights = RightsShelf(
            files: pack.facts,
            guides: pack.guides,
            database: database,
            sounds: config.soundFolder.map { RightsShelf.Sounds(folder: $0, library: library) }
        )
        throttle = Throttle(clock: database.clock, isOn: config.limitsRates)
        doorkeeper = Doorkeeper(isOn: config.limitsRates)
    }

    package var now: Instant { database.clock.now() }

    /// The procedure's clock as the settings have it now.
    package var timings: Timings { timing.current }

    /// What `/privacy` says changes with the settings too.
    var privacyVersion: Int64 {
        let kept = [timings.keepUnfounded, timings.keepUnverified, timings.keepConfirmed]
        return kept.reduce(packVersion) { $0 &* 31 &+ $1.inMilliseconds }
    }

    /// The policy of public pages. A browser follows a form's answer only where forms may go: the quick exit needs its own.
    var publicPolicy: String {
        SecurityHeaders.Policy.publicPage.contentSecurityPolicy
            .replacing("form-action 'self'", with: "form-action 'self' \(pack.exitOrigin)")
    }

    /// The name of a place for people, in their language; never finer than a neighborhood.
    func placeName(_ id: String?, _ t: Words) -> String {
        guard let id, let place = places.place(id) else { return t("place.unknown|Place not known yet") }
        return place.name(in: t.language.code)
    }
}

/// The timings, read again whenever somebody changes a setting.
private final class TimingsDesk: Sendable {
    private let kept: Mutex<Timings>

    init(_ timings: Timings, speed: Double, database: Database) {
        kept = Mutex(timings)
        database.feed.subscribe { [weak self] events in
            guard events.contains(where: { $0.kind == "settings.changed" }) else { return }
            Task {
                guard let fresh = try? await database.read({ tx in try Timings.load(speed: speed, in: tx) }) else {
                    return
                }
                self?.kept.withLock { $0 = fresh }
            }
        }
    }

    var current: Timings { kept.withLock { $0 } }
}
