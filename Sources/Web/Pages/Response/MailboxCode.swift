// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Vault

/// The code a reporter keeps, in every way they may keep it: groups to write down, a picture, words to say, a file and
/// paper. The picture holds the code alone: an address with the code in it would stand in a phone's history.
struct CodeCard {
    let t: Words
    let code: ReporterCode

    var html: HTML {
        let groups: [HTML] = code.groups.map { "<span>\($0)</span> " }
        let spoken: [HTML] = code.spoken(t).map { "<li>\($0)</li>" }
        let picture = try? QRCode.svg(code.text, label: t("code.picture|Your code as a picture"))
        return """
            <section class="stack close" aria-labelledby="code-h"><h2 id="code-h">\(t("receipt.code|Your code"))</h2>\
            <p class="no-print">\(t("receipt.code_words|Use it to see the answer, or to add more. Nobody else has it."))</p>\
            <p class="code" id="code">\(groups)</p><div class="row no-print">\
            <button type="button" class="needs-script" data-copy="#code" data-done="\(t("receipt.copied|Copied"))">\
            \(Parts.icon("copy"))\(t("receipt.copy|Copy the code"))</button>\
            <form method="post" action="/report/code">\(Parts.hidden([("code", code.text)]))\
            <button>\(Parts.icon("download"))\(t("code.save|Save as a file"))</button></form>\
            <button type="button" class="needs-script" data-print>\(Parts.icon("print"))\(t("code.print|Print"))</button></div>\
            <p class="hint no-print">\(t("receipt.keep|Write it down or take a screenshot. We can't find it for you."))</p>\
            <details class="fold"><summary>\(t("code.show_picture|The code as a picture, for another phone"))</summary>\
            <div class="stack close">\(picture)<p class="hint no-print">\
            \(t("code.picture_words|Point the camera of another phone at it. It shows the letters, and no address."))</p></div></details>\
            <details class="fold"><summary>\(t("receipt.aloud|The code in words, to say on the phone"))</summary>\
            <ol>\(spoken)</ol></details></section>
            """
    }

    /// Nothing in it says what the code is for.
    var file: String { ([code.text, ""] + code.spoken(t)).joined(separator: "\n") + "\n" }
}

/// `/report/code`: the code as a small text file. It comes in a form's body and is only written back: the database is
/// not asked, so that nobody can try codes here.
struct CodePages {
    let site: Site

    func save(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        guard let code = try? ReporterCode(typed: form["code"]) else { throw HTTPError(.badRequest) }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8",
                .contentDisposition: "attachment; filename=\"code.txt\"",
                .cacheControl: "no-store",
            ],
            body: .init(byteBuffer: ByteBuffer(string: CodeCard(t: context.t, code: code).file))
        )
    }
}
