// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// A regular file that is held open: it stays the one it was, whatever is put in its place, and any part of it can be read
/// at any time.
final class OpenFile: Sendable {
    let path: String
    /// In bytes, when it was opened.
    let size: Int
    private let descriptor: Int32

    /// Throws `Content.Problem` where there is none, or none that may be read.
    init(_ path: String) throws {
        // Not held up by a pipe that stands in its place.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard file >= 0, fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            if file >= 0 { close(file) }
            throw Content.Problem(path: path, reason: "could not be read")
        }
        (self.path, descriptor, size) = (path, file, Int(status.st_size))
    }

    deinit { close(descriptor) }

    /// Whether nothing has this name: what can't be looked at may be there.
    static func isMissing(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) != 0 && errno == ENOENT
    }

    /// Throws where the file has become shorter than this.
    func bytes(_ place: Range<Int>) throws -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: place.count) { buffer, count in
            count = read(place.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard bytes.count == place.count else { throw Content.Problem(path: path, reason: "could not be read") }
        return bytes
    }

    /// Whether all of it is what `other` has at `place`. Neither is ever in memory as a whole.
    func isSame(as other: OpenFile, at place: Range<Int>) -> Bool {
        guard size == place.count else { return false }
        let most = 65_536
        return withUnsafeTemporaryAllocation(byteCount: 2 * most, alignment: 16) { buffer in
            var done = 0
            while done < size {
                let count = min(most, size - done)
                let mine = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                let theirs = UnsafeMutableRawBufferPointer(rebasing: buffer[most..<(most + count)])
                guard read(done, into: mine) == count, other.read(place.lowerBound + done, into: theirs) == count,
                    let first = mine.baseAddress, let second = theirs.baseAddress, memcmp(first, second, count) == 0
                else { return false }
                done += count
            }
            return true
        }
    }

    /// How many bytes it could read: fewer than there is room for at the end of the file, or when the disk fails.
    private func read(_ place: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count < buffer.count {
            let got = pread(
                descriptor,
                buffer.baseAddress.map { $0 + count },
                buffer.count - count,
                off_t(place + count)
            )
            guard got > 0 else { break }
            count += got
        }
        return count
    }
}
