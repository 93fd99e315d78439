// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging

private struct News: Encodable { let text: String }

extension World {
    fileprivate func hook(_ address: String = "https://school.example/hook", name: String = "School") async throws
        -> (id: Ref<WebHook>, secret: String)
    {
        let (ruth, keys) = (ruth, keys)
        return try await database.write { tx in try WebHook.add(name, at: address, by: ruth, keys: keys, in: tx) }
    }

    fileprivate func tell(_ key: String) async throws {
        let keys = keys
        try await database.write { tx in
            try WebHook.tell("status.told", News(text: key), key: key, at: tx.now, keys: keys, in: tx)
        }
    }

    fileprivate func does(_ verb: @escaping @Sendable (Caller, InstanceKeys, Transaction) throws -> Void) async throws {
        let (ruth, keys) = (ruth, keys)
        try await database.write { tx in try verb(ruth, keys, tx) }
    }

    fileprivate func deliveries(_ id: Ref<WebHook>) async throws -> [Outbox] {
        let ruth = ruth
        return try await database.read { tx in try WebHook.find(id, by: ruth, in: tx).deliveries(in: tx) }
    }
}

extension StandIn.Call {
    fileprivate func isSigned(with secret: String) -> Bool {
        StandardWebhook.isGenuine(
            id: headers["webhook-id"] ?? "",
            timestamp: headers["webhook-timestamp"] ?? "",
            signatures: headers["webhook-signature"] ?? "",
            body: Array(body.utf8),
            secret: secret,
            at: Clock.system.now()
        )
    }
}

@Suite("A web hook")
struct WebHookTests {
    @Test("is told once for each thing, signed with a secret that nobody sees again")
    func told() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let made = try await world.hook()
        #expect(made.secret.hasPrefix("whsec_"))
        try await world.tell("a")
        try await world.tell("a")
        #expect(try await post.sendDue() == 1)
        let call = try #require(standIn.taken.last)
        #expect(call.url == "https://school.example/hook")
        #expect(call.isSigned(with: made.secret) && !call.isSigned(with: made.secret + "A"))
        let said = try #require(try JSONSerialization.jsonObject(with: Data(call.body.utf8)) as? [String: Any])
        #expect(Set(said.keys) == ["type", "timestamp", "data"])
        #expect(said["type"] as? String == "status.told")
        let sent = try await world.deliveries(made.id)
        #expect(sent.map(\.state) == [.sent] && sent.map(\.id.text) == [call.headers["webhook-id"]])
        // What is stored is not readable without the instance's key.
        let rows = try await world.database.read { tx in try tx.list([UInt8].self, "SELECT target FROM web_hooks") }
        #expect(!rows.isEmpty)
        #expect(rows.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("school.example") })
    }

    @Test("with a new secret: both sign for a day, then only the new one")
    func rotation() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let made = try await world.hook()
        let (ruth, keys) = (world.ruth, world.keys)
        let next = try await world.database.write { tx in
            try WebHook.rotate(made.id, by: ruth, keys: keys, in: tx)
        }
        #expect(next != made.secret)
        try await world.tell("a")
        try await post.sendDue()
        #expect(standIn.taken.last?.isSigned(with: next) == true)
        #expect(standIn.taken.last?.isSigned(with: made.secret) == true)
        world.clock.advance(by: .hours(25))
        try await world.tell("b")
        try await post.sendDue()
        #expect(standIn.taken.last?.isSigned(with: next) == true)
        #expect(standIn.taken.last?.isSigned(with: made.secret) == false)
    }

    @Test("paused, it is told nothing; used again, it hears what comes then; gone, it ends by itself")
    func pauses() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let made = try await world.hook()
        try await world.tell("a")
        try await world.does { try WebHook.pause(made.id, true, by: $0, in: $2) }
        try await world.tell("b")
        #expect(try await post.sendDue() == 0)
        try await world.does { try WebHook.pause(made.id, false, by: $0, in: $2) }
        try await world.tell("c")
        #expect(try await post.sendDue() == 1)
        standIn.say(WebAnswer(status: 410))
        try await world.tell("d")
        try await world.tell("e")
        _ = try await post.sendDue()
        let ruth = world.ruth
        let state = try await world.database.read { tx in try WebHook.find(made.id, by: ruth, in: tx).state }
        #expect(state == .gone)
        try await world.tell("f")
        #expect(try await post.sendDue() == 0)
    }

    @Test("that fails is tried again, then given up where a coordinator sees it, and may be tried once more")
    func failures() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let made = try await world.hook()
        standIn.say(WebAnswer(status: 503), WebAnswer(status: 400))
        try await world.tell("a")
        #expect(try await post.sendDue() == 0)
        #expect(try await world.deliveries(made.id).map(\.state) == [.waiting])
        world.clock.advance(by: .minutes(1))
        #expect(try await post.sendDue() == 0)
        let failed = try await world.deliveries(made.id)
        #expect(failed.map(\.state) == [.dead] && failed.first?.lastError?.contains("400") == true)
        let outcomes = try await world.database.read { tx in try WebHook.outcomes(in: tx) }
        #expect(outcomes[made.id]?.dead == 1)
        let id = try #require(failed.first?.id)
        try await world.does { caller, _, tx in try Outbox.retry(id, by: caller, in: tx) }
        #expect(try await post.sendDue() == 1)
        #expect(
            standIn.taken.map { $0.headers["webhook-id"] } == [id.text, id.text, id.text],
            "the same mark each time"
        )
    }

    @Test(
        "is taken only with a name and a public address",
        arguments: [
            ("", "https://a.example/"), ("A", "http://a.example/"), ("A", "ftp://a.example/"), ("A", ""),
            ("A", "https://u:p@a.example/"), ("A\n", "https://a.example/\u{0}"),
            (String(repeating: "n", count: 81), "https://a.example/"),
        ]
    )
    func odd(_ name: String, _ address: String) async throws {
        let world = try await World()
        await #expect(throws: Refusal.self) { _ = try await world.hook(address, name: name) }
    }

    @Test("is added by coordinators only, and the same address once")
    func roles() async throws {
        let world = try await World()
        let (amina, keys) = (world.amina, world.keys)
        await #expect(throws: Refusal.self) {
            _ = try await world.database.write { tx in
                try WebHook.add("A", at: "https://a.example/", by: amina, keys: keys, in: tx)
            }
        }
        _ = try await world.hook()
        await #expect(throws: Refusal.self) { _ = try await world.hook() }
    }

    @Test("never reaches a private network, whatever its name says", arguments: ["127.0.0.1", "[::1]", "10.0.0.1"])
    func privateNetworks(_ host: String) async throws {
        let world = try await World()
        let post = Post(
            database: world.database,
            keys: world.keys,
            outside: .real(lines: 1),
            words: Library(),
            address: ""
        )
        let made = try await world.hook("https://\(host)/hook")
        try await world.tell("a")
        #expect(try await post.sendDue() == 0)
        #expect(try await world.deliveries(made.id).allSatisfy { $0.state == .waiting && $0.lastError != nil })
    }
}
