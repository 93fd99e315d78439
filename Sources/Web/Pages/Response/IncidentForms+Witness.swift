// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// Whose eyes a finding rests on, and what they say themselves.
extension IncidentForms {
    /// A desk that answers while a verifier stands there may say what they can see is not so.
    var beforeThem: HTML {
        let names = detail.assignments.filter {
            $0.state == .onScene && $0.role == .verifier && $0.person != caller.person
        }
        .map(name)
        guard !names.isEmpty else { return .empty }
        let words = t(
            "incident.verifier_there|There now: {names}. Ask what they see before you sign anything below L4.",
            ["names": names.joined(separator: ", ")]
        )
        return "<p class=\"note warn\">\(Parts.icon("eye"))\(words)</p>"
    }

    /// The caller's own eyes first, then a verifier's.
    func ranked(_ there: [Assignment]) -> [Assignment] {
        func rank(_ one: Assignment) -> Int { one.person == caller.person ? 0 : one.role == .verifier ? 1 : 2 }
        return there.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(
            \.element
        )
    }

    /// Whether an answer is what they said last; their own eyes say what the caller says, unless they wrote otherwise.
    func says(_ one: Assignment, _ truth: Truth) -> Bool {
        detail.testimony(of: one)?.sighting?.fits(truth) ?? (one.person == caller.person)
    }

    /// Beside each name what they said last, and when.
    func testimonies(_ there: [Assignment]) -> HTML {
        guard !there.isEmpty else { return .empty }
        let lines: [HTML] = there.map { one in
            "<li><strong>\(name(one))</strong>: \(words(of: detail.testimony(of: one)))</li>"
        }
        return "<ul class=\"soft\" id=\"testimonies\">\(lines)</ul>"
    }

    private func words(of testimony: Testimony?) -> HTML {
        guard let testimony else { return "\(t("incident.wrote_nothing|wrote nothing yet"))" }
        let time: HTML = "<span class=\"number\">\(t.clock(testimony.at))</span>"
        switch testimony {
        case .signed(let finding): return "\(time) \(t(finding.truth.label))"
        case .wrote(_, let sealed):
            guard let words = sealed.content else { return "\(time) \(t("incident.wrote_sealed|sealed"))" }
            let text = ([words.words].compactMap(\.self) + words.salute.answers.map(\.text)).joined(separator: " · ")
            let answer = ObservationDraft.answers.first { $0.value == words.sighting && words.words == nil }
            return "\(time) \(answer.map { "\(t($0.kept)) " as HTML })<q>\(text)</q>"
        }
    }

    /// Only where somebody there says otherwise: an answer that most never need.
    func spoke(_ there: [Assignment], _ answer: Truth?) -> HTML {
        let isOtherwise = there.contains { one in
            guard one.person != caller.person, let answer else { return false }
            return detail.testimony(of: one)?.sighting.map { !$0.fits(answer) } ?? false
        }
        guard isOtherwise else { return .empty }
        let label = t("incident.spoke|I spoke with them since: it is otherwise than they wrote. The note says why.")
        return """
            <label class="check"><input type="checkbox" name="spoke" value="on"\(form.isOn("spoke") ? " checked" : "")>\
            <span>\(label)</span></label>
            """
    }

    private func name(_ one: Assignment) -> String { detail.handles[one.person] ?? t("person.former|Former member") }

    /// Chosen by itself only where they say what is to be signed.
    func witness(_ there: [Assignment], _ eyes: Assignment?) -> HTML {
        guard !there.isEmpty else {
            let nobody = t("incident.nobody_there|Nobody we sent is there yet. So nobody can have seen it.")
            return "<p class=\"hint\">\(nobody)</p>"
        }
        let choose = [(value: "", label: t("incident.choose|Choose"))]
        let options = there.map { one in (value: one.id.text, label: "\(name(one)) (\(t(one.role.label)))") }
        return Ask(
            name: "witness",
            label: t("incident.witness|Who was there"),
            hint: t("incident.witness_hint|Only if somebody saw it there."),
            value: typed("witness", eyes?.id.text ?? ""),
            control: .choice(options: (eyes == nil ? choose : []) + options),
            error: errors["witness"]
        ).html(t)
    }
}
