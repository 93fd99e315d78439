// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What somebody wants to hear of. Stored as bits: never change a number.
package struct Topics: OptionSet, Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Confirmed activity near them, and what was checked and found false.
    package static let alerts = Topics(rawValue: 1)
    package static let events = Topics(rawValue: 2)
    package static let campaigns = Topics(rawValue: 4)
    package static let rights = Topics(rawValue: 8)
    package static let mutualAid = Topics(rawValue: 16)
    package static let news = Topics(rawValue: 32)

    /// In the order of the form; the name is that of the form's field.
    package static let all: [(topic: Topics, name: String, label: Phrase)] = [
        (.alerts, "alerts", "topic.alerts|Alerts near me, and rumors that were false"),
        (.events, "events", "topic.events|Events and workshops"),
        (.campaigns, "campaigns", "topic.campaigns|Petitions and campaigns"),
        (.rights, "rights", "topic.rights|New facts about my rights"),
        (.mutualAid, "mutual_aid", "topic.mutual_aid|Help between neighbors"),
        (.news, "news", "topic.news|News from the coalition"),
    ]

    package init(names: some Sequence<String>) {
        let wanted = Set(names)
        self = Self.all.reduce(into: []) { found, one in if wanted.contains(one.name) { found.insert(one.topic) } }
    }
}

/// The hours in which somebody is not to be woken, by the city's clock; may run over midnight.
package struct QuietHours: Hashable, Sendable {
    /// Minutes after midnight, 0 to 1439.
    package let from: Int
    package let to: Int

    package init?(from: Int, to: Int) {
        guard (0..<1_440).contains(from), (0..<1_440).contains(to), from != to else { return nil }
        self.from = from
        self.to = to
    }

    /// How long it is still quiet; nil when it is not.
    package func remaining(at now: Instant) -> Duration? {
        let local = LocalTime(now)
        let minute = local.hour * 60 + local.minute
        let isQuiet = from < to ? (from..<to).contains(minute) : minute >= from || minute < to
        guard isQuiet else { return nil }
        // By the clock on the wall, which jumps twice a year.
        let isTomorrow = to <= minute
        let end = (isTomorrow ? LocalTime(local.startOfDay + .hours(36)) : local).at(minute: to)
        return max(end - now, .seconds(1))
    }
}
