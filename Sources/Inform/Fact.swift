// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// A statement of law or practice in plain words, with where it applies, its sources, the day it was true, and the day
/// it must be read again. Kept in `content/rights` and in the database; legal statements stand nowhere else, and
/// whatever shows one refers to it by `id`.
package struct Fact: Codable, Sendable, Hashable, Identifiable {
    package enum Status: String, Codable, CaseIterable, Sendable {
        /// Courts and statutes agree.
        case settled
        /// Courts disagree, or officials act against it.
        case contested
        /// A court has stopped it for now.
        case blocked
        /// Passed or filed, not yet final.
        case pending
    }

    package struct Source: Codable, Sendable, Hashable {
        package let name: String
        /// Where it can be read: `https://…`.
        package let url: String?
        /// When it was published or read: `2026-11-22`.
        package let date: String
        /// False: known law whose text was not read again.
        package let seen: Bool

        package init(name: String, url: String?, date: String, seen: Bool) {
            (self.name, self.url, self.date, self.seen) = (name, url, date, seen)
        }
    }

    /// What is so in one federal circuit, in place of what the fact says in general.
    package struct Variant: Codable, Sendable, Hashable {
        /// `circuit-9`.
        package let circuit: String
        package var status: Status
        package var asOf: String?
        package var reviewBy: String?
        package var sources: [Source]?
        package var text: [String: FactText]

        private enum CodingKeys: String, CodingKey {
            case circuit, status, sources, text
            case asOf = "as_of"
            case reviewBy = "review_by"
        }
    }

    /// Taken back: nobody may rely on it until it is restored, or a new revision is approved.
    package struct Recall: Codable, Sendable, Hashable {
        /// `2026-11-22`.
        package let on: String
        /// For members, in their words.
        package let reason: String

        package init(on: String, reason: String) { (self.on, self.reason) = (on, reason) }
    }

    package let id: String
    /// A key of `jurisdictions` in `content/rights/pack.yaml`: `us`, `circuit-9`, `ca`, `la-county`, `la-city`.
    package var jurisdiction: String
    package var status: Status
    /// `2026-11-22`.
    package var asOf: String
    package var reviewBy: String
    /// Read it again before anything is printed.
    package var recheck: Bool
    /// The numbers of the research it rests on.
    package var research: [String]
    package var sources: [Source]
    /// By language code; English is always there.
    package var text: [String: FactText]
    package var variants: [Variant]?
    /// Facts that must be read with it.
    package var see: [String]?
    /// Lines of `content/help/lines.yaml`.
    package var lines: [String]?
    package var recalled: Recall?

    private enum CodingKeys: String, CodingKey {
        case id, jurisdiction, status, recheck, research, sources, text, variants, see, lines, recalled
        case asOf = "as_of"
        case reviewBy = "review_by"
    }

    package init(
        id: String,
        jurisdiction: String,
        status: Status,
        asOf: String,
        reviewBy: String,
        recheck: Bool = false,
        research: [String] = [],
        sources: [Source],
        text: [String: FactText],
        see: [String]? = nil,
        lines: [String]? = nil
    ) {
        (self.id, self.jurisdiction, self.status) = (id, jurisdiction, status)
        (self.asOf, self.reviewBy, self.recheck, self.research) = (asOf, reviewBy, recheck, research)
        (self.sources, self.text, self.see, self.lines) = (sources, text, see, lines)
    }

    /// As it holds in one circuit: a variant's words, status, dates and sources take the place of the general ones.
    package func held(in circuit: String) -> Fact {
        guard let variant = variants?.first(where: { $0.circuit == circuit }) else { return self }
        var held = self
        held.jurisdiction = circuit
        held.status = variant.status
        held.asOf = variant.asOf ?? asOf
        held.reviewBy = variant.reviewBy ?? reviewBy
        held.sources = variant.sources ?? sources
        held.text = variant.text
        return held
    }

    /// What a reader must be told about it today, the strongest first.
    package func standing(on day: String) -> Standing {
        if recalled != nil { return .recalled }
        if day > reviewBy { return .expired }
        return switch status {
        case .settled: .settled
        case .contested: .contested
        case .blocked: .blocked
        case .pending: .pending
        }
    }

    /// The same for the same content, wherever it is kept: SHA-256 of its canonical JSON, in hexadecimal.
    package var digest: String {
        get throws { Fingerprint.hex(Fingerprint.sha256(Array(try json.utf8))) }
    }

    /// Canonical: keys sorted.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    init(json: String) throws { self = try JSONDecoder().decode(Fact.self, from: Data(json.utf8)) }
}

/// A fact's words in one language, and how far they were checked.
package struct FactText: Codable, Sendable, Hashable {
    package enum State: String, Codable, CaseIterable, Sendable {
        /// Not yet checked by a person.
        case draft
        /// Read by a member who speaks the language.
        case checked
        /// By the coalition's attorney.
        case approved
        /// The English changed since: not shown.
        case outdated
    }

    package var state: State
    /// The day it reached that state.
    package var on: String?
    package var statement: String
    /// What it means for the reader, one action at a time.
    package var means: String
    /// Who says what, where it isn't settled.
    package var dispute: String?

    package init(
        state: State = .draft,
        on: String? = nil,
        statement: String,
        means: String,
        dispute: String? = nil
    ) {
        (self.state, self.on) = (state, on)
        (self.statement, self.means, self.dispute) = (statement, means, dispute)
    }

    func saysTheSame(as other: FactText) -> Bool {
        statement == other.statement && means == other.means && dispute == other.dispute
    }
}

/// How a fact stands today. Anything but `settled` is shown with its mark, and a recalled one not at all.
package enum Standing: String, CaseIterable, Sendable, Comparable {
    case settled, contested, blocked, pending, expired, recalled

    private var weight: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    package static func < (left: Standing, right: Standing) -> Bool { left.weight < right.weight }
}
