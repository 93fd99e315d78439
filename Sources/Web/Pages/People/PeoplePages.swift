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
        return try await list(context, wanted: wanted, adding: NewMember(context.t), refusal: nil)
    }

    /// The one-time passphrase stands in this answer and nowhere else, so it is a page and not a redirect.
    func add(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let member = NewMember(form)
        do {
            try context.caller.require(.managePeople)
            let receipt = try site.once(form, "people.add", context)
            let passphrase = try await enrol(member, receipt, context)
            return page(context, NewMemberPage(t: context.t, member: member, passphrase: passphrase).body)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await list(context, wanted: "", adding: member, refusal: refusal)
        }
    }

    func member(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await shown(try context.ref("id"), context, refusal: nil, form: nil)
    }

    func changeRoles(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { person, form, caller, tx in
            let roles = Set(form.all("roles").compactMap(Role.init(rawValue:)))
            guard !roles.isEmpty else {
                throw Refusal.invalid(["roles": "people.roles_missing|Choose at least one role."])
            }
            try Person.changeRoles(person, to: roles, by: caller, in: tx)
        }
    }

    func changeHelper(_ request: Request, _ context: MemberContext) async throws -> Response {
        let places = site.places
        return try await change(request, context) { person, form, caller, tx in
            try Helper.register(person, HelperForm(form).offer(in: places), by: caller, in: tx)
        }
    }

    func confirmRemoval(_ request: Request, _ context: MemberContext) async throws -> Response {
        let member = try await load(try context.ref("id"), context)
        return page(context, RemovalPage(t: context.t, person: member.person, token: context.token.csrf).body)
    }

    func remove(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Person> = try context.ref("id")
        return try await site.change(request, context, then: "/people") { _, caller, tx in
            try Person.remove(id, by: caller, in: tx)
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

    /// Nil when the same form was sent before: then nothing is made again.
    private func enrol(
        _ member: NewMember,
        _ receipt: [UInt8],
        _ context: MemberContext
    ) async throws -> String? {
        let passphrase = Passphrase.generate()
        guard let organisation = Ref<Organisation>(member.organisation) else {
            throw Refusal.invalid(["organisation": "people.organisation_choose|Choose a group."])
        }
        let caller = context.caller
        let enrolment = try await Enrolment.prepare(
            login: member.login,
            passphrase: passphrase,
            gate: site.gate,
            keys: site.keys
        )
        let isNew = try await site.database.write { tx in
            guard try FormReceipt.take(receipt, in: tx) else { return false }
            try Person.enrol(
                enrolment,
                handle: member.handle,
                organisation: organisation,
                roles: member.granted,
                language: member.language,
                teams: member.opensSealed ? try Self.responseTeam(in: tx) : [],
                by: caller,
                in: tx
            )
            return true
        }
        return isNew ? passphrase : nil
    }

    private static func responseTeam(in tx: Transaction) throws -> [Ref<Team>] {
        try Team.all(in: tx).filter { $0.purpose == "response" && $0.organisation == nil }.map(\.id)
    }

    private func list(
        _ context: MemberContext,
        wanted: String,
        adding: NewMember,
        refusal: Refusal?
    ) async throws -> Response {
        let caller = context.caller
        let (people, helpers, organisations) = try await site.database.read { tx in
            (try Person.list(by: caller, in: tx), try Helper.all(in: tx), try Organisation.all(in: tx))
        }
        let folded = wanted.lowercased()
        let list = PeoplePage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            submission: site.onceToken("people.add", context),
            wanted: wanted,
            total: people.count,
            people: people.filter { folded.isEmpty || $0.handle.lowercased().contains(folded) },
            helpers: Dictionary(helpers.map { ($0.person, $0) }) { first, _ in first },
            organisations: organisations,
            adding: adding,
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
