// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What this area's tables hold: see `Holding`.
extension PeopleMigrations {
    static let decisions = Keeping(
        "decisions",
        "keeping.decisions|What members asked for and decided",
        always: .days(365)
    )
    static let sessions = Keeping("sessions", "keeping.sessions|Signed-in browsers, at the longest", always: .hours(12))
    static let invitations = Keeping(
        "invitations",
        "keeping.invitations|Invitations that nobody used",
        always: .hours(72)
    )

    package static let keepings = [decisions, sessions, invitations]

    private static let asMember: Holding.Kept = .words("holding.as_member|As long as they are a member")
    private static let asTeam: Holding.Kept = .words("holding.as_team|As long as the team")

    package static let holdings: [Holding] = [
        Holding(
            "organisations",
            "holding.organisations|The groups of the coalition",
            day: "created_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: "id name short_name created_at"
        ),
        Holding(
            "people",
            "holding.people|Members: the name colleagues see, their public keys, and the locks of their private ones",
            day: "created_at",
            kept: .words("holding.people_kept|The locks go when they leave; the name stays with what they signed"),
            plain: "id organisation handle kdf salt public_key signing_key language created_at removed_at",
            owner: "wrapped_seed",
            hash: "login_index verifier_hash"
        ),
        Holding(
            "person_roles",
            "holding.person_roles|What each member does",
            kept: asMember,
            plain: "person role"
        ),
        Holding(
            "teams",
            "holding.teams|The teams",
            day: "created_at",
            kept: .words("holding.until_deleted|Until two people delete it"),
            plain: "id organisation name purpose epoch created_at"
        ),
        Holding(
            "team_keys",
            "holding.team_keys|The public keys of the teams",
            day: "created_at",
            kept: asTeam,
            plain: "team epoch public_key created_at"
        ),
        Holding(
            "team_grants",
            "holding.team_grants|Who can open what a team holds, with the key locked for each",
            day: "at",
            kept: .words("holding.as_in_team|As long as they are in the team"),
            plain: "team epoch person granted_by at",
            owner: "sealed_seed"
        ),
        Holding(
            "sessions",
            "holding.sessions|Signed-in browsers, without any address",
            day: "created_at",
            kept: .by(sessions),
            plain: "person created_at seen_at expires_at unlocked_until",
            instanceKey: "device",
            owner: "wrapped_seed",
            hash: "id_hash"
        ),
        Holding(
            "second_factors",
            "holding.second_factors|The secrets of members’ code apps",
            day: "made_at",
            kept: asMember,
            plain: "person used_up_to made_at",
            instanceKey: "secret"
        ),
        Holding(
            "recovery_seeds",
            "holding.recovery_seeds|Members’ keys, locked with their printed recovery code",
            day: "made_at",
            kept: asMember,
            plain: "person made_at",
            owner: "wrapped_seed"
        ),
        Holding(
            "invitations",
            "holding.invitations|Invitations that nobody used yet",
            day: "created_at",
            kept: .by(invitations),
            plain: "id handle organisation roles language invited_by created_at expires_at",
            hash: "secret_hash"
        ),
        Holding(
            "invitation_teams",
            "holding.invitation_teams|The teams of an invitation",
            kept: .by(invitations),
            plain: "invitation team"
        ),
        Holding(
            "team_waiting",
            "holding.team_waiting|Who waits for a team’s key",
            day: "since",
            kept: .words("holding.until_answered|Until somebody answers"),
            plain: "team person asked_by since"
        ),
        Holding(
            "proposals",
            "holding.proposals|What takes two people: who asked, who decided, what about",
            day: "asked_at",
            kept: .by(decisions),
            plain: "id kind subject payload asked_by asked_at expires_at state decided_by decided_at",
            sealed: "sealed_reason"
        ),
        Holding(
            "audit_details",
            "holding.audit_details|Words of the record, for auditors",
            kept: .by(KitMigrations.events),
            plain: "log position",
            sealed: "sealed"
        ),
        Holding(
            "openings",
            "holding.openings|Which member opened which report, by day",
            kept: .words("holding.with_report|As long as its report"),
            plain: "record person day"
        ),
        Holding(
            "escrow_keys",
            "holding.escrow_keys|The public keys of the escrow",
            day: "created_at",
            kept: .words("holding.until_roster|Until those who look after accounts change"),
            plain: "epoch public_key threshold created_at"
        ),
        Holding(
            "escrow_shares",
            "holding.escrow_shares|The parts of the escrow’s key, one locked for each administrator",
            kept: .words("holding.until_roster|Until those who look after accounts change"),
            plain: "epoch person place",
            owner: "sealed_share"
        ),
        Holding(
            "escrow_grants",
            "holding.escrow_grants|Keys of teams, locked with the escrow’s key: it takes two administrators",
            day: "at",
            kept: asTeam,
            plain: "team team_epoch epoch at",
            sealed: "sealed_seed"
        ),
        Holding(
            "escrow_offers",
            "holding.escrow_offers|Parts that an administrator offered for one recovery",
            kept: .words("holding.three_days|72 hours, or until it is done"),
            plain: "act epoch approver asker place expires_at",
            owner: "sealed_share"
        ),
    ]
}
