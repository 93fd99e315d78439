// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing

@testable import Vault

@Suite("A certificate")
struct CertificateTests {
    private static func made(name: String = "Águila 🦅 中") throws -> (Certificate, [UInt8]) {
        let keys = try InstanceKeys.fleeting().opened()
        let certificate = try Certificate.sign(
            course: "legal-observer",
            name: name,
            issued: "2026-11-22",
            expires: "2027-11-22",
            with: keys
        )
        return (certificate, try keys.signingKey)
    }

    @Test("what was signed is read again, with its name and days")
    func whole() throws {
        let (made, key) = try Self.made()
        let read = try #require(Certificate(made.text, by: key))
        #expect(read == made)
        #expect(read.name == "Águila 🦅 中")
        #expect(!read.isOver(on: "2027-11-22"))
        #expect(read.isOver(on: "2027-11-23"))
    }

    @Test("with any one bit changed, at any place, it is refused")
    func oneBit() throws {
        let (made, key) = try Self.made()
        let bytes = Array(made.text.utf8)
        var tried = 0
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                guard let text = String(validating: changed, as: UTF8.self) else { continue }
                tried += 1
                #expect(Certificate(text, by: key) == nil, "bit \(bit) of letter \(place)")
            }
        }
        #expect(tried > 1_000)
    }

    @Test("it is refused by another key, cut short, grown, or with a line after it")
    func others() throws {
        let (made, key) = try Self.made()
        let (_, other) = try Self.made()
        #expect(Certificate(made.text, by: other) == nil)
        #expect(Certificate(String(made.text.dropLast()), by: key) == nil)
        #expect(Certificate(made.text + "A", by: key) == nil)
        #expect(Certificate(made.text + "\n", by: key) == nil)
        #expect(Certificate("", by: key) == nil)
        #expect(Certificate(String(repeating: ":", count: 7), by: key) == nil)
    }

    @Test("the same serial, name and days give the same text: sent twice, it is one certificate")
    func twice() throws {
        let keys = try InstanceKeys.fleeting().opened()
        func sign() throws -> Certificate {
            try Certificate.sign(
                course: "verifier",
                name: "Sol",
                issued: "2026-11-22",
                expires: "2027-11-22",
                serial: [UInt8](repeating: 7, count: 9),
                with: keys
            )
        }
        #expect(try sign().serial == sign().serial)
    }

    @Test("a locked instance signs nothing")
    func locked() {
        let keys = InstanceKeys.fleeting()
        keys.lock()
        #expect(throws: VaultError.locked) { _ = try keys.opened() }
    }
}
