// SPDX-License-Identifier: AGPL-3.0-or-later
import Testing
import Vault

/// What is derived from secrets is in `VectorTests`.
@Suite("Keyed hashes")
struct KeyedHashTests {
    @Test(
        "The published codes of HMAC-SHA256 (RFC 4231)",
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            // A key longer than a block.
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
    )
    func published(key: [UInt8], text: [UInt8], code: String) {
        #expect(Fingerprint.hex(Secret(key).authenticate(text)) == code)
        // Asked twice, it is the same.
        let secret = Secret(key)
        #expect(secret.authenticate(text) == secret.authenticate(text))
    }

    @Test("A key of just a block, and of a byte more, are two keys", arguments: [0, 1, 63, 64, 65])
    func lengths(count: Int) {
        let key = [UInt8](repeating: 1, count: count)
        #expect(Secret(key).authenticate([]) != Secret(key + [1]).authenticate([]))
    }
}
