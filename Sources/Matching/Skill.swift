// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Something a helper can do. A value over text, not an enum: a content pack may bring skills of its own.
package struct Skill: RawRepresentable, Hashable, Sendable, Codable, Bindable, Column {
    package let rawValue: String

    /// Nil unless 1 to 40 of `a-z`, `0-9` and `_`.
    package init?(rawValue: String) {
        let bytes = rawValue.utf8
        guard (1...40).contains(bytes.count), bytes.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private init(known: String) { rawValue = known }

    package static let verifier = Skill(known: "verifier")
    package static let observer = Skill(known: "observer")
    package static let attorney = Skill(known: "attorney")
    package static let interpreter = Skill(known: "interpreter")
    package static let comforter = Skill(known: "comforter")
    package static let driver = Skill(known: "driver")
    package static let dispatcher = Skill(known: "dispatcher")
    package static let `operator` = Skill(known: "operator")
    package static let caseCoordinator = Skill(known: "case_coordinator")
    /// Trained to listen: who asked for a call is called by one.
    package static let counselor = Skill(known: "counselor")

    package static let all: [Skill] = [
        .verifier, .observer, .attorney, .interpreter, .comforter, .driver, .dispatcher, .operator, .caseCoordinator,
        .counselor,
    ]

    /// These act for everybody: their certificate has an end, and past it they are not asked.
    package var needsCertificate: Bool { self == .verifier || self == .observer || self == .dispatcher }

    /// Whoever goes somewhere is at one place at a time. Who answers from where they are, as an attorney or an operator
    /// does, takes as many at once as their capacity says.
    package var takesSeveral: Bool {
        switch self {
        case .verifier, .observer, .interpreter, .comforter, .driver, .dispatcher: false
        default: true
        }
    }

    package var label: Phrase {
        switch self {
        case .verifier: "matching.skill_verifier|Verifier"
        case .observer: "matching.skill_observer|Legal observer"
        case .attorney: "matching.skill_attorney|Attorney"
        case .interpreter: "matching.skill_interpreter|Interpreter"
        case .comforter: "matching.skill_comforter|Comforter"
        case .driver: "matching.skill_driver|Driver"
        case .dispatcher: "matching.skill_dispatcher|Dispatcher"
        case .operator: "matching.skill_operator|Hotline operator"
        case .caseCoordinator: "matching.skill_case_coordinator|Case coordinator"
        case .counselor: "matching.skill_counselor|Counselor"
        default: Phrase("matching.skill_other|{skill}", ["skill": rawValue])
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// A skill that somebody has, and until when their certificate says so.
package struct HeldSkill: Hashable, Sendable {
    package let skill: Skill
    /// Nil where the skill needs no certificate.
    package let expiresAt: Instant?

    package init(_ skill: Skill, until expiresAt: Instant? = nil) {
        self.skill = skill
        self.expiresAt = expiresAt
    }

    /// Whether they may be asked for it at a moment. A skill that needs a certificate and has none on file is not
    /// held at all.
    package func isValid(at moment: Instant) -> Bool {
        guard let expiresAt else { return !skill.needsCertificate }
        return expiresAt > moment
    }
}
