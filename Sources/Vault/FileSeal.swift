// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// How a large file is encrypted piece by piece, so that it is never whole in memory. Published format:
///
///     version      1   = 1
///     prefix       7   random
///     chunks       …   each 65,536 bytes of content, the last one 0…65,536, and each with its tag of 16
///
/// AES-256-GCM, the key being `HKDF(file key, "file|RECORD")`, the nonce `prefix (7) ‖ number from 0 (4, big endian) ‖
/// 1 for the last chunk, else 0 (1)`, empty AAD: the STREAM construction
/// (https://eprint.iacr.org/2015/189). So chunks can't be swapped, left out or added, and a file can't be cut short.
/// The content ends with zeros up to a Padmé size; its true length stands with the file key, in an `Envelope`.
package enum FileSeal {
    package static let chunk = 65_536
    package static let tag = 16
    package static let head = 8

    /// The size of the bucket for so many bytes.
    package static func padded(_ length: Int) -> Int { Padding.padme(length) }

    /// Takes chunks in order.
    package struct Writer: Sendable {
        private var sequence: Sequence

        package init(key: Secret, record: String) {
            sequence = Sequence(key: key, record: record, prefix: RandomBytes.take(7))
        }

        /// What the file begins with.
        package var head: [UInt8] { [1] + sequence.prefix }

        /// All but the last chunk are `FileSeal.chunk` bytes long.
        package mutating func seal(_ chunk: some DataProtocol, isLast: Bool) throws -> [UInt8] {
            let box = try AES.GCM.seal(chunk, using: sequence.key, nonce: sequence.next(isLast: isLast))
            return Array(box.ciphertext) + Array(box.tag)
        }
    }

    /// Gives chunks back in order. Throws `damaged` for anything that the writer did not make.
    package struct Reader: Sendable {
        private var sequence: Sequence

        package init(key: Secret, record: String, head: [UInt8]) throws {
            guard head.count == FileSeal.head, head.first == 1 else { throw VaultError.damaged }
            sequence = Sequence(key: key, record: record, prefix: Array(head.dropFirst()))
        }

        package mutating func open(_ sealed: [UInt8], isLast: Bool) throws -> [UInt8] {
            guard sealed.count >= FileSeal.tag, sealed.count <= FileSeal.chunk + FileSeal.tag else {
                throw VaultError.damaged
            }
            do {
                let box = try AES.GCM.SealedBox(
                    nonce: sequence.next(isLast: isLast),
                    ciphertext: sealed.dropLast(FileSeal.tag),
                    tag: sealed.suffix(FileSeal.tag)
                )
                return Array(try AES.GCM.open(box, using: sequence.key))
            } catch {
                throw VaultError.damaged
            }
        }
    }

    /// The nonces of one file, none of them twice.
    private struct Sequence: Sendable {
        let key: SymmetricKey
        let prefix: [UInt8]
        private var number: UInt32 = 0
        private var isOver = false

        init(key: Secret, record: String, prefix: [UInt8]) {
            self.key = key.derive("file|\(record)").key
            self.prefix = prefix
        }

        mutating func next(isLast: Bool) throws -> AES.GCM.Nonce {
            guard !isOver, number < UInt32.max else { throw VaultError.tooLarge }
            let count: [UInt8] = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
            number += 1
            isOver = isLast
            return try AES.GCM.Nonce(data: prefix + count + [isLast ? 1 : 0])
        }
    }
}

/// SHA-256 of what comes in pieces.
package struct RunningFingerprint: Sendable {
    private var hash = SHA256()

    package init() {}

    package mutating func add(_ bytes: some DataProtocol) { hash.update(data: bytes) }

    /// 32 bytes.
    package var sum: [UInt8] { Array(hash.finalize()) }
}
