// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// A photo, video or sound of a report or an observation: its hash from the moment it arrived, its bytes sealed as they
/// were, in `EvidenceFolder`.
package struct EvidenceFile: Sendable, Readable {
    package let id: Ref<EvidenceFile>
    /// The text of the report's or observation's reference.
    package let owner: String
    package let ownerKind: Owner
    /// 32 bytes, of the file as it was received.
    package let sha256: [UInt8]
    package let mediaType: MediaType
    /// Bytes: the size of its bucket until it is opened, then the true one.
    package private(set) var size: Int
    package let receivedAt: Instant

    package enum Owner: String, Sendable, Bindable, Column {
        case report, observation
    }

    /// What a member gets who may open it. The bytes are read from the disk when they are asked for.
    package struct Opened: Sendable {
        package let file: EvidenceFile
        let content: Content
    }

    enum Content: Sendable {
        /// From before there was a folder: sealed in its row.
        case row([UInt8])
        /// In the folder, under this path.
        case folder(EvidenceFolder, path: String, Secret)
    }

    /// What opens a file in the folder; sealed to the team in the file's row.
    struct FileKey: Codable {
        let key: [UInt8]
        let size: Int
        /// What it looks like (`PictureMark`): who may open the file may know that, and nobody else.
        var look: UInt64?
    }

    /// A file whose key is sealed, ready for its row.
    struct Prepared: Sendable {
        let file: ReceivedFile
        let sealed: Sealed<FileKey>

        init(_ file: ReceivedFile, to team: TeamKey, shred: ShredKey) throws {
            self.file = file
            let key = FileKey(key: file.key.bytes, size: file.size, look: file.look)
            sealed = try Sealed.seal(key, kind: EvidenceFile.keyKind, record: file.id.text, to: [team], shred: shred)
        }

        func insert(for owner: String, _ kind: Owner, in tx: Transaction) throws {
            try tx.run(
                """
                INSERT INTO files (id, owner, owner_kind, sha256, media_type, size, sealed, is_in_folder, received_at,
                    is_unreadable)
                VALUES (\(file.id), \(owner), \(kind), \(file.sha256), \(file.type), \(file.padded), \(sealed), 1,
                    \(tx.now), \(file.isUnseen))
                """
            )
            try Custody.record(.received, file.id, sha256: file.sha256, in: tx)
        }
    }

    /// Its row is there and the file isn't: the folder of files was left out of a backup.
    private static let missing = Refusal(
        .notFound,
        "file.missing|This file is not on the server any more. Tell whoever looks after the server."
    )

    private static let kind = "file"
    private static let keyKind = "file.key"

    /// Opens a file and writes down who did. Needs a key of the team and a reason to see the incident it belongs to.
    package static func open(_ id: Ref<EvidenceFile>, by caller: Caller, in tx: Transaction) throws -> Opened {
        guard let row = try tx.rows("SELECT * FROM files WHERE id = \(id)").first else { throw Refusal.notFound }
        var file = try EvidenceFile(row: row)
        let incident = try file.incident(in: tx)
        if let incident { _ = try Incident.find(incident, by: caller, in: tx) } else { try caller.require(.seeBoard) }
        try caller.require(.openSealed)
        let content: Content
        if try row["is_in_folder"] {
            let sealed: Sealed<FileKey> = try row["sealed"]
            let key = try Opening.open { keyring in
                try sealed.open(kind: keyKind, record: id.text, with: keyring)
            } by: {
                try caller.unlockedKeyring()
            }
            guard let folder = tx.companions.first(EvidenceFolder.self) else { throw VaultError.damaged }
            // Before anything is sent: an answer that has begun can't say so any more.
            guard folder.holds(id) else { throw Self.missing }
            file.size = key.size
            content = .folder(folder, path: folder.place(of: id), Secret(key.key))
        } else {
            let sealed: SealedBytes = try row["sealed"]
            let bytes = try Opening.open { keyring in
                try sealed.open(kind: kind, record: id.text, with: keyring)
            } by: {
                try caller.unlockedKeyring()
            }
            content = .row(bytes)
        }
        let subject = incident?.text ?? file.owner
        try tx.record(Event("file.opened", subject: subject, actor: caller.person.text, data: ["file": id.text]))
        try Custody.record(.opened, id, sha256: file.sha256, by: caller.person, in: tx)
        return Opened(file: file, content: content)
    }

    /// What the first file of each of these looks like, as far as the keyring opens it; else its own hash, which only the
    /// very same file has.
    static func looks(of owners: [String], with keyring: Keyring, in tx: Transaction) throws -> [String: UInt64] {
        guard !owners.isEmpty else { return [:] }
        let rows = try tx.rows(
            """
            SELECT id, owner, sha256, sealed, is_in_folder FROM files WHERE owner IN \(list: owners)
            ORDER BY received_at DESC, id DESC
            """
        )
        return try rows.reduce(into: [:]) { looks, row in
            let (id, sha256) = (try row["id"] as String, try row["sha256"] as [UInt8])
            var look: UInt64?
            if try row["is_in_folder"] {
                let sealed: Sealed<FileKey> = try row["sealed"]
                look = try? sealed.open(kind: keyKind, record: id, with: keyring).look
            }
            // The oldest comes last, and stays.
            looks[try row["owner"]] = look ?? ReceivedFile.fingerprint(sha256)
        }
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
