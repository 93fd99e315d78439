// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing
import Vault

@Suite("Sealing moment")
struct SealingMomentTests {
    let cast: VaultCast
    let shredder = Shredder.fleeting()
    let moment = SealingMoment()

    init() throws { cast = try VaultCast() }

    private func seal(_ record: String) throws -> Sealed<SealedWords> {
        try Sealed.seal(
            json: Array(JSONEncoder().encode(SealedWords(words: record))),
            kind: "report",
            record: record,
            under: moment.key(for: cast.toResponse),
            shred: shredder.take()
        )
    }

    private func open(_ sealed: Sealed<SealedWords>, _ record: String) throws -> SealedWords {
        try sealed.open(kind: "report", record: record, with: cast.dolores(shredder: shredder))
    }

    /// Version, suite and slot are before it; the team's name, its epoch, the encapsulation and the sealed key are it.
    private func recipients(_ sealed: Sealed<SealedWords>) -> ArraySlice<UInt8> {
        sealed.blob[10..<10 + 2 + cast.response.utf8.count + 4 + 1_168]
    }

    @Test func `what is sealed in one moment is encapsulated once, and each record opens by itself`() throws {
        let (one, two) = (try seal("r1"), try seal("r2"))
        #expect(recipients(one) == recipients(two))
        #expect(one.blob.first == 3 && one.slot != two.slot)
        #expect(try one.recipients == [cast.toResponse.slot])
        #expect(try open(one, "r1").words == "r1")
        #expect(try open(two, "r2").words == "r2")
        let carmen = try cast.carmen()
        #expect(throws: VaultError.noKey) { try one.open(kind: "report", record: "r1", with: carmen) }
    }

    @Test func `a record of the same moment opens under no other name, and with no other shred key`() throws {
        let (one, two) = (try seal("r1"), try seal("r2"))
        #expect(throws: VaultError.damaged) { try open(one, "r2") }
        let swapped = Sealed<SealedWords>(blob: Array(two.blob[..<10] + one.blob[10...]))
        for record in ["r1", "r2"] {
            #expect(throws: VaultError.damaged) { try open(swapped, record) }
        }
    }

    @Test func `it can't be passed off as sealed by itself`() throws {
        let sealed = try seal("r1")
        for version: UInt8 in [0, 1, 2, 4] {
            #expect(throws: VaultError.damaged) { try open(Sealed(blob: [version] + sealed.blob.dropFirst()), "r1") }
        }
    }

    @Test func `a destroyed key closes its record and not the others of the moment`() async throws {
        let (doomed, kept) = (try seal("r1"), try seal("r2"))
        try await shredder.destroy([try #require(doomed.slot)])
        #expect(throws: VaultError.shredded) { try open(doomed, "r1") }
        #expect(try open(kept, "r2").words == "r2")
    }

    @Test func `another epoch of the team is another key at once`() throws {
        let first = try seal("r1")
        let next = try KeyPair.generate()
        let key = TeamKey(team: cast.response, epoch: 2, publicKey: next.publicKey)
        let second = try Sealed<SealedWords>.seal(
            json: Array(JSONEncoder().encode(SealedWords())),
            kind: "report",
            record: "r2",
            under: moment.key(for: key),
            shred: shredder.take()
        )
        #expect(try second.recipients == [key.slot])
        let dolores = try cast.dolores(shredder: shredder)
        #expect(throws: VaultError.noKey) { try second.open(kind: "report", record: "r2", with: dolores) }
        #expect(try open(first, "r1").words == "r1")
    }

    @Test(.timeLimit(.minutes(1))) func `a moment ends by itself`() async throws {
        let first = recipients(try seal("r1"))
        while recipients(try seal("r2")) == first { try await Task.sleep(for: .milliseconds(50)) }
    }
}
