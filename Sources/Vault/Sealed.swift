// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// A column that only the teams it was addressed to can read: an `Envelope` over the content as JSON.
///
/// `kind` names the column (`report.words`) and `record` the row; opening needs the same two and a keyring.
package struct Sealed<Content: Codable & Sendable>: Sendable, Hashable, CustomStringConvertible {
    /// The envelope, as the database keeps it.
    package let blob: [UInt8]

    package init(blob: [UInt8]) { self.blob = blob }

    /// `shred`: with `database.shredKey()` or `tx.shredKey()` the record can be destroyed in old backups too. Everything
    /// that retention deletes is sealed with one.
    package static func seal(
        _ content: Content,
        kind: String,
        record: String,
        to teams: [TeamKey],
        shred: ShredKey? = nil
    ) throws -> Sealed {
        try seal(json: Array(JSONEncoder().encode(content)), kind: kind, record: record, to: teams, shred: shred)
    }

    /// The same for content that is JSON already.
    package static func seal(
        json: [UInt8],
        kind: String,
        record: String,
        to teams: [TeamKey],
        shred: ShredKey? = nil
    ) throws -> Sealed {
        Sealed(blob: try Envelope.seal(json, kind: kind, record: record, to: teams, shred: shred))
    }

    /// The same under the key of a moment, for what comes by the hundred a second.
    package static func seal(
        json: [UInt8],
        kind: String,
        record: String,
        under key: SealingMoment.Key,
        shred: ShredKey
    ) throws -> Sealed {
        Sealed(blob: try Envelope.seal(json, kind: kind, record: record, under: key, shred: shred))
    }

    /// Throws `VaultError.noKey` when none of the member's teams is addressed, `damaged` when it was tampered with.
    package func open(kind: String, record: String, with keyring: Keyring) throws -> Content {
        let json = try Envelope(blob).open(kind: kind, record: record, with: keyring)
        do {
            return try JSONDecoder().decode(Content.self, from: json)
        } catch {
            throw VaultError.damaged
        }
    }

    /// The teams and epochs it was addressed to.
    package var recipients: [TeamKey.Slot] { get throws { try Envelope(blob).recipients } }

    /// Where its shred key stands, for `ShredDue.add`; nil when it was sealed without one.
    package var slot: Int64? { Envelope.slot(of: blob) }

    package var description: String { "•••" }
}

extension Sealed: Bindable, Column {
    package var value: Value { .blob(blob) }
    package init(value: Value) throws { blob = try [UInt8](value: value) }
}

/// A sealed file: an `Envelope` over the bytes as they are, since a photo in JSON would weigh a third more.
package struct SealedBytes: Sendable, Hashable, CustomStringConvertible {
    package let blob: [UInt8]

    package init(blob: [UInt8]) { self.blob = blob }

    package static func seal(
        _ bytes: [UInt8],
        kind: String,
        record: String,
        to teams: [TeamKey],
        shred: ShredKey? = nil
    ) throws -> SealedBytes {
        SealedBytes(blob: try Envelope.seal(bytes, kind: kind, record: record, to: teams, shred: shred))
    }

    package func open(kind: String, record: String, with keyring: Keyring) throws -> [UInt8] {
        Array(try Envelope(blob).open(kind: kind, record: record, with: keyring))
    }

    package var recipients: [TeamKey.Slot] { get throws { try Envelope(blob).recipients } }

    /// Where its shred key stands, for `ShredDue.add`; nil when it was sealed without one.
    package var slot: Int64? { Envelope.slot(of: blob) }

    package var description: String { "•••" }
}

extension SealedBytes: Bindable, Column {
    package var value: Value { .blob(blob) }
    package init(value: Value) throws { blob = try [UInt8](value: value) }
}
