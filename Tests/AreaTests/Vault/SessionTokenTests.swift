// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("Session token")
struct SessionTokenTests {
    @Test func `the cookie gives the same token back`() throws {
        let token = SessionToken.generate()
        let read = try #require(SessionToken(cookie: token.cookie))
        #expect(read.idHash == token.idHash)
        #expect(token.cookie.utf8.count == 86)
        let seed = Secret.random()
        #expect(try read.unwrap(token.wrap(seed, person: "p"), person: "p") == seed)
        #expect(read.accepts(csrf: token.csrf))
    }

    @Test func `another token opens nothing and its form is not accepted`() throws {
        let token = SessionToken.generate()
        let other = SessionToken.generate()
        let wrapped = try token.wrap(.random(), person: "p")
        #expect(throws: VaultError.damaged) { try other.unwrap(wrapped, person: "p") }
        #expect(throws: VaultError.damaged) { try token.unwrap(wrapped, person: "q") }
        #expect(!other.accepts(csrf: token.csrf))
        #expect(!token.accepts(csrf: ""))
    }

    @Test func `rubbish, cut and stretched cookies are no token`() {
        let cookie = SessionToken.generate().cookie
        for length in 0..<86 { #expect(SessionToken(cookie: String(cookie.prefix(length))) == nil) }
        for rubbish in [cookie + "A", cookie + "=", " " + cookie.dropFirst(), "\u{0600}" + cookie.dropFirst()] {
            #expect(SessionToken(cookie: rubbish) == nil)
        }
        // 64 bytes leave four bits over in the last letter; only zeros there are ours.
        #expect(SessionToken(cookie: String(cookie.dropLast()) + "_") == nil)
    }

    @Test(arguments: 0..<20)
    func `base64url goes there and back`(count: Int) throws {
        let bytes = RandomBytes.take(count)
        #expect(Base64URL.bytes(Base64URL.text(bytes), count: count) == bytes)
    }
}
