// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

/// On the board while our own people rehearse: one key ends it, and nobody is out for it any more.
struct DrillStrip {
    let t: Words
    let isOn: Bool
    let mayStop: Bool
    let token: String

    var html: HTML {
        let hidden: HTML = isOn ? .empty : " hidden"
        let disabled: HTML = isOn ? .empty : " disabled"
        let stop: HTML =
            mayStop
            ? """
            <form method="post" action="/drills/end">\(Parts.hidden([("_token", token), ("back", "/board")]))\
            <button class="small" data-sure="\(t("drills.stop_sure|Stop it for everybody? Press again"))" data-key="d"\(disabled)>\(Parts.icon("stop"))<span>\(t("drills.stop|Stop the drill"))</span><kbd>D</kbd></button></form>
            """ : .empty
        return """
            <section id="drill" class="note" role="status"\(hidden)>\(Parts.icon("flag"))<div><p><strong>\
            \(t("drills.running|A drill is running"))</strong> \(t("drills.strip|Cards that say “Exercise” are practice. All others are real."))</p>\(stop)</div></section>
            """
    }
}

/// How a drill went: each step beside its goal, in all and for each incident. Counts people and names none.
struct DrillReport {
    let t: Words
    let now: Instant
    let drill: Exercise
    let title: String
    let score: DrillScore
    /// Incidents of it that were debriefed within a day; nil when none of them is kept any more.
    let debriefs: Exercise.Debriefs?
    /// The one before of the same day, to compare.
    let before: Exercise?
    /// What the scenario calls its incidents, by their keys; one that the pack lacks by now has the name it had.
    let titles: [String: String]

    var body: HTML {
        let total = score.total
        let figures: [(String, String)] = [
            (t("drills.in_time|Steps in time"), Self.of(total.met, total.of, t)),
            (t("drills.found|Found as it was"), Self.of(total.asExpected, score.incidents.count, t)),
            (t("drills.said_yes|Yes / asked"), Self.turnout(total.people, t)),
            (t("drills.late|No answer in time"), "\(total.people.late)"),
            (t("drills.declined|Could not go"), "\(total.people.declined)"),
            (t("drills.missed|Check-ins missed"), "\(total.people.missed)"),
        ]
        return """
            <div class="stack"><p><a href="/drills">\(t("drills.all|All drills"))</a></p>\
            <p>\(Parts.state("plum", "flag", t("respond.exercise|Exercise. Nothing is real.")))</p>\
            <h1>\(t("drills.report|How the drill went"))</h1><p class="meta"><strong>\(title)</strong>\
            <span>\(t.moment(drill.startedAt ?? drill.plannedAt))</span>\
            <span>\(drill.state == .running ? t("drills.still|Still running") : t("drills.over|Over"))</span></p>\
            <dl class="big-figures">\(figures.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML })</dl>\
            <p class="soft">\(t("drills.no_names|This counts what happened. It names nobody: a late answer is a reason to change the plan."))</p>\
            \(debriefed)\(inAll)\(score.incidents.map(incident))</div>
            """
    }

    private var debriefed: HTML {
        guard let debriefs else { return .empty }
        let words = t(
            "drills.debriefed|{met} of {of} incidents were debriefed within a day.",
            ["met": "\(debriefs.written)", "of": "\(debriefs.of)"]
        )
        return "<p>\(words)</p>"
    }

    /// Every step in the middle and at its slowest; beside the last time.
    private var inAll: HTML {
        let kinds = DrillScore.Kind.allCases.filter { score.total.middle[$0.rawValue] != nil }
        let rows: [HTML] = kinds.map { kind in
            let old = before?.score?.total.middle[kind.rawValue]
            let label = t("drills.before|Last time")
            let cell: HTML =
                before == nil ? .empty : "<td data-label=\"\(label)\">\(old.map(Self.time) ?? "–")</td>"
            return """
                <tr><th scope="row">\(t(kind.label))</th>\
                <td data-label="\(t("drills.middle|In the middle"))">\(score.total.middle[kind.rawValue].map(Self.time) ?? "–")</td>\
                <td data-label="\(t("drills.slowest|Slowest"))">\(score.total.slowest[kind.rawValue].map(Self.time) ?? "–")</td>\(cell)</tr>
                """
        }
        guard !rows.isEmpty else { return .empty }
        let last: HTML =
            before.map { drill in
                """
                <th scope="col">\(t("drills.before|Last time")) <a href="/drills/\(drill.id.text)">\
                \(t.moment(drill.startedAt ?? drill.plannedAt))</a></th>
                """
            } ?? .empty
        return """
            <section class="stack tight"><h2>\(t("drills.in_all|In all"))</h2><div class="tables"><table><thead><tr>\
            <th scope="col">\(t("drills.step|Step"))</th><th scope="col">\(t("drills.middle|In the middle"))</th>\
            <th scope="col">\(t("drills.slowest|Slowest"))</th>\(last)</tr></thead><tbody>\(rows)</tbody></table></div></section>
            """
    }

    private func incident(_ entry: DrillScore.Entry) -> HTML {
        let rows: [HTML] = entry.steps.map { step in
            let took = step.took.map(Self.time) ?? t("drills.not_done|not done")
            return """
                <tr><th scope="row">\(t(step.kind.label))</th><td data-label="\(t("drills.took|Took"))">\(took)</td>\
                <td data-label="\(t("drills.goal|Goal"))">\(step.goal.map(Self.time) ?? "–")</td>\
                <td data-label="\(t("drills.result|Result"))">\(mark(step))</td></tr>
                """
        }
        let found = Truth(rawValue: entry.found).map { t($0.label) } ?? entry.found
        let expected = Truth(rawValue: entry.expected).map { t($0.label) } ?? entry.expected
        let isRight = entry.isAsExpected
        let outcome: HTML =
            isRight
            ? Parts.state("good", "check", t("drills.found_right|Found: {what}", ["what": found]))
            : Parts.state(
                "warn",
                "alert",
                t("drills.found_other|Found: {what}. It was: {truth}", ["what": found, "truth": expected])
            )
        let pieces: HTML =
            entry.pieces > 1
            ? "<span>\(t("drills.pieces|in {n} incident|in {n} incidents", n: entry.pieces))</span>" : .empty
        let people = entry.people
        let turnout =
            people.asked == 0
            ? Self.turnout(people, t)
            : t(
                "drills.turnout|{asked} asked, {yes} yes, {no} no, {late} no answer",
                [
                    "asked": "\(people.asked)", "yes": "\(people.yes)", "no": "\(people.declined)",
                    "late": "\(people.late)",
                ]
            )
        return """
            <section class="stack tight"><h2>\(titles[entry.key] ?? entry.title)</h2><p class="meta">\(outcome)\(pieces)\
            <span>\(turnout)</span></p>\
            <div class="tables"><table><thead><tr><th scope="col">\(t("drills.step|Step"))</th><th scope="col">\(t("drills.took|Took"))</th>\
            <th scope="col">\(t("drills.goal|Goal"))</th><th scope="col">\(t("drills.result|Result"))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div></section>
            """
    }

    private func mark(_ step: DrillScore.Step) -> HTML {
        switch step.isMet {
        case true?: Parts.state("good", "check", t("drills.is_met|In time"))
        case false?: Parts.state("warn", "clock", t("drills.is_late|Late"))
        case nil where step.goal == nil: "–"
        case nil: Parts.state("", "dot", t("drills.open|Not over"))
        }
    }

    /// Of a drill that was stopped before anything was due, nothing can be said.
    static func of(_ part: Int, _ all: Int, _ t: Words) -> String {
        all == 0 ? "–" : t("drills.met|{met} of {of}", ["met": "\(part)", "of": "\(all)"])
    }

    /// Who said yes, of those who were asked.
    static func turnout(_ people: DrillScore.Turnout, _ t: Words) -> String {
        people.asked == 0 ? t("drills.none_asked|nobody was asked") : "\(people.yes) / \(people.asked)"
    }

    /// Minutes and seconds, in life's time.
    private static func time(_ seconds: Int) -> String {
        "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }
}
