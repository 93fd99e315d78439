// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Inform
import Kit
import NIOCore

/// `/print`: rights on paper, and `/check-card`: is what I hold still true?
struct PrintPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let t = context.t
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: "/print",
                title: t("print.title|Print"),
                body: PrintPage(site: site, rights: rights, t: t).body
            )
        }
    }

    /// `/print/card.pdf?language=es&paper=a4`.
    func file(_ request: Request, _ context: SiteContext) async throws -> Response {
        let name = (context.parameters.get("file") ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard name.count == 2, name[1] == "pdf", let kind = PrintPiece.Kind(rawValue: String(name[0])),
            let piece = site.pack.prints.piece(kind)
        else { throw Refusal.notFound }
        let asked = request.uri.queryParameters
        let code = asked["language"].map(String.init) ?? context.t.language.code
        let sheet = asked["paper"].map(String.init) ?? Paper.letter.rawValue
        guard site.library.language(code) != nil, let paper = Paper(rawValue: sheet) else {
            throw Refusal.notFound
        }
        let printer = try site.printer(asked["organization"].map(String.init) ?? "")
        let rights = try await site.rights.current()
        let t = site.library.words(code)
        let text = PrintText(piece, rights, t.language)
        let key = PrintBatch.Key(edition: text.edition, piece: kind.rawValue, language: code)
        let file = try await site.sheetFile(kind, text, paper, t, printer, version: rights.version)
        if request.has("\"\(file.tag)\"") {
            return Response(status: .notModified, headers: [.eTag: "\"\(file.tag)\"", .cacheControl: "no-cache"])
        }
        if request.method == .get {
            try await site.prints.count(key, names: text.names, rights, in: site.database)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/pdf",
                .contentDisposition: "inline; filename=\"\(kind.rawValue)-\(code)-\(paper.rawValue).pdf\"",
                .contentLanguage: code,
                .cacheControl: "no-cache",
                .eTag: "\"\(file.tag)\"",
            ],
            body: .init(byteBuffer: file.body)
        )
    }

    /// `/check-card?code=1A2B-3C4D`, typed; `/c/1a2b3c4d`, scanned.
    func check(_ request: Request, _ context: SiteContext) async throws -> Response {
        let typed = context.parameters.get("code") ?? request.uri.queryParameters["code"].map(String.init) ?? ""
        let rights = try await site.rights.current()
        let t = context.t
        var answer = CheckCardPage.Answer.nothing
        if !typed.isEmpty {
            answer = .unknown
            if let edition = PrintBatch.edition(typed: typed),
                let batch = try await site.database.read({ tx in try PrintBatch.find(edition, in: tx) })
            {
                answer = .found(batch)
            }
        }
        return site.page(
            Layout(
                site: site,
                t: t,
                path: "/check-card",
                title: t("print.check_title|Check a code"),
                mainClass: "page narrow stack",
                body: CheckCardPage(site: site, rights: rights, typed: String(typed.prefix(40)), answer: answer, t: t)
                    .body
            )
        )
    }

    /// `/facts/batches`: which texts are out there, for members.
    func batches(_ request: Request, _ context: MemberContext) async throws -> Response {
        let caller = context.caller
        let rights = try await site.rights.current()
        try await site.prints.flush(site.database)
        let batches = try await site.database.read { tx in try PrintBatch.all(by: caller, in: tx) }
        return site.memberPage(
            context,
            place: "/facts",
            title: context.t("print.batches|Printed texts"),
            body: BatchesPage(rights: rights, batches: batches, now: site.now, t: context.t).body
        )
    }
}

extension Site {
    /// Who prints: nobody in particular for an empty name, which is the coalition.
    func printer(_ id: String) throws -> Pack.Coalition.Organization? {
        if id.isEmpty { return nil }
        guard let found = pack.coalition.organizations?.first(where: { $0.id == id }) else { throw Refusal.notFound }
        return found
    }

    /// What we print of ourselves, in a language: the coalition, or a member organization with its own number.
    func imprint(_ language: Language, _ printer: Pack.Coalition.Organization? = nil) -> PrintSheet.Imprint {
        let hotline = printer?.hotline ?? pack.coalition.hotline
        let note = hotline.note ?? pack.coalition.hotline.note
        return PrintSheet.Imprint(
            name: (printer?.name ?? pack.coalition.name)(language),
            hotline: hotline.number,
            note: hotline.demonstration == true ? note?(language) : nil,
            address: config.address
        )
    }

    func sheet(
        _ text: PrintText,
        _ paper: Paper,
        _ t: Words,
        _ printer: Pack.Coalition.Organization? = nil
    ) -> PrintSheet {
        PrintSheet(text, imprint(t.language, printer), paper: paper, date: t.date(text.day), t)
    }

    /// The same, drawn once for each version of the facts, whoever asks: the print page or the folder for a stick.
    func sheetFile(
        _ kind: PrintPiece.Kind,
        _ text: PrintText,
        _ paper: Paper,
        _ t: Words,
        _ printer: Pack.Coalition.Organization? = nil,
        version: Int64
    ) async throws -> PrintDesk.File {
        let name = [kind.rawValue, t.language.code, paper.rawValue, printer?.id].compactMap(\.self).joined(
            separator: " "
        )
        return try await prints.file(name, version: version) { [self] in try sheet(text, paper, t, printer).file() }
    }
}
