// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Reads values that are one of a few, and gathers a sentence for each that is not.
struct JSONChoice {
    private(set) var problems: [String: Phrase] = [:]

    mutating func one<T: RawRepresentable & CaseIterable>(of type: T.Type, _ sent: String, _ field: String) -> T?
    where T.RawValue == String {
        one(of: type.allCases.map { ($0.rawValue, $0) }, sent, field)
    }

    mutating func one<T>(of choices: [(name: String, value: T)], _ sent: String, _ field: String) -> T? {
        if let choice = choices.first(where: { $0.name == sent }) { return choice.value }
        let names = choices.map(\.name).joined(separator: ", ")
        problems[field] = Phrase("api.choices|Choose one of: {choices}.", ["choices": names])
        return nil
    }

    /// Throws a `Refusal` that names every field at once.
    func settle() throws {
        if !problems.isEmpty { throw Refusal.invalid(problems) }
    }
}
