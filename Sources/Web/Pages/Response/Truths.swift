// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

/// How the truth about an incident is told: always the same tone, icon and words. On a map only tone and icon
/// show, so no two answers share both.
struct TruthMark {
    let tone: String
    let icon: String
    let words: String

    init(_ truth: Truth, isOver: Bool, state: IncidentState = .answered, _ t: Words) {
        switch (truth, isOver) {
        case (.unknown, _) where state == .unverified:
            (tone, icon, words) = ("checking", "dot", t("truth.new|New, not checked yet"))
        case (.unknown, _):
            (tone, icon, words) = ("checking", "lens", t("truth.checking|Being checked"))
        case (.confirmed, false):
            (tone, icon, words) = ("urgent", "alert", t("truth.confirmed|Confirmed, happening now"))
        case (.confirmed, true):
            (tone, icon, words) = ("", "check", t("truth.over|Confirmed, over"))
        case (.notEnforcement, _):
            (tone, icon, words) = ("good", "check-circle", t("truth.not_enforcement|Checked: not immigration officers"))
        case (.unfounded, _):
            (tone, icon, words) = ("good", "cross-circle", t("truth.unfounded|Checked: nothing there"))
        case (.unable, _):
            (tone, icon, words) = ("", "question", t("truth.unable|We could not check"))
        }
    }

    var html: HTML { Parts.state(tone, icon, words) }
}
