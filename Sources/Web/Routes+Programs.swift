// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird

extension Routes {
    /// The same verbs for programs, with problem+json for what goes wrong.
    func programs(_ members: RouterGroup<MemberContext>) {
        members.get("api/v1/session", use: SessionAPI(site: site).show)
        members.get("api/v1/incidents", use: IncidentAPI(site: site).list)
        members.get("api/v1/incidents/:id", use: IncidentAPI(site: site).show)
        members.post("api/v1/incidents/:id/verifications", use: VerificationAPI(site: site).create)
        members.post("api/v1/incidents/:id/dispatches", use: DispatchAPI(site: site).create)
        members.post("api/v1/incidents/:id/observations", use: ObservationAPI(site: site).create)
        members.post("api/v1/incidents/:id/messages", use: MailboxDeskAPI(site: site).send)
        members.get("api/v1/incidents/:id/messages", use: MailboxDeskAPI(site: site).list)
        members.post("api/v1/incidents/:id/closure", use: ClosureAPI(site: site).create)
        members.delete("api/v1/incidents/:id/closure", use: ClosureAPI(site: site).delete)
        members.get("api/v1/assignments", use: AssignmentAPI(site: site).list)
        members.post("api/v1/assignments/:id/state", use: AssignmentAPI(site: site).move)
        let broadcasts = BroadcastAPI(site: site)
        members.get("api/v1/broadcasts", use: broadcasts.list)
        members.post("api/v1/broadcasts", use: broadcasts.create)
        members.get("api/v1/broadcasts/:id", use: broadcasts.show)
        members.delete("api/v1/broadcasts/:id", use: broadcasts.discard)
        members.put("api/v1/broadcasts/:id/words", use: broadcasts.write)
        members.post("api/v1/broadcasts/:id/request", use: broadcasts.ask)
        members.delete("api/v1/broadcasts/:id/request", use: broadcasts.decline)
        members.post("api/v1/broadcasts/:id/approval", use: broadcasts.approve)
        members.post("api/v1/broadcasts/:id/stop", use: broadcasts.stop)
        members.post("api/v1/broadcasts/:id/review", use: broadcasts.review)
        members.post("api/v1/broadcasts/:id/tellings", use: broadcasts.follow)
        members.post("api/v1/broadcasts/:id/ending", use: broadcasts.end)
        let inquiries = InquiryAPI(site: site)
        members.get("api/v1/inquiries", use: inquiries.list)
        members.post("api/v1/inquiries/:id/answers", use: inquiries.answer)
        members.post("api/v1/inquiries/:id/call", use: inquiries.callBack)
        members.post("api/v1/inquiries/:id/closure", use: inquiries.close)
        members.post("api/v1/inquiries/:id/spam", use: inquiries.spam)
        members.delete("api/v1/inquiries/:id/spam", use: inquiries.noSpam)
    }
}
