// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// What an attorney says to a page, signed in or by the link in it.
extension AttorneyOnCall {
    /// "I am on it", also after a no. The first of several is; whoever comes later is told so. Saying it twice is saying it
    /// once.
    package static func acknowledge(_ id: Ref<Message>, by caller: Caller, in tx: Transaction) throws {
        guard try standing(id, by: caller, in: tx).acknowledgedAt == nil else { return }
        try Message.acknowledge(id, by: caller, in: tx)
    }

    /// "I can't", also after a yes: whoever is next is paged now and not when the time is over.
    package static func decline(
        _ id: Ref<Message>,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws {
        let page = try standing(id, by: caller, in: tx)
        guard try Message.decline(id, by: caller, in: tx), let subject = Ref<Incident>(page.subject),
            let incident = try Incident.present(subject, in: tx)
        else { return }
        try Incident.record("attorney_declined", incident.id, by: caller, ["person": caller.person.text], in: tx)
        try next(incident.id, timings: timings, in: tx)
    }

    /// What the caller was paged with, last; nil when nobody waits for their answer.
    static func page(of id: Ref<Incident>, for caller: Caller, in tx: Transaction) throws -> Message? {
        guard caller.roles.contains(.attorney) else { return nil }
        return try pages(about: id, in: tx).last { $0.person == caller.person }
    }

    private static func standing(_ id: Ref<Message>, by caller: Caller, in tx: Transaction) throws -> Message {
        guard let page = try Message.find(id, in: tx), page.person == caller.person, page.kind == .attorneyPaged else {
            throw Refusal.notFound
        }
        guard page.expiresAt > tx.now else {
            throw Refusal(
                .conflict,
                "response.attorney_settled|Nobody waits for your answer anymore: somebody else is on it, or it is over."
            )
        }
        return page
    }
}
