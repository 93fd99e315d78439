// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Response
import Vault

/// `/report`: three short steps that need no script. What was answered travels in the form itself; nothing is kept on
/// the server until it is sent, and sending the same form twice stores one report and shows the same code.
struct ReportPages {
    let site: Site

    func start(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await show(ReportDraft(), .what, context)
    }

    func step(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (form, files) = try await site.upload(
            request,
            field: "photo",
            from: site.throttle.source(of: context.peer)
        )
        var draft = ReportDraft(form)
        if !files.isEmpty { draft.hadFiles = true }
        switch (ReportStep(rawValue: form["step"]) ?? .what, form["go"]) {
        case (.what, _):
            guard draft.kind != nil else {
                return try await show(draft, .what, context, refusal: .invalid(["kind": ReportDraft.kindMissing]))
            }
            return try await show(draft, .where, context)
        case (.where, "back"):
            return try await show(draft, .what, context)
        case (.where, _):
            if let problem = draft.settlePlace(site.places) {
                return try await show(draft, .where, context, refusal: .invalid(problem))
            }
            return try await show(draft, .when, context)
        case (.when, "back"):
            return try await show(draft, .where, context)
        case (.when, _):
            return try await send(draft, form, files, context)
        }
    }

    private func send(
        _ draft: ReportDraft,
        _ form: Form,
        _ files: ReceivedFiles,
        _ context: SiteContext
    ) async throws -> Response {
        do {
            let token = try FormToken(form["_token"], for: ReportDraft.purpose, at: site.now, keys: site.keys)
            var filing = draft.filing(now: site.now)
            filing.language = context.t.language.code
            filing.files = files
            filing.source = site.throttle.witness(of: context.peer)
            // A field that people don't see is filled by programs, and sometimes by a helpful browser: such a report, and
            // one that comes sooner than anybody types, waits in the other lane. None is refused.
            let isOdd = !form["website"].isEmpty || site.throttle.isHasty(token)
            filing.isOverflow = !site.throttle.allowsReport(from: context.peer) || isOdd
            let receipt = try await site.intake.take(filing, submission: .form(nonce: token.nonce))
            return receiptPage(receipt, context)
        } catch let refusal as Refusal where refusal.kind == .invalid {
            return try await show(draft, .when, context, refusal: refusal)
        } catch let error where Site.isAway(error) {
            // The same token: perhaps it is stored already, and one more press must not store it twice.
            let refusal = Site.plain(error) as? Refusal
            return try await show(draft, .when, context, refusal: refusal, token: form["_token"])
        } catch is FormToken.Problem {
            let old: Phrase =
                "report.form_old|This page was open for a long time. Please send it again. Nothing was lost."
            return try await show(draft, .when, context, refusal: Refusal(.invalid, old))
        }
    }

    private func show(
        _ draft: ReportDraft,
        _ step: ReportStep,
        _ context: SiteContext,
        refusal: Refusal? = nil,
        token: String? = nil
    ) async throws -> Response {
        // What was typed goes before what is known of the place: that can be missing.
        let status = step == .when ? try? await site.status.current().value : nil
        let page = ReportPage(
            site: site,
            t: context.t,
            draft: draft,
            step: step,
            refusal: draft.hadFiles ? refusal?.withFilesGone : refusal,
            token: token ?? FormToken.issue(for: ReportDraft.purpose, at: site.now, keys: site.keys),
            status: status
        )
        return site.page(
            Layout(
                site: site,
                t: context.t,
                path: "/report",
                title: context.t("report.title|Report what you see"),
                mainClass: "page narrow stack",
                scripts: ["where.js"],
                body: page.body
            ),
            status: refusal.map { Site.status(of: $0) } ?? .ok
        )
    }

    private func receiptPage(_ receipt: Intake.Receipt, _ context: SiteContext) -> Response {
        let page = ReceiptPage(site: site, t: context.t, code: receipt.code, isChanged: receipt.isChanged)
        return site.page(
            Layout(
                site: site,
                t: context.t,
                path: "/report",
                title: context.t("report.receipt_title|Thank you"),
                mainClass: "page narrow stack",
                body: page.body
            )
        )
    }
}

extension Refusal {
    /// A browser never sends a file twice by itself: "nothing was lost" would not be so.
    var withFilesGone: Refusal {
        if kind == .unavailable, self != .inDoubt {
            return Refusal(
                .unavailable,
                "refusal.storage_files|We can't save right now. Your words are kept. Please try again in a minute."
            )
        }
        guard kind == .invalid else { return self }
        return fields.isEmpty
            ? Refusal(.invalid, "refusal.old_files|This page was open for a long time. Please send it again.")
            : Refusal(
                .invalid,
                "refusal.invalid_files|Please check the marked answers. Your words are kept.",
                fields: fields
            )
    }

    /// Beside the field that is empty again.
    static let filesGone: Phrase = "report.files_gone|Your files did not come along. Please choose them again."
}

enum ReportStep: String { case what, `where`, when }

/// What a neighbour has answered so far, as typed.
struct ReportDraft {
    static let purpose = "report"
    static let kindMissing: Phrase = "report.kind_missing|Choose what you see. You do not need to be sure."

    var kind: ReportKind?
    var place = ""
    /// The neighborhood the place was understood as, shown back before anything is sent. Empty for two streets that cross,
    /// when nobody said where.
    var zone = ""
    var latitude = ""
    var longitude = ""
    var when = "now"
    var words = ""
    var salute = Salute()
    /// Files came with a step that was not the last: no browser sends them again by itself.
    var hadFiles = false

    init() {}

    init(_ form: Form) {
        kind = ReportKind(rawValue: form["kind"])
        place = form["place"]
        zone = form["zone"]
        latitude = form["latitude"]
        longitude = form["longitude"]
        if ["now", "15", "60", "earlier"].contains(form["when"]) { when = form["when"] }
        words = form["words"]
        hadFiles = form.isOn("files_gone")
        salute = Salute(
            size: form.optional("size"),
            activity: form.optional("activity"),
            location: nil,
            uniform: form.optional("uniform"),
            time: nil,
            equipment: form.optional("equipment")
        )
    }

    var point: Point? {
        guard let latitude = Double(latitude), let longitude = Double(longitude) else { return nil }
        return Point(latitude: latitude, longitude: longitude)
    }

    /// Works out which neighborhood is meant; by field, the words for the person when it can't be. `zone` says that the
    /// place is not known, and where to go on from there.
    mutating func settlePlace(_ places: Places) -> [String: Phrase]? {
        if let point {
            guard let near = places.nearest(to: point) else {
                return ["place": "report.too_far|That is outside the area we serve. Write the place, or call us."]
            }
            zone = near.id
            return nil
        }
        if !zone.isEmpty, places.place(zone) != nil { return nil }
        guard !place.isEmpty else {
            return ["place": "report.place_missing|Write a place, or two streets that cross."]
        }
        guard place.unicodeScalars.count <= 200 else {
            return ["place": "report.place_long|This is too long. Write only the place."]
        }
        let found = places.search(place)
        zone = found.lazy.compactMap(\.place).first?.id ?? ""
        // Two streets that cross are a place, also where nobody said in which neighborhood.
        if !zone.isEmpty || found.contains(where: { $0.crossing != nil }) { return nil }
        return ["zone": "report.place_listed|Choose the neighborhood from the list."]
    }

    /// The two streets that were typed.
    func crossing(in places: Places) -> Crossing? { places.search(place).lazy.compactMap(\.crossing).first }

    func filing(now: Instant) -> ReportFiling {
        let minutes: Int =
            switch when {
            case "15": 10
            case "60": 40
            case "earlier": 180
            default: 0
            }
        return ReportFiling(
            kind: kind?.rawValue,
            words: words.isEmpty ? nil : words,
            whereabouts: Whereabouts(
                text: place.isEmpty ? nil : place,
                place: zone.isEmpty ? nil : zone,
                point: point
            ),
            seenAt: now - .minutes(minutes),
            salute: salute
        )
    }
}
