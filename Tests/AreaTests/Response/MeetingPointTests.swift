// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("Where they meet")
struct MeetingPointTests {
    private func meet(_ world: World, _ incident: Ref<Incident>, at place: String, by caller: Caller? = nil)
        async throws
    {
        try await world.write { tx in try Dispatch.meet(incident, at: place, by: caller ?? world.amina, in: tx) }
    }

    @Test("is said after the asking too; who said yes is told each time it changes, who was only asked sees it later")
    func change() async throws {
        let world = try await World()
        let maya = try await world.helper(named: "Maya")
        let incident = try await world.incident()
        _ = try await world.dispatch(incident, wanted: 2)
        let mine = try #require(try await world.current(world.joao)?.assignment.id)
        try await world.accept(mine, by: world.joao)
        #expect(try await world.current(world.joao)?.meeting == nil)

        try await meet(world, incident, at: "By the bakery")
        #expect(try await world.current(world.joao)?.meeting == "By the bakery")
        #expect(try await world.told(world.joao) == [.meetingChanged])
        #expect(try await world.told(maya) == [.offer], "they have not said yes")
        #expect(try await world.current(maya)?.meeting == nil)

        try await meet(world, incident, at: "By the bakery")
        #expect(try await world.events(of: incident, "dispatch.meeting").map { $0.data["told"] } == ["1"])
        try await meet(world, incident, at: "Soto Station")
        #expect(try await world.current(world.joao)?.meeting == "Soto Station")
        #expect(try await world.told(world.joao) == [.meetingChanged], "only the last is still to be read")
        #expect(try await world.events(of: incident, "dispatch.meeting").count == 2)

        let hers = try #require(try await world.current(maya)?.assignment.id)
        try await world.accept(hers, by: maya)
        #expect(try await world.current(maya)?.meeting == "Soto Station")
        let detail = try await world.database.read { tx in
            try IncidentDetail.load(incident, by: world.amina, in: tx)
        }
        #expect(detail.meetsAt?.content?.text == "Soto Station")
    }

    @Test("holds for those who are sent after the others, too")
    func inherited() async throws {
        let world = try await World()
        let incident = try await world.incident()
        _ = try await world.dispatch(incident, meeting: "By the bakery")
        _ = try await world.dispatch(incident, role: .observer)
        let hers = try #require(try await world.current(world.lupe)?.assignment.id)
        try await world.accept(hers, by: world.lupe)
        #expect(try await world.current(world.lupe)?.meeting == "By the bakery")
    }

    @Test("is only a dispatcher's to say, not empty, not a telephone number, and not when nobody is out")
    func refused() async throws {
        let world = try await World()
        let incident = try await world.incident()
        await #expect(throws: Refusal.self) { try await meet(world, incident, at: "Soto Station") }
        _ = try await world.dispatch(incident)
        await #expect(throws: Refusal.forbidden) {
            try await meet(world, incident, at: "Soto Station", by: world.joao)
        }
        for words in ["  ", "Call 323 555 0123", String(repeating: "x", count: 201)] {
            let refusal = await #expect(throws: Refusal.self) { try await meet(world, incident, at: words) }
            #expect(refusal?.fields.keys.sorted() == ["meeting"])
        }
        #expect(try await world.events(of: incident, "dispatch.meeting").isEmpty)
    }

    @Test("begins with the reporter's place, else with the landmark nearest to their phone, and never with a number")
    func suggestion() async throws {
        let world = try await World()
        func suggested(_ place: Whereabouts) async throws -> String? {
            let receipt = try await world.report(world.filing("Vans by the lake \(place.text ?? "")", at: place))
            let incident = try await world.incident(of: receipt)
            let detail = try await world.database.read { tx in
                try IncidentDetail.load(incident, by: world.amina, in: tx)
            }
            return detail.suggestedMeeting(in: world.places, Words(language: .english))
        }
        #expect(
            try await suggested(Whereabouts(text: "Behind the market in Pacoima")) == "Behind the market in Pacoima"
        )
        let point = try #require(Point(latitude: 34.0415, longitude: -118.2171))
        let near = try #require(try await suggested(Whereabouts(point: point)))
        #expect(near.contains("34.0415, -118.2171"))
        #expect(near.contains("Hollenbeck Park"))
    }

    @Test("is never only a neighborhood or a city: the phone's place or the named corner, else whoever sends is asked")
    func area() async throws {
        func looked(_ words: String, _ place: Whereabouts) async throws -> (suggested: String?, isOnlyArea: Bool) {
            // One each: reports from one part of the city could meet.
            let world = try await World()
            let incident = try await world.incident(of: world.report(world.filing(words, at: place)))
            return try await world.database.read { tx in
                let detail = try IncidentDetail.load(incident, by: world.amina, in: tx)
                let suggested = detail.suggestedMeeting(in: world.places, Words(language: .english))
                return (suggested, detail.isOnlyArea(in: world.places))
            }
        }
        let phone = try await looked("Vans by the market", World.pacoima)
        #expect(phone.suggested?.contains("34.2625, -118.4271") == true && !phone.isOnlyArea)
        let corner = try await looked(
            "Two vans and men with vests at Western and Olympic",
            Whereabouts(text: "Koreatown")
        )
        #expect(corner.suggested?.contains("Western") == true && corner.suggested?.contains(" & Olympic") == true)
        #expect(!corner.isOnlyArea)
        #expect(corner.suggested?.contains("34.05") == true)
        let area = try await looked("A helicopter flies low over our roofs", Whereabouts(text: "Boyle Heights"))
        #expect(area.suggested == nil && area.isOnlyArea)
        let landmark = try await looked("They sit in a white car", Whereabouts(text: "Hollenbeck Park"))
        #expect(landmark.suggested == "Hollenbeck Park" && !landmark.isOnlyArea)
    }
}
