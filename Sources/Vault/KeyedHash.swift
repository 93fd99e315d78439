// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto

/// HMAC-SHA256 (RFC 2104) under one key, and HKDF-SHA256 (RFC 5869) from it, over the library's SHA-256. The library's own
/// makes a dozen small arrays for each code, which was a tenth of a report's CPU; here a key is taken in once, for as many codes as
/// there are. Both give the same bytes.
struct KeyedHash: Sendable {
    private var inner = SHA256()
    private var outer = SHA256()

    init(_ key: UnsafeRawBufferPointer) {
        guard key.count <= SHA256.blockByteCount else {
            self = SHA256.hash(data: key).withUnsafeBytes { KeyedHash($0) }
            return
        }
        withUnsafeTemporaryAllocation(byteCount: SHA256.blockByteCount, alignment: 8) { block in
            defer { block.initializeMemory(as: UInt8.self, repeating: 0) }
            block.initializeMemory(as: UInt8.self, repeating: 0)
            block.copyMemory(from: key)
            for index in block.indices { block[index] ^= 0x36 }
            inner.update(bufferPointer: UnsafeRawBufferPointer(block))
            for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
            outer.update(bufferPointer: UnsafeRawBufferPointer(block))
        }
    }

    init(_ key: Secret) { self = key.key.withUnsafeBytes { KeyedHash($0) } }

    /// 32 bytes.
    func code(of bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var (inner, outer) = (inner, outer)
        inner.update(bufferPointer: bytes)
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize()
    }

    func code(of bytes: [UInt8]) -> SHA256Digest { bytes.withUnsafeBytes { code(of: $0) } }

    /// The first half of HKDF; this is the salt.
    func extract(_ secret: Secret) -> KeyedHash {
        secret.key.withUnsafeBytes { code(of: $0) }.withUnsafeBytes { KeyedHash($0) }
    }

    /// The second half, as far as one round goes: 32 bytes.
    func expand(_ info: [UInt8]) -> SHA256Digest { code(of: info + [1]) }

    /// HKDF without a salt, which stands for zeros.
    static let unsalted = KeyedHash(UnsafeRawBufferPointer(start: nil, count: 0))
}

extension SHA256Digest {
    /// Read at once, where going through a digest byte by byte makes an array of arrays.
    var array: [UInt8] { withUnsafeBytes { Array($0) } }
}
