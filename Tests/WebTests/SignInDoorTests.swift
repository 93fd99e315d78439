// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import People
import Support
import Testing
import Vault

@testable import Web

/// Through the front door: with forms, cookies and codes as a browser would send them.
@Suite("The members' door")
struct SignInDoorTests {
    private func hidden(_ name: String, in page: String) throws -> String {
        let start = try #require(page.range(of: "name=\"\(name)\" value=\""))
        return String(page[start.upperBound...].prefix { $0 != "\"" })
    }

    /// A page without what differs each time it is made.
    private func stable(_ page: String) -> String {
        page.replacing(/name="_once" value="[^"]*"/, with: "").replacing(/value="[A-Za-z0-9_-]{40,}"/, with: "")
            .replacing(/data-now="[^"]*"/, with: "")
    }

    private func signIn(_ door: Door, _ login: String, _ passphrase: String, _ code: String) async throws -> Answer {
        let token = try hidden("_token", in: try await door.get("/sign-in").text)
        return try await door.post(
            "/sign-in",
            form: [("_token", token), ("login", login), ("passphrase", passphrase), ("code", code)]
        )
    }

    private func code(_ door: Door, _ app: OneTimeSecret = World.codes) -> String {
        app.code(step: OneTimeSecret.step(at: door.world.clock.clock.now()))
    }

    @Test func `name, passphrase and code let a member in, once a code`() async throws {
        let door = try await Door()
        let code = code(door)
        let answer = try await signIn(door, "ruth", World.passphrase, code)
        #expect(answer.status == 303)
        #expect(answer.headers[.setCookie]?.contains("SameSite=Strict") == true)
        door.keep(answer)
        #expect(try await door.get("/people").status == 200)
        door.signOut()
        #expect(try await signIn(door, "ruth", World.passphrase, code).status == 422)
    }

    @Test func `a form of a session that ended leads back to the page it stood on, and says that nothing was saved`()
        async throws
    {
        let door = try await Door()
        let incident = UUID().uuidString.lowercased()
        for (form, page) in [
            ("/board/incidents/\(incident)/verification", "/board/incidents/\(incident)"),
            ("/board/incidents/\(incident)/dispatch/\(incident)/stop", "/board/incidents/\(incident)"),
            ("/respond/\(incident)/observations", "/respond/\(incident)"), ("/drills/end", "/drills"),
            ("/people/invitations", "/people"), ("/shifts", "/shifts"), ("/session/lock", ""),
        ] {
            let answer = try await door.post(form, form: [("words", "A van.")])
            #expect(answer.status == 303)
            #expect(answer.headers[.location] == "/sign-in?back=\(page)&unsaved=yes")
        }
        let page = try await door.get("/sign-in?back=/board&unsaved=yes").text
        #expect(page.contains("What you had written was not saved yet."))
        #expect(try await !door.get("/sign-in?back=/board").text.contains("was not saved yet"))
        #expect(try await door.get("/shifts").headers[.location] == "/sign-in?back=/shifts")
    }

    @Test func `an unknown name, a wrong passphrase and a wrong code get the same page`() async throws {
        let door = try await Door()
        let right = code(door)
        var pages: Set<String> = []
        for (login, passphrase, code) in [
            ("amina", "not the passphrase", right), ("amina", World.passphrase, "abcdef"),
            ("amina", World.passphrase, ""),
        ] {
            let answer = try await signIn(door, login, passphrase, code)
            #expect(answer.status == 422)
            pages.insert(stable(answer.text))
        }
        let stranger = try await signIn(door, "nobody", World.passphrase, right)
        pages.insert(stable(stranger.text).replacing("value=\"nobody\"", with: "value=\"amina\""))
        #expect(pages.count == 1)
    }

    @Test func `an invited person chooses, sets up codes, sees the recovery code once, and comes back with it`()
        async throws
    {
        let door = try await Door()
        try await door.signIn(.ruth)
        let page = try await door.get("/people").text
        let invited = try await door.post(
            "/people/invitations",
            form: [
                ("_token", door.csrf), ("submission", try hidden("submission", in: page)), ("handle", "Paloma"),
                ("organisation", door.world.organisation.text), ("language", "en"), ("roles", "dispatcher"),
                ("teams", door.world.team.text), ("passphrase", World.passphrase), ("code", code(door)),
                ("reason", "She came to the training."),
            ]
        )
        let link = try #require(invited.text.firstMatch(of: /\/invitations\/[A-Za-z0-9_-]{43}/)).output
        #expect(try await door.get("/people").text.contains("Paloma"))
        #expect(try await !door.get("/people").text.contains(link))
        door.signOut()

        let form = try await door.get(String(link))
        #expect(form.status == 200)
        #expect(form.headers[.cacheControl] == "no-store")
        let accepted = try await door.post(
            String(link),
            form: [
                ("_token", try hidden("_token", in: form.text)), ("login", "paloma"),
                ("passphrase", "velvet comet orchard tunnel spoon"),
            ]
        )
        #expect(accepted.headers[.location] == "/settings/second-factor")
        door.keep(accepted)
        #expect(try await door.get(String(link)).status == 404)
        // Nothing else before the codes: pages lead there, programs are refused.
        for path in ["/board", "/respond", "/settings", "/people"] {
            #expect(try await door.get(path).headers[.location] == "/settings/second-factor")
        }
        #expect(try await door.get("/api/v1/session").status == 403)

        let offer = try await door.get("/settings/second-factor").text
        let address = try #require(offer.firstMatch(of: /secret=([A-Z2-7]{32})/)).1
        let app = try #require(OneTimeSecret(base32: String(address)))
        let ticket = try hidden("ticket", in: offer)
        let wrong = try await door.post(
            "/settings/second-factor",
            form: [("_token", door.csrf), ("ticket", ticket), ("new_code", "12")]
        )
        #expect(wrong.status == 422)
        #expect(wrong.text.contains(address))
        let done = try await door.post(
            "/settings/second-factor",
            form: [("_token", door.csrf), ("ticket", ticket), ("new_code", code(door, app))]
        )
        #expect(done.status == 200)
        let printed = done.text.matches(of: /<span>([0-9A-Z]{1,4})<\/span>/).map { String($0.1) }.joined(separator: "-")
        #expect(try await door.get("/board").status == 200)
        door.signOut()

        let recovery = try hidden("_token", in: try await door.get("/sign-in/recovery").text)
        let back = try await door.post(
            "/sign-in/recovery",
            form: [
                ("_token", recovery), ("login", "paloma"), ("recovery", printed),
                ("new_passphrase", "copper lagoon thistle vendor mural"),
            ]
        )
        #expect(back.headers[.location] == "/settings/second-factor")
        door.keep(back)
        #expect(try await door.get("/board").headers[.location] == "/settings/second-factor")
    }

    @Test(arguments: [
        ("7WXY-CC8K-0KJN-94CJ-61E3-V1XC", "copper lagoon thistle vendor mural"), (RecoveryCode.generate().text, "zq9"),
    ])
    func `a recovery code that was not tried yet comes back with what is wrong`(
        _ typed: String,
        _ passphrase: String
    ) async throws {
        let door = try await Door()
        let token = try hidden("_token", in: try await door.get("/sign-in/recovery").text)
        let answer = try await door.post(
            "/sign-in/recovery",
            form: [("_token", token), ("login", "amina"), ("recovery", typed), ("new_passphrase", passphrase)]
        )
        #expect(answer.status == 422)
        #expect(answer.text.contains("value=\"\(typed)\"") && answer.text.contains("value=\"amina\""))
        #expect(!answer.text.contains(passphrase))
    }

    @Test func `a wrong recovery code and an unknown name get the same page`() async throws {
        let door = try await Door()
        var pages: Set<String> = []
        for login in ["amina", "nobody"] {
            let token = try hidden("_token", in: try await door.get("/sign-in/recovery").text)
            let answer = try await door.post(
                "/sign-in/recovery",
                form: [
                    ("_token", token), ("login", login), ("recovery", RecoveryCode.generate().text),
                    ("new_passphrase", "copper lagoon thistle vendor mural"),
                ]
            )
            #expect(answer.status == 422)
            pages.insert(stable(answer.text).replacing("value=\"nobody\"", with: "value=\"amina\""))
        }
        #expect(pages.count == 1)
    }

    @Test func `who holds the key gives it with one button, who may not manage people sees none`() async throws {
        let door = try await Door()
        let (ruth, team) = (door.world.ruth, door.world.team)
        let draft = Invitation.Draft(
            handle: "Paloma",
            organisation: door.world.organisation,
            roles: [.verifier],
            teams: [team]
        )
        let secret = try await door.world.database.write { tx in try Invitation.make(draft, by: ruth, in: tx) }
        let token = try await door.site.door.accept(
            secret: secret,
            login: "paloma",
            passphrase: "velvet comet orchard tunnel spoon"
        )
        let paloma = try #require(try await Session.enter(token, database: door.world.database))
        #expect(paloma.teams.isEmpty)
        try await door.signIn(.ruth)
        let given = try await door.post(
            "/people/teams/\(team)/members",
            form: [("_token", door.csrf), ("person", paloma.person.text)]
        )
        #expect(given.status == 303)
        let members = try await door.world.database.read { tx in try Team.members(of: team, in: tx) }
        #expect(members.contains(paloma.person))
        try await door.signIn(.amina)
        #expect(try await !door.get("/people/teams").text.contains("/people/teams/\(team)/members"))
        let refused = try await door.post(
            "/people/teams/\(team)/removals",
            form: [("_token", door.csrf), ("person", paloma.person.text)]
        )
        #expect(refused.status == 403)
        try await door.signIn(.joao)
        #expect(try await door.get("/people/teams").status == 403)
    }

    @Test func `a member sees where they are signed in and ends the others`() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        try await door.signIn(.amina)
        let page = try await door.get("/settings").text
        let other = try hidden("session", in: page)
        let ended = try await door.post("/settings/sessions/end", form: [("_token", door.csrf), ("session", other)])
        #expect(ended.status == 303)
        #expect(try await !door.get("/settings").text.contains(other))
        let named = try await door.post("/settings/device", form: [("_token", door.csrf), ("device", "my phone")])
        #expect(named.status == 303)
        #expect(try await door.get("/settings").text.contains("my phone"))
    }
}
