// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Synchronization

/// The files of the content pack as they were taken apart, kept in a file so that the next start need not do it again. What
/// stands for a file counts only while the file has the very bytes that were parsed, and only for the program that
/// parsed them; a snapshot that is damaged, another's or not there is made anew.
///
/// The file: `heading`, a mark of the program (32 bytes), a CRC-32 of the list and its size (4 bytes each, least first),
/// the list, and the bytes of the files one after another. The list is a `ContentTree` that maps each path to a list of two:
/// how many bytes it has, and its tree. The bytes have no sum of their own: they are compared with the file's.
package final class ContentSnapshot: Sendable {
    /// The one that `Content.yaml`, `Content.rows` and `Library` read from and add to.
    @TaskLocal package static var current: ContentSnapshot?

    private struct Piece: Sendable {
        enum Source: Sendable {
            case read([UInt8])
            /// Where the snapshot's file has them.
            case kept(Range<Int>)
        }

        let source: Source
        let tree: ArraySlice<UInt8>
    }

    private struct Known {
        /// What this process read or made.
        var used: [String: Piece] = [:]
        var hasNew = false
    }

    private static let heading = Array("vecinos content, version 2\n".utf8)

    private let path: String
    private let mark: [UInt8]
    private let file: OpenFile?
    private let kept: [String: Piece]
    private let known = Mutex(Known())

    /// `program`: the file of the program that runs.
    package init(path: String, program: String = "/proc/self/exe") {
        self.path = path
        mark = Self.mark(of: program)
        let file = mark.isEmpty ? nil : try? OpenFile(path)
        let kept = file.flatMap { [mark] in try? Self.read($0, mark) }
        (self.file, self.kept) = (kept == nil ? nil : file, kept ?? [:])
    }

    /// What the file at `path` says; nil when this doesn't know it with these bytes, or can't decode it.
    func value<T: Decodable>(_ type: T.Type, _ path: String, _ source: [UInt8]) -> T? {
        guard let piece = kept[path], let same = try? bytes(piece.source), Self.areSame(same, source) else {
            return nil
        }
        return value(piece, type, path)
    }

    /// What the file at `path` says, and its bytes for whoever wants them later: they stay those of now, whatever becomes
    /// of the file. Nil as above.
    func late<T: Decodable>(_ type: T.Type, _ path: String) -> (value: T, bytes: @Sendable () throws -> [UInt8])? {
        guard let file, let piece = kept[path], case .kept(let place) = piece.source, let now = try? OpenFile(path),
            now.isSame(as: file, at: place), let value = value(piece, type, path)
        else { return nil }
        return (value, { try file.bytes(place) })
    }

    private func value<T: Decodable>(_ piece: Piece, _ type: T.Type, _ path: String) -> T? {
        guard let tree = try? ContentTree.Branch(Array(piece.tree), from: 0, to: piece.tree.count),
            let value = try? tree.decode(type)
        else { return nil }
        known.withLock { $0.used[path] = piece }
        return value
    }

    private func bytes(_ source: Piece.Source) throws -> [UInt8] {
        switch source {
        case .read(let bytes): return bytes
        case .kept(let place):
            guard let file else { throw ContentTree.Unfit() }
            return try file.bytes(place)
        }
    }

    private static func areSame(_ kept: [UInt8], _ source: [UInt8]) -> Bool {
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
            known.used[path] = Piece(source: .read(source), tree: tree[...])
            known.hasNew = true
        }
    }

    /// Writes the file when it isn't what this process read, and says whether it did. Where that can't be done the next
    /// start takes longer.
    package func keep() -> Bool {
        let known = known.withLock { $0 }
        guard !mark.isEmpty, known.hasNew || known.used.count != kept.count, let body = try? body(known.used) else {
            return false
        }
        let bytes = Self.heading + mark + body
        let draft = "\(path).\(getpid())"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard file >= 0 else { return false }
        let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        // Not synced: what a power cut leaves of it has another checksum, or other bytes than the files.
        guard close(file) == 0, written == bytes.count, rename(draft, path) == 0 else {
            unlink(draft)
            return false
        }
        return true
    }

    /// All that follows the mark.
    private func body(_ pieces: [String: Piece]) throws -> [UInt8] {
        var (list, sources): ([UInt8], [UInt8]) = ([], [])
        try ContentTree.append(.map, to: &list) { list in
            for (path, piece) in pieces.sorted(by: { $0.key < $1.key }) {
                let source = try bytes(piece.source)
                sources += source
                try ContentTree.append(.text, to: &list) { $0 += path.utf8 }
                try ContentTree.append(.list, to: &list) { list in
                    try ContentTree.append(.number, to: &list) { $0 += String(source.count).utf8 }
                    list += piece.tree
                }
            }
        }
        guard let size = UInt32(exactly: list.count) else { throw ContentTree.Unfit() }
        return [Gzip.checksum(list[...]), size]
            .flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) } } + list
            + sources
    }

    private static func read(_ file: OpenFile, _ mark: [UInt8]) throws -> [String: Piece] {
        let start = heading + mark
        let head = try file.bytes(0..<(start.count + 8))
        let numbers = [start.count, start.count + 4]
            .map { place in (0..<4).reduce(0 as UInt32) { $0 | UInt32(head[place + $1]) << (8 * UInt32($1)) } }
        guard head.starts(with: start), Int(numbers[1]) <= file.size - head.count else { throw ContentTree.Unfit() }
        var place = head.count + Int(numbers[1])
        let list = try file.bytes(head.count..<place)
        guard Gzip.checksum(list[...]) == numbers[0] else { throw ContentTree.Unfit() }
        let parts = try ContentTree.Branch(list, from: 0, to: list.count).parts()
        return try stride(from: 0, to: parts.count - 1, by: 2).reduce(into: [:]) { kept, index in
            let piece = parts[index + 1].range
            let count = try ContentTree.Branch(list, from: piece.lowerBound, to: piece.upperBound)
            guard let size = Int(try count.text()), size >= 0, size <= file.size - place else {
                throw ContentTree.Unfit()
            }
            let tree = count.range.upperBound..<piece.upperBound
            kept[try parts[index].text()] = Piece(source: .kept(place..<(place + size)), tree: list[tree])
            place += size
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
