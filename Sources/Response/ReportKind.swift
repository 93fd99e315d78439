// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What somebody saw, as the first step of the form asks it. The raw value is the column, the form field and the API.
package enum ReportKind: String, Sendable, Hashable, CaseIterable, Codable, Bindable, Column {
    case vehicles, people, checkpoint, arrest, home, work, other

    package var label: Phrase {
        switch self {
        case .vehicles: "response.kind_vehicles|Vans or cars"
        case .people: "response.kind_people|People in vests or uniforms"
        case .checkpoint: "response.kind_checkpoint|A checkpoint"
        case .arrest: "response.kind_arrest|Someone is being taken"
        case .home: "response.kind_home|At a home"
        case .work: "response.kind_work|At a workplace"
        case .other: "response.kind_other|Something else"
        }
    }

    /// A symbol of `Static/sprite.svg`.
    package var icon: String {
        switch self {
        case .vehicles: "van"
        case .people: "people"
        case .checkpoint: "checkpoint"
        case .arrest: "hand"
        case .home: "knock"
        case .work: "work"
        case .other: "other"
        }
    }
}

/// How a report reached us.
package enum Channel: String, Sendable, Hashable, CaseIterable, Codable, Bindable, Column {
    case web, sms, phone, api, staff

    package var label: Phrase {
        switch self {
        case .web: "response.channel_web|Web page"
        case .sms: "response.channel_sms|Text message"
        case .phone: "response.channel_phone|Phone call"
        case .api: "response.channel_api|By a program"
        case .staff: "response.channel_staff|Our team"
        }
    }
}

/// In which line a report waits: nothing is ever dropped, some waits behind.
package enum Lane: String, Sendable, Hashable, CaseIterable, Bindable, Column {
    /// Belongs to an incident that is known already.
    case linked
    case normal
    /// From a source that sends a flood: looked at after the others.
    case overflow
}

/// How far a report has come.
package enum ReportState: String, Sendable, Hashable, CaseIterable, Bindable, Column {
    case received, triaged, linked
    case needsMore = "needs_more"
    case spam

    package var label: Phrase {
        switch self {
        case .received: "response.report_received|New"
        case .triaged: "response.report_triaged|Read"
        case .linked: "response.report_linked|Part of an incident"
        case .needsMore: "response.report_needs_more|We asked for more"
        case .spam: "response.report_spam|Spam"
        }
    }
}

/// What we ask a reporter who comes back with their code. A fixed list: the reporter reads it without any key.
package enum ReportQuestion: String, Sendable, Hashable, CaseIterable, Bindable, Column {
    case place, time, photo
    case stillThere = "still_there"

    package var label: Phrase {
        switch self {
        case .place: "response.ask_place|Where exactly is it? A corner or a store nearby helps."
        case .time: "response.ask_time|When did you see it?"
        case .photo: "response.ask_photo|Can you add a photo? Only if it is safe."
        case .stillThere: "response.ask_still_there|Is it still happening?"
        }
    }
}
