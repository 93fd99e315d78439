// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Logging

/// How much room the disk of a folder has. With none, what is stored can be read and nothing can be saved.
struct DiskRoom {
    let folder: String
    /// Bytes.
    let free: UInt64

    /// A start writes as much before it can serve; a burst of reports needs it too.
    private static let least: UInt64 = 4 << 20

    /// Nil where the folder isn't there yet, or can't be asked about.
    init?(of folder: String) {
        var disk = statvfs()
        guard statvfs(folder, &disk) == 0 else { return nil }
        self.folder = folder
        free = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize)).partialValue
    }

    var isShort: Bool { free < Self.least }

    var words: String {
        isShort ? "no space left in \(folder) (\(free >> 10) KB free)" : "\(free >> 20) MB free in \(folder)"
    }

    /// Says once that there is no room, and once that there is again. Never ends by itself.
    static func watch(_ folder: String, _ logger: Logger) async {
        var wasShort = false
        while !Task.isCancelled {
            if let room = DiskRoom(of: folder), room.isShort != wasShort {
                wasShort = room.isShort
                if wasShort {
                    logger.error("disk: \(room.words): nothing can be saved, reports are refused. Make room")
                } else {
                    logger.notice("disk: \(room.words): things are saved again")
                }
            }
            try? await Task.sleep(for: .seconds(2))
        }
    }
}
