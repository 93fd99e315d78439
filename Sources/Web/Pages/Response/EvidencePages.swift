// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People
import Response
import Vault

/// The evidence bundle of an incident, for counsel: asked for with a reason, answered as a file.
struct EvidencePages {
    let site: Site

    func make(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        let (caller, t) = (context.caller, context.t)
        guard caller.isUnlocked else { return .see("/session/unlock?back=/board/incidents/\(id.text)/record") }
        let form = try await site.memberForm(request, context)
        do {
            let bundle = try await EvidenceExport.make(
                of: id,
                because: form["reason"],
                by: caller,
                keys: site.keys,
                in: site.database,
                index: { String(decoding: BundleIndex(metadata: $0, t: t).page.bytes, as: UTF8.self) }
            )
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/zip",
                    .contentDisposition: "attachment; filename=\"evidence-\(id.text).zip\"",
                    .contentSecurityPolicy: SecurityHeaders.Policy.nothing.contentSecurityPolicy,
                    .cacheControl: "no-store",
                ],
                body: .init(byteBuffer: .init(bytes: bundle))
            )
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await BoardPages(site: site).record(id, context, form: form, refusal: refusal)
        }
    }
}

/// Its form, at the end of an incident's record.
struct EvidenceForm {
    let incident: Ref<Incident>
    let t: Words
    let token: String
    var reason = ""
    var refusal: Refusal?
    /// Nothing for those who may not.
    var isOffered = true

    var html: HTML {
        guard isOffered else { return .empty }
        let ask = Ask(
            name: "reason",
            id: "bundle-reason",
            label: t("bundle.reason|What is it for?"),
            hint: t("bundle.reason_hint|It goes on the record, and into the file."),
            value: reason,
            limit: EvidenceExport.longestReason,
            error: refusal?.fields["reason"]
        )
        let problem: HTML =
            refusal.map { $0.fields.isEmpty ? Parts.note("urgent", "alert", t($0.message)) : .empty } ?? .empty
        return """
            <section class="stack close no-print"><h2>\(t("bundle.title|Evidence for counsel"))</h2>\
            <p>\(t("bundle.explained|All photos of this incident as they came in, with who had them in hand, in one file that proves itself. Whoever gets it can read everything in it."))</p>\(problem)\
            <form method="post" action="/board/incidents/\(incident.text)/evidence" class="stack">\
            \(Parts.hidden([("_token", token)]))\(ask.html(t))<p><button>\(Parts.icon("key"))\(t("bundle.make|Make the file"))</button></p></form></section>
            """
    }
}

/// The page inside a bundle: opened from a disk, without us.
private struct BundleIndex {
    let metadata: EvidenceBundle.Metadata
    let t: Words

    var page: HTML {
        let rows: [HTML] = metadata.files.map { file in
            """
            <tr><td><a href="\(file.path)">\(file.path)</a></td><td>\(file.received)</td><td>\(file.size)</td>\
            <td><code>\(file.sha256)</code></td></tr>
            """
        }
        return """
            <!DOCTYPE html>
            <html lang="\(t.language.code)"><head><meta charset="utf-8"><title>\(t("bundle.title|Evidence for counsel"))</title></head><body>
            <h1>\(t("bundle.title|Evidence for counsel"))</h1>
            <dl><dt>\(t("bundle.incident|Incident"))</dt><dd><code>\(metadata.incident)</code></dd>
            <dt>\(t("bundle.made|Made"))</dt><dd>\(metadata.made)</dd>
            <dt>\(t("bundle.made_by|By"))</dt><dd>\(metadata.madeBy)</dd>
            <dt>\(t("bundle.because|For"))</dt><dd>\(metadata.reason)</dd></dl>
            <table><thead><tr><th>\(t("bundle.file|File"))</th><th>\(t("bundle.received|Received (UTC)"))</th>\
            <th>\(t("bundle.size|Bytes"))</th><th>SHA-256</th></tr></thead><tbody>
            \(rows)</tbody></table>
            <p>\(t("bundle.how|custody.json says who had each file in hand. To check that nothing was changed since: vecinos verify, or by hand as docs/vault.md describes."))</p>
            </body></html>
            """
    }
}
