// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// A line of what happened: who did what to which thing. Holds references, states and counts; never a personal
/// word. `subject` is the thing's reference, `data` says more.
///
/// Looked for by subject or kind only where `found_by` is NULL: the indexes hold nothing else. What one subject gets very
/// many of (the reports of an incident) names there what it is found by, which comes in the order of time: an entry
/// at the end of an index, where the subject's would be on a page of its own.
package struct Event: Sendable, Hashable {
    package let id: Int64
    package let at: Instant
    /// The person who did it; nil for the system or a neighbour.
    package let actor: String?
    /// `noun.verb` in the past: `incident.verified`.
    package let kind: String
    package let subject: String
    package let data: [String: String]

    package init(_ kind: String, subject: String, actor: String? = nil, data: [String: String] = [:]) {
        self.init(id: 0, at: Instant(milliseconds: 0), actor: actor, kind: kind, subject: subject, data: data)
    }

    private init(id: Int64, at: Instant, actor: String?, kind: String, subject: String, data: [String: String]) {
        (self.id, self.at, self.actor, self.kind, self.subject, self.data) = (id, at, actor, kind, subject, data)
    }

    /// Of one thing, oldest first, but for what is found by something else.
    package static func about(_ subject: String, in tx: Transaction) throws -> [Event] {
        try tx.all(Event.self, "SELECT * FROM events WHERE found_by IS NULL AND subject = \(subject) ORDER BY id")
    }

    package static func after(_ id: Int64, limit: Int, in tx: Transaction) throws -> [Event] {
        try tx.all(Event.self, "SELECT * FROM events WHERE id > \(id) ORDER BY id LIMIT \(limit)")
    }

    package static func newest(in tx: Transaction) throws -> Int64 {
        try tx.one(Int64.self, "SELECT max(id) FROM events") ?? 0
    }

    /// What an event says, as it is stored: made before the transaction where many wait for it.
    package struct Content: Sendable {
        let data: [String: String]
        let json: String

        package init(_ data: [String: String]) {
            var text = JSONText()
            for (name, value) in data { text.add(name: name, value) }
            (self.data, json) = (data, String(decoding: text.whole, as: UTF8.self))
        }
    }

    func insert(at now: Instant, in tx: Transaction) throws -> Event {
        try Self.insert(kind, subject: subject, foundBy: nil, actor: actor, Content(data), at: now, in: tx)
    }

    static func insert(
        _ kind: String,
        subject: String,
        foundBy: String?,
        actor: String?,
        _ content: Content,
        at now: Instant,
        in tx: Transaction
    ) throws -> Event {
        let row = insertion(now.value, actor.value, kind.value, subject.value, foundBy.value, content.json.value)
        let id = try tx.connection.insert(row)
        return Event(id: id, at: now, actor: actor, kind: kind, subject: subject, data: content.data)
    }

    private static let insertion = SQL.Fixed(
        "INSERT INTO events (at, actor, kind, subject, found_by, data) VALUES (?, ?, ?, ?, ?, ?)"
    )
}

extension Event: Readable {
    package init(row: Row) throws {
        let json: String = try row["data"]
        self.init(
            id: try row["id"],
            at: try row["at"],
            actor: try row["actor"],
            kind: try row["kind"],
            subject: try row["subject"],
            data: try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
        )
    }
}
