// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Logging
import People
import Synchronization
import Vault

/// Locks and opens the instance while it runs. Locking is done in memory first: it needs no disk and no database, and
/// nothing that comes after can undo it.
package final class LockDesk: Sendable {
    /// How often the mark that `vecinos panic` leaves is looked for.
    private static let glance = Duration.milliseconds(200)
    private static let refusalsEvery = Duration.minutes(1)

    private struct State {
        /// This process has seen the mark and done what it asks for.
        var hasPanicked = false
        /// Wrong entries that are not on the record yet, and when the last were written.
        var refused = 0
        var refusedAt: Instant?
    }

    private let keys: InstanceKeys
    private let lockbox: Lockbox
    private let gate: PasswordGate
    private let database: Database
    private let board: BoardHub
    private let logger: Logger
    private let state: Mutex<State>

    init(
        keys: InstanceKeys,
        lockbox: Lockbox,
        gate: PasswordGate,
        database: Database,
        board: BoardHub,
        logger: Logger
    ) {
        self.keys = keys
        self.lockbox = lockbox
        self.gate = gate
        self.database = database
        self.board = board
        self.logger = logger
        state = Mutex(State(hasPanicked: lockbox.hasPanicked && lockbox.isPanicAcknowledged))
        database.feed.subscribe { [weak self] events in
            guard events.contains(where: { $0.kind == "instance.panicked" }) else { return }
            self?.hear()
        }
    }

    // MARK: Panic

    /// A member's: throws a `Refusal` for who may not. When this returns, everybody is out.
    func panic(by caller: Caller) async throws {
        try Lockdown.mayPanic(caller)
        close()
        await mark()
        try await database.write { tx in try Lockdown.panicked(.member(caller), in: tx) }
    }

    /// Looks for the mark until cancelled: `vecinos panic` leaves it, and `vecinos unlock` takes it away.
    package func watch() async {
        // No session outlives a lock, however it came about.
        if keys.isLocked {
            try? await database.write { tx in try Lockdown.startedLocked(in: tx) }
        }
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: Self.glance)
        }
    }

    /// One glance; tests call it themselves.
    func look() async {
        let knew = state.withLock(\.hasPanicked)
        switch (lockbox.hasPanicked, knew) {
        case (true, false):
            close()
            // Said when it is locked; the record follows, and a full disk doesn't hold up whoever waits.
            await mark()
            do {
                try await database.write { tx in try Lockdown.panicked(.terminal, in: tx) }
            } catch {
                logger.error("locked, and could not write that down")
            }
        case (false, true):
            await reopen()
        case (true, true):
            if !lockbox.isPanicAcknowledged { await mark() }
        case (false, false):
            break
        }
    }

    /// Another node locked itself: so do we. Runs on the writer's thread, so the disk is left for `look`.
    private func hear() {
        guard !state.withLock(\.hasPanicked) else { return }
        close()
        Task {
            await mark()
            try? await database.write { tx in try Lockdown.panicked(.node, in: tx) }
        }
    }

    private func close() {
        keys.lock()
        state.withLock { $0.hasPanicked = true }
        board.dismissAll()
        logger.notice("locked")
    }

    private func mark() async {
        do {
            if !lockbox.hasPanicked { try lockbox.markPanic() }
            try lockbox.acknowledgePanic()
        } catch {
            logger.error("locked, but the next start will open: the mark could not be written")
        }
    }

    // MARK: Opening

    /// Opens for whoever typed the passphrase or the recovery key. Throws `Refusal.wrongUnlock` for anything else, after
    /// the same work, and `Refusal.busy` when too many try.
    func unlock(_ typed: String) async throws {
        let code = try? RecoveryCode(typed: typed)
        let root: Secret?
        do {
            root = try await lockbox.open(Passphrase(typed).secret, code: code, gate: gate, keys: keys)
        } catch VaultError.busy {
            throw Refusal.busy
        }
        guard let root else {
            try await record(refusalAt: database.clock.now())
            throw Refusal.wrongUnlock
        }
        guard keys.isLocked else { return }
        try await open(root, by: "page")
    }

    /// The mark was taken away from outside, by who may write in the key folder: then the key's own file is enough.
    private func reopen() async {
        guard keys.isLocked, let root = try? lockbox.readRoot() else { return }
        try? await open(root, by: "terminal")
    }

    /// On the record first: what can't be written down is not done.
    private func open(_ root: Secret, by way: String) async throws {
        try await database.write { tx in try Lockdown.unlocked(by: way, in: tx) }
        do {
            try lockbox.forgivePanic()
        } catch {
            throw Refusal.storage
        }
        state.withLock { $0.hasPanicked = false }
        keys.unlock(with: root)
        logger.notice("unlocked")
    }

    private func record(refusalAt now: Instant) async throws {
        let count: Int? = state.withLock { state in
            state.refused += 1
            if let last = state.refusedAt, now - last < Self.refusalsEvery { return nil }
            defer { (state.refused, state.refusedAt) = (0, now) }
            return state.refused
        }
        guard let count else { return }
        try await database.write { tx in try Lockdown.unlockRefused(count, in: tx) }
    }
}

extension Refusal {
    /// The same for a wrong passphrase, a wrong recovery key and what can't be either.
    static var wrongUnlock: Refusal {
        .invalid(["key": "unlock.wrong|That did not open it. Check each word or letter and try again."])
    }
}
