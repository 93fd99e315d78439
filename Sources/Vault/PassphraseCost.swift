// SPDX-License-Identifier: AGPL-3.0-or-later

/// How dear one try at a passphrase is: scrypt's parameters, kept beside each hash as `scrypt$15$8$3` so that they
/// can rise later.
package struct PassphraseCost: Sendable, Hashable, CustomStringConvertible {
    /// N is 2 to this power.
    package let logN: Int
    package let r: Int
    package let p: Int

    /// OWASP's equivalent of N = 2^17, p = 1 in a quarter of the memory: 32 MiB and about 0.6 s.
    package static let standard = PassphraseCost(unchecked: 15, 8, 3)
    /// For tests only: a gate takes it only when it is also named as the floor.
    package static let cheap = PassphraseCost(unchecked: 4, 1, 1)

    /// Nil above the ceiling: a changed row must not be able to take the machine's memory or hold a core for long.
    package init?(logN: Int, r: Int, p: Int) {
        guard (1...18).contains(logN), (1...16).contains(r), (1...16).contains(p) else { return nil }
        self.init(unchecked: logN, r, p)
        guard memory <= 128 << 20, work <= 16 * Self.standard.work else { return nil }
    }

    /// Reads `scrypt$15$8$3`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 4, let name = parts.first, name.elementsEqual("scrypt".utf8) else { return nil }
        let numbers = parts.dropFirst().compactMap { Int(Substring($0)) }
        guard numbers.count == 3, let logN = numbers.first, let p = numbers.last else { return nil }
        self.init(logN: logN, r: numbers[1], p: p)
        guard description == text else { return nil }
    }

    private init(unchecked logN: Int, _ r: Int, _ p: Int) {
        self.logN = logN
        self.r = r
        self.p = p
    }

    package var description: String { "scrypt$\(logN)$\(r)$\(p)" }

    package func isAtLeast(_ floor: PassphraseCost) -> Bool { work >= floor.work && memory >= floor.memory }

    /// Bytes that one lane needs.
    private var memory: Int { 128 * r << logN }
    private var work: Int { memory * p }
}
