// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Vault

extension EvidenceFile.Opened {
    /// The bytes in pieces of 64 KiB, decrypted as they are taken. Throws `VaultError.damaged` where the file on the disk
    /// is not the one that came in.
    package var pieces: EvidenceFile.Pieces {
        EvidenceFile.Pieces(content: content, size: file.size, record: file.id.text)
    }

    /// All of it, for what must be whole: a bundle for counsel.
    package func whole() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.size)
        for try await piece in pieces { bytes += piece }
        return bytes
    }
}

extension ReceivedFile {
    /// Its bytes, read back from the disk before anybody has the file: for a look at it by what shows nobody.
    package var pieces: EvidenceFile.Pieces {
        EvidenceFile.Pieces(content: content, size: size, record: id.text)
    }
}

extension EvidenceFile {
    /// A file as a sequence of pieces; taken once.
    package struct Pieces: AsyncSequence, Sendable {
        package typealias Element = [UInt8]
        let content: Content
        /// Bytes, without the padding.
        let size: Int
        /// What the pieces are sealed for.
        let record: String

        package func makeAsyncIterator() -> Iterator { Iterator(self) }

        package final class Iterator: AsyncIteratorProtocol {
            private let pieces: Pieces
            private var reader: FileSeal.Reader?
            private var file: Int32 = -1
            private var left: Int
            private var sealedLeft: Int
            private var isOver = false

            init(_ pieces: Pieces) {
                self.pieces = pieces
                left = pieces.size
                let padded = FileSeal.padded(pieces.size)
                let chunks = Swift.max(1, (padded + FileSeal.chunk - 1) / FileSeal.chunk)
                sealedLeft = padded + chunks * FileSeal.tag
            }

            deinit { if file >= 0 { close(file) } }

            package func next() async throws -> [UInt8]? {
                guard !isOver else { return nil }
                switch pieces.content {
                case .row(let bytes):
                    isOver = true
                    return bytes
                case .folder(let folder, let path, let key):
                    return try await next(in: folder, path, key)
                }
            }

            private func next(in folder: EvidenceFolder, _ path: String, _ key: Secret) async throws -> [UInt8]? {
                if file < 0 { try await begin(in: folder, path, key) }
                guard sealedLeft > 0, left > 0 else {
                    isOver = true
                    return nil
                }
                let (open, count) = (file, Swift.min(sealedLeft, FileSeal.chunk + FileSeal.tag))
                sealedLeft -= count
                let sealed = try await folder.run { try EvidenceFolder.read(count, from: open) }
                guard sealed.count == count, let bytes = try reader?.open(sealed, isLast: sealedLeft == 0) else {
                    throw VaultError.damaged
                }
                let piece = bytes.prefix(left)
                left -= piece.count
                return Array(piece)
            }

            private func begin(in folder: EvidenceFolder, _ path: String, _ key: Secret) async throws {
                file = try await folder.run {
                    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
                    guard file >= 0 else { throw VaultError.damaged }
                    return file
                }
                let open = file
                let head = try await folder.run { try EvidenceFolder.read(FileSeal.head, from: open) }
                reader = try FileSeal.Reader(key: key, record: pieces.record, head: head)
            }
        }
    }
}

extension [EvidenceFile.Prepared] {
    /// Puts the files in their place, then writes their rows. They are deleted only when it is sure that no row was
    /// written: after a refusal, or when this sending was known. A lost connection is no such thing.
    func stored<T>(_ write: () async throws -> (T, isNew: Bool)) async throws -> T {
        for one in self { try await one.file.put() }
        do {
            let (result, isNew) = try await write()
            if isNew { for one in self { one.file.keep() } }
            return result
        } catch let error where error is Refusal || error is Filed.StaleKey {
            throw error
        } catch {
            for one in self { one.file.keep() }
            throw error
        }
    }
}
