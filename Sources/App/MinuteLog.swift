// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Logging

/// Log lines on standard error, to the minute and no finer: seconds would tell who asked when. Nothing that a person
/// wrote, no name and no address is ever given to it.
struct MinuteLog: LogHandler {
    var logLevel = Logger.Level.notice
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let told = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let pairs = told.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let minute = Clock.system.now().iso8601.prefix(16)
        let line = "\(minute)Z \(event.level): \(event.message)\(pairs)\n"
        // A line is a line: nothing in it starts another or steers a terminal.
        let bytes = Array(line.utf8.dropLast().map { $0 < 32 ? UInt8(ascii: " ") : $0 }) + [UInt8(ascii: "\n")]
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
