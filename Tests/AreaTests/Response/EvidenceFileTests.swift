// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Response
import Support
import Testing
import Vault

@Suite("Files are sealed as they come, and read back as they came")
struct EvidenceFileTests {
    private let world: World
    private let folder: EvidenceFolder

    init() async throws {
        world = try await World()
        folder = try #require(world.database.companions.first(EvidenceFolder.self))
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    private func file(of receipt: Intake.Receipt) async throws -> EvidenceFile {
        let report = receipt.report.text
        return try #require(await world.database.read { tx in try EvidenceFile.of([report], in: tx)[report]?.first })
    }

    private func open(_ file: EvidenceFile, by caller: Caller) async throws -> EvidenceFile.Opened {
        try await world.database.write { tx in try EvidenceFile.open(file.id, by: caller, in: tx) }
    }

    @Test(
        "Every length comes back byte by byte",
        arguments: [16, 200, 65_535, 65_536, 65_537, 131_072, 300_001]
    )
    func lengths(_ length: Int) async throws {
        let bytes: [UInt8] = [0xFF, 0xD8, 0xFF] + (3..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var filing = world.filing()
        filing.files = try await world.files(bytes)
        let kept = try await file(of: world.report(filing))
        #expect(kept.sha256 == Fingerprint.sha256(bytes))
        let opened = try await open(kept, by: world.amina)
        #expect(opened.file.size == length)
        #expect(try await opened.whole() == bytes)
    }

    @Test("Nothing of a file stands on the disk as it was")
    func sealed() async throws {
        let canary = Array("CANARY-mango-4711".utf8)
        var filing = world.filing()
        filing.files = try await world.files(World.photo() + canary + World.photo())
        let kept = try await file(of: world.report(filing))
        let disk = try Data(contentsOf: URL(filePath: "\(folder.path)/\(kept.id.text)"))
        #expect(disk.range(of: Data(canary)) == nil)
        #expect(disk.range(of: Data([0xFF, 0xD8, 0xFF, 0xE0])) == nil)
    }

    @Test("One changed, one missing and one swapped piece are each refused")
    func tampering() async throws {
        let bytes: [UInt8] = World.photo() + Array(repeating: 7, count: 200_000)
        var filing = world.filing()
        filing.files = try await world.files(bytes)
        let kept = try await file(of: world.report(filing))
        let path = "\(folder.path)/\(kept.id.text)"
        let whole = try Data(contentsOf: URL(filePath: path))
        var changed = whole
        changed[100] ^= 1
        let piece = FileSeal.chunk + FileSeal.tag
        let head = whole.prefix(FileSeal.head)
        let first = whole.dropFirst(FileSeal.head).prefix(piece)
        let second = whole.dropFirst(FileSeal.head + piece).prefix(piece)
        let swapped = head + second + first + whole.dropFirst(FileSeal.head + 2 * piece)
        for bad in [changed, whole.dropLast(piece), swapped, Data()] {
            try Data(bad).write(to: URL(filePath: path))
            let opened = try await open(kept, by: world.amina)
            await #expect(throws: VaultError.self) { try await opened.whole() }
        }
    }

    @Test("A file that isn't in the folder is told in words before anything is sent, and counted")
    func missing() async throws {
        var filing = world.filing()
        filing.files = try await world.files(World.photo())
        let file = try await file(of: world.report(filing))
        #expect(try await folder.missing(world.database) == 0)
        for name in names { try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)") }
        let refusal = await #expect(throws: Refusal.self) { try await open(file, by: world.amina) }
        #expect(refusal?.kind == .notFound && refusal?.message.keyed.hasPrefix("file.missing|") == true)
        #expect(try await folder.missing(world.database) == 1)
    }

    @Test("A form that was refused, and one that was sent twice, leave no file behind")
    func nothingLeft() async throws {
        var filing = world.filing("My A-number is A012345678")
        filing.files = try await world.files(World.photo())
        #expect(names.count == 1)
        await #expect(throws: Refusal.self) { try await world.report(filing) }
        filing = world.filing()
        #expect(names.isEmpty)
        filing.files = try await world.files(World.photo())
        _ = try await world.report(filing, .idempotencyKey("k", bodyHash: [1]))
        filing.files = try await world.files(World.photo())
        _ = try await world.report(filing, .idempotencyKey("k", bodyHash: [1]))
        filing.files = ReceivedFiles()
        // The writer's thread may hold the second sending, and with it its file, a moment longer.
        for _ in 1...1_000 where names.count > 1 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(names.count == 1)
    }

    @Test("An unknown kind, a file too big, and too many are said in words")
    func refusals() async throws {
        #expect(try await world.files(Array("<html><script></script>".utf8)).problem != nil)
        let big = [0xFF, 0xD8, 0xFF] + [UInt8](repeating: 0, count: 10_000_000)
        #expect(try await world.files(big).problem != nil)
        var filing = world.filing()
        filing.files = try await world.files(
            World.photo(1),
            World.photo(2),
            World.photo(3),
            World.photo(4),
            World.photo(5)
        )
        let refusal = try await #require(throws: Refusal.self) { try await world.report(filing) }
        #expect(refusal.fields["photos"] != nil)
        #expect(try await world.files([]).isEmpty)
    }

    @Test("An hour has room for so much from one place, and then for words only")
    func quota() async throws {
        var limits = EvidenceFolder.Limits()
        limits.hourlyFromOne = 1_000
        let small = try EvidenceFolder(path: "\(folder.path)/quota", clock: world.clock.clock, limits: limits)
        let first = try small.receive(from: "here")
        try await first.add(World.photo())
        let second = try small.receive(from: "here")
        await #expect(throws: EvidenceFolder.Problem.self) {
            try await second.add(World.photo() + World.photo() + World.photo() + World.photo())
        }
        let other = try small.receive(from: "elsewhere")
        try await other.add(World.photo())
        world.clock.advance(by: .hours(1))
        try await first.add(World.photo())
    }

    @Test("With the disk nearly full, words are taken and files are not")
    func fullDisk() async throws {
        var limits = EvidenceFolder.Limits()
        limits.free = .max
        let full = try EvidenceFolder(path: "\(folder.path)/full", clock: world.clock.clock, limits: limits)
        let incoming = try full.receive(from: nil)
        await #expect(throws: EvidenceFolder.Problem.self) { try await incoming.add(World.photo()) }
    }

    @Test("Files of deleted rows go, those of others stay")
    func sweeping() async throws {
        var filing = world.filing()
        filing.files = try await world.files(World.photo(1))
        let kept = try await file(of: world.report(filing))
        filing = world.filing("Vans by the school", at: World.pacoima)
        filing.files = try await world.files(World.photo(2))
        let gone = try await file(of: world.report(filing))
        filing.files = ReceivedFiles()
        for name in names {
            let old = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1_000_000)]
            try FileManager.default.setAttributes(old, ofItemAtPath: "\(folder.path)/\(name)")
        }
        try await world.database.write { tx in try tx.run("DELETE FROM files WHERE id = \(gone.id)") }
        #expect(try await folder.sweep(world.database) == 1)
        #expect(names == [kept.id.text])
    }

    @Test(
        "Video and sound are known by their first bytes",
        arguments: [
            ("\0\0\0\u{18}ftypisom", EvidenceFile.MediaType.mp4), ("\0\0\0\u{18}ftypmp42", .mp4),
            ("\0\0\0\u{14}ftypqt  ", .quickTime), ("\0\0\0\u{18}ftyp3gp4", .threeGP), ("\0\0\0\u{18}ftypM4A ", .m4a),
            ("OggS", .ogg), ("ID3", .mp3), ("RIFF....WAVEfmt ", .wav), ("#!AMR\n", .amr),
        ]
    )
    func sniffs(_ first: String, _ type: EvidenceFile.MediaType) {
        #expect(EvidenceFile.MediaType(sniffing: Array(first.utf8)) == type)
    }
}
