// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

// Who rests is not asked, also on a shift: it says so, and one press ends the rest.

extension ShiftsPage {
    /// For the caller, while a shift of theirs runs or could begin.
    var resting: HTML {
        let now = site.now
        let near = state.mine.filter { $0.startsAt <= now + Shift.earliest }
        guard let until = near.compactMap({ state.resting[$0.id] }).max() else { return .empty }
        return Parts.note(
            "warn",
            "pause",
            t("settings.resting|You are resting until {time}.", ["time": t.moment(until)]),
            "<p>\(t("shifts.rest_words|Nobody asks you until then, also while you are on shift."))</p>"
        )
    }

    /// Instead of the buttons that start a shift and answer its test: the same, and the rest ends with it.
    func endRest(_ shift: Shift, _ path: String) -> HTML {
        let isAsked =
            switch state.tests[shift.id] {
            case .waiting, .missed: true
            case .answered, nil: false
            }
        let label =
            shift.state == .on
            ? t("settings.back|I am back. Ask me again.") : t("shifts.rest_start|End my rest and start")
        return Parts.button(
            "\(path)/\(isAsked ? "test" : "start")",
            "\(label)",
            token: token,
            class: "small first",
            fields: [("rest", "end")]
        )
    }

    static func rests(until end: Instant, _ t: Words) -> HTML {
        Parts.state("plum", "pause", t("people.resting_until|Resting until {day}", ["day": t.moment(end)]))
    }
}
