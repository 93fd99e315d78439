// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// The newest `Rights`, kept ready: read again after a fact changed, and when a day begins. Readers share one copy.
package final class RightsShelf: Sendable {
    private struct State {
        var kept: Rights?
        var heard = 0
        var heardWhenRead = -1
        /// The book's version when it was read: another process may have turned it.
        var book: Int64 = -1
        var sounds: Set<String> = []
        var changes: Int64 = 0
        /// The day, looked up once a minute: the page is asked for more often.
        var today: (minute: Int64, day: String) = (.min, "")

        /// Whether what is kept is the newest, and of this day.
        mutating func isCurrent(at now: Instant) -> Bool {
            let minute = now.milliseconds / 60_000
            if today.minute != minute { today = (minute, LocalTime(now).isoDay) }
            return heard == heardWhenRead && kept?.day == today.day
        }
    }

    private let files: FactFiles
    private let guides: GuideFiles
    private let database: Database
    private let sounds: Sounds?
    private let state = Mutex(State())

    /// Where `vecinos speak` puts what a machine reads, and the words of all languages.
    package struct Sounds: Sendable {
        let folder: String
        let library: Library

        package init(folder: String, library: Library) { (self.folder, self.library) = (folder, library) }
    }

    package init(files: FactFiles, guides: GuideFiles, database: Database, sounds: Sounds? = nil) {
        (self.files, self.guides, self.database, self.sounds) = (files, guides, database, sounds)
        database.feed.subscribe { [weak self] events in
            guard events.contains(where: { $0.kind.hasPrefix("fact.") }) else { return }
            self?.state.withLock { $0.heard += 1 }
        }
    }

    /// What is known without asking the database; nil when it must be asked.
    package var kept: Rights? {
        let now = database.clock.now()
        return state.withLock { $0.isCurrent(at: now) ? $0.kept : nil }
    }

    /// The version of what is kept, without a copy of it.
    package func version(at now: Instant) -> Int64? {
        state.withLock { $0.isCurrent(at: now) ? $0.kept?.version : nil }
    }

    package func current() async throws -> Rights {
        if let kept { return kept }
        let heard = state.withLock(\.heard)
        let (live, book, recordings) = try await database.read { tx in
            (
                try FactBook.all(in: tx).map { ($0.fact, $0.revision) }, try FactBook.version(in: tx),
                try Recording.all(in: tx).filter { $0.state == .published }
            )
        }
        let sounds = ReadAloud.names(in: self.sounds?.folder)
        let day = LocalTime(database.clock.now()).isoDay
        return state.withLock { state in
            // Nobody has put the files into this database yet: they are what there is.
            let known = live.isEmpty ? files.facts.map { ($0.fact, 0) } : live
            state.changes += 1
            var rights = Rights(
                live: known.map { (fact: $0.0, revision: $0.1) },
                files: files,
                guides: guides,
                recordings: recordings,
                day: day,
                version: state.changes
            )
            if let library = self.sounds?.library, !sounds.isEmpty {
                // A sound whose words are no longer told is not heard either, though its file is still there.
                rights.sounds = sounds.intersection(ReadAloud.all(rights, library).map(\.name))
            }
            (state.kept, state.heardWhenRead, state.book, state.sounds) = (rights, heard, book, sounds)
            return rights
        }
    }

    /// Looks until its task ends.
    package func watch() async {
        while !Task.isCancelled {
            try? await look()
            try? await Task.sleep(for: .seconds(2))
        }
    }

    /// Notices what another process changed: `vecinos facts import` or `vecinos speak` beside a running server. Asked every
    /// two seconds.
    package func look() async throws {
        let book = try await database.read { tx in try FactBook.version(in: tx) }
        let sounds = ReadAloud.names(in: self.sounds?.folder)
        state.withLock { state in
            if state.book >= 0, state.book != book || state.sounds != sounds { state.heard += 1 }
        }
        if kept == nil { _ = try await current() }
    }
}
