// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit
import Synchronization

/// The keys of this installation, in no backup of the database.
///
/// The boot key is always there: form tokens, pepper, login-name index. The root key can be absent, and can be taken
/// out of memory while the process runs: the instance is then *locked*. It takes reports and serves public pages; all
/// that stands under the root key throws `VaultError.locked`. Every copy of this value shares one lock.
package struct InstanceKeys: Sendable, CustomStringConvertible, CustomReflectable {
    /// Contact fields; throws `locked` when used while locked.
    package let fields: FieldCipher
    /// Finds contact fields again; throws `locked` when used while locked.
    package let index: BlindIndex
    let formTokens: Secret
    /// What the codes of sendings are made with.
    let reporterCodes: KeyedHash
    private let pepper: Secret
    private let logins: Secret
    private let blur: Secret
    private let root: InstanceRoot

    /// What the root key gives. Holding on to one holds no key: each use asks whether the instance is locked now.
    package struct Unlocked: Sendable, CustomStringConvertible, CustomReflectable {
        package let fields: FieldCipher
        package let index: BlindIndex
        private let root: InstanceRoot

        fileprivate init(_ root: InstanceRoot) {
            self.root = root
            fields = FieldCipher(root: root)
            index = BlindIndex(root: root)
        }

        /// Signs for the instance, Ed25519, 64 bytes; check it with `KeyPair.verify`.
        package func sign(_ bytes: [UInt8]) throws -> [UInt8] { Array(try signer.signature(for: bytes)) }

        /// The public half of the instance's signature key; 32 bytes.
        package var signingKey: [UInt8] {
            get throws { Array(try signer.publicKey.rawRepresentation) }
        }

        package var description: String { "•••" }
        package var customMirror: Mirror { Mirror(self, children: [:]) }

        private var signer: Curve25519.Signing.PrivateKey {
            get throws { try Curve25519.Signing.PrivateKey(rawRepresentation: root.opened().signature.bytes) }
        }
    }

    package init(boot: Secret, root: Secret?) {
        formTokens = boot.derive("form tokens")
        reporterCodes = KeyedHash(formTokens.derive("reporter code"))
        pepper = boot.derive("pepper")
        logins = boot.derive("login names")
        blur = boot.derive("blur of public counts")
        self.root = InstanceRoot(root)
        fields = FieldCipher(root: self.root)
        index = BlindIndex(root: self.root)
    }

    /// Reads the key folder, and makes what a new one lacks: see `Lockbox.load`.
    package static func load(folder: String) throws -> InstanceKeys { try Lockbox(folder: folder).load() }

    /// The response team's key while nobody is in the team yet: a file beside the boot key, made where there is none. It
    /// opens what comes in before the coalition is set up, and is then handed over and destroyed.
    package static func founding(folder: String) throws -> KeyPair {
        try KeyPair(seed: KeyFile(folder: folder, name: "founding.key").readOrCreate())
    }

    /// Nil when there is none.
    package static func existingFounding(folder: String) throws -> KeyPair? {
        try KeyFile(folder: folder, name: "founding.key").read().map { try KeyPair(seed: $0) }
    }

    package static func destroyFounding(folder: String) throws {
        try KeyFile(folder: folder, name: "founding.key").destroy()
    }

    /// Keys that live as long as the process: for tests.
    package static func fleeting() -> InstanceKeys { InstanceKeys(boot: .random(), root: .random()) }

    package var isLocked: Bool { root.isLocked }

    /// Nil while locked.
    package var unlocked: Unlocked? { isLocked ? nil : Unlocked(root) }

    /// Throws `VaultError.locked` while locked.
    package func opened() throws -> Unlocked {
        guard let unlocked else { throw VaultError.locked }
        return unlocked
    }

    /// Wipes the root key and all that came from it out of memory, in every copy of these keys. Can't fail.
    package func lock() { root.lock() }

    /// Opens again, for every copy of these keys.
    package func unlock(with root: Secret) { self.root.unlock(root) }

    /// How a login name, normalised by the caller, is found in the database; 32 bytes.
    package func loginIndex(_ name: String) -> [UInt8] { logins.authenticate(Array(name.utf8)) }

    /// The salt that an unknown name is tried with: the same one each time, as a known name would have.
    package func dummySalt(_ loginIndex: [UInt8]) -> [UInt8] {
        Array(logins.derive("dummy salt").authenticate(loginIndex).prefix(16))
    }

    /// The part of a member's passphrase keys that is not in the database.
    func pepper(for person: String) -> [UInt8] { pepper.authenticate(Array(person.utf8)) }

    /// A chance that nobody without these keys knows, the same each time.
    package func blur(of what: String) -> UInt8 { blur.authenticate(Array(what.utf8)).first ?? 0 }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The one place where what the root key gives is held. A key is handed out for one use and never kept by others, so
/// that after `lock` the last of it is wiped as soon as the uses of that moment end.
final class InstanceRoot: Sendable {
    struct Opened: Sendable {
        let database: Secret
        let index: Secret
        let signature: Secret
    }

    private let held: Mutex<Opened?>

    init(_ root: Secret?) { held = Mutex(root.map(Self.derived)) }

    var isLocked: Bool { held.withLock { $0 == nil } }

    func opened() throws -> Opened {
        guard let opened = held.withLock({ $0 }) else { throw VaultError.locked }
        return opened
    }

    func lock() { held.withLock { $0 = nil } }
    func unlock(_ root: Secret) {
        let opened = Self.derived(root)
        held.withLock { $0 = opened }
    }

    private static func derived(_ root: Secret) -> Opened {
        Opened(database: root.derive("database"), index: root.derive("index"), signature: root.derive("signature"))
    }
}
