// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird

extension Routes {
    /// What belongs together: merged, split, linked, and each of it taken back; somebody asked by name, and a whole dispatch
    /// called off. By pages and for programs.
    func gathering(_ members: RouterGroup<MemberContext>) {
        let incident = IncidentPages(site: site)
        members.post("board/incidents/:id/merge", use: incident.merge)
        members.post("board/incidents/:id/split", use: incident.split)
        members.post("board/incidents/:id/suggestion/dismiss", use: incident.dismissSuggestion)
        members.post("board/incidents/:id/suggestion/restore", use: incident.restoreSuggestion)
        members.post("board/incidents/:id/dispatch/:dispatch/call-off", use: incident.callOffAll)
        members.post("board/incidents/:id/asks", use: incident.ask)
        members.post("board/incidents/:id/links", use: incident.link)
        members.post("board/incidents/:id/links/removal", use: incident.unlink)
        members.post("api/v1/dispatches/:id/asks", use: DispatchAPI(site: site).ask)
        members.post("api/v1/dispatches/:id/call-off", use: DispatchAPI(site: site).callOff)
        let gathering = GatheringAPI(site: site)
        members.get("api/v1/incidents/:id/near", use: gathering.near)
        members.post("api/v1/incidents/:id/merges", use: gathering.merge)
        members.post("api/v1/incidents/:id/splits", use: gathering.split)
        members.post("api/v1/incidents/:id/links", use: gathering.link)
        members.delete("api/v1/incidents/:id/links/:report", use: gathering.unlink)
        members.post("api/v1/incidents/:id/dismissals", use: gathering.dismiss)
        members.delete("api/v1/incidents/:id/dismissals/:other", use: gathering.restore)
    }
}
