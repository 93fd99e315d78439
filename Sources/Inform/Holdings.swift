// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What this area's tables hold: see `Holding`. All of it is made to be published.
extension InformMigrations {
    package static let holdings: [Holding] = [
        Holding(
            "facts",
            "holding.facts|Legal facts, and whether one was recalled",
            day: "recalled_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: "id file live synced recalled_at recalled_by recalled_on recall_reason"
        ),
        Holding(
            "fact_revisions",
            "holding.fact_revisions|Versions of legal facts: who wrote, read and approved them",
            day: "written_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: """
                id fact number based_on state body note written_by written_at reviewed_by reviewed_at settled_by \
                settled_at
                """
        ),
        Holding(
            "print_batches",
            "holding.print_batches|Which texts were printed or saved, and how often: only a count",
            day: "made_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: "edition piece language made_at downloads parts"
        ),
        Holding(
            "fact_book",
            "holding.fact_book|The version of the legal facts",
            kept: .words("holding.always|As long as the server is used"),
            plain: "one version taken"
        ),
        Holding(
            "recordings",
            "holding.recordings|Guides read by people, made to be heard by everybody",
            day: "added_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: "id guide language spoken_on edition sound size added_by added_at checked_by checked_at"
        ),
        Holding(
            "training_sessions",
            "holding.training_sessions|Courses with a date: where, how many seats, how many came",
            day: "starts_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: """
                id course language starts_at minutes place link seats attended called_off_at created_by created_at
                """
        ),
        Holding(
            "training_seats",
            "holding.training_seats|Seats that were taken, without any name",
            day: "taken_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: "id session taken_at"
        ),
        Holding(
            "training_notices",
            "holding.training_notices|How somebody with a seat asked to be reminded, without any name",
            day: "asked_at",
            kept: .words("holding.until_begun|Until the date begins or is called off"),
            plain: "seat session channel language asked_at reminded_at",
            instanceKey: "address",
            hash: "address_index"
        ),
        Holding(
            "certificates",
            "holding.certificates|Certificates by number, without the name on them; whose it is, when a member shows it",
            day: "issued_at",
            kept: .words("holding.always|As long as the server is used"),
            plain: """
                serial course issued_at expires person presented_at decision decided_by decided_at recalled_at \
                recalled_by recall_reason
                """
        ),
    ]
}
