// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Testing

@Suite("Passphrase and sign-in name")
struct PassphraseTests {
    private func problem(_ text: String, login: String = "dolores") -> String? {
        Passphrase(text).problem(login: LoginName(login))?.keyed.split(separator: "|").first.map(String.init)
    }

    @Test func `length decides, not composition`() {
        #expect(problem("quiet harbor thistle piano") == nil)
        #expect(problem("mi abuela canta en el patio") == nil)
        #expect(problem("Tr0ub4dor&3") == "people.passphrase_short")
        #expect(problem(String(repeating: "quiet harbor ", count: 30)) == "people.passphrase_long")
    }

    @Test func `the sign-in name has no place in it`() {
        #expect(problem("Dolores sings in the yard") == "people.passphrase_login")
        #expect(problem("d-o-l-o-r-e-s sings in the yard") == "people.passphrase_login")
    }

    @Test(arguments: [
        "passwordpassword", "Password-Password-1", "123456789012345", "aaaaaaaaaaaaaaaaaaaa", "abababababababab",
        "qwertyuiopqwertyuiop", "correct horse battery staple", "iloveyouiloveyou!!", "teamo teamo teamo",
        "Los Angeles 2026!!", "...............",
    ])
    func `what everybody uses is refused`(text: String) {
        #expect(problem(text) == "people.passphrase_common")
    }

    @Test func `generated ones pass, differ, and have six words`() {
        let made = (0..<200).map { _ in Passphrase.generate() }
        #expect(made.allSatisfy { problem($0) == nil && $0.split(separator: " ").count == 6 })
        #expect(Set(made).count == made.count)
    }

    @Test func `is not printed by accident`() {
        #expect("\(Passphrase("quiet harbor thistle piano"))" == "•••")
    }

    @Test func `one name in every way of typing it`() {
        #expect(LoginName(" Peña@Example.org ")?.text == "peña@example.org")
        #expect(LoginName("PEN\u{303}A") == LoginName("pe\u{F1}a"))
    }

    @Test(arguments: [
        "", "ab", "a b c", "dolo\u{0600}res", "dolores\u{301}\u{301}", "долорес", "a|b|c", "a\r\nb", "‮abc",
    ])
    func `what could be mistaken for another is no name`(text: String) {
        #expect(LoginName(text) == nil)
    }

    @Test func `every permission has a role and every role a permission`() {
        for permission in Permission.allCases { #expect(!permission.roles.isEmpty) }
        for role in Role.allCases { #expect(Permission.allCases.contains { $0.roles.contains(role) }, "\(role)") }
    }
}
