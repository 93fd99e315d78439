// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Inform
import Kit
import NIOCore
import Synchronization

/// Draws what is printed or saved, once for each text: one at a time on a thread of its own, because a sheet takes a
/// tenth of a second. There are as many files as pieces, papers and languages, so it can't grow.
package final class PrintDesk: Sendable {
    /// A file that is ready to be sent.
    struct File: Sendable {
        let version: Int64
        let tag: String
        /// A tag of what it says, whatever the day.
        let mark: String
        /// As it is kept: zipped where that was asked for and makes it smaller.
        let body: ByteBuffer
        let isZipped: Bool

        /// For a reader that takes no gzip. No browser is one, and both together are four times as much to keep.
        var plain: ByteBuffer {
            guard isZipped, let bytes = Gzip.expand(Array(body.readableBytesView)) else { return body }
            return ByteBuffer(bytes: bytes)
        }
    }

    private struct State {
        var files: [String: File] = [:]
        var taken: [PrintBatch.Key: Int] = [:]
        /// Batches that have their row.
        var made: Set<PrintBatch.Key> = []
        var waiting = 0
    }

    private let thread = DispatchQueue(label: "vecinos.print")
    private let state = Mutex(State())
    private static let longestQueue = 24

    package init() {}

    /// The file of that name, or what `draw` makes of it. `day` is how the day stands in it, where it does. Throws
    /// `Refusal.busy` when too many wait.
    func file(
        _ name: String,
        version: Int64,
        zips: Bool = false,
        day: String? = nil,
        _ draw: @escaping @Sendable () throws -> [UInt8]
    ) async throws -> File {
        if let kept = kept(name, version) { return kept }
        let isFull = state.withLock { state in
            if state.waiting >= Self.longestQueue { return true }
            state.waiting += 1
            return false
        }
        if isFull { throw Refusal.busy }
        defer { state.withLock { $0.waiting -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            thread.async {
                continuation.resume(
                    with: Result {
                        // Whoever waited for the same one has it now.
                        if let kept = self.kept(name, version) { return kept }
                        let bytes = try draw()
                        let zipped = zips ? Gzip.compress(bytes) : nil
                        let tag = StaticFiles.tag(bytes)
                        let file = File(
                            version: version,
                            tag: tag,
                            mark: day.map { StaticFiles.tag(HTML(bytes: bytes).replacing($0, with: "").bytes) } ?? tag,
                            body: ByteBuffer(bytes: zipped ?? bytes),
                            isZipped: zipped != nil
                        )
                        self.state.withLock { $0.files[name] = file }
                        return file
                    }
                )
            }
        }
    }

    /// Gives the batch its row before its first piece is taken, and counts one more.
    func count(_ key: PrintBatch.Key, names: [String], _ rights: Rights, in database: Database) async throws {
        if !state.withLock({ $0.made.contains(key) }) {
            try await database.write { tx in try PrintBatch.make(key, names: names, rights, in: tx) }
            state.withLock { state in
                // Old editions stay in the table; here only the newest are remembered.
                if state.made.count > 500 { state.made = [] }
                _ = state.made.insert(key)
            }
        }
        state.withLock { $0.taken[key, default: 0] += 1 }
    }

    /// Writes the counts down until its task ends: once a minute, not once a download.
    package func watch(_ database: Database) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(60))
            try? await flush(database)
        }
    }

    func flush(_ database: Database) async throws {
        let taken = state.withLock { state in
            defer { state.taken = [:] }
            return state.taken
        }
        guard !taken.isEmpty else { return }
        try await database.write { tx in try PrintBatch.count(taken, in: tx) }
    }

    func kept(_ name: String, _ version: Int64) -> File? {
        state.withLock { $0.files[name] }.flatMap { $0.version == version ? $0 : nil }
    }
}
