// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People
import Response

/// What belongs together, for programs: merges and splits, reports of several incidents, and what only looks alike.
struct GatheringAPI {
    let site: Site

    /// Other open incidents, the nearest in place and time first.
    func near(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let (caller, places) = (context.caller, site.places)
        let found = try await site.database.read { tx in
            try Incident.near(id, places: places, by: caller, in: tx)
        }
        return .json(NearJSON(items: found.map { CardJSON($0.card, site, context.t) }))
    }

    /// Answers the one that both are now.
    func merge(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(MergeJSON.self, request, context, status: .created) { id, body, caller, tx in
            guard let other = Ref<Incident>(body.other) else {
                throw Refusal.invalid(["other": IncidentPages.noOther])
            }
            return try Incident.unite(
                id,
                with: other,
                expecting: body.version?.value,
                despiteReports: body.despiteReports ?? false,
                by: caller,
                in: tx
            )
        }
    }

    /// Answers the new one.
    func split(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(SplitJSON.self, request, context, status: .created) { id, body, caller, tx in
            let reports = body.reports.prefix(1_000).compactMap { Ref<Report>($0) }
            guard !reports.isEmpty, reports.count == body.reports.count else {
                throw Refusal.invalid(["reports": "incident.split_missing|Choose at least one report."])
            }
            return try Incident.split(reports, from: id, expecting: body.version?.value, by: caller, in: tx)
        }
    }

    func link(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(LinkJSON.self, request, context, status: .created) { id, body, caller, tx in
            guard let report = Ref<Report>(body.report) else {
                throw Refusal.invalid(["report": IncidentPages.noReport])
            }
            try Incident.link(report, to: id, expecting: body.version?.value, by: caller, in: tx)
            return id
        }
    }

    func unlink(_ request: Request, _ context: MemberContext) async throws -> Response {
        let report = try context.ref("report", of: Report.self)
        let version = try request.wholeNumber("version")
        return try await withdraw(request, context) { id, caller, tx in
            try Incident.unlink(report, from: id, expecting: version, by: caller, in: tx)
        }
    }

    func dismiss(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(MergeJSON.self, request, context, status: .created) { id, body, caller, tx in
            guard let other = Ref<Incident>(body.other) else {
                throw Refusal.invalid(["other": IncidentPages.noOther])
            }
            try Incident.dismissSuggestion(of: other, for: id, by: caller, in: tx)
            return id
        }
    }

    func restore(_ request: Request, _ context: MemberContext) async throws -> Response {
        let other = try context.ref("other", of: Incident.self)
        return try await withdraw(request, context) { id, caller, tx in
            try Incident.restoreSuggestion(of: other, for: id, by: caller, in: tx)
        }
    }

    /// `verb` answers which incident is shown.
    private func change<Body: Decodable & Sendable>(
        _ type: Body.Type,
        _ request: Request,
        _ context: MemberContext,
        status: HTTPResponse.Status,
        _ verb: @escaping @Sendable (Ref<Incident>, Body, Caller, Transaction) throws -> Ref<Incident>
    ) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let body = try await JSONBody.read(type, from: request, context)
        let caller = context.caller
        let incident = try await site.database.write { tx in
            try Incident.find(verb(id, body, caller, tx), by: caller, in: tx)
        }
        return .json(IncidentStateJSON(incident), status: status)
    }

    private func withdraw(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Incident>, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let id = try context.ref("id", of: Incident.self)
        let caller = context.caller
        let incident = try await site.database.write { tx in
            try verb(id, caller, tx)
            return try Incident.find(id, by: caller, in: tx)
        }
        return .json(IncidentStateJSON(incident))
    }
}

private struct NearJSON: Encodable {
    let items: [CardJSON]
}

private struct MergeJSON: Decodable {
    let other: String
    let version: WholeNumber?
    let despiteReports: Bool?

    private enum CodingKeys: String, CodingKey {
        case other, version
        case despiteReports = "despite_reports"
    }
}

private struct SplitJSON: Decodable {
    let reports: [String]
    let version: WholeNumber?
}

private struct LinkJSON: Decodable {
    let report: String
    let version: WholeNumber?
}
