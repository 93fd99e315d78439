// SPDX-License-Identifier: AGPL-3.0-or-later
import CZlib

/// Gzip through zlib, for static files and pages that are kept.
package enum Gzip {
    /// Whether an `Accept-Encoding` takes gzip: by its name or by `*`, and not with a weight of zero (RFC 9110 12.5.3).
    package static func isTaken(_ accepted: String?) -> Bool {
        guard let accepted else { return false }
        var byStar = false
        for part in accepted.lowercased().utf8.split(separator: UInt8(ascii: ",")) {
            let pieces = part.split(separator: UInt8(ascii: ";")).map { piece in
                String(decoding: piece.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
            }
            guard let name = pieces.first, ["gzip", "x-gzip", "*"].contains(name) else { continue }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if name != "*" { return weight > 0 }
            byStar = weight > 0
        }
        return byStar
    }

    /// Nil when zlib refuses (no memory), or nothing would be gained.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 200, let size = UInt32(exactly: bytes.count) else { return nil }
        var stream = z_stream()
        guard vecinos_deflate_init_gzip(&stream) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(size))) + 32)
        let outcome = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = size
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(clamping: output.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        guard outcome == Z_STREAM_END, Int(stream.total_out) < bytes.count else { return nil }
        return Array(output.prefix(Int(stream.total_out)))
    }

    /// What was compressed here; nil for anything that is not whole.
    package static func expand(_ zipped: [UInt8]) -> [UInt8]? {
        // Its size, least byte first, stands at the end (RFC 1952).
        guard zipped.count > 18, let room = UInt32(exactly: zipped.count) else { return nil }
        let size = zipped.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        guard size / 1_040 <= room else { return nil }
        var stream = z_stream()
        guard vecinos_inflate_init_gzip(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var input = zipped
        var output = [UInt8](repeating: 0, count: Int(size))
        let outcome = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = room
                stream.next_out = output.baseAddress
                stream.avail_out = size
                return inflate(&stream, Z_FINISH)
            }
        }
        return outcome == Z_STREAM_END && stream.total_out == UInt(size) ? output : nil
    }

    /// The CRC-32 that stands at the end of a gzip file.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
    }
}
