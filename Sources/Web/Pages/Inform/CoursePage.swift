// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// The courses, and the dates when one is led by a person.
struct TrainingIndex {
    let site: Site
    let rights: Rights
    let sessions: [TrainingSession]
    let t: Words

    var body: HTML {
        """
        <header class="stack close"><h1>\(t("training.title|Training"))</h1><p class="lead">\
        \(t("training.lead|Learn how to watch, help and stay safe. Free, in your own time, or with others."))</p></header>\
        <ul class="policies-list">\(site.pack.courses.courses.map(row))</ul>\
        <section class="stack close" aria-labelledby="dates"><h2 id="dates">\(t("training.dates|With others"))</h2>\(dates)</section>\
        <p><a class="button" href="/training/check">\(Parts.icon("qr"))\(t("training.check|Check a certificate"))</a></p>\
        \(GuideNotice(rights: rights, t: t).html)
        """
    }

    private func row(_ course: Course) -> HTML {
        """
        <li><a class="policy-row" href="/training/\(course.id)"><span class="cut">\(Parts.icon(course.icon))</span>\
        <strong\(course.name.mark(t))>\(course.name(t.language))</strong>\
        <span class="soft"\(course.lead.mark(t))>\(course.lead(t.language))</span>\
        <span class="soft">\(t.span(.minutes(course.minutes)))</span></a></li>
        """
    }

    private var dates: HTML {
        guard !sessions.isEmpty else {
            return "<p>\(t("training.no_dates|No date yet. When there is one, it is here."))</p>"
        }
        let rows: [HTML] = sessions.map { session in
            let name = site.pack.courses.course(session.course)?.name
            return """
                <li>\(Parts.icon("calendar"))<div><p><b>\(t.moment(session.startsAt))</b></p>\
                <p><a href="/training/sessions/\(session.id)">\(name?(t.language) ?? session.course)</a></p>\
                <p class="soft">\(SessionPage.language(session)) · \(session.isFull ? t("training.is_full|Full") : t("training.seats_left|{n} seat left|{n} seats left", n: session.seats - session.taken))</p></div></li>
                """
        }
        return "<ul class=\"hearings\">\(rows)</ul>"
    }
}

/// A course: to read, to lead, or to take home on paper.
struct CoursePage {
    enum Part {
        case course, notes, handout

        var end: String {
            switch self {
            case .course: ""
            case .notes: "/notes"
            case .handout: "/handout"
            }
        }
    }

    let rights: Rights
    let course: Course
    let part: Part
    let t: Words

    var body: HTML {
        let back =
            part == .course
            ? ("/training", HTML.text(t("training.title|Training")))
            : ("/training/\(course.id)", "<span\(course.name.mark(t))>\(course.name(t.language))</span>")
        return """
            <header class="guide-head"><p class="no-print"><a class="back" href="\(back.0)">\(Parts.icon("back", class: "turns"))\
            \(back.1)</a></p><h1\(course.name.mark(t))>\(course.name(t.language))</h1>\(head)</header>\(content)\
            \(GuideNotice(rights: rights, t: t, state: course.states[t.language.code] ?? .draft).html)
            """
    }

    private var head: HTML {
        switch part {
        case .course:
            """
            <p class="lead"\(course.lead.mark(t))>\(course.lead(t.language))</p>\
            \(course.lead.isIn(t.language) ? .empty : NotYet(t).html)\
            <p class="soft">\(t("training.takes|Takes about {time}. A certificate is good for {n} month.|Takes about {time}. A certificate is good for {n} months.", n: course.months, ["time": t.span(.minutes(course.minutes))]))</p>\
            <p class="row no-print"><a class="button" href="/training/\(course.id)/handout">\(Parts.icon("print"))\
            \(t("training.handout|Sheet to take home"))</a><a class="button quiet" href="/training/\(course.id)/notes">\
            \(Parts.icon("people"))\(t("training.notes|Notes for who leads it"))</a></p>
            """
        case .notes: "<p class=\"lead\">\(t("training.notes|Notes for who leads it"))</p>"
        case .handout: "<p class=\"lead\">\(t("training.handout|Sheet to take home"))</p>"
        }
    }

    private var content: HTML {
        switch part {
        case .course:
            """
            \(course.lessons.map(lesson))<section class="stack close" aria-labelledby="scenes"><h2 id="scenes">\
            \(t("training.scenes|What would you do?"))</h2>\(course.scenes.map(scene))</section>\
            <p class="no-print"><a class="button accent huge" href="/training/\(course.id)/quiz">\(Parts.icon("check"))\
            \(t("training.quiz|Take the quiz"))</a></p>
            """
        case .notes:
            "\(points(course.notes))<h2>\(t("training.scenes|What would you do?"))</h2>\(course.scenes.map(scene))"
        case .handout:
            """
            \(points(course.handout))<div class="fact-list">\(shown.compactMap(rights.entry).map { FactBlock(rights: rights, entry: $0, t: t, size: .line).html })</div>
            """
        }
    }

    private var shown: [String] {
        course.lessons.flatMap(\.facts).reduce(into: []) { all, id in if !all.contains(id) { all.append(id) } }
    }

    /// Nothing of our own words where a fact that they lean on was taken back.
    private func lesson(_ lesson: Course.Lesson) -> HTML {
        let standing = rights.standing(of: lesson.facts + (lesson.rests ?? []))
        let facts = lesson.facts.map { id in
            rights.entry(id).map { FactBlock(rights: rights, entry: $0, t: t).html }
                ?? FactBlock.recalled(id, on: nil, t)
        }
        let own: HTML = standing == .recalled ? .empty : points(lesson.points)
        let gone: HTML =
            standing == .recalled
            ? HTML.joined(
                (lesson.rests ?? []).filter { (rights.entry($0)?.standing ?? .recalled) == .recalled }
                    .map { FactBlock.recalled($0, on: rights.entry($0)?.fact.recalled?.on, t) }
            ) : .empty
        return """
            <section class="stack close" aria-labelledby="\(lesson.id)" data-standing="\(standing.rawValue)">\
            <h2 id="\(lesson.id)"\(lesson.title.mark(t))>\(lesson.title(t.language))</h2>\(own)\
            \(facts.isEmpty ? .empty : "<div class=\"fact-list\">\(facts)</div>" as HTML)\(gone)</section>
            """
    }

    private func scene(_ scene: Course.Scene) -> HTML {
        guard rights.standing(of: scene.rests ?? []) != .recalled else { return .empty }
        return """
            <div class="sheet stack tight"><p\(scene.scene.mark(t))>\(scene.scene(t.language))</p>\
            <p><b\(scene.ask.mark(t))>\(scene.ask(t.language))</b></p><details class="fold"><summary>\
            \(t("training.see_answer|See one good answer"))</summary><p\(scene.answer.mark(t))>\(scene.answer(t.language))</p></details></div>
            """
    }

    private func points(_ points: [LocalizedText]) -> HTML {
        let rows: [HTML] = points.map { "<li><span\($0.mark(t))>\($0(t.language))</span></li>" }
        return "<ul class=\"bullets dots\">\(rows)</ul>"
    }
}
