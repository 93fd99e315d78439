// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// Why a pack's places could not be read: names the file and the line.
package struct PlacesError: Error, CustomStringConvertible {
    package let description: String
}

/// The gazetteer of a pack, in memory: named places and street names. Answers "what is this point called?" and
/// "what places does this sentence speak of?". One object, since every report hands it on many times.
package final class Places: Sendable {
    /// In the order of the file.
    package let all: [Place]
    /// Around every center of the pack, radius not counted.
    package let bounds: Bounds
    private let positions: [String: Int]
    private let search: PlaceSearch
    private let circles: [Circle]
    /// The ids of what has neighborhoods in it.
    private let divided: Set<String>
    let streetLines: StreetLines
    /// How wide a degree of longitude is at least, as a share of one of latitude, where `nearest` looks.
    private let narrowest: Double

    /// Metres around the pack in which a point is called something.
    private static let margin = 30_000.0
    /// How far outside its circle a place that is the nearest one still gives a point its name: where nothing holds the
    /// point, and in a big city. Round circles leave gaps between a city's neighborhoods; few are a kilometre wide.
    private static let besideNothing = 5_000.0
    private static let besideInCity = 1_500.0

    /// What `nearest` needs of a place, packed close: a report asks for it while somebody waits.
    private struct Circle: Sendable {
        enum Size { case neighborhood, smallCity, city }

        let center: Point
        let radius: Double
        let size: Size
        let index: Int

        init?(_ place: Place, _ index: Int) {
            let size: Size? =
                switch place.kind {
                case .neighborhood: .neighborhood
                case .city: place.radius <= 8_000 ? .smallCity : .city
                // Downtown is a district no bigger than a neighborhood.
                case .district: place.radius <= 3_000 ? .neighborhood : nil
                case .landmark, .county: nil
                }
            guard let size else { return nil }
            self.size = size
            center = place.center
            radius = max(place.radius, 1)
            self.index = index
        }
    }

    private struct Found {
        var index: Int?
        var reach = Double.infinity

        mutating func take(_ index: Int, _ reach: Double) {
            if reach < self.reach { (self.index, self.reach) = (index, reach) }
        }
    }

    /// Reads every `.csv` file of the folder: those with a `latitude` column are places (id, kind, name,
    /// name_xx for other languages, latitude, longitude, radius_m, parent, aliases split by `;`), `streets.csv` is
    /// street names (name, aliases), `street-lines.csv` where they run. Throws `PlacesError` or a file error.
    package static func load(folder: String) throws -> Places {
        var places: [Place] = []
        var streets: [(name: String, aliases: [String])] = []
        var streetLines: [UInt8] = []
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".csv") }
        for file in files.sorted() {
            if file == "street-lines.csv" {
                streetLines = try Content.bytes("\(folder)/\(file)")
                continue
            }
            let rows = try Content.rows("\(folder)/\(file)")
            if rows.first?["latitude"] != nil {
                // A blank line is no place.
                for (index, row) in rows.enumerated() where row.values.contains(where: { !$0.isEmpty }) {
                    places.append(try place(row, "\(file), row \(index + 1)"))
                }
            } else if file == "streets.csv" {
                for row in rows {
                    guard let name = row["name"], !name.isEmpty else { continue }
                    streets.append((name, list(row["aliases"])))
                }
            }
        }
        return try Places(places, streets: streets, streetLines: streetLines)
    }

    init(_ places: [Place], streets: [(name: String, aliases: [String])], streetLines: [UInt8] = []) throws {
        guard let bounds = Bounds(places.map(\.center)) else {
            throw PlacesError(description: "the pack has no places")
        }
        var positions: [String: Int] = [:]
        for (index, place) in places.enumerated() {
            guard positions.updateValue(index, forKey: place.id) == nil else {
                throw PlacesError(description: "two places are called \(place.id)")
            }
        }
        for place in places {
            guard let parent = place.parent else { continue }
            guard parent != place.id, positions[parent] != nil else {
                throw PlacesError(description: "the parent \(parent) of \(place.id) is not in the pack")
            }
        }
        all = places
        self.bounds = bounds
        self.positions = positions
        let lines = StreetLines(streetLines, around: bounds.center)
        search = PlaceSearch(places, streets: Streets(streets), lines: lines)
        self.streetLines = lines
        narrowest = bounds.narrowest(margin: Self.margin)
        circles = places.enumerated().compactMap { Circle($0.element, $0.offset) }
        var divided: Set<String> = []
        for place in places where place.kind == .neighborhood {
            var next = place.parent
            while let id = next, divided.insert(id).inserted { next = positions[id].flatMap { places[$0].parent } }
        }
        self.divided = divided
    }

    /// The pack's cells. The origin is the middle of the pack in whole degrees, so that adding a place doesn't
    /// rename every cell.
    package var grid: Grid {
        let center = bounds.center
        return Grid(origin: Point(latitude: center.latitude.rounded(), wrapping: center.longitude.rounded()))
    }

    package func place(_ id: String) -> Place? {
        place(at: positions[id])
    }

    /// The places around a place, the nearest first.
    package func ancestors(of place: Place) -> [Place] {
        var found: [Place] = []
        var next = place.parent
        while let id = next, let parent = self.place(id), !found.contains(parent) {
            found.append(parent)
            next = parent.parent
        }
        return found
    }

    /// The city that a place is, or lies in. Nil outside of all, and for what has several in it.
    package func city(of id: String) -> Place? {
        guard let place = place(id) else { return nil }
        return place.kind == .city ? place : ancestors(of: place).first { $0.kind == .city }
    }

    /// What a point is called when it is shown back: the neighborhood or small city whose circle it lies deepest
    /// in; else, in a big city, the neighborhood or small city beside it, or the big city where none is near; else the
    /// nearest place within 5 km. Nil beyond.
    package func nearest(to point: Point) -> Place? {
        guard bounds.holds(point, margin: Self.margin) else { return nil }
        var neighborhood = Found()
        var smallCity = Found()
        var city = Found()
        var beside = Found(reach: Self.besideNothing)
        var besideCity = beside
        for circle in circles {
            let least = circle.center.leastDistance(to: point, narrowest: narrowest)
            if least > circle.radius, least - circle.radius >= beside.reach { continue }
            let distance = circle.center.distance(to: point)
            let reach = distance / circle.radius
            switch circle.size {
            case .city where distance <= circle.radius: city.take(circle.index, reach)
            case .city: besideCity.take(circle.index, distance - circle.radius)
            case .neighborhood, .smallCity:
                beside.take(circle.index, distance - circle.radius)
                guard distance <= circle.radius else { continue }
                if circle.size == .neighborhood {
                    neighborhood.take(circle.index, reach)
                } else {
                    smallCity.take(circle.index, reach)
                }
            }
        }
        if let near = place(at: neighborhood.index) {
            // A city beats a neighborhood of another city that reaches over its border, never one of its own.
            guard smallCity.reach < neighborhood.reach, let city = place(at: smallCity.index),
                !ancestors(of: near).contains(city)
            else { return near }
            return city
        }
        if let city = place(at: smallCity.index) { return city }
        let around = city.index ?? (besideCity.reach < beside.reach ? besideCity.index : nil)
        guard let city = place(at: around) else { return place(at: beside.index) }
        // The circle of a big city covers other towns too. One without neighborhoods is itself the answer.
        return beside.reach <= Self.besideInCity && divided.contains(city.id) ? place(at: beside.index) : city
    }

    /// The landmark whose middle is nearest to a point; nil when none is within `metres`.
    package func landmark(near point: Point, within metres: Double = 1_500) -> Place? {
        all.lazy.filter { $0.kind == .landmark }.map { ($0, $0.center.distance(to: point)) }
            .filter { $0.1 <= metres }.min { $0.1 < $1.1 }?.0
    }

    private func place(at index: Int?) -> Place? {
        guard let index, all.indices.contains(index) else { return nil }
        return all[index]
    }

    /// The places and crossings that a text speaks of, best first. Case, accents and punctuation don't count;
    /// names match whole words; where names overlap the longest wins. First what the whole text names, then
    /// crossings, landmarks, neighborhoods, cities, districts, the county; then more words, then more letters, a
    /// name before an alias, earlier in the text. A text that names nothing is tried as the beginning of a name.
    package func search(_ text: String) -> [PlaceMatch] { search.matches(in: Folded(text)) }

    /// The streets of the pack that the words name, and where. With `isSure`, and of what the place around is called, only
    /// what is written as a street's name is.
    package func streets(
        in words: [String],
        isAround: (String) -> Bool,
        isSure: Bool
    ) -> [(name: String, range: Range<Int>)] {
        search.streets.named(in: words, isAround: isAround, isSure: isSure)
    }

    private static func place(_ row: [String: String], _ line: String) throws -> Place {
        func text(_ column: String) throws -> String {
            guard let text = row[column].map({ trimmed($0[...]) }), !text.isEmpty else {
                throw PlacesError(description: "\(line): \(column) is missing")
            }
            return text
        }
        let kindName = try text("kind")
        guard let kind = Place.Kind(rawValue: kindName) else {
            throw PlacesError(description: "\(line): there is no kind of place called \(kindName)")
        }
        guard let latitude = Double(try text("latitude")), let longitude = Double(try text("longitude")),
            let center = Point(latitude: latitude, longitude: longitude)
        else { throw PlacesError(description: "\(line): not a place on earth") }
        guard let radius = Double(try text("radius_m")), radius > 0, radius <= 500_000 else {
            throw PlacesError(description: "\(line): the radius must be 1 to 500,000 metres")
        }
        var names = ["en": try text("name")]
        for (column, name) in row where column.hasPrefix("name_") && !name.isEmpty {
            names[String(column.dropFirst(5))] = name
        }
        let parent = row["parent"].flatMap { $0.isEmpty ? nil : $0 }
        return Place(
            id: try text("id"),
            kind: kind,
            center: center,
            radius: radius,
            parent: parent,
            aliases: list(row["aliases"]),
            names: names
        )
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ";").map(trimmed).filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: Substring) -> String {
        func isSpace(_ letter: Unicode.Scalar) -> Bool {
            letter == " " || letter == "\t" || letter.properties.generalCategory == .spaceSeparator
        }
        let rest = text.unicodeScalars.drop(while: isSpace)
        guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(rest[...last])
    }
}
