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

extension Explanation {
    /// What it was, for a reader: marked where it stands in another language than the page, so that a screen reader
    /// speaks it in its own and an English sentence keeps its order in a page from right to left.
    func html(_ t: Words) -> HTML? {
        guard let found = found(for: t.language.code) else { return nil }
        if found.language == t.language.code { return .text(found.text) }
        return "<span lang=\"\(found.language)\" dir=\"auto\">\(found.text)</span>"
    }
}

extension PublicStatus.Item {
    /// The kind, and whether it is an exercise.
    func title(_ t: Words) -> String {
        isExercise ? "\(t(kind.label)) (\(t("now.exercise|exercise")))" : t(kind.label)
    }
}

extension Site {
    /// Wherever a demonstration tells what is true: that none of it is.
    func demonstrationNote(_ t: Words) -> HTML {
        guard config.isDemonstration else { return .empty }
        return "<p><strong>\(t("now.demonstration|This is a demonstration. Nothing here is real."))</strong></p>"
    }
}
