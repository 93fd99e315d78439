// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("One-time codes")
struct OneTimeSecretTests {
    /// RFC 6238, appendix B: the SHA-1 secret, and the last six of its eight digits.
    private static let published = OneTimeSecret(base32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

    @Test(
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)]
    )
    func `the published codes`(seconds: Int64, code: String) throws {
        let secret = try #require(Self.published)
        let now = Instant(milliseconds: seconds * 1_000)
        #expect(secret.code(step: OneTimeSecret.step(at: now)) == code)
        #expect(secret.step(of: code, at: now, usedUpTo: 0) == OneTimeSecret.step(at: now))
    }

    @Test func `one step early and one late are let through, two are not, a used one never again`() throws {
        let secret = OneTimeSecret.generate()
        let now = Instant(milliseconds: 1_800_000_000_000)
        let step = OneTimeSecret.step(at: now)
        for near in [step - 1, step, step + 1] {
            #expect(secret.step(of: secret.code(step: near), at: now, usedUpTo: 0) == near)
            #expect(secret.step(of: secret.code(step: near), at: now, usedUpTo: near) == nil)
        }
        for far in [step - 2, step + 2] {
            let code = secret.code(step: far)
            let near = [step - 1, step, step + 1].map(secret.code)
            if !near.contains(code) { #expect(secret.step(of: code, at: now, usedUpTo: 0) == nil) }
        }
    }

    @Test func `a clock set back finds only used steps`() throws {
        let secret = OneTimeSecret.generate()
        let now = Instant(milliseconds: 1_800_000_000_000)
        let used = OneTimeSecret.step(at: now)
        let earlier = now - .hours(1)
        let code = secret.code(step: OneTimeSecret.step(at: earlier))
        #expect(secret.step(of: code, at: earlier, usedUpTo: used) == nil)
        #expect(secret.step(of: code, at: Instant(milliseconds: -5), usedUpTo: used) == nil)
    }

    @Test(arguments: ["", "12345", "1234567", "abcdef", "１２３４５６", String(repeating: "9", count: 10_000)])
    func `what is no code fits nothing`(typed: String) {
        let now = Instant(milliseconds: 1_800_000_000_000)
        #expect(OneTimeSecret.generate().step(of: typed, at: now, usedUpTo: 0) == nil)
    }

    @Test func `written and read back, and not printed by accident`() throws {
        let secret = OneTimeSecret.generate()
        #expect(OneTimeSecret(base32: secret.base32)?.base32 == secret.base32)
        #expect(secret.groups.count == 8)
        #expect("\(secret)" == "•••")
        for wrong in ["", "A", String(repeating: "a", count: 32), String(repeating: "1", count: 32)] {
            #expect(OneTimeSecret(base32: wrong) == nil)
        }
    }

    @Test func `a recovery code opens what it wrapped, for that member only`() throws {
        let code = RecoveryCode.generate()
        let seed = Secret.random()
        let wrapped = try code.wrap(seed, person: "a")
        #expect(try RecoveryCode(typed: code.text.lowercased()).unwrap(wrapped, person: "a") == seed)
        #expect(throws: VaultError.damaged) { try code.unwrap(wrapped, person: "b") }
        #expect(throws: VaultError.damaged) { try RecoveryCode.generate().unwrap(wrapped, person: "a") }
    }
}
