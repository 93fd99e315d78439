// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

/// What was typed about somebody to invite.
struct NewMember {
    let handle: String
    let organisation: String
    let language: String
    let roles: Set<String>
    let teams: Set<String>

    /// Empty; `teams` are ticked already.
    init(teams: Set<String>) {
        (handle, organisation, language) = ("", "", "")
        roles = []
        self.teams = teams
    }

    init(_ form: Form) {
        handle = form["handle"]
        organisation = form["organisation"]
        language = form["language"]
        roles = Set(form.all("roles"))
        teams = Set(form.all("teams"))
    }

    /// Throws a refusal that names the fields.
    func draft() throws -> Invitation.Draft {
        guard let organisation = Ref<Organisation>(organisation) else {
            throw Refusal.invalid(["organisation": "people.organisation_choose|Choose a group."])
        }
        return Invitation.Draft(
            handle: handle,
            organisation: organisation,
            roles: Set(roles.compactMap(Role.init(rawValue:))),
            teams: Set(teams.compactMap { Ref<Team>($0) }),
            language: language
        )
    }
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
    let teams: [Team]
    let invitations: [Invitation]
    /// How many wait for a team's key.
    let waiting: Int
    let adding: NewMember
    let refusal: Refusal?

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: Self.labels, back: "/people", t))\
        <div class="row apart"><h1>\(t("place.people|People"))</h1><a class="button" href="\(ProposalsPages.path)">\(t("proposals.title|Decisions"))</a>\(findLink)\(careLink)\(addLink)</div>\
        <form class="row" method="get" action="/people"><label for="q">\
        \(t("people.find|Find a name"))</label><input id="q" name="q" class="short" maxlength="40" value="\(wanted)" data-filter>\
        <button>\(t("people.find_button|Find"))</button></form>\(table)\(invited)\(form)</div>
        """
    }

    static let labels = ["handle", "organisation", "roles", "language"].map { (field: $0, id: $0) }

    private var mayManage: Bool { caller.can(.managePeople) }

    private var findLink: HTML {
        caller.can(.dispatch)
            ? "<a class=\"button\" href=\"\(FindPages.path)\">\(t("find.title|Find somebody"))</a>" : .empty
    }

    private var careLink: HTML {
        caller.can(.careForResponders)
            ? "<a class=\"button\" href=\"\(CarePages.listPath)\">\(t("care.list|Care for responders"))</a>" : .empty
    }

    private var addLink: HTML {
        let invite: HTML? =
            mayManage ? "<a class=\"button first\" href=\"#add\">\(t("people.invite|Invite somebody"))</a>" : nil
        let note: HTML? =
            waiting > 0
            ? Parts.state("warn", "clock", t("people.keys_waiting|{n} waits for a key|{n} wait for a key", n: waiting))
            : nil
        return """
            <span class="row">\(note)<a class="button" href="/people/teams">\(t("teams.title|Teams"))</a>\(invite)</span>
            """
    }

    /// Links that nobody used yet. Their addresses were shown once and are nowhere.
    private var invited: HTML {
        guard mayManage, !invitations.isEmpty else { return .empty }
        let lines: [HTML] = invitations.map { invitation in
            """
            <li><div class="stack tight"><strong>\(invitation.handle)</strong><span class="soft">\
            \(t("people.invited_until|The link works until {time}", ["time": t.moment(invitation.expiresAt)]))</span></div>\
            <span class="push">\(Parts.button("/people/invitations/\(invitation.id)/withdrawal", "\(t("people.withdraw|Take it back"))<span class=\"visually-hidden\">: \(invitation.handle)</span>", token: token, class: "small"))</span></li>
            """
        }
        return """
            <section class="stack close" id="invited"><h2>\(t("people.invited|Invited"))</h2><ul class="waiting">\(lines)</ul></section>
            """
    }

    private var table: HTML {
        guard !people.isEmpty else {
            return """
                <div class="empty">\(Parts.icon("people"))<p>\
                \(t("people.none|Nobody here has that name. Try a part of it."))</p></div>
                """
        }
        return """
            <div class="tables"><table class="roster"><caption>\(t("people.count|{n} member|{n} members", n: total))</caption><thead><tr>\
            <th scope="col">\(t("people.name|Name"))</th><th scope="col">\(t("people.roles|Roles"))</th>\
            <th scope="col">\(t("people.languages|Languages"))</th><th scope="col">\(t("people.certificate|Certificate"))</th>\
            <th scope="col" class="number">\(t("people.said_yes|Said yes"))</th></tr></thead>\
            <tbody>\(people.map(row))</tbody></table></div>
            """
    }

    private func row(_ person: Person) -> HTML {
        let helper = helpers[person.id]
        let roles = Role.allCases.filter(person.roles.contains).map { t($0.name) }.joined(separator: ", ")
        let languages = (helper?.languages ?? []).map(SpokenLanguage.name).joined(separator: ", ")
        let answered = helper.flatMap { helper in
            // Who was never asked said neither.
            helper.asked == 0
                ? nil
                : t("people.of|{answered} of {asked}", ["answered": "\(helper.accepted)", "asked": "\(helper.asked)"])
        }
        return """
            <tr><th scope="row"><a href="/people/\(person.id)">\(person.handle)</a></th><td class="roles">\(roles)</td>\
            <td>\(languages)</td>\
            <td data-label="\(t("people.certificate|Certificate"))">\(CertificateMark(helper, now: site.now, t).html)</td>\
            <td data-label="\(t("people.said_yes|Said yes"))" class="number">\(answered ?? "")</td></tr>
            """
    }

    private var form: HTML {
        guard mayManage else { return .empty }
        let errors = refusal?.fields ?? [:]
        let groups = organisations.map { (value: $0.id.text, label: $0.name) }
        let theirs = [("", t("people.language_read|The one they read the invitation in"))]
        return """
            <form class="sheet stack close" id="add" method="post" action="/people/invitations">\
            <h2>\(t("people.invite|Invite somebody"))</h2>\(Parts.hidden([("_token", token), ("submission", submission)]))\
            <p class="hint">\(t("people.invite_words|You get a link to send. They choose their own sign-in name and passphrase."))</p>\
            <div class="form-grid">\
            \(Ask(name: "handle", label: t("people.handle|Name others see"), hint: t("people.handle_hint|A short name. Not the full legal name."), value: adding.handle, limit: 40, error: errors["handle"]).html(t))\
            \(Ask(name: "organisation", label: t("people.group|Group"), value: adding.organisation, control: .choice(options: groups), error: errors["organisation"]).html(t))\
            \(Ask(name: "language", label: t("people.their_language|Their language"), value: adding.language, control: .choice(options: theirs + site.library.languages.map { ($0.code, $0.name) }), error: errors["language"]).html(t))\
            \(Parts.boxes(t("people.roles|Roles"), name: "roles", options: Role.allCases.map { ($0.rawValue, t($0.name)) }, on: adding.roles, error: errors["roles"], t))\
            \(Parts.boxes(t("people.teams|Teams whose sealed things they may open"), name: "teams", options: teams.map { ($0.id.text, $0.name) }, on: adding.teams, error: errors["teams"], t))\
            <p class="hint all">\(t("people.teams_hint|The link opens nothing. A person in the team gives them the key afterwards."))</p>\
            <p class="all">\(t("people.invite_two|The link works when a second person agreed."))</p>\
            \(AskFields(site: site, t: t, caller: caller, errors: errors).html)</div>\
            <div class="turn"><button class="first">\(t("people.invite_button|Make the link"))</button></div></form>
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
                Parts.state(
                    "good",
                    "check",
                    t("people.certificate_until|until {day}", ["day": t.date(LocalTime(end).isoDay)])
                )
            }
    }
}

/// Shown once: the link of an invitation.
struct InvitedPage {
    let t: Words
    let handle: String
    /// Nil when the same form came a second time: then nothing new was made.
    let link: String?

    var body: HTML {
        """
        <div class="stack"><h1>\(t("people.invited_name|{name} is invited", ["name": handle]))</h1>\
        \(link.map(shown) ?? again)\
        <p><a class="button first" href="/people">\(t("people.back|Back to people"))</a></p></div>
        """
    }

    private func shown(_ link: String) -> HTML {
        """
        <p class="lead">\(t("people.link_once|You see this link only now. Send it to them alone."))</p>\
        <section class="sheet stack close"><p class="wrap" id="link-address"><code>\(link)</code></p>\
        <p><button type="button" class="needs-script" data-copy="#link-address" data-done="\(t("people.copied|Copied"))">\
        \(Parts.icon("copy"))\(t("people.copy_link|Copy the link"))</button></p></section>\
        <ul class="ticks"><li>\(Parts.icon("check", class: "yes"))<span>\(t("people.link_good|Use Signal, or show it in person."))</span></li>\
        <li>\(Parts.icon("check", class: "yes"))<span>\(t("people.link_hours|It works for 72 hours, and once."))</span></li>\
        <li>\(Parts.icon("cross", class: "no"))<span>\(t("people.link_ask|Before you give a key, ask them: did you use the link yourself?"))</span></li></ul>
        """
    }

    private var again: HTML {
        """
        <p class="lead">\(t("people.twice|This form was sent twice. It counted once."))</p>\
        <p>\(t("people.twice_link|The link was shown the first time only. Did you miss it? Take it back and invite them again."))</p>
        """
    }
}
