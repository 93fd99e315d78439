// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// A picture as it came, before it is sealed: what it is was told from its first bytes, never from its name.
struct Photo: Sendable {
    let bytes: [UInt8]
    let type: EvidenceFile.MediaType
    let sha256: [UInt8]

    /// Equal pictures only: the same file forwarded by ten people is one witness.
    var fingerprint: UInt64 { sha256.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// Flags `photos` for too many, too big, or not a picture. Empty ones (an unused file field) are left out.
    static func checked(_ photos: [[UInt8]], _ check: inout FieldCheck) -> [Photo] {
        let photos = photos.filter { !$0.isEmpty }
        guard photos.count <= ReportFiling.mostPhotos else {
            check.flag(
                "photos",
                Phrase("response.many_photos|Send {limit} photos or fewer.", ["limit": "\(ReportFiling.mostPhotos)"])
            )
            return []
        }
        return photos.compactMap { bytes in
            guard bytes.count <= EvidenceFile.largest else {
                check.flag("photos", "response.big_photo|This photo is too big. Keep it under 10 MB.")
                return nil
            }
            guard let type = EvidenceFile.MediaType(sniffing: bytes) else {
                check.flag("photos", "response.not_photo|We can only take photos: JPEG, PNG, WebP or HEIC.")
                return nil
            }
            return Photo(bytes: bytes, type: type, sha256: Fingerprint.sha256(bytes))
        }
    }
}

/// A photo of a report or an observation: its hash from the moment it arrived, its bytes sealed as they were.
package struct EvidenceFile: Sendable, Readable {
    package let id: Ref<EvidenceFile>
    /// The text of the report's or observation's reference.
    package let owner: String
    package let ownerKind: Owner
    /// 32 bytes, of the file as it was received.
    package let sha256: [UInt8]
    package let mediaType: MediaType
    /// Bytes.
    package let size: Int
    package let receivedAt: Instant

    package static let largest = 10_000_000

    package enum Owner: String, Sendable, Bindable, Column {
        case report, observation
    }

    package enum MediaType: String, Sendable, Hashable, CaseIterable, Bindable, Column {
        case jpeg = "image/jpeg"
        case png = "image/png"
        case webp = "image/webp"
        case heic = "image/heic"

        /// By the first bytes; nil for anything else.
        package init?(sniffing bytes: [UInt8]) {
            func holds(_ text: StaticString, at offset: Int) -> Bool {
                text.withUTF8Buffer { mark in
                    bytes.count >= offset + mark.count && bytes[offset..<offset + mark.count].elementsEqual(mark)
                }
            }
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpeg
            } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else if holds("RIFF", at: 0), holds("WEBP", at: 8) {
                self = .webp
            } else if holds("ftyp", at: 4),
                holds("heic", at: 8) || holds("heix", at: 8) || holds("mif1", at: 8) || holds("msf1", at: 8)
            {
                self = .heic
            } else {
                return nil
            }
        }
    }

    /// What a member gets who may open it.
    package struct Opened: Sendable {
        package let file: EvidenceFile
        package let bytes: [UInt8]
    }

    /// A photo sealed and ready to be stored; made outside the transaction, since ten megabytes take a while.
    struct Prepared: Sendable {
        let id: Ref<EvidenceFile>
        let photo: Photo
        let sealed: SealedBytes

        init(_ photo: Photo, to team: TeamKey, at now: Instant) throws {
            self.photo = photo
            id = .new(at: now)
            sealed = try SealedBytes.seal(photo.bytes, kind: EvidenceFile.kind, record: id.text, to: [team])
        }

        func insert(for owner: String, _ kind: Owner, in tx: Transaction) throws {
            try tx.run(
                """
                INSERT INTO files (id, owner, owner_kind, sha256, media_type, size, sealed, received_at)
                VALUES (\(id), \(owner), \(kind), \(photo.sha256), \(photo.type), \(photo.bytes.count), \(sealed),
                    \(tx.now))
                """
            )
        }
    }

    private static let kind = "file"

    /// Opens a photo and writes down who did. Needs a key of the team and a reason to see the incident it belongs to.
    package static func open(_ id: Ref<EvidenceFile>, by caller: Caller, in tx: Transaction) throws -> Opened {
        guard let row = try tx.rows("SELECT * FROM files WHERE id = \(id)").first else { throw Refusal.notFound }
        let file = try EvidenceFile(row: row)
        let incident = try file.incident(in: tx)
        if let incident { _ = try Incident.find(incident, by: caller, in: tx) } else { try caller.require(.seeBoard) }
        try caller.require(.openSealed)
        let sealed: SealedBytes = try row["sealed"]
        let bytes = try Opening.open { keyring in
            try sealed.open(kind: kind, record: id.text, with: keyring)
        } by: {
            try caller.unlockedKeyring()
        }
        let subject = incident?.text ?? file.owner
        try tx.record(Event("file.opened", subject: subject, actor: caller.person.text, data: ["file": id.text]))
        return Opened(file: file, bytes: bytes)
    }

    package static func of(_ owners: [String], in tx: Transaction) throws -> [String: [EvidenceFile]] {
        guard !owners.isEmpty else { return [:] }
        let files = try tx.all(
            EvidenceFile.self,
            """
            SELECT id, owner, owner_kind, sha256, media_type, size, received_at FROM files
            WHERE owner IN \(list: owners) ORDER BY received_at, id
            """
        )
        return Dictionary(grouping: files, by: \.owner)
    }

    package init(row: Row) throws {
        id = try row["id"]
        owner = try row["owner"]
        ownerKind = try row["owner_kind"]
        sha256 = try row["sha256"]
        mediaType = try row["media_type"]
        size = try row["size"]
        receivedAt = try row["received_at"]
    }

    private func incident(in tx: Transaction) throws -> Ref<Incident>? {
        switch ownerKind {
        case .report:
            try tx.one(
                Ref<Incident>.self,
                "SELECT incident FROM incident_reports WHERE report = \(owner) ORDER BY linked_at LIMIT 1"
            )
        case .observation:
            try tx.one(Ref<Incident>.self, "SELECT incident FROM observations WHERE id = \(owner)")
        }
    }
}
