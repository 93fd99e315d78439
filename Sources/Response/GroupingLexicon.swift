// SPDX-License-Identifier: AGPL-3.0-or-later

/// What the words of the field mean, in English and Spanish alike, for `WordSketch`: which say nothing, which are
/// one concept. All forms are folded (lower case, no accents). Endings are taken off words and forms alike, so a
/// form stands for its plural and its feminine.
enum Lexicon {
    enum Sense: Sendable {
        /// Says nothing: "the", "los".
        case stop
        /// Says what this event is: a market, a checkpoint.
        case concept(String)
        /// Said of nearly every event: officers, vehicles, colors.
        case common(String)
        case number(String)
    }

    struct Meaning: Sendable {
        var sense: Sense?
        /// Two-word forms that begin with this word.
        var phrases: [(second: String, concept: String)] = []
    }

    /// Of every form that has one: a reader of texts asks `LexiconForms`, which is made of this.
    static let meanings: [String: Meaning] = {
        var meanings: [String: Meaning] = [:]
        func add(_ form: String, _ sense: Sense, _ concept: String) {
            let words = form.split(separator: " ").map(String.init)
            if words.count == 2 {
                // Both as written and without endings: a reader tries the word, then its stem.
                for first in Set([words[0], LexiconForms.stem(words[0])]) {
                    for second in Set([words[1], LexiconForms.stem(words[1])]) {
                        meanings[first, default: Meaning()].phrases.append((second, concept))
                    }
                }
            } else {
                for word in Set([form, LexiconForms.stem(form)]) where meanings[word]?.sense == nil {
                    meanings[word, default: Meaning()].sense = sense
                }
            }
        }
        for word in stops.split(whereSeparator: \.isWhitespace) {
            meanings[String(word), default: Meaning()].sense = .stop
        }
        for (concept, forms) in table(numbers) { for form in forms { add(form, .number(concept), concept) } }
        for (concept, forms) in table(commons) { for form in forms { add(form, .common(concept), concept) } }
        for (concept, forms) in table(concepts) { for form in forms { add(form, .concept(concept), concept) } }
        return meanings
    }()

    /// Lines of "concept: form, form": the concept's own name is a form only when it is listed.
    private static func table(_ text: String) -> [(concept: String, forms: [String])] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let forms = parts[1].split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init)
            return ("=" + parts[0], forms)
        }
    }

    private static let stops = """
        a an the and or but if of to in on at by for from with without into onto over under near next up down off out
        is are was were be been being am do does did have has had having will would can could should may might must
        i me my mine we us our you your he him his she her it its they them their this that these those there here
        who what which when where why how not no yes so too very just also then than as about like some any all each
        please pls hi hello hey thanks ok okay now right today tonight im ive theres theyre dont isnt lots lot bunch
        one another other still maybe think guess looks look looking seems seem said says say get got getting
        el la los las lo un una unos unas y e o u ni que de del al a en con sin por para desde hasta sobre entre hacia
        es son era eran fue fueron ser estar esta estan estaba estaban estoy este esto ese eso esa esos esas aqui ahi
        alli aca alla hay habia tiene tienen tengo ha han he yo mi mis tu tus su sus nos nosotros ellos ellas el ella
        le les me te se si no ya muy mas menos tambien pero porque como cuando donde quien cual cuales todo toda todos
        todas algo alguien algunos algunas otro otra otros otras hola gracias ahora ahorita hoy favor creo parece
        parecen dicen dice acaba acaban cerca junto
        """

    private static let numbers = """
        2: two, dos, couple, par
        3: three, tres
        4: four, cuatro
        5: five, cinco
        6: six, seis
        7: seven, siete
        8: eight, ocho
        9: nine, nueve
        10: ten, diez
        12: dozen, docena, twelve, doce
        several: several, varios, varias, many, muchos, muchas, few, pocos
        """

    private static let commons = """
        agent: agent, agente, officer, oficial, migra, ice, la migra, federal, feds, inmigracion, immigration, cbp, \
        patrol, patrulla, police, policia, cop, cops, polis, agents, homeland, hsi, dhs, lapd, sheriff, uniformado
        vehicle: vehicle, vehiculo, van, vans, camioneta, furgoneta, car, carro, coche, auto, suv, suvs, truck, troca, \
        troque, minivan, pickup, sedan, charger, tahoe, suburban, explorer, durango, trailer, vagoneta
        see: see, saw, seen, seeing, watch, watching, spotted, noticed, vi, veo, vimos, vieron, ver, mirando, mire
        person: person, people, persona, gente, individual, guys, guy, folks, tipo, tipos, personas
        man: man, men, hombre, hombres, senor, senores
        woman: woman, women, mujer, mujeres, senora, senoras, lady
        outside: outside, afuera, fuera, front, frente, enfrente, entrance, entrada, adelante
        street: street, calle, avenue, avenida, road, boulevard, bulevar, st, ave, av, blvd, block, cuadra, corner, \
        esquina, sidewalk, banqueta, acera
        white: white, blanco, blanca
        black: black, negro, negra, dark, oscuro
        gray: gray, grey, gris, silver, plateado, plateada
        blue: blue, azul
        unmarked: unmarked, tinted, polarizado, polarizada, polarizados, sin marca, sin placas, sin logotipo
        stand: standing, stand, parado, parados, waiting, wait, esperando, parked, estacionado, estacionada, \
        estacionados, estacionadas, parking, sitting
        come: come, came, coming, arrive, arrived, arriving, llegar, llego, llegaron, llegando, viene, vienen, enter, \
        entered, entraron, entro, pulled
        area: area, zona, barrio, neighborhood, vecindario, place, lugar
        """

    private static let concepts = """
        vest: vest, chaleco
        mask: mask, masked, mascara, enmascarado, cubrebocas, encapuchado, pasamontanas, balaclava, covered faces, \
        cara tapada, caras tapadas, caras cubiertas, rostro cubierto
        uniform: uniform, uniforme, camouflage, camuflaje, fatigues
        gun: gun, rifle, weapon, arma, pistola, armado, armed, rifles, armas
        arrest: arrest, arrested, arresting, detain, detained, detaining, detuvieron, detener, detienen, detenido, \
        detenidos, deteniendo, arrestando, arrestaron, arresto, took, taking, taken, agarrando, agarraron, llevaron, \
        llevando, llevan, grabbed, grabbing, handcuffed, handcuffs, cuffs, esposado, esposaron, esposas, custody
        knock: knock, knocking, knocked, tocar, tocando, toco, tocan, tocaron, golpeando, banging, bang
        door: door, puerta
        checkpoint: checkpoint, reten, roadblock, retenes, puesto de, bloqueo, blocking, blocked, bloqueando, \
        bloqueada, bloquearon, closed off
        question: asking, ask, asked, question, questioning, preguntando, preguntan, preguntaron, interrogando, papers, \
        papeles, documents, documentos, identification, identificacion
        warrant: warrant, orden judicial, orden
        follow: following, follow, followed, siguiendo, sigue, persiguiendo, chase, chasing, chased, correteando
        run: run, running, ran, corriendo, corren, corrieron, correr, flee, fleeing, huyendo, escaped
        shout: shouting, shout, yelling, screaming, gritando, gritos, gritan, gritaron, scream
        market: market, mercado, supermarket, supermercado, marqueta, grocery, tienda, store, shop, minimarket, \
        abarrotes, mercadito, liquor
        busstop: bus stop, bus stops, bus station, parada, parada de, paradero, autobus, camion, bus
        carwash: car wash, carwash, autolavado, lavado de, lavacarros, lavado, auto wash
        homedepot: home depot, homedepot, hardware store, ferreteria, lowes
        parkinglot: parking lot, estacionamiento, lote, parking structure, aparcamiento
        school: school, escuela, elementary, primaria, preschool, kinder, secundaria, preparatoria, campus, daycare, \
        guarderia
        church: church, iglesia, parroquia, parish, temple, templo, mass, misa
        court: court, courthouse, corte, juzgado, tribunal
        hospital: hospital, clinic, clinica, emergency room
        park: park, parque, playground
        apartment: apartment, apartamento, departamento, apartments, building, edificio, complex, complejo, vecindad
        house: house, casa, home, residence, residencia, garage, garaje, yard, patio
        work: work, worker, workers, trabajo, trabajador, trabajadores, trabajando, job, laborer, laborers, jornalero, \
        jornaleros, day laborers, employees, empleados
        warehouse: warehouse, bodega, almacen, factory, fabrica, taller, garment, costura
        restaurant: restaurant, restaurante, taqueria, diner, cafe, restaurants, fonda
        vendor: vendor, vendedor, vendors, ambulante, ambulantes, fruit, fruta, taco, tacos, eloteros, elotero, tamales, \
        tamalero, puesto, stand de, cart, carrito, taquero
        swapmeet: swap meet, swapmeet, remate, tianguis, flea market
        laundry: laundromat, laundry, lavanderia
        gas: gas station, gasolinera, gasolineria
        bank: bank, banco
        station: station, estacion, metro, train, tren, subway
        freeway: freeway, autopista, highway, ramp, rampa, exit
        alley: alley, callejon, callejones
        helicopter: helicopter, helicoptero, chopper, drone, dron
        military: military, soldiers, soldier, soldado, soldados, national guard, guardia nacional, troops, tropas, \
        marines, army, ejercito, tank, tanque
        teargas: tear gas, teargas, gas lacrimogeno, flash bang, flashbang, flashbangs, granadas, pepper spray, smoke, humo
        crowd: crowd, protest, protesta, protesters, manifestacion, manifestantes, march, marcha, rally, multitud
        child: child, children, kid, kids, nino, ninos, nina, ninas, hijo, hijos, baby, bebe, student, students, \
        estudiante, estudiantes, alumnos
        family: family, familia, mother, madre, mama, father, padre, papa, vecino, vecina, neighbor, neighbors, vecinos
        window: window, ventana, glass, vidrio, vidrios, smashed, rompieron, broke, broken
        raid: raid, redada, operativo, redadas, operation, raiding, sweep
        bus: buses, transport, transporte, autobuses
        icecream: ice cream, icecream, helado, helados, nieves, paletero, paletas
        dog: dog, perro, canine, k9
        tow: tow, grua, towing
        construction: construction, construccion, roofers, techeros, obra, roofing, roof, techo
        barber: barber, barbershop, barberia, salon, peluqueria, beauty
        """
}
