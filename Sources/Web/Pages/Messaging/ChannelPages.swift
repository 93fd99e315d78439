// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Messaging
import People
import Vault

/// `/settings/channels`: a coordinator enters who carries our messages, tries it, and sees what is stuck.
struct ChannelPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        let query = request.uri.queryParameters
        return try await page(context, saved: query["saved"] != nil, tested: query["tested"] != nil)
    }

    func set(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await site.change(request, context, then: "/settings/channels?saved=yes") { form, caller, tx in
            try Provider.set(try ChannelPage.provider(form), by: caller, keys: keys, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    /// Goes the way of every message: by the outbox, so that what a test shows is true of the rest.
    func test(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (t, keys, site) = (context.t, site.keys, site)
        return try await site.change(request, context, then: "/settings/channels?tested=yes") { form, caller, tx in
            try caller.require(.manageSettings)
            guard try FormReceipt.take(site.once(form, "settings.channels.test", context), in: tx) else { return }
            guard let kind = ChannelKind(rawValue: form["channel"]), try Provider.open(in: tx).contains(kind) else {
                throw Refusal.channelClosed
            }
            guard let address = kind.normalised(form["to"]) else {
                throw Refusal.invalid(["to-\(kind.rawValue)": kind.notAnAddress])
            }
            try Outbox.add(
                Parcel(
                    to: address,
                    subject: t("channels.test_subject|A test from Vecinos"),
                    text: t("channels.test_text|This is a test from Vecinos. It works.")
                ),
                by: kind,
                pool: .now,
                key: "test:\(Ref<Outbox>.new(at: tx.now).text)",
                organisation: caller.organisation,
                expires: .minutes(10),
                keys: keys,
                in: tx
            )
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    func retry(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Outbox> = try context.ref("id")
        return try await site.change(request, context, then: "/settings/channels#stuck") { _, caller, tx in
            try Outbox.retry(id, by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    /// A list of subscribers that an organisation brings along; each line proves its consent.
    func bring(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.manageSettings)
        let form = try await site.memberForm(request, context, limit: 8_388_608)
        guard let file = form.files("file").first, let text = String(validating: file.bytes, as: UTF8.self) else {
            let missing: Phrase = "import.file|Choose a CSV file in UTF-8."
            return try await page(context, form: form, refusal: .invalid(["file": missing]))
        }
        do {
            let places = site.places
            let languages = Set(site.library.languages.map(\.code))
            var (lines, imported) = try Subscriber.readImport(text, at: site.now, languages: languages) {
                places.place($0) != nil
            }
            let (caller, keys) = (context.caller, site.keys)
            while !lines.isEmpty {
                // Some at a time, so that a long list holds up nobody.
                let (part, before) = (Array(lines.prefix(500)), imported)
                lines.removeFirst(part.count)
                imported = try await site.database.write { tx in
                    try Subscriber.take(part, into: before, by: caller, keys: keys, in: tx)
                }
            }
            return try await page(context, imported: imported)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        saved: Bool = false,
        tested: Bool = false,
        imported: Subscriber.Imported? = nil,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        try context.caller.require(.manageSettings)
        let keys = site.keys
        var page = try await site.database.read { [site] tx in
            ChannelPage(
                site: site,
                t: context.t,
                token: context.token.csrf,
                providers: try Provider.all(keys: keys, in: tx),
                counts: try Outbox.counts(in: tx),
                arrivals: try Outbox.arrivals(in: tx),
                dead: try Outbox.dead(in: tx),
                troubles: try Outbox.troubles(in: tx),
                twice: try Outbox.twice(in: tx),
                twiceRuns: try TwiceRun.all(in: tx),
                subscribers: try Subscriber.counts(in: tx)
            )
        }
        (page.isSaved, page.isTested, page.imported, page.form, page.refusal) = (saved, tested, imported, form, refusal)
        page.testToken = site.onceToken("settings.channels.test", context)
        return site.memberPage(
            context,
            place: "/settings",
            title: context.t("channels.title|Channels"),
            status: refusal?.status ?? .ok,
            body: page.body
        )
    }
}
