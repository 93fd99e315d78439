// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Kit
import Testing
import Vault

@Suite("Passphrase gate")
struct PasswordGateTests {
    let instance = InstanceKeys.fleeting()
    let salt = RandomBytes.take(16)
    let passphrase = Secret(Array("correct horse battery staple".utf8))

    private func keys(
        _ gate: PasswordGate,
        _ passphrase: Secret,
        cost: PassphraseCost = .cheap,
        person: String = "dolores",
        instance: InstanceKeys? = nil
    ) async throws -> PassphraseKeys {
        try await gate.keys(
            from: passphrase,
            salt: salt,
            cost: cost,
            person: person,
            instance: instance ?? self.instance
        )
    }

    @Test func `the same passphrase is recognised and opens the seed, another is not`() async throws {
        let gate = PasswordGate.cheap()
        let seed = Secret.random()
        let first = try await keys(gate, passphrase)
        let wrapped = try first.wrap(seed, person: "dolores")

        let again = try await keys(gate, passphrase)
        #expect(again.matches(verifierHash: first.verifierHash))
        #expect(try again.unwrap(wrapped, person: "dolores") == seed)

        let wrong = try await keys(gate, Secret(Array("correct horse battery stapler".utf8)))
        #expect(!wrong.matches(verifierHash: first.verifierHash))
        #expect(throws: VaultError.damaged) { try wrong.unwrap(wrapped, person: "dolores") }
    }

    @Test func `the pepper and the person are part of it`() async throws {
        let gate = PasswordGate.cheap()
        let hash = try await keys(gate, passphrase).verifierHash
        #expect(try await keys(gate, passphrase, person: "carmen").verifierHash != hash)
        #expect(try await keys(gate, passphrase, instance: .fleeting()).verifierHash != hash)
    }

    @Test func `no passphrase at all is tried like any other`() async throws {
        let gate = PasswordGate.cheap()
        let hash = try await keys(gate, passphrase).verifierHash
        #expect(try await !keys(gate, Secret([UInt8]())).matches(verifierHash: hash))
    }

    @Test func `a stored cost under the floor is refused`() async throws {
        await #expect(throws: VaultError.badCost) { try await keys(PasswordGate(), passphrase, cost: .cheap) }
    }

    @Test func `beyond the cores and the queue, more are turned away and the rest is served`() async throws {
        // Nothing is stretched before all thirty have come: no machine is so busy that the first are done sooner.
        let threads = DispatchQueue(label: "held", attributes: .concurrent)
        threads.suspend()
        let gate = PasswordGate(cost: .cheap, floor: .cheap, width: 1, longestQueue: 5, threads: threads)
        let (served, busy) = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<30 {
                group.addTask { (try? await keys(gate, passphrase)) != nil }
            }
            var count = (served: 0, busy: 0)
            for await isServed in group {
                if isServed { count.served += 1 } else { count.busy += 1 }
                if count == (0, 24) { threads.resume() }
            }
            return count
        }
        #expect(served == 6)
        #expect(busy == 24)
        #expect(try await keys(gate, passphrase).verifierHash.count == 32)
    }

    @Test func `a cost reads back as written, and an absurd one is refused`() {
        #expect(PassphraseCost("scrypt$15$8$3") == .standard)
        #expect(PassphraseCost.standard.description == "scrypt$15$8$3")
        let absurd = [
            "", "scrypt", "scrypt$15$8", "scrypt$15$8$3$1", "bcrypt$15$8$3", "scrypt$63$8$3", "scrypt$-1$8$3",
            "scrypt$15$8$999999999999999999999", "scrypt$015$8$3", "scrypt$+15$8$3", "scrypt$18$16$16", "scrypt$$$",
            "$$$",
        ]
        for text in absurd { #expect(PassphraseCost(text) == nil, "\(text)") }
    }
}
