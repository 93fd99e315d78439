// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Vault

/// A planned shift that somebody else may take: offered by whoever has it, taken by another who is able, and agreed to
/// by whoever plans shifts where the role needs a certificate.
extension Shift {
    /// Where a trade stands.
    package enum Trade: Sendable, Hashable {
        case offered
        /// Somebody said yes, and it waits to be agreed to.
        case taken(by: Ref<Person>)
    }

    package var trade: Trade? {
        guard state == .planned, offeredAt != nil else { return nil }
        return taker.map(Trade.taken) ?? .offered
    }

    /// Roles that act for everybody change hands only when whoever plans shifts agrees.
    package static func needsAgreement(_ role: Role) -> Bool {
        skill(of: role) != nil
    }

    /// "Can somebody else take this?" They keep it until somebody does; whoever holds the role is told.
    package static func offer(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try own(id, by: caller, in: tx)
        try requireAhead(shift, in: tx)
        let offered = try tx.run(
            """
            UPDATE shifts SET offered_at = coalesce(offered_at, \(tx.now)) WHERE id = \(id) AND state = 'planned'
            """
        )
        guard offered == 1 else { throw started }
        guard shift.offeredAt == nil else { return }
        for person in try Roster.members(with: [shift.role], in: tx)
        where person != shift.person && person != caller.person { try tell(person, about: id, in: tx) }
        try record("offered", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// "I keep it after all", also when somebody said yes and nobody agreed yet.
    package static func keep(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try own(id, by: caller, in: tx)
        try tx.run("UPDATE shifts SET offered_at = NULL, taker = NULL WHERE id = \(id) AND state = 'planned'")
        guard shift.offeredAt != nil else { return }
        try Message.withdraw(.shiftTraded, about: id.text, in: tx)
        for person in [shift.person, shift.taker].compactMap(\.self) where person != caller.person {
            try tell(person, about: id, "kept", in: tx)
        }
        try record("kept", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// "I take it." One of those who say so at once; it is theirs at once where nobody has to agree.
    package static func takeOver(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.takeShift)
        let shift = try find(id, in: tx)
        if shift.person == caller.person { throw Refusal(.conflict, "response.trade_own|This shift is yours already.") }
        if shift.taker == caller.person { return }
        guard shift.trade == .offered, shift.endsAt > tx.now else { throw gone }
        try requireAhead(shift, in: tx)
        try requireFree(caller.person, as: shift.role, from: shift.startsAt, to: shift.endsAt, in: tx)
        try Fatigue.check(caller.person, from: shift.startsAt, to: shift.endsAt, in: tx)
        let taken = try tx.run(
            """
            UPDATE shifts SET taker = \(caller.person)
            WHERE id = \(id) AND state = 'planned' AND offered_at IS NOT NULL AND taker IS NULL
            """
        )
        guard taken == 1 else { throw gone }
        try record("trade_taken", id, shift.person, shift.role, by: caller, ["to": caller.person.text], in: tx)
        guard needsAgreement(shift.role) else { return try change(shift, to: caller.person, by: caller, in: tx) }
        for person in try agreeing(to: shift, by: caller.person, in: tx).union([shift.person]) {
            try tell(person, about: id, "taken", in: tx)
        }
    }

    /// "I can't after all", by who said they take it, while nobody agreed yet: it is offered as before.
    package static func takeBack(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.takeShift)
        let shift = try find(id, in: tx)
        if shift.person == caller.person { throw Refusal(.conflict, "response.trade_own|This shift is yours already.") }
        let back = try tx.run(
            "UPDATE shifts SET taker = NULL WHERE id = \(id) AND state = 'planned' AND taker = \(caller.person)"
        )
        guard back == 1 else { return }
        try Message.withdraw(.shiftTraded, about: id.text, in: tx)
        try tell(shift.person, about: id, "given_back", in: tx)
        try record("trade_given_back", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// Who is told that a trade waits to be agreed to: of those who may, whoever serves.
    private static func agreeing(
        to shift: Shift,
        by taker: Ref<Person>,
        in tx: Transaction
    ) throws -> Set<Ref<Person>> {
        let dispatchers = try onDuty(.dispatcher, in: tx).subtracting([shift.person, taker])
        return try dispatchers.isEmpty ? onDuty(.coordinator, in: tx).subtracting([shift.person, taker]) : dispatchers
    }

    /// A second person agrees: neither who gives it nor who takes it.
    package static func agree(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let (shift, taker) = try waiting(id, by: caller, in: tx)
        try requireAhead(shift, in: tx)
        try requireFree(taker, as: shift.role, from: shift.startsAt, to: shift.endsAt, in: tx)
        try Fatigue.check(taker, from: shift.startsAt, to: shift.endsAt, in: tx)
        try change(shift, to: taker, by: caller, in: tx)
    }

    /// The one who took it can't have it; others may still.
    package static func refuse(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let (shift, taker) = try waiting(id, by: caller, in: tx)
        try tx.run("UPDATE shifts SET taker = NULL WHERE id = \(id) AND taker = \(taker)")
        try tell(taker, about: id, "refused", in: tx)
        try record("trade_refused", id, shift.person, shift.role, by: caller, ["to": taker.text], in: tx)
    }

    /// One that runs, though nobody pressed start, changes hands with a note and no other way.
    private static func requireAhead(_ shift: Shift, in tx: Transaction) throws {
        guard shift.state == .planned, shift.runs(at: tx.now) else { return }
        throw Refusal(.conflict, "response.trade_running|This shift is on already. Hand it over with a note.")
    }

    private static func waiting(
        _ id: Ref<Shift>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> (Shift, Ref<Person>) {
        try caller.require(.manageShifts)
        let shift = try find(id, in: tx)
        guard case .taken(let taker)? = shift.trade else { throw gone }
        guard caller.person != taker, caller.person != shift.person else {
            throw Refusal(.conflict, "response.trade_second|Somebody else has to agree to this trade.")
        }
        return (shift, taker)
    }

    private static func change(
        _ shift: Shift,
        to taker: Ref<Person>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        // What was written of one person doesn't stand beside another's name.
        try ShredDue.add(
            of:
                "SELECT substr(sealed_override, 1, 10) FROM shifts WHERE id = \(shift.id) AND sealed_override IS NOT NULL",
            in: tx
        )
        let changed = try tx.run(
            """
            UPDATE shifts SET person = \(taker), taker = NULL, offered_at = NULL, uncertified = 0, sealed_override = NULL
            WHERE id = \(shift.id) AND state = 'planned' AND taker = \(taker)
            """
        )
        guard changed == 1 else { throw gone }
        if isSent(shift.role) {
            try Availability.cut(shift.person, from: shift.startsAt, to: shift.endsAt, in: tx)
            try Availability.insert(taker, from: shift.startsAt, to: shift.endsAt, in: tx)
        }
        try Message.withdraw(.shiftTraded, about: shift.id.text, in: tx)
        for person in [shift.person, taker] where person != caller.person {
            try tell(person, about: shift.id, "traded", in: tx)
        }
        try record("traded", shift.id, taker, shift.role, by: caller, ["from": shift.person.text], in: tx)
    }

    /// `step`: what became of it, so that two at once are both told.
    static func tell(_ person: Ref<Person>, about id: Ref<Shift>, _ step: String = "", in tx: Transaction) throws {
        let key = "\(id.text):\(tx.now.milliseconds):\(step)"
        try Message.tell(person, .shiftTraded, about: id.text, key: key, expires: .days(3), in: tx)
    }

    private static var started: Refusal {
        Refusal(.conflict, "response.shift_started|This shift started already. You can end it.")
    }

    private static var gone: Refusal {
        Refusal(.conflict, "response.trade_gone|This shift is not offered anymore. Somebody was quicker.")
    }
}
