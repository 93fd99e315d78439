// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A law, an ordinance, an agreement or a rule that the coalition follows: what it holds and what it lacks, how it came
/// about and stands, who keeps to it, what is said for and against it, when it is heard, and what one can do. From
/// `content/policies/<id>.yaml`; what the law means for a reader is told by facts.
package struct Policy: Decodable, Sendable, Identifiable {
    package enum Kind: String, Decodable, Sendable { case law, ordinance, agreement, rule, bill }

    /// How it stands as a whole. Anything but `inForce` is shown with its mark.
    package enum Stage: String, Decodable, Sendable {
        case inForce = "in_force"
        /// In force while a court or an office says it isn't, or parts of it are stopped.
        case disputed
        /// A court has stopped it for now.
        case blocked
        /// Proposed, or not known to be final.
        case pending
        case ended
    }

    package struct Step: Decodable, Sendable {
        package enum Kind: String, Decodable, Sendable {
            case proposed, passed, started, changed, challenged, ruled, stopped, ended
        }

        /// `2017-10-05`, or `2017-10`, or `2017` where no source says more.
        package let on: String
        package let kind: Kind
        package let words: LocalizedText
        package let source: String
    }

    package struct Element: Decodable, Sendable, Identifiable {
        package enum State: String, Decodable, Sendable {
            case met
            case notMet = "not_met"
            case unknown
        }

        package let id: String
        package let words: LocalizedText
        package let state: State
        package let source: String
        /// The fact that says what this means for a reader.
        package let fact: String?
    }

    /// A public body, never a person.
    package struct Agency: Decodable, Sendable, Identifiable {
        package enum State: String, Decodable, Sendable { case follows, partly, breaks, unknown }

        package let id: String
        package let name: LocalizedText
        package let state: State
        package let words: LocalizedText
        /// Nil only where it is not known.
        package let source: String?
        /// When it was so, or was looked for.
        package let on: String
    }

    package struct Argument: Decodable, Sendable {
        package enum Side: String, Decodable, Sendable {
            case `for`
            case against
        }

        package let side: Side
        /// A public body or an organisation.
        package let who: LocalizedText
        package let words: LocalizedText
        package let source: String
    }

    package struct Hearing: Decodable, Sendable, Identifiable {
        package let id: String
        package let name: LocalizedText
        /// `2026-12-07T12:00`, by the clock of the coalition's city.
        package let at: String
        package let minutes: Int?
        package let place: String
        package let link: String?
        package let how: LocalizedText
        /// The last day for public comment.
        package let commentBy: String?
        package let source: String

        private enum CodingKeys: String, CodingKey {
            case id, name, at, minutes, place, link, how, source
            case commentBy = "comment_by"
        }

        /// `2026-12-07`.
        package var day: String { String(decoding: at.utf8.prefix(10), as: UTF8.self) }
        /// The last day on which it still matters.
        package var lastDay: String { max(day, commentBy ?? day) }
    }

    package struct Deed: Decodable, Sendable {
        package let words: LocalizedText
        /// One of our own pages, or `https://…`.
        package let link: String?
    }

    package let id: String
    package let order: Int
    package let icon: String
    package let kind: Kind
    /// A key of `jurisdictions` in `rights/pack.yaml`.
    package let jurisdiction: String
    /// What lawyers call it: `SB 54 (2017), Gov. Code 7284 to 7284.12`.
    package let official: String
    package let name: LocalizedText
    package let lead: LocalizedText
    package let stage: Stage
    package let asOf: String
    package let reviewBy: String
    /// How far the words of each language were checked.
    package let states: [String: FactText.State]
    /// Facts it shows.
    package let facts: [String]
    package let sources: [String: Fact.Source]
    package let history: [Step]
    package let elements: [Element]
    package let agencies: [Agency]
    package let arguments: [Argument]
    package let hearings: [Hearing]?
    package let actions: [Deed]

    private enum CodingKeys: String, CodingKey {
        case id, order, icon, kind, jurisdiction, official, name, lead, stage, states, facts, sources, history, elements
        case agencies, arguments, hearings, actions
        case asOf = "as_of"
        case reviewBy = "review_by"
    }

    /// What a reader must be told about it on a day: past its review day it is only what was so.
    package func isStale(on day: String) -> Bool { day > reviewBy }

    /// What is still to come on a day, the soonest first.
    package func hearings(from day: String) -> [Hearing] {
        (hearings ?? []).filter { $0.lastDay >= day }.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    /// As entries of a calendar: one for the hearing, and one for the last day of comment. `host`: our own, for names
    /// that stay the same.
    package func calendar(from day: String, _ language: Language, address: String) -> [CalendarFeed.Entry] {
        let host = address.split(separator: "/").last.map(String.init) ?? "vecinos"
        let stamp = LocalTime.parse(field: "\(asOf)T00:00") ?? Instant(milliseconds: 0)
        return hearings(from: day).flatMap { hearing in
            let link = "\(address)/policies/\(id)"
            var entries: [CalendarFeed.Entry] = []
            if let start = LocalTime.parse(field: hearing.at) {
                entries.append(
                    CalendarFeed.Entry(
                        id: "policy-\(id)-\(hearing.id)@\(host)",
                        when: .moment(start, .minutes(hearing.minutes ?? 60)),
                        title: hearing.name(language),
                        words: "\(name(language))\n\(hearing.how(language))",
                        place: hearing.place,
                        link: link,
                        stamp: stamp
                    )
                )
            }
            if let last = hearing.commentBy {
                let t = hearing.name(language)
                entries.append(
                    CalendarFeed.Entry(
                        id: "policy-\(id)-\(hearing.id)-comment@\(host)",
                        when: .day(last),
                        title: "✎ \(t)",
                        words: "\(name(language))\n\(hearing.how(language))",
                        link: link,
                        stamp: stamp
                    )
                )
            }
            return entries
        }
    }
}
