// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Glibc

/// A file system in memory of a few megabytes; nil where the machine doesn't let us mount one.
package struct SmallDisk {
    package let folder: String

    package init?(megabytes: Int) {
        folder = "\(Store.folder)/disk-\(UUID().uuidString)"
        guard (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil,
            mount("tmpfs", folder, "tmpfs", 0, "size=\(megabytes)m") == 0
        else { return nil }
    }

    package func resize(megabytes: Int) -> Bool {
        mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=\(megabytes)m") == 0
    }

    /// Takes all that is left, to the last byte.
    package func fill() {
        let file = open("\(folder)/filling", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let page = [UInt8](repeating: 1, count: 4_096)
        while page.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) > 0 {}
    }

    /// There is room again.
    package func empty() { unlink("\(folder)/filling") }

    package func detach() { umount2(folder, Int32(MNT_DETACH)) }
}
