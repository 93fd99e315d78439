// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// What a member is asked by a message that one tap answers, for the page behind its signed link: whether an attorney is on
/// it, or that the test of a shift arrived. Nothing sealed.
package struct AskedBrief: Sendable {
    package let message: Message
    package let matter: Matter

    package enum Matter: Sendable {
        /// `language`: which most of those who reported speak, where they said so.
        case attorney(SceneBrief, language: String?)
        case test(Shift)
    }

    /// Whom the message is for answers it. Throws `notFound` for a message of another kind, or that is forgotten.
    package static func find(_ id: Ref<Message>, in tx: Transaction) throws -> AskedBrief {
        guard let message = try Message.find(id, in: tx) else { throw Refusal.notFound }
        switch message.kind {
        case .attorneyPaged:
            guard let id = Ref<Incident>(message.subject), let incident = try Incident.present(id, in: tx) else {
                throw Refusal.notFound
            }
            let language = try AttorneyOnCall.language(of: incident.id, in: tx)
            return AskedBrief(message: message, matter: .attorney(SceneBrief(incident), language: language))
        case .commTest:
            guard let id = Ref<Shift>(message.subject) else { throw Refusal.notFound }
            return AskedBrief(message: message, matter: .test(try Shift.find(id, in: tx)))
        default: throw Refusal.notFound
        }
    }

    package enum Answer: String, Sendable {
        case yes, no
    }

    /// Doing it again changes nothing. Refuses what nobody waits for any more.
    package func take(_ answer: Answer, timings: Timings, in tx: Transaction) throws {
        let caller = try Caller.reached(message.person, in: tx)
        switch (matter, answer) {
        case (.attorney, .yes): try AttorneyOnCall.acknowledge(message.id, by: caller, in: tx)
        case (.attorney, .no): try AttorneyOnCall.decline(message.id, by: caller, timings: timings, in: tx)
        case (.test(let shift), _): try CommTest.answer(shift.id, by: caller, in: tx)
        }
    }
}
