// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Vault

/// `/people`: who is in the network, what they may do, and what they can do.
struct PeoplePages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        let wanted = request.uri.queryParameters["q"].map(String.init) ?? ""
        return try await list(context, wanted: wanted, adding: nil, refusal: nil)
    }

    /// The link stands in this answer and nowhere else, so it is a page and not a redirect.
    func invite(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let (member, caller) = (NewMember(form), context.caller)
        do {
            try caller.require(.managePeople)
            let receipt = try site.once(form, "people.invite", context)
            let draft = try member.draft()
            let confirmed = try await site.confirm(form, context)
            let reason = form["reason"]
            let made = try await site.database.write { tx -> (secret: String, asked: Proposal)? in
                guard try FormReceipt.take(receipt, in: tx) else { return nil }
                let secret = try Invitation.make(draft, by: caller, in: tx)
                guard let invitation = try Invitation.find(secret: secret, in: tx) else { throw Refusal.notFound }
                let act = InvitationApproval(invitation)
                return (secret, try Proposal.ask(act, because: reason, confirmed: confirmed, by: caller, in: tx))
            }
            let link = made.map { "\(site.address(request))/invitations/\($0.secret)" }
            let waits = made.map { $0.asked.stored == .open } ?? false
            let note = waits ? SecondPersonNote(t: context.t).html : HTML.empty
            return page(context, "\(InvitedPage(t: context.t, handle: member.handle, link: link).body)\(note)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await list(context, wanted: "", adding: member, refusal: refusal)
        }
    }

    func withdraw(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Invitation> = try context.ref("id")
        return try await site.change(request, context, then: "/people") { _, caller, tx in
            try Invitation.withdraw(id, by: caller, in: tx)
        } orElse: { _, refusal in
            try await list(context, wanted: "", adding: nil, refusal: refusal)
        }
    }

    func member(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await shown(try context.ref("id"), context, refusal: nil, form: nil)
    }

    func changeRoles(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller): (Ref<Person>, Caller) = (try context.ref("id"), context.caller)
        let form = try await site.memberForm(request, context)
        do {
            try caller.require(.managePeople)
            let roles = Set(form.all("roles").compactMap(Role.init(rawValue:)))
            guard !roles.isEmpty else {
                throw Refusal.invalid(["roles": "people.roles_missing|Choose at least one role."])
            }
            let before = try await load(id, context).person.roles
            let gives = !roles.isSubset(of: before)
            let confirmed = gives ? try await site.confirm(form, context) : nil
            let reason = form["reason"]
            let asked = try await site.database.write { tx -> Proposal? in
                // What is taken away is gone at once; what is given waits for a second person.
                let now = try Person.find(id, in: tx)?.roles ?? []
                if !now.isSubset(of: roles) {
                    let loss = AccessRemoval.Loss.roles(staying: Role.allCases.filter(now.intersection(roles).contains))
                    try Proposal.takeAway(AccessRemoval(loss, from: id, in: tx), by: caller, in: tx)
                }
                guard let confirmed, !roles.isSubset(of: now) else { return nil }
                return try Proposal.ask(
                    RosterChange(id, roles: roles),
                    because: reason,
                    confirmed: confirmed,
                    by: caller,
                    in: tx
                )
            }
            return .see(asked.map { "\(ProposalsPages.path)/\($0.id)" } ?? "/people/\(id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await shown(id, context, refusal: refusal, form: form)
        }
    }

    func changeHelper(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (places, skills) = (site.places, site.pack.skills)
        return try await change(request, context) { person, form, caller, tx in
            let held = try Helper.find(person, in: tx)?.skills.map(\.skill) ?? []
            let known = skills + held.filter { !skills.contains($0) }
            try Helper.register(person, HelperForm(form).offer(in: places, of: known), by: caller, in: tx)
        }
    }

    func confirmRemoval(_ request: Request, _ context: MemberContext) async throws -> Response {
        let member = try await load(try context.ref("id"), context)
        return page(context, RemovalPage(t: context.t, person: member.person, token: context.token.csrf).body)
    }

    func remove(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Person> = try context.ref("id")
        return try await site.change(request, context, then: "/people") { _, caller, tx in
            try Proposal.takeAway(AccessRemoval(.everything, from: id, in: tx), by: caller, in: tx)
        } orElse: { _, refusal in
            try await shown(id, context, refusal: refusal, form: nil)
        }
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Person>, Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Person> = try context.ref("id")
        return try await site.change(request, context, then: "/people/\(id.text)") { form, caller, tx in
            try verb(id, form, caller, tx)
        } orElse: { form, refusal in
            try await shown(id, context, refusal: refusal, form: form)
        }
    }

    private func list(
        _ context: MemberContext,
        wanted: String,
        adding: NewMember?,
        refusal: Refusal?
    ) async throws -> Response {
        let caller = context.caller
        let (people, helpers, organisations) = try await site.database.read { tx in
            (try Person.list(by: caller, in: tx), try Helper.all(in: tx), try Organisation.all(in: tx))
        }
        let (rosters, invitations) = try await site.database.read { tx in
            (
                try Team.rosters(by: caller, in: tx),
                caller.can(.managePeople) ? try Invitation.waiting(by: caller, in: tx) : []
            )
        }
        let response = rosters.filter { $0.team.purpose == "response" && $0.team.organisation == nil }
        let folded = wanted.lowercased()
        let list = PeoplePage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            submission: site.onceToken("people.invite", context),
            wanted: wanted,
            total: people.count,
            people: people.filter { folded.isEmpty || $0.handle.lowercased().contains(folded) },
            helpers: Dictionary(helpers.map { ($0.person, $0) }) { first, _ in first },
            organisations: organisations,
            teams: rosters.map(\.team),
            invitations: invitations,
            waiting: rosters.reduce(0) { $0 + $1.waiting.count },
            adding: adding ?? NewMember(teams: Set(response.map(\.team.id.text))),
            refusal: refusal
        )
        return page(context, list.body, status: refusal?.status ?? .ok)
    }

    private func shown(
        _ id: Ref<Person>,
        _ context: MemberContext,
        refusal: Refusal?,
        form: Form?
    ) async throws -> Response {
        let member = try await load(id, context)
        let isHelperForm = form.map { !$0["place"].isEmpty || !$0["miles"].isEmpty } ?? false
        let memberPage = MemberPage(
            site: site,
            t: context.t,
            caller: context.caller,
            token: context.token.csrf,
            person: member.person,
            organisation: member.organisation,
            helper: member.helper,
            roles: form.flatMap { isHelperForm ? nil : Set($0.all("roles")) }
                ?? Set(member.person.roles.map(\.rawValue)),
            offer: form.flatMap { isHelperForm ? HelperForm($0) : nil }
                ?? HelperForm(member.helper, site: site, context.t),
            refusal: refusal
        )
        return page(context, memberPage.body, status: refusal?.status ?? .ok)
    }

    /// Found through the caller, so that a stranger's reference is unknown.
    private func load(
        _ id: Ref<Person>,
        _ context: MemberContext
    ) async throws -> (person: Person, organisation: String, helper: Helper?) {
        let caller = context.caller
        return try await site.database.read { tx in
            guard let person = try Person.list(by: caller, in: tx).first(where: { $0.id == id }) else {
                throw Refusal.notFound
            }
            let organisation = try Organisation.all(in: tx).first { $0.id == person.organisation }?.name ?? ""
            return (person, organisation, try Helper.find(id, in: tx))
        }
    }

    private func page(_ context: MemberContext, _ body: HTML, status: HTTPResponse.Status = .ok) -> Response {
        site.memberPage(
            context,
            place: "/people",
            title: context.t("place.people|People"),
            status: status,
            body: body
        )
    }
}

extension Site {
    /// What stands before a path in a link that people send: the configured address, else the host that was asked.
    func address(_ request: Request) -> String {
        config.address.isEmpty ? "http://\(request.head.authority ?? "localhost:\(config.port)")" : config.address
    }
}
