// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Messaging
import People
import Response

/// What may have gone out twice: all of it for a coordinator, one broadcast's for whoever sees the broadcast.
struct TwicePages {
    let site: Site

    func all(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.manageSettings)
        let wanted = request.uri.queryParameters["run"].map { TwicePage.read($0) }
        let (from, keys) = (Self.from(request), site.keys)
        let page = try await site.database.read { [site] tx in
            let runs = try TwiceRun.all(in: tx)
            var page = TwicePage(
                site: site,
                t: context.t,
                single: try Outbox.twice(in: tx).map { ($0, try $0.about(in: tx)) },
                runs: runs,
                tellings: try Telling.named(runs.map(\.bulletin), in: tx)
            )
            if let wanted {
                guard let wanted, let run = try TwiceRun.find(wanted.bulletin, wanted.channel, in: tx) else {
                    throw Refusal.notFound
                }
                page.chosen = (run, try run.marks(from: from, limit: TwicePart.most, keys: keys, in: tx), from)
            }
            return page
        }
        return site.memberPage(
            context,
            place: "/settings",
            title: context.t("twice.title|May have gone out twice"),
            body: page.body
        )
    }

    /// `/broadcasts/ID/twice`.
    func broadcast(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        let wanted = request.uri.queryParameters["run"].flatMap { TwicePage.read($0) }
        let (caller, keys, from, t) = (context.caller, site.keys, Self.from(request), context.t)
        let all = try await site.database.read { tx in
            try TwiceTold.all(of: id, by: caller, in: tx).filter { told in
                wanted.map { told.run.bulletin == $0.bulletin && told.run.channel == $0.channel } ?? true
            }.map { told in
                (told, try told.run.marks(from: from, limit: TwicePart.most, keys: keys, in: tx))
            }
        }
        let path = "\(BroadcastPages.path)/\(id)"
        let part = TwicePart(site: site, t: t)
        let runs: [HTML] = all.map { told, marks in
            let more = "\(path)/twice?run=\(TwicePage.key(told.run))"
            return part.run(told.run, marks, name: "\(t(told.telling.act.label))", from: from, more: more)
        }
        let none: HTML = runs.isEmpty ? "<p role=\"status\">\(t("channels.twice_none|None."))</p>" : .empty
        return site.memberPage(
            context,
            place: BroadcastPages.path,
            title: t("twice.title|May have gone out twice"),
            body: """
                <div class="stack"><p><a href="\(path)">\(t("twice.back|Back to the alert"))</a></p>\
                <h1>\(t("twice.title|May have gone out twice"))</h1>\(part.lead)\(none)\(runs)</div>
                """
        )
    }

    /// Where a list begins that is longer than a page.
    static func from(_ request: Request) -> Int {
        min(max(request.uri.queryParameters["from"].flatMap { Int($0) } ?? 0, 0), 10_000_000)
    }
}
