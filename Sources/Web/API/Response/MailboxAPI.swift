// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// A reporter's thread for programs, with nothing but the code. A code that can't be one takes the same way as one that
/// we don't know.
struct MailboxAPI {
    let site: Site

    /// What was written, oldest first; what the team wrote counts as read from now on.
    func list(_ request: Request, _ context: SiteContext) async throws -> Response {
        guard site.throttle.allowsCode(from: context.peer) else { throw Refusal.tooManyCodes }
        let code = try await JSONBody.read(ThreadJSON.self, from: request).known
        let (isKnown, thread) = try await site.database.read { tx in
            (try Report.find(code, in: tx) != nil, try Mailbox.look(code, in: tx))
        }
        guard isKnown else {
            site.throttle.countWrongCode(from: context.peer)
            throw Refusal.unknownCode
        }
        let entries = try thread?.open(with: code) ?? []
        if thread?.hasUnread(from: .team) ?? false {
            try await site.database.write { tx in try Mailbox.markRead(code, in: tx) }
        }
        return .json(MessagesJSON(items: entries.map(MessageJSON.init)))
    }

    /// 201. Without an `Idempotency-Key` every sending counts.
    func write(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let asked = try await JSONBody.read(ThreadJSON.self, from: request)
        let sending = try MessageJSON.sending(request)
        try await site.database.write { tx in
            try Mailbox.write(asked.message ?? "", with: asked.known, sending: sending, in: tx)
        }
        return .json(DoneJSON(), status: .created)
    }

    /// One message by its id, or all with `"all": true`.
    func delete(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let asked = try await JSONBody.read(ThreadJSON.self, from: request)
        let id = asked.id.flatMap(Ref<MailboxMessage>.init)
        guard asked.all == true || id != nil else {
            throw Refusal.invalid(["id": "problem.missing|This is missing."])
        }
        let one = asked.all == true ? nil : id
        try await site.database.write { tx in try Mailbox.burn(one, with: asked.known, in: tx) }
        return .json(DoneJSON())
    }
}

/// The team's side of it: the threads of an incident's reports.
struct MailboxDeskAPI {
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let caller = context.caller
        try caller.require(.triage)
        let threads = try await site.database.read { tx in
            _ = try Incident.find(id, by: caller, in: tx)
            let reports = try Report.all(of: id, in: tx).map(\.id)
            return try Mailbox.threads(of: reports, by: caller, in: tx)
        }
        let items = threads.values.sorted { $0.mailbox.report.text < $1.mailbox.report.text }.map { thread in
            ReportMessagesJSON(
                report: thread.mailbox.report.text,
                messages: thread.open(by: caller).map(MessageJSON.init)
            )
        }
        return .json(ThreadsJSON(items: items))
    }

    /// 201. The report must be one of the incident.
    func send(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let asked = try await JSONBody.read(SendJSON.self, from: request, context)
        let sending = try MessageJSON.sending(request)
        let caller = context.caller
        guard let report = Ref<Report>(asked.report) else { throw Refusal.notFound }
        try await site.database.write { tx in
            guard
                try Report.all(of: Incident.find(id, by: caller, in: tx).id, in: tx).contains(where: { $0.id == report }
                )
            else { throw Refusal.notFound }
            try Mailbox.send(asked.message, to: report, sending: sending, by: caller, in: tx)
        }
        return .json(DoneJSON(), status: .created)
    }
}

private struct ThreadJSON: Decodable {
    let code: String
    let message: String?
    let id: String?
    let all: Bool?

    /// Where the typing is wrong, some code that nobody was given.
    var known: ReporterCode { (try? ReporterCode(typed: code)) ?? .generate() }
}

private struct SendJSON: Decodable {
    let report: String
    let message: String
}

private struct DoneJSON: Encodable { let done = true }
private struct MessagesJSON: Encodable { let items: [MessageJSON] }
private struct ThreadsJSON: Encodable { let items: [ReportMessagesJSON] }

private struct ReportMessagesJSON: Encodable {
    let report: String
    let messages: [MessageJSON]
}

/// One message; without `message` and `at` where it can't be opened.
struct MessageJSON: Encodable {
    let id: String
    let from: String
    let message: String?
    let at: String?
    let unread: Bool
    let deletedAt: String?

    init(_ entry: MailboxThread.Entry) {
        id = entry.message.id.text
        from = entry.message.sender.rawValue
        message = entry.words.content?.text
        at = entry.words.content?.at.iso8601
        unread = entry.message.isUnread
        deletedAt = entry.message.burnsAt?.iso8601
    }

    /// The client's key, or one of this sending alone.
    static func sending(_ request: Request) throws -> [UInt8] {
        guard let key = request.headers[.idempotencyKey] else { return Secret.random().bytes }
        guard (1...Submission.longestKey).contains(key.utf8.count) else {
            throw Refusal.invalid([
                "Idempotency-Key": Phrase(
                    "response.bad_key|Use 1 to {limit} letters.",
                    ["limit": "\(Submission.longestKey)"]
                )
            ])
        }
        return Array(key.utf8)
    }

    private enum CodingKeys: String, CodingKey {
        case id, from, message, at, unread
        case deletedAt = "deleted_at"
    }
}
