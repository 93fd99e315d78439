// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Something to be told to one person, once. Holds what it is about as a reference, never a personal word: the
/// page that shows it says more to whoever may see more. Shown in the app, and sent by the channels its reader chose.
package struct Message: Readable {
    package let id: Ref<Message>
    package let person: Ref<Person>
    package let kind: Kind
    /// The text of the reference it is about.
    package let subject: String
    /// Why it was told, as whoever told it calls that, and when: the key without the kind and the person. Several where what
    /// was told in one came up one after the other.
    package let causes: [String]
    package let createdAt: Instant
    package let readAt: Instant?
    package let acknowledgedAt: Instant?
    /// When the person said that they can't.
    package let declinedAt: Instant?
    package let expiresAt: Instant
    /// Part of a drill: whoever reads it is told so first.
    package let isExercise: Bool

    package enum Kind: String, Bindable, Column, CaseIterable {
        case offer
        case enough
        case calledOff = "called_off"
        case meetingChanged = "meeting_changed"
        case checkIn = "check_in"
        case missedCheckIn = "missed_check_in"
        case responderLeft = "responder_left"
        case coordinatorPaged = "coordinator_paged"
        case attorneyPaged = "attorney_paged"
        case incidentChanged = "incident_changed"
        case alertReview = "alert_review"
        case broadcastReview = "broadcast_review"
        case handOff = "hand_off"
        case commTest = "comm_test"
        case shiftTraded = "shift_traded"
        case shiftPastEnd = "shift_past_end"
        case accountRecovered = "account_recovered"
        case proposalAsked = "proposal_asked"
        case proposalMade = "proposal_made"
        case proposalDone = "proposal_done"
        case proposalAlone = "proposal_alone"
        case proposalDropped = "proposal_dropped"
        case holdReview = "hold_review"
        case testMissed = "test_missed"
        case howAreYou = "how_are_you"
        case careOffered = "care_offered"
        case callWanted = "call_wanted"
        case debriefCalled = "debrief_called"
        case debriefDue = "debrief_due"
        case drillBegun = "drill_begun"
        case drillOver = "drill_over"
        case certificateEnds = "certificate_ends"

        /// What a list of messages says, without any detail.
        package var words: Phrase {
            switch self {
            case .offer: "messaging.offer|Somebody near you needs help. Can you go?"
            case .enough: "messaging.enough|Enough neighbors said yes. You can stay home. Thank you."
            case .calledOff: "messaging.called_off|You are not needed there anymore. Thank you."
            case .meetingChanged: "messaging.meeting_changed|Where you meet is new. Open your card."
            case .checkIn: "messaging.check_in|Are you OK? Tap to check in."
            case .missedCheckIn: "messaging.missed_check_in|A responder missed a check-in. Try to reach them."
            case .responderLeft:
                "messaging.responder_left|Somebody you sent is not a member anymore. See who is there now."
            case .coordinatorPaged: "messaging.coordinator_paged|Nobody could be found to go. We need your help."
            case .attorneyPaged: "messaging.attorney_paged|A family needs an attorney. Please answer."
            case .incidentChanged: "messaging.incident_changed|Something changed in an incident you follow."
            case .alertReview: "messaging.alert_review|An alert needs a second look."
            case .broadcastReview: "messaging.broadcast_review|An alert is out there. Look again: does it still hold?"
            case .handOff: "messaging.hand_off|A shift is ready to be handed to you."
            case .commTest: "messaging.comm_test|Your shift begins. Tap to say that this reached you."
            case .shiftTraded: "messaging.shift_traded|A shift has changed. See the list."
            case .shiftPastEnd: "messaging.shift_past_end|Your shift is past its end. End it, or hand it over."
            case .accountRecovered:
                "messaging.account_recovered|Somebody came back with a recovery code. Ask them if it was them."
            case .proposalAsked: "messaging.proposal_asked|Something dangerous needs your decision. Please look."
            case .proposalMade: "messaging.proposal_made|Somebody asked to change something that concerns you."
            case .proposalDone: "messaging.proposal_done|Two people agreed, and it is done. See what."
            case .proposalAlone: "messaging.proposal_alone|One person did this alone. See what."
            case .proposalDropped: "messaging.proposal_dropped|Something was not approved. Nothing was changed."
            case .holdReview: "messaging.hold_review|Look at a legal hold again. Is it still needed?"
            case .testMissed:
                "messaging.test_missed|Somebody on shift did not answer the test message. Try to reach them."
            case .howAreYou: "messaging.how_are_you|Thank you for going. How are you? Answer only if you want to."
            case .careOffered: "messaging.care_offered|That was a lot. You can rest, or ask for a call."
            case .callWanted: "messaging.call_wanted|A colleague asked to be called. See who."
            case .debriefCalled: "messaging.debrief_called|We talk over what happened. Can you come?"
            case .debriefDue: "messaging.debrief_due|You led something that was not talked over yet. Plan the debrief."
            case .drillBegun: "messaging.drill_begun|A drill begins. What we ask you in it is practice."
            case .drillOver: "messaging.drill_over|The drill is over. From now on everything is real. Thank you."
            case .certificateEnds: "messaging.certificate_ends|A certificate ends soon. See which one, and when."
            }
        }

        /// Whether it waits for a person to say they saw it.
        package var asksForAnswer: Bool {
            switch self {
            case .offer, .checkIn, .missedCheckIn, .responderLeft, .coordinatorPaged, .attorneyPaged, .alertReview,
                .broadcastReview, .handOff, .commTest, .accountRecovered, .proposalAsked, .holdReview, .testMissed,
                .callWanted, .debriefCalled, .debriefDue:
                true
            case .enough, .calledOff, .meetingChanged, .incidentChanged, .shiftTraded, .shiftPastEnd, .proposalMade,
                .proposalDone, .proposalAlone, .certificateEnds, .proposalDropped, .howAreYou, .careOffered,
                .drillBegun, .drillOver:
                false
            }
        }

        /// Somebody's safety waits on it: it stands before everything else.
        package var isSafety: Bool { self == .checkIn || self == .missedCheckIn }

        /// Says that something ended, and that nothing is asked any more.
        package var isEnd: Bool { self == .enough || self == .calledOff }

        /// How much it presses when it goes out by a channel.
        var pool: Outbox.Pool {
            let pressing: [Kind] = [
                .offer, .calledOff, .meetingChanged, .incidentChanged, .checkIn, .missedCheckIn, .responderLeft,
                .coordinatorPaged, .attorneyPaged, .testMissed,
            ]
            return pressing.contains(self) ? .now : .soon
        }

        /// Where the first answer is enough, what the timeline of the subject says then; the others are asked no more, and
        /// whom coordinators were paged for, by the cause of the page, is found.
        var firstAnswer: (event: String, found: String)? {
            self == .attorneyPaged ? ("incident.attorney_acknowledged", Self.attorney) : nil
        }
    }

    package init(row: Row) throws {
        id = try row["id"]
        person = try row["person"]
        kind = try row["kind"]
        subject = try row["subject"]
        let key: String = try row["unique_key"]
        let cause = String(key.dropFirst("\(kind.rawValue):\(person.text):".count))
        causes = cause.split(separator: Self.besides).map(String.init)
        createdAt = try row["created_at"]
        readAt = try row["read_at"]
        acknowledgedAt = try row["acknowledged_at"]
        declinedAt = try row["declined_at"]
        expiresAt = try row["expires_at"]
        isExercise = try row["exercise"]
    }

    /// Tells a person once: a second telling of the same kind with the same `key` changes nothing and answers false,
    /// so a job may run twice. After `expires` it is no longer shown.
    @discardableResult
    package static func tell(
        _ person: Ref<Person>,
        _ kind: Kind,
        about subject: String,
        key: String,
        expires: Duration,
        isExercise: Bool = false,
        in tx: Transaction
    ) throws -> Bool {
        let id = Ref<Message>.new(at: tx.now)
        let told = try tx.run(
            """
            INSERT INTO messages (id, person, kind, subject, unique_key, created_at, expires_at, exercise)
            VALUES (\(id), \(person), \(kind), \(subject),
                \("\(kind.rawValue):\(person.text):\(key)"), \(tx.now), \(tx.now + expires), \(isExercise))
            ON CONFLICT (unique_key) DO NOTHING
            """
        )
        guard told == 1 else { return false }
        try reachOutside(id, person, kind, until: tx.now + expires, in: tx)
        try tx.record(
            Event("message.sent", subject: person.text, data: ["kind": kind.rawValue, "about": subject])
        )
        return true
    }

    /// As `tell`, but what the person was told of the same thing since a moment, and did not see yet, is told in one with
    /// it: nobody is called twice for what fell short together.
    @discardableResult
    package static func tell(
        _ person: Ref<Person>,
        _ kind: Kind,
        about subject: String,
        key: String,
        besides since: Instant,
        expires: Duration,
        isExercise: Bool,
        in tx: Transaction
    ) throws -> Bool {
        let before = try tx.all(
            Message.self,
            """
            SELECT * FROM messages WHERE person = \(person) AND kind = \(kind) AND subject = \(subject)
            ORDER BY created_at DESC, id DESC
            """
        )
        if before.contains(where: { $0.causes.contains(key) }) { return false }
        let unseen = before.first { message in
            message.readAt == nil && message.expiresAt > tx.now && message.createdAt >= since
                && message.isExercise == isExercise
        }
        guard let unseen else {
            return try tell(
                person,
                kind,
                about: subject,
                key: key,
                expires: expires,
                isExercise: isExercise,
                in: tx
            )
        }
        try tx.run(
            "UPDATE messages SET unique_key = unique_key || \(besides + key) WHERE id = \(unseen.id)"
        )
        try tx.record(
            Event("message.sent", subject: person.text, data: ["kind": kind.rawValue, "about": subject])
        )
        return true
    }

    /// Between the causes of one message; each is found behind a colon.
    private static let besides = ":+:"

    /// By every channel that the person chose and proved.
    private static func reachOutside(
        _ id: Ref<Message>,
        _ person: Ref<Person>,
        _ kind: Kind,
        until: Instant,
        in tx: Transaction
    ) throws {
        for contact in try Contact.of(person, in: tx) where contact.confirmedAt != nil {
            try Outbox.add(id, to: contact, pool: kind.pool, until: until, in: tx)
        }
    }

    package static func find(_ id: Ref<Message>, in tx: Transaction) throws -> Message? {
        try tx.first(Message.self, "SELECT * FROM messages WHERE id = \(id)")
    }

    /// What a person was told and did not read yet, newest first.
    package static func unread(for person: Ref<Person>, in tx: Transaction) throws -> [Message] {
        try tx.all(
            Message.self,
            """
            SELECT * FROM messages WHERE person = \(person) AND read_at IS NULL AND expires_at > \(tx.now)
            ORDER BY created_at DESC, id DESC LIMIT 100
            """
        )
    }

    /// The newest, read or not.
    package static func recent(for person: Ref<Person>, limit: Int = 50, in tx: Transaction) throws -> [Message] {
        try tx.all(
            Message.self,
            """
            SELECT * FROM messages WHERE person = \(person) AND expires_at > \(tx.now)
            ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """
        )
    }

    /// Everything told about one thing, oldest first: who was paged, who answered.
    package static func about(_ subject: String, in tx: Transaction) throws -> [Message] {
        try tx.all(Message.self, "SELECT * FROM messages WHERE subject = \(subject) ORDER BY created_at, id")
    }

    /// The person has seen it and says so. Doing it again changes nothing; somebody else's is not found.
    package static func acknowledge(_ id: Ref<Message>, by caller: Caller, in tx: Transaction) throws {
        let found = try tx.one(
            String.self,
            "SELECT subject FROM messages WHERE id = \(id) AND person = \(caller.person)"
        )
        guard let subject = found else { throw Refusal.notFound }
        try acknowledge("id = \(id)", about: subject, by: caller, in: tx)
    }

    /// Everything told to the caller about one thing, for whoever acts on it instead of on the message.
    package static func acknowledgeAll(about subject: String, by caller: Caller, in tx: Transaction) throws {
        try acknowledge("subject = \(subject)", about: subject, by: caller, in: tx)
    }

    /// The caller opened their messages.
    package static func markRead(by caller: Caller, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE messages SET read_at = \(tx.now)
            WHERE person = \(caller.person) AND read_at IS NULL AND created_at <= \(tx.now)
            """
        )
    }

    /// What was asked no longer stands: nobody is shown it again. `cause`: only what was told with a key that begins
    /// with it and a colon; what was told in one with it stands on.
    package static func withdraw(
        _ kind: Kind,
        about subject: String,
        because cause: String? = nil,
        in tx: Transaction
    ) throws {
        let which: SQL = "kind = \(kind) AND subject = \(subject) AND expires_at > \(tx.now)"
        guard let cause else {
            try tx.run("UPDATE messages SET expires_at = \(tx.now) WHERE \(which)")
            return
        }
        let told = try tx.all(
            Message.self,
            "SELECT * FROM messages WHERE \(which) AND unique_key LIKE \("\(kind.rawValue):%:\(cause):%") ORDER BY id"
        )
        for message in told {
            let left = message.causes.filter { !$0.hasPrefix("\(cause):") }
            if left.isEmpty {
                try tx.run("UPDATE messages SET expires_at = \(tx.now) WHERE id = \(message.id)")
            } else {
                let key = "\(kind.rawValue):\(message.person.text):\(left.joined(separator: besides))"
                try tx.run("UPDATE messages SET unique_key = \(key) WHERE id = \(message.id)")
            }
        }
    }

    /// Whether somebody is told so still. `cause` as in `withdraw`.
    package static func stands(
        _ kind: Kind,
        about subject: String,
        because cause: String,
        in tx: Transaction
    ) throws -> Bool {
        try tx.one(
            Int.self,
            """
            SELECT 1 FROM messages WHERE kind = \(kind) AND subject = \(subject) AND expires_at > \(tx.now)
                AND unique_key LIKE \("\(kind.rawValue):%:\(cause):%") LIMIT 1
            """
        ) != nil
    }

    /// What it is about became part of something else. `cause` as in `withdraw`.
    package static func readdress(
        _ kind: Kind,
        about subject: String,
        to other: String,
        because cause: String,
        in tx: Transaction
    ) throws {
        try tx.run(
            """
            UPDATE messages SET subject = \(other) WHERE kind = \(kind) AND subject = \(subject)
                AND unique_key LIKE \("\(kind.rawValue):%:\(cause):%")
            """
        )
    }

    private static func acknowledge(_ which: SQL, about subject: String, by caller: Caller, in tx: Transaction) throws {
        let person = caller.person.text
        let seen = try tx.all(
            Message.self,
            """
            UPDATE messages SET acknowledged_at = \(tx.now), declined_at = NULL, read_at = coalesce(read_at, \(tx.now))
            WHERE \(which) AND person = \(caller.person) AND acknowledged_at IS NULL RETURNING *
            """
        )
        guard !seen.isEmpty else { return }
        try tx.record(
            Event(
                "message.acknowledged",
                subject: person,
                actor: person,
                data: ["about": subject, "count": "\(seen.count)"]
            )
        )
        for kind in Set(seen.filter { $0.expiresAt > tx.now }.map(\.kind)) {
            guard let answer = kind.firstAnswer else { continue }
            try tx.run(
                """
                UPDATE messages SET expires_at = \(tx.now) WHERE kind = \(kind) AND subject = \(subject)
                    AND person <> \(caller.person) AND expires_at > \(tx.now)
                """
            )
            try withdraw(.coordinatorPaged, about: subject, because: answer.found, in: tx)
            try tx.record(Event(answer.event, subject: subject, actor: person, data: ["person": person]))
        }
    }
}
