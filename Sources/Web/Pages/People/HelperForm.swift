// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching

/// What a helper can do, as a form: around which neighborhood, which languages, which skills and until when.
struct HelperForm {
    let place: String
    let miles: String
    let capacity: String
    let languages: Set<String>
    let skills: Set<String>
    /// By skill: the last day of the certificate, `2027-03-04`.
    let until: [String: String]

    init(_ helper: Helper?, site: Site, _ t: Words) {
        place = helper.map { site.placeName($0.place, t) } ?? ""
        miles = helper.map { "\(Int(($0.radius / Self.metresPerMile).rounded()))" } ?? "15"
        capacity = "\(helper?.capacity ?? 1)"
        languages = Set(helper?.languages ?? [t.language.code.lowercased()])
        skills = Set((helper?.skills ?? []).map(\.skill.rawValue))
        until = (helper?.skills ?? []).reduce(into: [:]) { days, held in
            days[held.skill.rawValue] = held.expiresAt.map { LocalTime($0).isoDay }
        }
    }

    init(_ form: Form) {
        place = form["place"]
        miles = form["miles"]
        capacity = form["capacity"]
        languages = Set(form.all("languages"))
        skills = Set(form.all("skills"))
        until = Skill.all.reduce(into: [:]) { $0[$1.rawValue] = form["until-\($1.rawValue)"] }
    }

    /// `known`: what can be chosen. Throws a refusal that names the fields.
    func offer(in places: Places, of known: [Skill]) throws -> Helper.Offer {
        var fields: [String: Phrase] = [:]
        let found = places.search(place).compactMap(\.place).first { $0.kind != .landmark && $0.kind != .county }
        if found == nil {
            fields["place"] = "people.place_unknown|We do not know that place. Write a neighborhood or a city."
        }
        guard let miles = Int(miles), (1...60).contains(miles) else {
            fields["miles"] = "people.miles|Write a number from 1 to 60."
            throw Refusal.invalid(fields)
        }
        guard let found, let capacity = Int(capacity) else {
            if Int(capacity) == nil { fields["capacity"] = "people.capacity|Write a number from 0 to 20." }
            throw Refusal.invalid(fields)
        }
        let held = known.filter { skills.contains($0.rawValue) }.map { skill in
            HeldSkill(skill, until: LocalTime.parse(field: "\(until[skill.rawValue] ?? "")T23:59"))
        }
        return Helper.Offer(
            place: found,
            radius: Double(miles) * Self.metresPerMile,
            skills: held,
            languages: SpokenLanguage.all.map(\.code).filter(languages.contains),
            capacity: capacity
        )
    }

    /// What a helper changes about themselves; throws a refusal that names the fields.
    func own(in places: Places) throws -> (place: Place, radius: Double, languages: [String], capacity: Int?) {
        var fields: [String: Phrase] = [:]
        let found = places.search(place).compactMap(\.place).first { $0.kind != .landmark && $0.kind != .county }
        if found == nil {
            fields["place"] = "people.place_unknown|We do not know that place. Write a neighborhood or a city."
        }
        let far = Int(miles).flatMap { (1...60).contains($0) ? $0 : nil }
        if far == nil { fields["miles"] = "people.miles|Write a number from 1 to 60." }
        // Not asked of those who go somewhere: they are at one place at a time.
        let many = Int(capacity).flatMap { (0...20).contains($0) ? $0 : nil }
        if !capacity.isEmpty, many == nil { fields["capacity"] = "people.capacity|Write a number from 0 to 20." }
        guard let found, let far, fields.isEmpty else { throw Refusal.invalid(fields) }
        return (
            found, Double(far) * Self.metresPerMile, SpokenLanguage.all.map(\.code).filter(languages.contains), many
        )
    }

    /// `takesSeveral`: they hold something of which one can have several at once.
    func ownHTML(takesSeveral: Bool, errors: [String: Phrase], _ t: Words) -> HTML {
        let many: HTML =
            takesSeveral
            ? Ask(
                name: "capacity",
                label: t("settings.own_capacity|How many you take at the same time"),
                hint: t("settings.own_capacity_hint|Families or callers. 0 means: none until you change it."),
                value: capacity,
                limit: 2,
                control: .line(type: "text", attributes: " inputmode=\"numeric\""),
                error: errors["capacity"]
            ).html(t) : .empty
        return """
            \(Ask(name: "place", label: t("people.place|Neighborhood"), hint: t("settings.own_place|Where you are most of the time. Never a home address."), value: place, error: errors["place"]).html(t))\
            \(number("miles", t("settings.own_miles|How far you go, in miles"), miles, errors["miles"] ?? errors["radius"], t))\(many)\
            \(Parts.boxes(t("people.languages|Languages"), name: "languages", options: SpokenLanguage.all.map { ($0.code, $0.name) }, on: languages, error: errors["languages"], t))
            """
    }

    func html(errors: [String: Phrase], pack: Pack, _ t: Words) -> HTML {
        """
        <div class="form-grid">\
        \(Ask(name: "place", label: t("people.place|Neighborhood"), hint: t("people.place_hint|Where they are most of the time. Never a home address."), value: place, error: errors["place"]).html(t))\
        \(number("miles", t("people.miles_label|How far they go, in miles"), miles, errors["miles"] ?? errors["radius"], t))\
        \(Ask(name: "capacity", label: t("people.capacity_label|How many at the same time"), hint: t("people.capacity_hint|For attorneys, operators and others who need not go there. Who goes is at one place at a time. 0 is a rest."), value: capacity, limit: 2, control: .line(type: "text", attributes: " inputmode=\"numeric\""), error: errors["capacity"]).html(t))\
        \(Parts.boxes(t("people.languages|Languages"), name: "languages", options: SpokenLanguage.all.map { ($0.code, $0.name) }, on: languages, error: errors["languages"], t))\
        \(skillBoxes(errors["skills"], pack, t))</div>
        """
    }

    private func number(_ name: String, _ label: String, _ value: String, _ error: Phrase?, _ t: Words) -> HTML {
        Ask(
            name: name,
            label: label,
            value: value,
            limit: 3,
            control: .line(type: "text", attributes: " inputmode=\"numeric\""),
            error: error
        ).html(t)
    }

    private func skillBoxes(_ error: Phrase?, _ pack: Pack, _ t: Words) -> HTML {
        // What they hold stays to be seen, though the pack names it no more.
        let others = skills.sorted().compactMap(Skill.init).filter { !pack.skills.contains($0) }
        let rows: [HTML] = (pack.skills + others).map { skill in
            let (name, label) = (skill.rawValue, pack.name(of: skill, t))
            let date: HTML =
                skill.needsCertificate
                ? """
                <label class="row soft" for="until-\(name)">\(t("people.until|Certificate ends"))\
                <span class="visually-hidden">: \(label)</span></label>\
                <input class="short" type="date" id="until-\(name)" name="until-\(name)" value="\(until[name] ?? "")">
                """ : .empty
            return """
                <div class="row"><label class="check"><input type="checkbox" name="skills" value="\(name)"\
                \(skills.contains(name) ? " checked" : "")> \(label)</label>\(date)</div>
                """
        }
        let problem: HTML? = error.map { "<p class=\"error\" id=\"skills-error\">\(Parts.icon("alert"))\(t($0))</p>" }
        return """
            <fieldset class="all" id="skills"\(error == nil ? "" : " aria-describedby=\"skills-error\"" as HTML)>\
            <legend>\(t("people.skills|What they can do"))</legend>\(problem)\(rows)</fieldset>
            """
    }

    private static let metresPerMile = 1_609.344
}
