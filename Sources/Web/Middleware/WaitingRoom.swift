// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Synchronization
import Vault

/// How many public pages are being made at once, and who is next when that is too many. A visitor who must wait gets a
/// signed ticket with their place in the line; the page asks again by itself, without script.
///
/// Never for reports, for a reporter's answer, for the door of members or for members themselves: see `Turnstile`.
package final class WaitingRoom: Sendable {
    enum Outcome: Equatable {
        case inside
        /// The ticket to come back with, and how many are before it.
        case wait(ticket: String, ahead: Int)
    }

    private struct State {
        var inside = 0
        /// The last place that was handed out, and the last that was let in.
        var given = 0
        var admitted = 0
    }

    /// Who left the line must not hold it up: after so long a ticket goes in as soon as there is room.
    private static let patience = Duration.seconds(60)
    private static let oldest = Duration.minutes(10)
    private static let purpose = "waiting room"

    private let limit: Int
    private let state = Mutex(State())

    package init(limit: Int = 200) { self.limit = limit }

    /// Whoever is `inside` calls `leave`, once.
    func enter(_ ticket: String?, at now: Instant, keys: InstanceKeys) -> Outcome {
        let held = ticket.flatMap { Self.read($0, at: now, keys: keys) }
        let place: Int? = state.withLock { state in
            // Of another process, or from before a restart: numbers start anew.
            let known = held.flatMap { $0.place <= state.given ? $0 : nil }
            let room = limit - state.inside
            let isNext =
                if let known {
                    known.place - state.admitted <= room || now - known.since >= Self.patience
                } else {
                    state.given == state.admitted
                }
            if room > 0, isNext {
                state.inside += 1
                state.admitted = max(state.admitted, known?.place ?? state.admitted)
                return nil
            }
            if let known { return known.place }
            state.given += 1
            return state.given
        }
        guard let place else { return .inside }
        let ahead = state.withLock { max(0, place - $0.admitted - 1) }
        if let ticket, held?.place == place { return .wait(ticket: ticket, ahead: ahead) }
        return .wait(ticket: Self.issue(place, at: now, keys: keys), ahead: ahead)
    }

    func leave() {
        state.withLock { state in
            state.inside -= 1
            // Nobody can be waiting who was not given a place; an empty house lets everybody in again.
            if state.inside == 0 { state.admitted = min(state.given, state.admitted + limit) }
        }
    }

    /// `place.token`, signed with the boot key as every form is.
    private static func issue(_ place: Int, at now: Instant, keys: InstanceKeys) -> String {
        "\(place).\(FormToken.issue(for: "\(purpose)|\(place)", at: now, keys: keys))"
    }

    private static func read(_ ticket: String, at now: Instant, keys: InstanceKeys) -> (place: Int, since: Instant)? {
        let parts = ticket.utf8.split(separator: UInt8(ascii: "."))
        guard parts.count == 2, let place = Int(Substring(parts[0])), place > 0,
            let token = try? FormToken(
                String(Substring(parts[1])),
                for: "\(purpose)|\(place)",
                at: now,
                keys: keys,
                oldest: oldest
            )
        else { return nil }
        return (place, token.issuedAt)
    }
}

/// The door of the waiting room: public pages only.
struct Turnstile: RouterMiddleware {
    private static let free = [
        "/report", "/sign-in", "/invitations/", "/unlock", "/leave", "/healthz", "/static/", "/api/",
    ]
    private static let again = 8

    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: @concurrent (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard request.method == .get, request.cookies[site.sessionCookie] == nil,
            !Self.free.contains(where: { path.hasPrefix($0) })
        else { return try await next(request, context) }
        let ticket = request.uri.queryParameters["place"].map(String.init)
        switch site.room.enter(ticket, at: site.now, keys: site.keys) {
        case .inside:
            defer { site.room.leave() }
            return try await next(request, context)
        case .wait(let ticket, let ahead):
            return waiting(path, ticket, ahead, context)
        }
    }

    /// As light as a page can be: it is made when there is no time for pages.
    private func waiting(_ path: String, _ ticket: String, _ ahead: Int, _ context: SiteContext) -> Response {
        let t = context.t
        let next = "\(path)?place=\(ticket)"
        let title = t("waiting.title|Many people are here right now")
        let line =
            ahead == 0
            ? t("waiting.next|You are next.")
            : t("waiting.ahead|{n} person is before you.|{n} people are before you.", n: ahead)
        let html: HTML = """
            <!doctype html>
            <html lang="\(t.language.code)" dir="\(t.language.direction)"><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(title)</title>\
            <meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="\(Self.again);url=\(next)">\
            <link rel="stylesheet" href="\(site.statics.path("app.css"))"></head>
            <body class="public"><main class="page narrow stack" id="main"><h1>\(title)</h1>\
            <p class="lead">\(line) \(t("waiting.keeps|This page keeps your place and tries again by itself."))</p>\
            <div class="row"><a class="button first" href="\(next)">\(t("waiting.now|Try now"))</a></div>\
            <h2>\(t("waiting.report|Do you see something now?"))</h2>\
            <p>\(t("waiting.report_words|Reports never wait in this line."))</p>\
            <div class="row"><a class="button" href="/report">\(t("shell.report|Report"))</a>\
            <a class="button" href="\(site.pack.hotlineAddress)">\(Parts.icon("phone"))\(Parts.telephone(site.pack.coalition.hotline.number))</a>\
            </div></main></body>
            </html>
            """
        return Response(
            status: .serviceUnavailable,
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: site.publicPolicy,
                .cacheControl: "no-store",
                .retryAfter: "\(Self.again)",
                .contentLanguage: t.language.code,
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: html.bytes))
        )
    }
}
