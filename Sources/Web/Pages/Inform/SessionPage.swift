// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit
import Messaging
import People

/// One date: where, when, and a seat without a name.
struct SessionPage {
    let site: Site
    let session: TrainingSession
    let seat: Ref<TrainingSeat>
    let token: String
    /// What can carry a reminder now.
    let channels: Set<ChannelKind>
    let reach: String
    let refusal: Refusal?
    let t: Words

    static func language(_ session: TrainingSession) -> String {
        Language.known.first { $0.code == session.language }?.name ?? session.language
    }

    var body: HTML {
        """
        \(Parts.errors(refusal, labels: [("reach", t("training.reach|Phone or e-mail for a reminder"))], t))\(SessionFacts(site: site, session: session, t: t).html)\(action)
        """
    }

    private var action: HTML {
        if session.isCalledOff { return "<p class=\"note\">\(t("training.called_off|This date was called off."))</p>" }
        if session.startsAt <= site.now { return "<p>\(t("training.begun|It has begun."))</p>" }
        if session.isFull {
            return "<p class=\"note\">\(t("training.full|All seats are taken. Please choose another day."))</p>"
        }
        return """
            <form method="post" action="/training/sessions/\(session.id)/seats" class="stack">\
            \(Parts.hidden([("seat", seat.text), ("_token", token)]))<p>\(t("training.no_name|We ask no name. We only count seats."))</p>\(reminder)\
            <button class="first">\(t("training.take_seat|Keep a seat for me"))</button></form>
            """
    }

    /// Only where something can carry it. Nobody has to.
    private var reminder: HTML {
        guard !channels.isEmpty else { return .empty }
        return Ask(
            name: "reach",
            label: t("training.reach|Phone or e-mail for a reminder"),
            hint: t(
                "training.reach_hint|You can leave it empty. We write one time before the date, and if it is called off. We keep it locked and delete it when the course begins."
            ),
            value: reach,
            limit: 200,
            control: .line(type: "text", attributes: " autocomplete=\"off\" dir=\"ltr\""),
            error: refusal?.fields["reach"]
        ).html(t)
    }
}

/// Where and when.
struct SessionFacts {
    let site: Site
    let session: TrainingSession
    let t: Words

    var html: HTML {
        let course = site.pack.courses.course(session.course)
        let place: HTML =
            session.place.isEmpty ? .empty : "<dt>\(t("training.place|Where"))</dt><dd>\(session.place)</dd>"
        let link: HTML =
            session.link.isEmpty
            ? .empty
            : "<dt>\(t("training.link|Link"))</dt><dd><a href=\"\(session.link)\" rel=\"noreferrer\">\(session.link)</a></dd>"
        return """
            <header class="stack close"><p><a class="back" href="/training">\(Parts.icon("back", class: "turns"))\
            \(t("training.title|Training"))</a></p><h1\(course?.name.mark(t) ?? .empty)>\(course?.name(t.language) ?? session.course)</h1></header>\
            <dl class="facts-of"><dt>\(t("training.when|When"))</dt><dd><time datetime="\(session.startsAt.iso8601)">\
            \(t.moment(session.startsAt))</time>, \(t.span(.minutes(session.minutes)))</dd>\(place)\(link)\
            <dt>\(t("training.language|Language"))</dt><dd>\(SessionPage.language(session))</dd></dl>
            """
    }
}

/// A seat that is kept: this page's address is the only thing that gives it back.
struct SeatPage {
    let site: Site
    let seat: TrainingSeat
    let session: TrainingSession
    let t: Words

    var body: HTML {
        let state: HTML =
            session.isCalledOff
            ? "<p class=\"note\">\(t("training.called_off|This date was called off."))</p>"
            : Parts.state("good", "check-circle", t("training.seat_kept|A seat is kept for you"))
        return """
            \(SessionFacts(site: site, session: session, t: t).html)<p>\(state)</p>\
            <p>\(t("training.seat_words|Keep this page if you may want to give the seat back."))</p>\
            <form method="post" action="/training/seats/\(seat.id)/return"><button class="quiet">\
            \(t("training.give_back|Give my seat back"))</button></form>
            """
    }
}

/// What those with a seat are written, in the language they asked in.
package struct TrainingWords: Sendable {
    let courses: CourseFiles
    let library: Library

    package init(courses: CourseFiles, library: Library) { (self.courses, self.library) = (courses, library) }

    package var wording: TrainingNotice.Wording {
        { [self] occasion, session, language in
            let t = library.words(language)
            let values = [
                "course": courses.course(session.course)?.name(t.language) ?? session.course,
                "day": t.moment(session.startsAt),
                "where": session.place.isEmpty ? session.link : session.place,
            ]
            return switch occasion {
            case .soon:
                (
                    t("training.soon_subject|Your course"),
                    t("training.soon|Reminder: {course}, {day}, {where}. If you can’t come, that is fine.", values)
                )
            case .calledOff:
                (
                    t("training.off_subject|Your course was called off"),
                    t(
                        "training.off|{course} on {day} was called off. Please don’t come. Other days are on our page.",
                        values
                    )
                )
            }
        }
    }
}
