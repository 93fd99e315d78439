// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing
import Vault

@Suite("Locking")
struct LockboxTests {
    private let folder = NSTemporaryDirectory() + "vecinos-lockbox-" + Base64URL.text(RandomBytes.take(9))
    private let gate = PasswordGate.cheap()
    private let passphrase = Secret(Array("a passphrase of the whole instance".utf8))

    private var lockbox: Lockbox { Lockbox(folder: folder) }
    private func tidy() { try? FileManager.default.removeItem(atPath: folder) }
    private func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    @Test func `after a lock nothing under the root key works, in every copy of the keys`() throws {
        let root = Secret.random()
        let keys = InstanceKeys(boot: .random(), root: root)
        let copy = keys
        let held = try #require(keys.unlocked)
        let blob = try held.fields.seal("213 555 0100", table: "t", column: "c", id: "1")
        let index = try held.index.index("213 555 0100", field: "phone")
        let signer = try held.signingKey
        let login = keys.loginIndex("ruth")

        copy.lock()
        #expect(keys.isLocked && copy.isLocked && keys.unlocked == nil)
        #expect(throws: VaultError.locked) { try keys.opened() }
        #expect(throws: VaultError.locked) { try held.fields.open(blob, table: "t", column: "c", id: "1") }
        #expect(throws: VaultError.locked) { try keys.fields.seal("x", table: "t", column: "c", id: "1") }
        #expect(throws: VaultError.locked) { try keys.index.index("213 555 0100", field: "phone") }
        #expect(throws: VaultError.locked) { try held.sign([1]) }
        #expect(throws: VaultError.locked) { try held.signingKey }
        #expect(keys.loginIndex("ruth") == login, "what stands under the boot key works on")

        keys.unlock(with: root)
        #expect(try held.fields.open(blob, table: "t", column: "c", id: "1") == "213 555 0100")
        #expect(try copy.index.index("213 555 0100", field: "phone") == index)
        #expect(try held.signingKey == signer)
    }

    /// Of another user than root, who may write anything: the mode that the file was opened for is looked at.
    @Test func `keys of mode 0400 are enough to hold the folder`() throws {
        defer { tidy() }
        _ = try lockbox.load()
        close(try #require(try lockbox.hold(alone: true)))
        #expect(chmod("\(folder)/serving", 0o400) == 0)
        let held = try #require(try lockbox.hold(alone: true))
        defer { close(held) }
        #expect(fcntl(held, F_GETFL) & O_ACCMODE == O_RDONLY)
        #expect(try lockbox.hold(alone: true) == nil, "one server")
    }

    @Test func `the passphrase opens it, the recovery key opens it, and nothing else does`() async throws {
        defer { tidy() }
        let keys = try lockbox.load()
        let root = try #require(try lockbox.readRoot())
        let recovery = RecoveryCode.generate()
        try await lockbox.seal(root, passphrase: passphrase, recovery: recovery, gate: gate, keys: keys)

        func open(_ typed: String) async throws -> Secret? {
            try await lockbox.open(
                Secret(Array(typed.utf8)),
                code: try? RecoveryCode(typed: typed),
                gate: gate,
                keys: keys
            )
        }
        #expect(try await open("a passphrase of the whole instance") == root)
        #expect(try await open(recovery.text.lowercased()) == root)
        let wrong = ["", "a passphrase of the whole instanc", RecoveryCode.generate().text, "\u{0}", "ñandú"]
        for typed in wrong { #expect(try await open(typed) == nil) }
        // The pepper is part of it: the file alone can't be guessed at.
        let elsewhere = InstanceKeys(boot: .random(), root: nil)
        #expect(try await lockbox.open(passphrase, code: nil, gate: gate, keys: elsewhere) == nil)
    }

    @Test func `a damaged file opens nothing and ends nothing`() async throws {
        defer { tidy() }
        let keys = try lockbox.load()
        let root = try #require(try lockbox.readRoot())
        let recovery = RecoveryCode.generate()
        try await lockbox.seal(root, passphrase: passphrase, recovery: recovery, gate: gate, keys: keys)
        let path = "\(folder)/root.locked"
        let good = try #require(FileManager.default.contents(atPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        for length in stride(from: 0, to: good.count - 1, by: 7) {
            try good.prefix(length).write(to: URL(filePath: path))
            #expect(try await lockbox.open(passphrase, code: recovery, gate: gate, keys: keys) == nil)
        }
        var turned = good
        for index in turned.indices where turned[index] == UInt8(ascii: "A") { turned[index] = UInt8(ascii: "B") }
        if turned == good { turned[turned.endIndex - 3] ^= 1 }
        try turned.write(to: URL(filePath: path))
        #expect(try await lockbox.open(Secret([1]), code: nil, gate: gate, keys: keys) == nil)
        try good.write(to: URL(filePath: path))
        #expect(try await lockbox.open(passphrase, code: nil, gate: gate, keys: keys) == root)
    }

    @Test func `an attended instance keeps no key in a file, and starts locked`() async throws {
        defer { tidy() }
        let keys = try lockbox.load()
        let root = try #require(try lockbox.readRoot())
        #expect(throws: VaultError.noKey, "not before it is wrapped") { try lockbox.forgetRootFile() }
        #expect(has("root.key"))
        try await lockbox.seal(root, passphrase: passphrase, recovery: .generate(), gate: gate, keys: keys)
        try lockbox.forgetRootFile()
        #expect(!has("root.key") && !lockbox.startsUnattended && lockbox.hasRecovery)
        let later = try lockbox.load()
        #expect(later.isLocked && !has("root.key"))
        let opened = try await lockbox.open(passphrase, code: nil, gate: gate, keys: later)
        #expect(opened == root)
        try lockbox.keepRootFile(root)
        #expect(try !lockbox.load().isLocked)
    }

    @Test func `after a panic no start reads the key, until it is forgiven`() throws {
        defer { tidy() }
        #expect(try !lockbox.load().isLocked)
        #expect(!lockbox.hasPanicked)
        try lockbox.markPanic()
        #expect(lockbox.hasPanicked && !lockbox.isPanicAcknowledged)
        try lockbox.acknowledgePanic()
        #expect(lockbox.isPanicAcknowledged)
        for _ in 1...2 { #expect(try lockbox.load().isLocked) }
        #expect(has("root.key"), "it is there, and not read")
        try lockbox.forgivePanic()
        #expect(!lockbox.hasPanicked && !lockbox.isPanicAcknowledged)
        #expect(try !lockbox.load().isLocked)
        try lockbox.forgivePanic()
    }

    @Test func `a credential from elsewhere is the root key, and none is made in the folder`() throws {
        defer { tidy() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/elsewhere.key"
        let box = Lockbox(folder: "\(folder)/keys", credential: path)
        #expect(try box.load().isLocked, "a credential that is missing locks; reports are taken")
        try Data(Secret.random().bytes).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
        #expect(try !box.load().isLocked)
        #expect(!has("keys/root.key") && has("keys/boot.key"))
    }

    @Test func `what needs the folder alone waits for every server, and servers share it`() throws {
        defer { tidy() }
        #expect(!lockbox.isServed)
        let first = try #require(try lockbox.hold(alone: false))
        let second = try #require(try lockbox.hold(alone: false))
        #expect(try lockbox.isServed && lockbox.hold(alone: true) == nil)
        close(first)
        #expect(try lockbox.hold(alone: true) == nil)
        close(second)
        #expect(!lockbox.isServed)
        let alone = try #require(try lockbox.hold(alone: true))
        #expect(try lockbox.hold(alone: false) == nil)
        close(alone)
    }
}
