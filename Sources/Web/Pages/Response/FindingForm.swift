// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// "What I found": a verifier on the scene says what is so, and signs it, on their own phone.
struct FindingForm {
    let t: Words
    let caller: Caller
    let csrf: String
    let path: String
    /// What was typed into a form that was refused; nil when it is new.
    let form: Form?
    let refusal: Refusal?

    static let labels: [(field: String, id: String)] = [
        ("truth", "truth"), ("explanation", "explanation"), ("note", "note"),
    ]

    var html: HTML {
        let errors = form == nil ? [:] : refusal?.fields ?? [:]
        let truths: [(value: String, icon: String, label: String)] = [
            (Truth.confirmed.rawValue, "alert", t("respond.found_confirmed|Immigration officers, happening now")),
            (Truth.notEnforcement.rawValue, "check-circle", t("incident.not_enforcement|Not immigration officers")),
            (Truth.unfounded.rawValue, "cross-circle", t("incident.unfounded|Nothing there")),
            (Truth.unable.rawValue, "question", t("incident.could_not|Could not check")),
        ]
        let words = Ask(
            name: "explanation",
            label: t("respond.found_words|What is it? Neighbors will read this"),
            hint: t("respond.found_hint|Short. For example: “A film crew shoots a scene.” No names."),
            value: form?["explanation"] ?? "",
            limit: Explanation.limit,
            error: errors["explanation"]
        )
        let note = Ask(
            name: "note",
            label: t("incident.note|Note for the team"),
            hint: t("incident.note_hint|Sealed. Neighbors never see it."),
            value: form?["note"] ?? "",
            limit: Verification.longestNote,
            isOptional: true,
            control: .area(rows: 2),
            error: errors["note"]
        )
        let unlock: HTML =
            caller.isUnlocked
            ? .empty
            : "<p>\(Parts.envelope(t("incident.sign_needs|Unlock first: you sign this with your key"), back: path, t))</p>"
        return """
            <details class="fold" id="found"\(form == nil ? .empty : " open")><summary>\(Parts.icon("lens"))\
            \(t("respond.found_title|Say what I found"))</summary>\
            <form class="stack close" method="post" action="\(path)/finding">\(Parts.hidden([("_token", csrf)]))\(unlock)\
            \(Parts.choices("\(t("respond.found_ask|What is true here?"))", name: "truth", options: truths, chosen: form?["truth"] ?? "", error: errors["truth"], t))\
            \(words.html(t))\(note.html(t))\
            <button class="first wide">\(Parts.icon("key"))\(t("respond.found_sign|Sign what I found"))</button>\
            <p class="hint">\(t("respond.found_signed|Signed with your name and the time. Neighbors see what is true, not who you are."))</p>\
            </form></details>
            """
    }
}
