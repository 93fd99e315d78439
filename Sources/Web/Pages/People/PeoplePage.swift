// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

/// What was typed about a new member.
struct NewMember {
    let handle: String
    let login: String
    let organisation: String
    let language: String
    let roles: Set<String>
    let opensSealed: Bool

    init(_ t: Words) {
        (handle, login, organisation, language) = ("", "", "", t.language.code)
        roles = []
        opensSealed = true
    }

    init(_ form: Form) {
        handle = form["handle"]
        login = form["login"]
        organisation = form["organisation"]
        language = form["language"]
        roles = Set(form.all("roles"))
        opensSealed = form.isOn("sealed")
    }

    var granted: Set<Role> { Set(roles.compactMap(Role.init(rawValue:))) }
}

/// Everybody, in a table, and the form for one more.
struct PeoplePage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let submission: String
    let wanted: String
    let total: Int
    let people: [Person]
    let helpers: [Ref<Person>: Helper]
    let organisations: [Organisation]
    let adding: NewMember
    let refusal: Refusal?

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: Self.labels, back: "/people", t))\
        <div class="row apart"><h1>\(t("place.people|People"))</h1>\(addLink)</div>\
        <form class="row" method="get" action="/people"><label for="q" class="visually-hidden">\
        \(t("people.find|Find a name"))</label><input id="q" name="q" class="short" maxlength="40" value="\(wanted)" data-filter>\
        <button>\(t("people.find_button|Find"))</button></form>\(table)\(form)</div>
        """
    }

    static let labels = ["handle", "login", "organisation", "roles", "language"].map { (field: $0, id: $0) }

    private var mayManage: Bool { caller.can(.managePeople) }

    private var addLink: HTML {
        mayManage ? "<a class=\"button first\" href=\"#add\">\(t("people.add|Add a member"))</a>" : .empty
    }

    private var table: HTML {
        guard !people.isEmpty else {
            return """
                <div class="empty">\(Parts.icon("people"))<p>\
                \(t("people.none|Nobody here has that name. Try a part of it."))</p></div>
                """
        }
        return """
            <div class="tables"><table><caption>\(t("people.count|{n} member|{n} members", n: total))</caption><thead><tr>\
            <th scope="col">\(t("people.name|Name"))</th><th scope="col">\(t("people.roles|Roles"))</th>\
            <th scope="col">\(t("people.languages|Languages"))</th><th scope="col">\(t("people.certificate|Certificate"))</th>\
            <th scope="col" class="number">\(t("people.answered|Answered"))</th>\
            <th scope="col"><span class="visually-hidden">\(t("people.actions|Actions"))</span></th></tr></thead>\
            <tbody>\(people.map(row))</tbody></table></div>
            """
    }

    private func row(_ person: Person) -> HTML {
        let helper = helpers[person.id]
        let roles = Role.allCases.filter(person.roles.contains).map { t($0.name) }.joined(separator: ", ")
        let languages = (helper?.languages ?? []).map(SpokenLanguage.name).joined(separator: ", ")
        let answered = helper.map {
            t("people.of|{answered} of {asked}", ["answered": "\($0.answered)", "asked": "\($0.asked)"])
        }
        let open: HTML = """
            <a href="/people/\(person.id)">\(t("people.open|Open"))<span class="visually-hidden"> \(person.handle)</span></a>
            """
        return """
            <tr><th scope="row">\(person.handle)</th><td data-label="\(t("people.roles|Roles"))">\(roles)</td>\
            <td data-label="\(t("people.languages|Languages"))">\(languages)</td>\
            <td data-label="\(t("people.certificate|Certificate"))">\(CertificateMark(helper, now: site.now, t).html)</td>\
            <td data-label="\(t("people.answered|Answered"))" class="number">\(answered ?? "")</td><td>\(open)</td></tr>
            """
    }

    private var form: HTML {
        guard mayManage else { return .empty }
        let errors = refusal?.fields ?? [:]
        let locked: HTML =
            caller.isUnlocked
            ? .empty
            : Parts.envelope(
                t("people.locked_note|Unlock first, so that you can share the team’s key"),
                back: "/people",
                t
            )
        let groups = organisations.map { (value: $0.id.text, label: $0.name) }
        return """
            <form class="sheet stack close" id="add" method="post" action="/people">\
            <h2>\(t("people.add|Add a member"))</h2>\(Parts.hidden([("_token", token), ("submission", submission)]))\(locked)\
            <div class="form-grid">\
            \(Ask(name: "handle", label: t("people.handle|Name others see"), hint: t("people.handle_hint|A short name. Not the full legal name."), value: adding.handle, limit: 40, error: errors["handle"]).html(t))\
            \(Ask(name: "login", label: t("people.login|Sign-in name"), hint: t("people.login_hint|Letters, digits and dots. They type it to sign in."), value: adding.login, limit: 64, control: .line(type: "text", attributes: " autocapitalize=\"none\" spellcheck=\"false\" autocomplete=\"off\""), error: errors["login"]).html(t))\
            \(Ask(name: "organisation", label: t("people.group|Group"), value: adding.organisation, control: .choice(options: groups), error: errors["organisation"]).html(t))\
            \(Ask(name: "language", label: t("people.their_language|Their language"), value: adding.language, control: .choice(options: site.library.languages.map { ($0.code, $0.name) }), error: errors["language"]).html(t))\
            \(Parts.boxes(t("people.roles|Roles"), name: "roles", options: Role.allCases.map { ($0.rawValue, t($0.name)) }, on: adding.roles, error: errors["roles"], t))\
            <label class="check all"><input type="checkbox" name="sealed" value="yes"\(adding.opensSealed ? " checked" : "")> \
            \(t("people.sealed|They can open sealed reports"))</label></div>\
            <div class="turn"><button class="first">\(t("people.add_button|Add and show the one-time passphrase"))</button></div></form>
            """
    }
}

/// The first certificate to end, with a word and a picture for how soon.
struct CertificateMark {
    let html: HTML

    init(_ helper: Helper?, now: Instant, _ t: Words) {
        guard let end = helper?.skills.filter(\.skill.needsCertificate).compactMap(\.expiresAt).min() else {
            html = "<span class=\"soft\">\(t("people.no_certificate|none"))</span>"
            return
        }
        let days = Int((end - now).inMilliseconds / 86_400_000)
        html =
            if end <= now {
                Parts.state("urgent", "cross", t("people.certificate_ended|ended"))
            } else if days < 14 {
                Parts.state("warn", "clock", t("people.certificate_ends|ends in {n} day|ends in {n} days", n: days))
            } else {
                Parts.state("good", "check", t("people.certificate_until|until {day}", ["day": LocalTime(end).isoDay]))
            }
    }
}

/// Shown once: the new member's first passphrase.
struct NewMemberPage {
    let t: Words
    let member: NewMember
    /// Nil when the same form came a second time: then nothing new was made.
    let passphrase: String?

    var body: HTML {
        """
        <div class="stack"><h1>\(t("people.added|{name} is a member now", ["name": member.handle]))</h1>\
        \(passphrase.map(shown) ?? again)\
        <p><a class="button first" href="/people">\(t("people.back|Back to people"))</a></p></div>
        """
    }

    private func shown(_ passphrase: String) -> HTML {
        """
        <p class="lead">\(t("people.once|This passphrase is shown only once. Give it to them in person."))</p>\
        <section class="sheet stack close"><dl class="review"><div><dt>\(t("people.login|Sign-in name"))</dt>\
        <dd>\(member.login.lowercased())</dd></div><div><dt>\(t("people.passphrase|Passphrase"))</dt>\
        <dd id="passphrase">\(passphrase)</dd></div></dl>\
        <p><button type="button" class="needs-script" data-copy="#passphrase" data-done="\(t("people.copied|Copied"))">\
        \(Parts.icon("copy"))\(t("people.copy|Copy the passphrase"))</button></p></section>\
        <p>\(t("people.change_soon|Ask them to choose their own passphrase under Settings."))</p>
        """
    }

    private var again: HTML {
        """
        <p class="lead">\(t("people.twice|This form was sent twice. It counted once."))</p>\
        <p>\(t("people.twice_words|The passphrase was shown the first time only. Did you miss it? Remove them and add them again."))</p>
        """
    }
}
