// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@testable import Web

/// Where the link of a message leads, in the app as outside of it: somewhere that its reader may see.
@Suite("The page behind a message")
struct MessagePathTests {
    /// What messages are about, as it stands on one evening.
    private struct Evening {
        let incident: String
        let joaos: String
        let lupes: String
        let care: String
        let proposal: String
        let broadcast: String
        let drill: String
        let lupe: String
    }

    private func evening(_ door: Door) async throws -> Evening {
        let world = door.world
        let (joao, lupe, ruth, timings) = (world.joao, world.lupe, world.ruth, world.timings)
        let incident = try await door.incident()
        let id = try #require(Ref<Incident>(incident))
        for role in ["verifier", "observer"] {
            try await door.signIn(.amina)
            let ask = #"{"role":"\#(role)","wanted":1}"#
            _ = try await door.post("/api/v1/incidents/\(incident)/dispatches", json: ask)
        }
        let offers = try await world.database.read { tx in try Assignment.all(of: id, in: tx) }
        let joaos = try #require(offers.first { $0.person == joao.person }).id
        let lupes = try #require(offers.first { $0.person == lupe.person }).id
        try await world.database.write { tx in
            try Assignment.accept(joaos, by: joao, in: tx)
            try Assignment.arrive(joaos, by: joao, timings: timings, in: tx)
            try Assignment.done(joaos, by: joao, in: tx)
        }
        let care = try #require(try await world.database.read { tx in try CareCheck.waiting(for: joao, in: tx).first })
        try await world.confirm(id)
        try await door.signIn(.amina)
        let meets = LocalTime(world.clock.now + .days(1)).field
        _ = try await door.post(
            "/board/incidents/\(incident)/debrief-meeting",
            form: [("_token", door.csrf), ("meets", meets), ("place", "Library"), ("act", "debrief")]
        )
        let begun = try await door.post("/broadcasts", form: [("_token", door.csrf), ("incident", incident)])
        let broadcast = try #require(begun.headers[.location]?.split(separator: "/").last.map(String.init))
        _ = try await world.member(named: "Sol", [.coordinator])
        let proposal = try await world.database.write { tx in
            try Proposal.ask(
                RosterChange(lupe.person, roles: [.dispatcher]),
                because: "",
                confirmed: Confirmation.scripted(ruth, at: tx.now),
                by: ruth,
                in: tx
            )
        }
        return Evening(
            incident: incident,
            joaos: joaos.text,
            lupes: lupes.text,
            care: care.id.text,
            proposal: proposal.id.text,
            broadcast: broadcast,
            drill: Ref<Exercise>.new().text,
            lupe: lupe.person.text
        )
    }

    /// Who gets a message of a kind, and what it is then about.
    private func receivers(_ kind: Message.Kind, _ evening: Evening) -> [(Door.Member, String)] {
        let all: [Door.Member] = [.ruth, .amina, .joao, .lupe]
        switch kind {
        case .offer, .enough, .calledOff, .meetingChanged, .incidentChanged, .checkIn:
            return [(.joao, evening.joaos), (.lupe, evening.lupes)]
        case .missedCheckIn: return [(.amina, evening.lupes), (.ruth, evening.lupes)]
        case .responderLeft, .coordinatorPaged, .attorneyPaged, .alertReview, .holdReview, .debriefDue:
            return [(.ruth, evening.incident), (.amina, evening.incident)]
        case .broadcastReview: return [(.ruth, evening.broadcast), (.amina, evening.broadcast)]
        case .handOff, .commTest, .shiftTraded, .shiftPastEnd, .testMissed, .certificateEnds:
            return all.map { ($0, Ref<Shift>.new().text) }
        case .accountRecovered: return [(.ruth, evening.lupe)]
        case .proposalAsked, .proposalMade, .proposalDone, .proposalAlone, .proposalDropped:
            return [(.ruth, evening.proposal), (.lupe, evening.proposal)]
        case .howAreYou, .careOffered: return [(.joao, evening.care)]
        case .callWanted: return [(.ruth, evening.care)]
        case .debriefCalled: return [(.joao, evening.incident), (.amina, evening.incident)]
        case .drillBegun, .drillOver: return all.map { ($0, evening.drill) }
        }
    }

    @Test("comes in a list after what a safety waits on and before what ended, of which a call-off is always seen")
    func order() async throws {
        let door = try await Door()
        let (world, lupe, site) = (door.world, door.world.lupe, door.site)
        let kinds: [Message.Kind] = [.checkIn, .missedCheckIn, .calledOff] + Array(repeating: .handOff, count: 9)
        try await world.database.write { tx in
            for (index, kind) in (kinds + [.enough]).enumerated() {
                let about = Ref<Assignment>.new().text
                try Message.tell(lupe.person, kind, about: about, key: "\(index)", expires: .hours(1), in: tx)
            }
        }
        let english = site.library.words("en")
        let told = try await world.database.read { tx in
            try MessageList.waiting(for: lupe, site, in: tx).map { $0.words(english) }
        }
        let safety: [Message.Kind] = [.checkIn, .missedCheckIn]
        let others: [Message.Kind] = Array(repeating: .handOff, count: 6) + [.calledOff]
        #expect(Set(told.prefix(2)) == Set(safety.map { english($0.words) }))
        #expect(Array(told.dropFirst(2)) == others.map { english($0.words) })
    }

    @Test("opens for whoever the message is for, of every kind there is")
    func walk() async throws {
        let door = try await Door()
        let world = door.world
        let evening = try await evening(door)
        let people: [Door.Member: Caller] = [
            .ruth: world.ruth, .amina: world.amina, .joao: world.joao, .lupe: world.lupe,
        ]
        for member in [Door.Member.ruth, .amina, .joao, .lupe] {
            try await door.signIn(member)
            let person = try #require(people[member]).person
            for kind in Message.Kind.allCases {
                for subject in receivers(kind, evening).filter({ $0.0 == member }).map(\.1) {
                    try await world.database.write { tx in
                        _ = try Message.tell(
                            person,
                            kind,
                            about: subject,
                            key: "walk:\(kind.rawValue)",
                            expires: .hours(1),
                            in: tx
                        )
                    }
                    let path = try await world.database.read { tx in
                        let told = try #require(
                            try Message.about(subject, in: tx).last { $0.person == person && $0.kind == kind }
                        )
                        return try Message.paths(told, tx)
                    }
                    let answer = try await door.get(path)
                    #expect(answer.status == 200, "\(kind.rawValue) for \(member.rawValue): \(path)")
                }
            }
            let home = member == .ruth || member == .amina ? "/board" : "/respond"
            #expect(try await door.get(home).status == 200, "with all of them on it")
        }
    }
}
