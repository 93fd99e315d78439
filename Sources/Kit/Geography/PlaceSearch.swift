// SPDX-License-Identifier: AGPL-3.0-or-later

/// Finds the names of places in folded words. Names are kept under their first word, the longest first, so a
/// sentence costs one dictionary look-up a word.
struct PlaceSearch: Sendable {
    private struct Form: Sendable {
        let words: [String]
        let place: Int
        let reason: PlaceMatch.Reason
    }

    private struct Corner: Hashable, Sendable {
        let streets: Set<String>
    }

    private struct Hit {
        let range: Range<Int>
        let match: PlaceMatch
        /// A street of that name is as likely.
        var isAvenue = false
    }

    private let places: [Place]
    let streets: Streets
    private let lines: StreetLines
    private var forms: [String: [Form]] = [:]
    private var corners: [Corner: Int] = [:]

    /// Words that name a place only when nothing else is said: "la" is Los Angeles, and the Spanish "the".
    private static let tooCommon: Set<String> = ["los", "las", "the", "del", "east", "west", "north", "south"]

    /// Words before a name that say where somebody goes to or comes from.
    private static let ways: Set<String> = [
        "to", "toward", "towards", "into", "from", "heading", "headed", "leaving", "hacia", "para", "rumbo", "hasta",
        "desde", "a", "al",
    ]
    /// The same behind other words only: "vienen de Downey", "headed for Downey", and never "cerca de Downey".
    private static let comings: Set<String> = [
        "viene", "vienen", "venia", "venian", "vino", "vinieron", "vengo", "llega", "llegan", "llegaron", "sale",
        "salen",
        "salio", "salieron", "saliendo", "viniendo", "heading", "headed", "bound", "left", "leaving",
    ]
    /// "Close to Downey", "junto a Downey", "a block from Downey" are where it is.
    private static let nearness: Set<String> = [
        "close", "next", "near", "adjacent", "block", "blocks", "away", "across", "mile", "miles", "minutes", "cerca",
        "junto", "frente", "pegado", "cuadra", "cuadras",
    ]

    init(_ places: [Place], streets: Streets, lines: StreetLines) {
        self.places = places
        self.streets = streets
        self.lines = lines
        for (index, place) in places.enumerated() {
            for (language, name) in place.names.sorted(by: { $0.key < $1.key }) {
                add(name, index, .name(language: language))
            }
            for alias in place.aliases { add(alias, index, .alias) }
        }
        for first in forms.keys { forms[first]?.sort { $0.words.count > $1.words.count } }
    }

    private mutating func add(_ name: String, _ place: Int, _ reason: PlaceMatch.Reason) {
        let folded = Folded(name)
        guard let first = folded.words.first else { return }
        if places[place].kind == .landmark, let corner = streets.crossings(in: folded).first {
            let key = Corner(streets: [corner.first, corner.second])
            if corners[key] == nil { corners[key] = place }
        }
        let known = forms[first, default: []]
        guard !known.contains(where: { $0.words == folded.words && $0.place == place }) else { return }
        forms[first, default: []].append(Form(words: folded.words, place: place, reason: reason))
    }

    func matches(in text: Folded) -> [PlaceMatch] {
        guard !text.words.isEmpty else { return [] }
        let named = named(in: text)
        // "Hollywood and Vine" is a landmark of that very name, which knows where it is.
        let crossings = crossings(in: text, named).filter { crossing in
            !named.contains { $0.range.clamped(to: crossing.range) == crossing.range }
        }
        var hits = crossings
        for hit in named where !(named + crossings).contains(where: { Self.swallows($0.range, hit.range) }) {
            hits.append(hit)
        }
        guard !hits.isEmpty else { return beginnings(text) }
        var seen: Set<PlaceMatch.Subject> = []
        return hits.sorted { Self.isBetter($0, $1) }.map(\.match).filter { seen.insert($0.subject).inserted }
    }

    private func named(in text: Folded) -> [Hit] {
        var hits: [Hit] = []
        for start in text.words.indices {
            let rest = text.words[start...]
            let found = forms[text.words[start], default: []].filter { rest.starts(with: $0.words) }
            for form in found {
                let range = start..<(start + form.words.count)
                if places[form.place].kind != .landmark, Streets.isStreet(text.words, range) { continue }
                let isWhole = form.words.count == text.words.count
                if !isWhole, form.words.count == 1, Self.isTooCommon(text.words[start]) { continue }
                let rivals = found.filter { $0.words == form.words && $0.place != form.place }
                let match = PlaceMatch(
                    subject: .place(places[form.place]),
                    reason: form.reason,
                    words: form.words,
                    isWhole: isWhole,
                    rivals: rivals.map { places[$0.place].id }.sorted(),
                    isOnTheWay: Self.isOnTheWay(text.words[..<start])
                )
                let isTown = places[form.place].kind != .landmark
                hits.append(Hit(range: range, match: match, isAvenue: isTown && streets.isAvenue(text.words, range)))
            }
        }
        return hits
    }

    /// Two streets side by side are a crossing only where one is known, and where not each of them is a town's name too.
    private func crossings(in text: Folded, _ named: [Hit]) -> [Hit] {
        streets.crossings(in: text).compactMap { found in
            let corner = corners[Corner(streets: [found.first, found.second])].map { places[$0] }
            if !found.isJoined {
                let isKnown = corner != nil || !lines.crossings(of: found.first, found.second).known.isEmpty
                let isTowns = found.range.allSatisfy { word in named.contains { $0.range.contains(word) } }
                guard isKnown, !isTowns else { return nil }
            }
            return Hit(
                range: found.range,
                match: PlaceMatch(
                    subject: .crossing(Crossing(first: found.first, second: found.second, place: corner)),
                    reason: .crossing,
                    words: Array(text.words[found.range]),
                    isWhole: found.range.count == text.words.count,
                    rivals: [],
                    isOnTheWay: false
                )
            )
        }
    }

    /// Up to ten places whose name starts with the words, the last one perhaps unfinished.
    private func beginnings(_ text: Folded) -> [PlaceMatch] {
        guard text.words.count <= 6, let last = text.words.last, last.utf8.count >= 3 || text.words.count > 1 else {
            return []
        }
        let sure = text.words.dropLast()
        var found: Set<Int> = []
        for form in forms.values.joined()
        where form.words.count >= text.words.count && form.words.starts(with: sure)
            && form.words[sure.count].utf8.starts(with: last.utf8)
        {
            found.insert(form.place)
        }
        return found.map { places[$0] }
            .sorted { (Self.rank($0.kind), $0.name(in: "en")) < (Self.rank($1.kind), $1.name(in: "en")) }
            .prefix(10)
            .map {
                PlaceMatch(
                    subject: .place($0),
                    reason: .beginning,
                    words: text.words,
                    isWhole: true,
                    rivals: [],
                    isOnTheWay: false
                )
            }
    }

    private static func isOnTheWay(_ before: ArraySlice<String>) -> Bool {
        var rest = before
        while let last = rest.last, last == "the" || last == "la" || last == "el" { rest.removeLast() }
        guard let way = rest.popLast() else { return false }
        let earlier = rest.last ?? ""
        return switch way {
        case "de", "del", "for": comings.contains(earlier)
        default: ways.contains(way) && !nearness.contains(earlier)
        }
    }

    private static func isTooCommon(_ word: String) -> Bool { word.utf8.count <= 2 || tooCommon.contains(word) }

    private static func swallows(_ big: Range<Int>, _ small: Range<Int>) -> Bool {
        big.count > small.count && big.overlaps(small)
    }

    private static func isBetter(_ left: Hit, _ right: Hit) -> Bool { order(left) < order(right) }

    private static func order(_ hit: Hit) -> (Int, Int, Int, Int, String) {
        let (kind, id) =
            switch hit.match.subject {
            case .crossing(let crossing): (0, crossing.name(in: "en"))
            case .place(let place): (rank(place.kind), place.id)
            }
        let isName =
            switch hit.match.reason {
            case .name, .crossing: 0
            case .alias, .beginning: 1
            }
        let letters = hit.match.words.reduce(0) { $0 + $1.utf8.count }
        let size = hit.match.words.count * 1_000 + letters * 2 - isName
        // Of a place that is named twice what says where it is comes first.
        let place = hit.range.lowerBound + (hit.match.isOnTheWay ? 1_000 : 0)
        return (hit.match.isWhole ? 0 : hit.isAvenue ? 2 : 1, kind, -size, place, id)
    }

    private static func rank(_ kind: Place.Kind) -> Int {
        switch kind {
        case .landmark: 1
        case .neighborhood: 2
        case .city: 3
        case .district: 4
        case .county: 5
        }
    }
}
