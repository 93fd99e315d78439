// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Where something is, as somebody said it: words, a place of the pack, a phone's position, or several of them.
package struct Whereabouts: Sendable, Hashable, Codable {
    package var text: String?
    /// A place's id.
    package var place: String?
    package var point: Point?

    package static let limit = 200

    package init(text: String? = nil, place: String? = nil, point: Point? = nil) {
        self.text = text
        self.place = place
        self.point = point
    }

    package var isEmpty: Bool { text == nil && place == nil && point == nil }

    /// What the pack makes of it. `words` are looked at when nothing else names a place, and to tell which of several
    /// corners of a name is meant.
    package func located(in places: Places, orIn words: String? = nil) -> Located {
        let named = text.map { Self.named($0, in: places) } ?? []
        let said = named.lazy.compactMap(\.crossing).first
        let chosen = place.flatMap(places.place) ?? Self.place(named)
        let known = point == nil ? said.flatMap { places.corner(of: $0, in: chosen) } : nil
        let isPlaced = place != nil || named.contains { $0.place != nil }
        let isSettled = point != nil || known != nil || (isPlaced && said != nil)
        let told = isSettled ? [] : words.map { Self.named($0, in: places) } ?? []
        let crossing = said ?? Self.only(told)
        // Beside a corner, a place on the way is where they went.
        let place = chosen ?? Self.place(crossing == nil ? told : told.filter { !$0.isOnTheWay })
        var located =
            point.map { Located(point: $0, uncertainty: 30, zone: places.nearest(to: $0)?.id) }
            ?? place.map { Located($0, in: places) } ?? .nowhere
        guard let crossing else { return located }
        let corner = known ?? (told.isEmpty ? nil : places.corner(of: crossing, in: place))
        if let corner { located = located.standing(at: corner, in: places) }
        let city = located.zone.flatMap(places.city)?.id ?? located.zone
        located.crossing = CrossingMark(crossing, city: city, isWhere: corner != nil)
        located.streets = "\(crossing.first) \(crossing.second)"
        return located
    }

    private static func named(_ text: String, in places: Places) -> [PlaceMatch] {
        places.search(text).filter { $0.reason != .beginning }
    }

    private static func place(_ matches: [PlaceMatch]) -> Place? {
        matches.lazy.filter { $0.crossing == nil }.compactMap(\.place).first
    }

    /// Words that tell of several corners tell of a way.
    private static func only(_ told: [PlaceMatch]) -> Crossing? {
        let crossings = told.compactMap(\.crossing)
        return Set(crossings.map { CrossingMark($0) }).count == 1 ? crossings.first : nil
    }
}

/// Whereabouts on the map: an exact point stays sealed, the zone is what others may know.
package struct Located: Sendable, Hashable {
    package let point: Point?
    /// Metres by which the point may be off.
    package let uncertainty: Double
    /// The id of a place, never finer than a neighborhood.
    package let zone: String?
    /// The two streets that were named; a crossing needs no point to be a place.
    package var crossing: CrossingMark?
    /// What they are called.
    fileprivate(set) var streets = ""

    package static let nowhere = Located(point: nil, uncertainty: 50_000, zone: nil)

    package init(point: Point?, uncertainty: Double, zone: String?) {
        self.point = point
        self.uncertainty = uncertainty
        self.zone = zone
    }

    /// Somewhere in a place. A big city's middle says nothing about where in it.
    package init(_ place: Place, in places: Places) {
        let zone =
            switch place.kind {
            case .landmark: places.nearest(to: place.center)?.id
            case .neighborhood, .city, .district: Optional(place.id)
            case .county: String?.none
            }
        let isSmall = place.radius <= 5_000
        self.init(point: isSmall ? place.center : nil, uncertainty: max(place.radius, 100), zone: zone)
    }

    /// What the place is called: as somebody wrote it, and as the pack does.
    func names(_ whereabouts: Whereabouts, at place: String?, in places: Places) -> String {
        var names = [whereabouts.text ?? "", place ?? "", streets] + around(in: places)
        if let city = zone.flatMap(places.city), city.id != zone {
            names += [city.name(in: "en"), city.name(in: "es")]
        }
        return names.joined(separator: " ")
    }

    /// What the spot itself is called. Where nothing else says where, the words may.
    func spot(_ whereabouts: Whereabouts, at place: String?, orIn words: String?, in places: Places) -> SpotMarks {
        let told = [whereabouts.text, place].compactMap(\.self).joined(separator: " ")
        let isSaid = told.isEmpty
        return SpotMarks(
            isSaid ? words ?? "" : told,
            isSaid: isSaid,
            besides: around(in: places).joined(separator: " "),
            at: uncertainty <= Self.cornerUncertainty ? point : nil,
            in: places
        )
    }

    /// What the neighborhood is called.
    private func around(in places: Places) -> [String] {
        zone.flatMap(places.place).map { [$0.name(in: "en"), $0.name(in: "es")] + $0.aliases } ?? []
    }

    /// Metres by which somebody who names a corner may be away from where we have it: our lines are off by up to a
    /// hundred, and people name the corner that they can read.
    static let cornerUncertainty = 100.0

    /// The same at a corner of it. What was named stays the zone; of a big city, and of nothing, the corner tells which.
    func standing(at corner: Point, in places: Places) -> Located {
        Located(
            point: corner,
            uncertainty: Self.cornerUncertainty,
            zone: point == nil ? places.nearest(to: corner)?.id ?? zone : zone
        )
    }
}
