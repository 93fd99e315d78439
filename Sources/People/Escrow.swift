// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The way back to a team's key when the last member who held it lost theirs: two administrators together, never one.
///
/// Every seed of a team is also sealed to the escrow's public key, whose own seed exists only in shares, one sealed to
/// each administrator, any two of which give it back. When the administrators change, a new escrow begins, with a new
/// pair: that takes nobody's key. Members' seeds move over to it when somebody who holds them signs in.
///
/// Recovering takes two requests by two people: `contribute` with the ask, `recover` with the approval.
package enum Escrow {
    /// How an escrow stands, for people.
    package struct Standing: Sendable, Hashable {
        /// Who holds a share of the newest escrow; fewer than two when nothing can be recovered.
        package let holders: [Ref<Person>]
        /// Keys of teams, each epoch counted, that it can give back.
        package let covered: Int
        package let all: Int
    }

    package static func standing(in tx: Transaction) throws -> Standing {
        let epoch = try newest(in: tx)?.epoch ?? 0
        return Standing(
            holders: try holders(of: epoch, in: tx),
            covered: try tx.count("SELECT count(DISTINCT team || '/' || team_epoch) FROM escrow_grants"),
            all: try tx.count("SELECT count(*) FROM team_keys")
        )
    }

    /// Begins a new escrow where the administrators are not those who hold the shares; nothing where they are, or where
    /// there are fewer than two. Runs by itself after every change of the roster.
    @discardableResult
    package static func establish(in tx: Transaction) throws -> Bool {
        let administrators = try Person.holding(.managePeople, in: tx).sorted { $0.text < $1.text }
        let current = try newest(in: tx)
        let holding = try holders(of: current?.epoch ?? 0, in: tx)
        guard Set(holding) != Set(administrators) else { return false }
        // Whoever is no administrator any more has no share, of old escrows neither.
        try tx.run("DELETE FROM escrow_shares WHERE person NOT IN \(list: administrators)")
        guard administrators.count >= 2, administrators.count <= 255 else { return false }
        let epoch = (current?.epoch ?? 0) + 1
        let recipients = try administrators.map { (person: $0.text, publicKey: try Team.publicKey(of: $0, in: tx)) }
        let (publicKey, shares) = try EscrowKeys.make(epoch: epoch, for: recipients)
        try tx.run(
            """
            INSERT INTO escrow_keys (epoch, public_key, threshold, created_at)
            VALUES (\(epoch), \(publicKey), 2, \(tx.now))
            """
        )
        for (person, share) in zip(administrators, shares) {
            try tx.run(
                """
                INSERT INTO escrow_shares (epoch, person, place, sealed_share)
                VALUES (\(epoch), \(person), \(share.place), \(share.sealed))
                """
            )
        }
        let data = ["epoch": "\(epoch)", "holders": administrators.map(\.text).joined(separator: ",")]
        try Audit.leaf("escrow.established", subject: "escrow", actor: nil, data: data, in: tx)
        return true
    }

    /// A seed that was just made, or is at hand: also for the escrow. Nothing where there is none yet.
    static func keep(_ seed: Secret, of slot: TeamKey.Slot, in tx: Transaction) throws {
        guard let current = try newest(in: tx) else { return }
        let sealed = try EscrowKeys.seal(seed, of: slot, to: current.publicKey, epoch: current.epoch)
        try tx.run(
            """
            INSERT INTO escrow_grants (team, team_epoch, epoch, sealed_seed, at)
            VALUES (\(slot.team), \(slot.epoch), \(current.epoch), \(sealed), \(tx.now)) ON CONFLICT DO NOTHING
            """
        )
    }

    /// Gives the newest escrow what this member can open and it does not have yet. One short query when it has all.
    package static func refresh(with keyring: Keyring, in tx: Transaction) throws {
        guard let current = try newest(in: tx) else { return }
        let rows = try tx.rows(
            """
            SELECT k.team, k.epoch FROM team_keys k WHERE NOT EXISTS (SELECT 1 FROM escrow_grants g
                WHERE g.team = k.team AND g.team_epoch = k.epoch AND g.epoch = \(current.epoch))
            """
        )
        var left = rows.count
        for row in rows {
            let slot = TeamKey.Slot(team: try row["team"], epoch: try row["epoch"])
            guard keyring.holds(slot) else { continue }
            try keep(keyring.keys(of: slot).seed, of: slot, in: tx)
            left -= 1
        }
        guard left == 0 else { return }
        // The newest has everything: what former administrators may have kept of older ones opens nothing any more.
        try tx.run("DELETE FROM escrow_grants WHERE epoch < \(current.epoch)")
        try tx.run("DELETE FROM escrow_shares WHERE epoch < \(current.epoch)")
        try tx.run("DELETE FROM escrow_keys WHERE epoch < \(current.epoch)")
    }

    /// The same, for a member who is just signing in.
    static func refresh(of person: Ref<Person>, seed: Secret, in tx: Transaction) throws {
        guard let keyring = try Caller.scripted(person, keys: KeyPair(seed: seed), in: tx).keyring else { return }
        try refresh(with: keyring, in: tx)
    }

    /// The first administrator, with the ask: their shares, sealed to every other administrator, for this one act only.
    /// `act` is the text of the proposal's reference. Needs the caller's keys. Throws `.conflict` when the caller holds
    /// no share, or nobody else does.
    package static func contribute(to act: String, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        let keyring = try caller.unlockedKeyring()
        let own = try shares(of: caller.person, in: tx)
        var offers = 0
        for (epoch, share) in own {
            for approver in try holders(of: epoch, in: tx) where approver != caller.person {
                let offered = try EscrowKeys.offer(
                    share,
                    epoch: epoch,
                    of: caller.person.text,
                    with: keyring,
                    for: act,
                    to: (approver.text, Team.publicKey(of: approver, in: tx))
                )
                try tx.run(
                    """
                    INSERT INTO escrow_offers (act, epoch, approver, asker, place, sealed_share, expires_at)
                    VALUES (\(act), \(epoch), \(approver), \(caller.person), \(offered.place), \(offered.sealed),
                        \(tx.now + .hours(72)))
                    ON CONFLICT DO NOTHING
                    """
                )
                offers += 1
            }
        }
        guard offers > 0 else { throw noEscrow }
    }

    /// The second administrator, with the approval: every key of the team that the escrow has, for one member. The two
    /// administrators themselves learn no key that they keep. Everyone in the team is told by the proposal; here it goes
    /// on the record. Throws `.conflict` when the shares don't reach.
    package static func recover(
        _ team: Ref<Team>,
        to member: Ref<Person>,
        act: String,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        let keyring = try caller.unlockedKeyring()
        let memberKey = try Team.publicKey(of: member, in: tx)
        var recovered = 0
        var askers: Set<String> = []
        for (epoch, share) in try shares(of: caller.person, in: tx) {
            let row = try tx.rows(
                """
                SELECT o.asker, o.place, o.sealed_share, k.public_key FROM escrow_offers o
                JOIN escrow_keys k ON k.epoch = o.epoch
                WHERE o.act = \(act) AND o.epoch = \(epoch) AND o.approver = \(caller.person)
                    AND o.asker <> \(caller.person) AND o.expires_at > \(tx.now)
                """
            ).first
            guard let row else { continue }
            let pair = try EscrowKeys.combine(
                share,
                EscrowKeys.SealedShare(place: row["place"], sealed: row["sealed_share"]),
                epoch: epoch,
                of: caller.person.text,
                with: keyring,
                for: act,
                publicKey: row["public_key"]
            )
            askers.insert(try row["asker"])
            for grant in try tx.rows(
                "SELECT team_epoch, sealed_seed FROM escrow_grants WHERE team = \(team) AND epoch = \(epoch)"
            ) {
                let slot = TeamKey.Slot(team: team.text, epoch: try grant["team_epoch"])
                let seed = try EscrowKeys.open(grant["sealed_seed"], of: slot, epoch: epoch, with: pair)
                try Team.insertGrant(of: seed, slot, team, to: member, memberKey, by: caller.person, in: tx)
                recovered += 1
            }
        }
        try tx.run("DELETE FROM escrow_offers WHERE act = \(act)")
        guard recovered > 0 else { throw noEscrow }
        try tx.attest(
            Event(
                "team.recovered",
                subject: team.text,
                actor: caller.person.text,
                data: ["person": member.text, "asked_by": askers.sorted().joined(separator: ",")]
            )
        )
    }

    /// The ask was declined, withdrawn or expired: the offered shares go. Also run by the clock.
    package static func withdraw(_ act: String, in tx: Transaction) throws {
        try tx.run("DELETE FROM escrow_offers WHERE act = \(act) OR expires_at <= \(tx.now)")
    }

    /// The team is deleted, and what only it could open with it.
    static func forget(_ team: Ref<Team>, in tx: Transaction) throws {
        try tx.run("DELETE FROM escrow_grants WHERE team = \(team)")
    }

    private static var noEscrow: Refusal {
        Refusal(
            .conflict,
            "people.no_escrow|Two administrators with a share are needed to recover a team’s key. There are not enough."
        )
    }

    private struct Current {
        let epoch: Int
        let publicKey: [UInt8]
    }

    private static func newest(in tx: Transaction) throws -> Current? {
        let row = try tx.rows("SELECT epoch, public_key FROM escrow_keys ORDER BY epoch DESC LIMIT 1").first
        return try row.map { Current(epoch: try $0["epoch"], publicKey: try $0["public_key"]) }
    }

    private static func holders(of epoch: Int, in tx: Transaction) throws -> [Ref<Person>] {
        try tx.list(
            Ref<Person>.self,
            """
            SELECT s.person FROM escrow_shares s JOIN people p ON p.id = s.person
            WHERE s.epoch = \(epoch) AND p.removed_at IS NULL ORDER BY s.person
            """
        )
    }

    private static func shares(
        of person: Ref<Person>,
        in tx: Transaction
    ) throws -> [(epoch: Int, share: EscrowKeys.SealedShare)] {
        try tx.rows("SELECT epoch, place, sealed_share FROM escrow_shares WHERE person = \(person) ORDER BY epoch")
            .map { row in
                (try row["epoch"], EscrowKeys.SealedShare(place: try row["place"], sealed: try row["sealed_share"]))
            }
    }
}
