// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("Form token")
struct FormTokenTests {
    let keys = InstanceKeys.fleeting()
    let start = Instant(milliseconds: 1_780_000_000_000)
    let text: String

    init() { text = FormToken.issue(for: "report", at: start, keys: keys) }

    private func read(
        _ text: String,
        for purpose: String = "report",
        after: Duration = .seconds(10),
        youngest: Duration = .zero
    ) throws -> FormToken {
        try FormToken(text, for: purpose, at: start + after, keys: keys, youngest: youngest)
    }

    @Test func `comes back with its nonce and its time`() throws {
        let token = try read(text)
        #expect(token.nonce.count == 16)
        #expect(token.issuedAt == start)
        #expect(try read(text).nonce == token.nonce)
        #expect(try read(FormToken.issue(for: "report", at: start, keys: keys)).nonce != token.nonce)
    }

    @Test func `a robot is too quick, a person is not`() throws {
        #expect(throws: FormToken.Problem.tooSoon) { try read(text, after: .seconds(2), youngest: .seconds(3)) }
        #expect(throws: Never.self) { try read(text, after: .seconds(3), youngest: .seconds(3)) }
    }

    @Test func `runs out after six hours`() throws {
        #expect(throws: Never.self) { try read(text, after: .hours(6)) }
        #expect(throws: FormToken.Problem.expired) { try read(text, after: .hours(6) + .milliseconds(1)) }
    }

    @Test func `a node whose clock is a little behind takes it, one from tomorrow is forged`() throws {
        #expect(throws: Never.self) { try read(text, after: .seconds(-30)) }
        #expect(throws: FormToken.Problem.forged) { try read(text, after: .hours(-24)) }
    }

    @Test func `another purpose or another instance does not take it`() {
        #expect(throws: FormToken.Problem.forged) { try read(text, for: "sign-in") }
        #expect(throws: FormToken.Problem.forged) {
            try FormToken(text, for: "report", at: start, keys: .fleeting())
        }
    }

    @Test func `every changed or missing letter is noticed`() {
        let letters = Array(text)
        for place in letters.indices {
            var changed = letters
            changed[place] = changed[place] == "A" ? "B" : "A"
            #expect(throws: FormToken.Problem.forged) { try read(String(changed)) }
            #expect(throws: FormToken.Problem.forged) { try read(String(letters.prefix(place))) }
        }
        #expect(throws: FormToken.Problem.forged) { try read(text + "A") }
        #expect(throws: FormToken.Problem.forged) { try read("\u{0600}" + text) }
    }
}
