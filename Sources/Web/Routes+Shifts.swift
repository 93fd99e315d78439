// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird

extension Routes {
    /// Who serves when, who leads the board, and how it goes from one to the next.
    func shifts(_ members: RouterGroup<MemberContext>) {
        let shifts = ShiftsPages(site: site)
        members.get("shifts", use: shifts.show)
        members.post("shifts", use: shifts.plan)
        members.post("shifts/leading", use: shifts.lead)
        members.post("shifts/:id/start", use: shifts.start)
        members.post("shifts/:id/taking", use: shifts.takeBoard)
        members.post("shifts/:id/hand-over", use: shifts.handOver)
        members.post("shifts/:id/hand-over/accept", use: shifts.acceptHandOver)
        members.post("shifts/:id/hand-over/decline", use: shifts.declineHandOver)
        members.post("shifts/:id/cancellation", use: shifts.cancel)
        members.post("shifts/:id/end", use: shifts.end)
        members.post("shifts/:id/test", use: shifts.answerTest)
        members.post("shifts/:id/trade", use: shifts.offer)
        members.post("shifts/:id/trade/end", use: shifts.keep)
        members.post("shifts/:id/trade/taking", use: shifts.takeOver)
        members.post("shifts/:id/trade/return", use: shifts.takeBack)
        members.post("shifts/:id/trade/approval", use: shifts.agree)
        members.post("shifts/:id/trade/refusal", use: shifts.refuse)
        members.post("openings", use: shifts.open)
        members.post("openings/:id/place", use: shifts.take)
        members.post("openings/:id/closing", use: shifts.closeOpen)
    }
}
