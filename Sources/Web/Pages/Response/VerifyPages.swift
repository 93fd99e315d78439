// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import Response
import Vault

/// `/verify`: did we send this alert? Pasted or as files, without script. Nothing of it is kept.
struct VerifyPages {
    let site: Site

    func form(_ request: Request, _ context: SiteContext) async throws -> Response {
        page(VerifyPage(site: site, t: context.t), context.t)
    }

    func check(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody * 4)
        let alert = Self.bytes("alert", in: form)
        let signature = Self.bytes("signature", in: form)
        guard !alert.isEmpty else {
            let refusal = Refusal.invalid(["alert": "verify.no_alert|Paste the alert, or choose its file."])
            return page(
                VerifyPage(
                    site: site,
                    t: context.t,
                    signature: String(decoding: signature, as: UTF8.self),
                    refusal: refusal
                ),
                context.t,
                status: .unprocessableContent
            )
        }
        let finding = try await AlertCheck(site: site).look(at: alert, signature)
        let shown = VerifyPage(
            site: site,
            t: context.t,
            alert: String(decoding: alert, as: UTF8.self),
            signature: String(decoding: signature, as: UTF8.self),
            finding: finding
        )
        return page(shown, context.t)
    }

    /// The file where one was chosen, else what was pasted.
    private static func bytes(_ name: String, in form: Form) -> [UInt8] {
        if let file = form.files("\(name)_file").first(where: { !$0.bytes.isEmpty }) { return file.bytes }
        return Array(form[name].utf8)
    }

    private func page(_ page: VerifyPage, _ t: Words, status: HTTPResponse.Status = .ok) -> Response {
        site.page(
            Layout(
                site: site,
                t: t,
                path: "/verify",
                title: t("verify.title|Check an alert"),
                mainClass: "page narrow stack",
                body: page.body
            ),
            status: status
        )
    }
}

/// What is known of a file that somebody says is ours.
struct AlertCheck {
    enum Finding: Sendable {
        /// Ours, byte for byte. `newest`: what we sent last about the same thing.
        case ours(PublicNotice, newest: PublicNotice)
        /// The words of a message to subscribers.
        case told(Telling.Sent)
        /// Signed with our key, and not kept any more.
        case signedByUs
        /// Signed for these bytes, with a key that is not ours now.
        case signedByAnother(Checkpoint.Verifier)
        case wrongSignature
        case unknown
    }

    let site: Site

    func look(at alert: [UInt8], _ signature: [UInt8]) async throws -> Finding {
        let readings = Self.readings(of: alert)
        for reading in readings {
            guard let notice = try await site.feeds.alert(of: reading, site) else { continue }
            return .ours(notice, newest: try await site.feeds.newest(after: notice) ?? notice)
        }
        if let text = String(validating: alert, as: UTF8.self) {
            // Of a mail, the words above its signature.
            let signed = SignedWords(text)
            if SignedWords.isIn(text), signed.map({ hasMore($0.rest) }) ?? true { return .wrongSignature }
            let words = signed?.words ?? text
            if let sent = try await site.database.read({ tx in try Telling.sent(as: words, in: tx) }) {
                return .told(sent)
            }
            if let signed { return try signer(signed.note) }
        }
        guard !signature.isEmpty else { return .unknown }
        let notes = Self.readings(of: signature).compactMap { bytes in
            String(validating: bytes, as: UTF8.self).flatMap { AlertNote($0) }
        }
        guard let note = notes.first, readings.contains(where: note.fits) else { return .wrongSignature }
        return try signer(note)
    }

    /// Whether somebody wrote something below the signature. We write no more there than how to leave.
    private func hasMore(_ rest: String) -> Bool {
        let words = rest.split { $0.isWhitespace }
        let link = "\(site.post.address)/unsubscribe/"
        return !words.allSatisfy { $0 == "--" || (!site.post.address.isEmpty && $0.hasPrefix(link)) }
    }

    private func signer(_ note: AlertNote) throws -> Finding {
        let own = try site.keys.unlocked.map(AlertNote.verifier)
        return own == note.verifier ? .signedByUs : .signedByAnother(note.verifier)
    }

    /// As it came; and as it was before a browser's text field made line ends of two letters and lost the last one.
    private static func readings(of bytes: [UInt8]) -> [[UInt8]] {
        let unixed = Array(bytes.split(separator: 0x0D, omittingEmptySubsequences: false).joined())
        let trimmed = unixed.drop { Self.isSpace($0) }
        let end = trimmed.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? trimmed.startIndex
        return [bytes, Array(trimmed[trimmed.startIndex..<end]) + [0x0A]]
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 }
}

struct VerifyPage {
    let site: Site
    let t: Words
    var alert = ""
    var signature = ""
    var refusal: Refusal?
    var finding: AlertCheck.Finding?

    var body: HTML {
        """
        \(Parts.errors(refusal, labels: [("alert", "alert")], t))<div class="stack"><h1>\(t("verify.title|Check an alert"))</h1>\
        <p class="lead">\(t("verify.lead|Did somebody send you an alert in our name? Find out if we really sent it."))</p>\(answer)\
        <form method="post" action="/verify" enctype="multipart/form-data" class="stack">\
        \(ask("alert", t("verify.alert|The alert"), t("verify.alert_hint|The whole message as you got it. Or the text of a file that begins with <?xml."), alert, rows: 8))\
        \(file("alert", t("verify.alert_file|Or its file")))\
        \(ask("signature", t("verify.signature|Its signature"), t("verify.signature_hint|It begins with “vecinos alert 1”. You need it only for older alerts."), signature, rows: 5))\
        \(file("signature", t("verify.signature_file|Or the file of the signature")))\
        <button class="first">\(t("verify.check|Check it"))</button></form>\(key)\
        <p class="soft">\(t("verify.offline|You can also check without us:")) <code>vecinos verify FILE</code></p></div>
        """
    }

    private func ask(_ name: String, _ label: String, _ hint: String, _ value: String, rows: Int) -> HTML {
        Ask(
            name: name,
            label: label,
            hint: hint,
            value: value,
            limit: 60_000,
            isOptional: name == "signature",
            control: .area(rows: rows),
            error: refusal?.fields[name]
        ).html(t)
    }

    private func file(_ name: String, _ label: String) -> HTML {
        """
        <div class="ask"><label for="\(name)_file">\(label)</label>\
        <input type="file" id="\(name)_file" name="\(name)_file"></div>
        """
    }

    private var answer: HTML {
        switch finding {
        case nil: .empty
        case .ours(let notice, let newest): ours(notice, newest)
        case .told(let sent): told(sent)
        case .signedByUs:
            note(
                "good",
                "check-circle",
                t("verify.signed|Yes, we signed this. It is an older alert: look at our page for what is true now.")
            )
        case .signedByAnother(let verifier):
            problem(
                t(
                    "verify.another|Somebody signed this, but not with the key we use now. Do not trust it unless you know this key: {key}",
                    ["key": "\(verifier)"]
                )
            )
        case .wrongSignature:
            problem(t("verify.wrong|No. The signature does not fit. The alert was changed, or it is not ours."))
        case .unknown:
            problem(
                t(
                    "verify.unknown|We do not know this alert. It may be older than a month, changed, or not ours. Add its signature to be sure."
                )
            )
        }
    }

    private func ours(_ notice: PublicNotice, _ newest: PublicNotice) -> HTML {
        let sent = t("verify.ours|Yes, we sent this on {time}.", ["time": t.moment(notice.at)])
        let exercise = notice.item.isExercise ? t("feed.exercise|This is a drill. Nothing here is real.") : ""
        guard newest.id != notice.id else {
            return note(
                "good",
                "check-circle",
                "\(sent) \(exercise) \(t("verify.newest|It is the newest about this."))"
            )
        }
        let mark = TruthMark(newest.item.truth, isOver: newest.item.isOver, t)
        let later =
            newest.act == .withdrawn
            ? t("verify.taken_back|But we took it back later.")
            : t("verify.changed|But it has changed since. Now: {state}.", ["state": mark.words])
        return note("", "question", "\(sent) \(exercise) \(later)")
    }

    private func told(_ sent: Telling.Sent) -> HTML { ToldMark(t: t, sent: sent).html }

    private func note(_ tone: String, _ icon: String, _ words: String) -> HTML {
        ToldMark.note(tone, icon, words, t)
    }

    /// It takes the focus, so that it is heard.
    private func problem(_ words: String) -> HTML {
        """
        <div class="errors" role="alert" tabindex="-1"><p>\(Parts.icon("cross-circle", class: "inline")) <strong>\(words)</strong> \
        <a href="/now">\(t("truth.see|See what is happening"))</a></p></div>
        """
    }

    private var key: HTML {
        guard let unlocked = site.keys.unlocked, let verifier = try? AlertNote.verifier(of: unlocked) else {
            return .empty
        }
        return "<h2>\(t("verify.key|Our key"))</h2><p><code>\("\(verifier)")</code></p>"
    }
}
