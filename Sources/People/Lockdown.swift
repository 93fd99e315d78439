// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The whole instance, locked in an emergency, opened again by who has its passphrase or its recovery key. These
/// verbs write down what happened and end what must end; the key itself is `InstanceKeys.lock` and `unlock`.
package enum Lockdown {
    /// What events about the whole instance have as their subject.
    private static let subject = "instance"

    /// Who locked it, or from where.
    package enum Panic: Sendable {
        case member(Caller)
        /// `vecinos panic`, by who keeps the server.
        case terminal
        /// Another node of the same coalition.
        case node
    }

    /// Asked before anything is done: the lock itself can't wait for a transaction.
    package static func mayPanic(_ caller: Caller) throws { try caller.require(.panic) }

    /// Ends every session of everybody, and records who locked.
    package static func panicked(_ panic: Panic, in tx: Transaction) throws {
        try endSessions(in: tx)
        switch panic {
        case .member(let caller):
            try caller.require(.panic)
            try tx.attest(
                Event("instance.panicked", subject: subject, actor: caller.person.text, data: ["by": "board"])
            )
        case .terminal:
            try tx.attest(Event("instance.panicked", subject: subject, actor: nil, data: ["by": "terminal"]))
        case .node:
            break
        }
    }

    /// Whoever is asked to open an instance that started locked finds nobody signed in: no session outlives a lock.
    package static func startedLocked(in tx: Transaction) throws {
        try endSessions(in: tx)
        try tx.attest(Event("instance.started_locked", subject: subject, actor: nil, data: [:]))
    }

    /// `by`: `page` or `terminal`.
    package static func unlocked(by way: String, in tx: Transaction) throws {
        try endSessions(in: tx)
        try tx.attest(Event("instance.unlocked", subject: subject, actor: nil, data: ["by": way]))
    }

    /// `count` wrong entries since the last such event: a flood of them must not fill the record.
    package static func unlockRefused(_ count: Int, in tx: Transaction) throws {
        try tx.attest(Event("instance.unlock_refused", subject: subject, actor: nil, data: ["count": "\(count)"]))
    }

    /// The root key was replaced: what stood under the old one is gone, and everybody sets up a second factor anew.
    /// Returns how many members must.
    @discardableResult
    package static func rekeyed(in tx: Transaction) throws -> Int {
        try InstanceMark.forget(in: tx)
        try endSessions(in: tx)
        let count = try SecondFactor.forgetAll(in: tx)
        try tx.attest(Event("instance.rekeyed", subject: subject, actor: nil, data: ["second_factors": "\(count)"]))
        return count
    }

    private static func endSessions(in tx: Transaction) throws { try tx.run("DELETE FROM sessions") }
}

extension SecondFactor {
    /// When the key they stood under is gone.
    static func forgetAll(in tx: Transaction) throws -> Int { try tx.run("DELETE FROM second_factors") }
}
