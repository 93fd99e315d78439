// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What this area's tables hold: see `Holding`.
extension ResponseMigrations {
    private static let withIncident: Holding.Kept = .words("holding.with_incident|As long as its incident")

    package static let holdings: [Holding] =
        Mailbox.holdings + PublicNotice.holdings + Broadcast.holdings + Inquiry.holdings + DebriefMeeting.holdings
        + Exercise.holdings + [
            CareCheck.holding,
            Holding(
                "reports",
                "holding.reports|Reports: the words are sealed; the kind, the neighborhood, the language and the time are not",
                day: "received_at",
                kept: .words("holding.reports_kept|As the settings say, by what was found"),
                plain: "id team kind channel lane language zone state question photos exercise received_at adds_to",
                sealed: "sealed",
                hash: "code_lookup submission_body"
            ),
            Holding(
                "incidents",
                "holding.incidents|Incidents: what, in which neighborhood, when, and how true",
                day: "first_seen_at",
                kept: .by(confirmed),
                plain: """
                    id team kind zone state truth is_over level explanation reports independent accord first_seen_at \
                    last_report_at answered_at review_at expires_at closed_at merged_into exercise version stepped sent
                    """,
                sealed: "sealed"
            ),
            Holding(
                "incident_reports",
                "holding.incident_reports|Which reports belong to which incident, and why",
                day: "linked_at",
                kept: .words("holding.with_report|As long as its report"),
                plain: "incident report linked_at linked_by why"
            ),
            Holding(
                "suggestions",
                "holding.suggestions|Incidents that may be the same",
                day: "at",
                kept: withIncident,
                plain: "incident other score why at dismissed_by"
            ),
            Holding(
                "verifications",
                "holding.verifications|Who checked an incident, how, and what they found, signed",
                day: "at",
                kept: withIncident,
                plain: "id incident person witness truth level how explanation at statement signature",
                sealed: "sealed_note"
            ),
            Holding(
                "dispatches",
                "holding.dispatches|Whom we asked to go, and how many",
                day: "opened_at",
                kept: withIncident,
                plain: "id incident role wanted language wave state shortfall opened_by opened_at next_wave_at",
                sealed: "sealed_meeting"
            ),
            Holding(
                "assignments",
                "holding.assignments|Which member was asked, said yes, went and came back",
                day: "offered_at",
                kept: withIncident,
                plain: """
                    id dispatch incident person role state wave distance_m why offered_at expires_at answered_at \
                    arrived_at check_in_due_at missed_check_ins ended_at slot spare sought_by sought_at
                    """
            ),
            Holding(
                "observations",
                "holding.observations|What observers saw",
                day: "received_at",
                kept: .by(observations),
                plain: "id incident assignment person photos seen_at received_at",
                sealed: "sealed",
                hash: "submission submission_body"
            ),
            Holding(
                "files",
                "holding.files|Photos and other files",
                day: "received_at",
                kept: .words("holding.with_owner|As long as its report or observation"),
                plain: "id owner owner_kind media_type size is_in_folder received_at is_unreadable",
                sealed: "sealed",
                hash: "sha256"
            ),
            Holding(
                "shifts",
                "holding.shifts|Who is on shift, when",
                day: "starts_at",
                kept: .by(shifts),
                plain: "id person role starts_at ends_at state handed_to opening offered_at taker uncertified",
                sealed: "sealed_note sealed_override"
            ),
            Holding(
                "open_shifts",
                "holding.open_shifts|Open places in shifts: when, as what, and how many were taken",
                day: "starts_at",
                kept: .by(shifts),
                plain: "id role starts_at ends_at places taken opened_by"
            ),
            Holding(
                "after_actions",
                "holding.after_actions|What to do better next time",
                day: "at",
                kept: withIncident,
                plain: "incident person at",
                sealed: "sealed"
            ),
            Holding(
                "daily_counts",
                "holding.daily_counts|How many reports a day, by neighborhood and by what was found",
                kept: .by(counts),
                plain: "day zone what count"
            ),
            Holding(
                "legal_holds",
                "holding.legal_holds|What is kept for a court, who agreed, and until when",
                day: "placed_at",
                kept: withIncident,
                plain: """
                    id incident asked_by approved_by placed_at review_at lifted_at lift_asked_by lift_approved_by
                    """,
                sealed: "sealed_reason"
            ),
            Holding(
                "retention_clock",
                "holding.retention_clock|When we last looked at the clock",
                day: "seen_at",
                kept: .words("holding.always|As long as the server is used"),
                plain: "one seen_at distrusted_at"
            ),
        ]
}
