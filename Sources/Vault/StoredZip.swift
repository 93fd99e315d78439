// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// A zip archive with nothing compressed, written in one way only: the same entries give the same bytes, so a single
/// changed byte is found by writing it again. That is why it is ours and not a library's. Any tool can unpack it
/// (APPNOTE.TXT 6.3.10, without extensions; at most 65,535 entries and 4 GiB).
package enum StoredZip {
    package struct Entry: Sendable, Hashable {
        /// `originals/001.jpg`: letters, digits, `-`, `_`, `.`, and `/` between.
        package let path: String
        package let bytes: [UInt8]

        package init(_ path: String, _ bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }
        package init(_ path: String, _ text: String) { self.init(path, Array(text.utf8)) }
    }

    /// Throws `tooLarge`, or `badAddress` for a path that could lead out of the folder it is unpacked to.
    package static func archive(_ entries: [Entry]) throws -> [UInt8] {
        guard let count = UInt16(exactly: entries.count) else { throw VaultError.tooLarge }
        var out: [UInt8] = []
        out.reserveCapacity(entries.reduce(1_000) { $0 + $1.bytes.count + 2 * $1.path.utf8.count + 80 })
        var directory: [UInt8] = []
        for entry in entries {
            guard isPath(entry.path), let start = UInt32(exactly: out.count),
                let size = UInt32(exactly: entry.bytes.count)
            else { throw isPath(entry.path) ? VaultError.tooLarge : VaultError.badAddress }
            let name = Array(entry.path.utf8)
            // Version 1.0; names in UTF-8; stored; 1980-01-01, since the times that matter are in the metadata.
            let common =
                [10, 0, 0, 8, 0, 0, 0, 0, 0x21, 0] + little(crc32(entry.bytes)) + little(size) + little(size)
                + little(UInt16(truncatingIfNeeded: name.count)) + [0, 0]
            out += [0x50, 0x4B, 3, 4] + common + name
            out += entry.bytes
            directory += [0x50, 0x4B, 1, 2, 10, 0] + common
            directory += [UInt8](repeating: 0, count: 10) + little(start) + name
        }
        guard let start = UInt32(exactly: out.count), let size = UInt32(exactly: directory.count) else {
            throw VaultError.tooLarge
        }
        out += directory
        out += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + little(count) + little(count) + little(size) + little(start) + [0, 0]
        return out
    }

    /// Reads only what `archive` writes; throws `damaged` for everything else.
    package static func entries(_ bytes: [UInt8]) throws -> [Entry] {
        var entries: [Entry] = []
        var rest = bytes[...]
        while rest.starts(with: [0x50, 0x4B, 3, 4]) {
            guard rest.count >= 30 else { throw VaultError.damaged }
            let head = Array(rest.prefix(30))
            let size = number(head[18..<22])
            let length = number(head[26..<28])
            rest = rest.dropFirst(30)
            guard length <= rest.count, size <= rest.count - length,
                let path = String(validating: rest.prefix(length), as: UTF8.self)
            else { throw VaultError.damaged }
            entries.append(Entry(path, Array(rest.dropFirst(length).prefix(size))))
            rest = rest.dropFirst(length + size)
        }
        guard Set(entries.map(\.path)).count == entries.count, (try? archive(entries)) == bytes else {
            throw VaultError.damaged
        }
        return entries
    }

    private static func isPath(_ path: String) -> Bool {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return path.utf8.count <= 200
            && parts.allSatisfy { part in
                guard let first = part.first, first != UInt8(ascii: ".") else { return false }
                return part.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
                    default: false
                    }
                }
            }
    }

    private static func little<N: FixedWidthInteger>(_ number: N) -> [UInt8] {
        (0..<N.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> N(8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }

    /// As zip wants it: polynomial EDB88320, reflected. Guards against accidents only.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        bytes.withUnsafeBufferPointer { buffer in
            for byte in buffer { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
        }
        return ~crc
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
}
