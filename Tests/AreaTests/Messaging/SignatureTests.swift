// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Foundation
import Kit
import Testing
import Vault

@testable import Messaging

@Suite("What providers sign, and what we sign")
struct SignatureTests {
    /// The example of Twilio's security page.
    @Test("Twilio's own example is genuine, and no change of it is")
    func twilio() {
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2"
        let fields = [
            ("To", "+18005551212"), ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"),
            ("From", "+14158675309"),
        ].map { (name: $0.0, value: $0.1) }
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        #expect(TwilioSignature.isGenuine(signature, url: url, fields: fields, token: "12345"))
        #expect(!TwilioSignature.isGenuine(signature, url: url, fields: fields, token: "12346"))
        #expect(!TwilioSignature.isGenuine(signature, url: url + "&x=1", fields: fields, token: "12345"))
        #expect(!TwilioSignature.isGenuine(signature, url: url, fields: fields.dropLast(), token: "12345"))
        #expect(!TwilioSignature.isGenuine("", url: url, fields: fields, token: "12345"))
        #expect(!TwilioSignature.isGenuine(signature, url: url, fields: fields, token: ""))
    }

    /// The example of the Standard Webhooks specification.
    @Test("the Standard Webhooks example is genuine for five minutes")
    func standard() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let sent = Instant(milliseconds: 1_614_265_330_000)
        let headers = StandardWebhook.headers(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: body, secret: secret, at: sent)
        #expect(headers.map(\.value).last == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        func isGenuine(_ signatures: String, at now: Instant, body: [UInt8]) -> Bool {
            StandardWebhook.isGenuine(
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
                timestamp: "1614265330",
                signatures: signatures,
                body: body,
                secret: secret,
                at: now
            )
        }
        let good = headers.last?.value ?? ""
        #expect(isGenuine(good, at: sent + .minutes(4), body: body))
        #expect(isGenuine("v1,AAAA \(good)", at: sent, body: body), "one of several is enough")
        #expect(!isGenuine(good, at: sent + .minutes(6), body: body))
        #expect(!isGenuine(good, at: sent, body: body + [32]))
        #expect(!isGenuine("v1a,\(good)", at: sent, body: body))
    }

    @Test("WhatsApp's signature is over the very bytes")
    func hub() {
        let body = Array("{}".utf8)
        let mac = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array("app secret".utf8)))
        let header = "sha256=" + mac.map { String(format: "%02x", $0) }.joined()
        #expect(HubSignature.isGenuine(header, body: body, secret: "app secret"))
        #expect(!HubSignature.isGenuine(header, body: Array("{ }".utf8), secret: "app secret"))
        #expect(!HubSignature.isGenuine(header, body: body, secret: ""))
    }

    /// RFC 8291, section 5 and appendix A.
    @Test("a push is encrypted as the standard's example")
    func push() throws {
        let subscription = try #require(
            PushSubscription(
                json: """
                    {"endpoint": "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV", "expirationTime": null,
                    "keys": {"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                    "auth": "BTBZMqHH6r4Tts7J_aSIgg=="}}
                    """
            )
        )
        let key = try #require(Base64URL.bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", count: 32))
        let salt = try #require(Base64URL.bytes("DGv6ra1nlYgDCS1FRnbzlw", count: 16))
        let body = try WebPush.encrypt(
            Array("When I grow up, I want to be a watermelon".utf8),
            to: subscription,
            salt: salt,
            ours: try P256.KeyAgreement.PrivateKey(rawRepresentation: key)
        )
        #expect(
            Base64URL.text(body) == """
                DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_\
                yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN
                """
        )
        #expect(PushSubscription(json: subscription.json) == subscription)
        #expect(PushSubscription(json: #"{"endpoint":"file:///etc","keys":{"p256dh":"","auth":""}}"#) == nil)
    }

    @Test("a push service can check who we are")
    func vapid() throws {
        let key = WebPush.newKey()
        let endpoint = try #require(WebAddress("https://push.example.net:8443/x/y"))
        let now = Instant(milliseconds: 1_780_000_000_000)
        let header = try #require(WebPush.authorization(for: endpoint, key: key, contact: "us@example.org", at: now))
        let parts = header.dropFirst("vapid t=".count).split(separator: ",")
        let jwt = parts[0].split(separator: ".").map(String.init)
        #expect(parts[1] == " k=\(WebPush.publicKey(of: key) ?? "")")
        let publicKey = try P256.Signing.PublicKey(
            x963Representation: try #require(Base64URL.bytes(String(parts[1].dropFirst(3)), count: 65))
        )
        let signature = try P256.Signing.ECDSASignature(
            rawRepresentation: try #require(Base64URL.bytes(jwt[2], count: 64))
        )
        #expect(publicKey.isValidSignature(signature, for: Array("\(jwt[0]).\(jwt[1])".utf8)))
        let padded = jwt[1].replacing("-", with: "+").replacing("_", with: "/")
        let claims = try #require(
            Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4))
        )
        let said = String(decoding: claims, as: UTF8.self)
        #expect(said == #"{"aud":"https://push.example.net:8443","exp":1780043200,"sub":"mailto:us@example.org"}"#)
    }

    @Test("a mail can't be given headers, and twice is recognisable")
    func mail() {
        let parcel = Parcel(
            to: "a@example.org",
            subject: "Aviso\r\nBcc: x@example.org — “hoy”",
            text: ".\r\nHola\n",
            unsubscribe: "https://v.example/u/1"
        )
        let now = Instant(milliseconds: 1_780_000_000_000)
        let mail = Mail(parcel, from: "us@vecinos.example", key: "abc", at: now)
        let text = String(decoding: mail.bytes, as: UTF8.self)
        #expect(!text.contains("\r\nBcc:"))
        #expect(text.contains("Message-ID: <abc@vecinos.example>\r\n"))
        #expect(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
        #expect(text.contains("Date: Thu, 28 May 2026 20:26:40 +0000\r\n"))
        #expect(Mail(parcel, from: "us@vecinos.example", key: "abc", at: now).bytes == mail.bytes)
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 998 })
    }
}

@Suite("An address")
struct AddressTests {
    @Test(
        "is written in one way",
        arguments: [
            ("(323) 555-0100", "+13235550100"), ("1 323 555 0100", "+13235550100"),
            ("+52 55 1234 5678", "+525512345678"),
            ("+1-323-555-0100", "+13235550100"), ("555-0100", nil), ("+0123456789", nil), ("323555010x", nil),
            ("+1 123 555 0100", nil), ("３２３５５５０１００", nil), ("", nil),
        ]
    )
    func phone(typed: String, expected: String?) { #expect(PhoneNumber(typed)?.text == expected) }

    @Test(
        "of mail holds nothing that a mail server reads otherwise",
        arguments: [
            ("Ana@Example.ORG", "Ana@example.org"), ("a@b", nil), ("a@b..c", nil), ("a b@c.org", nil),
            ("a@c.org\r\nX", nil),
            ("<a@c.org>", nil), ("a,b@c.org", nil), ("\"a\"@c.org", nil), ("a@@c.org", nil), (".a@c.org", nil),
            ("a@-c.org", nil), ("ñ@c.org", nil),
        ]
    )
    func mail(typed: String, expected: String?) { #expect(EmailAddress(typed)?.text == expected) }

    @Test(
        "of the web is plain",
        arguments: [
            ("https://hooks.example.org/a?b=c", true), ("http://[::1]:8080/x", true), ("ftp://example.org", false),
            ("https://user@example.org", false), ("https://example.org:99999", false), ("https://", false),
            ("https://example.org/ x", false), ("https://example.org#x", false), ("https://exa\\mple.org", false),
        ]
    )
    func web(text: String, isFine: Bool) { #expect((WebAddress(text) != nil) == isFine) }

    @Test(
        "of ours is signed by Twilio with its port or without",
        arguments: [
            ("https://v.example", ["https://v.example", "https://v.example:443"]),
            ("https://v.example:443", ["https://v.example:443", "https://v.example"]),
            ("http://localhost:8080", ["http://localhost:8080", "http://localhost"]),
        ]
    )
    func port(origin: String, signed: [String]) { #expect(WebAddress.withAndWithoutPort(origin) == signed) }

    @Test(
        "that says stop, in any language, is understood",
        arguments: [
            ("STOP", OptOut.Keyword.stop), ("stop.", .stop), ("  Parar ", .stop), ("¡ALTO!", .stop), ("停止", .stop),
            ("no más", .stop), ("NO MAS", .stop), ("СТОП", .stop), ("توقف", .stop), ("그만", .stop), ("Dừng", .stop),
            ("cancelar", .stop), ("START", .start), ("Comenzar", .start), ("Please stop the van", nil), ("", nil),
            ("stop stop", nil), ("arre\u{0302}t", .stop), ("Revoke.", .stop), ("OPT-OUT", .stop), ("opt out", .stop),
            ("optout", .stop), ("STOP 🙏🏽", .stop), ("STOP 👎🏾", .stop), ("STOP ❤️", .stop), ("ALTO ☹️", .stop),
            ("ＳＴＯＰ", .stop), ("ÁLTO", .stop), ("停止。", .stop), ("1️⃣ stop", nil), ("start ✊🏿", .start),
        ]
    )
    func keyword(text: String, expected: OptOut.Keyword?) { #expect(OptOut.keyword(in: text) == expected) }
}
