// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Glibc
import Kit
import People
import Vault

/// How the instance starts, as flags: `--attended` or `--unattended`.
enum InstanceStart: String, EnumerableFlag {
    case unattended, attended
}

/// How the instance will be opened from now on: asked first, written once the rest is done.
struct InstanceOpening {
    let start: InstanceStart
    private let passphrase: Passphrase?
    /// A made one is printed once; a typed one never.
    private let printed: String?

    /// Asks at the terminal for what the flags don't say. Without a terminal it starts unattended, as it always did.
    static func ask(_ wanted: InstanceStart?, generate: Bool) throws -> InstanceOpening {
        let start = try wanted ?? (generate || isatty(STDIN_FILENO) == 0 ? .unattended : askForStart())
        guard start == .attended else { return InstanceOpening(start: start, passphrase: nil, printed: nil) }
        if generate {
            let made = Passphrase.generate()
            return InstanceOpening(start: start, passphrase: Passphrase(made), printed: made)
        }
        let typed = try Terminal.ask("Passphrase of the whole instance, 15 letters or more:", hidden: true)
        if let problem = Passphrase(typed).problem(login: nil) {
            throw ValidationError(Words(language: .english)(problem))
        }
        guard try Terminal.ask("The same again:", hidden: true) == typed else {
            throw ValidationError("The two are not the same, so nothing was changed.")
        }
        return InstanceOpening(start: start, passphrase: Passphrase(typed), printed: nil)
    }

    /// Wraps the key, prints the recovery key, and keeps the key's file or destroys it.
    func settle(_ root: Secret, of lockbox: Lockbox, gate: PasswordGate, keys: InstanceKeys) async throws {
        let recovery = RecoveryCode.generate()
        try await lockbox.seal(root, passphrase: passphrase?.secret, recovery: recovery, gate: gate, keys: keys)
        switch start {
        case .attended:
            try lockbox.forgetRootFile()
            print("After each start the instance is locked: somebody opens it at /unlock.")
            if let printed { print("Passphrase of the instance, shown only now: \(printed)") }
        case .unattended:
            if try lockbox.readRoot() != root { try lockbox.keepRootFile(root) }
            print("After each start the instance opens itself with the key in its file.")
        }
        print("Recovery key of the instance, shown only now. Print it, and keep it away from this machine:")
        print("    \(recovery.text)")
    }

    private static func askForStart() throws -> InstanceStart {
        print("Shall the instance open itself after a start (u, unattended), or wait for a passphrase (a, attended)?")
        print(
            "Unattended needs nobody. Attended protects telephone numbers and second factors if the machine is taken."
        )
        switch try Terminal.ask("u or a:").lowercased() {
        case "u", "unattended": return .unattended
        case "a", "attended": return .attended
        default: throw ValidationError("Answer u or a. Nothing was changed.")
        }
    }
}
