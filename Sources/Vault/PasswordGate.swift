// SPDX-License-Identifier: AGPL-3.0-or-later
import CryptoExtras
import Dispatch
import FoundationEssentials
import Glibc
import Kit
import Synchronization

/// The one place where passphrases are stretched: as many at once as there are cores, a short queue behind, and
/// then `VaultError.busy`. On threads of its own, because half a second of scrypt would stall every request that
/// shares a cooperative thread or an event loop.
package final class PasswordGate: Sendable {
    /// What new passphrases are stretched with.
    package let cost: PassphraseCost
    private let floor: PassphraseCost
    private let width: Int
    private let longestQueue: Int
    private let threads: DispatchQueue
    private let line = Mutex(Line())

    private struct Line {
        var running = 0
        var entered = 0
        var waiting: [@Sendable () -> Void] = []
    }

    /// `floor` is the least a stored passphrase may cost; only tests lower it, and only they bring `threads` that they
    /// can hold.
    package init(
        cost: PassphraseCost = .standard,
        floor: PassphraseCost = .standard,
        width: Int = PasswordGate.cores,
        longestQueue: Int = 50,
        threads: DispatchQueue = DispatchQueue(label: "vecinos.passphrases", attributes: .concurrent)
    ) {
        self.cost = cost
        self.floor = floor
        self.width = max(1, width)
        self.longestQueue = longestQueue
        self.threads = threads
    }

    /// A gate that costs nothing: for tests.
    package static func cheap() -> PasswordGate { PasswordGate(cost: .cheap, floor: .cheap) }

    package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Throws `busy` when the queue is full and `badCost` when the stored cost is outside what is allowed.
    /// `person` is the text of the member's reference.
    package func keys(
        from passphrase: Secret,
        salt: [UInt8],
        cost: PassphraseCost,
        person: String,
        instance: InstanceKeys
    ) async throws -> PassphraseKeys {
        guard cost.isAtLeast(floor) else { throw VaultError.badCost }
        let stretched = try await withCheckedThrowingContinuation { continuation in
            enter(
                refused: { continuation.resume(throwing: VaultError.busy) },
                work: { continuation.resume(with: Result { try Self.stretch(passphrase, salt, cost) }) }
            )
        }
        return PassphraseKeys(stretched: stretched, pepper: instance.pepper(for: person))
    }

    private static func stretch(_ passphrase: Secret, _ salt: [UInt8], _ cost: PassphraseCost) throws -> Secret {
        // swift-crypto traps on no bytes at all. A single zero opens nothing: a real passphrase has 15 letters.
        let bytes = passphrase.count == 0 ? [0] : passphrase.bytes
        guard salt.count >= 16 else { throw VaultError.damaged }
        return Secret(
            key: try KDF.Scrypt.deriveKey(
                from: bytes,
                salt: salt,
                outputByteCount: 32,
                rounds: 1 << cost.logN,
                blockSize: cost.r,
                parallelism: cost.p
            )
        )
    }

    /// How many were stretched or wait to be: for the test that an unknown name costs as many as a known one.
    package var entered: Int { line.withLock { $0.entered } }

    private func enter(refused: () -> Void, work: @escaping @Sendable () -> Void) {
        let run: @Sendable () -> Void = {
            work()
            self.leave()
        }
        enum Answer { case go, wait, full }
        let answer = line.withLock { line -> Answer in
            if line.running < width {
                line.running += 1
                line.entered += 1
                return .go
            }
            guard line.waiting.count < longestQueue else { return .full }
            line.waiting.append(run)
            line.entered += 1
            return .wait
        }
        switch answer {
        case .go: threads.async(execute: run)
        case .wait: break
        case .full: refused()
        }
    }

    private func leave() {
        let next = line.withLock { line -> (@Sendable () -> Void)? in
            guard line.waiting.isEmpty else { return line.waiting.removeFirst() }
            line.running -= 1
            return nil
        }
        if let next { threads.async(execute: next) }
    }
}
