// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// Whom a dispatcher may ask by name, with the reasons: for the form that chooses one of them.
struct NamedAsks: Sendable {
    let askable: [Dispatch.Askable]
    let handles: [Ref<Person>: String]

    /// Nil while the form isn't open.
    static func load(
        _ detail: IncidentDetail,
        act: IncidentAct?,
        by caller: Caller,
        _ site: Site,
        in tx: Transaction
    ) throws -> NamedAsks? {
        guard act == .ask, caller.can(.dispatch) else { return nil }
        let askable = try Dispatch.askable(
            at: detail.card.id,
            near: detail.point,
            by: caller,
            timings: Timings.load(speed: site.config.speed, in: tx),
            places: site.places,
            in: tx
        )
        let people = Set(askable.flatMap(\.people).map(\.person))
        return NamedAsks(askable: askable, handles: try Person.handles(of: Array(people), in: tx))
    }

    /// What a choice sends: for which dispatch, and whom.
    static func value(_ dispatch: Ref<Dispatch>, _ person: Ref<Person>) -> String { "\(dispatch.text):\(person.text)" }

    /// Field: `choice`.
    static func read(_ value: String) throws -> (dispatch: Ref<Dispatch>, person: Ref<Person>) {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let dispatch = Ref<Dispatch>(parts[0]), let person = Ref<Person>(parts[1]) else {
            throw Refusal.invalid(["choice": "incident.ask_missing|Choose whom to ask."])
        }
        return (dispatch, person)
    }
}

extension IncidentForms {
    /// One question more, beside the waves.
    var askByName: HTML {
        guard let named, !named.askable.isEmpty else {
            return "<p class=\"hint\">\(t("incident.ask_none|Nobody is asked for here now. Send people first."))</p>"
        }
        let error = errors["choice"].map { "<p class=\"error\">\(t($0))</p>" as HTML }
        let lines: [HTML] = named.askable.map { askable in
            let rows: [HTML] = askable.people.compactMap { choice in
                guard let handle = named.handles[choice.person] else { return nil }
                let value = NamedAsks.value(askable.dispatch.id, choice.person)
                let silent = askable.silent.contains(choice.person) ? [t(Assignment.State.expired.label)] : []
                let why = (silent + choice.reasons.map { t($0.words) }).joined(separator: " · ")
                return row(
                    "choice",
                    value,
                    isChosen: form["choice"] == value,
                    "<strong>\(handle)</strong><br><span class=\"soft\">\(why)</span>"
                )
            }
            let short: HTML =
                rows.isEmpty
                ? "<ul class=\"soft\">\((askable.shortfall?.words ?? []).map { "<li>\(t($0))</li>" as HTML })</ul>"
                : .empty
            let language = askable.dispatch.language.map { " · \(SpokenLanguage.name($0))" as HTML }
            return "<h3>\(t(askable.dispatch.role.label))\(language)</h3>\(rows)\(short)"
        }
        return sheet(
            "asks",
            t("incident.by_name|Ask by name"),
            """
            <fieldset id="choice"><legend>\(t("incident.ask_who|Whom do you ask?"))</legend>\(error)\(lines)</fieldset>
            """,
            button: t("incident.ask_button|Ask this person"),
            hint: t("incident.ask_hint|They get one question more. Who said no isn’t here.")
        )
    }
}
