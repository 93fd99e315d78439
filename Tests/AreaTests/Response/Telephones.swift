// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging

extension World {
    /// A provider that carries calls.
    func carryCalls() async throws {
        var account = Provider.Account()
        (account.url, account.account) = ("https://voice.example", "AC2")
        (account.secret, account.from) = ("t", "+13235550009")
        let (settled, keys) = (account, keys)
        try await database.write { tx in
            try Provider(make: .twilioVoice, account: settled, rate: 100).store(by: nil, keys: keys, in: tx)
        }
    }

    /// Somebody entered this telephone, and the code that it got.
    func prove(_ number: String, of caller: Caller) async throws {
        let keys = keys
        try await database.write { tx in
            let unlocked = try #require(keys.unlocked)
            let id = Ref<Contact>.new(at: tx.now)
            let address = try unlocked.fields.seal(number, table: "contacts", column: "address", id: id.text)
            try tx.run(
                """
                INSERT INTO contacts (id, person, channel, address, address_index, confirmed_at, created_at)
                VALUES (\(id), \(caller.person), 'sms', \(address), \(ChannelKind.sms.index(number, unlocked)),
                    \(tx.now), \(tx.now))
                """
            )
        }
    }

    /// What waits to go out by a channel, oldest first.
    func parcels(by channel: ChannelKind) async throws -> [Parcel] {
        let keys = keys
        return try await database.read { tx in
            try tx.rows("SELECT id, content FROM outbox WHERE channel = \(channel) ORDER BY id").map { row in
                let (id, content): (String, [UInt8]) = (try row["id"], try row["content"])
                let json = try keys.opened().fields.open(content, table: "outbox", column: "content", id: id)
                return try JSONDecoder().decode(Parcel.self, from: Data(json.utf8))
            }
        }
    }
}
