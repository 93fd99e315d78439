// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A place in the network that waits for somebody: whoever opens its link within 72 hours, once. The database knows a
/// hash of the link's secret only. The link opens nothing sealed: see decision 0013.
package struct Invitation: Sendable {
    package let id: Ref<Invitation>
    /// The name that colleagues will see.
    package let handle: String
    package let organisation: Ref<Organisation>
    package let roles: Set<Role>
    /// Of their pages; empty: the one in which they read the invitation.
    package let language: String
    package let invitedBy: Ref<Person>
    package let expiresAt: Instant
    /// Teams whose key they are to get, from somebody who holds it, once they are a member.
    package let teams: Set<Ref<Team>>

    package static let lasts = Duration.hours(72)

    /// What a coordinator fills in.
    package struct Draft: Sendable {
        package let handle: String
        package let organisation: Ref<Organisation>
        package let roles: Set<Role>
        package let teams: Set<Ref<Team>>
        /// Empty where nobody chose it for them.
        package let language: String

        package init(
            handle: String,
            organisation: Ref<Organisation>,
            roles: Set<Role>,
            teams: Set<Ref<Team>> = [],
            language: String = ""
        ) {
            self.handle = handle
            self.organisation = organisation
            self.roles = roles
            self.teams = teams
            self.language = language
        }
    }

    /// Answers the link's secret, 43 letters, which is nowhere else: show it once.
    package static func make(_ draft: Draft, by caller: Caller, in tx: Transaction) throws -> String {
        try caller.require(.managePeople)
        let handle = try Person.check(
            handle: draft.handle,
            roles: draft.roles,
            language: draft.language.isEmpty ? Language.english.code : draft.language,
            organisation: draft.organisation,
            in: tx
        )
        try Person.requireMayGive(draft.roles, by: caller)
        let secret = Secret.random()
        let id = Ref<Invitation>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO invitations (id, secret_hash, handle, organisation, roles, language, invited_by, created_at,
                expires_at)
            VALUES (\(id), \(hash(secret.bytes)), \(handle), \(draft.organisation), \(Person.list(draft.roles)),
                \(draft.language), \(caller.person), \(tx.now), \(tx.now + lasts))
            """
        )
        let known = Set(try Team.all(in: tx).map(\.id))
        for team in draft.teams.intersection(known) {
            try tx.run("INSERT INTO invitation_teams (invitation, team) VALUES (\(id), \(team))")
        }
        try tx.attest(
            Event(
                "person.invited",
                subject: id.text,
                actor: caller.person.text,
                data: ["roles": Person.list(draft.roles)]
            )
        )
        return Base64URL.text(secret.bytes)
    }

    /// Those that wait, newest first.
    package static func waiting(by caller: Caller, in tx: Transaction) throws -> [Invitation] {
        try caller.require(.managePeople)
        return try read("expires_at > \(tx.now) ORDER BY created_at DESC, id", in: tx)
    }

    package static func withdraw(_ id: Ref<Invitation>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        guard try delete(id, in: tx) else { throw Refusal.notFound }
        try tx.attest(Event("person.invitation_withdrawn", subject: id.text, actor: caller.person.text))
    }

    /// Looking uses nothing up: messengers open links to show a preview. Nil for used, expired, withdrawn and never
    /// made alike, and when who made it may not invite any more.
    package static func find(secret text: String, in tx: Transaction) throws -> Invitation? {
        guard let bytes = Base64URL.bytes(text, count: 32) else { return nil }
        let found = try read("secret_hash = \(hash(bytes)) AND expires_at > \(tx.now)", in: tx).first
        guard let found, try InvitationApproval.stands(for: found.id, in: tx),
            let inviter = try Person.find(found.invitedBy, in: tx), inviter.removedAt == nil,
            !Permission.managePeople.roles.isDisjoint(with: inviter.roles)
        else { return nil }
        return found
    }

    /// Deletes what nobody used in time.
    @discardableResult
    package static func sweep(in tx: Transaction) throws -> Int {
        let over = try tx.list(Ref<Invitation>.self, "SELECT id FROM invitations WHERE expires_at <= \(tx.now)")
        for id in over { _ = try delete(id, in: tx) }
        return over.count
    }

    /// Makes the enrolment a member, once. `reading`: the language in which they read the invitation.
    static func accept(secret: String, _ enrolment: Enrolment, reading: String, in tx: Transaction) throws {
        guard let invitation = try find(secret: secret, in: tx), try delete(invitation.id, in: tx) else {
            throw Refusal.invitationOver
        }
        try Person.insert(
            enrolment,
            handle: invitation.handle,
            organisation: invitation.organisation,
            roles: invitation.roles,
            language: invitation.language.isEmpty ? reading : invitation.language,
            actor: invitation.invitedBy,
            in: tx
        )
        for team in invitation.teams {
            try Team.wait(for: team, enrolment.person, askedBy: invitation.invitedBy, in: tx)
        }
        try tx.attest(
            Event("person.joined", subject: enrolment.person.text, data: ["invitation": invitation.id.text])
        )
    }

    private static func delete(_ id: Ref<Invitation>, in tx: Transaction) throws -> Bool {
        try tx.run("DELETE FROM invitation_teams WHERE invitation = \(id)")
        return try tx.run("DELETE FROM invitations WHERE id = \(id)") == 1
    }

    private static func hash(_ secret: [UInt8]) -> [UInt8] { Fingerprint.sha256(secret) }

    private static func read(_ condition: SQL, in tx: Transaction) throws -> [Invitation] {
        try tx.rows("SELECT * FROM invitations WHERE \(condition)").map { row in
            let id: Ref<Invitation> = try row["id"]
            let teams = try tx.list(Ref<Team>.self, "SELECT team FROM invitation_teams WHERE invitation = \(id)")
            return try Invitation(row: row, id: id, teams: Set(teams))
        }
    }

    private init(row: Row, id: Ref<Invitation>, teams: Set<Ref<Team>>) throws {
        self.id = id
        self.teams = teams
        handle = try row["handle"]
        organisation = try row["organisation"]
        roles = Set((try row["roles"] as String).split(separator: ",").compactMap { Role(rawValue: String($0)) })
        language = try row["language"]
        invitedBy = try row["invited_by"]
        expiresAt = try row["expires_at"]
    }
}

extension SignIn {
    /// The invited person becomes a member and is signed in; what they see next sets up their second factor. Throws
    /// `Refusal.invitationOver`, or `.invalid` with fields `login` and `passphrase`. A passphrase is stretched only for
    /// a link that is good, and only so many times a minute.
    package func accept(
        secret: String,
        login: String,
        passphrase: String,
        reading: String = Language.english.code
    ) async throws -> SessionToken {
        _ = try SecondFactor.unlocked(keys)
        guard let invitation = try await database.read({ tx in try Invitation.find(secret: secret, in: tx) }) else {
            throw Refusal.invitationOver
        }
        guard
            doorkeeper?.admits(Array(invitation.id.text.utf8), from: nil, at: database.clock.now()) ?? true
        else { throw Refusal.tooManyTries }
        let enrolment = try await Enrolment.prepare(login: login, passphrase: passphrase, gate: gate, keys: keys)
        let token = SessionToken.generate()
        let limits = limits
        try await database.write { tx in
            try Invitation.accept(secret: secret, enrolment, reading: reading, in: tx)
            try Session.begin(token, for: enrolment.person, seed: enrolment.keys.seed, limits: limits, in: tx)
        }
        return token
    }
}

extension Refusal {
    package static var invitationOver: Refusal {
        Refusal(
            .notFound,
            "people.invitation_over|This invitation does not work. It may be used up or too old. Ask for a new one."
        )
    }
}
