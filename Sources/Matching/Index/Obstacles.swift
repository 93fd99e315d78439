// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Why nobody more was found: goes over everybody once and counts the first thing that stood in each one's way, in
/// the order of `Shortfall.Cause`. Only for a search that fell short.
struct Obstacles {
    let counts: [Shortfall.Cause: Int]

    init(_ rows: HelperRows, _ need: Need, busy: Set<Int>) {
        let none = Bitmap(rows: 0)
        let skill = rows.skills[need.skill] ?? none
        let language = need.language.map { rows.languages[$0] ?? none }
        let roles = need.roles?.map { rows.roles[$0] ?? none }
        let asked = Set(need.excluding.compactMap { rows.row(of: HelperNumber($0)) })
        let hour = WeeklyHours.hour(at: need.at)
        let open = rows.weeks.map { $0.contains(hour) }
        let inWindow = Set(
            rows.windows.compactMap { number, windows in
                windows.contains { $0.contains(need.at) } ? rows.row(of: number) : nil
            }
        )
        let paused = Set(rows.pauses.compactMap { number, end in end > need.at ? rows.row(of: number) : nil })
        func cause(_ row: Int) -> Shortfall.Cause? {
            if !skill[row] { return .withoutSkill }
            if !rows.holds(need.skill, row, at: need.at) { return .certificateExpired }
            if asked.contains(row) { return .askedAlready }
            if let language, !language[row] { return .otherLanguage }
            if !open[Int(rows.week[row])], !inWindow.contains(row) { return .offShift }
            if let point = need.point,
                rows.distance(row, to: point) > min(need.maximumDistance, Double(rows.radii[row]))
            {
                return .tooFar
            }
            return busy.contains(row) || !rows.willing[row] || paused.contains(row) ? .busy : nil
        }
        var counts: [Shortfall.Cause: Int] = [:]
        for row in 0..<rows.count where rows.alive[row] {
            if let roles, !roles.contains(where: { $0[row] }) { continue }
            if let cause = cause(row) { counts[cause, default: 0] += 1 }
        }
        self.counts = counts
    }
}
