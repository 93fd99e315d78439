// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization
import Vault

/// Takes reports: sealed before the database sees them, stored once however often they are sent, and put into the
/// incident they belong to, in one transaction. Works with nobody signed in.
package final class Intake: Sendable {
    package let database: Database
    package let keys: InstanceKeys
    package let places: Places
    /// What grouping looks at, in memory only.
    package var recent: RecentIncidents { memory.recent }
    let memory: WitnessMemory
    private let key = Mutex<TeamKey?>(nil)
    let warmth = Mutex(Warmth())
    private let moment = SealingMoment()
    private let sketchKey = SketchKey.random()
    private let grouping: Mutex<GroupingSettings>
    private let cover: Cover

    /// How the words of a report are kept. `.bare` is there for `vecinos bench` alone, which asks what sealing costs on
    /// reports that nobody wrote: no other command can name it (docs/decisions/0031).
    package enum Cover: Sendable { case sealed, bare }

    /// `within`: how far apart in time two reports of one event may be.
    package init(
        database: Database,
        keys: InstanceKeys,
        places: Places,
        within: Duration = .minutes(90),
        cover: Cover = .sealed
    ) {
        self.cover = cover
        self.database = database
        self.keys = keys
        self.places = places
        var settings = GroupingSettings.standard
        settings.window = within.inSeconds / 60
        grouping = Mutex(settings)
        memory = WitnessMemory(
            RecentIncidents(grid: places.grid, settings: settings),
            rehearsals: RecentIncidents(grid: places.grid, settings: settings)
        )
        database.companions.attach(memory)
    }

    /// Makes what all of them read words with, a few milliseconds' work, where a start has the time.
    package static func prepare() { _ = LexiconForms.standard }

    var settings: GroupingSettings { grouping.withLock { $0 } }

    /// From now on, how far apart in time two reports of one event may be; what is in memory stays.
    package func setWindow(_ within: Duration) {
        let minutes = within.inSeconds / 60
        grouping.withLock { $0.window = minutes }
        everyIndex { $0.setWindow(minutes: minutes) }
    }

    /// What a reporter gets: the code to come back with.
    package struct Receipt: Sendable {
        package let code: ReporterCode
        package let report: Ref<Report>
        package let zone: String?
        /// This very sending was taken before; nothing new was stored.
        package let alreadyKnown: Bool
        /// Known by its form, but the words were changed since: what is new has to be added with the code.
        package let isChanged: Bool
    }

    /// Durable when it returns. Throws `Refusal`: `.invalid` with a sentence for each field, `.conflict` for a key that
    /// came with another body, `.unavailable` when nothing can be stored now.
    package func take(_ filing: ReportFiling, submission: Submission) async throws -> Receipt {
        let checked = try filing.checked(at: database.clock.now(), in: places)
        let identity = try submission.identity(content: filing.digest, keys: keys)
        return try await file(checked, identity, reply: identity.code, joining: nil)
    }

    /// What became of a report on the fast lane.
    package enum Outcome: Sendable {
        case stored(Receipt)
        /// The ordinary way is to be gone from its beginning; it then says what was wrong.
        case notStored
        /// It may be stored: under another identity it must not be taken a second time.
        case inDoubt
    }

    /// The same for the fast lane, which has no task that could wait: `done` is called on a thread of the writer's when the disk
    /// has the report, or not. False, for what must wait or has files: as `.notStored`. Throws what is wrong with the filing.
    /// `isOverflow` is asked once the filing is known to be taken.
    package func take(
        _ filing: ReportFiling,
        submission: Submission,
        isOverflow: () -> Bool,
        then done: @escaping @Sendable (Outcome) -> Void
    ) throws -> Bool {
        guard filing.files.isEmpty, let team = key.withLock({ $0 }) else { return false }
        var checked = try filing.checked(at: database.clock.now(), in: places)
        let identity = try submission.identity(content: filing.digest, keys: keys)
        guard let shred = try shredKeysAtHand() else { return false }
        checked.filing.isOverflow = isOverflow()
        let filed = try filed(checked, identity, reply: identity.code, joining: nil, team, shred)
        database.write(lane: filed.lane, { tx in try filed.store(in: tx) }) { [weak self] outcome in
            switch outcome {
            case .success(let receipt): done(.stored(receipt))
            case .failure(let error):
                filed.forget()
                if error is Filed.StaleKey { self?.key.withLock { $0 = nil } }
                done(error as? Refusal == .inDoubt ? .inDoubt : .notStored)
            }
        }
        return true
    }

    /// Adds to a report that was made before: a new one, linked to the same incident. Throws `.notFound` for a code we
    /// don't know or no longer keep.
    package func add(
        _ filing: ReportFiling,
        to code: ReporterCode,
        submission: Submission
    ) async throws -> Receipt {
        let first = try await database.read { tx in try Report.find(code, in: tx) }
        guard let first else { throw Refusal.unknownCode }
        var filing = filing
        filing.isExercise = first.isExercise
        let checked = try filing.checked(at: database.clock.now(), in: places, addingTo: first.kind)
        let identity = try submission.identity(content: filing.digest + code.lookup, keys: keys)
        return try await file(checked, identity, reply: code, joining: first.id)
    }

    /// Keeps the memory of what belongs together in step with what people did and set; subscribed to the change feed.
    package func follow(_ events: [Event]) {
        for event in events {
            switch event.kind {
            case "incident.merged":
                guard let from = event.data["from"] else { continue }
                everyIndex { $0.merge(from, into: event.subject) }
            case "incident.split":
                guard let into = event.data["into"], let reports = event.data["reports"] else { continue }
                let moved = Set(reports.split(separator: ",").map(String.init))
                everyIndex { $0.split(moved, from: event.subject, into: into) }
            case "report.spam":
                guard let report = event.data["report"] else { continue }
                memory.setAside(report)
            case "incident.linked":
                guard let report = event.data["report"] else { continue }
                memory.add(report, to: event.subject)
            case "incident.unlinked":
                guard let report = event.data["report"] else { continue }
                everyIndex { $0.remove(report, from: event.subject) }
            case "report.triaged":
                guard let report = event.data["report"] else { continue }
                memory.putBack(report, to: event.subject)
            case "settings.changed" where event.subject == Timings.Setting.groupWithin:
                guard let seconds = event.data["seconds"].flatMap(Int.init) else { continue }
                setWindow(.seconds(seconds))
            default: continue
            }
        }
    }

    /// An exercise begins: what was rehearsed before does not count.
    package func forgetRehearsal() {
        memory.forgetRehearsal(RecentIncidents(grid: places.grid, settings: settings))
    }

    func index(isExercise: Bool) -> RecentIncidents { memory.index(isExercise: isExercise) }

    /// What grouping needs to know of a report, and what others can agree with.
    func look(
        _ id: Ref<Report>,
        _ content: ReportWords,
        _ located: Located,
        kind: ReportKind,
        source: String?,
        picture: UInt64?,
        hasPicture: Bool,
        isAddition: Bool,
        language: String,
        isRemembered: Bool = false
    ) -> (traits: ReportTraits, account: Account) {
        // What a place is called says where, and nothing of what: two things in one neighborhood are not alike by its name.
        let isPlaced = located.point != nil || located.crossing != nil
        let place = isPlaced ? [] : [content.whereabouts.text, content.salute.location]
        let said = [content.words, content.salute.activity] + place
        var traits = ReportTraits(
            id: id.text,
            at: content.seenAt,
            point: located.point,
            uncertainty: located.uncertainty,
            crossing: located.crossing,
            spot: located.spot(
                content.whereabouts,
                at: content.salute.location,
                orIn: content.words,
                in: places
            ),
            kind: kind == .other ? "" : kind.rawValue,
            words: WordSketch(
                said.compactMap(\.self).joined(separator: " "),
                leaving: isPlaced ? located.names(content.whereabouts, at: content.salute.location, in: places) : "",
                key: sketchKey
            ),
            picture: picture,
            source: source,
            isRemembered: isRemembered
        )
        let reading = AccountReading(content.words, content.salute)
        let account = Account(
            traits,
            reading,
            hasPicture: hasPicture,
            isAddition: isAddition,
            isRead: AccountReading.languages.contains(language),
            settings
        )
        // They may tell of the same thing as others, and are no second witness of it.
        traits.isBystander = !account.isSighting
        traits.asks = account.asks
        return (traits, account)
    }

    func everyIndex(_ body: (RecentIncidents) -> Void) {
        body(recent)
        body(index(isExercise: true))
    }

    /// The team's public key, kept between reports; `Filed.store` makes sure that it is still the current one.
    private func teamKey() async throws -> TeamKey {
        if let kept = key.withLock({ $0 }) { return kept }
        let read = try await database.read { tx in try Team.current(purpose: Report.team, in: tx) }
        key.withLock { $0 = read }
        return read
    }

    private func file(
        _ checked: ReportFiling.Checked,
        _ identity: Submission.Identity,
        reply: ReporterCode,
        joining: Ref<Report>?
    ) async throws -> Receipt {
        let shred = cover == .sealed ? try await database.shredKeys(1 + checked.files.count) : []
        let filed = try filed(checked, identity, reply: reply, joining: joining, try await teamKey(), shred)
        do {
            return try await store(filed)
        } catch is Filed.StaleKey {
            // Somebody left the team since the key was read: nothing more is sealed to what they hold.
            key.withLock { $0 = nil }
            return try await file(checked, identity, reply: reply, joining: joining)
        } catch DatabaseFailure.unique {
            // The same sending reached two nodes in the same moment: the other one has it now.
            return try await store(filed)
        }
    }

    /// Sealed: from here on no plain word exists.
    private func filed(
        _ checked: ReportFiling.Checked,
        _ identity: Submission.Identity,
        reply: ReporterCode,
        joining: Ref<Report>?,
        _ team: TeamKey,
        _ shred: [ShredKey]
    ) throws -> Filed {
        let id = Ref<Report>.new(at: database.clock.now())
        let look = look(
            id,
            checked.content,
            checked.located,
            kind: checked.kind,
            source: joining?.text ?? checked.filing.source,
            picture: checked.files.first?.fingerprint,
            hasPicture: checked.files.contains { $0.isPicture },
            isAddition: joining != nil,
            language: checked.filing.language
        )
        return Filed(
            id: id,
            identity: identity,
            reply: reply,
            checked: checked,
            team: team,
            sealed: try covered(checked.content, id, team, shred.first),
            files: try zip(checked.files, shred.dropFirst()).map { file, key in
                try EvidenceFile.Prepared(file, to: team, shred: key)
            },
            traits: look.traits,
            account: look.account,
            index: index(isExercise: checked.filing.isExercise),
            accounts: memory.accounts,
            mailbox: joining == nil && checked.filing.channel != .staff && cover == .sealed
                ? try Mailbox.Made(for: identity.names, report: id) : nil,
            joining: joining
        )
    }

    /// Nil when there is none at hand, and it would have to wait for the disk.
    private func shredKeysAtHand() throws -> [ShredKey]? {
        switch cover {
        case .sealed: try database.shredKeyAtHand().map { [$0] }
        case .bare: []
        }
    }

    private func covered(
        _ content: ReportWords,
        _ id: Ref<Report>,
        _ team: TeamKey,
        _ shred: ShredKey?
    ) throws -> Sealed<ReportWords> {
        switch cover {
        case .sealed:
            guard let shred else { throw VaultError.busy }
            return try Sealed.seal(
                json: content.json,
                kind: ReportWords.kind,
                record: id.text,
                under: try moment.key(for: team),
                shred: shred
            )
        case .bare: return Sealed(blob: content.json)
        }
    }

    private func store(_ filed: Filed) async throws -> Receipt {
        do {
            return try await filed.files.stored { [database] in
                let receipt = try await database.write(lane: filed.lane) { tx in try filed.store(in: tx) }
                return (receipt, isNew: !receipt.alreadyKnown)
            }
        } catch {
            filed.forget()
            throw error
        }
    }
}

extension Refusal {
    package static var unknownCode: Refusal {
        Refusal(
            .notFound,
            "response.unknown_code|We don't have a report with this code. Old reports are deleted after some days."
        )
    }
}
