// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// Looking for bytes by the C library's search: a mirror holds hundreds of pages, a saved copy hundreds of kilobytes, and
/// text's own search looks at letters.
enum ByteSearch {
    static func swapped(_ old: String, _ new: String, in bytes: [UInt8]) -> [UInt8] {
        let (old, new) = (Array(old.utf8), Array(new.utf8))
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var from = 0
        while let place = find(old, in: bytes, from: from) {
            result += bytes[from..<place]
            result += new
            from = place + old.count
        }
        return result + bytes[from...]
    }

    static func find(_ wanted: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
        guard !wanted.isEmpty, from < bytes.count else { return nil }
        return bytes.withUnsafeBytes { all -> Int? in
            guard let base = all.baseAddress else { return nil }
            var index = from
            while index + wanted.count <= all.count {
                let first = memchr(base + index, Int32(wanted[0]), all.count - wanted.count + 1 - index)
                guard let first = first.map({ UnsafeRawPointer($0) }) else { return nil }
                if memcmp(first, wanted, wanted.count) == 0 { return first - base }
                index = first - base + 1
            }
            return nil
        }
    }
}
