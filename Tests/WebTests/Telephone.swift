// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import Messaging
import Response
import Support
import Testing
import Vault

@testable import Messaging
@testable import Web

/// A telephone provider that calls our hooks with its signature, and what it would have sent to telephones.
struct Telephone {
    static let token = "the token of the account"
    static let number = "+13235550177"
    let door: Door

    init(_ door: Door, voice: Bool = false) async throws {
        self.door = door
        var account = Provider.Account()
        (account.url, account.account) = ("https://api.twilio.example", "AC1")
        (account.secret, account.from) = (Self.token, "+13235550000")
        let provider = Provider(make: voice ? .twilioVoice : .twilio, account: account)
        let keys = door.site.keys
        try await door.world.database.write { tx in try provider.store(by: nil, keys: keys, in: tx) }
        door.site.register(with: door.world.worker)
    }

    /// Posts a signed form, as the provider does.
    @discardableResult
    func call(_ path: String, _ fields: [(String, String)], token: String = token) async throws -> Answer {
        let signature = TwilioSignature.make(
            url: "http://localhost\(path)",
            fields: fields.map { (name: $0.0, value: $0.1) },
            token: token
        )
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name("X-Twilio-Signature"))] = Data(signature).base64EncodedString()
        return try await door.post(path, form: fields, headers)
    }

    /// A text from a telephone; then the worker does what it left to do.
    @discardableResult
    func text(
        _ words: String,
        id: String = UUID().uuidString,
        from: String = number,
        token: String = token
    ) async throws -> Answer {
        // One after the other, as people write: rows of one moment have no order.
        door.world.clock.advance(by: .seconds(1))
        let fields = [("MessageSid", id), ("From", from), ("Body", words)]
        let answer = try await call("/hooks/sms/twilio", fields, token: token)
        try await door.world.worker.runDue()
        return answer
    }

    /// What waits to be sent to telephones, oldest first.
    func outgoing() async throws -> [Parcel] {
        let keys = door.site.keys
        return try await door.world.database.read { tx in
            try tx.rows("SELECT id, content FROM outbox WHERE content IS NOT NULL ORDER BY id").map { row in
                let (id, content): (String, [UInt8]) = (try row["id"], try row["content"])
                let json = try keys.opened().fields.open(content, table: "outbox", column: "content", id: id)
                return try JSONDecoder().decode(Parcel.self, from: Data(json.utf8))
            }
        }
    }

    func lastText() async throws -> String { try await outgoing().last?.text ?? "" }

    func count(_ table: String) async throws -> Int {
        switch table {
        case "reports": try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM reports") }
        case "conversations":
            try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM conversations") }
        case "outbox": try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM outbox") }
        case "inbound_texts":
            try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM inbound_texts") }
        default: try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM call_recordings") }
        }
    }
}
