// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Synchronization

/// Random bytes from the kernel, taken 4 KiB at a time: one system call a reference would cost 4.5 µs each.
package enum RandomBytes {
    private static let block = Mutex<(bytes: [UInt8], used: Int)>(([], 0))

    package static func take(_ count: Int) -> [UInt8] {
        guard count <= 256 else { return fromKernel(count) }
        return block.withLock { block in
            if block.used + count > block.bytes.count { block = (fromKernel(4096), 0) }
            let range = block.used..<(block.used + count)
            let taken = Array(block.bytes[range])
            for index in range { block.bytes[index] = 0 }
            block.used += count
            return taken
        }
    }

    private static func fromKernel(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = min(256, count - filled)
                guard let start = buffer.baseAddress?.advanced(by: filled) else { return }
                // The kernel refuses only more than 256 bytes at once, or before it has a seed: the latter passes.
                if getentropy(start, part) == 0 { filled += part }
            }
        }
    }
}
