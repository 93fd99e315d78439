// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// Where the work on an incident stands. What is true is a separate field: `Truth`.
package enum IncidentState: String, Sendable, Hashable, CaseIterable, Codable, Bindable, Column {
    case unverified, verifying, answered, closed

    package var label: Phrase {
        switch self {
        case .unverified: "response.state_unverified|Not checked yet"
        case .verifying: "response.state_verifying|We are checking"
        case .answered: "response.state_answered|Answered"
        case .closed: "response.state_closed|Closed"
        }
    }

    package var icon: String {
        switch self {
        case .unverified: "question"
        case .verifying: "lens"
        case .answered: "check-circle"
        case .closed: "lock"
        }
    }
}

/// What we know to be so.
package enum Truth: String, Sendable, Hashable, CaseIterable, Codable, Bindable, Column {
    case unknown, confirmed
    case notEnforcement = "not_enforcement"
    case unfounded, unable

    /// What a person may say after looking.
    package static let answers: [Truth] = [.confirmed, .notEnforcement, .unfounded, .unable]

    /// The answers that it is nothing, or something else.
    static let dispelled: [Truth] = [.notEnforcement, .unfounded]

    var isDispelled: Bool { Self.dispelled.contains(self) }

    package var label: Phrase {
        switch self {
        case .unknown: "response.truth_unknown|We don't know yet"
        case .confirmed: "response.truth_confirmed|Confirmed"
        case .notEnforcement: "response.truth_not_enforcement|Not immigration enforcement"
        case .unfounded: "response.truth_unfounded|Nothing was there"
        case .unable: "response.truth_unable|We could not check"
        }
    }

    package var icon: String {
        switch self {
        case .unknown: "question"
        case .confirmed: "alert"
        case .notEnforcement: "check-circle"
        case .unfounded: "cross-circle"
        case .unable: "half"
        }
    }
}

/// How somebody knows.
package enum How: String, Sendable, Hashable, CaseIterable, Codable, Bindable, Column {
    case onScene = "on_scene"
    case photo, independent, partner, official
    case callBack = "call_back"
    case publicRecord = "public_record"

    package var label: Phrase {
        switch self {
        case .onScene: "response.how_on_scene|A trained neighbor went to look"
        case .photo: "response.how_photo|A photo or video that fits"
        case .independent: "response.how_independent|Reports by people who don't know each other"
        case .partner: "response.how_partner|A trusted partner told us"
        case .official: "response.how_official|An official statement"
        case .callBack: "response.how_call_back|We called back and asked"
        case .publicRecord: "response.how_public_record|A public record"
        }
    }

    /// The highest level that this way of knowing can carry.
    package var highest: EvidenceLevel {
        switch self {
        case .onScene: .onScene
        case .partner, .official, .publicRecord: .trusted
        case .photo, .independent: .supported
        case .callBack: .structured
        }
    }
}

/// How good the evidence is; the ladder of `5-procedure.md`.
package enum EvidenceLevel: Int, Sendable, Hashable, CaseIterable, Comparable, Codable, Bindable, Column {
    /// L0: one report that nothing supports.
    case single
    /// L1: a structured report with place and time.
    case structured
    /// L2: a photo or video that fits, or two independent reports.
    case supported
    /// L3: a trusted partner or an official statement.
    case trusted
    /// L4: a certified verifier on the scene.
    case onScene

    package static func < (left: EvidenceLevel, right: EvidenceLevel) -> Bool { left.rawValue < right.rawValue }

    package var value: Value { .integer(Int64(rawValue)) }

    package init(value: Value) throws {
        guard let level = EvidenceLevel(rawValue: try Int(value: value)) else {
            throw ColumnError.mismatch(expected: "an evidence level")
        }
        self = level
    }

    /// "L2".
    package var name: String { "L\(rawValue)" }

    package var label: Phrase {
        switch self {
        case .single: "response.level_0|Not corroborated yet"
        case .structured: "response.level_1|A detailed report"
        case .supported: "response.level_2|A photo, or two separate reports"
        case .trusted: "response.level_3|A trusted partner or an official"
        case .onScene: "response.level_4|A trained neighbor on the scene"
        }
    }
}

/// What something was, in words for neighbors: public, in one or more languages, never about a person.
package struct Explanation: Sendable, Hashable, Codable {
    /// By language code.
    package let words: [String: String]

    package static let limit = 300

    package init(_ words: [String: String]) { self.words = words.filter { !$0.value.isEmpty } }

    package init(_ words: String, in language: String) { self.init([language: words]) }

    package var isEmpty: Bool { words.isEmpty }

    init(json: String) throws { self = try JSONDecoder().decode(Explanation.self, from: Data(json.utf8)) }

    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    /// In the reader's language, else in English, else in whichever there is.
    package func text(in language: String) -> String? { found(for: language)?.text }

    /// The same words, and which language they are in: a page that speaks another one must say so.
    package func found(for language: String) -> (text: String, language: String)? {
        for code in [language, "en"] { if let text = words[code] { return (text, code) } }
        return words.min { $0.key < $1.key }.map { ($0.value, $0.key) }
    }
}
