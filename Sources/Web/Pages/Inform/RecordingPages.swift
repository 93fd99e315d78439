// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Inform
import Kit
import Matching
import People
import Vault

/// `/facts/recordings`: members bring guides that a person read, and a second person makes them public.
struct RecordingPages {
    static let path = "/facts/recordings"
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.writeFacts)
        return try await page(context)
    }

    func add(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.writeFacts)
        let (form, sent) = try await site.sound(request, field: "sound")
        guard context.token.accepts(csrf: form["_token"]) else { throw Refusal.forbidden }
        do {
            let rights = try await site.rights.current()
            var fields = Recording.problems(
                guide: form["guide"],
                language: form["language"],
                spokenOn: form["spoken_on"],
                guides: rights.guides,
                languages: SpokenLanguage.heard.map(\.code),
                today: LocalTime(site.now).isoDay
            )
            if sent.isEmpty { fields["sound"] = "recording.no_sound|Choose a sound file." }
            guard fields.isEmpty, let guide = rights.guide(form["guide"]) else { throw Refusal.invalid(fields) }
            let new = Recording.New(
                guide: guide.id,
                language: form["language"],
                spokenOn: form["spoken_on"],
                edition: rights.edition(of: guide.facts),
                sound: try await Self.cleaned(sent)
            )
            let (caller, once) = (context.caller, try site.once(form, "recordings.add", context))
            try await site.database.write { tx in
                guard try FormReceipt.take(once, in: tx) else { return }
                try Recording.add(new, by: caller, in: tx)
            }
            return .see(Self.path)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    func publish(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Recording> = try context.ref("id")
        return try await change(request, context) { caller, tx in try Recording.publish(id, by: caller, in: tx) }
    }

    func withdraw(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Recording> = try context.ref("id")
        return try await change(request, context) { caller, tx in try Recording.withdraw(id, by: caller, in: tx) }
    }

    /// To listen before it is public.
    func sound(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.writeFacts)
        let id: Ref<Recording> = try context.ref("id")
        guard let bytes = try await site.database.read({ tx in try Recording.sound(id, isMember: true, in: tx) }) else {
            throw Refusal.notFound
        }
        return SoundAnswer(bytes: bytes, cacheControl: "no-store").response(to: request)
    }

    /// What was sent is never kept: only what a decoder in a child made of it.
    private static func cleaned(_ sent: [UInt8]) async throws -> [UInt8] {
        do {
            return try await MediaChild.sound(of: sent)
        } catch is MediaChild.Unreadable {
            throw Refusal.invalid([
                "sound": "recording.unreadable|We could not read this file. Try mp3, m4a, ogg or wav."
            ])
        }
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Caller, Transaction) throws -> Void
    ) async throws -> Response {
        try await site.change(request, context, then: Self.path) { _, caller, tx in
            try verb(caller, tx)
        } orElse: { form, refusal in
            try await page(context, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let page = RecordingPage(
            recordings: try await site.database.read { tx in try Recording.all(in: tx) },
            rights: try await site.rights.current(),
            caller: context.caller,
            token: context.token.csrf,
            submission: site.onceToken("recordings.add", context),
            form: form,
            refusal: refusal,
            t: context.t
        )
        return site.memberPage(
            context,
            place: "/facts",
            title: context.t("recording.title|Recordings"),
            status: refusal == nil ? .ok : refusal?.kind == .conflict ? .conflict : .unprocessableContent,
            body: page.body
        )
    }
}

extension Site {
    /// A browser's form with one sound, which is held in memory: at most 30 MB.
    fileprivate func sound(_ request: Request, field: String) async throws -> (form: Form, bytes: [UInt8]) {
        guard let boundary = Form.boundary(in: request.headers[.contentType] ?? "") else {
            throw HTTPError(.badRequest)
        }
        do {
            var reader = try MultipartReader(boundary: boundary, textLimit: Limits.formBody)
            var (bytes, isOurs): ([UInt8], Bool) = ([], false)
            for try await buffer in request.body {
                for event in try reader.read(buffer.readableBytesView) {
                    switch event {
                    case .begins(let name, _): isOurs = name == field && bytes.isEmpty
                    case .piece(let piece): if isOurs { bytes += piece }
                    case .ends: isOurs = false
                    }
                }
                guard bytes.count <= 30_000_000 else { throw HTTPError(.contentTooLarge) }
            }
            return (try reader.finish(), bytes)
        } catch Form.FormError.tooLarge {
            throw HTTPError(.contentTooLarge)
        } catch is Form.FormError {
            throw HTTPError(.badRequest)
        }
    }
}

extension SpokenLanguage {
    /// Those that can be heard.
    static let heard = all.filter { $0.code != "ase" }
}

/// The list, and the form for one more.
private struct RecordingPage {
    let recordings: [Recording]
    let rights: Rights
    let caller: Caller
    let token: String
    let submission: String
    let form: Form
    let refusal: Refusal?
    let t: Words

    var body: HTML {
        """
        \(Parts.errors(refusal, labels: Self.asked.map { ($0, $0) }, t))<p><a class="back" href="/facts">\(Parts.icon("back", class: "turns"))\(t("place.facts|Facts"))</a></p>\
        <h1>\(t("recording.title|Recordings"))</h1>\
        <p class="lead">\(t("recording.lead|Guides read by a person, for languages that no machine reads. Somebody else who speaks it listens before the public does."))</p>\
        \(list)\(add)
        """
    }

    private var list: HTML {
        guard !recordings.isEmpty else {
            return
                "<p class=\"soft\">\(t("recording.none|No recording yet. The first one you bring appears here."))</p>"
        }
        return "<ul class=\"recordings\">\(recordings.map(row))</ul>"
    }

    private func row(_ recording: Recording) -> HTML {
        let name = SpokenLanguage.name(recording.language)
        let guide = rights.guide(recording.guide)?.name(t.language) ?? recording.guide
        let state: HTML =
            recording.state == .published
            ? "<span class=\"state good chip\">\(Parts.icon("check-circle"))\(t("recording.public|Public"))</span>"
            : "<span class=\"state warn chip\">\(Parts.icon("clock"))\(t("recording.waiting|Waits for a second person"))</span>"
        let publish: HTML =
            recording.state == .published || recording.addedBy == caller.person
            ? .empty : button(recording, "publication", "recording.publish|I listened. Make it public", "accent")
        return """
            <li><b>\(guide)</b> · <span lang="\(recording.language)">\(name)</span> · \
            <time datetime="\(recording.spokenOn)">\(t.date(recording.spokenOn))</time> \(state)\
            <audio class="listen" controls preload="none" src="\(RecordingPages.path)/\(recording.id.text)" \
            aria-label="\(t("sound.listen|Listen in {language}", ["language": name]))"></audio>\
            <div class="row">\(publish)\(button(recording, "withdrawal", "recording.withdraw|Take it away", "quiet"))</div></li>
            """
    }

    private func button(_ recording: Recording, _ step: String, _ label: Phrase, _ look: String) -> HTML {
        Parts.button(
            "\(RecordingPages.path)/\(recording.id.text)/\(step)",
            HTML.text(t(label)),
            token: token,
            class: look
        )
    }

    private static let asked = ["guide", "language", "spoken_on", "sound"]

    private var add: HTML {
        let guides = rights.guides.map { (value: $0.id, label: $0.name(t.language)) }
        let languages = SpokenLanguage.heard.map { (value: $0.code, label: $0.name) }
        return """
            <section class="stack close" aria-labelledby="add"><h2 id="add">\(t("recording.add|Bring a recording"))</h2>\
            <form class="stack" method="post" action="\(RecordingPages.path)" enctype="multipart/form-data">\
            \(Parts.hidden([("_token", token), ("submission", submission)]))\
            \(ask("guide", t("recording.guide|Guide"), .choice(options: guides)))\
            \(ask("language", t("recording.language|Language"), .choice(options: languages)))\
            \(ask("spoken_on", t("recording.day|Recorded on"), .line(type: "date", attributes: " required")))\
            \(ask("sound", t("recording.sound|Sound file"), .line(type: "file", attributes: " accept=\"audio/*\" required"), hint: hint))\
            <button class="accent">\(t("recording.send|Send"))</button></form></section>
            """
    }

    private var hint: String {
        t(
            "recording.hint|At most 30 minutes and 30 MB. We keep only the sound, not what the file says of where it was made."
        )
    }

    private func ask(_ name: String, _ label: String, _ control: Ask.Control, hint: String? = nil) -> HTML {
        Ask(
            name: name,
            label: label,
            hint: hint,
            value: form[name],
            control: control,
            error: refusal?.fields[name]
        ).html(t)
    }
}
