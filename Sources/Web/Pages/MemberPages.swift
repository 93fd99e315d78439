// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People
import Vault

/// What the pages of members share: their shell, and forms that count once.
extension Site {
    /// A page in the staff's shell. `place` is the path of the part it belongs to, such as `/board`.
    func memberPage(
        _ context: MemberContext,
        place: String,
        title: String,
        mainClass: String = "page stack",
        scripts: [String] = [],
        counts: HTML = .empty,
        isBoard: Bool = false,
        isDense: Bool = true,
        status: HTTPResponse.Status = .ok,
        body: HTML
    ) -> Response {
        let t = context.t
        var places: [(path: String, label: String, permission: Permission?)] = [
            ("/board", t("place.board|Board"), .seeBoard), ("/respond", t("place.respond|My assignments"), nil),
            (ConsolePages.path, t("console.title|Console"), .answer),
            (BroadcastPages.path, t("broadcast.title|Alerts"), .draftAlert),
            ("/shifts", t("place.shifts|Shifts"), nil), ("/people", t("place.people|People"), .seePeople),
            ("/facts", t("place.facts|Facts"), .writeFacts),
            (TrainingDeskPages.path, t("place.training|Training"), nil),
            ("/drills", t("place.drills|Drills"), .runDrill), ("/settings", t("place.settings|Settings"), nil),
        ]
        places = places.filter { place in place.permission.map(context.caller.can) ?? true }
        let waiting = decisions.count(for: context.caller.person)
        if waiting > 0 {
            let label = t("place.decisions|Decisions ({n})|Decisions ({n})", n: waiting)
            places.append((ProposalsPages.path, label, nil))
        }
        let member = Layout.Member(
            id: context.caller.person.text,
            handle: context.caller.handle,
            token: context.token.csrf,
            isUnlocked: context.caller.keyring != nil,
            mayPanic: context.caller.can(.panic),
            places: places.map { ($0.path, $0.label, $0.path == place) },
            counts: counts,
            isDense: isDense,
            isBoard: isBoard
        )
        return page(
            Layout(
                site: self,
                t: t,
                path: place,
                shell: .member(member),
                title: title,
                mainClass: mainClass,
                scripts: scripts,
                body: body
            ),
            status: status
        )
    }

    /// Reads a member's form and checks that it came from a page of the same session.
    func memberForm(_ request: Request, _ context: MemberContext, limit: Int = Limits.formBody) async throws -> Form {
        let form = try await Form.read(request, limit: limit)
        guard context.token.accepts(csrf: form["_token"]) else { throw Refusal.forbidden }
        return form
    }
}

extension Response {
    /// After a change, the browser is sent to a page it can reload without doing it again.
    static func see(_ path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}
