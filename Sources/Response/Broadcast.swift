// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Something told to many people outside: an alert about a confirmed incident, or a notice to a neighborhood; and what
/// was told after it. One person writes, another approves, one is enough to stop it. What it says is public, so it
/// stands in plain text. An exercise runs through every step and reaches nobody.
package struct Broadcast: Readable, Sendable {
    package let id: Ref<Broadcast>
    package let organisation: Ref<Organisation>
    /// Nil: a notice, which is about no incident and never urgent.
    package let incident: Ref<Incident>?
    /// A place of the pack, or `*` for everywhere.
    package let zone: String
    package let topic: Topics
    package let isExercise: Bool
    /// How long it holds, from when it is approved.
    package let lasts: Duration
    package let madeAt: Instant
    package let begunAt: Instant?
    package let expiresAt: Instant?
    /// When somebody must look at it again.
    package let reviewAt: Instant?
    package let ending: Ending?
    /// The coordinator who let it pass the limit of its area.
    package let allowedBy: Ref<Person>?
    package let version: Int

    /// That it is over, since when, and why.
    package struct Ending: Sendable, Hashable {
        package enum How: String, Sendable, CaseIterable, Bindable, Column {
            /// Its time was up: the automatic all-clear.
            case expired
            /// What it told of has ended.
            case over
            /// It was not so.
            case corrected
            case withdrawn
            /// Never sent.
            case discarded
        }

        package let how: How
        package let at: Instant
    }

    /// Where it stands, as its readers would say it.
    package enum Phase: String, Sendable, CaseIterable {
        case draft, waiting, sending, stopped, sent, updated, corrected, withdrawn, ended, discarded

        package var label: Phrase {
            switch self {
            case .draft: "broadcast.phase_draft|Draft"
            case .waiting: "broadcast.phase_waiting|Waits for a second person"
            case .sending: "broadcast.phase_sending|Being sent"
            case .stopped: "broadcast.phase_stopped|Stopped"
            case .sent: "broadcast.phase_sent|Sent"
            case .updated: "broadcast.phase_updated|Sent and updated"
            case .corrected: "broadcast.phase_corrected|Corrected"
            case .withdrawn: "broadcast.phase_withdrawn|Taken back"
            case .ended: "broadcast.phase_ended|Ended"
            case .discarded: "broadcast.phase_discarded|Thrown away"
            }
        }
    }

    /// How long an alert may hold; a notice up to a day.
    package static let alertHours = 2...4
    package static let noticeHours = 2...24
    package static let reviewEvery = Duration.minutes(30)

    package var isAlert: Bool { incident != nil }

    package init(row: Row) throws {
        id = try row["id"]
        organisation = try row["organisation"]
        incident = try row["incident"]
        zone = try row["zone"]
        topic = Topics(rawValue: try row["topic"])
        isExercise = try row["exercise"]
        lasts = .seconds(try row["lasts_s"] as Int)
        madeAt = try row["made_at"]
        begunAt = try row["begun_at"]
        expiresAt = try row["expires_at"]
        reviewAt = try row["review_at"]
        let how: Ending.How? = try row["ended_how"]
        let at: Instant? = try row["ended_at"]
        ending = how.flatMap { how in at.map { Ending(how: how, at: $0) } }
        allowedBy = try row["allowed_by"]
        version = try row["version"]
    }

    /// From what it consists of: the newest bulletin that went out, what was told, and how it ended.
    package static func phase(_ ending: Ending.How?, _ tellings: [Telling], _ bulletin: Bulletin.State?) -> Phase {
        switch ending {
        case .corrected?: return .corrected
        case .withdrawn?: return .withdrawn
        case .expired?, .over?: return .ended
        case .discarded?: return .discarded
        case nil: break
        }
        let told = tellings.filter { $0.state == .told }
        guard !told.isEmpty else { return tellings.contains { $0.state == .waiting } ? .waiting : .draft }
        switch bulletin {
        case .gathering?, .sending?: return .sending
        case .stopped?: return .stopped
        case .sent?, nil: return told.contains { $0.act == .update } ? .updated : .sent
        }
    }

    /// Whoever sees the board sees what is told outside.
    package static func find(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws -> Broadcast {
        guard caller.can(.seeBoard), let found = try find(id, in: tx) else { throw Refusal.notFound }
        return found
    }

    static func find(_ id: Ref<Broadcast>, in tx: Transaction) throws -> Broadcast? {
        try tx.first(Broadcast.self, "SELECT * FROM broadcasts WHERE id = \(id)")
    }

    /// The one that is being written or holds for an incident.
    package static func standing(for incident: Ref<Incident>, in tx: Transaction) throws -> Broadcast? {
        try tx.first(
            Broadcast.self,
            "SELECT * FROM broadcasts WHERE incident = \(incident) AND ended_at IS NULL"
        )
    }

    /// Not over yet, the newest first.
    package static func open(in tx: Transaction) throws -> [Broadcast] {
        try tx.all(
            Broadcast.self,
            "SELECT * FROM broadcasts WHERE ended_at IS NULL ORDER BY made_at DESC, id DESC LIMIT 200"
        )
    }

    /// Over, the newest first.
    package static func ended(limit: Int = 30, in tx: Transaction) throws -> [Broadcast] {
        try tx.all(
            Broadcast.self,
            """
            SELECT * FROM broadcasts WHERE ended_at IS NOT NULL AND begun_at IS NOT NULL
            ORDER BY ended_at DESC, id DESC LIMIT \(limit)
            """
        )
    }

    /// One step of a person or the clock: changes the row if it is not over and as they saw it.
    static func step(
        _ broadcast: Broadcast,
        expecting version: Int? = nil,
        isEnded: Bool = false,
        _ change: SQL,
        in tx: Transaction
    ) throws {
        let lock: SQL = version.map { "AND version = \($0)" } ?? ""
        let open: SQL = isEnded ? "" : "AND ended_at IS NULL"
        let changed = try tx.run(
            """
            UPDATE broadcasts SET \(change), version = version + 1
            WHERE id = \(broadcast.id) \(open) \(lock)
            """
        )
        guard changed == 1 else {
            throw Refusal(.conflict, "broadcast.moved|A colleague changed this a moment ago. Look again.")
        }
    }

    static func record(
        _ what: String,
        _ broadcast: Broadcast,
        by caller: Caller?,
        _ data: [String: String] = [:],
        in tx: Transaction
    ) throws {
        var data = data
        data["incident"] = broadcast.incident?.text
        try tx.attest(
            Event("broadcast.\(what)", subject: broadcast.id.text, actor: caller?.person.text, data: data)
        )
        // What went out belongs to the story of its incident.
        guard let incident = broadcast.incident, ["told", "stopped", "ended"].contains(what) else { return }
        data["incident"] = nil
        data["broadcast"] = broadcast.id.text
        try tx.record(
            Event("incident.alert_\(what)", subject: incident.text, actor: caller?.person.text, data: data)
        )
    }
}
