// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Size, activity, location, uniform, time, equipment: the six questions that make an account useful to others.
/// All are optional.
package struct Salute: Sendable, Hashable, Codable {
    package var size: String?
    package var activity: String?
    package var location: String?
    package var uniform: String?
    package var time: String?
    package var equipment: String?

    package static let limit = 200

    package init(
        size: String? = nil,
        activity: String? = nil,
        location: String? = nil,
        uniform: String? = nil,
        time: String? = nil,
        equipment: String? = nil
    ) {
        self.size = size
        self.activity = activity
        self.location = location
        self.uniform = uniform
        self.time = time
        self.equipment = equipment
    }

    /// One question, its field in forms and in the API.
    package enum Field: String, Sendable, CaseIterable {
        case size, activity, location, uniform, time, equipment

        package var label: Phrase {
            switch self {
            case .size: "response.salute_size|How many?"
            case .activity: "response.salute_activity|What are they doing?"
            case .location: "response.salute_location|Where exactly?"
            case .uniform: "response.salute_uniform|What do they wear?"
            case .time: "response.salute_time|When did you see it?"
            case .equipment: "response.salute_equipment|What do they carry or drive?"
            }
        }
    }

    package subscript(_ field: Field) -> String? {
        get {
            switch field {
            case .size: size
            case .activity: activity
            case .location: location
            case .uniform: uniform
            case .time: time
            case .equipment: equipment
            }
        }
        set {
            switch field {
            case .size: size = newValue
            case .activity: activity = newValue
            case .location: location = newValue
            case .uniform: uniform = newValue
            case .time: time = newValue
            case .equipment: equipment = newValue
            }
        }
    }

    /// What was answered, in order.
    package var answers: [(field: Field, text: String)] {
        Field.allCases.compactMap { field in self[field].map { (field, $0) } }
    }

    package var isEmpty: Bool { Field.allCases.allSatisfy { self[$0] == nil } }

    /// Enough answers to count as a structured report (L1, with a place and a time).
    package var isStructured: Bool { Field.allCases.count { self[$0] != nil } >= 3 }

    /// Cleaned; flags what is too long, and what is never kept.
    func checked(_ check: inout FieldCheck, sparing spared: NeverKept? = nil) -> Salute {
        var clean = Salute()
        for field in Field.allCases {
            clean[field] = check.text(self[field], field.rawValue, limit: Self.limit)
            if let text = clean[field] { ReportFiling.flagNeverKept(text, field.rawValue, &check, sparing: spared) }
        }
        return clean
    }

    func mapped(_ change: (String) -> String) -> Salute {
        var changed = self
        for field in Field.allCases { changed[field] = self[field].map(change) }
        return changed
    }
}
