// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Response

// What an offer shows, behind its signed link and on the responder's own page.

extension Assignment {
    /// As the clock on the wall says it: true however long the page lay open.
    func answerBy(_ t: Words) -> String { t("respond.answer_by|Answer by {time}", ["time": t.clock(expiresAt)]) }

    /// With the minutes and seconds that are left, where a script makes them run down.
    func answerIn(_ now: Instant, _ t: Words) -> HTML {
        let left = max(0, Int((expiresAt - now).inMilliseconds / 1_000))
        return """
            \(answerBy(t)) <span class="needs-script">· <time datetime="\(expiresAt.iso8601)" data-countdown>\
            \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60)</time></span>
            """
    }

    /// Rounded; nil where nobody knows.
    func far(_ t: Words) -> String? {
        if reasons.contains(.sameNeighborhood) { return t("respond.same|In your neighborhood") }
        return distance.map { metres in
            metres < 800
                ? t("respond.close|Very near you")
                : t("respond.miles|About {miles} miles", ["miles": Match.miles(Double(metres))])
        }
    }
}

extension SafetyCard {
    static func html(_ t: Words) -> HTML {
        let lines: [HTML] = lines.map { "<li>\(Parts.icon("check", class: "yes"))<span>\(t($0))</span></li>" }
        return """
            <section class="note">\(Parts.icon("shield"))<div><h2 class="large">\(t("respond.safe|Stay safe"))</h2>\
            <ul class="ticks">\(lines)</ul></div></section>
            """
    }
}
