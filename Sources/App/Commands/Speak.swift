// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Inform
import Kit
import Web

/// `vecinos speak`: reads the cards of the guides aloud into files, with espeak-ng, in every language that it has a voice
/// for. A running server shows them within two seconds. Run it again after facts changed: only what is new is made.
struct Speak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "speak",
        abstract: "Read the guides aloud into sound files (needs espeak-ng and ffmpeg)."
    )

    @Option(
        name: .long,
        help: "A data folder: the facts as they were changed in its pages. Without it, those of the files."
    )
    var data: String?

    @Option(name: .long, help: "Where the sounds go. Without it, the folder `sounds` beside `content`.")
    var into: String?

    @Option(name: .long, help: "One guide only, such as home. What stands there of others is left alone.")
    var guide: String?

    private static let speaker = "/usr/bin/espeak-ng"
    private static let encoder = "/usr/bin/ffmpeg"

    func run() async throws {
        for tool in [Self.speaker, Self.encoder] where !FileManager.default.isExecutableFile(atPath: tool) {
            throw ValidationError("\(tool) is not there. As root: apt-get install espeak-ng ffmpeg")
        }
        let config = try Config(dataFolder: data ?? "data", environment: ProcessInfo.processInfo.environment)
        guard let folder = into ?? config.soundFolder else { throw ValidationError("Say where with --into FOLDER.") }
        let library = try Library(folder: "\(config.contentFolder)/strings")
        let rights = try await rights(config)
        if let guide, !rights.guides.contains(where: { $0.id == guide }) {
            let all = rights.guides.map(\.id).joined(separator: ", ")
            throw ValidationError("--guide: there is no guide \(guide). Choose one of: \(all)")
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let wanted = ReadAloud.all(rights, library, guide: guide).filter { ReadAloud.voice($0.language) != nil }
        let there = try Self.sounds(in: folder)
        var done = there
        // Cards that say the same share a sound.
        for clip in wanted where done.insert(clip.name).inserted { try Self.make(clip, in: folder) }
        let names = Set(wanted.map(\.name))
        let over = guide == nil ? there.subtracting(names) : []
        for name in over { try FileManager.default.removeItem(atPath: "\(folder)/\(name).mp3") }
        let new = done.subtracting(there).count
        print("Sounds in \(folder): \(names.count), of which \(new) are new; \(over.count) old ones removed.")
        let mute = library.languages.filter { ReadAloud.voice($0) == nil }.map(\.name)
        if !mute.isEmpty {
            print("No voice for: \(mute.joined(separator: ", ")). People can record them: /facts/recordings")
        }
    }

    private func rights(_ config: Config) async throws -> Rights {
        let pack = try await Pack(folder: config.contentFolder)
        LocalTime.setZone(pack.coalition.timeZone)
        var live = pack.facts.facts.map { (fact: $0.fact, revision: 0) }
        if data != nil {
            let database = try Terminal.database(config)
            try await Compose.migrate(database)
            let kept = try await database.read { tx in
                try FactBook.all(in: tx).map { (fact: $0.fact, revision: $0.revision) }
            }
            if !kept.isEmpty { live = kept }
        }
        let today = LocalTime(Clock.system.now()).isoDay
        return Rights(live: live, files: pack.facts, guides: pack.guides, day: today, version: 0)
    }

    private static func sounds(in folder: String) throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mp3") }
        return Set(files.map { String($0.dropLast(4)) }.filter(ReadAloud.isName))
    }

    /// Under a name of its own until it is whole: what stops half way leaves no half sound.
    private static func make(_ clip: ReadAloud, in folder: String) throws {
        guard let voice = ReadAloud.voice(clip.language) else { return }
        let draft = "\(folder)/.\(clip.name)"
        defer {
            for end in ["txt", "wav", "mp3"] { try? FileManager.default.removeItem(atPath: "\(draft).\(end)") }
        }
        try Data(clip.text.utf8).write(to: URL(filePath: "\(draft).txt"))
        try tool(speaker, ["-v", voice, "-s", "145", "-b", "1", "-f", "\(draft).txt", "-w", "\(draft).wav"])
        try tool(
            encoder,
            ["-nostdin", "-loglevel", "error", "-y", "-i", "\(draft).wav", "-ac", "1", "-b:a", "32k", "\(draft).mp3"]
        )
        try FileManager.default.moveItem(atPath: "\(draft).mp3", toPath: "\(folder)/\(clip.name).mp3")
    }

    private static func tool(_ path: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(path) ended with \(process.terminationStatus): is the disk full?")
        }
    }
}
