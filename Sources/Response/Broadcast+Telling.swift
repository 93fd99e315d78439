// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Asks that somebody looks at an alert again: every half hour, as long as it holds.
package struct BroadcastReview: Job {
    package static let kind = "response.broadcast_review"
    package let broadcast: Ref<Broadcast>
}

/// Ends an alert whose time is up, with the all-clear.
package struct BroadcastEnd: Job {
    package static let kind = "response.broadcast_end"
    package let broadcast: Ref<Broadcast>
}

extension Broadcast {
    /// What takes something back reaches whoever sleeps when they wake, however long they sleep.
    private static let lastWordLasts = Duration.hours(24)

    /// On its way, in the transaction of its cause. The first goes to everybody round its place, and so does an update, which
    /// is news for whoever signed up in between; what takes something back goes to all who got, or may have got, any of it.
    static func tell(_ telling: Telling, of broadcast: Broadcast, by caller: Caller, in tx: Transaction) throws {
        // An update finds nothing in hand any more; whoever still waits for quiet hours to end is not told what is old.
        if telling.act != .alert { try halt(broadcast.id, in: tx) }
        let until =
            switch telling.act {
            case .alert: tx.now + broadcast.lasts
            case .update: broadcast.expiresAt ?? tx.now + broadcast.lasts
            case .correction, .withdrawal, .allClear: tx.now + lastWordLasts
            }
        let told = try tx.run(
            """
            UPDATE tellings SET state = 'told', approved_by = \(caller.person), told_at = \(tx.now)
            WHERE id = \(telling.id) AND state = 'waiting'
            """
        )
        guard told == 1 else {
            throw Refusal(.conflict, "broadcast.moved|A colleague changed this a moment ago. Look again.")
        }
        try hand(telling.id, telling.act, of: broadcast, until: until, in: tx)
        let review = broadcast.isAlert ? tx.now + reviewEvery : nil
        switch telling.act {
        case .alert:
            try step(
                broadcast,
                "begun_at = \(tx.now), expires_at = \(until), review_at = \(review), allowed_by = NULL",
                in: tx
            )
            try tx.enqueue(BroadcastEnd(broadcast: broadcast.id), at: until, key: "broadcast_end:\(broadcast.id)")
        case .update: try step(broadcast, "review_at = \(review), allowed_by = NULL", in: tx)
        case .correction, .withdrawal, .allClear: try end(broadcast, telling.act.ends ?? .over, in: tx)
        }
        if telling.act.ends == nil { try awaitReview(broadcast.id, at: review, in: tx) }
        try record("told", broadcast, by: caller, ["act": telling.act.rawValue, "telling": telling.id.text], in: tx)
    }

    /// Stops what goes out at once; one person is enough. Who got it already can then be told what is so.
    package static func stop(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws {
        guard caller.can(.draftAlert) || caller.can(.approveAlert) else { throw Refusal.forbidden }
        let broadcast = try find(id, by: caller, in: tx)
        guard try isSending(id, in: tx) else {
            throw Refusal(
                .conflict,
                "broadcast.nothing_sending|Nothing is going out now. It was sent, or stopped already."
            )
        }
        try halt(id, in: tx)
        try record("stopped", broadcast, by: caller, in: tx)
    }

    private static func isLastWordStopped(_ broadcast: Broadcast, in tx: Transaction) throws -> Bool {
        let last = try Telling.all(of: broadcast.id, in: tx).last { $0.state == .told }
        return isLastWordStopped(broadcast, last, try last?.bulletin.flatMap { try Bulletin.seen($0, in: tx) })
    }

    /// Whether what took it back, told last, was stopped on its way: some readers still believe what they got first.
    static func isLastWordStopped(_ broadcast: Broadcast, _ last: Telling?, _ state: Bulletin.State?) -> Bool {
        broadcast.ending != nil && last?.act.ends != nil && state == .stopped
    }

    /// Takes it back from everybody who got it, in prepared words; one person is enough, since it must not wait. Also when
    /// what took it back before was stopped half way.
    package static func withdraw(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws {
        guard caller.can(.draftAlert) || caller.can(.approveAlert) else { throw Refusal.forbidden }
        let broadcast = try find(id, by: caller, in: tx)
        if try !isLastWordStopped(broadcast, in: tx) { try requireHolding(broadcast) }
        try close(
            broadcast,
            .withdrawal,
            .withdrawn,
            PreparedWords.withdrawal(broadcast, tx.voice()),
            by: caller,
            in: tx
        )
    }

    /// What it told of has ended: the all-clear, before its time.
    package static func over(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws {
        guard caller.can(.draftAlert) || caller.can(.approveAlert) else { throw Refusal.forbidden }
        let broadcast = try find(id, by: caller, in: tx)
        try requireHolding(broadcast)
        try close(broadcast, .allClear, .over, PreparedWords.allClear(broadcast, .over, tx.voice()), by: caller, in: tx)
    }

    /// Somebody looked, and it still holds.
    package static func review(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws {
        guard caller.can(.draftAlert) || caller.can(.approveAlert) else { throw Refusal.forbidden }
        let broadcast = try find(id, by: caller, in: tx)
        try requireHolding(broadcast)
        let next = tx.now + reviewEvery
        try step(broadcast, "review_at = \(next)", in: tx)
        try awaitReview(id, at: next, in: tx)
        try Message.withdraw(.broadcastReview, about: id.text, in: tx)
        try record("reviewed", broadcast, by: caller, in: tx)
    }

    /// Keeps what was told outside in step with what is so: called in the transaction that changed an incident.
    static func keepUp(_ incident: Ref<Incident>, in tx: Transaction) throws {
        guard let present = try Incident.present(incident, in: tx) else { return }
        try gather(present.id, in: tx)
        for broadcast in try about(present.id, in: tx) {
            switch (present.truth, present.isOver) {
            case (.confirmed, false) where present.state != .closed: continue
            case (.confirmed, _): try finish(broadcast, .over, about: present.id, in: tx)
            case (.notEnforcement, _), (.unfounded, _), (.unable, _), (.unknown, _):
                try finish(broadcast, .corrected, about: present.id, in: tx)
            }
        }
    }

    /// After a merge an alert goes on with the incident that is left, and takes the place of one that was only written.
    /// Where both were sent, each keeps its readers: both end with that incident, and nobody hears *all clear* before.
    private static func gather(_ incident: Ref<Incident>, in tx: Transaction) throws {
        for broadcast in try about(incident, in: tx) where broadcast.incident != incident {
            if let own = try standing(for: incident, in: tx) {
                if broadcast.begunAt == nil {
                    try finish(broadcast, .discarded, about: incident, in: tx)
                    continue
                }
                guard own.begunAt == nil else { continue }
                try finish(own, .discarded, about: incident, in: tx)
            }
            try step(broadcast, "incident = \(incident)", in: tx)
        }
    }

    /// What stands about an incident, or about one that was merged into it.
    private static func about(_ incident: Ref<Incident>, in tx: Transaction) throws -> [Broadcast] {
        try tx.all(
            Broadcast.self,
            """
            SELECT b.* FROM broadcasts b JOIN incidents i ON i.id = b.incident
            WHERE (b.incident = \(incident) OR i.merged_into = \(incident)) AND b.ended_at IS NULL
            ORDER BY b.made_at, b.id
            """
        )
    }

    /// Called by the clock; a job may come early, late or twice.
    static func expire(_ id: Ref<Broadcast>, in tx: Transaction) throws {
        guard let broadcast = try find(id, in: tx), broadcast.ending == nil, let expires = broadcast.expiresAt,
            expires <= tx.now
        else { return }
        try finish(broadcast, .expired, about: broadcast.incident, in: tx)
    }

    /// Tells who has to look: author, second person and the communicators on shift; when it is late, coordinators too.
    static func askForReview(_ id: Ref<Broadcast>, in tx: Transaction) throws {
        guard let broadcast = try find(id, in: tx), broadcast.ending == nil, let due = broadcast.reviewAt, due <= tx.now
        else { return }
        let tellings = try Telling.all(of: id, in: tx)
        var people = Set(tellings.flatMap { [$0.writtenBy, $0.approvedBy].compactMap(\.self) })
        people.formUnion(try Shift.onDuty(.communicator, in: tx))
        people.formIntersection(try Person.holding(.draftAlert, in: tx).union(Person.holding(.approveAlert, in: tx)))
        let isLate = tx.now >= due + reviewEvery
        if isLate || people.isEmpty { people.formUnion(try Roster.members(with: [.coordinator], in: tx)) }
        people = try Exercise.only(people, isExercise: broadcast.isExercise, in: tx)
        let turn = (tx.now - due).inMilliseconds / reviewEvery.inMilliseconds
        var isNews = false
        for person in people.sorted(by: { $0.text < $1.text }) {
            let told = try Message.tell(
                person,
                .broadcastReview,
                about: id.text,
                key: "\(id):\(due.milliseconds):\(turn)",
                expires: .hours(1),
                isExercise: broadcast.isExercise,
                in: tx
            )
            isNews = isNews || told
        }
        if isNews { try record("review_due", broadcast, by: nil, in: tx) }
        try awaitReview(id, at: due + reviewEvery * Int(turn + 1), in: tx)
    }

    package static func isSending(_ id: Ref<Broadcast>, in tx: Transaction) throws -> Bool {
        let running = try running(id, in: tx)
        return try running.contains { number in
            switch try Bulletin.seen(number, in: tx) {
            case .gathering?, .sending?: true
            case .stopped?, .sent?, nil: false
            }
        }
    }

    /// Bulletins of which something may still go out, now or later.
    private static func running(_ id: Ref<Broadcast>, in tx: Transaction) throws -> [Int64] {
        try tx.list(
            Int64.self,
            """
            SELECT b.number FROM tellings s JOIN bulletins b ON b.number = s.bulletin
            WHERE s.broadcast = \(id) AND b.state IN ('gathering', 'sending') ORDER BY b.number
            """
        )
    }

    /// The automatic end. Notices end without a word; of what never began, nobody has to hear.
    private static func finish(
        _ broadcast: Broadcast,
        _ how: Ending.How,
        about incident: Ref<Incident>?,
        in tx: Transaction
    ) throws {
        guard broadcast.begunAt != nil else {
            try halt(broadcast.id, in: tx)
            try end(broadcast, .discarded, in: tx)
            return try record("discarded", broadcast, by: nil, in: tx)
        }
        let voice = try tx.voice()
        switch how {
        case .corrected:
            guard let incident, let item = try PublicStatus.item(incident, in: tx) else {
                return try close(
                    broadcast,
                    .withdrawal,
                    .withdrawn,
                    PreparedWords.withdrawal(broadcast, voice),
                    by: nil,
                    in: tx
                )
            }
            try close(broadcast, .correction, .corrected, PreparedWords.correction(item, voice), by: nil, in: tx)
        case .withdrawn:
            try close(broadcast, .withdrawal, .withdrawn, PreparedWords.withdrawal(broadcast, voice), by: nil, in: tx)
        case .expired, .over:
            let words = broadcast.isAlert ? PreparedWords.allClear(broadcast, how, voice) : nil
            try close(broadcast, .allClear, how, words, by: nil, in: tx)
        case .discarded: try end(broadcast, .discarded, in: tx)
        }
    }

    /// Stops what still goes out, tells the last word in prepared words, and ends it.
    private static func close(
        _ broadcast: Broadcast,
        _ act: Telling.Act,
        _ how: Ending.How,
        _ words: [String: TellingWords]?,
        by caller: Caller?,
        in tx: Transaction
    ) throws {
        try halt(broadcast.id, in: tx)
        if let words {
            let id = Ref<Telling>.new(at: tx.now)
            try tx.run(
                """
                INSERT INTO tellings (id, broadcast, act, state, written_by, written_at, told_at, exercise, code)
                VALUES (\(id), \(broadcast.id), \(act), 'told', \(caller?.person), \(tx.now), \(tx.now),
                    \(broadcast.isExercise), \(id.code))
                """
            )
            try Telling.set(words, of: id, in: tx)
            try hand(id, act, of: broadcast, until: tx.now + lastWordLasts, in: tx)
        }
        try end(broadcast, how, in: tx)
        try record("ended", broadcast, by: caller, ["how": how.rawValue], in: tx)
    }

    private static func end(_ broadcast: Broadcast, _ how: Ending.How, in tx: Transaction) throws {
        // What was being written has nobody to go to any more, and nobody is asked to approve it.
        let asked = try tx.list(
            Ref<Proposal>.self,
            """
            SELECT proposal FROM tellings
            WHERE broadcast = \(broadcast.id) AND state = 'waiting' AND proposal IS NOT NULL
            """
        )
        try tx.run(
            "UPDATE tellings SET state = 'dropped' WHERE broadcast = \(broadcast.id) AND state IN ('draft', 'waiting')"
        )
        try Proposal.lapse(asked, in: tx)
        try step(
            broadcast,
            isEnded: broadcast.ending != nil,
            "ended_at = \(tx.now), ended_how = \(how), review_at = NULL",
            in: tx
        )
        try Message.withdraw(.broadcastReview, about: broadcast.id.text, in: tx)
    }

    /// Nothing of it goes out any more.
    private static func halt(_ id: Ref<Broadcast>, in tx: Transaction) throws {
        for number in try running(id, in: tx) { try Bulletin.stop(number, in: tx) }
    }

    /// To Messaging, which gathers and sends. An exercise ends here.
    private static func hand(
        _ telling: Ref<Telling>,
        _ act: Telling.Act,
        of broadcast: Broadcast,
        until: Instant,
        in tx: Transaction
    ) throws {
        guard !broadcast.isExercise else { return }
        let voice = try tx.voice()
        let audience: Bulletin.Audience
        switch act {
        case .alert: audience = .places(voice.audience(broadcast.zone))
        case .update:
            guard let first = try Telling.first(of: broadcast.id, in: tx) else { return }
            audience = .readersAnd(voice.audience(broadcast.zone), of: first)
        case .correction, .withdrawal, .allClear:
            guard let first = try Telling.first(of: broadcast.id, in: tx) else { return }
            audience = .readers(of: first)
        }
        let words = try Telling.words(of: telling, in: tx)
        let number = try Bulletin.send(
            cause: "telling:\(telling)",
            texts: voice.texts(words, act, of: telling, until: until, isExercise: false),
            to: audience,
            topic: broadcast.topic,
            isUrgent: broadcast.isAlert,
            organisation: broadcast.organisation,
            expires: until,
            in: tx
        )
        try tx.run("UPDATE tellings SET bulletin = \(number) WHERE id = \(telling)")
        try HookNews.telling(telling, in: tx)
    }

    private static func awaitReview(_ id: Ref<Broadcast>, at time: Instant?, in tx: Transaction) throws {
        guard let time else { return }
        try tx.enqueue(BroadcastReview(broadcast: id), at: time, key: "broadcast_review:\(id):\(time.milliseconds)")
    }
}

extension Telling {
    /// The bulletin of the first one that went out: its readers hear everything that follows.
    static func first(of broadcast: Ref<Broadcast>, in tx: Transaction) throws -> Int64? {
        try tx.one(
            Int64.self,
            """
            SELECT bulletin FROM tellings WHERE broadcast = \(broadcast) AND act = 'alert' AND bulletin IS NOT NULL
            ORDER BY told_at LIMIT 1
            """
        )
    }
}
