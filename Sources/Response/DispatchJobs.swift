// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Asks the next wave: `Dispatch.nextWave`.
package struct NextWave: Job {
    package static let kind = "response.next_wave"
    package let dispatch: Ref<Dispatch>

    package init(dispatch: Ref<Dispatch>) { self.dispatch = dispatch }
}

/// Ends the offers whose time is up: `Dispatch.expireOffers`.
package struct OfferExpiry: Job {
    package static let kind = "response.offer_expiry"
    package let dispatch: Ref<Dispatch>

    package init(dispatch: Ref<Dispatch>) { self.dispatch = dispatch }
}

/// Looks whether somebody on scene said they are well: `CheckIn.due`.
package struct CheckInDue: Job {
    package static let kind = "response.check_in_due"
    package let assignment: Ref<Assignment>

    package init(assignment: Ref<Assignment>) { self.assignment = assignment }
}

/// Rings who missed a check-in: `CheckIn.ring`. `due` is when it was due, in milliseconds.
package struct CheckInCall: Job {
    package static let kind = "response.check_in_call"
    package let assignment: Ref<Assignment>
    package let due: Int64
}

/// Asks whoever planned a shift whether they are there, when it begins: `CommTest.ask`.
package struct ShiftBegins: Job {
    package static let kind = "response.shift_begins"
    package let shift: Ref<Shift>
}

/// Looks whether the test message of a shift was answered: `CommTest.due`.
package struct CommTestDue: Job {
    package static let kind = "response.comm_test_due"
    package let shift: Ref<Shift>

    package init(shift: Ref<Shift>) { self.shift = shift }
}

/// Tells whoever has a shift that it is past its end: `Shift.remind`.
package struct ShiftPastEnd: Job {
    package static let kind = "response.shift_past_end"
    package let shift: Ref<Shift>
}
