// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

/// One member: roles, and what they offer as a helper.
struct MemberPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let person: Person
    let organisation: String
    let helper: Helper?
    /// As they are, or as they were typed.
    let roles: Set<String>
    let offer: HelperForm
    let refusal: Refusal?

    private static let labels = ["roles", "place", "miles", "capacity", "languages", "skills"].map {
        (field: $0, id: $0)
    }

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: Self.labels, back: path, t))\
        <p><a href="/people">\(t("people.back|Back to people"))</a></p><h1>\(person.handle)</h1>\
        <p class="meta"><span>\(organisation)</span>\
        <span>\(t("people.since|Member since {day}", ["day": t.date(LocalTime(person.createdAt).isoDay)]))</span>\
        \(CertificateMark(helper, now: site.now, t).html)\(rest)</p>\
        \(caller.can(.managePeople) ? forms : plain)</div>
        """
    }

    private var path: String { "/people/\(person.id.text)" }

    private var rest: HTML {
        guard let helper, helper.isResting(at: site.now) else { return .empty }
        let words = helper.restingUntil.map { t("people.resting_until|Resting until {day}", ["day": t.moment($0)]) }
        return Parts.state("plum", "pause", words ?? t("people.resting|Resting"))
    }

    private var plain: HTML {
        let names = Role.allCases.filter { roles.contains($0.rawValue) }.map { t($0.name) }.joined(separator: ", ")
        return "<p>\(names)</p>"
    }

    private var forms: HTML {
        """
        <div class="columns"><form class="sheet stack close" method="post" action="\(path)/roles">\
        <h2>\(t("people.roles|Roles"))</h2>\(Parts.hidden([("_token", token)]))\
        \(Parts.boxes(t("people.what_they_do|What they do in the network"), name: "roles", options: Role.allCases.map { ($0.rawValue, t($0.name)) }, on: roles, error: refusal?.fields["roles"], t))\
        <p class="hint">\(t("people.roles_hint|New roles work from their next click."))</p>\
        <p>\(t("people.roles_two|A new role needs a second person. Taking one away works at once."))</p>\
        \(AskFields(site: site, t: t, caller: caller, errors: refusal?.fields ?? [:]).html)\
        <div class="turn"><button class="first">\(t("people.save_roles|Save roles"))</button></div></form>\
        <form class="sheet stack close" method="post" action="\(path)/helper"><h2>\(t("people.helper|As a helper"))</h2>\(Parts.hidden([("_token", token)]))\
        \(history)\(offer.html(errors: refusal?.fields ?? [:], pack: site.pack, t))\
        <div class="turn"><button class="first">\(t("people.save_helper|Save"))</button></div></form></div>\
        <section class="stack close"><h2>\(t("people.remove|Remove from the network"))</h2>\
        <p>\(t("people.remove_words|They are signed out at once. They can open nothing that comes later."))</p>\
        <p><a class="button" href="\(path)/removal">\(Parts.icon("leave"))\(t("people.remove_button|Remove {name}", ["name": person.handle]))</a></p></section>
        """
    }

    private var history: HTML {
        guard let helper else {
            return
                "<p class=\"hint\">\(t("people.no_helper|Not a helper yet. Fill this in, and they can be asked."))</p>"
        }
        let asked = t("people.asked|Asked {n} time|Asked {n} times", n: helper.asked)
        let last: HTML? = helper.lastAskedAt.map {
            "<span>\(t("people.last_asked|Last time")) \(Parts.time($0, now: site.now, t))</span>"
        }
        return """
            <p class="meta"><span>\(asked)</span><span>\(t("people.yes_times|Said yes {n} time|Said yes {n} times", n: helper.accepted))</span>\
            \(last)</p>
            """
    }
}

/// A second look before a member is out.
struct RemovalPage {
    let t: Words
    let person: Person
    let token: String

    var body: HTML {
        """
        <div class="stack"><h1>\(t("people.remove_title|Remove {name}?", ["name": person.handle]))</h1>\
        <ul class="ticks"><li>\(Parts.icon("cross", class: "no"))<span>\(t("people.remove_out|They are signed out on every device, at once."))</span></li>\
        <li>\(Parts.icon("cross", class: "no"))<span>\(t("people.remove_keys|Their keys stop working for everything that comes later."))</span></li>\
        <li>\(Parts.icon("check", class: "yes"))<span>\(t("people.remove_record|What they signed stays in the record."))</span></li></ul>\
        <p>\(t("people.remove_final|You cannot undo this. To come back, they are added again."))</p>\
        <div class="row">\(Parts.button("/people/\(person.id.text)/removal", "\(t("people.remove_yes|Yes, remove {name}", ["name": person.handle]))", token: token, class: "urgent"))\
        <a class="button quiet" href="/people/\(person.id)">\(t("people.remove_no|No, go back"))</a></div></div>
        """
    }
}
