// SPDX-License-Identifier: AGPL-3.0-or-later

/// How alike a report and an incident are, 0 to 1, and why.
package struct Score: Hashable, Sendable {
    /// How well the two places are known.
    package enum Certainty: Hashable, Sendable {
        /// To a few hundred metres.
        case exact
        /// One of them only as a neighborhood.
        case coarse
        /// One of them not at all.
        case none
    }

    /// Two hundred bytes, which a placement hands from one to the next half a dozen times.
    private final class Shared: Sendable {
        let evidence: GroupingEvidence
        init(_ evidence: GroupingEvidence) { self.evidence = evidence }
    }

    private let shared: Shared
    private var evidence: GroupingEvidence { shared.evidence }

    init(_ evidence: GroupingEvidence) { shared = Shared(evidence) }

    package static func == (left: Score, right: Score) -> Bool { left.evidence == right.evidence }
    package func hash(into hasher: inout Hasher) { hasher.combine(evidence) }

    /// The weighted mean of the parts.
    package var total: Double { shared.evidence.total }
    /// Made anew each time: most reports are placed and nobody asks.
    package var parts: [Part] { evidence.parts }
    package var certainty: Certainty { shared.evidence.certainty }
    /// False when the reasons are too thin to act without a person, however high the total.
    package var mayAttach: Bool { shared.evidence.mayAttach }
    /// Whether words, kind or picture say the same: by place and time alone nobody is a second witness.
    package var agrees: Bool { shared.evidence.agrees }
    /// Whether it would get the same answer: nothing in it, neither its words nor its kind, tells of something else.
    package var saysTheSame: Bool {
        if evidence.bitsApart != nil { return true }
        let isOtherKind = evidence.kind.weight > 0 && evidence.sameKind == 0
        guard !isOtherKind, evidence.agrees else { return false }
        return evidence.likeness.map { $0.value >= GroupingSettings.standard.agreeWords } ?? true
    }
    /// Whether it may go along with what several people tell of, where nothing else comes near.
    package var mayFollow: Bool { shared.evidence.mayFollow }

    package func part(_ name: Part.Name) -> Part? { parts.first { $0.name == name } }
}

/// One reason in a score: its value 0 to 1, its weight against the others (0: says nothing), and the facts behind it.
package struct Part: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable, CaseIterable, Codable {
        case space, time, words, kind, picture
    }

    /// What a page shows beside the part. Whole numbers, no personal words.
    package enum Fact: Hashable, Sendable {
        /// Between the report and the middle of the incident.
        case metres(Int)
        /// Metres by which both places together may be off.
        case within(Int)
        case placeUnknown
        /// Both name the same two streets.
        case sameCrossing
        /// Both call the spot by one name.
        case sameName
        /// Both are on one street.
        case sameStreet
        /// From the report to the nearest time the incident was seen; 0 inside its span.
        case minutes(Int)
        /// Words (or words of the same meaning) in common with the most alike report, of the shorter one's count.
        case sharedWords(Int, of: Int)
        case tooFewWords
        /// Reports of the incident with this report's kind, of all that name one.
        case sameKind(Int, of: Int)
        case kindUnknown
        /// Of the 64 bits of the picture's fingerprint.
        case bitsApart(Int)
    }

    package let name: Name
    package let value: Double
    package let weight: Double
    package let facts: [Fact]
}

/// An incident that a report may belong to, by its reference's text.
package struct Suggestion: Hashable, Sendable {
    package let incident: String
    /// How many reports it has so far.
    package let reports: Int
    package let score: Score
}

/// Where a report goes.
package enum Placement: Hashable, Sendable {
    /// Surely this one.
    case attach(incident: String, Score)
    /// Perhaps one of these, the likeliest first: a person decides.
    case suggest([Suggestion])
    /// Nothing near.
    case alone
}

extension Placement {
    /// The likelier of two answers from different incidents.
    func or(_ other: Placement, most: Int) -> Placement {
        switch (self, other) {
        case (.attach(_, let mine), .attach(_, let theirs)): theirs.total > mine.total ? other : self
        case (.attach, _), (_, .alone): self
        case (_, .attach), (.alone, _): other
        case (.suggest(let mine), .suggest(let theirs)):
            .suggest(Array((mine + theirs).sorted { $0.score.total > $1.score.total }.prefix(most)))
        }
    }
}
