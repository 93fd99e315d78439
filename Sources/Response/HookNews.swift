// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Vault

/// Something was told to the public, and other programs are to hear it: `HookNews.tell`.
package struct TellHooks: Job {
    package static let kind = "response.hooks"
    package var notice: Ref<PublicNotice>?
    package var telling: Ref<Telling>?
}

/// What web hooks are told: what stands on the public page, and alerts in the words that went out. Nothing else, and no
/// exercise.
package struct HookNews: Sendable {
    private let database: Database
    private let keys: InstanceKeys
    private let places: Places
    /// Ours, without a trailing slash; may be empty.
    private let address: String

    package init(database: Database, keys: InstanceKeys, places: Places, address: String) {
        (self.database, self.keys, self.places, self.address) = (database, keys, places, address)
    }

    package func register(with worker: Worker) {
        worker.handle(TellHooks.self) { job in
            // Throws while locked: the worker then waits for the key.
            _ = try keys.opened()
            try await database.write { tx in
                if let id = job.notice { try tell(id, in: tx) }
                if let id = job.telling { try tell(id, in: tx) }
            }
        }
    }

    static func notice(_ id: Ref<PublicNotice>, in tx: Transaction) throws {
        guard try WebHook.areAny(in: tx) else { return }
        try tx.enqueue(TellHooks(notice: id), key: "hooks:\(id)")
    }

    static func telling(_ id: Ref<Telling>, in tx: Transaction) throws {
        guard try WebHook.areAny(in: tx) else { return }
        try tx.enqueue(TellHooks(telling: id), key: "hooks:\(id)")
    }

    /// `status.alert`, `status.update`, `status.correction`, `status.told`, `status.withdrawn`.
    private func tell(_ id: Ref<PublicNotice>, in tx: Transaction) throws {
        guard let notice = try PublicNotice.find(id, in: tx) else { return }
        let item = notice.item
        let type =
            switch notice.act {
            case .alert: "status.alert"
            case .update: "status.update"
            case .cancel: "status.correction"
            case .told: "status.told"
            case .withdrawn: "status.withdrawn"
            }
        let news = StatusNews(
            id: id.text,
            incident: notice.incident.publicName,
            kind: item.kind.rawValue,
            place: place(item.zone),
            truth: item.truth.rawValue,
            level: item.level.name,
            over: item.isOver,
            firstSeenAt: item.firstSeenAt.iso8601,
            answeredAt: item.answeredAt.iso8601,
            expiresAt: item.expiresAt?.iso8601,
            cap: notice.isAlert && !address.isEmpty ? "\(address)/feeds/cap/\(id).xml" : nil
        )
        try WebHook.tell(type, news, key: "\(id)", at: notice.at, keys: keys, in: tx)
    }

    /// `alert.sent`, `alert.updated`, `alert.corrected`, `alert.withdrawn`, `alert.ended`; `notice.sent` for what is about
    /// no incident.
    private func tell(_ id: Ref<Telling>, in tx: Transaction) throws {
        guard let telling = try Telling.find(id, in: tx), let at = telling.toldAt,
            let broadcast = try Broadcast.find(telling.broadcast, in: tx)
        else { return }
        let type =
            switch telling.act {
            case .alert: broadcast.isAlert ? "alert.sent" : "notice.sent"
            case .update: "alert.updated"
            case .correction: "alert.corrected"
            case .withdrawal: "alert.withdrawn"
            case .allClear: "alert.ended"
            }
        let news = AlertNews(
            id: id.text,
            broadcast: broadcast.id.text,
            incident: broadcast.incident?.publicName,
            place: place(broadcast.zone),
            expiresAt: broadcast.expiresAt?.iso8601,
            words: try Telling.words(of: id, in: tx).mapValues {
                AlertNews.Said(subject: $0.subject, known: $0.known, todo: $0.todo)
            }
        )
        try WebHook.tell(type, news, key: "\(id)", at: at, keys: keys, in: tx)
    }

    private func place(_ id: String?) -> PlaceNews? {
        id.map { id in PlaceNews(id: id, name: places.place(id)?.name(in: "en")) }
    }
}

private struct PlaceNews: Encodable {
    let id: String
    let name: String?
}

private struct StatusNews: Encodable {
    let id: String
    let incident: String
    let kind: String
    let place: PlaceNews?
    let truth: String
    let level: String
    let over: Bool
    let firstSeenAt: String
    let answeredAt: String
    let expiresAt: String?
    let cap: String?

    private enum CodingKeys: String, CodingKey {
        case id, incident, kind, place, truth, level, over, cap
        case firstSeenAt = "first_seen_at"
        case answeredAt = "answered_at"
        case expiresAt = "expires_at"
    }
}

private struct AlertNews: Encodable {
    struct Said: Encodable { let subject, known, todo: String }

    let id: String
    let broadcast: String
    let incident: String?
    let place: PlaceNews?
    let expiresAt: String?
    let words: [String: Said]

    private enum CodingKeys: String, CodingKey {
        case id, broadcast, incident, place, words
        case expiresAt = "expires_at"
    }
}
