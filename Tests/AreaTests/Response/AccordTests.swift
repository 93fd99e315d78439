// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

private let corner = Whereabouts(point: Point(latitude: 34.0471, longitude: -118.2013))

@Suite("How far accounts agree, and what is looked at first")
struct AccordTests {
    private func file(
        _ world: World,
        _ words: String?,
        _ kind: ReportKind = .other,
        at place: Whereabouts = corner,
        from source: String?,
        language: String = "en",
        salute: Salute = Salute()
    ) async throws -> Ref<Incident> {
        var filing = world.filing(words ?? "", at: place, from: source)
        filing.kind = kind.rawValue
        filing.words = words
        filing.language = language
        filing.salute = salute
        return try await world.incident(of: world.report(filing))
    }

    @Test("two who see the same from two networks are two, in whichever language, and it says on what they agree")
    func agree() async throws {
        let world = try await World()
        let id = try await file(
            world,
            "five masked agents are handcuffing a man outside the market",
            .arrest,
            from: "a"
        )
        #expect(try await world.card(id).accord.accounts == 0)
        #expect(
            try await file(
                world,
                "cinco agentes encapuchados están esposando a un señor afuera del mercado",
                .arrest,
                from: "b",
                language: "es"
            ) == id
        )
        let card = try await world.card(id)
        #expect(card.accord.accounts == 2 && card.accord.separate == 2 && card.accord.isStrong)
        #expect(card.accord.agreed == [.activity, .uniform, .location, .size])
        #expect(card.level == .supported)
        #expect(card.accord.reasons.first?.arguments["n"] == "2")
    }

    @Test(
        "what people call a checkpoint, a uniform and somebody who is held is the same in many words",
        arguments: [
            [
                "checkpoint here, asking everybody for ID", "conos anaranjados y agentes",
                "me pararon y me dejaron ir",
            ],
            ["retén en la esquina", "I got stopped by agents", "están parando las trocas de trabajo"],
            ["agents in green by the gate", "unos agentes de verde con armas largas", "hombres con uniformes verdes"],
            [
                "they have the father in the driveway", "tienen a un papá en la entrada",
                "cuffed a dad by the blue gate",
            ],
        ]
    )
    func samePhrases(words: [String]) async throws {
        let world = try await World()
        let first = try await file(world, words[0], .people, from: "a")
        for (text, source) in zip(words.dropFirst(), ["b", "c"]) {
            #expect(try await file(world, text, .people, from: source) == first)
        }
        #expect(try await world.card(first).accord.separate == 3)
    }

    @Test(
        "what officers shout, letters said one by one and a question that says why are of somebody who was there",
        arguments: [
            "men at my neighbors door banging and saying police open up but the jackets say h s i",
            "why are there unmarked explorers blocking both ends and dudes in masks pulling people out of a bus?",
            "¿por qué están agentes encapuchados sacando gente de un camión?",
        ]
    )
    func present(words: String) async throws {
        let world = try await World()
        let accord = try await world.card(file(world, words, .people, from: "a")).accord
        #expect(!accord.isOfOthers && !accord.isHearsay)
    }

    @Test(
        "who says that nothing is there is told of beside who saw something, and takes nothing away",
        arguments: [
            "I walked around the whole block, zero agents", "no es la migra, ya fui a ver", "nothing is going on here",
        ]
    )
    func deniedBeside(words: String) async throws {
        let world = try await World()
        let id = try await file(world, "agents in green vests at a white van", .people, from: "a")
        let before = try await world.card(id)
        #expect(!before.accord.isDenied)
        _ = try await file(world, words + ", no green vests", .people, from: "b")
        let after = try await world.card(id)
        #expect(after.accord.isDenied)
        let asked = try await file(world, "is there ice, is it false?", .people, at: World.pacoima, from: "c")
        #expect(try await !world.card(asked).accord.isDenied)
    }

    @Test("two who agree on nothing but a kind and a neighborhood are not yet two accounts of one thing")
    func kindAndNeighborhood() async throws {
        let world = try await World()
        let place = Whereabouts(text: "Boyle Heights")
        let id = try await file(world, "white vans going slowly past the school", .vehicles, at: place, from: "a")
        let other = try await file(world, "white vans by the clinic", .vehicles, at: place, from: "b")
        for one in [id, other] {
            let card = try await world.card(one)
            #expect(card.accord.accounts == 0 && card.level == .single)
        }
    }

    @Test(
        "what is only heard, asked, passed on or denied stands for nothing, and stands last",
        arguments: [
            "my cousin says masked agents are taking people at the market",
            "dicen que hay agentes encapuchados llevándose gente afuera del mercado",
            "are masked agents taking people at the market?",
            "false alarm, nobody here, no masked agents at the market",
            "Forwarded: masked agents are taking people at every market, share with everybody",
        ]
    )
    func hearsay(words: String) async throws {
        let world = try await World()
        let seen = try await file(world, "masked agents are taking a man at the market", .arrest, from: "a")
        _ = try await file(world, words, .arrest, from: "b")
        #expect(try await world.card(seen).accord.accounts == 0)
        #expect(try await world.card(seen).level == .single)
        world.clock.advance(by: .minutes(1))
        let alone = try await file(world, words, .arrest, at: World.pacoima, from: "c")
        #expect(try await world.card(alone).accord.isHearsay)
        #expect(try await world.board().toVerify.map(\.id) == [seen, alone])
    }

    @Test(
        "who says that nobody is there agrees with nobody on what they wear or came in",
        arguments: [
            "There are no agents in green vests here, no white van", "No agents in green vests, no white van",
            "No hay agentes con chalecos verdes ni van blanca", "no veo chalecos verdes ni van blanca",
            "I do not see any green vests or white van", "I don't see agents in green vests nor a white van",
            "FALSE: agents in green vests, white van. It was construction workers",
            "No hay migra aquí, falso, son jardineros de chaleco verde con van blanca",
            "The agents in green vests with the white van were gardeners", "nobody in green vests, no white van",
            "Everything calm, the green vests and white van people are gone",
            "the agents in green vests and the white van already left",
            "Facebook says six agents green vests white van", "afraid that six agents in green vests come, white van",
        ]
    )
    func denied(words: String) async throws {
        let world = try await World()
        let id = try await file(world, "I see six agents in green vests at a white van", .people, from: "a")
        _ = try await file(world, words, .people, from: "b")
        _ = try await file(world, words + ", really", .people, from: "c")
        let card = try await world.card(id)
        #expect(card.accord.accounts == 0 && card.level == .single)
    }

    @Test(
        "what was seen counts, whatever is not there besides, or not any more",
        arguments: [
            "agents in green vests at a white van, they have no warrant", "no badges, agents in green vests, white van",
            "agents in green vests took a man into a white van and already left",
            "agentes de chaleco verde se llevaron a un señor en una van blanca, ya se fueron",
            "I see agents in green vests and a white van, I don't see any badges",
            "not sure if they are ICE, green vests, white van",
        ]
    )
    func seen(words: String) async throws {
        let world = try await World()
        let id = try await file(world, "I see six agents in green vests at a white van", .people, from: "a")
        #expect(try await file(world, words, .people, from: "b") == id)
        #expect(try await world.card(id).accord.accounts == 2)
    }

    @Test("who sees it themselves is believed, whatever they ask for or fear")
    func eyes() async throws {
        let world = try await World()
        let id = try await file(
            world,
            "I see masked agents taking my neighbor from my window, can you send someone?",
            .arrest,
            from: "a"
        )
        let card = try await world.card(id)
        #expect(card.accord.isConcrete && !card.accord.isHearsay)
    }

    @Test("the police stand below, a vest that says police does not")
    func police() async throws {
        let world = try await World()
        let police = try await file(world, "police handcuffed a man outside the market", .arrest, from: "a")
        world.clock.advance(by: .minutes(1))
        let vests = try await file(
            world,
            "men in vests that say police handcuffed a man outside the market",
            .arrest,
            at: World.pacoima,
            from: "b"
        )
        #expect(try await world.card(police).accord.isOfOthers)
        #expect(try await !world.card(vests).accord.isOfOthers)
        #expect(try await world.board().toVerify.map(\.id) == [vests, police])
    }

    @Test("one network that writes three accounts agrees with itself, and that is said")
    func oneSender() async throws {
        let world = try await World()
        var id: Ref<Incident>?
        for words in [
            "masked agents are handcuffing a man at the market",
            "they handcuffed somebody, faces covered, by the market",
            "agents in masks grabbed a man outside the market",
        ] {
            id = try await file(world, words, .arrest, from: "a")
        }
        let card = try await world.card(try #require(id))
        #expect(card.accord.accounts == 3 && card.accord.separate == 1)
        #expect(card.level == .single)
    }

    @Test("a long text that two send is one account")
    func copies() async throws {
        let world = try await World()
        let words =
            "five masked agents with rifles are handcuffing a man outside the market, white van, women shouting at the corner"
        let id = try await file(world, words, .arrest, from: "a")
        _ = try await file(world, words, .arrest, from: "b")
        #expect(try await world.card(id).accord.accounts == 0)
    }

    @Test("the few real ones stand before a hundred others, and an old single one before a new one that agrees little")
    func surge() async throws {
        let world = try await World()
        var raid: Ref<Incident>?
        for number in 0..<60 {
            let place = Whereabouts(
                point: Point(
                    latitude: 33.8 + Double(number % 10) * 0.03,
                    longitude: -118.5 + Double(number / 10) * 0.04
                )
            )
            let words = [
                "ICE at the market", "they say there is a raid here", "is ICE here?", "police pulled over a car",
                "helicopter over my house", "la migra anda por aquí",
            ]
            _ = try await file(world, words[number % 6], .other, at: place, from: "n\(number)")
            if number == 20 || number == 40 {
                let account = [
                    20: "six masked agents are grabbing day laborers at the home depot",
                    40: "agentes con la cara tapada agarran a los jornaleros en el home depot, son seis",
                ]
                raid = try await file(world, account[number], .work, from: "r\(number)")
            }
            world.clock.advance(by: .seconds(20))
        }
        #expect(try await world.board().toVerify.first?.id == raid)
        #expect(try await world.board().toVerify.count { $0.level >= .supported } == 1)
    }

    @Test("whoever waits moves up: an exact account of yesterday stands before what agrees only now")
    func ages() async throws {
        let world = try await World()
        let old = try await file(world, "I see masked agents taking a man at the market", .arrest, from: "a")
        world.clock.advance(by: .hours(1))
        _ = try await file(world, "I see masked agents knocking at an apartment", .home, at: World.pacoima, from: "b")
        let two = try await file(
            world,
            "agents with masks knock on apartment doors",
            .home,
            at: World.pacoima,
            from: "c"
        )
        #expect(try await world.board().toVerify.map(\.id) == [two, old])
        world.clock.advance(by: .hours(24))
        let far = Whereabouts(point: Point(latitude: 33.9, longitude: -118.4))
        _ = try await file(world, "masked agents knock on apartment doors", .home, at: far, from: "d")
        _ = try await file(world, "agents in masks knocking, the whole apartment building", .home, at: far, from: "e")
        #expect(try await world.board().toVerify.prefix(2).map(\.id) == [two, old])
    }

    @Test("no card changes its place because time passes")
    func stays() async throws {
        let world = try await World()
        for number in 0..<8 {
            let place = Whereabouts(point: Point(latitude: 33.8 + Double(number) * 0.05, longitude: -118.3))
            _ = try await file(
                world,
                number % 2 == 0 ? "ICE here" : "is ICE here?",
                .people,
                at: place,
                from: "p\(number)"
            )
            world.clock.advance(by: .minutes(7))
        }
        let before = try await world.board().toVerify.map { ($0.id, $0.order) }
        world.clock.advance(by: .hours(9))
        let after = try await world.board().toVerify.map { ($0.id, $0.order) }
        #expect(before.map(\.0) == after.map(\.0) && before.map(\.1) == after.map(\.1))
    }

    @Test("a split and a merge count anew what agrees")
    func recount() async throws {
        let world = try await World()
        let amina = world.amina
        let id = try await file(world, "masked agents handcuff a man at the market", .arrest, from: "a")
        var filing = world.filing("faces covered, they handcuffed a man, market", at: corner, from: "b")
        filing.kind = "arrest"
        let second = try await world.report(filing)
        #expect(try await world.card(id).accord.accounts == 2)
        let new = try await world.database.write { tx in
            try Incident.split([second.report], from: id, by: amina, in: tx)
        }
        for one in [id, new] { #expect(try await world.card(one).accord.accounts == 0) }
        try await world.database.write { tx in try Incident.merge(new, into: id, by: amina, in: tx) }
        #expect(try await world.card(id).accord.accounts == 2)
        #expect(try await world.card(id).level == .supported)
    }

    @Test("what was counted before a restart stays counted")
    func restart() async throws {
        let world = try await World()
        let id = try await file(world, "masked agents handcuff a man at the market", .arrest, from: "a")
        _ = try await file(world, "faces covered, they handcuffed a man, market", .arrest, from: "b")
        let before = try await world.card(id).accord
        let fresh = Intake(database: world.database, keys: world.keys, places: world.places)
        _ = try await fresh.warm(by: world.amina)
        var filing = world.filing("they took a man at the market, masks", at: corner, from: "c")
        filing.kind = "arrest"
        let third = try await fresh.take(filing, submission: .once)
        #expect(try await world.incident(of: third) == id)
        let after = try await world.card(id).accord
        #expect(before.separate == 2 && after.separate >= 2 && after.accounts == 3)
    }

    @Test("a report that could not be stored agrees with nobody, until it is sent again")
    func notStored() async throws {
        let world = try await World()
        let words = [
            "agents in green vests at a white van", "white van, green vests, agents", "a white van and green vests",
        ]
        let id = try await file(world, words[0], .people, from: "a")
        try await world.database.write { tx in try tx.run("ALTER TABLE events RENAME TO events_away") }
        await #expect(throws: (any Error).self) { try await file(world, words[1], .people, from: "b") }
        try await world.database.write { tx in try tx.run("ALTER TABLE events_away RENAME TO events") }
        #expect(try await file(world, words[2], .people, from: "c") == id)
        #expect(try await world.card(id).accord.accounts == 2)
        #expect(try await file(world, words[1], .people, from: "b") == id)
        #expect(try await world.card(id).accord.accounts == 3)
    }

    @Test("the number that is kept says what it was made of")
    func stored() async throws {
        let world = try await World()
        let id = try await file(world, "masked agents handcuff a man at the market", .arrest, from: "a")
        _ = try await file(world, "faces covered, they handcuffed a man, market", .arrest, from: "b")
        let accord = try await world.card(id).accord
        #expect(try Accord(value: accord.value) == accord)
        #expect(try Accord(value: .integer(0)) == .none)
        #expect(throws: ColumnError.self) { try Accord(value: .integer(-1)) }
    }
}
