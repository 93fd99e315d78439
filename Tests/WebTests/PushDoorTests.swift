// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging
@testable import Web

@Suite("Notices in a browser, through the door")
struct PushDoorTests {
    private func provider(_ door: Door, isOn: Bool = true) async throws {
        var account = Provider.Account()
        (account.from, account.key) = ("us@vecinos.example", WebPush.newKey())
        let (settled, keys) = (account, door.site.keys)
        try await door.world.database.write { tx in
            try Provider(make: .vapid, account: settled, isOn: isOn).store(by: nil, keys: keys, in: tx)
        }
    }

    private func subscription(_ endpoint: String = "https://push.example/ana") -> String {
        let point = WebPush.publicKey(of: WebPush.newKey()) ?? ""
        return
            #"{"endpoint":"\#(endpoint)","keys":{"p256dh":"\#(point)","auth":"\#(Base64URL.text([UInt8](repeating: 3, count: 16)))"}}"#
    }

    private func form(_ door: Door, _ subscription: String, token: String? = nil) -> [(String, String)] {
        let token = token ?? FormToken.issue(for: SubscribePages.purpose, at: door.site.now, keys: door.site.keys)
        return [
            ("_token", token), ("subscription", subscription), ("place", "boyle-heights"), ("topic", "alerts"),
            ("language", "es"),
        ]
    }

    @Test("are offered only where they are set up, and only such a page may start a worker")
    func offered() async throws {
        let door = try await Door()
        let without = try await door.get("/subscribe")
        #expect(!without.text.contains("data-push="))
        #expect(without.headers[.contentSecurityPolicy]?.contains("worker-src 'none'") == true)
        try await provider(door)
        let page = try await door.get("/subscribe")
        #expect(page.text.contains("data-push=\"B") && page.text.contains("push.js"))
        #expect(page.text.contains("<noscript>"), "nothing else is set up: without a script they are told so")
        #expect(page.headers[.contentSecurityPolicy]?.contains("worker-src 'self'") == true)
        #expect(page.headers[.contentSecurityPolicy]?.contains("unsafe") == false)
        try await provider(door, isOn: false)
        #expect(try await !door.get("/subscribe").text.contains("data-push="))
    }

    @Test("The foot of every page leads to the sign-up only while something can be sent; else it says what works")
    func foot() async throws {
        let door = try await Door()
        func leads(_ path: String) async throws -> Bool {
            try await door.get(path).text.contains("<a href=\"/subscribe\">")
        }
        let paths = ["/", "/help", "/report"]
        for path in paths { #expect(try await !leads(path), "\(path)") }
        let none = try await door.get("/subscribe?lang=en").text
        for link in ["/now", "/embed#feeds", door.site.pack.hotlineAddress] {
            #expect(none.contains("<a class=\"button\" href=\"\(link)\">"), "\(link)")
        }
        #expect(try await door.get("/embed").text.contains("id=\"feeds\""))
        for isOn in [true, false] {
            try await provider(door, isOn: isOn)
            // The pages hear of it beside the writer.
            for _ in 1...200 where door.site.alerting.canSend != isOn {
                try await Task.sleep(for: .milliseconds(25))
            }
            for _ in 1...200 where try await leads("/help") != isOn { try await Task.sleep(for: .milliseconds(25)) }
            for path in paths { #expect(try await leads(path) == isOn, "\(path)") }
        }
    }

    @Test("are shown by a worker whose words say nothing, in the reader's language, and which may load nothing")
    func worker() async throws {
        let door = try await Door()
        let worker = try await door.get("/subscribe/worker.js?in=es")
        #expect(worker.status == 200)
        #expect(worker.headers[.contentType]?.hasPrefix("text/javascript") == true)
        #expect(worker.text.contains(#""language":"es""#) && worker.text.contains("showNotification"))
        #expect(worker.headers[.setCookie] == nil, "looking for a newer worker changes no choice of language")
        #expect(worker.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        #expect(try await door.get("/subscribe/worker.js?in=xx").text.contains(#""language":"en""#))
    }

    @Test("are signed up for with what the browser gave, once for one browser; what is wrong is said in the form")
    func signUp() async throws {
        let door = try await Door()
        try await provider(door)
        let given = subscription()
        let answer = try await door.post("/subscribe/browser", form: form(door, given))
        let link = try #require(answer.headers[.location])
        let page = try await door.get(link)
        #expect(page.text.contains("data-push-lost") && page.text.contains("data-push-leave"))
        #expect(try await door.post("/subscribe/browser", form: form(door, given)).headers[.location] == link)
        let rows = try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM subscribers") }
        #expect(rows == 1)
        let wrong = try await door.post("/subscribe/browser", form: form(door, "{}"))
        #expect(wrong.status == 422 && wrong.text.contains("data-push="))
        #expect(wrong.text.contains("did not give us a way"))
        #expect(try await door.post("/subscribe/browser", form: form(door, given, token: "x")).status == 422)
    }

    @Test("go on when the push service gives the browser another address, with all that was chosen; nobody else's do")
    func renewed() async throws {
        let door = try await Door()
        try await provider(door)
        let (old, new) = (subscription(), subscription("https://push.example/ana-2"))
        #expect(try await door.post("/subscribe/browser", form: form(door, old)).status == 303)
        try await door.signIn(.amina)
        let choice = [("_token", door.csrf), ("channel", "push"), ("address", old)]
        #expect(try await door.post("/settings/contact", form: choice).status == 303)
        let renewal = "/subscribe/browser/renewal"
        // Whoever knows the address alone, without its secret, is not that browser.
        let guess = [("old", subscription()), ("subscription", new)]
        #expect(try await door.post(renewal, form: guess).status == 404)
        #expect(try await door.post(renewal, form: [("old", old), ("subscription", "{}")]).status == 422)
        // Signed up again meanwhile, and then told of the change: one is left, with the older wish.
        #expect(try await door.post("/subscribe/browser", form: form(door, new)).status == 303)
        #expect(try await door.post(renewal, form: [("old", old), ("subscription", new)]).status == 204)
        #expect(try await door.post(renewal, form: [("old", old), ("subscription", new)]).status == 404, "once")
        let keys = door.site.keys
        let (amina, database) = (door.world.amina, door.world.database)
        let (found, places, contact) = try await database.read { tx in
            let all = try tx.all(Subscriber.self, "SELECT * FROM subscribers")
            let own = try #require(try Contact.of(amina.person, in: tx).first)
            return (all, try all.first?.places(in: tx), try own.opened(keys))
        }
        #expect(found.count == 1 && found.first?.isActive == true && found.first?.language == "es")
        #expect(places == ["boyle-heights"])
        #expect(try found.first?.opened(keys) == ChannelKind.push.normalised(new))
        #expect(contact == ChannelKind.push.normalised(new))
    }

    @Test("reach a member too, who needs no code for their own browser")
    func member() async throws {
        let door = try await Door()
        try await provider(door)
        try await door.signIn(.amina)
        let page = try await door.get("/settings/contact")
        #expect(page.text.contains("data-push=\"B"))
        #expect(page.headers[.contentSecurityPolicy]?.contains("worker-src 'self'") == true)
        #expect(page.headers[.contentSecurityPolicy]?.contains("trusted-types vecinos") == true)
        let form = [
            ("_token", door.csrf), ("channel", "push"), ("address", subscription("https://push.example/amina")),
        ]
        #expect(try await door.post("/settings/contact", form: form).status == 303)
        #expect(try await door.get("/settings/contact").text.contains("A browser of yours"))
    }

    @Test("and a member says whether the hotline may ring their telephone, which another number doesn't undo")
    func ringing() async throws {
        let door = try await Door()
        let telephone = try await Telephone(door)
        try await door.signIn(.amina)
        let (amina, keys) = (door.world.amina, door.world.keys)
        func choose(_ number: String) async throws {
            let form = [("_token", door.csrf), ("channel", "sms"), ("address", number)]
            #expect(try await door.post("/settings/contact", form: form).status == 303)
            let text = try await telephone.lastText()
            let code = try #require(text.firstMatch(of: /\d{6}/)).output
            let confirm = [("_token", door.csrf), ("channel", "sms"), ("code", String(code))]
            #expect(try await door.post("/settings/contact/confirm", form: confirm).status == 303)
        }
        func rings() async throws -> Int {
            try await door.world.database.read { tx in
                try Contact.telephones(of: [amina.person], forHotline: true, keys: keys, in: tx).count
            }
        }
        #expect(try await !door.get("/settings/contact").text.contains("/settings/contact/calls"))
        #expect(try await door.post("/settings/contact/calls", form: [("_token", door.csrf)]).status == 404)
        try await choose("323 555 0160")
        #expect(try await door.get("/settings/contact").text.contains("the hotline may ring your phone"))
        #expect(try await rings() == 1)
        #expect(try await door.post("/settings/contact/calls", form: [("_token", door.csrf)]).status == 303)
        #expect(try await rings() == 0)
        door.world.clock.advance(by: .seconds(1))
        try await choose("323 555 0161")
        #expect(try await rings() == 0)
        let all = try await door.world.database.read { tx in
            try Contact.telephones(of: [amina.person], keys: keys, in: tx).count
        }
        #expect(all == 1, "a call back still reaches them")
        #expect(
            try await door.post("/settings/contact/calls", form: [("_token", door.csrf), ("rings", "on")]).status == 303
        )
        #expect(try await rings() == 1)
    }
}
