// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import People
import Response
import Vault

/// The console for programs of members: who called or wrote, and an answer. No answer holds a number.
struct InquiryAPI {
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        let caller = context.caller
        let (found, texts, handles, flood) = try await site.database.read { tx in
            let found = try Inquiry.open(by: caller, in: tx)
            let people = Set(found.compactMap(\.answeredBy)).sorted { $0.text < $1.text }
            return (
                found, try InquiryText.all(of: found.map(\.id), in: tx), try Person.handles(of: people, in: tx),
                try Flood.isOn(in: tx)
            )
        }
        let items = found.map { one in
            InquiryJSON(one, texts[one.id] ?? [], by: one.answeredBy.flatMap { handles[$0] }, caller)
        }
        return .json(InquiriesJSON(flood: flood, items: items))
    }

    /// Goes back the way they came. `turn` is the `count` that was seen: who saw less than there is, answers nothing.
    func answer(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Inquiry> = try context.ref("id")
        try context.caller.require(.answer)
        let sent = try await JSONBody.read(AnswerJSON.self, from: request, context)
        let receipt = try request.receipt("inquiry|\(id)", context)
        let (caller, keys) = (context.caller, site.keys)
        try await site.database.write { tx in
            guard try receipt.map({ try FormReceipt.take($0, in: tx) }) ?? true else { return }
            try Inquiry.answer(id, sent.words, turn: sent.turn.value, by: caller, keys: keys, in: tx)
        }
        return try await one(id, context, status: .created)
    }

    func callBack(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await step(request, context, status: .created) { id, caller, tx in
            try Inquiry.callBack(id, by: caller, keys: keys, in: tx)
        }
    }

    /// Nothing more to do.
    func close(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context, status: .created) { id, caller, tx in
            try Inquiry.close(id, by: caller, in: tx)
        }
    }

    func spam(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context, status: .created) { id, caller, tx in
            try Inquiry.mark(id, spam: true, by: caller, in: tx)
        }
    }

    func noSpam(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context, status: .ok) { id, caller, tx in
            try Inquiry.mark(id, spam: false, by: caller, in: tx)
        }
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        status: HTTPResponse.Status,
        _ verb: @escaping @Sendable (Ref<Inquiry>, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let (id, caller): (Ref<Inquiry>, Caller) = (try context.ref("id"), context.caller)
        try await site.database.write { tx in try verb(id, caller, tx) }
        return try await one(id, context, status: status)
    }

    private func one(_ id: Ref<Inquiry>, _ context: MemberContext, status: HTTPResponse.Status) async throws -> Response
    {
        let caller = context.caller
        let (found, texts, handles) = try await site.database.read { tx in
            let found = try Inquiry.find(id, by: caller, in: tx)
            return (
                found, try InquiryText.all(of: [id], in: tx)[id] ?? [],
                try Person.handles(of: found.answeredBy.map { [$0] } ?? [], in: tx)
            )
        }
        return .json(InquiryJSON(found, texts, by: found.answeredBy.flatMap { handles[$0] }, caller), status: status)
    }
}

private struct AnswerJSON: Decodable {
    let words: String
    let turn: WholeNumber
}

private struct InquiriesJSON: Encodable {
    let flood: Bool
    let items: [InquiryJSON]
}

/// One number's line, without the number.
private struct InquiryJSON: Encodable {
    struct TextJSON: Encodable {
        let at: String
        let ours: Bool
        /// Missing where the caller's keys don't open it.
        let words: String?
    }

    let id: String
    let channel: String
    let language: String
    let zone: String?
    let lane: String
    let state: String
    let partner: String?
    let count: Int
    let cameAt: String
    let lastAt: String
    let answeredBy: String?
    let texts: [TextJSON]

    init(_ inquiry: Inquiry, _ texts: [InquiryText], by handle: String?, _ caller: Caller) {
        id = inquiry.id.text
        channel = inquiry.channel.rawValue
        language = inquiry.language
        zone = inquiry.zone
        lane = inquiry.lane.rawValue
        state = inquiry.state.rawValue
        partner = inquiry.partner
        count = inquiry.count
        cameAt = inquiry.cameAt.iso8601
        lastAt = inquiry.lastAt.iso8601
        answeredBy = handle
        self.texts = texts.map { text in
            let words: String? = if case .open(let words) = text.words(by: caller) { words } else { nil }
            return TextJSON(at: text.at.iso8601, ours: text.isOurs, words: words)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id, channel, language, zone, lane, state, partner, count, texts
        case cameAt = "came_at"
        case lastAt = "last_at"
        case answeredBy = "answered_by"
    }
}
