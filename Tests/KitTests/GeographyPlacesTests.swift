// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Testing

@testable import Kit

@Suite("Places of the Los Angeles pack")
struct PlacesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "content/places")
    private static let pack = Result { try Places.load(folder: folder.path) }

    private let places: Places

    init() throws { places = try Self.pack.get() }

    @Test(
        "A sentence in either language gives its place first",
        arguments: [
            ("afuera del mercado en Boyle Heights y la 1ra", "boyle-heights"),
            ("la migra esta en el parque macarthur", "macarthur-park"),
            ("ICE at MacArthur Park!!", "macarthur-park"),
            ("BOYLE  HEIGHTS", "boyle-heights"),
            ("pico-union", "pico-union"),
            ("Fashion District, Los Angeles", "fashion-district"),
            ("Los Ángeles", "los-angeles"),
            ("LOS ANGELES", "los-angeles"),
            ("LA", "los-angeles"),
            ("\u{0600}Wa\u{0301}tts\r\n", "watts"),
            ("ＷＡＴＴＳ", "watts"),
            ("Hollywood/Vine", "hollywood-and-vine"),
        ]
    )
    func sentences(text: String, id: String) throws {
        #expect(try #require(places.search(text).first).place?.id == id)
    }

    @Test(
        "Crossings are understood as people say them",
        arguments: [
            ("Figueroa & 7th", "Figueroa St & 7th St"),
            ("Alvarado y la 6ta", "Alvarado St & 6th St"),
            ("esquina de Soto con Cesar Chavez", "Soto St & Cesar E Chavez Ave"),
            ("Av. César E. Chávez / Soto St", "Cesar E Chavez Ave & Soto St"),
            ("near the corner of 6th and Alvarado", "6th St & Alvarado St"),
            ("Martin Luther King Jr. Blvd @ S. Figueroa St.", "Martin Luther King Jr Blvd & Figueroa St"),
            ("cerca de La Brea y Pico", "La Brea Ave & Pico Blvd"),
            ("calle 8 y Vermont", "8th St & Vermont Ave"),
            ("Florence y Normandie", "Florence Ave & Normandie Ave"),
            ("Union y la 8va", "Union Ave & 8th St"), ("Alondra and Hunsaker", "Alondra Blvd & Hunsaker Ave"),
            ("Soto n Cesar Chavez", "Soto St & Cesar E Chavez Ave"), ("on Hoover near Adams", "Hoover St & Adams Blvd"),
            ("Lorena cerca de la primera", "Lorena St & 1st St"), ("olimpic y hoover", "Olympic Blvd & Hoover St"),
            ("Long Beach Blvd near Imperial", "Long Beach Blvd & Imperial Hwy"),
            ("8th and La Brea", "8th St & La Brea Ave"), ("Pico y La Cienega", "Pico Blvd & La Cienega Blvd"),
            ("Avenida Western y Bulevar Olympic", "Western Ave & Olympic Blvd"),
            ("Western casi con Olympic", "Western Ave & Olympic Blvd"),
            ("Western cruce con Olympic", "Western Ave & Olympic Blvd"), ("6 y Alvarado", "6th St & Alvarado St"),
            ("6 & Alvarado", "6th St & Alvarado St"), ("Broadway con la 5", "Broadway & 5th St"),
            ("Whittier Bl con Atlantic Bl", "Whittier Blvd & Atlantic Blvd"),
            ("Pacific Bl con Florence Av", "Pacific Ave & Florence Ave"),
            ("Olympic Bd y Avda Vermont", "Olympic Blvd & Vermont Ave"),
            ("Whittier Bl Atlantic Bl", "Whittier Blvd & Atlantic Blvd"),
            ("Whittier-Atlantic", "Whittier Blvd & Atlantic Blvd"), ("Western - Olympic", "Western Ave & Olympic Blvd"),
            ("Whittier Atlantic", "Whittier Blvd & Atlantic Blvd"),
            ("Whittier/Atlantic", "Whittier Blvd & Atlantic Blvd"),
            ("esquina Whittier Atlantic", "Whittier Blvd & Atlantic Blvd"),
            ("Whittier Atlantic, East LA", "Whittier Blvd & Atlantic Blvd"),
            ("Cesar Chavez Soto", "Cesar E Chavez Ave & Soto St"), ("Vermont 1st", "Vermont Ave & 1st St"),
            ("Van Nuys Blvd Victory Blvd", "Van Nuys Blvd & Victory Blvd"),
        ]
    )
    func crossings(text: String, name: String) throws {
        let match = try #require(places.search(text).first)
        #expect(match.reason == .crossing)
        #expect(match.name(in: "en") == name)
        #expect(match.name(in: "es") == name.replacing(" & ", with: " y "))
    }

    @Test(
        "Ordinary words are no places",
        arguments: [
            "2 vans and 3 officers on the street", "la camioneta es de la migra", "", " \r\n", "¿?", "y", "los y las",
            "a white van with plates from Arizona and Michigan", "Rose and Clark saw it", "national and state police",
            "orange and olive vests", "3200 Whittier Blvd", "4700 whittier", "on San Pedro St by the market",
            "avenida Compton", "Atlantic con la 10", "la 10 y Atlantic", "10 y Atlantic", "3 near Western",
            "6 y Alvarado vans", "hay 4 y Western",
        ]
    )
    func nothing(text: String) {
        #expect(places.search(text).isEmpty)
    }

    @Test(
        "Names side by side are no crossing where they are a place, two towns, a town and its street, or a list",
        arguments: [
            ("Boyle Heights", "boyle-heights"), ("Huntington Park", "huntington-park"), ("Pico Union", "pico-union"),
            ("Pico-Union", "pico-union"), ("Echo Park Glendale", "echo-park"), ("Artesia Paramount", "paramount"),
            ("Vermont-Slauson", "vermont-slauson"), ("Adams-Normandie", "adams-normandie"),
            ("Hollywood Vine", "hollywood-and-vine"), ("Boyle Heights Soto", "boyle-heights"),
            ("Compton Alondra", "compton"), ("Long Beach, Pacific Ave", "long-beach"),
            ("Whittier, Painter", "whittier"),
            ("Huntington Park, Pacific Blvd", "huntington-park"), ("Silver Lake Sunset", "silver-lake"),
            ("Soto Whittier Indiana", "whittier"), ("Cesar Chavez", nil), ("Jeep Grand Cherokee", nil),
            ("Western Hunsaker", nil), ("on Vermont first one van", nil),
        ]
    )
    func beside(text: String, id: String?) {
        let found = places.search(text)
        #expect(found.allSatisfy { $0.reason != .crossing })
        #expect(found.first?.place?.id == id)
    }

    @Test("A place that somebody goes to or comes from is on the way")
    func onTheWay() {
        func isOnTheWay(_ text: String) -> Bool? { places.search(text).first { $0.place?.id == "compton" }?.isOnTheWay }
        for text in [
            "they went to Compton", "toward Compton", "from Compton", "se fueron para Compton", "van a Compton",
            "con rumbo a Compton", "vienen de Compton", "headed for Compton",
        ] {
            #expect(isOnTheWay(text) == true, "\(text)")
        }
        for text in [
            "Compton", "in Compton", "en Compton", "cerca de Compton", "next to Compton", "junto a Compton",
            "two blocks from Compton", "la policia de Compton", "from Watts, in Compton",
        ] {
            #expect(isOnTheWay(text) == false, "\(text)")
        }
    }

    @Test(
        "A town's name behind an article is the avenue's, where another place is named; else it is the town",
        arguments: [
            ("Pacoima, en la esquina de la Van Nuys", "pacoima"), ("por la Van Nuys en Pacoima", "pacoima"),
            ("en la Compton, cerca de Watts", "watts"), ("Van Nuys", "van-nuys"), ("por la Van Nuys", "van-nuys"),
            ("camionetas en Van Nuys", "van-nuys"), ("la migra en La Puente", "la-puente"),
        ]
    )
    func avenue(text: String, id: String) { #expect(places.search(text).first?.place?.id == id) }

    @Test("Where names overlap the longest wins, and crossings come first")
    func ranking() throws {
        let east = places.search("vivo en East Los Angeles")
        #expect(east.map { $0.place?.id } == ["east-los-angeles"])
        let corner = places.search("6th and Alvarado in Westlake")
        #expect(corner.map { $0.name(in: "en") } == ["6th St & Alvarado St", "Westlake"])
        #expect(places.search("boyl").first?.reason == .beginning)
        #expect(places.search("boyl").first?.place?.id == "boyle-heights")
    }

    @Test("Names come in the reader's language, or in English")
    func names() throws {
        let park = try #require(places.place("macarthur-park"))
        #expect(park.name(in: "es") == "Parque MacArthur")
        #expect(park.name(in: "en") == "MacArthur Park")
        #expect(park.name(in: "ko") == "MacArthur Park")
        #expect(places.place("no-such-place") == nil)
    }

    @Test(
        "A point is shown back as its neighborhood, or its city",
        arguments: [
            (34.045, -118.21, "boyle-heights"), (34.0447, -118.2547, "downtown-la"), (34.15, -118.14, "pasadena"),
            (33.94, -118.24, "watts"), (33.9, -118.22, "compton"),
        ]
    )
    func nearest(latitude: Double, longitude: Double, id: String) throws {
        let point = try #require(Point(latitude: latitude, longitude: longitude))
        #expect(places.nearest(to: point)?.id == id)
    }

    /// The circles of the neighborhoods leave gaps, and the one of Los Angeles covers other towns.
    @Test(
        "In a gap of a big city a point is shown back as the neighborhood or town beside it, never as the whole city",
        arguments: [
            // Broadway and Manchester, Normandie and Florence, Crenshaw and Adams, Valley and Soto.
            (33.9600, -118.2784, "florence"), (33.9747, -118.3001, "vermont-knolls"),
            (34.0326, -118.3348, "jefferson-park"), (34.0645, -118.1965, "lincoln-heights"),
            // Olympic and Indiana: the border of Boyle Heights and East Los Angeles.
            (34.0188, -118.1922, "east-los-angeles"),
            // Other towns, in the circle of the city or just outside it, and none of their circles.
            (33.9766, -118.3616, "inglewood"), (33.9466, -118.2277, "south-gate"), (34.1270, -118.0911, "san-marino"),
            (33.9294, -118.1686, "downey"), (33.9040, -118.3740, "hawthorne"),
            // Palmdale and Lancaster have no neighborhoods: a village beside them isn't theirs.
            (34.6700, -118.1900, "lancaster"), (34.5850, -118.1400, "palmdale"),
        ]
    )
    func nearestInGap(latitude: Double, longitude: Double, id: String) throws {
        let point = try #require(Point(latitude: latitude, longitude: longitude))
        #expect(places.nearest(to: point)?.id == id)
    }

    @Test(
        "Where a big city has no neighborhood near, it is the city",
        arguments: [(34.03, "b"), (34.05, "b"), (34.06, "a"), (34.08, "a"), (34.17, "a"), (34.19, "c"), (34.3, nil)]
    )
    func emptyCity(latitude: Double, id: String?) throws {
        // The neighborhood reaches to 34.045 and the city to 34.18, where another town begins soon.
        let folder = try Self.folder(
            "a,city,A,,34,-118,20000,,\nb,neighborhood,B,,34,-118,5000,a,\nc,city,C,,34.21,-118,1000,,"
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let point = try #require(Point(latitude: latitude, longitude: -118))
        #expect(try Places.load(folder: folder.path).nearest(to: point)?.id == id)
    }

    @Test("What is passed over as too far is too far")
    func least() throws {
        let narrowest = places.bounds.narrowest(margin: 30_000)
        var wrong = 0
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bounds = places.bounds
            let point = try #require(
                Point(
                    latitude: .random(in: bounds.south - 0.25...bounds.north + 0.25, using: &generator),
                    longitude: .random(in: bounds.west - 0.25...bounds.east + 0.25, using: &generator)
                )
            )
            for place in places.all {
                let least = place.center.leastDistance(to: point, narrowest: narrowest)
                let distance = place.center.distance(to: point)
                // And no idle bound: within some hundredths here.
                if least > distance || least < distance * 0.95 { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    @Test("Far away is nowhere", arguments: [(36.17, -115.14), (0, 0), (-90, 180), (34.3, -117.9)])
    func far(latitude: Double, longitude: Double) throws {
        #expect(places.nearest(to: try #require(Point(latitude: latitude, longitude: longitude))) == nil)
    }

    @Test("Every place is found by its own name, and lies in its parents' company")
    func everyPlace() {
        for place in places.all {
            for language in ["en", "es"] {
                let found = places.search(place.name(in: language))
                #expect(found.contains { $0.place == place || $0.rivals.contains(place.id) }, "\(place.id)")
            }
            #expect(place.radius > 0)
            #expect(places.bounds.holds(place.center))
        }
    }

    @Test(
        "Hostile text is read in bounded time and breaks nothing",
        arguments: [
            String(repeating: "a", count: 100_000), String(repeating: "\u{0301}", count: 100_000),
            String(repeating: "y & ", count: 30_000), String(repeating: "la ", count: 30_000),
            String(repeating: "Figueroa y ", count: 10_000), "\u{0000}\u{FFFD}\u{10FFFF}",
            "\u{200F}\u{202E}Watts\u{2066}",
            String(repeating: "👩‍👩‍👧‍👦", count: 5_000), "مرحبا بالعالم", "보일 하이츠", "博伊爾高地", "ᏣᎳᎩ",
        ]
    )
    func hostile(text: String) {
        for match in places.search(text) { #expect(!match.words.isEmpty) }
    }

    @Test("Places that share a name are each other's rivals")
    func rivals() throws {
        let folder = try Self.folder(
            "a,neighborhood,Central,,34,-118,900,,\nb,city,Elsewhere,,34.5,-118,900,,Céntral\n"
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let found = try Places.load(folder: folder.path).search("near central")
        #expect(found.map { $0.place?.id } == ["a", "b"])
        #expect(found.map(\.rivals) == [["b"], ["a"]])
        #expect(found.map(\.reason) == [.name(language: "en"), .alias])
    }

    private static func folder(_ rows: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "places-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let header = "id,kind,name,name_es,latitude,longitude,radius_m,parent,aliases"
        try "\(header)\n\(rows)\n".write(to: folder.appending(path: "pack.csv"), atomically: true, encoding: .utf8)
        return folder
    }

    @Test(
        "A broken file is refused with its line",
        arguments: [
            ("x,neighborhood,X,,north,1,10,,", "row 1: not a place on earth"),
            ("x,neighborhood,X,,91,1,10,,", "row 1: not a place on earth"),
            ("x,galaxy,X,,1,1,10,,", "row 1: there is no kind of place called galaxy"),
            ("x,city,X,,1,1,nan,,", "row 1: the radius must be"),
            ("x,city,,,1,1,10,,", "row 1: name is missing"),
            ("x,city,X,,1,1,10,y,", "the parent y of x is not in the pack"),
            ("x,city,X,,1,1,10,,\nx,city,X,,1,1,10,,", "two places are called x"),
            ("", "the pack has no places"),
        ]
    )
    func broken(rows: String, words: String) throws {
        let folder = try Self.folder(rows)
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: PlacesError.self) { try Places.load(folder: folder.path) }
        #expect(error?.description.contains(words) ?? false, "\(error?.description ?? "")")
    }
}

@Suite("Folded text")
struct FoldedTests {
    @Test(
        "Case, accents, punctuation and invisible signs go; letters of every script stay",
        arguments: [
            ("¡Año Nuevo, Peñón!", ["ano", "nuevo", "penon"]),
            ("L'Enfant O’Neill", ["lenfant", "oneill"]),
            ("ĐẶNG Straße Łódź", ["dang", "strasse", "lodz"]),
            ("e\u{0301}\u{0600}s\u{200B}te", ["este"]),
            ("Figueroa&7ª", ["figueroa", "7a"]),
            ("Привет МИР", ["привет", "мир"]),
            ("보일 하이츠", ["보일", "하이츠"]),
            ("東京", ["東", "京"]),
            ("١٢ 3", ["12", "3"]),
            ("a\r\nb\tc", ["a", "b", "c"]),
            ("", []),
        ]
    )
    func words(text: String, words: [String]) {
        #expect(Folded(text).words == words)
    }

    @Test("Signs that join are remembered")
    func joints() {
        #expect(Folded("Figueroa & 7th / Pico").joints == [1, 2])
        #expect(Folded("Figueroa y Pico").joints.isEmpty)
    }

    @Test("No more than the limits is read")
    func limits() {
        #expect(Folded(String(repeating: "a ", count: 50_000)).words.count == 400)
        #expect(Folded(String(repeating: "a", count: 50_000)).words.first?.utf8.count == 64)
        #expect(Folded("a b c d", limit: 2).words == ["a", "b"])
    }
}
