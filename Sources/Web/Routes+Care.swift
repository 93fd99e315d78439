// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird

extension Routes {
    /// Whom to ask for what is no dispatch, how responders are and rest, and the talk after an incident.
    func care(_ members: RouterGroup<MemberContext>) {
        members.get("people/find", use: FindPages(site: site).show)
        members.post("respond/rest/end", use: RespondPages(site: site).endRest)
        let care = CarePages(site: site)
        members.get("how-are-you/:id", use: care.show)
        members.post("how-are-you/:id", use: care.answer)
        members.post("how-are-you/:id/nothing", use: care.decline)
        members.get("people/care", use: care.list)
        members.post("people/care/:id/call", use: care.noteCalled)
        let debriefs = DebriefPages(site: site)
        members.get("debriefs/:id", use: debriefs.show)
        members.post("debriefs/:id/answer", use: debriefs.answer)
        let incident = IncidentPages(site: site)
        members.post("board/incidents/:id/care", use: incident.askHowTheyAre)
        members.post("board/incidents/:id/debrief-meeting", use: incident.callDebrief)
    }
}
