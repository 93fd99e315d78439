// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response

/// The live board and one incident of it, for programs of members who may see the board.
struct IncidentAPI {
    let site: Site

    static let longestPage = 100

    /// Open incidents, the newest first; closed ones where `state` asks for them. `state` and `since` (last report)
    /// choose, `before` and `limit` turn the page.
    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        let query = try IncidentQuery(request)
        let caller = context.caller
        let found = try await site.database.read { tx in try query.cards(by: caller, in: tx) }
        let page = found.prefix(query.limit).map { CardJSON($0, site, context.t) }
        return .json(CardsJSON(items: page, next: found.count > page.count ? page.last?.id : nil))
    }

    /// Everything about one, its sealed parts opened where the caller's keys allow. `before` turns the page of its timeline.
    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let caller = context.caller
        let before = try request.wholeNumber("before")
        let detail = try await site.database.read { tx in
            _ = try Incident.find(id, by: caller, in: tx)
            try caller.require(.seeBoard)
            return try IncidentDetail.load(id, before: before, by: caller, in: tx)
        }
        try await detail.witness(by: caller, in: site.database)
        return .json(IncidentJSON(detail, site, context.t))
    }
}

/// What a list is asked for.
private struct IncidentQuery {
    let state: IncidentState?
    let since: Instant?
    let before: Ref<Incident>?
    let limit: Int

    init(_ request: Request) throws {
        let query = request.uri.queryParameters
        var choice = JSONChoice()
        var problems: [String: Phrase] = [:]
        state = query["state"].flatMap { choice.one(of: IncidentState.self, String($0), "state") }
        since = Instant.read(query["since"].map(String.init), "since", &problems)
        before = query["before"].flatMap { Ref<Incident>(String($0)) }
        limit = min(max(try request.wholeNumber("limit") ?? 50, 1), IncidentAPI.longestPage)
        try choice.settle()
        if !problems.isEmpty { throw Refusal.invalid(problems) }
    }

    /// What is asked for, the newest first, and where there is more than a page, one of the next at least.
    func cards(by caller: Caller, in tx: Transaction) throws -> [Board.Card] {
        if state == .closed {
            return try Board.closed(since: since, before: before, limit: limit + 1, by: caller, in: tx)
        }
        let board = try Board.snapshot(by: caller, in: tx)
        return (board.toVerify + board.active).filter(wants).sorted { $0.id.text > $1.id.text }
    }

    private func wants(_ card: Board.Card) -> Bool {
        (state.map { card.state == $0 } ?? true) && (since.map { card.lastReportAt >= $0 } ?? true)
            && (before.map { card.id.text < $0.text } ?? true)
    }
}

private struct CardsJSON: Encodable {
    let items: [CardJSON]
    /// For `before`; none on the last page.
    let next: String?
}

/// One incident as the board shows it, without a sealed word.
struct CardJSON: Encodable {
    let id: String
    let kind: String
    let zone: String?
    let place: String
    let state: String
    let truth: String
    let over: Bool
    let level: String
    let explanation: String?
    let reports: Int
    let independent: Int
    /// Accounts that say the same, and the questions of a report that they answer alike.
    let agreeing: Int
    let agreedOn: [String]
    /// What stands first in its list has the smallest.
    let order: Int64
    let firstSeen: String
    let lastReport: String
    let answeredAt: String?
    let reviewAt: String?
    let expiresAt: String?
    let asked: Int
    let accepted: Int
    let onTheWay: Int
    let onScene: Int
    /// On scene, and past a check-in.
    let overdue: Int
    let suggestions: Int
    let overflow: Bool
    let exercise: Bool
    let mergedInto: String?
    let version: Int

    init(_ card: Board.Card, _ site: Site, _ t: Words) {
        (id, kind, zone, place) = (card.id.text, card.kind.rawValue, card.zone, site.placeName(card.zone, t))
        (state, truth, over, level) = (card.state.rawValue, card.truth.rawValue, card.isOver, card.level.name)
        explanation = card.explanation?.text(in: t.language.code)
        (reports, independent) = (card.reports, card.independent)
        (agreeing, agreedOn, order) = (card.accord.accounts, card.accord.agreed.map(\.rawValue), card.order)
        (firstSeen, lastReport) = (card.firstSeenAt.iso8601, card.lastReportAt.iso8601)
        answeredAt = card.answeredAt?.iso8601
        reviewAt = card.reviewAt?.iso8601
        expiresAt = card.expiresAt?.iso8601
        (asked, accepted, onTheWay, onScene) = (card.asked, card.accepted, card.onTheWay, card.onScene)
        overdue = card.overdue
        (suggestions, overflow, exercise) = (card.suggestions, card.isOverflow, card.isExercise)
        mergedInto = card.mergedInto?.text
        version = card.version
    }

    private enum CodingKeys: String, CodingKey {
        case id, kind, zone, place, state, truth, over, level, explanation, reports, independent, asked, accepted
        case overdue, suggestions, overflow, exercise, version, agreeing, order
        case agreedOn = "agreed_on"
        case firstSeen = "first_seen"
        case lastReport = "last_report"
        case answeredAt = "answered_at"
        case reviewAt = "review_at"
        case expiresAt = "expires_at"
        case onTheWay = "on_the_way"
        case onScene = "on_scene"
        case mergedInto = "merged_into"
    }
}
