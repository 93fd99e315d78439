// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A signed-in browser. Its row opens nothing: the member's seed in it is wrapped under a secret that only the
/// cookie has.
package enum Session {
    /// How long things last.
    package struct Limits: Sendable {
        /// Without a request.
        package var idle = Duration.minutes(30)
        /// In all.
        package var absolute = Duration.hours(12)
        /// After the passphrase was last typed; then sealed things close by themselves.
        package var unlocked = Duration.minutes(15)

        package init() {}
    }

    /// The caller that a cookie stands for and whether the row wants an update: see `touch`.
    package struct Found: Sendable {
        package let caller: Caller
        package let wantsTouch: Bool
    }

    /// Nil for unknown, idle, expired, and removed alike. Reads only.
    package static func find(
        _ token: SessionToken,
        limits: Limits = Limits(),
        in tx: Transaction
    ) throws -> Found? {
        let row = try tx.rows(
            """
            SELECT s.person, s.wrapped_seed, s.seen_at, s.unlocked_until, p.handle, p.organisation, p.language
            FROM sessions s JOIN people p ON p.id = s.person
            WHERE s.id_hash = \(token.idHash) AND s.expires_at > \(tx.now) AND s.seen_at > \(tx.now - limits.idle)
                AND p.removed_at IS NULL
            """
        ).first
        guard let row else { return nil }
        let person: Ref<Person> = try row["person"]
        let unlockedUntil: Instant = try row["unlocked_until"]
        let seenAt: Instant = try row["seen_at"]
        let wrapped: WrappedSeed? = try row["wrapped_seed"]
        let isOpen = unlockedUntil > tx.now
        let keys = isOpen ? open(wrapped, with: token, of: person) : nil
        return Found(
            caller: try Caller(row: row, session: token.idHash, keys: keys, in: tx),
            wantsTouch: tx.now - seenAt >= .minutes(1) || (wrapped != nil && !isOpen)
        )
    }

    /// The whole of what a request needs: finds the caller, and writes at most once a minute that they were here.
    package static func enter(
        _ token: SessionToken,
        limits: Limits = Limits(),
        database: Database
    ) async throws -> Caller? {
        guard let found = try await database.read({ tx in try find(token, limits: limits, in: tx) }) else { return nil }
        if found.wantsTouch { try await database.write(lane: .ours) { tx in try touch(token, in: tx) } }
        return found.caller
    }

    /// The hashes of all sessions that are not over, for whoever keeps a stream open.
    package static func alive(limits: Limits = Limits(), in tx: Transaction) throws -> Set<[UInt8]> {
        Set(
            try tx.list(
                [UInt8].self,
                "SELECT id_hash FROM sessions WHERE expires_at > \(tx.now) AND seen_at > \(tx.now - limits.idle)"
            )
        )
    }

    /// Says that they were here, and puts the seed away when its time is over.
    package static func touch(_ token: SessionToken, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE sessions SET seen_at = \(tx.now),
                wrapped_seed = CASE WHEN unlocked_until > \(tx.now) THEN wrapped_seed ELSE NULL END
            WHERE id_hash = \(token.idHash)
            """
        )
    }

    /// Closes sealed things now; they stay signed in.
    package static func relock(by caller: Caller, in tx: Transaction) throws {
        guard let session = caller.session else { return }
        try tx.run("UPDATE sessions SET wrapped_seed = NULL, unlocked_until = \(tx.now) WHERE id_hash = \(session)")
    }

    package static func signOut(by caller: Caller, in tx: Transaction) throws {
        guard let session = caller.session else { return }
        try tx.run("DELETE FROM sessions WHERE id_hash = \(session)")
        try tx.attest(Event("person.signed_out", subject: caller.person.text, actor: caller.person.text))
    }

    /// On every device but this one.
    package static func signOutElsewhere(by caller: Caller, in tx: Transaction) throws {
        try tx.run("DELETE FROM sessions WHERE person = \(caller.person) AND id_hash <> \(caller.session ?? [])")
        try tx.attest(Event("person.signed_out_elsewhere", subject: caller.person.text, actor: caller.person.text))
    }

    /// Deletes what is over and puts away what should be closed; run every few minutes. Returns sessions deleted.
    @discardableResult
    package static func sweep(limits: Limits = Limits(), in tx: Transaction) throws -> Int {
        try tx.run(
            "UPDATE sessions SET wrapped_seed = NULL WHERE wrapped_seed IS NOT NULL AND unlocked_until <= \(tx.now)"
        )
        return try tx.run("DELETE FROM sessions WHERE expires_at <= \(tx.now) OR seen_at <= \(tx.now - limits.idle)")
    }

    static func begin(
        _ token: SessionToken,
        for person: Ref<Person>,
        seed: Secret,
        limits: Limits,
        in tx: Transaction
    ) throws {
        let wrapped = try token.wrap(seed, person: person.text)
        try tx.run(
            """
            INSERT INTO sessions (id_hash, person, wrapped_seed, created_at, seen_at, expires_at, unlocked_until)
            VALUES (\(token.idHash), \(person), \(wrapped), \(tx.now), \(tx.now), \(tx.now + limits.absolute),
                \(tx.now + limits.unlocked))
            """
        )
    }

    static func unlock(
        _ token: SessionToken,
        of person: Ref<Person>,
        seed: Secret,
        limits: Limits,
        in tx: Transaction
    ) throws {
        let wrapped = try token.wrap(seed, person: person.text)
        let changed = try tx.run(
            """
            UPDATE sessions SET wrapped_seed = \(wrapped), seen_at = \(tx.now),
                unlocked_until = \(tx.now + limits.unlocked)
            WHERE id_hash = \(token.idHash) AND person = \(person)
            """
        )
        guard changed == 1 else { throw Refusal.signedOut }
    }

    /// A cookie whose secret does not fit its id opens nothing, and is no reason to fail.
    private static func open(_ wrapped: WrappedSeed?, with token: SessionToken, of person: Ref<Person>) -> KeyPair? {
        guard let wrapped, let seed = try? token.unwrap(wrapped, person: person.text) else { return nil }
        return try? KeyPair(seed: seed)
    }
}

extension Refusal {
    /// The session ended meanwhile: Web answers with the sign-in page.
    package static var signedOut: Refusal {
        Refusal(.forbidden, "people.signed_out|You were signed out. Please sign in again.")
    }
}
