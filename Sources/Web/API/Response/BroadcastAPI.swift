// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import People
import Response
import Vault

/// What goes to many people, for programs of members: the same two keys, the same one that stops. Every change of words
/// names the version it was made from (`If-Match`).
struct BroadcastAPI {
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (caller, exercises) = (context.caller, site.config.isDemonstration)
        let list = try await site.database.read { tx in
            try BroadcastList.load(exercises: exercises, by: caller, in: tx)
        }
        return .json(
            BroadcastsJSON(open: list.open.map(BroadcastLineJSON.init), ended: list.ended.map(BroadcastLineJSON.init))
        )
    }

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await answer(context.ref("id"), context)
    }

    /// What may have gone out twice, by the marks that both copies carry.
    func twice(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        let (caller, keys, from) = (context.caller, site.keys, TwicePages.from(request))
        let all = try await site.database.read { tx in
            try TwiceTold.all(of: id, by: caller, in: tx).map { told in
                TwiceJSON(told, try told.run.marks(from: from, limit: 1_000, keys: keys, in: tx))
            }
        }
        return .json(TwicesJSON(runs: all))
    }

    /// From a confirmed incident, or a notice to a place. The alert that stands for the incident is answered.
    func create(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.draftAlert)
        let receipt = try request.receipt("broadcast", context)
        let sent = try await JSONBody.read(BeginningJSON.self, from: request, context)
        let caller = context.caller
        let incident = try sent.incident.map { text in
            guard let id = Ref<Incident>(text) else { throw Refusal.notFound }
            return id
        }
        let id = try await site.database.write { tx in
            if let incident { return try Broadcast.draft(from: incident, by: caller, in: tx) }
            guard try receipt.map({ try FormReceipt.take($0, in: tx) }) ?? true else {
                throw Refusal(.conflict, "api.sent_already|This was sent already. Look at what came of it.")
            }
            return try Broadcast.notice(Topics(names: [sent.topic ?? ""]), in: sent.zone ?? "", by: caller, in: tx)
        }
        return try await answer(id, context, status: .created)
    }

    /// Puts the words, in all languages at once.
    func write(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        try context.caller.require(.draftAlert)
        let sent = try await JSONBody.read(WordsJSON.self, from: request, context)
        let (version, caller) = (try request.matched(), context.caller)
        try await site.database.write { tx in
            try Broadcast.write(
                id,
                sent.words.mapValues(\.words),
                hours: sent.hours?.value,
                expecting: version,
                by: caller,
                in: tx
            )
        }
        return try await answer(id, context)
    }

    /// The first key: asks a second person to send what is written.
    func ask(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        try context.caller.require(.draftAlert)
        let sent = try await JSONBody.read(KeyJSON.self, from: request, context)
        let (version, caller) = (try request.matched(), context.caller)
        let confirmed = try await sent.confirmed(site, context)
        try await site.database.write { tx in
            try Broadcast.ask(id, expecting: version, confirmed: confirmed, by: caller, in: tx)
        }
        return try await answer(id, context, status: .created)
    }

    /// The second key, of somebody else: from now on it goes out.
    func approve(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        try context.caller.require(.approveAlert)
        let sent = try await JSONBody.read(KeyJSON.self, from: request, context)
        let caller = context.caller
        let confirmed = try await sent.confirmed(site, context)
        try await site.database.write { tx in
            let proposal = try waiting(id, by: caller, in: tx)
            try Proposal.approve(proposal, confirmed: confirmed, by: caller, in: tx)
        }
        return try await answer(id, context, status: .created)
    }

    /// The second person says no, or whoever asked takes it back: then it is a draft again.
    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let (id, caller): (Ref<Broadcast>, Caller) = (try context.ref("id"), context.caller)
        guard caller.can(.draftAlert) || caller.can(.approveAlert) else { throw Refusal.forbidden }
        try await site.database.write { tx in
            let proposal = try waiting(id, by: caller, in: tx)
            if try Broadcast.wasAsked(id, by: caller, in: tx) {
                try Proposal.withdraw(proposal, by: caller, in: tx)
            } else {
                try Proposal.decline(proposal, by: caller, in: tx)
            }
        }
        return try await answer(id, context)
    }

    func stop(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Broadcast.stop(id, by: caller, in: tx) }
    }

    func tryAgain(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Broadcast.tryAgain(id, by: caller, in: tx) }
    }

    func review(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Broadcast.review(id, by: caller, in: tx) }
    }

    func discard(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Broadcast.discard(id, by: caller, in: tx) }
    }

    /// Begins an update or a correction in words of one's own.
    func follow(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        try context.caller.require(.draftAlert)
        let sent = try await JSONBody.read(FollowingJSON.self, from: request, context)
        var choice = JSONChoice()
        let acts: [(name: String, value: Telling.Act)] = [("update", .update), ("correction", .correction)]
        let act = choice.one(of: acts, sent.act, "act")
        try choice.settle()
        let caller = context.caller
        try await site.database.write { tx in
            guard let act else { throw Refusal.notFound }
            try Broadcast.follow(id, with: act, by: caller, in: tx)
        }
        return try await answer(id, context, status: .created)
    }

    /// All clear before its time, or taken back from everybody who got it, in prepared words. One is enough.
    func end(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        guard context.caller.can(.draftAlert) || context.caller.can(.approveAlert) else { throw Refusal.forbidden }
        let sent = try await JSONBody.read(EndingJSON.self, from: request, context)
        var choice = JSONChoice()
        let hows: [(name: String, value: Bool)] = [("withdrawn", true), ("over", false)]
        let isWithdrawn = choice.one(of: hows, sent.how, "how")
        try choice.settle()
        let caller = context.caller
        try await site.database.write { tx in
            if isWithdrawn == true {
                try Broadcast.withdraw(id, by: caller, in: tx)
            } else {
                try Broadcast.over(id, by: caller, in: tx)
            }
        }
        return try await answer(id, context, status: .created)
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Broadcast>, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let (id, caller): (Ref<Broadcast>, Caller) = (try context.ref("id"), context.caller)
        try await site.database.write { tx in try verb(id, caller, tx) }
        return try await answer(id, context)
    }

    private func waiting(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws -> Ref<Proposal> {
        _ = try Broadcast.find(id, by: caller, in: tx)
        guard let proposal = try Telling.all(of: id, in: tx).last(where: { $0.state == .waiting })?.proposal else {
            throw Refusal(.conflict, "broadcast.nobody_asked|Nobody asked for a second person.")
        }
        return proposal
    }

    private func answer(
        _ id: Ref<Broadcast>,
        _ context: MemberContext,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let (caller, t) = (context.caller, context.t)
        let detail = try await site.database.read { tx in try BroadcastDetail.load(id, by: caller, t, in: tx) }
        return .json(
            BroadcastJSON(detail),
            status: status,
            headers: [.contentType: "application/json", .eTag: "\"\(detail.broadcast.version)\""]
        )
    }
}

extension Request {
    /// What stands for this sending, for `FormReceipt`: the `Idempotency-Key` of this caller; nil where there is none.
    func receipt(_ purpose: String, _ context: MemberContext) throws -> [UInt8]? {
        guard headers[.idempotencyKey] != nil else { return nil }
        let key = String(decoding: try MessageJSON.sending(self), as: UTF8.self)
        return Fingerprint.sha256(Array("\(purpose)|\(context.caller.person)|\(key)".utf8))
    }

    /// The version of `If-Match`, as `ETag` gave it; nil where there is none.
    func matched() throws -> Int? {
        guard let text = headers[.ifMatch] else { return nil }
        guard text.hasPrefix("\""), text.hasSuffix("\""), let version = Int(text.dropFirst().dropLast()) else {
            throw Refusal(.conflict, "broadcast.moved|A colleague changed this a moment ago. Look again.")
        }
        return version
    }
}

private struct BeginningJSON: Decodable {
    let incident: String?
    let topic: String?
    let zone: String?
}

private struct WordsJSON: Decodable {
    struct Said: Decodable {
        let subject: String
        let known: String
        let todo: String

        var words: TellingWords { TellingWords(subject: subject, known: known, todo: todo) }
    }

    let words: [String: Said]
    let hours: WholeNumber?
}

/// The caller's own passphrase, and their code where the instance asks for one.
private struct KeyJSON: Decodable {
    let passphrase: String
    let code: String?

    func confirmed(_ site: Site, _ context: MemberContext) async throws -> Confirmation {
        try await site.door.confirm(context.caller, passphrase: passphrase, code: code ?? "")
    }
}

private struct FollowingJSON: Decodable { let act: String }
private struct EndingJSON: Decodable { let how: String }
