// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// Why a report is part of an incident, or why two incidents may be one: who decided, and for the machine each part
/// of its score. Stored as JSON; numbers only, no words of anybody.
package struct Why: Sendable, Hashable, Codable {
    package enum Source: String, Sendable, Hashable, Codable {
        /// The incident was opened by this report.
        case first
        case grouping
        /// The reporter added it with their code.
        case reporter
        case person
    }

    package struct Part: Sendable, Hashable, Codable {
        package let name: Response.Part.Name
        /// 0 to 1.
        package let value: Double
        package let weight: Double
        /// Whole numbers under fixed names: `metres`, `within`, `minutes`, `shared`, `of`, `same`, `total`, `bits`,
        /// `crossing`, `name`, `street`.
        package let facts: [String: Int]
    }

    /// What the machine's answer rests on; in rows from before it was kept, nothing is said.
    package enum Ground: String, Sendable, Hashable, Codable {
        /// What is told fits, as far as it must.
        case itself
        /// Not enough by itself: it may go along with what several people tell of, where nothing else comes near.
        case follows
        /// Place and time fit, and too little of what is told.
        case thin
        /// What is told fits, and the place of one of them is not known exactly.
        case vague

        init(_ score: Score) {
            self =
                score.mayAttach
                ? .itself
                : score.mayFollow ? .follows : score.certainty != .exact && score.agrees ? .vague : .thin
        }
    }

    package let by: Source
    package let score: Double?
    package let ground: Ground?
    package let parts: [Part]

    init(_ source: Source) {
        by = source
        score = nil
        ground = nil
        parts = []
    }

    init(_ score: Score) {
        by = .grouping
        self.score = Self.rounded(score.total)
        ground = Ground(score)
        parts = score.parts.map { part in
            Part(
                name: part.name,
                value: Self.rounded(part.value),
                weight: Self.rounded(part.weight),
                facts: part.facts.flatMap(Self.numbers).reduce(into: [:]) { $0["\($1.name)"] = $1.number }
            )
        }
    }

    init(json: String) throws { self = try JSONDecoder().decode(Why.self, from: Data(json.utf8)) }

    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    /// The same as `Why(source).json`.
    static func json(_ source: Source) -> String { "{\"by\":\"\(source.rawValue)\",\"parts\":[]}" }

    /// The same as `Why(score).json`, for every report that is put to others: a twentieth of the time.
    static func json(_ score: Score) -> String {
        var text = JSONText()
        text.add("by", Source.grouping.rawValue)
        text.add("score", thousandths: thousandths(score.total))
        text.add("ground", Ground(score).rawValue)
        let parts = score.parts
        text.add("parts", count: parts.count) { text, place in
            let part = parts[place]
            text.add("name", part.name.rawValue)
            text.add("value", thousandths: thousandths(part.value))
            text.add("weight", thousandths: thousandths(part.weight))
            text.add("facts") { text in
                for fact in part.facts {
                    for (name, number) in numbers(fact) { text.add(name, Int64(number)) }
                }
            }
        }
        return String(decoding: text.whole, as: UTF8.self)
    }

    /// A sentence for each reason that counted, the weightiest first.
    package var words: [Phrase] {
        switch by {
        case .first: ["response.why_first|This report came first."]
        case .reporter: ["response.why_reporter|The same person added this."]
        case .person: ["response.why_person|A member of the team decided this."]
        case .grouping:
            parts.filter { $0.weight > 0 }.sorted { $0.weight * $0.value > $1.weight * $1.value }.compactMap(\.words)
        }
    }

    /// Of a report that the machine put where it is: how well it fits, and from where on that is enough.
    package var threshold: Phrase? {
        guard by == .grouping, let score else { return nil }
        if ground == .follows {
            return Phrase(
                "response.why_followed|Match {score}%. It goes along with what several people tell. By itself it would not be enough.",
                ["score": Self.percent(score)]
            )
        }
        return Phrase(
            "response.why_score|Match {score}%. From {least}% on it goes there by itself.",
            ["score": Self.percent(score), "least": Self.percent(GroupingSettings.standard.attach)]
        )
    }

    /// Of two incidents that may be one: why the machine left that to a person.
    package var whyNot: Phrase? {
        guard by == .grouping, let score else { return nil }
        let least = GroupingSettings.standard.attach
        if score < least, ground != .follows {
            return Phrase(
                "response.why_not_score|Not put together by itself: that takes {least}%.",
                ["least": Self.percent(least)]
            )
        }
        switch ground {
        case .thin: return "response.why_not_thin|Not put together by itself: too little of what is told is the same."
        case .vague:
            return "response.why_not_vague|Not put together by itself: the place of one of them is not known exactly."
        case .itself, .follows:
            return
                "response.why_not_other|Not put together by itself: another one fits about as well, or both were there before."
        case nil: return nil
        }
    }

    private static func percent(_ score: Double) -> String { "\(Int((score * 100).rounded()))" }

    private static func rounded(_ number: Double) -> Double { (number * 1_000).rounded() / 1_000 }

    /// Scores, shares and weights are small.
    private static func thousandths(_ number: Double) -> Int64 {
        number.isFinite ? Int64(min(max((number * 1_000).rounded(), -1e15), 1e15)) : 0
    }

    private static func numbers(_ fact: Response.Part.Fact) -> [(name: StaticString, number: Int)] {
        switch fact {
        case .metres(let metres): [("metres", metres)]
        case .within(let metres): [("within", metres)]
        case .minutes(let minutes): [("minutes", minutes)]
        case .sharedWords(let shared, let all): [("shared", shared), ("of", all)]
        case .sameKind(let same, let all): [("same", same), ("total", all)]
        case .bitsApart(let bits): [("bits", bits)]
        case .sameCrossing: [("crossing", 1)]
        case .sameName: [("name", 1)]
        case .sameStreet: [("street", 1)]
        case .placeUnknown, .tooFewWords, .kindUnknown: []
        }
    }
}

extension Why.Part {
    /// Metres up to which nobody can say that two places are two.
    private static let together = 10

    var words: Phrase? {
        switch name {
        case .space:
            if facts["crossing"] != nil { return "response.why_crossing|The same crossing" }
            if facts["name"] != nil { return "response.why_name|The place is called the same" }
            if facts["street"] != nil { return "response.why_street|The same street" }
            guard let metres = facts["metres"] else { return nil }
            guard metres > Self.together else {
                let isNeighborhood = Double(facts["within"] ?? .max) > GroupingSettings.standard.coarse
                return isNeighborhood
                    ? "response.why_same_hood|The same neighborhood" : "response.why_same_place|The same place"
            }
            return Phrase("response.why_space|About {metres} meters apart", ["metres": "\(metres)"])
        case .time:
            guard let minutes = facts["minutes"] else { return nil }
            if minutes == 0 { return "response.why_same_time|At the same time" }
            return Phrase("response.why_time|{n} minute apart|{n} minutes apart", ["n": "\(minutes)"])
        case .words:
            guard let shared = facts["shared"], let all = facts["of"] else { return nil }
            return Phrase("response.why_words|{shared} of {of} words alike", ["shared": "\(shared)", "of": "\(all)"])
        case .kind:
            guard let same = facts["same"], let total = facts["total"] else { return nil }
            return Phrase(
                "response.why_kind|{same} of {total} chose the same kind",
                ["same": "\(same)", "total": "\(total)"]
            )
        case .picture: return "response.why_picture|The same picture"
        }
    }
}
