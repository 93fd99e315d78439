// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

/// What a page behind a signed link says of an incident.
struct SceneFacts {
    typealias Row = (term: String, words: HTML)

    let site: Site
    let t: Words
    let scene: SceneBrief

    var what: Row { (t("go.what|What"), "\(t(scene.kind.label))") }
    var place: Row { (t("respond.where|About where"), "\(site.placeName(scene.zone, t))") }

    var known: Row {
        let mark = TruthMark(scene.truth, isOver: scene.isOver, state: scene.state, t).html
        let reports = t("board.reports|{n} report|{n} reports", n: scene.reports)
        let witnesses = t("incident.separate|{n} separate witness|{n} separate witnesses", n: scene.independent)
        let told: HTML = scene.reports > 0 ? "<div><small>\(reports), \(witnesses)</small></div>" : .empty
        return (t("go.known|What we know"), "\(mark)\(told)")
    }

    static func list(_ rows: [Row]) -> HTML {
        let list: [HTML] = rows.map { "<div><dt>\($0.term)</dt><dd>\($0.words)</dd></div>" }
        return "<dl class=\"review\">\(list)</dl>"
    }

    static func exercise(_ isExercise: Bool, _ t: Words) -> HTML {
        guard isExercise else { return .empty }
        return "<p>\(Parts.state("plum", "flag", t("respond.exercise|Exercise. Nothing is real.")))</p>"
    }
}
