// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What this area's tables hold: see `Holding`.
extension MatchingMigrations {
    private static let asHelper: Holding.Kept = .words("holding.as_helper|As long as they are a helper")

    package static let holdings: [Holding] = [
        Holding(
            "helpers",
            "holding.helpers|Helpers: about where they are, as a neighborhood, and how often they were asked",
            day: "last_asked_at",
            kept: asHelper,
            plain:
                "person place latitude longitude radius_m capacity paused_until rests_until last_asked_at asked accepted"
        ),
        Holding(
            "helper_skills",
            "holding.helper_skills|What helpers can do",
            kept: asHelper,
            plain: "person skill expires_at"
        ),
        Holding(
            "helper_languages",
            "holding.helper_languages|Languages helpers speak",
            kept: asHelper,
            plain: "person language"
        ),
        Holding(
            "helper_hours",
            "holding.helper_hours|The hours helpers can come",
            kept: asHelper,
            plain: "person hours"
        ),
        Holding(
            "availabilities",
            "holding.availabilities|When a helper can be asked",
            day: "starts_at",
            kept: .words("holding.until_over|Until it is over"),
            plain: "id person starts_at ends_at"
        ),
    ]
}
