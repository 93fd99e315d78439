// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Vault

/// `/people/teams`: who can open what. A team is who holds its key; giving the key to somebody needs a member of the
/// team who is unlocked, taking it away does not.
struct TeamsPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context)
    }

    func create(_ request: Request, _ context: MemberContext) async throws -> Response {
        let site = site
        return try await change(request, context) { form, caller, tx in
            try caller.require(.managePeople)
            guard TeamPurpose.all.contains(where: { $0.value == form["purpose"] }) else {
                throw Refusal.invalid(["purpose": "people.team_purpose|Say what the team is for."])
            }
            guard let first = Ref<Person>(form["first"]) else {
                throw Refusal.invalid(["first": "teams.first_missing|Choose who is in it first."])
            }
            guard try FormReceipt.take(site.once(form, "people.team", context), in: tx) else { return }
            _ = try Team.create(
                name: form["name"],
                purpose: form["purpose"],
                organisation: Ref<Organisation>(form["organisation"]),
                first: first,
                by: caller,
                in: tx
            )
        }
    }

    func grant(_ request: Request, _ context: MemberContext) async throws -> Response {
        let team: Ref<Team> = try context.ref("team")
        let (form, caller) = (try await site.memberForm(request, context), context.caller)
        do {
            let person = try Self.person(form)
            let waits = try await site.database.read { tx in
                try Team.rosters(by: caller, in: tx).contains { $0.team.id == team && $0.waiting.contains(person) }
            }
            // Two people agreed already that whoever waits may come in: see `InvitationApproval`.
            if waits {
                try await site.database.write { tx in try Team.grant(team, to: person, by: caller, in: tx) }
                return .see("/people/teams")
            }
            let roles = try await site.database.read { tx in try Person.find(person, in: tx)?.roles ?? [] }
            let asked = try await site.ask(RosterChange(person, roles: roles, joining: [team]), form, context)
            return .see("\(ProposalsPages.path)/\(asked.id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    func askDeletion(_ request: Request, _ context: MemberContext) async throws -> Response {
        let team: Ref<Team> = try context.ref("team")
        return try await ask(request, context) { _, tx in try TeamDeletion(team, in: tx) }
    }

    func askRecovery(_ request: Request, _ context: MemberContext) async throws -> Response {
        let team: Ref<Team> = try context.ref("team")
        return try await ask(request, context) { form, _ in KeyRecovery(team, to: try Self.person(form)) }
    }

    private func ask<A: TwoPersonAct>(
        _ request: Request,
        _ context: MemberContext,
        _ act: @escaping @Sendable (Form, Transaction) throws -> A
    ) async throws -> Response {
        let form = try await site.memberForm(request, context)
        do {
            let act = try await site.database.read { tx in try act(form, tx) }
            return .see("\(ProposalsPages.path)/\(try await site.ask(act, form, context).id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    func dismiss(_ request: Request, _ context: MemberContext) async throws -> Response {
        let team: Ref<Team> = try context.ref("team")
        return try await change(request, context) { form, caller, tx in
            try Team.dismiss(Self.person(form), from: team, by: caller, in: tx)
        }
    }

    func remove(_ request: Request, _ context: MemberContext) async throws -> Response {
        let team: Ref<Team> = try context.ref("team")
        return try await change(request, context) { form, caller, tx in
            let person = try Self.person(form)
            try Proposal.takeAway(AccessRemoval(.team(team), from: person, in: tx), by: caller, in: tx)
        }
    }

    private static func person(_ form: Form) throws -> Ref<Person> {
        guard let person = Ref<Person>(form["person"]) else {
            throw Refusal.invalid(["person": "teams.person_missing|Choose a person."])
        }
        return person
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        try await site.change(request, context, then: "/people/teams", verb) { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let (rosters, people, organisations) = try await site.database.read { tx in
            (
                try Team.rosters(by: caller, in: tx), try Person.list(by: caller, in: tx),
                try Organisation.all(in: tx)
            )
        }
        let body = TeamsPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            submission: site.onceToken("people.team", context),
            rosters: rosters,
            people: people,
            organisations: organisations,
            form: form,
            refusal: refusal
        ).body
        return site.memberPage(
            context,
            place: "/people",
            title: context.t("place.people|People"),
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}

/// What a team can be for, in words.
struct TeamPurpose {
    let value: String
    let label: Phrase

    static let all = [
        TeamPurpose(value: "response", label: "teams.response|Answering reports"),
        TeamPurpose(value: "legal", label: "teams.legal|Legal cases"),
        TeamPurpose(value: "care", label: "teams.care|Support for families"),
    ]

    static func words(_ value: String, _ t: Words) -> String {
        all.first { $0.value == value }.map { t($0.label) } ?? value
    }
}

/// The teams of the coalition and of each organisation.
struct TeamsPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let submission: String
    let rosters: [Team.Roster]
    let people: [Person]
    let organisations: [Organisation]
    let form: Form
    let refusal: Refusal?

    var body: HTML {
        let labels = ["name", "purpose", "organisation", "first"].map { (field: $0, id: $0) }
        let everybody = rosters.filter { $0.team.organisation == nil }
        let own: [HTML] = organisations.map { organisation in
            let teams = rosters.filter { $0.team.organisation == organisation.id }
            return """
                <section class="stack close"><h2>\(organisation.name)</h2>\
                \(teams.isEmpty ? "<p class=\"hint\">\(t("teams.none|No team of its own yet."))</p>" : "<div class=\"columns\">\(teams.map(card))</div>" as HTML)</section>
                """
        }
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels, back: "/people/teams", t))\
            <p><a href="/people">\(t("people.back|Back to people"))</a></p><h1>\(t("teams.title|Teams"))</h1>\
            <p class="lead">\(t("teams.words|Only the people in a team can open what it keeps. No role opens it alone."))</p>\
            <section class="stack close"><h2>\(t("teams.coalition|The whole coalition"))</h2>\
            <div class="columns">\(everybody.map(card))</div></section>\(own)\(mayManage ? create : .empty)</div>
            """
    }

    private var mayManage: Bool { caller.can(.managePeople) }

    private func handle(_ person: Ref<Person>) -> String { people.first { $0.id == person }?.handle ?? "–" }

    private func card(_ roster: Team.Roster) -> HTML {
        let waiting: [HTML] = roster.waiting.map { person in
            """
            <li><div class="stack tight"><strong>\(handle(person))</strong>\
            \(Parts.state("warn", "clock", t("teams.waiting|Waits for the key")))</div>\
            <span class="push row">\(mayManage ? answers(roster, person) : .empty)</span></li>
            """
        }
        let names = roster.members.map(handle).sorted().joined(separator: ", ")
        let ask: HTML =
            roster.waiting.isEmpty
            ? .empty
            : "<p class=\"hint\">\(t("teams.ask_first|Ask them in person first: did you use the link yourself?"))</p>"
        return """
            <section class="sheet stack close" id="team-\(roster.team.id)"><h3>\(roster.team.name)</h3>\
            <p class="meta"><span>\(TeamPurpose.words(roster.team.purpose, t))</span>\
            <span>\(t("teams.count|{n} person|{n} people", n: roster.members.count))</span></p>\
            \(waiting.isEmpty ? .empty : "\(ask)<ul class=\"waiting\">\(waiting)</ul>" as HTML)\
            <p>\(names)</p>\(mayManage ? changes(roster) : .empty)</section>
            """
    }

    private func answers(_ roster: Team.Roster, _ person: Ref<Person>) -> HTML {
        let path = "/people/teams/\(roster.team.id)"
        let give: HTML =
            roster.isCallers
            ? Parts.button(
                "\(path)/members",
                "\(Parts.icon("check"))\(t("teams.give|Give the key"))<span class=\"visually-hidden\">: \(handle(person))</span>",
                token: token,
                class: "first small",
                fields: [("person", person.text)]
            ) : "<span class=\"soft\">\(t("teams.member_gives|Somebody in the team gives it."))</span>"
        let refuse = Parts.button(
            "\(path)/refusals",
            "\(t("teams.refuse|No"))<span class=\"visually-hidden\">: \(handle(person))</span>",
            token: token,
            class: "small quiet",
            fields: [("person", person.text)]
        )
        return "\(give)\(refuse)"
    }

    private func changes(_ roster: Team.Roster) -> HTML {
        let path = "/people/teams/\(roster.team.id)"
        let inside = Set(roster.members)
        let outside = people.filter { !inside.contains($0.id) && !roster.waiting.contains($0.id) }
        let members = people.filter { inside.contains($0.id) }
        let letIn: HTML =
            roster.isCallers && !outside.isEmpty
            ? picker(
                "\(path)/members",
                outside,
                "in-\(roster.team.id)",
                t("teams.let_in|Let somebody in"),
                t("teams.let_in_button|Give the key"),
                asks: true
            ) : .empty
        let takeOut: HTML =
            members.count > 1
            ? picker(
                "\(path)/removals",
                members,
                "out-\(roster.team.id)",
                t("teams.take_out|Take somebody out"),
                t("teams.take_out_button|Take out, and change the key")
            ) : .empty
        return """
            <details class="fold"><summary>\(t("teams.change|Change who is in it"))</summary><div class="stack close">\
            \(letIn)\(takeOut)\(rest(roster))</div></details>
            """
    }

    /// What takes two: getting a lost key back, and deleting the team.
    private func rest(_ roster: Team.Roster) -> HTML {
        let path = "/people/teams/\(roster.team.id)"
        let able = people.filter { $0.roles != [.administrator] }
        let recovery = picker(
            "\(path)/recovery",
            able,
            "key-\(roster.team.id)",
            t("teams.recover|Nobody has the key any more? Get it back for"),
            t("teams.recover_button|Ask to recover the key"),
            asks: true
        )
        guard roster.team.purpose != "response" || roster.team.organisation != nil else { return recovery }
        return """
            \(recovery)<form class="stack tight" method="post" action="\(path)/deletion">\(Parts.hidden([("_token", token)]))\
            <h4>\(t("proposal.team_deletion|Delete a team"))</h4>\
            \(AskFields(site: site, t: t, caller: caller, form: "del-\(roster.team.id)").html)\
            <div class="turn"><button class="urgent">\(t("teams.delete_button|Ask to delete this team"))</button></div></form>
            """
    }

    private func picker(
        _ path: String,
        _ people: [Person],
        _ id: String,
        _ label: String,
        _ button: String,
        asks: Bool = false
    ) -> HTML {
        let ask = asks ? AskFields(site: site, t: t, caller: caller, form: id).html : HTML.empty
        let options = people.map { (value: $0.id.text, label: $0.handle) }
        return """
            <form class="stack tight" method="post" action="\(path)">\(Parts.hidden([("_token", token)]))\
            \(Ask(name: "person", id: id, label: label, control: .choice(options: options)).html(t))\(ask)\
            <div class="turn"><button>\(button)</button></div></form>
            """
    }

    private var create: HTML {
        let errors = refusal?.fields ?? [:]
        let groups =
            [(value: "", label: t("teams.coalition|The whole coalition"))]
            + organisations.map { (value: $0.id.text, label: $0.name) }
        let purposes = TeamPurpose.all.map { (value: $0.value, label: t($0.label)) }
        let first = people.filter { $0.roles != [.administrator] }.map { (value: $0.id.text, label: $0.handle) }
        return """
            <form class="sheet stack close" id="add" method="post" action="/people/teams"><h2>\(t("teams.add|A new team"))</h2>\
            \(Parts.hidden([("_token", token), ("submission", submission)]))<div class="form-grid">\
            \(Ask(name: "name", label: t("teams.name|Its name"), value: form["name"], limit: 80, error: errors["name"]).html(t))\
            \(Ask(name: "purpose", label: t("teams.purpose|What it is for"), value: form["purpose"], control: .choice(options: purposes), error: errors["purpose"]).html(t))\
            \(Ask(name: "organisation", label: t("people.group|Group"), value: form["organisation"], control: .choice(options: groups), error: errors["organisation"]).html(t))\
            \(Ask(name: "first", label: t("teams.first|Who is in it first"), hint: t("teams.first_hint|They let the others in."), value: form["first"], control: .choice(options: first), error: errors["first"]).html(t))</div>\
            <div class="turn"><button class="first">\(t("teams.add_button|Make the team"))</button></div></form>
            """
    }
}
