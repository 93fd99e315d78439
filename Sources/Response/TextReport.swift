// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A report told text by text: what, where, when and what else. From what was said so far, and one more text, to what is
/// asked next. Holds nothing that is never kept.
package struct TextReport: Codable, Sendable, Hashable {
    package enum Step: String, Codable, Sendable {
        /// Words that came without a keyword: is it a report?
        case offered
        case what, place, more
        /// It went out without a place, and the place may still come.
        case later
    }

    package enum Next: Sendable, Hashable {
        case ask(Question), send
        /// Nothing is asked and nothing is sent.
        case wait
    }

    package enum Question: Sendable, Hashable {
        case what, place
        /// We don't know the place they named.
        case placeAgain
        /// Shows back as which neighborhood the place was understood; nil when we don't know.
        case more(zone: String?)
    }

    package private(set) var step: Step
    private var kind: ReportKind?
    private var words: [String] = []
    private var place: String?
    private var seenAt: Instant?
    private var wasAskedAgain = false
    /// The name under which the report went out that this adds to.
    package private(set) var adds: String?
    /// Something came along that is no text.
    private var hasPicture: Bool?

    private init(_ step: Step) { self.step = step }

    /// Whoever wrote without a keyword may have meant to report.
    package static func offered(_ text: String) -> TextReport {
        var report = TextReport(.offered)
        report.say(text)
        return report
    }

    /// Waits for the place of what went out as `name`.
    static func later(_ name: String) -> TextReport {
        var report = TextReport(.later)
        report.adds = name
        return report
    }

    /// Words that came with a picture, for the report that went out as `name` before.
    package static func addition(to name: String, _ text: String) -> TextReport {
        var report = TextReport(.more)
        report.adds = name
        report.notePicture()
        report.say(text)
        return report
    }

    /// REPORT, and the words that came in the same text. With words it goes out at once: somebody in a hurry may never
    /// write again.
    package static func begin(_ text: String) -> (report: TextReport, next: Next) {
        var report = TextReport(.what)
        let said = Folded(text).words
        if said.isEmpty { return (report, .ask(.what)) }
        if let kind = Self.kind(said) {
            report.kind = kind
            report.step = .place
            return (report, .ask(.place))
        }
        report.say(text)
        return (report, .send)
    }

    /// The words that were offered, as a report; nil for one that began otherwise.
    package var accepted: TextReport? {
        guard step == .offered else { return nil }
        var report = self
        report.step = .more
        return report
    }

    package mutating func hear(_ text: String, at now: Instant, in places: Places) -> Next {
        let said = Folded(text).words
        switch step {
        case .offered:
            say(text)
            return .wait
        case .what: return hearWhat(text, said, in: places)
        case .place: return hearPlace(text, said, in: places)
        case .more: return hearMore(text, said, at: now, in: places)
        case .later:
            guard !Self.isCourtesy(text) else { return .wait }
            place = Self.place(text)
            return .send
        }
    }

    /// Something that is no text came, without words. Asks again what it just asked; whoever only had the last question left
    /// has said it all.
    package mutating func see(in places: Places) -> Next {
        hasPicture = true
        switch step {
        case .offered: return .wait
        case .what: return .ask(.what)
        case .place: return .ask(wasAskedAgain ? .placeAgain : .place)
        case .more, .later: return .send
        }
    }

    /// Something that is no text came with the words that come next.
    package mutating func notePicture() { hasPicture = true }

    private mutating func hearWhat(_ text: String, _ said: [String], in places: Places) -> Next {
        guard !said.isEmpty else { return .ask(.what) }
        if let kind = Self.kind(said) { self.kind = kind } else { say(text) }
        guard let zone = zone(in: places) else {
            step = .place
            return .ask(.place)
        }
        step = .more
        return .ask(.more(zone: zone))
    }

    private mutating func hearPlace(_ text: String, _ said: [String], in places: Places) -> Next {
        let isSkipped = said.isEmpty || Self.skips.contains(said.joined(separator: " "))
        place = isSkipped ? nil : Self.place(text)
        let zone = zone(in: places)
        // Once only: what we don't know on a map may be clear to a person.
        if zone == nil, !isSkipped, !wasAskedAgain {
            wasAskedAgain = true
            return .ask(.placeAgain)
        }
        step = .more
        return .ask(.more(zone: zone))
    }

    private mutating func hearMore(_ text: String, _ said: [String], at now: Instant, in places: Places) -> Next {
        if let first = said.first, ["place", "lugar"].contains(first), said.count > 1 {
            step = .place
            let rest = text.drop { $0.isWhitespace }.drop { !$0.isWhitespace }
            return hearPlace(String(rest), Array(said.dropFirst()), in: places)
        }
        seenAt = Self.time(said, at: now)
        if !Self.ends.contains(said.joined(separator: " ")) { say(text) }
        return .send
    }

    /// Where it is, as far as the map knows it.
    package func zone(in places: Places) -> String? {
        Whereabouts(text: place).located(in: places, orIn: words.joined(separator: "\n")).zone
    }

    /// In the language that they were answered in.
    package func filing(_ t: Words) -> ReportFiling {
        var text = words.joined(separator: "\n")
        if text.isEmpty, place == nil, let kind { text = t(kind.label) }
        // A picture says what it says: the report it belongs to has to say something too.
        if text.isEmpty, place == nil, kind == nil, hasPicture == true {
            text = t("text.picture_report|A picture by text message, without words.")
        }
        var filing = ReportFiling(
            kind: kind?.rawValue,
            words: text.isEmpty ? nil : Self.cut(text, ReportFiling.longestWords),
            whereabouts: Whereabouts(text: place),
            seenAt: seenAt,
            language: t.language.code,
            channel: .sms
        )
        filing.bringsPicture = hasPicture == true
        return filing
    }

    private mutating func say(_ text: String) {
        let clean = FieldCheck.clean(NeverKept.removed(from: text))
        if !clean.isEmpty { words.append(Self.cut(clean, ReportFiling.longestWords)) }
    }

    private static func place(_ text: String) -> String {
        cut(FieldCheck.clean(NeverKept.removed(from: text)), Whereabouts.limit)
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }

    /// What can be chosen by its number; anything else is said in words.
    package static let choices = ReportKind.allCases.filter { $0 != .other }

    private static func kind(_ said: [String]) -> ReportKind? {
        guard said.count == 1, let number = said.first.flatMap({ Int($0) }), choices.indices.contains(number &- 1)
        else {
            return nil
        }
        return choices[number &- 1]
    }

    private static let skips: Set<String> = [
        "skip", "pass", "no", "dont know", "don t know", "i dont know", "i don t know", "saltar", "omitir", "no se",
    ]
    private static let ends: Set<String> = [
        "ok", "okay", "done", "send", "yes", "no", "nothing", "that is all", "now", "listo", "lista", "enviar", "envia",
        "si", "nada", "nada mas", "es todo", "ya", "ahora", "ahorita",
    ]

    /// "Thanks", "ok": nobody waits for an answer to it.
    package static func isCourtesy(_ text: String) -> Bool {
        let said = Folded(text, limit: 5).words.joined(separator: " ")
        return said.isEmpty || courtesies.contains(said) || ends.contains(said)
    }

    private static let courtesies: Set<String> = [
        "thanks", "thank you", "thank you so much", "many thanks", "thx", "ty", "god bless you", "gracias",
        "muchas gracias", "mil gracias", "dios los bendiga", "bye", "adios",
    ]

    /// "now", "10 minutes ago", "hace 2 horas"; nil for anything else, which stays in the words.
    private static func time(_ said: [String], at now: Instant) -> Instant? {
        for (number, unit) in zip(said, said.dropFirst()) {
            guard let count = Int(number), (1...600).contains(count) else { continue }
            switch unit {
            case "min", "mins", "minute", "minutes", "minuto", "minutos": return now - .minutes(count)
            case "h", "hr", "hrs", "hour", "hours", "hora", "horas":
                return count <= 100 ? now - .hours(count) : nil
            default: continue
            }
        }
        return nil
    }
}
