// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People

/// The site map: one line a route, grouped by who may enter. What is not named here does not exist.
package struct Routes {
    let site: Site

    package init(site: Site) { self.site = site }

    package func router() -> Router<SiteContext> {
        let router = Router(context: SiteContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: Envelope(site: site))
        router.get("healthz") { _, _ in
            Response(status: .ok, headers: [.contentType: "text/plain"], body: .init(byteBuffer: .init(string: "ok\n")))
        }
        router.get("static/:name") { request, context in
            try site.statics.response(context.parameters.require("name"), for: request)
        }
        everyone(router)
        members(
            router.group().add(middleware: Sessions(site: site)).add(middleware: SameOrigin())
                .group(context: MemberContext.self)
        )
        return router
    }

    /// Needs no account, no cookie and no script.
    private func everyone(_ router: Router<SiteContext>) {
        router.get("", use: HomePages(site: site).show)
        router.get("now", use: NowPages(site: site).show)
        router.get("rights", use: RightsPages(site: site).show)
        router.get("rights/:situation", use: RightsPages(site: site).situation)
        router.get("help", use: HelpPages(site: site).show)
        router.get("about", use: AboutPages(site: site).about)
        router.get("privacy", use: AboutPages(site: site).privacy)

        let forms = router.group().add(middleware: SameOrigin())
        forms.post("leave", use: AboutPages(site: site).leave)
        forms.get("report", use: ReportPages(site: site).start)
        forms.post("report", use: ReportPages(site: site).step)
        forms.get("report/answer", use: AnswerPages(site: site).form)
        forms.post("report/answer", use: AnswerPages(site: site).look)
        forms.post("report/more", use: AnswerPages(site: site).add)
        forms.get("sign-in", use: SessionPages(site: site).form)
        forms.post("sign-in", use: SessionPages(site: site).begin)

        router.post("api/v1/reports", use: ReportAPI(site: site).create)
        router.post("api/v1/reports/additions", use: ReportAPI(site: site).add)
        router.post("api/v1/reports/lookup", use: ReportAPI(site: site).lookup)
        router.get("api/v1/status", use: StatusAPI(site: site).show)
    }

    private func members(_ members: RouterGroup<MemberContext>) {
        members.post("session/end", use: SessionPages(site: site).end)
        members.post("session/lock", use: SessionPages(site: site).lock)
        members.get("session/unlock", use: SessionPages(site: site).unlockForm)
        members.post("session/unlock", use: SessionPages(site: site).unlock)
        board(members)
        respond(members)
        coalition(members)
        programs(members)
    }

    private func board(_ members: RouterGroup<MemberContext>) {
        let board = BoardPages(site: site)
        let incident = IncidentPages(site: site)
        members.get("board", use: board.show)
        members.get("board/stream") { request, context in
            try context.caller.require(.seeBoard)
            return try await site.board.stream(.board, request, context, site: site)
        }
        members.get("board/incidents/new", use: board.new)
        members.post("board/incidents", use: board.open)
        members.get("board/incidents/:id", use: board.incident)
        members.get("board/incidents/:id/pane", use: board.pane)
        members.get("board/incidents/:id/record", use: board.record)
        members.get("board/files/:id", use: incident.file)
        members.post("board/incidents/:id/verifying", use: incident.startVerifying)
        members.post("board/incidents/:id/verification", use: incident.verify)
        members.post("board/incidents/:id/dispatch", use: incident.dispatch)
        members.post("board/incidents/:id/dispatch/:dispatch/stop", use: incident.stopDispatch)
        members.post("board/incidents/:id/closure", use: incident.close)
        members.post("board/incidents/:id/reopening", use: incident.reopen)
        members.post("board/incidents/:id/over", use: incident.over)
        members.post("board/incidents/:id/resumption", use: incident.resume)
        members.post("board/incidents/:id/waiting", use: incident.stopVerifying)
        members.post("board/incidents/:id/review", use: incident.review)
        members.post("board/incidents/:id/merge", use: incident.merge)
        members.post("board/incidents/:id/split", use: incident.split)
        members.post("board/incidents/:id/title", use: incident.retitle)
        members.post("board/incidents/:id/spam", use: incident.spam)
        members.post("board/incidents/:id/needs-more", use: incident.needsMore)
        members.post("board/incidents/:id/suggestion/dismiss", use: incident.dismissSuggestion)
        members.post("board/incidents/:id/after-action", use: incident.afterAction)
        members.post("board/incidents/:id/assignments/:assignment/call-off", use: incident.callOff)
    }

    private func respond(_ members: RouterGroup<MemberContext>) {
        let respond = RespondPages(site: site)
        members.get("respond", use: respond.show)
        members.get("respond/stream") { request, context in
            try await site.board.stream(.respond, request, context, site: site)
        }
        members.get("respond/:id", use: respond.assignment)
        members.post("respond/:id/accept", use: respond.accept)
        members.post("respond/:id/decline", use: respond.decline)
        members.post("respond/:id/on-the-way", use: respond.onTheWay)
        members.post("respond/:id/arrive", use: respond.arrive)
        members.post("respond/:id/check-in", use: respond.checkIn)
        members.post("respond/:id/done", use: respond.done)
        members.post("respond/:id/observations", use: respond.observe)
        members.post("messages/:id/acknowledgement", use: respond.acknowledge)
    }

    private func coalition(_ members: RouterGroup<MemberContext>) {
        let shifts = ShiftsPages(site: site)
        members.get("shifts", use: shifts.show)
        members.post("shifts", use: shifts.plan)
        members.post("shifts/:id/start", use: shifts.start)
        members.post("shifts/:id/hand-over", use: shifts.handOver)
        members.post("shifts/:id/hand-over/accept", use: shifts.acceptHandOver)
        members.post("shifts/:id/hand-over/decline", use: shifts.declineHandOver)
        members.post("shifts/:id/cancellation", use: shifts.cancel)
        members.post("shifts/:id/end", use: shifts.end)
        members.get("drills", use: DrillPages(site: site).show)
        members.post("drills", use: DrillPages(site: site).start)
        members.post("drills/end", use: DrillPages(site: site).stop)

        let people = PeoplePages(site: site)
        members.get("people", use: people.show)
        members.post("people", use: people.add)
        members.get("people/:id", use: people.member)
        members.post("people/:id/roles", use: people.changeRoles)
        members.get("people/:id/removal", use: people.confirmRemoval)
        members.post("people/:id/removal", use: people.remove)
        members.post("people/:id/helper", use: people.changeHelper)

        let settings = SettingsPages(site: site)
        members.get("settings", use: settings.show)
        members.post("settings/language", use: settings.changeLanguage)
        members.post("settings/passphrase", use: settings.changePassphrase)
        members.post("settings/availability", use: settings.addAvailability)
        members.post("settings/availability/:id/end", use: settings.endAvailability)
        members.post("settings/groups", use: settings.addGroup)
        members.post("settings/pause", use: settings.pause)
        members.post("settings/pause/end", use: settings.resume)
        members.post("settings/timings", use: settings.changeTimings)
        members.post("settings/jobs/:id/retry", use: settings.retryJob)
    }

    /// The same verbs for programs, with problem+json for what goes wrong.
    private func programs(_ members: RouterGroup<MemberContext>) {
        members.get("api/v1/session", use: SessionAPI(site: site).show)
        members.get("api/v1/incidents", use: IncidentAPI(site: site).list)
        members.get("api/v1/incidents/:id", use: IncidentAPI(site: site).show)
        members.post("api/v1/incidents/:id/verifications", use: VerificationAPI(site: site).create)
        members.post("api/v1/incidents/:id/dispatches", use: DispatchAPI(site: site).create)
        members.post("api/v1/incidents/:id/observations", use: ObservationAPI(site: site).create)
        members.post("api/v1/incidents/:id/closure", use: ClosureAPI(site: site).create)
        members.delete("api/v1/incidents/:id/closure", use: ClosureAPI(site: site).delete)
        members.get("api/v1/assignments", use: AssignmentAPI(site: site).list)
        members.post("api/v1/assignments/:id/state", use: AssignmentAPI(site: site).move)
    }
}
