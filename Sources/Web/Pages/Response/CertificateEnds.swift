// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

extension ShiftsPage {
    /// Until when the caller's certificates hold; for whoever looks after people, also those of others that soon end.
    var certificates: HTML {
        guard !state.certificates.isEmpty else { return .empty }
        let rows: [HTML] = state.certificates.map { end in
            let isSoon = end.at <= site.now + .days(30)
            let words = t("shifts.certificate_until|Until {day}", ["day": LocalTime(end.at).isoDay])
            let name: HTML =
                end.person == caller.person
                ? .empty : "<a href=\"/people/\(end.person)\">\(state.handles[end.person] ?? "")</a> · "
            return """
                <li>\(name)\(t(end.skill.label)) \
                \(Parts.state(isSoon ? "warn chip" : "chip", isSoon ? "alert" : "calendar", words))</li>
                """
        }
        return """
            <section class="stack tight" id="certificates"><h2 class="large">\(t("shifts.certificates|Certificates"))</h2>\
            <ul class="waiting">\(rows)</ul></section>
            """
    }
}
