// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Vault

/// What a member heard or saw, as typed.
struct Heard {
    static let noKind: Phrase = "board.kind_missing|Choose what it is."

    var source = Channel.phone.rawValue
    var kind = ""
    var place = ""
    var words = ""
    var language = "es"
    /// Who called or wrote, on the console.
    var inquiry: Ref<Inquiry>?
    var sendsCode = false
    /// Part of the drill that runs.
    var isExercise = false

    init() {}

    /// From what the console holds of a call or a text.
    init(_ draft: Inquiry.Draft, of id: Ref<Inquiry>, _ site: Site) {
        source = draft.source.rawValue
        kind = draft.kind?.rawValue ?? ""
        // Places are searched by their English name.
        place = draft.zone.flatMap(site.places.place)?.name(in: "en") ?? ""
        words = draft.words
        language = draft.language
        inquiry = id
    }

    init(_ form: Form) {
        source = form["source"]
        kind = form["kind"]
        place = form["where"]
        words = form["words"]
        language = form["language"]
        inquiry = Ref<Inquiry>(form["inquiry"])
        sendsCode = form.isOn("send_code")
        // What somebody called or wrote to us is real.
        isExercise = form.isOn("exercise") && inquiry == nil
    }

    /// Nil when the team knows it itself: then nobody needs a code.
    var channel: Channel? {
        switch Channel(rawValue: source) {
        case .phone: .phone
        case .sms: .sms
        case .web, .api, .staff, nil: nil
        }
    }

    var whereabouts: Whereabouts { Whereabouts(text: place.isEmpty ? nil : place) }

    func filing(_ channel: Channel) -> ReportFiling {
        ReportFiling(
            kind: kind,
            words: words.isEmpty ? nil : words,
            whereabouts: whereabouts,
            language: language,
            channel: channel
        )
    }
}

/// The form of an operator who is on the phone: four answers, in the order that people tell them.
struct HeardPage {
    let site: Site
    let t: Words
    let token: String
    let submission: String
    let heard: Heard
    /// Our own people rehearse.
    let isDrill: Bool
    let refusal: Refusal?

    var body: HTML {
        let errors = refusal?.fields ?? [:]
        let sources: [(value: String, icon: String, label: String)] = [
            (Channel.phone.rawValue, "phone", t("board.from_phone|A caller")),
            (Channel.sms.rawValue, "chat", t("board.from_sms|A text message")),
            (Channel.staff.rawValue, "person", t("board.from_team|Our team saw it")),
        ]
        let kinds = ReportKind.allCases.map { (value: $0.rawValue, icon: $0.icon, label: t($0.label)) }
        let languages = site.library.languages.map { (value: $0.code, label: $0.name) }
        let labels = ["source", "kind", "where", "words", "language"].map { (field: $0, id: $0) }
        return """
            \(Parts.refusal(refusal, labels: labels, back: "/board/incidents/new", t))\
            <form class="stack" method="post" action="/board/incidents"><h1>\(t("board.add|Add what you heard"))</h1>\(Parts.hidden([("_token", token), ("submission", submission), ("inquiry", heard.inquiry?.text ?? "")]))\
            \(Parts.choices("\(t("board.who|Who told you?"))", name: "source", options: sources, chosen: heard.source, error: errors["source"], t))\
            \(Parts.choices("\(t("board.what|What is it?"))", name: "kind", options: kinds, chosen: heard.kind, error: errors["kind"], t))\
            \(Ask(name: "where", label: t("board.where|Where?"), hint: t("board.where_hint|Two streets that cross, or a place."), value: heard.place, limit: Whereabouts.limit, error: errors["where"] ?? errors["place"]).html(t))\
            \(Ask(name: "words", label: t("board.words|What did they say?"), hint: t("board.words_hint|No names, no phone numbers, no papers. For the team’s own, a short name is enough."), value: heard.words, limit: ReportFiling.longestWords, isOptional: true, control: .area(rows: 4), error: errors["words"] ?? errors["title"]).html(t))\
            \(Ask(name: "language", label: t("board.language|They speak"), value: heard.language, control: .choice(options: languages), error: errors["language"]).html(t))\
            \(code)\(exercise)<div class="turn"><a class="button quiet" href="/board">\(t("incident.cancel|Cancel"))</a>\
            <button class="first">\(t("board.add_button|Put it on the board"))</button></div></form>
            """
    }

    /// While our own people rehearse, and never for who called or wrote to us.
    private var exercise: HTML {
        guard isDrill, heard.inquiry == nil else { return .empty }
        return """
            <label class="choice slim"><input type="checkbox" name="exercise" value="on"\(heard.isExercise ? " checked" as HTML : .empty)> \
            \(Parts.icon("flag"))<span>\(t("board.part_of_drill|This is part of the drill. Nothing of it is real."))</span></label>
            """
    }

    /// For who called or wrote: their code the same way back, if they want it.
    private var code: HTML {
        guard heard.inquiry != nil else { return .empty }
        return """
            <label class="choice slim"><input type="checkbox" name="send_code" value="on"\(heard.sendsCode ? " checked" as HTML : .empty)> \
            <span>\(t("board.send_code|They want their code: send it back the way they came (a call: as a text)"))</span></label>
            """
    }
}

/// The code to read to a caller.
struct SaidPage {
    let site: Site
    let t: Words
    let receipt: Intake.Receipt
    var wasSent = false

    var body: HTML {
        let groups: [HTML] = receipt.code.groups.map { "<span>\($0)</span> " }
        let spoken: [HTML] = receipt.code.spoken(t).map { "<li>\($0)</li>" }
        return """
            <div class="stack"><h1>\(t("board.said|It is on the board"))</h1>\
            <p class="meta"><span>\(site.placeName(receipt.zone, t))</span></p>\
            <section class="stack close"><h2>\(t("board.code|The caller’s code"))</h2>\
            <p>\(t("board.code_words|Read it to them twice. With it they see the answer on the page, or ask us by phone."))</p>\
            \(wasSent ? Parts.note("good", "check-circle", t("board.code_sent|The code is on its way to them too.")) : .empty)\
            <p class="code" id="code">\(groups)</p><ol>\(spoken)</ol></section>\
            <p class="row"><a class="button first" href="/board">\(t("record.back|Back to the board"))</a>\
            <a class="button" href="/board/incidents/new">\(t("board.add_another|Add another"))</a></p></div>
            """
    }
}
