// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("Sealed")
struct SealedTests {
    let cast: VaultCast
    let sealed: Sealed<SealedWords>

    init() throws {
        cast = try VaultCast()
        sealed = try .seal(SealedWords(), kind: "report.words", record: "r1", to: [cast.toResponse])
    }

    private func open(_ blob: [UInt8], with keyring: Keyring) throws -> SealedWords {
        try Sealed<SealedWords>(blob: blob).open(kind: "report.words", record: "r1", with: keyring)
    }

    @Test func `the team it was addressed to reads it`() throws {
        #expect(try open(sealed.blob, with: cast.dolores()) == SealedWords())
        #expect(try sealed.recipients == [cast.toResponse.slot])
    }

    @Test func `another team can't open it`() throws {
        let carmen = try cast.carmen()
        #expect(throws: VaultError.noKey) { try open(sealed.blob, with: carmen) }
    }

    @Test func `another team that claims the same name and epoch can't open it either`() throws {
        let impostor = try cast.member("eve", of: [(cast.toResponse, cast.careKeys)])
        #expect(throws: VaultError.damaged) { try open(sealed.blob, with: impostor) }
    }

    @Test func `two teams addressed both read it`() throws {
        let both = try Sealed.seal(
            SealedWords(),
            kind: "report.words",
            record: "r1",
            to: [cast.toResponse, cast.toCare]
        )
        #expect(try open(both.blob, with: cast.dolores()) == SealedWords())
        #expect(try open(both.blob, with: cast.carmen()) == SealedWords())
    }

    @Test func `a blob moved to another row or column does not open`() throws {
        let dolores = try cast.dolores()
        #expect(throws: VaultError.damaged) {
            try sealed.open(kind: "report.words", record: "r2", with: dolores)
        }
        #expect(throws: VaultError.damaged) {
            try sealed.open(kind: "report.place", record: "r1", with: dolores)
        }
    }

    @Test func `the words, the telephone and the key are nowhere in the blob`() throws {
        for word in ["camionetas", "Broadway", "213-555-0100"] {
            #expect(!contains(sealed.blob, Array(word.utf8)))
        }
        #expect(!contains(sealed.blob, cast.responseKeys.seed.bytes))
    }

    @Test func `every truncation is refused, never a trap`() throws {
        let dolores = try cast.dolores()
        for length in 0..<sealed.blob.count {
            #expect(throws: VaultError.self) { try open(Array(sealed.blob.prefix(length)), with: dolores) }
        }
    }

    @Test func `every changed bit is refused, never a trap`() throws {
        let dolores = try cast.dolores()
        for index in sealed.blob.indices {
            var changed = sealed.blob
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(throws: VaultError.self, "byte \(index)") { try open(changed, with: dolores) }
        }
    }

    @Test func `bytes at the end, and rubbish of any length, are refused`() throws {
        let dolores = try cast.dolores()
        #expect(throws: VaultError.damaged) { try open(sealed.blob + [0], with: dolores) }
        for length in [0, 1, 2, 3, 60, 1_171, 5_000] {
            for byte: UInt8 in [0x00, 0x01, 0x08, 0xFF] {
                let rubbish = [UInt8](repeating: byte, count: length)
                #expect(throws: VaultError.damaged) { try open(rubbish, with: dolores) }
            }
            #expect(throws: VaultError.self) { try open(RandomBytes.take(length), with: dolores) }
        }
    }

    @Test func `a version or suite from the future is refused`() throws {
        let dolores = try cast.dolores()
        for place in [0, 1] {
            var other = sealed.blob
            other[place] = 2
            #expect(throws: VaultError.damaged) { try open(other, with: dolores) }
        }
    }

    @Test func `sealing to nobody, or under a name with a bar, is refused`() throws {
        #expect(throws: VaultError.badAddress) {
            try Sealed.seal(SealedWords(), kind: "report.words", record: "r1", to: [])
        }
        for name in ["", "a|b", "Ñ", "a b", String(repeating: "a", count: 65)] {
            #expect(throws: VaultError.badAddress) {
                try Sealed.seal(SealedWords(), kind: name, record: "r1", to: [cast.toResponse])
            }
            #expect(throws: VaultError.badAddress) {
                let odd = TeamKey(team: name, epoch: 1, publicKey: cast.responseKeys.publicKey)
                return try Sealed.seal(SealedWords(), kind: "report.words", record: "r1", to: [odd])
            }
        }
    }

    @Test func `a public key of the wrong length or form is refused`() throws {
        for key in [[], [UInt8](repeating: 7, count: 1_215), [UInt8](repeating: 0xFF, count: 1_216)] {
            let broken = TeamKey(team: "team", epoch: 1, publicKey: key)
            #expect(throws: (any Error).self) {
                try Sealed.seal(SealedWords(), kind: "report.words", record: "r1", to: [broken])
            }
        }
    }

    @Test(arguments: [0, 1, 255, 256, 4_096, 300_000])
    func `a file comes back as it was`(size: Int) throws {
        let photo = RandomBytes.take(size)
        let sealed = try SealedBytes.seal(photo, kind: "observation.photo", record: "f1", to: [cast.toResponse])
        #expect(try sealed.open(kind: "observation.photo", record: "f1", with: cast.dolores()) == photo)
        #expect(sealed.blob.count < 1_700 + max(256, size + size / 8))
    }

    @Test func `short and slightly longer words have the same size`() throws {
        let sizes = try ["No.", "Yes, three men in vests.", String(repeating: "x", count: 150)].map { words in
            try Sealed.seal(words, kind: "k", record: "r", to: [cast.toResponse]).blob.count
        }
        #expect(Set(sizes).count == 1)
    }

    @Test func `nothing prints a secret`() throws {
        let dolores = try cast.dolores()
        for shown in ["\(dolores)", "\(cast.responseKeys)", "\(Secret.random())", "\(sealed)"] {
            #expect(shown == "•••")
        }
        #expect(Mirror(reflecting: Secret.random()).children.isEmpty)
        #expect(!String(reflecting: cast.responseKeys.seed).contains("key"))
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
