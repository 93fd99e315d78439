// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Glibc
import Kit
import Synchronization

/// Where shred keys stand: a file, a table, or memory.
protocol ShredStore: Sendable {
    /// Keys in one block.
    var blockCount: Int { get }
    /// A new block, durable when it returns; throws `busy` where that can't be done at once.
    func grow() throws -> [ShredKey]
    /// The same, where waiting is allowed.
    func growAhead() async throws -> [ShredKey]
    /// 32 bytes; zeros when destroyed.
    func key(_ slot: Int64) throws -> [UInt8]
    func destroy(_ slots: [Int64]) async throws
    /// Learns what other nodes made and destroyed.
    func refresh() async throws
}

enum ShredBlock {
    static let keyCount = 32
    /// 16 KiB: what a restart wastes at most.
    static let count = 512

    static func fresh() -> [UInt8] { RandomBytes.take(count * keyCount) }

    static func keys(_ bytes: [UInt8], first slot: Int64) -> [ShredKey] {
        stride(from: 0, to: bytes.count - keyCount + 1, by: keyCount).map { start in
            ShredKey(
                slot: slot + Int64(start / keyCount),
                key: Secret(Array(bytes[start..<start + keyCount]))
            )
        }
    }
}

/// A flat file: slot n stands at byte 32 n; slot 0 is the heading. A process gives out only keys that it appended itself
/// and synced, under a lock on the file: so the end of the file is the mark that no slot is used twice.
final class ShredFile: ShredStore {
    let blockCount = ShredBlock.count
    private let file: Int32
    private let path: String
    /// Slots up to this one stand in the database already, whatever the file holds.
    private let floor: Int64
    private static let heading = Array("vecinos shred keys, version 1\n".utf8)

    init(path: String, above floor: Int64 = 0) throws {
        (self.path, self.floor) = (path, floor)
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard file >= 0 else { throw Self.problem(path, "can't be opened") }
        do {
            try locked { end in
                if end > 0 { return try checkHeading() }
                try write(Self.heading + [UInt8](repeating: 0, count: ShredBlock.keyCount - Self.heading.count), at: 0)
                try sync()
            }
            try syncFolder()
        } catch {
            close(file)
            throw error
        }
    }

    deinit { close(file) }

    /// The last slot of a file; 0 where there is none, or no key in it.
    static func lastSlot(_ path: String) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        return max(0, Int64(status.st_size) / Int64(ShredBlock.keyCount) - 1)
    }

    func grow() throws -> [ShredKey] {
        let bytes = ShredBlock.fresh()
        let slot: Int64 = try locked { end in
            // A crash may have left half a key at the end: nobody was given it.
            let slot = max(floor + 1, (end + Int64(ShredBlock.keyCount) - 1) / Int64(ShredBlock.keyCount))
            try write(bytes, at: slot * Int64(ShredBlock.keyCount))
            try sync()
            return slot
        }
        return ShredBlock.keys(bytes, first: slot)
    }

    /// Off the pool that runs everything else: the disk takes its time.
    func growAhead() async throws -> [ShredKey] { try await offPool { try self.grow() } }

    func key(_ slot: Int64) throws -> [UInt8] {
        guard slot > 0, slot < Int64.max / Int64(ShredBlock.keyCount) else { throw VaultError.damaged }
        var bytes = [UInt8](repeating: 0, count: ShredBlock.keyCount)
        let count = bytes.withUnsafeMutableBytes {
            pread(file, $0.baseAddress, $0.count, off_t(slot * Int64(ShredBlock.keyCount)))
        }
        guard count >= 0 else { throw problem("can't be read") }
        guard count == ShredBlock.keyCount else { throw VaultError.damaged }
        return bytes
    }

    func destroy(_ slots: [Int64]) async throws {
        try await offPool {
            let zeros = [UInt8](repeating: 0, count: ShredBlock.keyCount)
            for slot in slots where (try? self.key(slot)) != nil {
                try self.write(zeros, at: slot * Int64(ShredBlock.keyCount))
            }
            try self.sync()
            for slot in slots {
                guard let left = try? self.key(slot) else { continue }
                guard left == zeros else { throw self.problem("a key was not overwritten") }
            }
        }
    }

    func refresh() async throws {}

    private func offPool<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Alone among all processes that have the file open; `body` gets its size in bytes.
    private func locked<T>(_ body: (Int64) throws -> T) throws -> T {
        guard flock(file, LOCK_EX) == 0 else { throw problem("can't be locked") }
        defer { flock(file, LOCK_UN) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw problem("is not a file") }
        return try body(Int64(status.st_size))
    }

    private func checkHeading() throws {
        var bytes = [UInt8](repeating: 0, count: Self.heading.count)
        let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count, bytes == Self.heading else {
            throw KeyFile.Problem(path: path, reason: "is not a file of shred keys")
        }
    }

    private func write(_ bytes: [UInt8], at offset: Int64) throws {
        let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
        guard count == bytes.count else { throw problem("can't be written") }
    }

    private func sync() throws { guard fsync(file) == 0 else { throw problem("can't be synced") } }

    private func syncFolder() throws {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem("its folder can't be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw problem("its folder can't be synced") }
    }

    private func problem(_ what: String) -> KeyFile.Problem { Self.problem(path, what) }

    private static func problem(_ path: String, _ what: String) -> KeyFile.Problem {
        KeyFile.Problem(path: path, reason: "\(what) (\(String(cString: strerror(errno))))")
    }
}

/// In memory: for tests and benchmarks.
final class ShredMemory: ShredStore {
    let blockCount = ShredBlock.count
    private let bytes = Mutex([UInt8](repeating: 0, count: ShredBlock.keyCount))
    private let growsAtOnce: Bool

    init(_ growsAtOnce: Bool) { self.growsAtOnce = growsAtOnce }

    func grow() throws -> [ShredKey] {
        guard growsAtOnce else { throw VaultError.busy }
        return more()
    }

    private func more() -> [ShredKey] {
        let fresh = ShredBlock.fresh()
        let slot = bytes.withLock { bytes in
            defer { bytes += fresh }
            return Int64(bytes.count / ShredBlock.keyCount)
        }
        return ShredBlock.keys(fresh, first: slot)
    }

    func growAhead() async throws -> [ShredKey] { more() }

    func key(_ slot: Int64) throws -> [UInt8] {
        try bytes.withLock { bytes in
            guard slot > 0, slot < Int64(bytes.count / ShredBlock.keyCount) else { throw VaultError.damaged }
            let start = Int(slot) * ShredBlock.keyCount
            return Array(bytes[start..<start + ShredBlock.keyCount])
        }
    }

    func destroy(_ slots: [Int64]) async throws {
        bytes.withLock { bytes in
            for slot in slots where slot > 0 && slot < Int64(bytes.count / ShredBlock.keyCount) {
                for index in 0..<ShredBlock.keyCount { bytes[Int(slot) * ShredBlock.keyCount + index] = 0 }
            }
        }
    }

    func refresh() async throws {}
}
