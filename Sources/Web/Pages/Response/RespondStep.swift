// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

/// A step that a phone keeps while there is no signal, and sends with the time at which it was taken.
struct RespondStep {
    enum Kind: String {
        case onTheWay = "on-the-way"
        case arrive
        case checkIn = "check-in"
        case done
    }

    let t: Words
    let kind: Kind
    /// The assignment's own; empty on the page for no signal, where `respond.js` fills it in.
    let path: String
    /// Empty there too: the page that sends it has a fresh one.
    let token: String

    var html: HTML {
        let resource: HTML = path.isEmpty ? " data-resource=\"\(kind.rawValue)\"" : .empty
        let fields = token.isEmpty ? .empty : Parts.hidden([("_token", token)])
        return """
            <form method="post" action="\(path.isEmpty ? "/respond" : "\(path)/\(kind.rawValue)")" data-offline-step\(resource) \
            data-offline-title="\(label)">\(fields)<button class="\(kind == .checkIn ? "wide" : "accent huge")">\
            \(kind == .checkIn ? Parts.icon("check") : .empty)\(label)</button></form>
            """
    }

    private var label: String {
        switch kind {
        case .onTheWay: t(Assignment.Step.onTheWay.label)
        case .arrive: t(Assignment.Step.arrive.label)
        case .checkIn: t("respond.ok|I am OK")
        case .done: t("respond.leaving|Done, I am leaving")
        }
    }
}

/// `/respond/offline`: what the worker shows where there is no signal. Knows nobody and no assignment: the phone fills in
/// what it kept itself.
struct RespondOffline {
    let t: Words

    var body: HTML {
        func step(_ kind: RespondStep.Kind, for states: String) -> HTML {
            "<div data-for=\"\(states)\" hidden>\(RespondStep(t: t, kind: kind, path: "", token: "").html)</div>"
        }
        let form = ObservationForm(
            t: t,
            csrf: "",
            assignment: nil,
            draft: ObservationDraft(token: ""),
            refusal: nil
        )
        return """
            <div class="stack" data-respond-offline><h1>\(t("place.respond|My assignments"))</h1>\
            \(Parts.note("warn", "signal", t("respond.offline|There is no signal."), "<p>\(t("respond.offline_words|What you write and tap stays on this phone with its time, and sends itself. Where you meet shows again with a signal."))</p>"))\
            <div class="needs-script stack">\(step(.onTheWay, for: "accepted"))\(step(.arrive, for: "accepted on_the_way"))\
            \(step(.checkIn, for: "on_scene"))<div data-for="on_the_way on_scene done" hidden>\(form.fields)</div>\
            \(step(.done, for: "on_scene"))\(ObservationForm.shelf(t))</div></div>
            """
    }
}
