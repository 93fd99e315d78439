// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

private let yard = Whereabouts(point: Point(latitude: 34.0471, longitude: -118.2013))

@Suite("What tells of the same thing")
struct SameThingTests {
    private func file(
        _ world: World,
        _ kind: ReportKind,
        _ words: String,
        _ place: Whereabouts = yard,
        from source: String
    ) async throws -> Ref<Incident> {
        var filing = world.filing(words, at: place, from: source)
        filing.kind = kind.rawValue
        return try await world.incident(of: world.report(filing))
    }

    @Test("A false alarm doesn't answer what may be real beside it, and does answer what says the same")
    func dispelled() async throws {
        let world = try await World()
        let film = try await file(world, .vehicles, "white vans and men in vests", from: "a")
        world.clock.advance(by: .minutes(2))
        try await world.verify(film, .filmShoot)
        world.clock.advance(by: .minutes(3))
        #expect(try await file(world, .vehicles, "vans, men with vests", from: "b") == film)
        let taken = try await file(world, .arrest, "se llevaron a mi vecino, lo subieron a un carro", from: "c")
        #expect(taken != film)
        #expect(try await file(world, .vehicles, "they put a woman in handcuffs", from: "d") != film)
    }

    @Test("What is told of others three hundred meters on is another thing; at the place it is the same")
    func apart() async throws {
        let world = try await World()
        let corner = try await file(world, .arrest, "they took an older woman selling corn", from: "a")
        let next = Whereabouts(point: Point(latitude: 34.0498, longitude: -118.2013))
        #expect(try await file(world, .arrest, "se llevaron a un muchacho en bici", next, from: "b") != corner)
        let same = try await file(world, .arrest, "se llevaron a la señora mayor que vende elotes", from: "c")
        #expect(same == corner)
    }

    @Test("The name of a neighborhood makes two things in it no more alike")
    func placeNames() async throws {
        let world = try await World()
        let place = Whereabouts(text: "Highland Park")
        let vendor = try await file(world, .arrest, "they are arresting a tamale lady right now", place, from: "a")
        let yard = try await file(world, .work, "they are at the recycling yard rn taking workers", place, from: "b")
        #expect(vendor != yard)
        #expect(try await world.card(vendor).independent == 1)
    }

    @Test("Nor does its name in what somebody tells of it, chosen, written or by telephone")
    func placeNamesInWords() async throws {
        let world = try await World()
        let written = Whereabouts(text: "Boyle Heights")
        let bicycle = try await file(
            world,
            .other,
            "unos muchachos se robaron mi bicicleta en Boyle Heights",
            written,
            from: "a"
        )
        world.clock.advance(by: .minutes(5))
        let chosen = Whereabouts(place: "boyle-heights")
        #expect(try await file(world, .other, "my dog is lost in Boyle Heights", chosen, from: "b") != bicycle)
        let told = try await file(world, .other, "¿está tranquilo hoy por Boyle Heights?", Whereabouts(), from: "c")
        #expect(told != bicycle)
        let key = SketchKey(1, 2)
        #expect(
            WordSketch("masked men at MacArthur Park in Westlake", leaving: "MacArthur Park Westlake", key: key)
                == WordSketch("masked men at a park", key: key)
        )
    }

    @Test("Who asks for something of their own, and names no place, joins nobody")
    func asking() async throws {
        let world = try await World()
        let words = "can you help me with my court date"
        let first = try await file(world, .other, words, Whereabouts(), from: "a")
        world.clock.advance(by: .minutes(50))
        #expect(try await file(world, .other, words, Whereabouts(), from: "b") != first)
    }

    @Test("A long text is one witness however often it is passed on, with whatever place")
    func passedOn() async throws {
        let world = try await World()
        let text =
            "ALERTA compartan: redada en la fábrica de ropa, hay seis camionetas blancas y agentes armados bloquean la salida"
        var id: Ref<Incident>?
        for source in ["a", "b", "c"] { id = try await file(world, .work, text, from: source) }
        #expect(try await world.card(try #require(id)).independent == 1)
        #expect(try await world.card(try #require(id)).reports == 3)
    }

    @Test(
        "Who asks, fears or denies is no second witness",
        arguments: [
            "are there agents in white vans?", "no hay nada, falsa alarma, ya no hay agentes ni vans",
            "tengo miedo, dicen que hay agentes en vans",
        ]
    )
    func noSighting(words: String) async throws {
        let world = try await World()
        let id = try await file(world, .vehicles, "agents in white vans", from: "a")
        #expect(try await file(world, .vehicles, words, from: "b") == id)
        #expect(try await world.card(id).independent == 1)
        _ = try await file(world, .vehicles, "agents got out of white vans", from: "c")
        #expect(try await world.card(id).independent == 2)
    }
}
