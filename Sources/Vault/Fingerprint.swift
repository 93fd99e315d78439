// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials

/// SHA-256: what a file is known by from the moment it arrived.
package enum Fingerprint {
    /// 32 bytes.
    package static func sha256(_ bytes: some DataProtocol) -> [UInt8] { SHA256.hash(data: bytes).array }

    /// As written beside a file, in lower-case hexadecimal.
    package static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
