// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import CLinux
import Foundation
import Glibc
import Kit
import Response
import Web

/// `vecinos mirror`: the public pages as static files, for another host.
struct MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: "Write everything public as static files, for when this host is taken down."
    )

    @OptionGroup var place: Place

    @Option(name: .long, help: "Where the mirror goes: a folder that is swapped whole. It must be new, or a mirror.")
    var to: String

    @Flag(name: .long, help: "Write it once and stop (the default).")
    var once = false

    @Option(name: .long, help: "Write it anew every so many minutes, until stopped.")
    var every: Int?

    func validate() throws {
        if once, every != nil { throw ValidationError("--once or --every, not both") }
        if let every, !(1...1_440).contains(every) { throw ValidationError("--every: from 1 to 1440 minutes") }
    }

    func run() async throws {
        var config = try Terminal.instance(place)
        if Cast.isDemonstration(config) { config.isDemonstration = true }
        let folder = try MirrorFolder(to)
        repeat {
            // A house of its own each time: what the server wrote meanwhile is read anew.
            let house = try await Compose(config, logger: Terminal.logger)
            let site = try await house.site(
                drills: Theatre(house, cast: nil).desk,
                statics: try StaticFiles(folder: config.staticFolder)
            )
            do {
                let files = try await Mirror(site: site).files()
                try folder.replace(with: files)
                print("\(to): \(files.count) files")
                Terminal.flush()
            } catch  where every != nil {
                // The mirror that stands is better than none; the next try may do.
                FileHandle.standardError.write(Data("mirror: not written this time: \(error)\n".utf8))
            }
            guard let every else { return }
            try await Task.sleep(for: .seconds(every * 60))
        } while !Task.isCancelled
    }
}

/// A folder that is always whole: the new one is written beside it, and then the two change places in one step.
private struct MirrorFolder {
    private let path: String
    private var next: String { "\(path).next" }

    /// Says at the start what can't be done, rather than in the night.
    init(_ path: String) throws {
        let absolute = URL(filePath: path).standardizedFileURL.path
        self.path = absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
        let files = FileManager.default
        guard files.fileExists(atPath: self.path) else { return }
        let isEmpty = (try? files.contentsOfDirectory(atPath: self.path).isEmpty) ?? false
        guard isEmpty || files.fileExists(atPath: "\(self.path)/\(Self.mark)") else {
            throw ValidationError("\(path) holds something that is no mirror; name another folder")
        }
    }

    private static let mark = "mirror.txt"

    func replace(with contents: [Mirror.File]) throws {
        let files = FileManager.default
        // Public files: whoever serves them may be another user than who keeps the data.
        umask(0o022)
        defer { umask(0o077) }
        if files.fileExists(atPath: next) { try files.removeItem(atPath: next) }
        for file in contents {
            let url = URL(filePath: "\(next)/\(file.path)")
            try files.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(file.bytes).write(to: url)
        }
        try Data("A mirror, written by vecinos mirror. It is swapped whole: keep nothing else here.\n".utf8)
            .write(to: URL(filePath: "\(next)/\(Self.mark)"))
        if files.fileExists(atPath: path) {
            // RENAME_EXCHANGE: there is no moment without a mirror.
            guard vecinos_exchange(next, path) == 0 else {
                throw CocoaError(.fileWriteUnknown)
            }
            try files.removeItem(atPath: next)
        } else {
            try files.moveItem(atPath: next, toPath: path)
        }
    }
}
