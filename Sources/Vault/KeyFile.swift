// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit

/// One 32-byte key in a file of its own: mode 0400 in a folder of mode 0700, complete or absent, never overwritten.
package struct KeyFile {
    let path: String
    private let folder: String
    private static let count = 32

    /// Why a file of keys can't be read or written, also for a disk that is full; the text is for the operator and names the
    /// file.
    package struct Problem: Error, CustomStringConvertible {
        let path: String
        let reason: String
        package var description: String { "\(path): \(reason)" }
    }

    init(folder: String, name: String) {
        self.folder = folder
        path = "\(folder)/\(name)"
    }

    /// A file somewhere else, as a credential of the supervisor's.
    init(path: String) {
        self.path = path
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        folder = parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    /// Nil when there is no such file.
    func read() throws -> Secret? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw problem("can't be read")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw problem("is not a file") }
        // Reading by the group is let through: systemd hands credentials over with an access list, which shows so.
        guard status.st_mode & 0o027 == 0 else {
            throw Problem(path: path, reason: "others may read it; run: chmod 0400 \(path)")
        }
        guard status.st_size == off_t(Self.count) else {
            throw Problem(path: path, reason: "must hold exactly \(Self.count) bytes, has \(status.st_size)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.count)
        guard bytes.withUnsafeMutableBytes({ Glibc.read(file, $0.baseAddress, $0.count) }) == Self.count else {
            throw problem("can't be read")
        }
        // Only the wiped store keeps it: a lock must find no copy of the key in memory that was let go.
        defer { bytes.withUnsafeMutableBytes { left in left.baseAddress.map { explicit_bzero($0, left.count) } } }
        return Secret(bytes)
    }

    /// The key, made first where there is none. It is written beside its name, synced, and only then linked to it:
    /// a crash leaves no half key, and of two processes that start at once both get the same one.
    func readOrCreate() throws -> Secret {
        if let key = try read() { return key }
        try makeFolder()
        let draft = "\(path).\(Base64URL.text(RandomBytes.take(9)))"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(0o400))
        guard file >= 0 else { throw problem("can't be created") }
        defer {
            close(file)
            unlink(draft)
        }
        let bytes = Secret.random(count: Self.count).bytes
        guard bytes.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == Self.count, fsync(file) == 0 else {
            throw problem("can't be written")
        }
        guard link(draft, path) == 0 || errno == EEXIST else { throw problem("can't be created") }
        try syncFolder()
        guard let key = try read() else { throw problem("vanished") }
        return key
    }

    /// Puts another key in its place, whole or not at all.
    func replace(with key: Secret) throws { try replace(with: key.bytes, mode: 0o400) }

    /// Writes a small file beside its name, syncs it and moves it there: a crash leaves the old one or the new one.
    func replace(with bytes: [UInt8], mode: mode_t) throws {
        try makeFolder()
        let draft = "\(path).\(Base64URL.text(RandomBytes.take(9)))"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw problem("can't be created") }
        defer {
            close(file)
            unlink(draft)
        }
        guard bytes.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == bytes.count, fsync(file) == 0 else {
            throw problem("can't be written")
        }
        guard rename(draft, path) == 0 else { throw problem("can't be replaced") }
        try syncFolder()
    }

    /// A file that says all by being there.
    var exists: Bool { access(path, F_OK) == 0 }

    /// Gone, and gone after a power cut too; nothing when there is no such file.
    func remove() throws {
        guard unlink(path) == 0 else {
            if errno == ENOENT { return }
            throw problem("can't be removed")
        }
        try syncFolder()
    }

    /// Overwritten, then removed; nothing when there is no such file.
    func destroy() throws {
        guard chmod(path, mode_t(0o600)) == 0 else {
            if errno == ENOENT { return }
            throw problem("can't be removed")
        }
        let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw problem("can't be removed") }
        let zeros = [UInt8](repeating: 0, count: Self.count)
        _ = zeros.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        fsync(file)
        close(file)
        guard unlink(path) == 0 else { throw problem("can't be removed") }
        try syncFolder()
    }

    private func makeFolder() throws {
        guard mkdir(folder, mode_t(0o700)) == 0 || errno == EEXIST else {
            throw Problem(path: folder, reason: String(cString: strerror(errno)))
        }
    }

    private func syncFolder() throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem("its folder can't be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw problem("its folder can't be synced") }
    }

    private func problem(_ what: String) -> Problem {
        Problem(path: path, reason: "\(what) (\(String(cString: strerror(errno))))")
    }
}
