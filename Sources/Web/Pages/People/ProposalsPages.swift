// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import People
import Response
import Vault

/// `/people/decisions`: what takes two people. What was asked, by whom and why; and the second person's yes or no.
struct ProposalsPages {
    static let path = "/people/decisions"
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await list(context)
    }

    func one(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await shown(try context.ref("id"), context)
    }

    func approve(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await decide(request, context) { id, confirmed, caller, tx in
            guard let confirmed else { throw Refusal.notConfirmed }
            try Proposal.approve(id, confirmed: confirmed, by: caller, in: tx)
        }
    }

    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await decide(request, context, confirms: false) { id, _, caller, tx in
            try Proposal.decline(id, by: caller, in: tx)
        }
    }

    func withdraw(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await decide(request, context, confirms: false) { id, _, caller, tx in
            try Proposal.withdraw(id, by: caller, in: tx)
        }
    }

    /// Asks to take something out of the house.
    func askExport(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        do {
            guard let what = BulkExport.What(rawValue: form["what"]) else { throw Refusal.notFound }
            let asked = try await site.ask(BulkExport(what), form, context)
            return .see("\(Self.path)/\(asked.id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await list(context, form: form, refusal: refusal)
        }
    }

    /// The file, once: the permit is used up in the transaction that reads it.
    func export(_ request: Request, _ context: MemberContext) async throws -> Response {
        _ = try await site.memberForm(request, context)
        let (id, caller): (Ref<Proposal>, Caller) = (try context.ref("id"), context.caller)
        do {
            let (what, csv) = try await site.database.write { tx in
                let what = try BulkExport.spend(id, by: caller, in: tx)
                return (what, try ExportFile.csv(of: what, in: tx))
            }
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/csv; charset=utf-8",
                    .contentDisposition: "attachment; filename=\"\(what.rawValue).csv\"",
                    .cacheControl: "no-store",
                    .contentSecurityPolicy: "default-src 'none'; sandbox",
                ],
                body: .init(byteBuffer: ByteBuffer(bytes: csv))
            )
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await shown(id, context, refusal: refusal)
        }
    }

    private func decide(
        _ request: Request,
        _ context: MemberContext,
        confirms: Bool = true,
        _ verb: @escaping @Sendable (Ref<Proposal>, Confirmation?, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let (id, caller): (Ref<Proposal>, Caller) = (try context.ref("id"), context.caller)
        let form = try await site.memberForm(request, context)
        do {
            let confirmed = confirms ? try await site.confirm(form, context) : nil
            try await site.database.write { tx in try verb(id, confirmed, caller, tx) }
            return .see("\(Self.path)/\(id)")
        } catch let refusal as Refusal where refusal.isForTheForm || refusal.kind == .forbidden {
            return try await shown(id, context, refusal: refusal)
        }
    }

    private func shown(
        _ id: Ref<Proposal>,
        _ context: MemberContext,
        refusal: Refusal? = nil
    ) async throws -> Response {
        let (caller, t) = (context.caller, context.t)
        let detail = try await site.database.read { tx in try Proposal.detail(id, by: caller, t, in: tx) }
        let body = ProposalPage(
            site: site,
            t: t,
            caller: caller,
            token: context.token.csrf,
            detail: detail,
            refusal: refusal
        ).body
        return page(context, body, refusal)
    }

    private func list(
        _ context: MemberContext,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let (caller, t) = (context.caller, context.t)
        let (open, decided) = try await site.database.read { tx in
            (
                try Proposal.open(for: caller, in: tx).map { try Proposal.detail($0.id, by: caller, t, in: tx) },
                try Proposal.decided(for: caller, in: tx).map { try Proposal.detail($0.id, by: caller, t, in: tx) }
            )
        }
        let body = ProposalsPage(
            site: site,
            t: t,
            caller: caller,
            token: context.token.csrf,
            open: open,
            decided: decided,
            form: form,
            refusal: refusal
        ).body
        return page(context, body, refusal)
    }

    private func page(_ context: MemberContext, _ body: HTML, _ refusal: Refusal?) -> Response {
        site.memberPage(
            context,
            place: "/people",
            title: context.t("proposals.title|Decisions"),
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}

extension Site {
    /// Asks for what takes two, with the passphrase typed into `ConfirmFields` and the reason in the field `reason`.
    func ask(_ act: some TwoPersonAct, _ form: Form, _ context: MemberContext) async throws -> Proposal {
        let confirmed = try await confirm(form, context)
        let (reason, caller) = (form["reason"], context.caller)
        return try await database.write { tx in
            try Proposal.ask(act, because: reason, confirmed: confirmed, by: caller, in: tx)
        }
    }
}

/// A table as CSV. Cells that a spreadsheet would run as a formula begin with an apostrophe.
enum ExportFile {
    static func csv(of what: BulkExport.What, in tx: Transaction) throws -> [UInt8] {
        switch what {
        case .incidents: lines(try IncidentTable.rows(in: tx))
        case .counts:
            lines(
                [["day", "zone", "what", "count"]]
                    + (try Retention.counts(in: tx).map { [$0.day, $0.zone, $0.what, "\($0.count)"] })
            )
        }
    }

    private static func lines(_ rows: [[String]]) -> [UInt8] {
        rows.flatMap { row in Array(row.map(cell).joined(separator: [UInt8(ascii: ",")])) + [13, 10] }
    }

    /// On bytes: a quote is doubled wherever it stands.
    private static func cell(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        if let first = bytes.first, "=+-@\t\r".utf8.contains(first) { bytes.insert(UInt8(ascii: "'"), at: 0) }
        let quoted = bytes.flatMap { $0 == UInt8(ascii: "\"") ? [$0, $0] : [$0] }
        return [UInt8(ascii: "\"")] + quoted + [UInt8(ascii: "\"")]
    }
}
