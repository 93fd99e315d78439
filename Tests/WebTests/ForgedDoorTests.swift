// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import NIOCore
import Support
import Testing
import Vault

@testable import Messaging
@testable import Web

@Suite("A forged call of a provider")
struct ForgedDoorTests {
    /// Every address that a provider calls, as the site map has them.
    private static let routes: [(method: HTTPRequest.Method, path: String)] = [
        (.post, "/hooks/sms/twilio"), (.post, "/hooks/sms/status?key=x"), (.post, "/hooks/sms/gateway"),
        (.get, "/hooks/whatsapp?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1"), (.post, "/hooks/whatsapp"),
        (.post, "/hooks/signal/wrong"), (.post, "/hooks/voice"), (.post, "/hooks/voice/language"),
        (.post, "/hooks/voice/menu"), (.post, "/hooks/voice/choice"), (.post, "/hooks/voice/recorded"),
        (.post, "/hooks/voice/code"), (.post, "/hooks/voice/ring"), (.post, "/hooks/voice/rung"),
        (.post, "/hooks/voice/whisper"), (.post, "/hooks/voice/take"),
        (.post, "/hooks/voice/well"),
    ]

    private func providers(_ door: Door) async throws {
        var account = Provider.Account()
        (account.url, account.account) = ("https://api.twilio.example", "AC1")
        (account.secret, account.from) = ("a secret of sixteen letters", "+13235550000")
        account.inboundSecret = "another secret of sixteen"
        let (settled, keys) = (account, door.site.keys)
        try await door.world.database.write { tx in
            for make in [Provider.Make.twilio, .twilioVoice, .signalREST, .whatsAppCloud] {
                try Provider(make: make, account: settled).store(by: nil, keys: keys, in: tx)
            }
        }
    }

    private static func headers(_ path: String) throws -> [HTTPFields] {
        func fields(_ pairs: [(String, String)]) throws -> HTTPFields {
            var fields = HTTPFields()
            for (name, value) in pairs { fields[try #require(HTTPField.Name(name))] = value }
            return fields
        }
        let stamp = "\(Clock.system.now().milliseconds / 1_000)"
        return try [
            fields([]), fields([("X-Twilio-Signature", "")]),
            fields([("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")]),
            fields([("X-Hub-Signature-256", "sha256=" + String(repeating: "0", count: 64))]),
            fields([("webhook-id", "1"), ("webhook-timestamp", stamp), ("webhook-signature", "v1,AAAA")]),
            fields([("webhook-id", "1"), ("webhook-timestamp", "0"), ("webhook-signature", "")]),
        ]
    }

    private func stored(_ door: Door) async throws -> Int {
        try await door.world.database.read { tx in
            try tx.count("SELECT count(*) FROM inbound_texts") + tx.count("SELECT count(*) FROM outbox")
                + tx.count("SELECT count(*) FROM conversations") + tx.count("SELECT count(*) FROM call_recordings")
                + tx.count("SELECT count(*) FROM inquiries") + tx.count("SELECT count(*) FROM reports")
                + tx.count("SELECT count(*) FROM text_pictures") + tx.count("SELECT count(*) FROM opt_outs")
        }
    }

    @Test("is refused on every one of their addresses, whatever it is signed with, and leaves nothing")
    func everywhere() async throws {
        let door = try await Door()
        try await providers(door)
        let form = Array(
            "MessageSid=SM1&From=%2B13235550100&Body=STOP&CallSid=CA1&RecordingSid=RE00000001&NumMedia=1".utf8
        )
        for route in Self.routes {
            for var headers in try Self.headers(route.path) {
                headers[.contentType] = "application/x-www-form-urlencoded"
                let answer = try await door.send(
                    route.method,
                    route.path,
                    headers,
                    route.method == .post ? .init(bytes: form) : nil
                )
                #expect(answer.status == 403, "\(route.path)")
            }
        }
        #expect(try await stored(door) == 0)
    }

    @Test("what was signed for another address, or long ago, is refused")
    func elsewhere() async throws {
        let door = try await Door()
        let telephone = try await Telephone(door)
        let fields = [("MessageSid", "SM1"), ("From", Telephone.number), ("Body", "STOP")]
        let signature = TwilioSignature.make(
            url: "http://localhost/hooks/sms/twilio",
            fields: fields.map { (name: $0.0, value: $0.1) },
            token: Telephone.token
        )
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name("X-Twilio-Signature"))] = Data(signature).base64EncodedString()
        #expect(try await door.post("/hooks/sms/status?key=x", form: fields, headers).status == 403)
        #expect(try await door.post("/hooks/sms/twilio?x=1", form: fields, headers).status == 403)
        #expect(try await door.post("/hooks/sms/twilio", form: fields + [("Extra", "1")], headers).status == 403)
        #expect(try await stored(door) == 0)
        #expect(try await telephone.call("/hooks/sms/twilio", fields).status == 200)
        let body = Array(#"{"id":"1","from":"+13235550100","text":"STOP"}"#.utf8)
        let old = StandardWebhook.headers(id: "1", body: body, secret: "s", at: Clock.system.now() - .minutes(6))
        let isGenuine = StandardWebhook.isGenuine(
            id: "1",
            timestamp: old.first { $0.name == "webhook-timestamp" }?.value ?? "",
            signatures: old.first { $0.name == "webhook-signature" }?.value ?? "",
            body: body,
            secret: "s",
            at: Clock.system.now()
        )
        #expect(!isGenuine)
    }

    @Test("while a genuine one of each other way is heard, once, and STOP is heard on each", arguments: 0..<5)
    func genuine(_ way: Int) async throws {
        let door = try await Door()
        var account = Provider.Account()
        (account.url, account.account, account.from) = ("https://gateway.example", "42", "+13235550000")
        (account.secret, account.inboundSecret) = ("a secret of sixteen letters", "another secret of sixteen")
        let make = [Provider.Make.gateway, .whatsAppCloud, .signalREST, .signalREST, .signalREST][way]
        let (settled, keys) = (account, door.site.keys)
        try await door.world.database.write { tx in
            try Provider(make: make, account: settled).store(by: nil, keys: keys, in: tx)
        }
        func send(_ id: Int, _ text: String) async throws -> Int {
            var headers = HTTPFields()
            let body: String
            let path: String
            switch way {
            case 0:
                path = "/hooks/sms/gateway"
                body = #"{"id": "m\#(id)", "from": "+13235550100", "text": "\#(text)"}"#
                let signed = StandardWebhook.headers(
                    id: "w\(id)",
                    body: Array(body.utf8),
                    secret: settled.secret,
                    at: Clock.system.now()
                )
                for one in signed { headers[try #require(HTTPField.Name(one.name))] = one.value }
            case 1:
                path = "/hooks/whatsapp"
                body = """
                    {"object": "whatsapp_business_account", "entry": [{"id": "0", "changes": [{"field": "messages", "value": \
                    {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "42"}, "messages": [{"from": "13235550100", \
                    "id": "wamid.\(id)", "timestamp": "1790000000", "type": "text", "text": {"body": "\(text)"}}]}}]}]}
                    """
                // As Meta says: HMAC-SHA256 of the body under the app secret, in hex.
                let mac = Secret(Array(settled.inboundSecret.utf8)).authenticate(Array(body.utf8))
                let proof = "sha256=" + Fingerprint.hex(mac)
                headers[try #require(HTTPField.Name("X-Hub-Signature-256"))] = proof
            default:
                path = "/hooks/signal/another%20secret%20of%20sixteen"
                // Who hides their number is named by their account.
                let account = "6d8b3a2e-8f4e-4c53-9a7e-0f2d7c1b5a90"
                let source =
                    way == 4
                    ? #""source": "\#(account)", "sourceNumber": null"#
                    : #""source": "+13235550100", "sourceNumber": "+13235550100""#
                let envelope = """
                    {\(source), "sourceUuid": "\(account)", "timestamp": \(1_790_000_000_000 + id), \
                    "dataMessage": {"timestamp": 1, "message": "\(text)"}}
                    """
                // As signal-cli-rest-api passes it on: signal-cli's own line; and as older ones did.
                let params = #"{"envelope": \#(envelope), "account": "+13235550000"}"#
                body = way == 2 ? params : #"{"jsonrpc": "2.0", "method": "receive", "params": \#(params)}"#
            }
            headers[.contentType] = "application/json"
            return try await door.send(.post, path, headers, .init(bytes: Array(body.utf8))).status
        }
        for _ in 0..<2 { #expect(try await (200...204).contains(send(1, "HELP")), "\(make)") }
        let channel = make.kind
        let answers = try await door.world.database.read { tx in
            try tx.count("SELECT count(*) FROM outbox WHERE channel = \(channel) AND state = 'waiting'")
        }
        #expect(answers == 1, "told twice by the provider, answered once")
        #expect(try await (200...204).contains(send(2, "STOP")))
        let stopped = try await door.world.database.read { tx in
            try tx.count("SELECT count(*) FROM opt_outs WHERE channel = \(channel)")
        }
        #expect(stopped == 1)
    }

    @Test("WhatsApp's own spelling of a Mexican number, and a button, say STOP as well")
    func whatsApp() async throws {
        let door = try await Door()
        try await providers(door)
        let keys = door.site.keys
        let secret = "another secret of sixteen"
        func send(_ id: Int, _ message: String, from number: String) async throws -> Int {
            let body = """
                {"entry": [{"changes": [{"value": {"messages": [{"from": "\(number)", "id": "wamid.\(id)", \(message)}]}}]}]}
                """
            var headers = HTTPFields()
            headers[.contentType] = "application/json"
            headers[try #require(HTTPField.Name("X-Hub-Signature-256"))] =
                "sha256=" + Fingerprint.hex(Secret(Array(secret.utf8)).authenticate(Array(body.utf8)))
            return try await door.send(.post, "/hooks/whatsapp", headers, .init(bytes: Array(body.utf8))).status
        }
        let ways = [
            (#""type": "text", "text": {"body": "STOP"}"#, "5215512345678", "+525512345678"),
            (#""type": "button", "button": {"payload": "x", "text": "STOP"}"#, "5491123456789", "+541123456789"),
            (
                #""type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "ALTO"}}"#,
                "13235550101", "+13235550101"
            ),
        ]
        for (id, (message, named, dialed)) in ways.enumerated() {
            try await door.world.database.write { tx in
                let wish = Subscriber.Wish(channel: .whatsapp, address: dialed, language: "es", places: ["pacoima"])
                _ = try Subscriber.joinByText(wish, keys: keys, in: tx)
            }
            #expect(try await send(id, message, from: named) == 200)
            let left = try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM subscribers") }
            #expect(left == 0, "\(message)")
        }
    }

    @Test("the token that Meta sends in an address is not the secret that it signs with")
    func challenge() async throws {
        let door = try await Door()
        try await providers(door)
        let secret = "another secret of sixteen"
        let token = try #require(HubSignature.challengeToken(of: secret))
        func ask(_ token: String) async throws -> (Int, String) {
            let path = "/hooks/whatsapp?hub.mode=subscribe&hub.verify_token=\(token)&hub.challenge=4711"
            let answer = try await door.send(.get, path, HTTPFields(), nil)
            return (answer.status, answer.text)
        }
        #expect(try await ask(secret.replacing(" ", with: "%20")).0 == 403)
        #expect(try await ask(token) == (200, "4711"))
        #expect(HubSignature.challengeToken(of: "") == nil)
    }

    @Test("and the list above names every address that a provider calls")
    func complete() throws {
        let file = URL(filePath: World.content).deletingLastPathComponent().appending(path: "Sources/Web/Routes.swift")
        let map = try String(contentsOf: file, encoding: .utf8)
        let known = Set(Self.routes.map { String($0.path.prefix { $0 != "?" }).replacing("/wrong", with: "/:secret") })
        let named = Set(map.matches(of: /router\.(?:get|post)\("(hooks\/[^"]*)"/).map { "/\($0.output.1)" })
        #expect(named == known)
    }
}
