// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@testable import Messaging

@Suite("A message by WhatsApp")
struct ChatChannelTests {
    private func channel(_ standIn: StandIn, template: String?) -> Channel {
        var account = Provider.Account()
        (account.url, account.account, account.secret) = ("https://graph.example/v21.0", "1055", "bearer")
        account.template = template
        return Channel.whatsApp(Provider(make: .whatsAppCloud, account: account), outside: standIn.outside)
    }

    private func sent(_ standIn: StandIn) throws -> [[String: Any]] {
        try standIn.taken.map { call in
            #expect(call.url == "https://graph.example/v21.0/1055/messages")
            return try #require(try JSONSerialization.jsonObject(with: Data(call.body.utf8)) as? [String: Any])
        }
    }

    private let alert = Parcel(
        to: "+13235550100",
        text: "Confirmado.\nAgentes  cerca de Pacoima.",
        link: "https://v.example/now",
        language: "es"
    )

    @Test("that we begin goes as the one value of the approved template, on one line and in their language")
    func template() async throws {
        let standIn = StandIn()
        _ = try await channel(standIn, template: "vecinos").send(alert, "k1")
        let one = try #require(try sent(standIn).first)
        #expect(one["type"] as? String == "template" && one["text"] == nil && one["to"] as? String == "13235550100")
        let template = try #require(one["template"] as? [String: Any])
        #expect(template["name"] as? String == "vecinos")
        #expect((template["language"] as? [String: String])?["code"] == "es")
        let parts = try #require(template["components"] as? [[String: Any]])
        #expect(parts.count == 1 && parts[0]["type"] as? String == "body")
        #expect(
            parts[0]["parameters"] as? [[String: String]]
                == [["type": "text", "text": "Confirmado. Agentes cerca de Pacoima. https://v.example/now"]]
        )
    }

    @Test("goes in the English template where theirs has none, and is refused where that has none either")
    func fallback() async throws {
        let standIn = StandIn()
        let missing = WebAnswer(status: 404, body: Array(#"{"error": {"code": 132001}}"#.utf8))
        standIn.say(missing)
        _ = try await channel(standIn, template: "vecinos").send(alert, "k1")
        let codes = try sent(standIn).map { one in
            ((one["template"] as? [String: Any])?["language"] as? [String: String])?["code"]
        }
        #expect(codes == ["es", "en"])
        standIn.say(missing, missing)
        await #expect(throws: ChannelFailure.self) { try await channel(standIn, template: "vecinos").send(alert, "k2") }
    }

    @Test("that answers somebody, or where no template is entered, goes in free words", arguments: [true, false])
    func free(isAnswer: Bool) async throws {
        let standIn = StandIn()
        var parcel = alert
        parcel.isAnswer = isAnswer
        _ = try await channel(standIn, template: isAnswer ? "vecinos" : nil).send(parcel, "k1")
        let one = try #require(try sent(standIn).first)
        #expect(one["type"] as? String == "text" && one["template"] == nil)
        #expect((one["text"] as? [String: Any])?["body"] as? String == alert.withLink)
    }

    @Test("and an account that was stored before there were templates opens")
    func stored() throws {
        let old = #"{"url": "", "account": "", "secret": "", "from": "", "inboundSecret": "", "key": ""}"#
        #expect(try JSONDecoder().decode(Provider.Account.self, from: Data(old.utf8)).template == nil)
    }
}
