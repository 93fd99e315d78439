// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Vault

/// A shift that waits for the next to take it: who gives it, how much is open, and a note that only the team reads.
package struct HandOver: Sendable {
    package let shift: Shift
    /// Incidents that are open now.
    package let open: Int

    package struct Note: Codable, Sendable {
        package let text: String
    }

    /// The note; nil when there is none or the caller's keys don't open it.
    package func note(with keyring: Keyring) -> String? {
        try? shift.note?.open(kind: "shift.note", record: shift.id.text, with: keyring).text
    }

    /// What waits for the caller.
    package static func waiting(for caller: Caller, in tx: Transaction) throws -> [HandOver] {
        let shifts = try tx.all(
            Shift.self,
            "SELECT * FROM shifts WHERE handed_to = \(caller.person) AND state = 'on' ORDER BY starts_at, id"
        )
        guard !shifts.isEmpty else { return [] }
        let open = try Scene.open(in: tx)
        return shifts.map { HandOver(shift: $0, open: open) }
    }

    /// Asks the next to take over, with a note. The shift goes on until they do; asking again replaces who and what.
    package static func offer(
        _ id: Ref<Shift>,
        to next: Ref<Person>,
        note: String,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let shift = try Shift.own(id, by: caller, in: tx)
        var fields: [String: Phrase] = [:]
        if note.isBlank {
            fields["note"] = "response.note_missing|Write what the next shift needs to know."
        } else if note.unicodeScalars.count > 2_000 {
            fields["note"] = "response.note_long|This is too long. Keep it under 2,000 letters."
        }
        if fields.isEmpty {
            var check = FieldCheck()
            ReportFiling.flagNeverKept(note, "note", &check)
            fields = check.problems
        }
        if next == shift.person { fields["next"] = "response.note_self|Choose somebody else." }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
        try Shift.requireRole(next, shift.role, in: tx)
        if try !Shift.serves(next, as: shift.role, in: tx) {
            try Shift.requireAble(next, as: shift.role, at: tx.now, in: tx)
        }
        // It runs, though they never pressed start.
        if shift.state == .planned, shift.runs(at: tx.now) { try Shift.start(id, by: caller, in: tx) }
        let sealed = try Sealed.seal(
            Note(text: note),
            kind: "shift.note",
            record: id.text,
            to: [Team.current(purpose: "response", in: tx)],
            shred: tx.shredKey()
        )
        try ShredDue.add(of: "SELECT substr(sealed_note, 1, 10) FROM shifts WHERE id = \(id)", in: tx)
        let offered = try tx.run(
            "UPDATE shifts SET handed_to = \(next), sealed_note = \(sealed) WHERE id = \(id) AND state = 'on'"
        )
        guard offered == 1 else { throw notRunning }
        try Message.withdraw(.handOff, about: id.text, in: tx)
        try Message.tell(
            next,
            .handOff,
            about: id.text,
            key: "\(id.text):\(tx.now.milliseconds)",
            expires: .hours(12),
            in: tx
        )
        try Shift.record("hand_over_offered", id, shift.person, shift.role, by: caller, ["to": next.text], in: tx)
    }

    /// The next takes it: their own shift runs from now on, and the other is free to go. Twice is once.
    package static func accept(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try addressed(id, to: caller, in: tx)
        if shift.state == .handedOver { return }
        let open = try Scene.open(in: tx)
        guard try Shift.leave(shift, .handedOver, in: tx) else { throw notRunning }
        try begin(shift.role, by: caller, in: tx)
        try Message.withdraw(.shiftPastEnd, about: id.text, in: tx)
        try CareCheck.ask(after: Shift.find(id, in: tx), in: tx)
        try Message.acknowledgeAll(about: id.text, by: caller, in: tx)
        let data = ["to": caller.person.text, "open": "\(open)"]
        try Shift.record("handed_over", id, shift.person, shift.role, by: caller, data, in: tx)
    }

    /// Whoever may lead the board takes it from somebody who does, without being asked: their own shift runs from now on,
    /// the other's is over, and the other is told. Of two who take it one wins. Twice is once.
    package static func take(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.dispatch)
        let shift = try Shift.find(id, in: tx)
        guard shift.role == .dispatcher, shift.person != caller.person else { throw Refusal.notFound }
        if shift.state == .handedOver, shift.handedTo == caller.person { return }
        guard shift.runs(at: tx.now) else { throw try gone(shift, in: tx) }
        let open = try Scene.open(in: tx)
        guard try Shift.leave(shift, .handedOver, in: tx) else { throw notRunning }
        try tx.run("UPDATE shifts SET handed_to = \(caller.person) WHERE id = \(id)")
        try begin(.dispatcher, by: caller, in: tx)
        try Message.withdraw(.handOff, about: id.text, in: tx)
        try CommTest.end(id, in: tx)
        try Shift.tell(shift.person, about: id, in: tx)
        try CareCheck.ask(after: Shift.find(id, in: tx), in: tx)
        let data = ["to": caller.person.text, "open": "\(open)"]
        try Shift.record("taken_over", id, shift.person, shift.role, by: caller, data, in: tx)
    }

    /// Nobody leads the board: the caller does from now on. Of two who begin at once one wins; twice is once.
    package static func lead(by caller: Caller, in tx: Transaction) throws {
        try caller.require(.dispatch)
        let others = try Shift.serving(.dispatcher, in: tx).filter { $0.person != caller.person }
        if let other = others.first { throw try leads(other.person, in: tx) }
        try begin(.dispatcher, by: caller, in: tx)
    }

    /// "I can't": the shift goes on, and whoever has it hears that they must ask somebody else.
    package static func decline(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try addressed(id, to: caller, in: tx)
        let declined = try tx.run(
            "UPDATE shifts SET handed_to = NULL WHERE id = \(id) AND state = 'on' AND handed_to = \(caller.person)"
        )
        guard declined == 1 else { throw notRunning }
        try Message.acknowledgeAll(about: id.text, by: caller, in: tx)
        try Shift.tell(shift.person, about: id, in: tx)
        try Shift.record("hand_over_declined", id, shift.person, shift.role, by: caller, in: tx)
    }

    private static func addressed(_ id: Ref<Shift>, to caller: Caller, in tx: Transaction) throws -> Shift {
        let shift = try Shift.find(id, in: tx)
        guard shift.handedTo == caller.person else {
            throw shift.state == .handedOver && caller.can(.dispatch) ? try gone(shift, in: tx) : Refusal.notFound
        }
        return shift
    }

    /// The next one's shift: the one that runs, the one planned for now or soon, or a new one of eight hours, and no longer
    /// than until their next begins. Who is past the end of theirs begins another: a shift that nobody ended counts for
    /// nobody.
    private static func begin(_ role: Role, by caller: Caller, in tx: Transaction) throws {
        let mine = try Shift.upcoming(of: caller.person, in: tx).filter { $0.role == role }
        if mine.contains(where: { $0.state == .on && $0.endsAt > tx.now }) { return }
        let planned = mine.first { $0.state == .planned }
        if let planned, planned.startsAt <= tx.now + Shift.earliest {
            return try Shift.start(planned.id, by: caller, in: tx)
        }
        if try !Shift.endRunning(caller.person, role, by: caller, in: tx) {
            try Shift.requireAble(caller.person, as: role, at: tx.now, in: tx)
        }
        let most = tx.now + .hours(8)
        let end = planned.map { min($0.startsAt, most) } ?? most
        let new = try Shift.insert(caller.person, role, .on, from: tx.now, to: end, in: tx)
        try CommTest.begin(new, caller.person, in: tx)
        try Shift.awaitEnd(new, end, in: tx)
        try Shift.record("started", new, caller.person, role, by: caller, in: tx)
    }

    /// It runs no more: who leads now, where it went to somebody who does.
    private static func gone(_ shift: Shift, in tx: Transaction) throws -> Refusal {
        guard shift.role == .dispatcher, shift.state == .handedOver, let next = shift.handedTo,
            try Shift.current(.dispatcher, in: tx).contains(where: { $0.person == next })
        else { return notRunning }
        return try leads(next, in: tx)
    }

    private static func leads(_ person: Ref<Person>, in tx: Transaction) throws -> Refusal {
        let handle = try Person.handles(of: [person], in: tx)[person]
        return Refusal(
            .conflict,
            Phrase("response.shift_led|{name} leads the board already. Nothing was changed.", ["name": handle ?? "?"])
        )
    }

    private static var notRunning: Refusal {
        Refusal(.conflict, "response.shift_not_running|This shift is not running anymore.")
    }
}
