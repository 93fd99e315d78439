// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// What a caller said after the tone, as long as it is still with the telephone provider: it is fetched, sealed as a
/// report, and deleted there; then this row goes. Who called stands nowhere.
package struct CallRecording: Readable {
    package enum Purpose: String, Bindable, Column, Sendable {
        case report
        /// Nobody could take the call.
        case voicemail
    }

    package let id: Ref<CallRecording>
    package let language: String
    package let isOverflow: Bool
    /// When its report was stored; all that is left to do is the deletion.
    package let filedAt: Instant?
    let name: [UInt8]
    let nameIndex: [UInt8]

    package init(row: Row) throws {
        id = try row["id"]
        language = try row["language"]
        isOverflow = try row["is_overflow"]
        filedAt = try row["filed_at"]
        name = try row["name"]
        nameIndex = try row["name_index"]
    }

    /// Told twice is taken once; nil then. `name` is the provider's, and leads to a number in its records: encrypted. One
    /// that holds nothing is only deleted.
    package static func take(
        _ name: String,
        _ purpose: Purpose,
        seconds: Int,
        language: String,
        isOverflow: Bool,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Ref<CallRecording>? {
        let id = Ref<CallRecording>.new(at: tx.now)
        let unlocked = try keys.opened()
        let taken = try tx.run(
            """
            INSERT INTO call_recordings (id, name, name_index, purpose, language, is_overflow, at, filed_at)
            VALUES (\(id), \(try unlocked.fields.seal(name, table: "call_recordings", column: "name", id: id.text)),
                \(try index(name, keys)), \(purpose), \(language), \(isOverflow), \(tx.now),
                \(seconds < shortest ? tx.now : nil))
            ON CONFLICT (name_index) DO NOTHING
            """
        )
        return taken == 1 ? id : nil
    }

    /// Seconds under which it is a slip of the finger.
    private static let shortest = 1

    package static func find(_ id: Ref<CallRecording>, in tx: Transaction) throws -> CallRecording? {
        try tx.first(CallRecording.self, "SELECT * FROM call_recordings WHERE id = \(id)")
    }

    /// What its report is known by; the caller's code comes from it, before the report is there.
    package static func mark(_ name: String, _ keys: InstanceKeys) throws -> String {
        Fingerprint.hex(try index(name, keys))
    }

    package var mark: String { Fingerprint.hex(nameIndex) }

    /// Whether something could be a provider's name for a recording: letters and digits.
    package static func isName(_ text: String) -> Bool {
        (8...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) }
    }

    package func opened(_ keys: InstanceKeys) throws -> String {
        try keys.opened().fields.open(name, table: "call_recordings", column: "name", id: id.text)
    }

    package func markFiled(in tx: Transaction) throws {
        try tx.run("UPDATE call_recordings SET filed_at = \(tx.now) WHERE id = \(id)")
    }

    package func delete(in tx: Transaction) throws { try tx.run("DELETE FROM call_recordings WHERE id = \(id)") }

    private static func index(_ name: String, _ keys: InstanceKeys) throws -> [UInt8] {
        try keys.opened().index.index(name, field: "recording")
    }
}
