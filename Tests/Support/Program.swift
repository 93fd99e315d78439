// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Glibc
import Kit

/// Another program, run to its end. Not by Foundation's `Process`: it reads the name of each open file of this process as
/// 256 bytes, and with some 1,360 open files, as tests side by side have, the last name begins nearer than that to where
/// the memory ends.
package enum Program {
    package struct Problem: Error { let number: Int32 }

    /// What it printed, and the status it ended with (0: well; nil: a signal ended it). `arguments` begin with its name,
    /// looked for as a shell does.
    package static func run(_ arguments: [String], input: [UInt8] = []) throws -> (status: Int32?, output: [UInt8]) {
        let files = "\(Store.folder)/program-\(UUID().uuidString)"
        let (asked, said) = ("\(files).in", "\(files).out")
        defer { for file in [asked, said] { unlink(file) } }
        try Data(input).write(to: URL(filePath: asked))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, asked, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, said, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var texts = arguments.map { strdup($0) } + [nil]
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        var surroundings = [strdup("PATH=\(path)"), strdup("LC_ALL=C.UTF-8"), nil]
        defer { (texts + surroundings).forEach { free($0) } }
        var child = pid_t()
        let failed = posix_spawnp(&child, arguments[0], &actions, nil, &texts, &surroundings)
        guard failed == 0 else { throw Problem(number: failed) }
        var ended: Int32 = 0
        while waitpid(child, &ended, 0) < 0 { guard errno == EINTR else { throw Problem(number: errno) } }
        return (ended & 0x7F == 0 ? ended >> 8 & 0xFF : nil, try [UInt8](Data(contentsOf: URL(filePath: said))))
    }
}
