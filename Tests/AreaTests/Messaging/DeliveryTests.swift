// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Foundation
import Kit
import People
import Support
import Synchronization
import Testing
import Vault

@testable import Messaging

/// What was called, in order.
final class Called: Sendable {
    private let names = Mutex<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func add(_ name: String) { names.withLock { $0.append(name) } }
}

extension World {
    /// Takes notices, by keys of its own.
    func browser(_ endpoint: String) async throws {
        let point = Base64URL.text(Array(P256.KeyAgreement.PrivateKey().publicKey.x963Representation))
        let auth = Base64URL.text([UInt8](repeating: 3, count: 16))
        let wish = Subscriber.Wish(
            channel: .push,
            address: #"{"endpoint":"\#(endpoint)","keys":{"p256dh":"\#(point)","auth":"\#(auth)"}}"#,
            language: "en",
            places: ["boyle-heights"]
        )
        _ = try await database.write { [keys] tx in try Subscriber.joinByBrowser(wish, keys: keys, in: tx) }
    }

    /// A provider of its own for a channel, and a post that hands to what `outside` says.
    func post(_ make: Provider.Make, rate: Double, _ outside: Outside) async throws -> Post {
        var account = Provider.Account()
        switch make {
        case .vapid: (account.key, account.from) = (WebPush.newKey(), "us@v.example")
        case .smtp: (account.url, account.from) = ("smtp://127.0.0.1:25", "us@v.example")
        default: (account.url, account.account, account.secret) = ("https://api.twilio.example", "AC1", "token")
        }
        if account.from.isEmpty { account.from = "+13235550000" }
        let settled = account
        try await database.write { [keys] tx in
            try Provider(make: make, account: settled, rate: rate, price: 0).store(by: nil, keys: keys, in: tx)
        }
        return Post(database: database, keys: keys, outside: outside, words: Library(), address: "https://v.example")
    }
}

@Suite("What goes out, while somebody's server misbehaves")
struct DeliveryTests {
    /// Strangers' servers say "later"; all else takes what it is given.
    private static func strange(_ calls: Called) -> Outside {
        Outside(
            web: { call in
                calls.add(call.url)
                return call.url.contains("strange.example")
                    ? WebAnswer(status: 429, retryAfter: 3_600) : WebAnswer(status: 201)
            },
            mail: { _ in }
        )
    }

    @Test("one stranger's push service that asks for time gets it, and nobody else waits", .timeLimit(.minutes(20)))
    func stranger() async throws {
        let world = try await World()
        let calls = Called()
        // A batch of 24: all of the first are strange.
        let post = try await world.post(.vapid, rate: 30, Self.strange(calls))
        for number in 0..<25 { try await world.browser("https://strange.example/\(number)") }
        for number in 0..<5 { try await world.browser("https://push.example/\(number)") }
        let number = try await world.bulletin("a")
        #expect(try await post.sendDue() == 5)
        #expect(calls.all.count == 30 && Set(calls.all).count == 30)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 5 && progress.waiting == 25 && progress.failed == 0)
        _ = try await world.bulletin("b")
        #expect(try await post.sendDue() == 5, "nor does the next")
    }

    @Test("those whose service is down take every other turn at most from those who were not told yet")
    func turns() async throws {
        let world = try await World()
        _ = try await world.post(.vapid, rate: 30, Self.strange(Called()))
        for number in 0..<4 { try await world.browser("https://strange.example/\(number)") }
        let number = try await world.bulletin("a")
        try await world.database.write { tx in
            while try Bulletin.gather(number, in: tx) {}
            let book = AddressBook(.push)
            for (turn, isNew) in [(0, true), (1, true), (2, false), (3, true), (4, false)] {
                let batch = try #require(
                    try BulletinRun.take(from: book, limit: 1, turn: turn, lease: "\(turn)", in: tx)
                )
                #expect((batch.turns.first?.place != nil) == isNew, "turn \(turn)")
                try BulletinBatch.close(batch, [.later(why: "503", after: .zero)], in: tx)
            }
        }
    }

    @Test("one web hook that asks for time gets it, and the others are told", .timeLimit(.minutes(20)))
    func hook() async throws {
        let world = try await World()
        let calls = Called()
        let post = try await world.post(.vapid, rate: 100, Self.strange(calls))
        try await world.database.write { [ruth = world.ruth, keys = world.keys] tx in
            for name in ["strange", "school", "union"] {
                _ = try WebHook.add(name, at: "https://\(name).example/hook", by: ruth, keys: keys, in: tx)
            }
        }
        for key in ["a", "b"] {
            try await world.database.write { [keys = world.keys] tx in
                try WebHook.tell("status.told", ["text": key], key: key, at: tx.now, keys: keys, in: tx)
            }
            #expect(try await post.sendDue() == 2)
        }
        #expect(calls.all.count { $0.contains("strange") } == 2)
        #expect(try await world.outbox().count { $0.state == .waiting } == 2)
    }

    @Test(
        "only a mailbox that is none is gone: what a mail server refuses of us says nothing of the person",
        arguments: [
            (550, ["250 OK", "550-5.1.1 The account does not exist.", "550 5.1.1 Look again"], "RCPT", true),
            (550, ["550 5.1.10 null MX"], "RCPT", true), (550, ["550 User unknown"], "RCPT", true),
            (550, ["550 5.7.1 user unknown to our policy"], "RCPT", false),
            (550, ["550 Sender: user unknown"], "RCPT", false), (550, ["550 blocked by a list"], "RCPT", false),
            (550, ["550 5.1.1 user unknown"], "MAIL", false), (550, ["550 5.1.1 user unknown"], "DATA", false),
            (553, ["553 5.1.8 sender"], "RCPT", false), (551, ["551 5.7.1 relaying denied"], "RCPT", false),
            (450, ["450 5.1.1 later"], "RCPT", false), (550, ["550 5.1.2 no host"], "RCPT", false),
            (550, [], "RCPT", false),
        ]
    )
    func replies(_ code: Int, _ lines: [String], _ stage: String, _ isGone: Bool) {
        #expect(MailReply(code: code, lines: lines, problem: "\(stage) failed: \(code)").isNoMailbox == isGone)
    }

    /// Refuses the mailboxes that a test names.
    private static func mail(_ reply: @escaping @Sendable (String) -> String?) -> Outside {
        Outside(
            web: { _ in WebAnswer(status: 500) },
            mail: { call in
                guard let words = reply(call.to) else { return }
                throw OutsideError.mailRefused(MailReply(code: 550, lines: [words], problem: "RCPT failed: 550"))
            }
        )
    }

    private func mailed(_ outside: Outside, _ count: Int, rate: Double = 1_000) async throws -> (left: Int, World) {
        let world = try await World()
        let post = try await world.post(.smtp, rate: rate, outside)
        try await world.database.write { [keys = world.keys] tx in
            for number in 0..<count {
                let wish = Subscriber.Wish(
                    channel: .email,
                    address: "person\(number)@example.org",
                    language: "en",
                    places: ["boyle-heights"]
                )
                _ = try Subscriber.joinByText(wish, keys: keys, in: tx)
            }
        }
        _ = try await world.bulletin("a")
        try await post.sendDue()
        return (try await world.database.read { tx in try tx.count("SELECT count(*) FROM subscribers") }, world)
    }

    @Test("a mail server's policy erases no subscriber; a mailbox that is no more does")
    func policy() async throws {
        let blocked = try await mailed(Self.mail { _ in "550 5.7.1 Your network is on a list" }, 6)
        #expect(blocked.left == 6)
        let one = try await mailed(Self.mail { $0.hasPrefix("person2@") ? "550 5.1.1 User unknown" : nil }, 6)
        #expect(one.left == 5)
    }

    @Test("a server that lost its list of mailboxes erases nobody, where it is asked one by one neither")
    func lostList() async throws {
        let all = try await mailed(Self.mail { _ in "550 5.1.1 User unknown" }, 12)
        #expect(all.left == 12)
        let slow = try await mailed(Self.mail { _ in "550 5.1.1 User unknown" }, 12, rate: 4)
        #expect(slow.left == 12)
        let most = try await mailed(Self.mail { $0 < "person8" ? "550 5.1.1 User unknown" : nil }, 10)
        #expect(most.left == 10, "most of a batch")
    }

    @Test("of mail sent one by one, who is refused is erased when others were taken since")
    func oneByOne() async throws {
        let world = try await World()
        let post = try await world.post(.smtp, rate: 1, Self.mail { $0 == "b@example.org" ? "550 5.1.1" : nil })
        func join(_ address: String) async throws -> Int {
            try await world.database.write { [keys = world.keys] tx in
                let places = ["boyle-heights"]
                let wish = Subscriber.Wish(channel: .email, address: address, language: "en", places: places)
                _ = try Subscriber.joinByText(wish, keys: keys, in: tx)
            }
            _ = try await world.bulletin(address)
            try await post.sendDue()
            world.clock.advance(by: .seconds(10))
            return try await world.database.read { tx in try tx.count("SELECT count(*) FROM subscribers") }
        }
        #expect(try await join("b@example.org") == 1, "nobody else was ever written to")
        // Both are sent the second alert; b is tried again for the first one after that.
        _ = try await join("c@example.org")
        try await post.sendDue()
        #expect(try await world.database.read { tx in try tx.count("SELECT count(*) FROM subscribers") } == 1)
    }

    @Test(
        "Retry-After is whole seconds or a date; a date is not read as its digits",
        arguments: [
            ("120", 120), (" 7 \r\n", 7), ("Sun, 22 Nov 2026 00:02:00 GMT\r\n", 120),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("", nil), ("-5", nil), ("1.5", nil), ("12 monkeys", nil),
            ("Sun, 22 Nov 2026 25:00:00 GMT", nil), ("Sunday, 22-Nov-26 00:02:00 GMT", nil),
            ("Sun, 22 Nov 2026 00:02:00 PST", nil), ("99999999999999999999", nil),
        ] as [(String, Int?)]
    )
    func retryAfter(_ value: String, _ seconds: Int?) throws {
        // Midnight of that day in Greenwich.
        #expect(RetryAfter.seconds(value, at: Instant(milliseconds: 1_795_305_600_000)) == seconds)
    }

    @Test("asks Twilio to call back for a message to one person, not for each of a broadcast")
    func callBack() async throws {
        let world = try await World()
        let standIn = StandIn()
        let post = try await world.post(standIn)
        for number in 0..<3 { try await world.subscriber(number) }
        _ = try await world.bulletin("a")
        #expect(try await post.sendDue() == 3)
        #expect(standIn.taken.allSatisfy { StandIn.field("StatusCallback", $0.body) == nil })
        try await world.put("Hola")
        #expect(try await post.sendDue() == 1)
        let address = try #require(standIn.taken.last.flatMap { StandIn.field("StatusCallback", $0.body) })
        let key = String(address.split(separator: "=").last ?? "")
        let strange = [Ref<Outbox>.new().text, "", String(repeating: "a", count: 64)]
        let known = try await world.database.read { tx in
            try ([key] + strange).filter { try Outbox.isKnown($0, in: tx) }
        }
        #expect(known == [key])
    }
}
