// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People

extension Message {
    /// The page that it leads its reader to, in the app and by a link outside; nil where they may see none. The link
    /// of an offer and of a check-in is signed, and opens without this.
    package func path(for roles: Set<Role>, in tx: Transaction) throws -> String? {
        func can(_ permission: Permission) -> Bool { !permission.roles.isDisjoint(with: roles) }
        switch kind {
        case .offer, .enough, .calledOff, .meetingChanged, .incidentChanged, .checkIn: return "/respond/\(subject)"
        case .handOff, .commTest, .shiftTraded, .shiftPastEnd, .testMissed, .certificateEnds: return "/shifts"
        case .howAreYou, .careOffered: return "/how-are-you/\(subject)"
        case .callWanted: return can(.careForResponders) ? "/people/care" : nil
        case .debriefCalled: return "/debriefs/\(subject)"
        case .drillBegun, .drillOver: return "/drills"
        case .proposalAsked, .proposalMade, .proposalDone, .proposalAlone, .proposalDropped:
            return "/people/decisions/\(subject)"
        case .broadcastReview: return can(.seeBoard) ? "/broadcasts/\(subject)" : nil
        case .accountRecovered: return can(.seePeople) ? "/people/\(subject)" : nil
        case .missedCheckIn:
            guard can(.seeBoard), let id = Ref<Assignment>(subject) else { return nil }
            return "/board/incidents/\(try Assignment.find(id, in: tx).incident.text)"
        case .debriefDue: return can(.seeBoard) ? "/board/incidents/\(subject)?act=debrief" : nil
        case .responderLeft, .coordinatorPaged, .attorneyPaged, .alertReview, .holdReview:
            return can(.seeBoard) ? "/board/incidents/\(subject)" : nil
        }
    }

    /// What a member who may see the board is told besides, in the app only: about whom, in which neighborhood, and for
    /// which lines of a card nobody was found.
    package struct Matter: Sendable {
        package fileprivate(set) var handle: String?
        package fileprivate(set) var missing: [Dispatch.Missing] = []
        package fileprivate(set) var zone: String?
    }

    package func matter(in tx: Transaction) throws -> Matter? {
        var matter = Matter()
        let incident: Ref<Incident>?
        switch kind {
        case .missedCheckIn:
            guard let id = Ref<Assignment>(subject) else { return nil }
            let assignment = try Assignment.find(id, in: tx)
            incident = assignment.incident
            matter.handle = try Person.handles(of: [assignment.person], in: tx)[assignment.person]
        case .coordinatorPaged:
            incident = Ref<Incident>(subject)
            matter.missing = try Dispatch.missing(self, in: tx)
        case .responderLeft, .attorneyPaged, .alertReview: incident = Ref<Incident>(subject)
        default: return nil
        }
        if let incident { matter.zone = try tx.one(String.self, "SELECT zone FROM incidents WHERE id = \(incident)") }
        return matter
    }

    /// For `Post`: where there is no page of its own, the one on which its reader finds what they were told.
    package static let paths: Post.Paths = { message, tx in
        let roles = Set(
            try tx.list(Role.self, "SELECT role FROM person_roles WHERE person = \(message.person)")
        )
        if let path = try message.path(for: roles, in: tx) { return path }
        return Permission.seeBoard.roles.isDisjoint(with: roles) ? "/respond" : "/board"
    }

    /// For `Post`: what an offer is about and near which neighborhood, as on the page behind its link, then until when it
    /// stands, by the clock on the wall, since a text may come late; nothing sealed.
    package static func details(_ places: Places) -> Post.Details {
        { message, t, tx in
            guard message.kind == .offer, let id = Ref<Assignment>(message.subject),
                let offer = try tx.first(Assignment.self, "SELECT * FROM assignments WHERE id = \(id)")
            else { return [] }
            let scene = try Scene.find(offer.incident, in: tx)
            let kind = ReportKind(rawValue: scene.kind).map { t($0.label) }
            let place = scene.zone.flatMap(places.place)?.name(in: t.language.code)
            let words = [kind, place].compactMap(\.self).joined(separator: ", ")
            let by = t("respond.answer_by|Answer by {time}", ["time": AlertVoice.clock(offer.expiresAt, t)])
            return (words.isEmpty ? [] : ["\(words)."]) + [by]
        }
    }
}
