// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Shamir's secret sharing over GF(256), byte by byte: any `threshold` shares give the secret back, one fewer tell
/// nothing at all (https://dl.acm.org/doi/10.1145/359168.359176). No table and no branch depends on a secret byte.
package enum Shamir {
    /// The value of the polynomials at `place`, which is not secret and never 0.
    package struct Share: Sendable {
        package let place: UInt8
        package let value: Secret

        package init(place: UInt8, value: Secret) { (self.place, self.value) = (place, value) }
    }

    /// Throws `badAddress` unless 2 ≤ threshold ≤ count ≤ 255.
    package static func split(_ secret: Secret, threshold: Int, count: Int) throws -> [Share] {
        guard threshold >= 2, threshold <= count, let last = UInt8(exactly: count) else { throw VaultError.badAddress }
        // One polynomial a byte: the secret is its value at 0, its other coefficients are random.
        var coefficients = [secret.bytes]
        for _ in 1..<threshold { coefficients.append(RandomBytes.take(secret.count)) }
        return (1...last).map { place in
            var value = [UInt8](repeating: 0, count: secret.count)
            // Horner's rule, the highest coefficient first.
            for row in coefficients.reversed() {
                for (index, byte) in row.enumerated() { value[index] = multiply(value[index], place) ^ byte }
            }
            return Share(place: place, value: Secret(value))
        }
    }

    /// The value at 0 of the polynomials through these points. Too few or wrong shares give a wrong secret, not an
    /// error: the caller knows the public key that the right one belongs to. Throws `damaged` for shares that can't be
    /// of one secret.
    package static func combine(_ shares: [Share]) throws -> Secret {
        let places = shares.map(\.place)
        guard let count = shares.first?.value.count, shares.count >= 2, Set(places).count == places.count,
            !places.contains(0), shares.allSatisfy({ $0.value.count == count })
        else { throw VaultError.damaged }
        var secret = [UInt8](repeating: 0, count: count)
        for share in shares {
            // Lagrange: the product of x / (x - own place) over the other places; minus is exclusive or.
            var weight: UInt8 = 1
            for other in places where other != share.place {
                weight = multiply(weight, multiply(other, inverse(other ^ share.place)))
            }
            for (index, byte) in share.value.bytes.enumerated() { secret[index] ^= multiply(byte, weight) }
        }
        return Secret(secret)
    }

    /// In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, as in AES.
    static func multiply(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var (left, product) = (left, UInt8(0))
        for bit in 0..<UInt8(8) {
            // All ones where the bit is set, else zero: a mask instead of a branch.
            product ^= left & (0 &- (right >> bit & 1))
            left = left << 1 ^ (0x1B & (0 &- (left >> 7)))
        }
        return product
    }

    /// a^254, since a^255 = 1; 0 for 0.
    static func inverse(_ number: UInt8) -> UInt8 {
        var (result, power) = (UInt8(1), number)
        for _ in 0..<7 {
            power = multiply(power, power)
            result = multiply(result, power)
        }
        return result
    }
}
