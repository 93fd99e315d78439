// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Response

// What an offer shows, behind its signed link and on the responder's own page.

extension Assignment {
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
