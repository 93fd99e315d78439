// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Glibc
import Kit

/// The key folder, and how the instance root key rests in it.
///
/// - *Unattended*: the key stands in a file (`root.key`, or a credential that the supervisor hands over), and the
///   instance opens itself at each start.
/// - *Attended*: there is no such file. The key stands only in `root.locked`, wrapped under a passphrase, and on paper.
///
/// In both, `root.locked` holds the key wrapped under a recovery key of 120 bits. `panicked` is a mark: while it is
/// there, no start reads the key.
package struct Lockbox: Sendable {
    /// What the two wraps are bound to, in place of a member.
    private static let name = "instance root"
    private static let header = "vecinos-root 1"

    private let folder: String
    private let credential: String?

    /// `credential`: the path of the root key when it isn't `root.key` in the folder.
    package init(folder: String, credential: String? = nil) {
        (self.folder, self.credential) = (folder, credential)
    }

    // MARK: At the start

    /// The keys as this start may have them. The root key is made only with the first boot key: where a boot key stands
    /// alone, the root key was lost or taken away on purpose, and a new one would open nothing that is there.
    package func load() throws -> InstanceKeys {
        let boot = file("boot.key")
        if credential == nil, try boot.read() == nil, !sealed.exists { _ = try rootFile.readOrCreate() }
        return InstanceKeys(boot: try boot.readOrCreate(), root: hasPanicked ? nil : try rootFile.read())
    }

    /// The root key from its file; nil where there is none, which is how an attended instance lives.
    package func readRoot() throws -> Secret? { try rootFile.read() }

    /// Whether it opens itself after a start.
    package var startsUnattended: Bool { rootFile.exists }

    /// Whether a recovery key was ever printed.
    package var hasRecovery: Bool { sealed.exists }

    // MARK: Panic

    /// From now on no start reads the root key, until `forgivePanic`.
    package func markPanic() throws {
        try file("panicked.seen").remove()
        try file("panicked").replace(with: [], mode: 0o600)
    }

    package var hasPanicked: Bool { file("panicked").exists }

    /// The server says that it locked itself and wrote it down: whoever waits at a terminal looks for this.
    package func acknowledgePanic() throws { try file("panicked.seen").replace(with: [], mode: 0o600) }
    package var isPanicAcknowledged: Bool { file("panicked.seen").exists }

    package func forgivePanic() throws {
        try file("panicked").remove()
        try file("panicked.seen").remove()
    }

    // MARK: Wrapping and opening

    /// Keeps the root key wrapped, for the day when its file is not to be had. Replaces what was there.
    package func seal(
        _ root: Secret,
        passphrase: Secret?,
        recovery: RecoveryCode,
        gate: PasswordGate,
        keys: InstanceKeys
    ) async throws {
        let salt = Secret.random(count: 16).bytes
        var wrapped: WrappedSeed?
        if let passphrase {
            wrapped = try await gate.keys(
                from: passphrase,
                salt: salt,
                cost: gate.cost,
                person: Self.name,
                instance: keys
            ).wrap(root, person: Self.name)
        }
        let lines = [
            Self.header, "cost \(gate.cost.description)", "salt \(Base64URL.text(salt))",
            "passphrase \(wrapped.map { Base64URL.text($0.blob) } ?? "-")",
            "recovery \(Base64URL.text(try recovery.wrap(root, person: Self.name).blob))",
        ]
        try sealed.replace(with: Array((lines.joined(separator: "\n") + "\n").utf8), mode: 0o400)
    }

    /// The root key for whoever knows the passphrase or the recovery key; nil for anything else, after the same work.
    /// Throws `VaultError.busy` when the gate's queue is full.
    package func open(_ typed: Secret, code: RecoveryCode?, gate: PasswordGate, keys: InstanceKeys) async throws
        -> Secret?
    {
        let kept = try? readSealed()
        let stretched = try await gate.keys(
            from: typed,
            salt: kept?.salt ?? keys.dummySalt(Array(Self.name.utf8)),
            cost: kept?.cost ?? gate.cost,
            person: Self.name,
            instance: keys
        )
        let byPassphrase = kept?.passphrase.flatMap { try? stretched.unwrap($0, person: Self.name) }
        let byCode = kept.flatMap { kept in code.flatMap { try? $0.unwrap(kept.recovery, person: Self.name) } }
        return byPassphrase ?? byCode
    }

    /// From now on only the passphrase and the recovery key open it. Refused while nothing is wrapped.
    package func forgetRootFile() throws {
        guard sealed.exists else { throw VaultError.noKey }
        try rootFile.destroy()
    }

    /// From now on it opens itself.
    package func keepRootFile(_ root: Secret) throws { try rootFile.replace(with: root) }

    // MARK: One process at a time

    /// Held while a server serves from this folder; nil when somebody holds it in a way that excludes this one. Servers on
    /// PostgreSQL share it, as nodes do; `alone` is for a server on SQLite, and for what no server may run beside. Throws
    /// what the disk says when the folder can't be had at all: that is nobody else's doing.
    package func hold(alone: Bool) throws -> Int32? {
        // At the very first start there is no data folder yet.
        try? FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // A lock needs no writing: keys that were put back may all be of mode 0400.
        let path = "\(folder)/serving"
        let descriptor = Glibc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard descriptor >= 0 else {
            let reason = errno == ENOENT ? "can't be made" : String(cString: strerror(errno))
            throw KeyFile.Problem(path: path, reason: reason)
        }
        guard flock(descriptor, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            let why = errno
            close(descriptor)
            if why == EWOULDBLOCK { return nil }
            throw KeyFile.Problem(path: path, reason: String(cString: strerror(why)))
        }
        return descriptor
    }

    /// Whether a server serves from this folder now; yes where that can't be told.
    package var isServed: Bool {
        guard let descriptor = try? hold(alone: true) else { return true }
        close(descriptor)
        return false
    }

    // MARK: Files

    private struct Kept {
        let cost: PassphraseCost
        let salt: [UInt8]
        let passphrase: WrappedSeed?
        let recovery: WrappedSeed
    }

    private var sealed: KeyFile { file("root.locked") }
    private var rootFile: KeyFile { credential.map { KeyFile(path: $0) } ?? file("root.key") }
    private func file(_ name: String) -> KeyFile { KeyFile(folder: folder, name: name) }

    /// Throws `damaged` for anything that `seal` would not write.
    private func readSealed() throws -> Kept {
        guard let data = FileManager.default.contents(atPath: sealed.path), data.count < 1_000,
            let text = String(validating: data, as: UTF8.self)
        else { throw VaultError.damaged }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
        guard lines.count == 5, lines[0] == Self.header,
            let cost = Self.value("cost", lines[1]).flatMap({ PassphraseCost($0) }),
            let salt = Self.value("salt", lines[2]).flatMap({ Base64URL.bytes($0, count: 16) }),
            let passphrase = Self.value("passphrase", lines[3]),
            let recovery = Self.value("recovery", lines[4]).flatMap(Self.wrapped)
        else { throw VaultError.damaged }
        return Kept(cost: cost, salt: salt, passphrase: Self.wrapped(passphrase), recovery: recovery)
    }

    private static func value(_ name: String, _ line: String) -> String? {
        guard line.utf8.starts(with: "\(name) ".utf8) else { return nil }
        return String(Substring(line.utf8.dropFirst(name.utf8.count + 1)))
    }

    private static func wrapped(_ text: String) -> WrappedSeed? {
        Base64URL.bytes(text, count: 61).flatMap { try? WrappedSeed(value: .blob($0)) }
    }
}
