// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// A sealed blob, taken apart. Published format, so that an independent tool can open it:
///
///     version      1   = 2, or 3 where the data key is shared (below); 1 is 2 without the slot, its body under
///                      the data key itself
///     suite        1   = 1: HPKE base mode, X-Wing (0x647a), HKDF-SHA256, AES-256-GCM; AES-256-GCM body
///     slot         8   big endian: where the shred key stands
///     recipients   1   1…8, and for each
///       length     1   of the team's name
///       team       …   letters a–z, digits, `-`, `_`, `.`; 1…64
///       epoch      4   big endian
///       enc     1120   HPKE encapsulated key
///       key       48   HPKE ciphertext of the 32-byte data key; info `v2|dek|KIND|RECORD|TEAM|EPOCH`, empty AAD
///     nonce       12
///     body         …   AES-256-GCM, AAD `v2|KIND|RECORD`, of a padded text (see `Padding`), under
///                      HKDF-SHA256(data key, salt: shred key, info: `vecinos|v2|body|KIND|RECORD`)
///     tag         16
///
/// KIND names the column and RECORD the row: a blob moved elsewhere does not open. In version 3 the data key is that
/// of a `SealingMoment`: its `info` is `v3|dek|TEAM|EPOCH`, the AAD says `v3`, and all else is the same, so that the
/// key of the body is the record's own.
package struct Envelope: Sendable {
    package let recipients: [TeamKey.Slot]
    /// Where the shred key stands; nil in version 1.
    package let slot: Int64?
    private let version: Version
    private let sealedKeys: [Data]
    private let body: Data

    private enum Version: UInt8 { case unshredded = 1, single, shared }

    private static let suite: UInt8 = 1
    private static let mostRecipients = 8
    private static let sealedKeyCount = KeyPair.encapsulatedCount + KeyPair.sealedSecretCount

    /// Costs one encapsulation (0.4 ms) a team and an AES pass. Throws `badAddress` for no team, more than eight,
    /// or a name that is not lower-case letters, digits, `-`, `_` and `.`.
    package static func seal(
        _ content: some DataProtocol,
        kind: String,
        record: String,
        to teams: [TeamKey],
        shred: ShredKey? = nil
    ) throws -> [UInt8] {
        guard isName(kind), isName(record) else { throw VaultError.badAddress }
        let version: Version = shred == nil ? .unshredded : .single
        let key = Secret.random()
        let recipients = try addressed(key, to: teams) { keyContext(version, kind, record, $0) }
        return try seal(content, version, kind, record, key, recipients, shred)
    }

    /// The same under the key of a moment: costs no encapsulation of its own.
    package static func seal(
        _ content: some DataProtocol,
        kind: String,
        record: String,
        under key: SealingMoment.Key,
        shred: ShredKey
    ) throws -> [UInt8] {
        guard isName(kind), isName(record) else { throw VaultError.badAddress }
        return try seal(content, .shared, kind, record, key.data, key.recipients, shred)
    }

    /// The part of a blob that says for whom it is, of what many share.
    static func recipients(of key: Secret, sharedBy team: TeamKey) throws -> [UInt8] {
        try addressed(key, to: [team]) { keyContext(.shared, "", "", $0) }
    }

    private static func addressed(
        _ key: Secret,
        to teams: [TeamKey],
        context: (TeamKey.Slot) -> String
    ) throws -> [UInt8] {
        guard (1...mostRecipients).contains(teams.count) else { throw VaultError.badAddress }
        var bytes = [UInt8(truncatingIfNeeded: teams.count)]
        for team in teams {
            guard isName(team.team), let epoch = UInt32(exactly: team.epoch) else { throw VaultError.badAddress }
            bytes.append(UInt8(truncatingIfNeeded: team.team.utf8.count))
            bytes += team.team.utf8
            for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: epoch >> shift)) }
            bytes += try KeyPair.seal(key, to: team.publicKey, context: context(team.slot))
        }
        return bytes
    }

    private static func seal(
        _ content: some DataProtocol,
        _ version: Version,
        _ kind: String,
        _ record: String,
        _ key: Secret,
        _ recipients: [UInt8],
        _ shred: ShredKey?
    ) throws -> [UInt8] {
        var blob = [version.rawValue, suite]
        if let shred { blob += bigEndian(shred.slot) }
        blob += recipients
        let bodyKey = shred?.body(key, kind: kind, record: record) ?? key
        blob += try Cipher.seal(Padding.pad(content), under: bodyKey, context: bodyContext(version, kind, record))
        return blob
    }

    /// Reads the outside of a blob; throws `damaged` for anything that `seal` could not have written.
    package init(_ blob: [UInt8]) throws {
        var reader = Reader(rest: blob[...])
        guard let version = Version(rawValue: try reader.byte()), try reader.byte() == Self.suite else {
            throw VaultError.damaged
        }
        self.version = version
        slot = version == .unshredded ? nil : Self.number(try reader.take(8))
        guard slot.map({ $0 > 0 }) ?? true else { throw VaultError.damaged }
        let count = Int(try reader.byte())
        guard (1...Self.mostRecipients).contains(count) else { throw VaultError.damaged }
        var recipients: [TeamKey.Slot] = []
        var sealedKeys: [Data] = []
        for _ in 0..<count {
            let length = Int(try reader.byte())
            guard let team = String(validating: try reader.take(length), as: UTF8.self), Self.isName(team) else {
                throw VaultError.damaged
            }
            let epoch = try reader.take(4).reduce(0) { $0 << 8 | Int($1) }
            recipients.append(TeamKey.Slot(team: team, epoch: epoch))
            sealedKeys.append(Data(try reader.take(Self.sealedKeyCount)))
        }
        guard reader.rest.count >= Cipher.overhead + Padding.smallest else { throw VaultError.damaged }
        self.recipients = recipients
        self.sealedKeys = sealedKeys
        body = Data(reader.rest)
    }

    /// The slot that a blob names, from its first ten bytes; nil for version 1 and for anything else.
    package static func slot(of blob: [UInt8]) -> Int64? {
        guard blob.count >= 10, let version = Version(rawValue: blob[0]), version != .unshredded else { return nil }
        let slot = number(blob[2..<10])
        return slot > 0 ? slot : nil
    }

    /// Throws `noKey` when the keyring belongs to none of the teams addressed, `shredded` when the record was
    /// destroyed, `damaged` when the blob was changed or written for another place.
    package func open(kind: String, record: String, with keyring: Keyring) throws -> Data {
        guard let (team, sealedKey) = zip(recipients, sealedKeys).first(where: { keyring.holds($0.0) }) else {
            throw VaultError.noKey
        }
        guard slot == nil || keyring.shredder != nil else { throw VaultError.noKey }
        let shred = try slot.flatMap { try keyring.shredder?.key($0) }
        let key = try keyring.keys(of: team).open(sealedKey, context: Self.keyContext(version, kind, record, team))
        let bodyKey = shred?.body(key, kind: kind, record: record) ?? key
        return try Padding.unpad(Cipher.open(body, under: bodyKey, context: Self.bodyContext(version, kind, record)))
    }

    private static func keyContext(_ version: Version, _ kind: String, _ record: String, _ team: TeamKey.Slot) -> String
    {
        let record = version == .shared ? "" : "\(kind)|\(record)|"
        return "v\(version.rawValue)|dek|\(record)\(team.team)|\(team.epoch)"
    }

    private static func bodyContext(_ version: Version, _ kind: String, _ record: String) -> String {
        "v\(version.rawValue)|\(kind)|\(record)"
    }

    private static func bigEndian(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> Int64(56 - 8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }

    /// Names can't hold the bar that parts them, so no two contexts read the same.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
                default: false
                }
            }
    }

    /// Takes bytes from the front, and says so when there are too few.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func byte() throws -> UInt8 {
            guard let byte = rest.popFirst() else { throw VaultError.damaged }
            return byte
        }

        mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard count <= rest.count else { throw VaultError.damaged }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
    }
}
