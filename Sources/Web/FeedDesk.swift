// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Logging
import Response
import Synchronization
import Vault

/// What feeds and alerts are made of, kept ready; and the one place where alerts are written and signed. An alert is
/// written once, and its bytes never change; while the instance is locked its signature waits.
package final class FeedDesk: Sendable {
    struct Kept: Sendable {
        let status: PublicStatus
        /// What was told in the last days, oldest first.
        let notices: [PublicNotice]
    }

    private struct State {
        var kept: Kept?
        var readAt = Instant(milliseconds: 0)
        var heard = 0
        var heardWhenRead = -1
    }

    /// How far back feeds reach.
    private static let reach = Duration.days(7)
    private static let longestKept = Duration.seconds(30)

    private let database: Database
    private let exercises: Bool
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(database: Database, exercises: Bool) {
        self.database = database
        self.exercises = exercises
        (signal, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        database.feed.subscribe { [weak self] events in
            guard let self, events.contains(where: PublicStatus.changes) else { return }
            state.withLock { $0.heard += 1 }
            if events.contains(where: PublicNotice.mayFollow) { wake.yield() }
        }
    }

    /// Writes and signs alerts as soon as there are any, until cancelled. One of these runs beside the server.
    package func run(_ site: Site) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    // A locked instance can be opened at any time, and its alerts then need their signatures.
                    try? await Task.sleep(for: Self.longestKept)
                    self.wake.yield()
                }
            }
            for await _ in signal {
                do { try await settle(site) } catch { site.logger.warning("alerts could not be written; tried again") }
            }
            group.cancelAll()
        }
    }

    func current(_ site: Site) async throws -> Kept {
        let now = database.clock.now()
        let (kept, heard) = state.withLock { state in
            let isFresh = state.heard == state.heardWhenRead && now - state.readAt < Self.longestKept
            return (isFresh ? state.kept : nil, state.heard)
        }
        if let kept { return kept }
        try await settle(site)
        let fresh = try await database.read { [exercises] tx in
            Kept(
                status: try PublicStatus.load(exercises: exercises, in: tx),
                notices: try PublicNotice.since(tx.now - Self.reach, exercises: exercises, in: tx)
            )
        }
        state.withLock { state in
            state.kept = fresh
            state.readAt = now
            state.heardWhenRead = heard
        }
        return fresh
    }

    func alert(_ id: Ref<PublicNotice>) async throws -> PublicNotice? {
        try await database.read { [exercises] tx in
            try PublicNotice.published(id, exercises: exercises, in: tx)
        }
    }

    func newest(after notice: PublicNotice) async throws -> PublicNotice? {
        try await database.read { tx in try notice.newest(in: tx) }
    }

    /// The alert that holds exactly these bytes.
    func alert(of bytes: [UInt8], _ site: Site) async throws -> PublicNotice? {
        _ = try await current(site)
        return try await database.read { [exercises] tx in
            try PublicNotice.written(as: bytes, exercises: exercises, in: tx)
        }
    }

    /// Writes what is not written yet and, unless locked, signs what is not signed yet.
    private func settle(_ site: Site) async throws {
        let isLocked = site.keys.isLocked
        let waits = try await database.read { tx in try !PublicNotice.waiting(signed: !isLocked, in: tx).isEmpty }
        guard waits else { return }
        let publisher = site.publisher
        let keys = site.keys.unlocked
        try await database.write { tx in
            for notice in try PublicNotice.waiting(signed: keys != nil, in: tx) {
                let bytes = try notice.cap ?? CAP(notice, after: notice.earlier(in: tx), by: publisher).xml.bytes
                if notice.cap == nil { try notice.publish(bytes, from: publisher.sender, in: tx) }
                if let keys { try notice.sign(AlertNote.sign(bytes, with: keys).note, in: tx) }
            }
        }
        state.withLock { $0.heard += 1 }
    }
}

extension Site {
    /// Alerts are in English and Spanish, whatever else the pages speak.
    static let alertLanguages = ["en", "es"]

    var publisher: CAP.Publisher {
        let own = config.address.isEmpty ? nil : config.address
        let name = pack.coalition.name
        return CAP.Publisher(
            sender: "vecinos@\(Self.host(of: own ?? "localhost"))",
            name: { name($0) },
            address: own,
            hotline: pack.coalition.hotline.number,
            places: places,
            words: Self.alertLanguages.map(library.words)
        )
    }

    /// The host of an address, of letters that a CAP sender may have.
    private static func host(of address: String) -> String {
        let rest = address.split(separator: "/", omittingEmptySubsequences: true).first { !$0.hasSuffix(":") } ?? ""
        let allowed = rest.utf8.filter {
            ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || $0 == 45 || $0 == 46
        }
        return allowed.isEmpty ? "localhost" : String(decoding: allowed, as: UTF8.self)
    }
}
