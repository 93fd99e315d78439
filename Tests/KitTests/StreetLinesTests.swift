// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Testing

@testable import Kit

@Suite("Where streets cross")
struct StreetLinesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "content/places")
    private static let pack = Result { try Places.load(folder: folder.path) }

    private let places: Places

    init() throws { places = try Self.pack.get() }

    private func corner(_ text: String, in place: String? = nil) throws -> Point? {
        let crossing = try #require(places.search(text).lazy.compactMap(\.crossing).first)
        return places.corner(of: crossing, in: place.flatMap(places.place))
    }

    /// Known by hand, to four decimals.
    @Test(
        "Thirty corners of Los Angeles are where they are",
        arguments: [
            ("Western y Olympic", 34.0526, -118.3090), ("Pico & Vermont", 34.0472, -118.2917),
            ("Sunset and Vermont", 34.0981, -118.2917), ("esquina de Figueroa con Adams", 34.0281, -118.2760),
            ("Florence @ Normandie", 33.9747, -118.3002), ("corner of Crenshaw and MLK", 34.0109, -118.3353),
            ("Alvarado y la 6ta", 34.0592, -118.2747), ("Soto con Cesar Chavez", 34.0466, -118.2078),
            ("1st and Soto", 34.0432, -118.2099), ("la Primera y Soto", 34.0432, -118.2099),
            ("Atlantic / Whittier", 34.0204, -118.1572), ("Pacific y Florence", 33.9747, -118.2252),
            ("Van Nuys Blvd / Sherman Way", 34.2012, -118.4487), ("Reseda & Ventura", 34.1688, -118.5359),
            ("Lankershim and Chandler", 34.1685, -118.3766), ("La Brea y Wilshire", 34.0622, -118.3440),
            ("3rd and Fairfax", 34.0714, -118.3614), ("Westwood at Wilshire", 34.0591, -118.4438),
            ("Slauson x Crenshaw", 33.9891, -118.3310), ("Vermont cerca de Imperial", 33.9310, -118.2917),
            ("103rd and Central", 33.9437, -118.2545), ("Firestone & Long Beach Blvd", 33.9562, -118.2206),
            ("Long Beach Blvd y Anaheim", 33.7826, -118.1894), ("Colorado and Fair Oaks", 34.1457, -118.1505),
            ("Garvey near Atlantic", 34.0625, -118.1342), ("Fletcher y San Fernando Rd", 34.1148, -118.2459),
            ("York y Figueroa", 34.1153, -118.1845), ("1st and Gaffey", 33.7433, -118.2926),
            ("cerca de la 9 y Towne", 34.0360, -118.2492), ("Rosecrans / Hawthorne", 33.9019, -118.3527),
            ("Boyle and 1st", 34.0471, -118.2197), ("Hoover n Adams", 34.0317, -118.2839),
        ]
    )
    func known(text: String, latitude: Double, longitude: Double) throws {
        let point = try #require(Point(latitude: latitude, longitude: longitude))
        let corner = try #require(try corner(text))
        #expect(corner.distance(to: point) < 120, "\(text) is at \(corner.shown)")
    }

    @Test("However a corner is written, in both languages, it is one point")
    func forms() throws {
        let forms = [
            "Western and Olympic", "Western y Olympic", "Olympic & Western", "esquina de la Western con Olympic",
            "Olympic Blvd / Western Ave", "corner of Western Ave. and W Olympic", "Western Ave @ Olympic Blvd",
        ]
        let points = try forms.map { try #require(try corner($0)) }
        #expect(points.allSatisfy { $0.distance(to: points[0]) < 1 })
    }

    @Test("Where two corners have the name, the place that was named with it tells which; nothing else does")
    func several() throws {
        #expect(try corner("7th and Grand") == nil)
        let harbor = try #require(try corner("7th and Grand", in: "san-pedro"))
        let downtown = try #require(try corner("7th and Grand", in: "downtown-la"))
        #expect(harbor.distance(to: downtown) > 30_000)
        // San Pedro is Los Angeles too, and the county says nothing.
        #expect(try corner("7th and Grand", in: "los-angeles") == nil)
        #expect(try corner("7th and Grand", in: "la-county") == nil)
    }

    @Test("A city as big as Los Angeles holds its corners, beyond its circle too; a border is no wall")
    func inside() throws {
        #expect(try corner("Van Nuys and Victory", in: "los-angeles") != nil)
        #expect(try corner("Western and Olympic", in: "koreatown") != nil)
        #expect(try corner("6th and Alvarado", in: "macarthur-park") != nil)
        #expect(try corner("Western and Olympic", in: "la-county") != nil)
    }

    @Test("A corner that doesn't lie where it is said to lie, and one of a street whose line is unknown, is nowhere")
    func elsewhere() throws {
        #expect(try corner("Western and Olympic", in: "huntington-park") == nil)
        #expect(try corner("Western and Olympic", in: "watts") == nil)
        #expect(try corner("Alondra and Hunsaker") == nil)
        // Two that run beside each other.
        #expect(try corner("Vermont and Normandie") == nil)
    }

    /// What an outside tester found: one known corner hid another, in a gap of what the pack knows, or beyond its end.
    @Test(
        "A corner that may be elsewhere too, in a gap of a street or beyond its end, is nowhere without a place",
        arguments: [
            "3rd and Atlantic", "Main and Washington", "8th and Crenshaw", "Burbank and Ventura", "6th and Wilshire",
        ]
    )
    func perhapsElsewhere(text: String) throws {
        #expect(try corner(text) == nil)
    }

    @Test("The place that was named tells which, if no other corner of the name may be in it")
    func toldByPlace() throws {
        #expect(try corner("3rd and Atlantic", in: "long-beach") != nil)
        #expect(try corner("3rd and Atlantic", in: "east-los-angeles") == nil)
        #expect(try corner("6th and Wilshire", in: "santa-monica") != nil)
        #expect(try corner("6th and Wilshire", in: "los-angeles") == nil)
        #expect(try corner("8th and Crenshaw", in: "koreatown") != nil)
        let culverCity = try #require(try corner("Main and Washington", in: "culver-city"))
        let downtown = try #require(try corner("Main and Washington", in: "downtown-la"))
        #expect(culverCity.distance(to: downtown) > 10_000)
    }

    @Test("Lincoln Blvd is one street through Venice and Marina del Rey, and Pasadena's Lincoln Ave another")
    func lincoln() throws {
        let point = try #require(Point(latitude: 33.9890, longitude: -118.4467))
        for place in [nil, "venice", "marina-del-rey"] {
            let corner = try #require(try corner("Lincoln Blvd and Washington Blvd", in: place))
            #expect(corner.distance(to: point) < 120)
        }
        #expect(try corner("Lincoln Blvd and Washington Blvd", in: "pasadena") == nil)
        let pasadena = try #require(try corner("Lincoln Ave and Washington Blvd"))
        #expect(pasadena.distance(to: point) > 20_000)
    }

    /// Nearly every name of the pack is that of one corner, and stays so: what may be elsewhere is the exception.
    @Test("Of the names of one known corner 98 in a hundred have no possible other")
    func kept() throws {
        let text = try String(contentsOf: Self.folder.appending(path: "street-lines.csv"), encoding: .utf8)
        let rows = text.split(separator: "\n").dropFirst()
        let sorted = Set(rows.compactMap { $0.split(separator: ",").first.map(String.init) }).sorted()
        var (all, alone) = (0, 0)
        // Every fourth street with all that follow: enough to tell, in a quarter of the time.
        for (index, first) in sorted.enumerated() where index % 4 == 0 {
            for second in sorted[(index + 1)...] {
                let crossings = places.streetLines.crossings(of: first, second)
                guard crossings.known.count == 1 else { continue }
                all += 1
                if crossings.possible.isEmpty { alone += 1 }
            }
        }
        #expect(all > 500)
        #expect(alone * 100 >= all * 98)
    }

    @Test("A corner that is a landmark of the pack is where the landmark is")
    func landmark() throws {
        let corner = try #require(try corner("Vine y Hollywood"))
        #expect(corner == places.place("hollywood-and-vine")?.center)
    }

    @Test("Every line of the pack is a known street's, and whole, inside the pack")
    func pack() throws {
        let text = try String(contentsOf: Self.folder.appending(path: "street-lines.csv"), encoding: .utf8)
        let rows = text.split(separator: "\n").dropFirst()
        #expect(rows.count > 450)
        for row in rows {
            let parts = row.split(separator: ",")
            try #require(parts.count == 2, "\(row)")
            // With any other street it is read as that very name.
            let other = parts[0] == "Soto St" ? "Vermont Ave" : "Soto St"
            let crossing = places.search("\(parts[0]) & \(other)").lazy.compactMap(\.crossing).first
            #expect(crossing?.first == String(parts[0]), "\(parts[0])")
            let points = parts[1].split(separator: ";").map { pair -> Point? in
                let numbers = pair.split(separator: " ").compactMap { Double($0) }
                return numbers.count == 2 ? Point(latitude: numbers[0], longitude: numbers[1]) : nil
            }
            #expect(points.count >= 2, "\(row)")
            #expect(points.allSatisfy { $0.map { places.bounds.holds($0) } ?? false }, "\(row)")
        }
    }

    private func read(_ lines: String) throws -> StreetLines {
        StreetLines(Array("name,line\n\(lines)".utf8), around: try #require(Point(latitude: 34, longitude: -118)))
    }

    @Test("Streets cross, end at one another, jog, and run beside each other")
    func shapes() throws {
        let lines = try read(
            """
            North,34.0500 -118.2000;34.0000 -118.2000
            East,34.0200 -118.2500;34.0200 -118.1500
            End,34.0300 -118.2500;34.0300 -118.2004
            Short,34.0300 -118.2500;34.0300 -118.2050
            Jog,34.0400 -118.2500;34.0400 -118.2000
            Jog,34.0410 -118.2000;34.0410 -118.1500
            Beside,34.0500 -118.1999;34.0000 -118.2001
            Twice,34.0200 -118.2500;34.0300 -118.2200;34.0100 -118.1800
            Twice,34.0480 -118.2100;34.0480 -118.1900
            """
        )
        let crossing = try #require(lines.crossings(of: "North", "East").known.first)
        #expect(abs(crossing.latitude - 34.02) < 1e-6 && abs(crossing.longitude + 118.2) < 1e-6)
        #expect(lines.crossings(of: "East", "North").known.count == 1)
        #expect(lines.crossings(of: "North", "End").known.count == 1)
        #expect(lines.crossings(of: "North", "Short").known.isEmpty)
        let jog = lines.crossings(of: "North", "Jog").known
        #expect(jog.count == 1 && abs((jog.first?.latitude ?? 0) - 34.0405) < 1e-6)
        #expect(lines.crossings(of: "North", "Beside").known.isEmpty)
        #expect(lines.crossings(of: "North", "Twice").known.count == 2)
        #expect(lines.crossings(of: "North", "Nowhere").known.isEmpty)
    }

    @Test("A gap between two pieces of a street, and what lies beyond an end, may hold another crossing")
    func gaps() throws {
        let lines = try read(
            """
            Gap,34.0500 -118.3000;34.0500 -118.2500
            Gap,34.0500 -118.2200;34.0500 -118.2000
            Across,34.0600 -118.2350;34.0400 -118.2350
            Across,34.0600 -118.2900;34.0400 -118.2900
            Beyond,34.0600 -118.1900;34.0400 -118.1900
            Beyond,34.0600 -118.2900;34.0400 -118.2900
            Away,34.0600 -118.1700;34.0400 -118.1700
            Away,34.0600 -118.2900;34.0400 -118.2900
            Near,34.0500 -118.2480;34.0400 -118.2480
            """
        )
        let inside = lines.crossings(of: "Gap", "Across")
        #expect(inside.known.count == 1 && inside.possible.count == 1)
        #expect(lines.crossings(of: "Across", "Gap").possible.count == 1)
        // 900 m after its end, and 2,800 m.
        #expect(lines.crossings(of: "Gap", "Beyond").possible.count == 1)
        #expect(lines.crossings(of: "Gap", "Away").possible.isEmpty)
        // Where nothing is known nothing is hidden.
        #expect(lines.crossings(of: "Gap", "Near").known.isEmpty && lines.crossings(of: "Gap", "Near").possible.isEmpty)
    }

    @Test(
        "What is no line is passed over",
        arguments: [
            "", "North", "North,", "North,34.05", "North,34.05 -118.2", "North,x y;z", "North,999 999;1 1",
            "North,34.05 -118.2;34.05 -118.2", "North,--1 -;..;34", "North,1234567890123456789012345 -118.2;34 -118",
            "North,34.05 -118.2;east\r", ",34.05 -118.2;34 -118.2", "North,\u{0600}34.05 -118.2;34 -118.2",
        ]
    )
    func hostile(line: String) throws {
        let lines = try read("\(line)\nEast,34.0200 -118.2500;34.0200 -118.1500")
        #expect(lines.crossings(of: "North", "East").known.isEmpty)
        #expect(lines.crossings(of: "East", "North").known.isEmpty)
        #expect(StreetLines([], around: places.bounds.center).crossings(of: "", "").known.isEmpty)
    }
}
