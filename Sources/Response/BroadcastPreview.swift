// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// What sending would mean, before anybody sends: how many on each channel and in which language, what it costs, and how
/// long it takes at the provider's rate.
package struct BroadcastPreview: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        package let channel: ChannelKind
        /// How many read each language, the most first.
        package let languages: [Reader]
        /// Nobody carries this channel now: they would not be told.
        package let isClosed: Bool
        /// Millionths of a dollar.
        package let cost: Int
        /// Until the last one has it.
        package let takes: Duration

        package var count: Int { languages.reduce(0) { $0 + $1.count } }
    }

    package struct Reader: Sendable, Hashable {
        package let language: String
        package let count: Int
        /// Parts of the text message; 1 on every other channel.
        package let parts: Int
        /// They get English, since nothing is written in theirs.
        package let getsEnglish: Bool
    }

    package let lines: [Line]

    package var count: Int { lines.filter { !$0.isClosed }.reduce(0) { $0 + $1.count } }
    package var cost: Int { lines.reduce(0) { $0 + $1.cost } }
    /// Channels go side by side.
    package var takes: Duration { lines.map(\.takes).max() ?? .zero }

    /// A broadcast leaves a fifth of the provider's rate to what is more urgent: see `Post`.
    private static let share = 0.8

    /// Pure. `shorts`: the text of a text message, by language.
    package init(
        _ counts: [(channel: ChannelKind, language: String, count: Int)],
        shorts: [String: String],
        terms: [ChannelKind: (price: Int, rate: Double)]
    ) {
        let parts = shorts.mapValues { max(1, Segments($0).count) }
        lines = ChannelKind.allCases.sorted { $0.turn < $1.turn }.compactMap { channel in
            let readers = counts.filter { $0.channel == channel }.map { one in
                Reader(
                    language: one.language,
                    count: one.count,
                    parts: channel == .sms ? parts[one.language] ?? parts["en"] ?? 1 : 1,
                    getsEnglish: shorts[one.language] == nil
                )
            }
            guard !readers.isEmpty else { return nil }
            let pieces = readers.reduce(0) { $0 + $1.count * $1.parts }
            let term = terms[channel]
            return Line(
                channel: channel,
                languages: readers.sorted { ($1.count, $0.language) < ($0.count, $1.language) },
                isClosed: term == nil,
                cost: term.map { $0.price.multipliedReportingOverflow(by: pieces).partialValue } ?? 0,
                takes: term.map { .seconds(Double(pieces) / max($0.rate * Self.share, 0.01)) } ?? .zero
            )
        }
    }

    /// For what is being written now, or was told last.
    package static func load(_ broadcast: Broadcast, _ telling: Telling, in tx: Transaction) throws -> BroadcastPreview
    {
        let voice = try tx.voice()
        let words = try Telling.words(of: telling.id, in: tx)
        let texts = voice.texts(
            words,
            telling.act,
            of: telling.id,
            until: broadcast.expiresAt ?? tx.now + broadcast.lasts,
            isExercise: broadcast.isExercise
        )
        let counts =
            if telling.act == .alert {
                try Bulletin.preview(places: Set(voice.audience(broadcast.zone).keys), topic: broadcast.topic, in: tx)
            } else if let first = try Telling.first(of: broadcast.id, in: tx) {
                try Bulletin.readers(
                    of: first,
                    and: telling.act == .update ? Set(voice.audience(broadcast.zone).keys) : [],
                    topic: broadcast.topic,
                    in: tx
                )
            } else {
                [(channel: ChannelKind, language: String, count: Int)]()
            }
        return BroadcastPreview(counts, shorts: texts.mapValues(\.short), terms: try Provider.terms(in: tx))
    }
}

/// Everything that a broadcast's page shows.
package struct BroadcastDetail: Sendable {
    package let broadcast: Broadcast
    package let tellings: [Telling]
    package let words: [Ref<Telling>: [String: TellingWords]]
    package let phase: Broadcast.Phase
    /// Of what is being written, or waits.
    package let preview: BroadcastPreview?
    /// How far each bulletin got, and what became of our own.
    package let progress: [Int64: [Bulletin.Progress]]
    package let canaries: [Int64: [Bulletin.Canaries]]
    package let states: [Int64: Bulletin.State]
    /// Of what was told last there is time left, for those whom no provider took.
    package let hasTime: Bool
    package let handles: [Ref<Person>: String]
    package let proposal: ProposalDetail?
    package let usedThisHour: Int
    package let perHour: Int
    package let item: PublicStatus.Item?
    /// What would be said, as each channel sends it, by language: of what is being written, or waits.
    package let texts: [String: Bulletin.Text]

    package var inHand: Telling? { tellings.last { $0.state == .draft || $0.state == .waiting } }
    package var told: [Telling] { tellings.filter { $0.state == .told } }
    package var isLastWordStopped: Bool {
        Broadcast.isLastWordStopped(broadcast, told.last, told.last?.bulletin.flatMap { states[$0] })
    }

    package static func load(
        _ id: Ref<Broadcast>,
        by caller: Caller,
        _ t: Words,
        in tx: Transaction
    ) throws -> BroadcastDetail {
        let broadcast = try Broadcast.find(id, by: caller, in: tx)
        let tellings = try Telling.all(of: id, in: tx)
        let voice = try tx.voice()
        let words = try tellings.reduce(into: [:]) { all, one in all[one.id] = try Telling.words(of: one.id, in: tx) }
        let bulletins = tellings.compactMap(\.bulletin)
        let states = try bulletins.reduce(into: [:]) { all, number in
            all[number] = try Bulletin.seen(number, in: tx)
        }
        let inHand = tellings.last { $0.state == .draft || $0.state == .waiting }
        let newest = tellings.last { $0.bulletin != nil }?.bulletin
        let people = Set(tellings.flatMap { [$0.writtenBy, $0.approvedBy].compactMap(\.self) })
            .union(broadcast.allowedBy.map { [$0] } ?? [])
        return BroadcastDetail(
            broadcast: broadcast,
            tellings: tellings,
            words: words,
            phase: Broadcast.phase(broadcast.ending?.how, tellings, newest.flatMap { states[$0] }),
            preview: try inHand.map { try BroadcastPreview.load(broadcast, $0, in: tx) },
            progress: try bulletins.reduce(into: [:]) { $0[$1] = try Bulletin.progress($1, in: tx) },
            canaries: try bulletins.reduce(into: [:]) { $0[$1] = try Bulletin.canaries($1, in: tx) },
            states: states,
            hasTime: try newest.flatMap { try Bulletin.find($0, in: tx) }.map { $0.expiresAt > tx.now } ?? false,
            handles: try Person.handles(of: people.sorted { $0.text < $1.text }, in: tx),
            proposal: try inHand.flatMap { $0.state == .waiting ? $0.proposal : nil }.flatMap {
                try decision($0, by: caller, t, in: tx)
            },
            usedThisHour: try AreaLimit.used(around: broadcast.zone, in: tx),
            perHour: try AreaLimit.perHour(in: tx),
            item: try broadcast.incident.flatMap { try PublicStatus.item($0, in: tx) },
            texts: inHand.flatMap { one in
                words[one.id].map {
                    voice.texts(
                        $0,
                        one.act,
                        of: one.id,
                        until: broadcast.expiresAt ?? tx.now + broadcast.lasts,
                        isExercise: broadcast.isExercise
                    )
                }
            } ?? [:]
        )
    }
}

extension BroadcastDetail {
    /// Nil for who has nothing to do with it.
    private static func decision(
        _ id: Ref<Proposal>,
        by caller: Caller,
        _ t: Words,
        in tx: Transaction
    ) throws -> ProposalDetail? {
        do {
            return try Proposal.detail(id, by: caller, t, in: tx)
        } catch let refusal as Refusal where refusal.kind == .notFound {
            return nil
        }
    }
}

/// The list of broadcasts: what is in the making or holds, what could become one, and what is over.
package struct BroadcastList: Sendable {
    package struct Line: Sendable {
        package let broadcast: Broadcast
        package let phase: Broadcast.Phase
        package let subject: [String: String]
        package let sent: Int
    }

    package let open: [Line]
    package let ended: [Line]
    /// Confirmed, going on, and without an alert.
    package let confirmed: [PublicStatus.Item]
    package let perHour: Int
    package let canaries: Int

    package static func load(exercises: Bool, by caller: Caller, in tx: Transaction) throws -> BroadcastList {
        try caller.require(.seeBoard)
        let open = try Broadcast.open(in: tx)
        let taken = Set(open.compactMap(\.incident))
        let status = try PublicStatus.load(exercises: exercises, in: tx)
        return BroadcastList(
            open: try open.map { try line($0, in: tx) },
            ended: try Broadcast.ended(in: tx).map { try line($0, in: tx) },
            confirmed: status.confirmed.filter { !taken.contains($0.id) },
            perHour: try AreaLimit.perHour(in: tx),
            canaries: try Subscriber.canaries(in: tx)
        )
    }

    /// Those that the board shows: on their way, holding, or waiting for somebody.
    package static func strip(by caller: Caller, in tx: Transaction) throws -> [Line] {
        try caller.require(.seeBoard)
        return try Broadcast.open(in: tx).map { try line($0, in: tx) }.filter { $0.phase != .draft }
    }

    private static func line(_ broadcast: Broadcast, in tx: Transaction) throws -> Line {
        let tellings = try Telling.all(of: broadcast.id, in: tx)
        let state = try tellings.last { $0.bulletin != nil }?.bulletin.flatMap { try Bulletin.seen($0, in: tx) }
        let words = try tellings.last.map { try Telling.words(of: $0.id, in: tx) } ?? [:]
        return Line(
            broadcast: broadcast,
            phase: Broadcast.phase(broadcast.ending?.how, tellings, state),
            subject: words.mapValues(\.subject),
            sent: try tellings.first { $0.act == .alert }?.bulletin.map { number in
                try Bulletin.progress(number, in: tx).reduce(0) { $0 + $1.sent }
            } ?? 0
        )
    }
}
