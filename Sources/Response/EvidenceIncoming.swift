// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Synchronization
import Vault

/// A file while it comes in: encrypted and written piece by piece, known by its first bytes, hashed on the way. Used by
/// one task. What is not finished and kept is deleted when it is let go.
package final class IncomingFile {
    private let folder: EvidenceFolder
    private let source: String?
    private let id = Ref<EvidenceFile>.new()
    private let key = Secret.random()
    private var sealer: FileSeal.Writer
    private var sum = RunningFingerprint()
    private var type: EvidenceFile.MediaType?
    private var waiting: [UInt8] = []
    private var size = 0
    private var file: Int32 = -1

    /// Bytes that tell what a file is.
    private static let telling = 16

    init(into folder: EvidenceFolder, source: String?) {
        self.folder = folder
        self.source = source
        sealer = FileSeal.Writer(key: key, record: id.text)
    }

    deinit {
        if file >= 0 {
            close(file)
            unlink(folder.draft(of: id))
        }
        folder.release()
    }

    /// Throws `EvidenceFolder.Problem` as soon as it is known that it can't be kept.
    package func add(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        size += bytes.count
        sum.add(bytes)
        waiting += bytes
        if type == nil, waiting.count >= Self.telling { try tell() }
        if let type, size > type.largest { throw EvidenceFolder.Problem(words: type.tooBig) }
        try folder.admit(bytes.count, from: source)
        // One byte more than a chunk: only what is not the end may be written.
        while waiting.count > FileSeal.chunk { try await flush() }
    }

    /// Durable when it returns. Nil for nothing at all: a field that was left empty.
    package func finish() async throws -> ReceivedFile? {
        guard size > 0 else { return nil }
        if type == nil { try tell() }
        guard let type else { return nil }
        let padded = FileSeal.padded(size)
        var zeros = padded - size
        while zeros > 0 {
            let count = min(zeros, FileSeal.chunk)
            waiting += [UInt8](repeating: 0, count: count)
            zeros -= count
            while waiting.count > FileSeal.chunk { try await flush() }
        }
        try await begin()
        let (last, open) = (try sealer.seal(waiting, isLast: true), file)
        try await folder.run {
            try EvidenceFolder.write(last, to: open)
            guard fsync(open) == 0 else { throw EvidenceFolder.Problem(words: EvidenceFolder.diskFull) }
        }
        close(file)
        file = -1
        return ReceivedFile(
            folder: folder,
            id: id,
            type: type,
            size: size,
            padded: padded,
            sha256: sum.sum,
            key: key
        )
    }

    private func tell() throws {
        type = EvidenceFile.MediaType(sniffing: waiting)
        guard type != nil else {
            throw EvidenceFolder.Problem(
                words: "evidence.unknown_type|We can’t take this kind of file. Send a photo, a video or a sound."
            )
        }
    }

    private func flush() async throws {
        try await begin()
        let sealed = try sealer.seal(waiting.prefix(FileSeal.chunk), isLast: false)
        waiting.removeFirst(FileSeal.chunk)
        let open = file
        try await folder.run { try EvidenceFolder.write(sealed, to: open) }
    }

    private func begin() async throws {
        guard file < 0 else { return }
        let (path, head) = (folder.draft(of: id), sealer.head)
        file = try await folder.run {
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else {
                throw EvidenceFolder.Problem(words: EvidenceFolder.diskFull)
            }
            do {
                try EvidenceFolder.write(head, to: file)
            } catch {
                close(file)
                unlink(path)
                throw error
            }
            return file
        }
    }
}

/// A file that is whole on the disk, and belongs to nothing yet. Deleted when it is let go without being kept.
package final class ReceivedFile: Sendable {
    package let id: Ref<EvidenceFile>
    package let type: EvidenceFile.MediaType
    /// Bytes, as it was received.
    package let size: Int
    /// Bytes on the disk, without tags.
    package let padded: Int
    package let sha256: [UInt8]
    let key: Secret
    private let folder: EvidenceFolder
    private let fate = Mutex(Fate.draft)
    private let seen = Mutex<(look: UInt64?, isUnseen: Bool)>((nil, false))

    private enum Fate { case draft, placed, kept }

    init(
        folder: EvidenceFolder,
        id: Ref<EvidenceFile>,
        type: EvidenceFile.MediaType,
        size: Int,
        padded: Int,
        sha256: [UInt8],
        key: Secret
    ) {
        (self.folder, self.id, self.type, self.size) = (folder, id, type, size)
        (self.padded, self.sha256, self.key) = (padded, sha256, key)
    }

    deinit {
        switch fate.withLock({ $0 }) {
        case .draft: unlink(folder.draft(of: id))
        case .placed: unlink(folder.place(of: id))
        case .kept: break
        }
    }

    /// What it looks like, once somebody looked (`PictureMark`); nil for a sound, and for what can't be looked at.
    package var look: UInt64? { seen.withLock { $0.look } }

    package func note(look: UInt64?) { seen.withLock { $0 = (look, false) } }

    /// Its first bytes say that it is a picture or a film, and nothing was seen in it by who should look. Where nothing can
    /// look at all, it is taken at its word.
    package func noteUnseen() { seen.withLock { $0 = (nil, true) } }

    /// Kept as `is_unreadable`.
    var isUnseen: Bool { seen.withLock { $0.isUnseen } }

    /// It supports what the words say, by itself.
    var isPicture: Bool { type.isPicture && !isUnseen }

    /// The same picture or film forwarded by ten people is one witness, however often it was encoded anew; of what nobody
    /// looked at, only the very same file is.
    var fingerprint: UInt64 { look ?? Self.fingerprint(sha256) }

    static func fingerprint(_ sha256: [UInt8]) -> UInt64 { sha256.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// As a draft, or in its place.
    var content: EvidenceFile.Content {
        .folder(folder, path: fate.withLock { $0 == .draft } ? folder.draft(of: id) : folder.place(of: id), key)
    }

    /// Puts it where its row will look for it. Before the row is written, so that there is no row without its file.
    func put() async throws {
        guard fate.withLock({ $0 == .draft }) else { return }
        let (draft, place, path) = (folder.draft(of: id), folder.place(of: id), folder.path)
        try await folder.run {
            guard rename(draft, place) == 0 else { throw Refusal.storage }
            try EvidenceFolder.syncFolder(path)
        }
        fate.withLock { $0 = .placed }
    }

    /// Its row is written, or may be.
    func keep() { fate.withLock { $0 = .kept } }
}

/// The files of one form, and what was wrong with another: the rest of the form is looked at all the same.
package struct ReceivedFiles: Sendable {
    package var all: [ReceivedFile]
    package var problem: Phrase?

    package init(_ all: [ReceivedFile] = [], problem: Phrase? = nil) {
        self.all = all
        self.problem = problem
    }

    package var isEmpty: Bool { all.isEmpty }

    /// Flags `photos` for what could not be taken, and for too many.
    func checked(_ check: inout FieldCheck) -> [ReceivedFile] {
        if let problem { check.flag("photos", problem) }
        if all.count > ReportFiling.mostFiles {
            check.flag(
                "photos",
                Phrase("response.many_photos|Send {limit} photos or fewer.", ["limit": "\(ReportFiling.mostFiles)"])
            )
        }
        return all
    }
}
