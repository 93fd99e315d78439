// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("Decisions, through the door")
struct ProposalDoorTests {
    /// The next one: each works once, and signing in used the one before.
    private func code(_ door: Door) -> String {
        door.world.clock.advance(by: .seconds(31))
        return World.codes.code(step: OneTimeSecret.step(at: door.world.clock.now))
    }

    @Test(
        "A role asked for at the door waits on a page that says what will happen; without the passphrase nothing does"
    )
    func roles() async throws {
        let door = try await Door()
        _ = try await door.world.member(named: "Sol", [.coordinator])
        let lupe = door.world.lupe.person
        try await door.signIn(.ruth)
        let path = "/people/\(lupe)/roles"
        let form = [("_token", door.csrf), ("roles", "observer"), ("roles", "dispatcher"), ("reason", "trained")]
        let refused = try await door.post(path, form: form + [("passphrase", "not the passphrase at all")])
        #expect(refused.status == 422)
        let asked = try await door.post(path, form: form + [("passphrase", World.passphrase), ("code", code(door))])
        #expect(asked.status == 303)
        let page = try await door.get(try #require(asked.headers[.location]))
        #expect(page.status == 200)
        #expect(page.text.contains("Lupe will be: Dispatcher, Legal observer."))
        #expect(page.text.contains("trained"))
        #expect(page.text.contains("Sol"))
        #expect(!page.text.contains("/approval\""))
        #expect(try await door.world.database.read { tx in try Person.find(lupe, in: tx)?.roles } == [.observer])
        // Taking one away needs nobody else.
        let less = try await door.post(
            "/people/\(door.world.amina.person)/roles",
            form: [("_token", door.csrf), ("roles", "operator")]
        )
        #expect(less.status == 303)
        let amina = door.world.amina.person
        #expect(try await door.world.database.read { tx in try Person.find(amina, in: tx)?.roles } == [.operator])
    }

    @Test("Who has nothing to do with a decision finds no page of it")
    func stranger() async throws {
        let door = try await Door()
        _ = try await door.world.member(named: "Sol", [.coordinator])
        let (ruth, lupe) = (door.world.ruth, door.world.lupe.person)
        let asked = try await door.world.database.write { tx in
            try Proposal.ask(
                RosterChange(lupe, roles: [.dispatcher]),
                because: "",
                confirmed: Confirmation.scripted(ruth, at: tx.now),
                by: ruth,
                in: tx
            )
        }
        try await door.signIn(.joao)
        #expect(try await door.get("/people/decisions/\(asked.id)").status == 404)
        #expect(
            try await door.post("/people/decisions/\(asked.id)/refusal", form: [("_token", door.csrf)]).status == 404
        )
        try await door.signIn(.lupe)
        #expect(try await door.get("/people/decisions/\(asked.id)").status == 200)
        #expect(
            try await door.post("/people/decisions/\(asked.id)/refusal", form: [("_token", door.csrf)]).status == 403
        )
    }

    @Test("A reporter erases the report with the code, after a tick; then the code is unknown")
    func erasure() async throws {
        let door = try await Door()
        let receipt = try await door.world.intake.take(
            ReportFiling(
                kind: "vehicles",
                words: "Two white vans on the corner",
                whereabouts: Whereabouts(text: "Hollenbeck Park")
            ),
            submission: .form(nonce: [UInt8](repeating: 7, count: 16))
        )
        let code = receipt.code.text
        let found = try await door.post("/report/answer", form: [("code", code)])
        let token = try #require(found.text.firstMatch(of: /report\/erasure.*?name="_token" value="([^"]+)"/)).output.1
        let form = [("code", code), ("_token", String(token))]
        #expect(try await door.post("/report/erasure", form: form).status == 422)
        let done = try await door.post("/report/erasure", form: form + [("sure", "yes")])
        #expect(done.status == 200)
        #expect(done.text.contains("Your report is erased"))
        #expect(try await door.post("/report/answer", form: [("code", code)]).status == 404)
    }

    @Test("The retention page shows every class, to those who may change one")
    func retention() async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let page = try await door.get("/settings/retention")
        #expect(page.status == 200)
        #expect(page.text.contains("Reports that nobody could check"))
        try await door.signIn(.lupe)
        #expect(try await door.get("/settings/retention").status == 403)
    }
}
