// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// An observation as typed, with the token that makes it count once. The page gives a signed one; a phone that kept
/// several makes its own for the next.
struct ObservationDraft {
    let token: String
    let seen: String
    let words: String
    let salute: Salute

    init(token: String) {
        self.token = token
        (seen, words, salute) = ("", "", Salute())
    }

    init(_ form: Form) {
        token = form["token"]
        seen = form["seen"]
        words = form["words"]
        var salute = Salute()
        for field in Salute.Field.allCases { salute[field] = form.optional(field.rawValue) }
        self.salute = salute
    }

    /// What was seen, in words that begin with the answer to the first question, in the writer's language.
    func filing(_ files: ReceivedFiles, _ t: Words) -> Observation.Filing {
        let answer = Sighting(rawValue: seen)
        let first = Self.answers.first { $0.value == answer }.map { t($0.kept) }
        let all = [first, words.isEmpty ? nil : words].compactMap(\.self)
        return Observation.Filing(
            sighting: answer,
            salute: salute,
            words: all.isEmpty ? nil : all.joined(separator: "\n"),
            files: files
        )
    }

    /// Bound to who sends it: two phones that made the same token would still be two.
    func submission(of person: Ref<Person>) throws -> Submission {
        guard (16...160).contains(token.utf8.count) else {
            throw Refusal(
                .invalid,
                "form.too_old|This page was open for a long time. Nothing was lost. Please send it again."
            )
        }
        return .form(nonce: Array("observation|\(person.text)|\(token)".utf8))
    }

    /// The answers to the first question: what is shown, and what is kept.
    static let answers: [(value: Sighting, label: Phrase, kept: Phrase)] = [
        (.yes, "observe.yes|Yes", "observe.kept_yes|Immigration officers: yes."),
        (.no, "observe.no|No", "observe.kept_no|Immigration officers: no."),
        (.nothing, "observe.nothing|Nothing there", "observe.kept_nothing|Nothing is there."),
        (.unsure, "observe.unsure|Not sure", "observe.kept_unsure|Not sure who it is."),
    ]
}

/// The form of a responder on the scene; works without a signal and sends itself later.
struct ObservationForm {
    let t: Words
    let csrf: String
    /// Nil on the page for no signal, where `respond.js` fills it in.
    let assignment: Ref<Assignment>?
    let draft: ObservationDraft
    /// Files came with it when it was refused: they have to be chosen again, unless `respond.js` kept them.
    var hadFiles = false
    let refusal: Refusal?

    static let labels: [(field: String, id: String)] =
        Salute.Field.allCases.map { ($0.rawValue, $0.rawValue) } + [("words", "words"), ("photos", "photos")]

    var html: HTML { "\(fields)\(Self.shelf(t))" }

    /// The form by itself.
    var fields: HTML {
        let errors = refusal?.fields ?? [:]
        let answers = ObservationDraft.answers.map { (value: $0.value.rawValue, icon: "", label: t($0.label)) }
        let asks: [HTML] = Salute.Field.allCases.filter { $0 != .time }.map { field in
            Ask(
                name: field.rawValue,
                label: t(field.label),
                value: draft.salute[field] ?? "",
                limit: Salute.limit,
                isOptional: true,
                error: errors[field.rawValue]
            ).html(t)
        }
        let photoError: HTML? = errors["photos"].map {
            "<p class=\"error\" id=\"photos-error\">\(Parts.icon("alert"))\(t($0))</p>"
        }
        let action = assignment.map { "/respond/\($0.text)/observations" } ?? "/respond"
        let resource: HTML = assignment == nil ? " data-resource=\"observations\"" : .empty
        let fresh: HTML =
            csrf.isEmpty ? .empty : "<input type=\"hidden\" name=\"_token\" value=\"\(csrf)\" data-fresh>"
        let gone: HTML =
            hadFiles
            ? "<p class=\"error\" id=\"photos-gone\" data-files-gone>\(Parts.icon("camera"))\(t(Refusal.filesGone))</p>"
            : .empty
        let marks: HTML = photoError == nil ? "" : " aria-invalid=\"true\""
        return """
            <form class="stack close" method="post" action="\(action)" enctype="multipart/form-data"\(resource) \
            data-offline data-offline-title="\(t("observe.name|Observation"))"><h2>\(t("observe.title|What do you see?"))</h2>\
            \(fresh)<input type="hidden" name="token" value="\(draft.token)">\
            \(Parts.choices("\(t("observe.officers|Is it immigration officers?"))", name: "seen", options: answers, chosen: draft.seen, t))\
            <div class="form-grid">\(asks)</div>\
            \(Ask(name: "words", label: t("observe.words|In your words"), hint: t("observe.words_hint|What you see and hear. No names of families."), value: draft.words, limit: ReportFiling.longestWords, isOptional: true, control: .area(rows: 4), error: errors["words"]).html(t))\
            <div class="ask"><label for="photos">\(t("observe.files|Photos, videos, sounds")) <span class="optional">\(t("observe.if_safe|(if it is safe)"))</span></label>\
            <p class="hint" id="photos-hint">\(t("observe.files_hint|Up to 4. Photos to 10 MB, videos to 200 MB. Sealed as they are, with the time."))</p>\(gone)\(photoError)\
            <input id="photos" name="photos" type="file" accept="image/*,video/*,audio/*" multiple \
            aria-describedby="photos-hint\(hadFiles ? " photos-gone" : "")\(photoError == nil ? "" : " photos-error")"\(marks)></div>\
            <button class="first wide">\(Parts.icon("send"))\(t("observe.send|Send what I saw"))</button></form>
            """
    }

    /// What waits on this phone for a signal.
    static func shelf(_ t: Words) -> HTML {
        let photos = (1...4).map { t("timeline.photos|{n} photo|{n} photos", n: $0) }.joined(separator: "|")
        return """
            <section data-waiting hidden data-saved="\(t("observe.saved|Saved on this phone. It will send itself."))" \
            data-sent="\(t("observe.sent|Sent."))" data-sign-in="\(t("observe.sign_in|Sign in again and it will send itself."))" \
            data-refused="\(t("observe.refused|The server did not take this one. Write it again."))" \
            data-large="\(t("observe.large|It is too large to send. Photos can be up to 10 MB each, videos up to 200 MB."))" \
            data-again="\(t("observe.again|Send again"))" data-without="\(t("observe.without|Send without the photo"))" \
            data-save="\(t("observe.save|Save the photo"))" data-photos="\(photos)" \
            data-others="\(t("observe.others|Something of another person waits on this phone."))" \
            data-erase="\(t("observe.erase|Erase"))" data-sure="\(t("observe.sure|Erase? Tap again"))" aria-live="polite">\
            <h2 class="large">\(t("observe.waiting|Waiting to send"))</h2><ul class="waiting"></ul></section>
            """
    }
}
