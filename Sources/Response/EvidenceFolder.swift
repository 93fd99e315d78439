// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import FoundationEssentials
import Glibc
import Kit
import People
import Synchronization
import Vault

/// The folder that holds photos, video and audio, each encrypted piece by piece (`FileSeal`) under a name that says
/// nothing. Attached to the database as its companion. Several nodes on PostgreSQL share one folder.
package final class EvidenceFolder: Sendable {
    package let path: String
    private let clock: Clock
    private let queue = DispatchQueue(label: "files", attributes: .concurrent)
    private let use: Mutex<Use>

    /// What one process takes in.
    package struct Limits: Sendable {
        /// Files that come in at the same time.
        package var atOnce = 16
        /// Bytes in an hour: from one neighborhood of the network, and from all together.
        package var hourlyFromOne = 600_000_000
        package var hourly = 20_000_000_000
        /// Bytes of the disk that stay free, for words.
        package var free = 512 * 1_024 * 1_024

        package init() {}
    }

    package let limits: Limits

    private struct Use {
        var hour: Int64 = 0
        var now = 0
        var all = 0
        var bySource: [String: Int] = [:]
    }

    /// Makes the folder, for nobody else on this machine.
    package init(path: String, clock: Clock, limits: Limits = Limits()) throws {
        self.path = path
        self.clock = clock
        self.limits = limits
        use = Mutex(Use())
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// What stops a file, in words for the sender. Nothing else of the form is lost by it.
    package struct Problem: Error { package let words: Phrase }

    /// Begins to take in a file. `source`: a short-lived token of the sender, in memory only; nil for members and for
    /// this machine. `pace` is told before each piece. Throws `Problem` when there is no room.
    package func receive(from source: String?) throws -> IncomingFile {
        try use.withLock { use in
            guard use.now < limits.atOnce else { throw Problem(words: Self.busy) }
            use.now += 1
        }
        return IncomingFile(into: self, source: source)
    }

    /// Room for so many bytes more; throws `Problem`.
    func admit(_ count: Int, from source: String?) throws {
        var disk = statvfs()
        if statvfs(path, &disk) == 0, Double(disk.f_bavail) * Double(disk.f_frsize) < Double(limits.free) {
            throw Problem(words: Self.diskFull)
        }
        let hour = clock.now().milliseconds / 3_600_000
        try use.withLock { use in
            if use.hour != hour { (use.hour, use.all, use.bySource) = (hour, 0, [:]) }
            use.all += count
            if let source { use.bySource[source, default: 0] += count }
            guard use.all <= limits.hourly, source.map({ use.bySource[$0] ?? 0 <= limits.hourlyFromOne }) ?? true else {
                throw Problem(words: Self.tooMuch)
            }
        }
    }

    func release() { use.withLock { $0.now -= 1 } }

    func place(of id: Ref<EvidenceFile>) -> String { "\(path)/\(id.text)" }
    func holds(_ id: Ref<EvidenceFile>) -> Bool { access(place(of: id), R_OK) == 0 }
    func draft(of id: Ref<EvidenceFile>) -> String { "\(path)/\(id.text).part" }

    /// Runs what may wait for the disk, away from the threads that answer.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Deletes files that belong to no row: of forms that were refused, of reports that are deleted. Only those older
    /// than an hour, since a file comes before its row. Answers how many.
    @discardableResult
    package func sweep(_ database: Database) async throws -> Int {
        let (path, before) = (path, clock.now() - .hours(1))
        let old = try await run {
            try FileManager.default.contentsOfDirectory(atPath: path).filter { name in
                var about = stat()
                guard stat("\(path)/\(name)", &about) == 0 else { return false }
                return Int64(about.st_mtim.tv_sec) * 1_000 < before.milliseconds
            }
        }
        var gone = 0
        for start in stride(from: 0, to: old.count, by: 500) {
            let names = Array(old[start..<min(start + 500, old.count)])
            let known = try await database.read { tx in
                Set(try tx.list(String.self, "SELECT id FROM files WHERE id IN \(list: names)"))
            }
            let orphans = names.filter { !known.contains($0) }
            gone += orphans.count
            try await run { for name in orphans { unlink("\(path)/\(name)") } }
        }
        return gone
    }

    /// How many rows have no file in the folder.
    package func missing(_ database: Database) async throws -> Int {
        let ids = try await database.read { tx in
            try tx.list(Ref<EvidenceFile>.self, "SELECT id FROM files WHERE is_in_folder = 1")
        }
        return try await run { ids.count { !self.holds($0) } }
    }

    package static var diskFull: Phrase {
        "evidence.disk_full|There is no room for files now. Send your words without them."
    }

    package static var tooMuch: Phrase {
        "evidence.quota|That is a lot for one hour. Send your words now, and the file later."
    }

    static var busy: Phrase {
        "evidence.busy|Many files are coming in now. Send your words, and the file in a few minutes."
    }
}

extension EvidenceFolder {
    /// Makes what was renamed durable; throws `Refusal.storage` where the disk doesn't.
    static func syncFolder(_ path: String) throws {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Refusal.storage }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Refusal.storage }
    }

    static func write(_ bytes: [UInt8], to file: Int32) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress.map { $0 + sent }, bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Problem(words: diskFull)
            }
            sent += count
        }
    }

    /// So many bytes, or fewer at the end.
    static func read(_ count: Int, from file: Int32) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let part = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress.map { $0 + got }, count - got) }
            if part < 0, errno == EINTR { continue }
            guard part >= 0 else { throw VaultError.damaged }
            if part == 0 { break }
            got += part
        }
        return Array(bytes.prefix(got))
    }
}
