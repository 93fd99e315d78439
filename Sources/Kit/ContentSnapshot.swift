// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Synchronization

/// The YAML and CSV files of the content pack as they were taken apart, kept in a file so that the next start need not do it
/// again. What stands for a file counts only while the file has the very bytes that were parsed, and only for the
/// program that parsed them; a snapshot that is damaged, another's or not there is made anew.
///
/// The file: `heading`, a mark of the program (32 bytes), a CRC-32 of all that follows (4 bytes, least first), and a
/// `ContentTree` that maps each path to a list of two, its bytes and its tree.
package final class ContentSnapshot: Sendable {
    /// The one that `Content.yaml` and `Content.rows` read from and add to.
    @TaskLocal package static var current: ContentSnapshot?

    private struct Piece: Sendable {
        let source: ArraySlice<UInt8>
        let tree: ArraySlice<UInt8>
    }

    private struct Known {
        /// What this process read or made.
        var used: [String: Piece] = [:]
        var hasNew = false
    }

    private static let heading = Array("vecinos content, version 1\n".utf8)

    private let path: String
    private let mark: [UInt8]
    private let kept: [String: Piece]
    private let known = Mutex(Known())

    /// `program`: the file of the program that runs.
    package init(path: String, program: String = "/proc/self/exe") {
        self.path = path
        mark = Self.mark(of: program)
        kept = mark.isEmpty ? [:] : (try? Self.read(path, mark)) ?? [:]
    }

    /// What the file at `path` says; nil when this doesn't know it with these bytes, or can't decode it.
    func value<T: Decodable>(_ type: T.Type, _ path: String, _ source: [UInt8]) -> T? {
        guard let piece = kept[path], Self.areSame(piece.source, source),
            let tree = try? ContentTree.Branch(Array(piece.tree), from: 0, to: piece.tree.count),
            let value = try? tree.decode(type)
        else { return nil }
        known.withLock { $0.used[path] = piece }
        return value
    }

    private static func areSame(_ kept: ArraySlice<UInt8>, _ source: [UInt8]) -> Bool {
        kept.withUnsafeBytes { kept in
            source.withUnsafeBytes { source in
                guard let first = kept.baseAddress, let second = source.baseAddress else {
                    return kept.isEmpty && source.isEmpty
                }
                return kept.count == source.count && memcmp(first, second, kept.count) == 0
            }
        }
    }

    /// A file that was read and is well formed.
    func add(_ path: String, _ source: [UInt8], tree: (String) throws -> [UInt8]) {
        guard let tree = try? tree(String(decoding: source, as: UTF8.self)) else { return }
        known.withLock { known in
            known.used[path] = Piece(source: source[...], tree: tree[...])
            known.hasNew = true
        }
    }

    /// Writes the file when it isn't what this process read. Where that can't be done the next start takes longer.
    package func keep() {
        let known = known.withLock { $0 }
        guard !mark.isEmpty, known.hasNew || known.used.count != kept.count, let body = try? Self.body(known.used)
        else { return }
        let sum = Gzip.checksum(body[...])
        let bytes = Self.heading + mark + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * UInt32($0))) } + body
        let draft = "\(path).\(getpid())"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard file >= 0 else { return }
        let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        // Not synced: what a power cut leaves of it has another checksum.
        guard close(file) == 0, written == bytes.count, rename(draft, path) == 0 else {
            unlink(draft)
            return
        }
    }

    private static func body(_ pieces: [String: Piece]) throws -> [UInt8] {
        var body: [UInt8] = []
        try ContentTree.append(.map, to: &body) { body in
            for (path, piece) in pieces.sorted(by: { $0.key < $1.key }) {
                try ContentTree.append(.text, to: &body) { $0 += path.utf8 }
                try ContentTree.append(.list, to: &body) { body in
                    try ContentTree.append(.text, to: &body) { $0 += piece.source }
                    body += piece.tree
                }
            }
        }
        return body
    }

    private static func read(_ path: String, _ mark: [UInt8]) throws -> [String: Piece] {
        let bytes = try Content.bytes(path)
        let start = heading.count + mark.count
        guard bytes.count > start + 4, bytes.starts(with: heading), bytes[heading.count..<start].elementsEqual(mark),
            Gzip.checksum(bytes[(start + 4)...]) == (0..<4).reduce(0, { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
        else { throw ContentTree.Unfit() }
        let parts = try ContentTree.Branch(bytes, from: start + 4, to: bytes.count).parts()
        return try stride(from: 0, to: parts.count - 1, by: 2).reduce(into: [:]) { kept, index in
            let list = parts[index + 1].range
            let source = try ContentTree.Branch(bytes, from: list.lowerBound, to: list.upperBound)
            let tree = source.range.upperBound..<list.upperBound
            kept[try parts[index].text()] = Piece(source: bytes[source.range], tree: bytes[tree])
        }
    }

    /// Which file it is and when it was written: an update, or another build, is another program.
    package static func mark(of program: String) -> [UInt8] {
        var status = stat()
        guard stat(program, &status) == 0 else { return [] }
        let time = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        return [
            UInt64(status.st_dev), UInt64(status.st_ino), UInt64(bitPattern: Int64(status.st_size)),
            UInt64(bitPattern: time),
        ]
        .flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) } }
    }
}
