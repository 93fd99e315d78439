// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// Hides a size in a bucket: `length (4, big endian) ‖ content ‖ zeros`, in all a Padmé size
/// (https://petsymposium.org/popets/2019/popets-2019-0056.pdf, section 4), at least 256 bytes. A size then
/// tells O(log log n) bits, for at most 12 % more bytes.
enum Padding {
    static let smallest = 256

    static func pad(_ content: some DataProtocol) throws -> [UInt8] {
        guard let length = UInt32(exactly: content.count) else { throw VaultError.tooLarge }
        let size = padme(content.count + 4)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            buffer.initialize(repeating: 0)
            for index in 0..<4 { buffer[index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
            content.copyBytes(to: UnsafeMutableRawBufferPointer(buffer).rebased(from: 4))
            filled = size
        }
    }

    static func unpad(_ padded: Data) throws -> Data {
        guard padded.count >= 4 else { throw VaultError.damaged }
        let length = padded.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard length <= padded.count - 4, padme(length + 4) == padded.count else { throw VaultError.damaged }
        return padded.dropFirst(4).prefix(length)
    }

    /// The size of the bucket for `length` bytes.
    static func padme(_ length: Int) -> Int {
        let length = max(length, smallest)
        let exponent = Int.bitWidth - 1 - length.leadingZeroBitCount
        let digits = Int.bitWidth - exponent.leadingZeroBitCount
        let mask = (1 << (exponent - digits)) - 1
        return (length + mask) & ~mask
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func rebased(from offset: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: self[offset...])
    }
}
