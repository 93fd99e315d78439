// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Inform
import Kit
import NIOCore
import Vault

/// `/rights/save`: rights that work with no signal, on this phone, as one file, or as a folder for a stick.
struct SavePages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let t = context.t
        if let kept = site.pages.kept(PageCache.Key(request.uri.path, t.language), version: rights.version) {
            return site.answer(kept, to: request)
        }
        let page = SavePage(site: site, rights: rights, copies: try await copies(rights), t: t)
        return site.publicPage(request, t, version: rights.version, policy: Self.policy(site)) {
            Layout(
                site: site,
                t: t,
                path: "/rights/save",
                title: t("offline.title|Save on this phone"),
                mainClass: "page narrow stack",
                scripts: ["save.js"],
                isInstallable: true,
                body: page.body
            )
        }
    }

    /// The pages that start a worker: this one and the family plan.
    static func policy(_ site: Site) -> String {
        site.publicPolicy.replacing("worker-src 'none'", with: "worker-src 'self'")
    }

    /// `es.html`, `es.zip` and `editions.json`.
    func file(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let name = context.parameters.get("file") ?? ""
        if name == "editions.json" { return try await editions(request, rights) }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let language = site.library.language(parts[0]) else { throw Refusal.notFound }
        switch parts[1] {
        case "html": return try await page(request, language, rights)
        case "zip": return try await folder(request, language, rights)
        default: throw Refusal.notFound
        }
    }

    /// The worker: it may only look after what is under `/rights`.
    func worker(_ request: Request, _ context: SiteContext) async throws -> Response {
        try Self.worker("worker.js", over: "/rights", request, site)
    }

    /// A script that may answer for the pages of `scope`, and may ask nobody but us.
    static func worker(_ name: String, over scope: String, _ request: Request, _ site: Site) throws -> Response {
        var response = try site.statics.response(name, for: request)
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        response.headers[.serviceWorkerAllowed] = scope
        response.headers[.cacheControl] = "no-cache"
        return response
    }

    /// A language's copy: its file's mark changes with what it says and not with the day.
    struct Copy: Sendable {
        let language: Language
        let file: PrintDesk.File
    }

    /// The same in every language.
    private func edition(_ rights: Rights) -> String { rights.edition(of: PocketPage.names(site, rights)) }

    private func copies(_ rights: Rights) async throws -> [Copy] {
        var copies: [Copy] = []
        for language in site.library.languages { copies.append(try await copy(language, rights)) }
        return copies
    }

    func copy(_ language: Language, _ rights: Rights) async throws -> Copy {
        let name = "pages \(language.code)"
        if let kept = site.prints.kept(name, rights.version) { return Copy(language: language, file: kept) }
        let t = site.library.passing(language.code)
        let file = try await site.prints.file(
            name,
            version: rights.version,
            zips: true,
            day: t.date(rights.day)
        ) { [site] in PocketPage(site: site, rights: rights, guides: rights.guides, t: t).html.bytes }
        return Copy(language: language, file: file)
    }

    private func count(_ request: Request, _ edition: String, _ language: Language, _ rights: Rights) async throws {
        guard request.method == .get else { return }
        let key = PrintBatch.Key(edition: edition, piece: "pages", language: language.code)
        try await site.prints.count(key, names: PocketPage.names(site, rights), rights, in: site.database)
    }

    private func page(_ request: Request, _ language: Language, _ rights: Rights) async throws -> Response {
        let copy = try await copy(language, rights)
        try await count(request, edition(rights), language, rights)
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8",
            .contentSecurityPolicy: site.sheet.pocketPolicy + "; frame-ancestors 'none'",
            .contentLanguage: language.code,
            .cacheControl: "no-cache",
            .vary: "Accept-Encoding",
            .eTag: "\"\(copy.file.tag)\"",
        ]
        if request.uri.queryParameters["download"] != nil {
            headers[.contentDisposition] = "attachment; filename=\"vecinos-\(language.code).html\""
        }
        return Self.answer(request, copy.file, headers)
    }

    private func folder(_ request: Request, _ language: Language, _ rights: Rights) async throws -> Response {
        let t = site.library.words(language.code)
        var sheets: [StoredZip.Entry] = []
        for piece in site.pack.prints.pieces {
            let text = PrintText(piece, rights, language)
            for paper in Paper.allCases {
                let file = try await site.sheetFile(piece.id, text, paper, t, version: rights.version)
                sheets.append(
                    StoredZip.Entry(
                        "print/\(piece.id.rawValue)-\(paper.rawValue).pdf",
                        Array(file.body.readableBytesView)
                    )
                )
            }
            // Printed from the stick, its codes can be checked as any other's.
            let key = PrintBatch.Key(edition: text.edition, piece: piece.id.rawValue, language: language.code)
            if request.method == .get {
                try await site.prints.count(key, names: text.names, rights, in: site.database)
            }
        }
        let edition = edition(rights)
        try await count(request, edition, language, rights)
        let papers = sheets
        let file = try await site.prints.file("folder \(language.code)", version: rights.version) { [site] in
            let guides = rights.guides.map { guide in
                StoredZip.Entry(
                    "guides/\(guide.id).html",
                    PocketPage(site: site, rights: rights, guides: [guide], t: t, isAlone: true).html.bytes
                )
            }
            let index = FolderPage(site: site, rights: rights, edition: edition, papers: papers.map(\.path), t: t)
            let all = StoredZip.Entry(
                "all.html",
                PocketPage(site: site, rights: rights, guides: rights.guides, t: t, hasSlots: false).html.bytes
            )
            return try StoredZip.archive([StoredZip.Entry("index.html", index.html.bytes), all] + guides + papers)
        }
        return Self.answer(
            request,
            file,
            [
                .contentType: "application/zip",
                .contentDisposition: "attachment; filename=\"vecinos-\(language.code).zip\"",
                .cacheControl: "no-cache",
                .eTag: "\"\(file.tag)\"",
            ]
        )
    }

    /// What a saved phone asks when it has signal: is my copy the newest, and was anything taken back? Asked by every saved
    /// phone, so it is kept until a fact or the day changes.
    private func editions(_ request: Request, _ rights: Rights) async throws -> Response {
        struct News: Encodable {
            let day: String
            let recalled: [String]
            let languages: [String: String]
        }
        let marks = Dictionary(uniqueKeysWithValues: try await copies(rights).map { ($0.language.code, $0.file.mark) })
        let file = try await site.prints.file("editions", version: rights.version) { [site] in
            // The family plan's page rests on facts of its own.
            let plan = site.pack.plan.topics.flatMap { $0.facts ?? [] } + site.pack.plan.form.rests
            let names = Set(PocketPage.names(site, rights) + plan).sorted()
            let gone = names.filter { rights.standing(of: [$0]) == .recalled }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return Array(try encoder.encode(News(day: rights.day, recalled: gone, languages: marks)))
        }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: file.body)
        )
    }

    private static func answer(_ request: Request, _ file: PrintDesk.File, _ headers: HTTPFields) -> Response {
        if request.has("\"\(file.tag)\"") {
            return Response(status: .notModified, headers: headers)
        }
        guard file.isZipped, Gzip.isTaken(request.headers[.acceptEncoding]) else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.plain))
        }
        var headers = headers
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.body))
    }
}

extension Site {
    /// Makes the copy of each language before somebody asks, one after another, until its task ends; again when a fact or
    /// the day has changed. Whoever asks earlier waits for what isn't made yet, and it is made once.
    package func keepCopies() async {
        var made: Int64?
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(3))
            guard let rights = try? await rights.current(), rights.version != made else { continue }
            for language in library.languages where !Task.isCancelled {
                _ = try? await SavePages(site: self).copy(language, rights)
            }
            made = rights.version
        }
    }
}

extension HTTPField.Name {
    static let serviceWorkerAllowed = HTTPField.Name("Service-Worker-Allowed") ?? .allow
}
