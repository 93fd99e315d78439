// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

/// How somebody with a seat asked to be reminded: a telephone or a mail address, and no name. Two messages at most come of
/// it, one before the date and one if it is called off; it is deleted with the second, or when the date begins.
package struct TrainingNotice: Sendable {
    package let seat: Ref<TrainingSeat>
    package let session: Ref<TrainingSession>
    package let channel: ChannelKind
    /// Of the page on which they asked.
    package let language: String
    let address: [UInt8]

    package enum Occasion: Sendable, Hashable { case soon, calledOff }

    /// What a message says, in the language they asked in.
    package typealias Wording =
        @Sendable (Occasion, TrainingSession, _ language: String) -> (subject: String, text: String)

    /// What can carry a message now; none while the instance is locked.
    package static func channels(keys: InstanceKeys, in tx: Transaction) throws -> Set<ChannelKind> {
        keys.unlocked == nil ? [] : try Provider.open(in: tx).intersection([.sms, .email])
    }

    /// Keeps the address until the date. Asked again for the same seat, or by the same address for another seat of that
    /// date, the first stays. Throws `.invalid(["reach": …])` for what is no address, or when nothing can carry it.
    package static func ask(
        _ typed: String,
        for seat: Ref<TrainingSeat>,
        in session: Ref<TrainingSession>,
        language: String,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let channel: ChannelKind = typed.utf8.contains(UInt8(ascii: "@")) ? .email : .sms
        guard let address = channel.normalised(typed) else {
            throw Refusal.invalid(["reach": "training.bad_reach|Write a phone number or an e-mail, or leave it empty."])
        }
        guard try channels(keys: keys, in: tx).contains(channel) else {
            throw Refusal.invalid([
                "reach": "training.no_carrier|We can’t send that kind of message now. Leave it empty."
            ])
        }
        // Known again for this date only: two dates can't be compared.
        let index = try unlocked.index.index(address.lowercased(), field: "training|\(session.text)")
        let sealed = try unlocked.fields.seal(address, table: "training_notices", column: "address", id: seat.text)
        try tx.run(
            """
            INSERT INTO training_notices (seat, session, channel, address, address_index, language, asked_at)
            VALUES (\(seat), \(session), \(channel), \(sealed), \(index), \(language), \(tx.now))
            ON CONFLICT DO NOTHING
            """
        )
    }

    /// Puts what is due into the outbox, and forgets who was told that a date was called off or whose date has begun.
    /// Answers how many messages went in. While the instance is locked it only forgets.
    @discardableResult
    package static func send(saying wording: Wording, keys: InstanceKeys, in tx: Transaction) throws -> Int {
        try tx.run(
            """
            DELETE FROM training_notices WHERE session IN
                (SELECT id FROM training_sessions WHERE starts_at <= \(tx.now))
            """
        )
        guard let unlocked = keys.unlocked else { return 0 }
        var sent = 0
        for notice in try due(in: tx) {
            guard let session = try TrainingSession.find(notice.session, in: tx) else { continue }
            let occasion: Occasion = session.isCalledOff ? .calledOff : .soon
            let (subject, text) = wording(occasion, session, notice.language)
            let address = try unlocked.fields.open(
                notice.address,
                table: "training_notices",
                column: "address",
                id: notice.seat.text
            )
            let isNew = try Outbox.add(
                Parcel(to: address, subject: subject, text: text),
                by: notice.channel,
                pool: .soon,
                key: "training:\(occasion):\(notice.seat.text)",
                expires: session.startsAt - tx.now,
                keys: keys,
                in: tx
            )
            if isNew { sent += 1 }
            switch occasion {
            case .calledOff: try tx.run("DELETE FROM training_notices WHERE seat = \(notice.seat)")
            case .soon: try tx.run("UPDATE training_notices SET reminded_at = \(tx.now) WHERE seat = \(notice.seat)")
            }
        }
        return sent
    }

    /// Called off; or a day ahead for those who asked before that, two hours ahead for those who asked later.
    private static func due(in tx: Transaction) throws -> [TrainingNotice] {
        try tx.all(
            TrainingNotice.self,
            """
            SELECT n.seat, n.session, n.channel, n.language, n.address FROM training_notices n
            JOIN training_sessions s ON s.id = n.session
            WHERE s.called_off_at IS NOT NULL OR (n.reminded_at IS NULL AND s.starts_at <= \(tx.now + .days(1))
                AND (n.asked_at < s.starts_at - 86400000 OR s.starts_at <= \(tx.now + .hours(2))))
            ORDER BY s.starts_at, n.seat LIMIT 500
            """
        )
    }

    /// With the seat goes the address.
    static func forget(_ seat: Ref<TrainingSeat>, in tx: Transaction) throws {
        try tx.run("DELETE FROM training_notices WHERE seat = \(seat)")
    }
}

extension TrainingNotice: Readable {
    package init(row: Row) throws {
        (seat, session, channel) = (try row["seat"], try row["session"], try row["channel"])
        (language, address) = (try row["language"], try row["address"])
    }
}
