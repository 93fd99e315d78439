// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Response

/// The end of an incident is a resource: made to close it, deleted to open it again.
struct ClosureAPI {
    let site: Site

    func create(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let seen = try await JSONBody.read(SeenJSON.self, from: request, context)
        let caller = context.caller
        let incident = try await site.database.write { tx in
            try Incident.close(
                id,
                expecting: seen.version?.value,
                despiteReports: seen.despiteReports ?? false,
                by: caller,
                in: tx
            )
            return try Incident.find(id, by: caller, in: tx)
        }
        return .json(IncidentStateJSON(incident), status: .created)
    }

    /// A deletion has no body: the version stands in the query.
    func delete(_ request: Request, _ context: MemberContext) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let id = try context.ref("id", of: Incident.self)
        let version = try request.wholeNumber("version")
        let caller = context.caller
        let incident = try await site.database.write { tx in
            try Incident.reopen(id, expecting: version, by: caller, in: tx)
            return try Incident.find(id, by: caller, in: tx)
        }
        return .json(IncidentStateJSON(incident))
    }
}

private struct SeenJSON: Decodable {
    let version: WholeNumber?
    let despiteReports: Bool?

    private enum CodingKeys: String, CodingKey {
        case version
        case despiteReports = "despite_reports"
    }
}

extension Request {
    /// A number of the query; nil where there is none.
    func wholeNumber(_ name: String) throws -> Int? {
        guard let text = uri.queryParameters[Substring(name)] else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw Refusal.invalid([name: WholeNumber.problem])
        }
        return number
    }
}
