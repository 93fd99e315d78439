// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// Everything of one incident on one page, for the debrief and for whoever needs it later: prints.
struct IncidentRecord {
    let site: Site
    let t: Words
    let detail: IncidentDetail
    let pace: Pace
    /// The form for an evidence bundle.
    let evidence: HTML

    /// As many on one page; the older ones are a link away.
    static let lines = 2_000

    private var card: Board.Card { detail.card }
    private var path: String { "/board/incidents/\(card.id.text)" }

    var body: HTML {
        let mark = TruthMark(card.truth, isOver: card.isOver, state: card.state, t)
        let title = detail.words?.content?.title ?? t(card.kind.label)
        return """
            <div class="stack"><p><a href="\(path)">\(t("record.back|Back to the board"))</a></p><h1>\(title)</h1>\
            <p class="meta">\(mark.html)<span>\(site.placeName(card.zone, t))</span><span>\(t(card.state.label))</span>\
            <span>\(t.moment(card.seenAt))</span></p>\
            \(card.isExercise ? Parts.note("checking", "flag", t("incident.exercise|This is an exercise. Nothing here is real.")) : .empty)\
            \(figures)\(checks)\(observations)\(debrief)<section class="stack close"><h2>\(t("record.timeline|Timeline"))</h2>\
            \(Timeline(site: site, t: t, detail: detail, back: path, limit: Self.lines, isRecord: true).html)</section>\
            \(evidence)<p class="no-print"><button type="button" class="needs-script" data-print>\(Parts.icon("print"))\(t("record.print|Print"))</button></p></div>
            """
    }

    private var figures: HTML {
        let spans: [(String, Duration?)] = [
            (t("record.to_start|to start"), pace.toStart), (t("record.to_yes|to the first yes"), pace.toFirstYes),
            (t("record.to_scene|to somebody there"), pace.toScene),
            (t("record.to_answer|to the answer"), pace.toAnswer),
            (t("record.to_close|to close"), pace.toClose),
        ]
        let counts = [
            (t("record.reports|reports"), pace.reports), (t("record.asked|asked"), pace.asked),
            (t("record.went|went"), pace.went), (t("record.observations|observations"), pace.observations),
        ]
        let figures: [HTML] =
            spans.compactMap { words, span in span.map { "<div><dt>\(words)</dt><dd>\(t.span($0))</dd></div>" } }
            + counts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }
        return "<dl class=\"big-figures\">\(figures)</dl>"
    }

    private var checks: HTML {
        let rows: [HTML] = detail.verifications.map { entry in
            let check = entry.verification
            let signature =
                entry.isSigned
                ? Parts.state("good", "key", t("record.signed|Signed with their key"))
                : Parts.state(
                    "urgent",
                    "alert",
                    t("incident.badly_signed|The signature does not fit. Tell your coordinator.")
                )
            let note: HTML =
                switch entry.note {
                case .open(let words): "<blockquote>\(words)</blockquote>"
                case .locked: "<p>\(Parts.envelope(t("record.note_sealed|A sealed note"), back: path, t))</p>"
                case .notForYou, .damaged, nil: .empty
                }
            return """
                <li><time datetime="\(check.at.iso8601)" title="\(t.moment(check.at))">\(t.clock(check.at))</time><div>\
                <strong>\(t(check.truth.label))</strong> \(LevelMark(check.level, t).html)\
                <p>\(t(check.how.label)). \(t("timeline.by|By {name}.", ["name": detail.handles[check.person] ?? ""]))</p>\
                \(check.explanation?.html(t).map { "<p>\($0)</p>" as HTML })\(note)\(signature)</div></li>
                """
        }
        guard !rows.isEmpty else { return .empty }
        return
            "<section class=\"stack close\"><h2>\(t("record.checks|What was found"))</h2><ul class=\"rows\">\(rows)</ul></section>"
    }

    private var observations: HTML {
        let rows: [HTML] = detail.observations.map { entry in
            let at = entry.observation.receivedAt
            return """
                <li><time datetime="\(at.iso8601)" title="\(t.moment(at))">\(t.clock(at))</time><div>\
                <strong>\(detail.handles[entry.observation.person] ?? "")</strong>\
                \(ObservationWordsView(t: t, entry: entry, back: path).html)</div></li>
                """
        }
        guard !rows.isEmpty else { return .empty }
        return
            "<section class=\"stack close\"><h2>\(t("record.seen|What observers saw"))</h2><ul class=\"rows\">\(rows)</ul></section>"
    }

    private var debrief: HTML {
        guard let after = detail.afterAction else { return .empty }
        let words: HTML =
            switch after.words {
            case .open(let words):
                """
                \(answer(t("incident.went_well|What went well?"), words.wentWell))\
                \(answer(t("incident.change|What should change?"), words.change))\
                \(answer(t("incident.how_we_are|How are the responders?"), words.howWeAre))\
                \(answer(t("incident.learned|What did we learn? Without names"), words.learned))
                """
            case .locked: "<p>\(Parts.envelope(t("record.debrief_sealed|The debrief is sealed"), back: path, t))</p>"
            case .notForYou, .damaged:
                "<p>\(Parts.icon("envelope"))\(t("sealed.not_for_you|Sealed for the response team"))</p>"
            }
        return "<section class=\"stack close\"><h2>\(t("incident.debrief_short|Debrief"))</h2>\(words)</section>"
    }

    private func answer(_ question: String, _ words: String?) -> HTML {
        words.map { "<h3>\(question)</h3><p>\($0)</p>" } ?? .empty
    }
}
