// SPDX-License-Identifier: AGPL-3.0-or-later

/// A day and a time as somebody types them, by the clock on the wall: twice a year that clock leaves an hour out, and shows
/// another one twice. Neither is moved or guessed: whoever types it is told.
package enum TypedTime: Sendable, Hashable {
    /// No day and time at all.
    case unreadable
    case once(Instant)
    /// When clocks go back.
    case twice(first: Instant, second: Instant)
    /// When clocks go forward.
    case never

    /// As `LocalTime.parse(field:)` reads it.
    package init(_ text: String) {
        guard let found = LocalTime.parse(field: text) else {
            self = .unreadable
            return
        }
        func isTyped(_ moment: Instant) -> Bool { LocalTime(moment).field.utf8.elementsEqual(text.utf8.prefix(16)) }
        guard isTyped(found) else {
            self = .never
            return
        }
        // Half an hour in one place on earth, an hour everywhere else.
        for shift in [Duration.hours(1), .minutes(30)] {
            if isTyped(found - shift) {
                self = .twice(first: found - shift, second: found)
                return
            }
            if isTyped(found + shift) {
                self = .twice(first: found, second: found + shift)
                return
            }
        }
        self = .once(found)
    }

    package static let first = "first"
    package static let second = "second"

    /// `which`: of two, as the form that showed both says; nil while nobody chose, and for what is no moment.
    package func moment(_ which: String) -> Instant? {
        switch self {
        case .once(let moment): moment
        case .twice(let first, _) where which == Self.first: first
        case .twice(_, let second) where which == Self.second: second
        case .twice, .never, .unreadable: nil
        }
    }

    /// What is said beside the field where there is no moment.
    package func problem(missing: Phrase) -> Phrase {
        switch self {
        case .never:
            "form.time_skipped|Clocks go forward then: this time doesn’t exist that day. Choose another one."
        case .twice: "form.time_twice|Clocks go back then: this time comes twice. Choose which one."
        case .once, .unreadable: missing
        }
    }
}

extension Form {
    /// The moment that a field with a day and a time names. Throws a `Refusal` that names the field.
    package func moment(
        _ name: String,
        missing: Phrase = "settings.time_missing|Choose a day and a time."
    ) throws -> Instant {
        let typed = TypedTime(self[name])
        guard let moment = typed.moment(self["\(name)-which"]) else {
            throw Refusal.invalid([name: typed.problem(missing: missing)])
        }
        return moment
    }
}
