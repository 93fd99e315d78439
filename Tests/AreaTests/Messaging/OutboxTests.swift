// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Support
import Synchronization
import Testing
import Vault

@testable import Messaging

/// A provider that does what a test says, and remembers what it was handed.
final class StandIn: Sendable {
    struct Call: Sendable {
        let url: String
        let body: String
        let headers: [String: String]
    }

    private let calls = Mutex<[Call]>([])
    private let answers = Mutex<[WebAnswer]>([])
    private let during = Mutex<(@Sendable (Int) async -> Void)?>(nil)

    var taken: [Call] { calls.withLock { $0 } }
    var numbers: [String] { taken.compactMap { Self.field("To", $0.body) } }
    var words: [String] { taken.compactMap { Self.field("Body", $0.body) } }

    /// The six digits of the first text.
    var code: String? { codes.first }
    /// Those of each text that has some.
    var codes: [String] {
        words.compactMap { $0.split(separator: " ").map { $0.filter(\.isNumber) }.first { $0.count == 6 } }
    }

    /// The next answers, in order; after them, all is taken.
    func say(_ next: WebAnswer...) { answers.withLock { $0 += next } }
    func whenCalled(_ body: @escaping @Sendable (Int) async -> Void) { during.withLock { $0 = body } }

    var outside: Outside {
        Outside(
            web: { call in
                let count = self.calls.withLock {
                    $0.append(
                        Call(
                            url: call.url,
                            body: String(decoding: call.body, as: UTF8.self),
                            headers: Dictionary(call.headers.map { ($0.name, $0.value) }) { first, _ in first }
                        )
                    )
                    return $0.count
                }
                await self.during.withLock { $0 }?(count)
                return self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                    ?? WebAnswer(status: 201, body: Array(#"{"sid": "SM1"}"#.utf8))
            },
            mail: { call in
                self.calls.withLock {
                    $0.append(
                        Call(
                            url: call.server,
                            body: String(decoding: call.message, as: UTF8.self),
                            headers: ["to": call.to]
                        )
                    )
                }
            }
        )
    }

    static func field(_ name: String, _ body: String) -> String? {
        (try? Form(urlEncoded: body.utf8)).flatMap { $0.optional(name) }
    }
}

extension World {
    /// A post with a Twilio-like provider that takes 10,000 a second.
    func post(
        _ standIn: StandIn,
        rate: Double = 10_000,
        address: String = "https://v.example",
        details: [String] = []
    ) async throws -> Post {
        var account = Provider.Account()
        (account.url, account.account) = ("https://api.twilio.example", "AC1")
        (account.secret, account.from) = ("token", "+13235550000")
        let settled = account
        try await database.write { [keys] tx in
            try Provider(make: .twilio, account: settled, rate: rate, price: 8_000).store(by: nil, keys: keys, in: tx)
        }
        return Post(
            database: database,
            keys: keys,
            outside: standIn.outside,
            words: Library(),
            address: address,
            details: { _, _, _ in details }
        )
    }

    func put(
        _ text: String,
        to number: String = "+13235550100",
        key: String? = nil,
        pool: Outbox.Pool = .now,
        from organisation: Ref<Organisation>? = nil,
        nearness: Int = 0
    ) async throws {
        try await database.write { [keys] tx in
            try Outbox.add(
                Parcel(to: number, text: text),
                by: .sms,
                pool: pool,
                key: key ?? text,
                organisation: organisation,
                nearness: nearness,
                keys: keys,
                in: tx
            )
        }
    }

    func outbox() async throws -> [Outbox] {
        try await database.read { tx in try tx.all(Outbox.self, "SELECT * FROM outbox ORDER BY created_at, unique_key")
        }
    }
}

@Suite("The outbox")
struct OutboxTests {
    @Test("hands a text to Twilio once, however often its cause ran, and forgets its words")
    func once() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.put("Hola", key: "cause")
        try await world.put("Hola", key: "cause")
        #expect(try await post.sendDue() == 1)
        try await world.put("Hola", key: "cause")
        #expect(try await post.sendDue() == 0, "the key is remembered after it was sent")
        let call = try #require(standIn.taken.first)
        #expect(call.url == "https://api.twilio.example/2010-04-01/Accounts/AC1/Messages.json")
        #expect(call.headers["Authorization"] == "Basic " + Data("AC1:token".utf8).base64EncodedString())
        #expect(standIn.numbers == ["+13235550100"])
        #expect(StandIn.field("From", call.body) == "+13235550000")
        let row = try #require(try await world.outbox().first)
        #expect(row.state == .sent && row.content == nil)
        #expect(StandIn.field("StatusCallback", call.body) == "https://v.example/hooks/sms/status?key=\(row.id.text)")
    }

    @Test("knows what the provider says arrived; a word that comes late takes nothing back")
    func arrivals() async throws {
        let world = try await World()
        let post = try await world.post(StandIn())
        for number in 1...3 { try await world.put("Hola", to: "+1323555010\(number)", key: "cause \(number)") }
        try await post.sendDue()
        let rows = try await world.outbox().map(\.id.text)
        let said = [
            (0, "delivered"), (0, "sent"), (0, "failed"), (0, "read"), (1, "undelivered"), (1, "queued"), (2, "sent"),
            (2, "no such word"),
        ]
        try await world.database.write { tx in
            for (row, word) in said { try Outbox.note(word, key: rows[row], in: tx) }
            try Outbox.note("delivered", key: "no such key", in: tx)
        }
        #expect(try await world.outbox().map(\.delivery) == ["read", "undelivered", "sent"])
        let arrivals = try await world.database.read { tx in try Outbox.arrivals(in: tx) }
        #expect(arrivals == [.sms: [.there: 1, .never: 1]])
    }

    @Test("keeps no number and no word in the clear")
    func encrypted() async throws {
        let world = try await World()
        _ = try await world.post(StandIn())
        try await world.put("Canary words", to: "+13235550177")
        let bytes = try #require(try await world.outbox().first?.content)
        let all = String(decoding: bytes, as: UTF8.self)
        #expect(!all.contains("Canary") && !all.contains("3235550177"))
    }

    @Test("tries again later what the provider could not take, then gives it up and shows it")
    func retries() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.put("Hola")
        // Three quarters of a day, at most a quarter of an hour apart; the rest is left for who looks after it.
        let tries = 18 * 4 + 1
        for attempt in 1...tries {
            standIn.say(WebAnswer(status: 503))
            try await post.sendDue()
            #expect(standIn.taken.count == attempt)
            try await post.sendDue()
            #expect(standIn.taken.count == attempt, "not before its time")
            world.clock.advance(by: .minutes(15) + .milliseconds(1))
        }
        let dead = try await world.database.read { tx in try Outbox.dead(in: tx) }
        #expect(dead.map(\.lastError) == ["twilio: 503"])
        let keys = Set(standIn.taken.compactMap { $0.headers["I-Twilio-Idempotency-Token"] })
        #expect(keys.count == 1, "each try carries the same mark")
        let id = try #require(dead.first?.id)
        try await world.database.write { tx in try Outbox.retry(id, by: world.ruth, in: tx) }
        #expect(try await post.sendDue() == 1)
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in try Outbox.retry(id, by: world.joao, in: tx) }
        }
    }

    @Test("waits for a provider that never answers, and is sent once it does, under the same mark")
    func silence() async throws {
        let world = try await World()
        let standIn = StandIn()
        _ = try await world.post(standIn)
        let isSilent = Mutex(true)
        let outside = Outside(
            web: { call in
                let answer = try await standIn.outside.web(call)
                // libcurl's word for "not in time": whether it was taken, nobody knows.
                if isSilent.withLock({ $0 }) { throw OutsideError.unreachable(28) }
                return answer
            },
            mail: { _ in }
        )
        let post = Post(
            database: world.database,
            keys: world.keys,
            outside: outside,
            words: Library(),
            address: "https://v.example"
        )
        try await world.put("Hola")
        #expect(try await post.sendDue() == 0)
        #expect(try await world.outbox().map(\.state) == [.waiting])
        isSilent.withLock { $0 = false }
        world.clock.advance(by: .minutes(1))
        #expect(try await post.sendDue() == 1)
        #expect(Set(standIn.taken.compactMap { $0.headers["I-Twilio-Idempotency-Token"] }).count == 1)
        #expect(standIn.taken.count == 2)
    }

    @Test("never again writes to a number that the provider says is no more")
    func gone() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        standIn.say(WebAnswer(status: 400, body: Array(#"{"code": 21610}"#.utf8)))
        try await world.put("Hola")
        try await post.sendDue()
        #expect(try await world.outbox().map(\.state) == [.ended])
    }

    @Test("lists what may have gone twice after a process ended with it in hand")
    func twice() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.put("Hola")
        let lost = try await world.database.write { tx in
            try OutboxClaim.take(.sms, .now, limit: 10, turn: 0, lease: "gone", in: tx)
        }
        #expect(lost.count == 1)
        #expect(try await post.sendDue() == 0)
        world.clock.advance(by: .seconds(61))
        try await world.database.write { tx in _ = try OutboxClaim.reclaim(in: tx) }
        #expect(try await post.sendDue() == 1)
        let twice = try await world.database.read { tx in try Outbox.twice(in: tx) }
        #expect(twice.map(\.id) == lost.map(\.id))
        // The process that was thought dead comes back: its word counts no more.
        try await world.database.write { tx in
            try OutboxClaim.close(lost[0], .refused(why: "late"), lease: "gone", in: tx)
        }
        #expect(try await world.outbox().map(\.state) == [.sent])
        for key in ["reply:x:0", "inquiry_code:x", "check_in_call:x:1", "call_back:x:y:1", "subscribe:x:1"] {
            world.clock.advance(by: .seconds(1))
            try await world.put("B", key: key)
        }
        let about = try await world.database.read { tx in
            try tx.all(Outbox.self, "SELECT * FROM outbox ORDER BY created_at, id").map {
                try $0.about(in: tx).keyed.prefix { $0 != "|" }
            }
        }
        #expect(
            about == [
                "outbox.about_other", "outbox.about_reply", "outbox.about_code", "outbox.about_check_in",
                "outbox.about_call_back", "outbox.about_subscribe",
            ]
        )
    }

    @Test("is fair between organisations, and sends the nearest and freshest first")
    func fair() async throws {
        let world = try await World()
        let standIn = StandIn()
        _ = try await world.post(standIn)
        let other = try await world.database.write { tx in
            try Organisation.found(name: "Other", shortName: "O", by: world.ruth, in: tx)
        }
        for number in 0..<20 { try await world.put("busy \(number)", pool: .bulk, from: world.organisation) }
        try await world.put("quiet far", pool: .bulk, from: other, nearness: 9)
        world.clock.advance(by: .seconds(1))
        try await world.put("quiet near", pool: .bulk, from: other, nearness: 1)
        try await world.put("quiet far fresh", pool: .bulk, from: other, nearness: 9)
        let first = try await world.database.write { tx in
            try OutboxClaim.take(.sms, .bulk, limit: 4, turn: 0, lease: "x", in: tx).map(\.uniqueKey)
        }
        #expect(first.count == 4)
        #expect(first.filter { $0.hasPrefix("quiet") }.sorted() == ["quiet far fresh", "quiet near"])
        let rest = try await world.database.write { tx in
            try OutboxClaim.take(.sms, .bulk, limit: 100, turn: 1, lease: "x", in: tx).map(\.uniqueKey)
        }
        #expect(rest.count == 19 && rest.contains("quiet far"))
    }

    @Test("waits while the instance is locked")
    func locked() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        try await world.put("Hola")
        world.keys.lock()
        #expect(try await post.sendDue() == 0)
        #expect(try await world.outbox().map(\.state) == [.waiting])
        await #expect(throws: Refusal.messagesWait) { try await world.put("later") }
    }

    @Test("empties what nobody could send within its time")
    func expires() async throws {
        let world = try await World()
        let post = try await world.post(StandIn())
        try await world.put("Hola")
        world.clock.advance(by: .hours(25))
        try await post.sweep()
        let row = try #require(try await world.outbox().first)
        #expect(row.state == .ended && row.content == nil)
        world.clock.advance(by: .days(3))
        try await post.sweep()
        #expect(try await world.outbox().isEmpty)
    }

    @Test("stops for an address at once, in the middle of what waits")
    func stop() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        for number in 0..<3 { try await world.put("to stop \(number)", pool: .bulk) }
        try await world.put("to another", to: "+13235550199", pool: .bulk)
        let text = try #require(InboundText(id: "SM9", channel: .sms, from: "323-555-0100", text: "¡Alto!"))
        try await post.receive(text)
        try await post.receive(text)
        try await post.sendDue()
        #expect(standIn.numbers.sorted() == ["+13235550100", "+13235550199"])
        #expect(standIn.words.contains { $0.contains("no more messages") }, "one answer says that it is done")
        try await world.put("after", key: "after")
        try await post.sendDue()
        #expect(standIn.taken.count == 2)
        try await post.receive(try #require(InboundText(id: "SM10", channel: .sms, from: "3235550100", text: "start")))
        try await world.put("again", key: "again")
        try await post.sendDue()
        #expect(standIn.words.contains("again"))
    }

    @Test("brings an offer to the telephone that a responder chose and proved, with a link that only we can make")
    func offer() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let (joao, keys) = (world.joao, world.keys)
        try await world.database.write { tx in
            try Contact.choose(.sms, "323 555 0142", by: joao, words: Words(language: .english), keys: keys, in: tx)
        }
        let about = Ref<Message>.new()
        func tell(_ key: String) async throws {
            try await world.database.write { tx in
                _ = try Message.tell(joao.person, .offer, about: about.text, key: key, expires: .minutes(5), in: tx)
            }
        }
        try await tell("before it is proved")
        try await post.sendDue()
        #expect(standIn.taken.count == 1)
        let code = try #require(standIn.code)
        let wrong = try await world.database.write { tx in
            try Contact.confirm(.sms, code: "000000" == code ? "1" : "000000", by: joao, keys: keys, in: tx)
        }
        #expect(!wrong)
        let right = try await world.database.write { tx in
            try Contact.confirm(.sms, code: code, by: joao, keys: keys, in: tx)
        }
        #expect(right)
        try await tell("after")
        world.keys.lock()
        try await tell("told while locked")
        #expect(try await post.sendDue() == 0)
    }

    @Test("does not send an offer that was answered before its turn came")
    func withdrawn() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let (lupe, keys) = (world.lupe, world.keys)
        try await world.database.write { tx in
            try Contact.choose(.sms, "323 555 0143", by: lupe, words: Words(language: .english), keys: keys, in: tx)
            try tx.run("UPDATE contacts SET confirmed_at = 1, code = NULL")
            _ = try Message.tell(
                lupe.person,
                .offer,
                about: Ref<Message>.new().text,
                key: "a",
                expires: .minutes(5),
                in: tx
            )
            _ = try Message.tell(lupe.person, .offer, about: "b", key: "b", expires: .minutes(5), in: tx)
            try Message.acknowledgeAll(about: "b", by: lupe, in: tx)
            try tx.run("DELETE FROM outbox WHERE unique_key LIKE 'contact:%'")
        }
        #expect(try await post.sendDue() == 1)
        let words = try #require(standIn.words.first)
        let link = try #require(words.split(separator: " ").last.map(String.init))
        #expect(link.hasPrefix("https://v.example/go/"))
        let token = String(link.dropFirst("https://v.example/go/".count))
        #expect(try SignedLink.payload(.offer, token, keys: keys) != nil)
        let forged = String(token.dropLast()) + (token.hasSuffix("A") ? "B" : "A")
        #expect(try SignedLink.payload(.offer, forged, keys: keys) == nil)
        #expect(try SignedLink.payload(.subscriber, token, keys: keys) == nil, "a link is for one purpose")
    }

    @Test("says of an offer what costs no part more, what matters most first")
    func details() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn, details: ["Vans.", "By 2:14 pm", String(repeating: "x", count: 90)])
        let (lupe, keys, offer) = (world.lupe, world.keys, Ref<Message>.new())
        try await world.database.write { tx in
            try Contact.choose(.sms, "323 555 0143", by: lupe, words: Words(language: .english), keys: keys, in: tx)
            try tx.run("UPDATE contacts SET confirmed_at = 1, code = NULL")
            _ = try Message.tell(lupe.person, .offer, about: offer.text, key: "a", expires: .minutes(5), in: tx)
            try tx.run("DELETE FROM outbox WHERE unique_key LIKE 'contact:%'")
        }
        #expect(try await post.sendDue() == 1)
        #expect(standIn.words.first?.contains("Can you go? Vans. By 2:14 pm https://v.example/go/") == true)
    }

    @Test("asks whether somebody is OK with the signed link of what they went to")
    func checkIn() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        let (lupe, keys, assignment) = (world.lupe, world.keys, Ref<Message>.new())
        try await world.database.write { tx in
            try Contact.choose(.sms, "323 555 0143", by: lupe, words: Words(language: .english), keys: keys, in: tx)
            try tx.run("UPDATE contacts SET confirmed_at = 1, code = NULL")
            _ = try Message.tell(
                lupe.person,
                .checkIn,
                about: assignment.text,
                key: "a",
                expires: .hours(2),
                in: tx
            )
            try tx.run("DELETE FROM outbox WHERE unique_key LIKE 'contact:%'")
        }
        #expect(try await post.sendDue() == 1)
        let words = try #require(standIn.words.first)
        let token = try #require(words.components(separatedBy: "https://v.example/go/").last)
        #expect(try SignedLink.payload(.offer, token, keys: keys) == assignment.bytes)
    }
}
