// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// The keys of this installation, from two files that are in no backup of the database.
///
/// `boot.key` is always there: form tokens, pepper, login-name index. `root.key` may be absent; the instance is then
/// *locked*: it takes reports and serves public pages, and contact fields stay closed.
package struct InstanceKeys: Sendable, CustomStringConvertible, CustomReflectable {
    /// Nil while locked.
    package let unlocked: Unlocked?
    let formTokens: Secret
    private let pepper: Secret
    private let logins: Secret

    /// What the root key gives.
    package struct Unlocked: Sendable, CustomStringConvertible, CustomReflectable {
        package let fields: FieldCipher
        package let index: BlindIndex
        private let signature: Secret

        fileprivate init(root: Secret) {
            fields = FieldCipher(key: root.derive("database"))
            index = BlindIndex(key: root.derive("index"))
            signature = root.derive("signature")
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
            get throws { try Curve25519.Signing.PrivateKey(rawRepresentation: signature.bytes) }
        }
    }

    package init(boot: Secret, root: Secret?) {
        formTokens = boot.derive("form tokens")
        pepper = boot.derive("pepper")
        logins = boot.derive("login names")
        unlocked = root.map(Unlocked.init)
    }

    /// Reads the key folder. The boot key is made where there is none; the root key only when `unattended`, so that
    /// an instance whose members unlock it by hand never makes a second one by mistake.
    package static func load(folder: String, unattended: Bool = true) throws -> InstanceKeys {
        let root = KeyFile(folder: folder, name: "root.key")
        return InstanceKeys(
            boot: try KeyFile(folder: folder, name: "boot.key").readOrCreate(),
            root: unattended ? try root.readOrCreate() : try root.read()
        )
    }

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

    package var isLocked: Bool { unlocked == nil }

    /// How a login name, normalised by the caller, is found in the database; 32 bytes.
    package func loginIndex(_ name: String) -> [UInt8] { logins.authenticate(Array(name.utf8)) }

    /// The salt that an unknown name is tried with: the same one each time, as a known name would have.
    package func dummySalt(_ loginIndex: [UInt8]) -> [UInt8] {
        Array(logins.derive("dummy salt").authenticate(loginIndex).prefix(16))
    }

    /// The part of a member's passphrase keys that is not in the database.
    func pepper(for person: String) -> [UInt8] { pepper.authenticate(Array(person.utf8)) }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
