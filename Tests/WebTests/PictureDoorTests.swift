// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import Support
import Synchronization
import Testing
import Vault

@testable import Messaging
@testable import Response
@testable import Web

@Suite("Pictures by text")
struct PictureDoorTests {
    private let door: Door
    private let telephone: Telephone
    private let provider = Media()

    init() async throws {
        door = try await Door()
        telephone = try await Telephone(door)
        // In place of the one that would call out.
        PictureReporting(intake: door.world.intake, outside: provider.outside) { [provider] file in
            if provider.showsNothing.withLock({ $0 }) { file.noteUnseen() }
        }.register(with: door.world.worker)
    }

    /// What the provider is asked for, and what it says.
    private final class Media: Sendable {
        struct Asked: Sendable, Hashable {
            let what: String
            let hasAccount: Bool
        }

        let asked = Mutex<[Asked]>([])
        let answers = Mutex<[WebAnswer]>([])
        /// Who looks sees nothing in it.
        let showsNothing = Mutex(false)
        static let photo = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 400)

        var outside: Outside {
            Outside(
                web: { call in
                    let hasAccount = call.headers.contains { $0.name == "Authorization" }
                    self.asked.withLock { $0.append(Asked(what: "\(call.method) \(call.url)", hasAccount: hasAccount)) }
                    let next = self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                    return next
                        ?? WebAnswer(
                            status: call.method == "GET" ? 200 : 204,
                            body: call.method == "GET" ? Self.photo : []
                        )
                },
                mail: { _ in }
            )
        }
    }

    private static let folder = "https://api.twilio.example/2010-04-01/Accounts/AC1/Messages/"

    private func send(_ words: String, _ pictures: [String], from: String = Telephone.number) async throws {
        door.world.clock.advance(by: .seconds(1))
        var fields = [
            ("MessageSid", UUID().uuidString), ("From", from), ("Body", words), ("NumMedia", "\(pictures.count)"),
        ]
        for (index, name) in pictures.enumerated() {
            fields.append(("MediaUrl\(index)", Self.folder + "MM00000001/Media/" + name))
        }
        #expect(try await telephone.call("/hooks/sms/twilio", fields).status == 200)
        for _ in 0..<2 { try await door.world.worker.runDue() }
    }

    private func counts() async throws -> [Int] {
        try await door.world.database.read { tx in
            [
                try tx.count("SELECT count(*) FROM reports"), try tx.count("SELECT count(*) FROM files"),
                try tx.count("SELECT count(*) FROM text_pictures"), try tx.count("SELECT count(*) FROM incidents"),
            ]
        }
    }

    private func sweep() async throws {
        door.world.clock.advance(by: .minutes(2))
        try await door.world.database.write { tx in
            try Conversation.sweep(in: tx)
            try PictureReporting.sweep(in: tx)
        }
        try await door.world.worker.runDue()
    }

    @Test("with words it goes to the same incident, sealed, and is deleted at the provider")
    func withWords() async throws {
        try await send("REPORT vans by the market in Boyle Heights", ["ME00000001", "ME00000002"])
        #expect(try await counts() == [3, 2, 0, 1])
        let asked = provider.asked.withLock { $0 }
        #expect(
            Set(asked.map(\.what))
                == Set(
                    ["GET", "DELETE"].flatMap { verb in
                        ["ME00000001", "ME00000002"].map { "\(verb) \(Self.folder)MM00000001/Media/\($0)" }
                    }
                )
        )
        #expect(asked.allSatisfy { $0.hasAccount })
    }

    @Test("that shows nothing supports nothing; one that shows something does", arguments: [true, false])
    func looked(showsNothing: Bool) async throws {
        provider.showsNothing.withLock { $0 = showsNothing }
        try await send("REPORT vans by the market in Boyle Heights", ["ME00000001"])
        let level = try await door.world.database.read { tx in
            try tx.one(EvidenceLevel.self, "SELECT level FROM incidents")
        }
        #expect(level == (showsNothing ? .single : .supported))
    }

    @Test("in the middle of a report it doesn't take the place of an answer, and is there when all is said")
    func between() async throws {
        try await send("REPORT", [])
        try await send("", ["ME00000001"])
        let heard = try await telephone.lastText()
        #expect(heard.contains("We have your picture.") && heard.contains("What do you see"))
        #expect(try await counts() == [0, 0, 1, 0])
        try await send("white vans", [])
        try await send("Pacoima", [])
        try await send("now", [])
        #expect(try await counts() == [2, 1, 0, 1])
    }

    @Test("alone it is asked whether it is a report; YES makes it one")
    func alone() async throws {
        try await send("", ["ME00000001"])
        #expect(try await telephone.lastText().contains("Is this a report"))
        try await send("YES", [])
        #expect(try await counts() == [2, 1, 0, 1])
    }

    @Test("after its report was sent it goes to that report and begins no new question; another number's does not")
    func late() async throws {
        try await send("REPORT vans by the market in Boyle Heights", [])
        try await send("", ["ME00000001"])
        #expect(try await telephone.lastText().contains("We added your picture to your report."))
        #expect(try await counts() == [2, 1, 0, 1])
        // With words, and another after "thanks".
        try await send("this is the plate", ["ME00000002"])
        #expect(try await telephone.lastText().contains("We added it"))
        try await send("thanks", ["ME00000003"])
        #expect(try await counts() == [5, 3, 0, 1])
        try await send("", ["ME00000004"], from: "+13235550178")
        #expect(try await telephone.lastText().contains("Is this a report"))
        #expect(try await telephone.count("conversations") == 1)
        // Long after, it is a question of its own.
        door.world.clock.advance(by: .minutes(31))
        try await sweep()
        try await send("", ["ME00000005"])
        #expect(try await telephone.lastText().contains("Is this a report"))
        #expect(try await filed() == 0)
    }

    @Test("after a report whose place we still ask for, it is added at once and the question stands")
    func latePlace() async throws {
        try await send("REPORT men in vests", [])
        #expect(try await telephone.lastText().contains("Where is it?"))
        try await send("", ["ME00000001"])
        let heard = try await telephone.lastText()
        #expect(heard.contains("We added your picture") && heard.contains("Where is it?"))
        #expect(try await counts() == [2, 1, 0, 1])
        try await send("Pacoima", [])
        #expect(try await telephone.lastText().contains("We added it"))
        #expect(try await counts() == [3, 1, 0, 1])
    }

    @Test("after STOP no picture is added to anything")
    func stopped() async throws {
        try await send("REPORT vans in Pacoima", [])
        #expect(try await filed() == 1)
        try await send("STOP", [])
        #expect(try await filed() == 0)
        try await send("", ["ME00000001"])
        #expect(try await counts()[1] == 0)
    }

    private func filed() async throws -> Int {
        try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM filed_texts") }
    }

    @Test("that becomes no report is deleted at the provider all the same", arguments: ["STOP", "NOW", "hello"])
    func stray(_ words: String) async throws {
        try await send(words, ["ME00000001"])
        #expect(provider.asked.withLock { $0 }.isEmpty)
        if words == "hello" { door.world.clock.advance(by: .minutes(31)) }
        try await sweep()
        #expect(provider.asked.withLock { $0.map(\.what) } == ["DELETE \(Self.folder)MM00000001/Media/ME00000001"])
        #expect(try await counts() == [0, 0, 0, 0])
    }

    @Test(
        "is fetched where the provider points to, without our account there, and never over a line that is not encrypted"
    )
    func pointed() async throws {
        provider.answers.withLock { $0 = [WebAnswer(status: 307, location: "https://media.example/x")] }
        try await send("REPORT vans in Pacoima", ["ME00000001"])
        let asked = provider.asked.withLock { $0 }
        #expect(asked.contains(.init(what: "GET https://media.example/x", hasAccount: false)))
        #expect(try await counts() == [2, 1, 0, 1])
        provider.asked.withLock { $0 = [] }
        provider.answers.withLock { $0 = [WebAnswer(status: 307, location: "http://media.example/x")] }
        try await send("REPORT more vans in Van Nuys", ["ME00000003"], from: "+13235550178")
        #expect(provider.asked.withLock { $0.allSatisfy { !$0.what.contains("media.example") } })
    }

    @Test("of a kind that we don't take, the words are kept and the rest is deleted")
    func oddKind() async throws {
        provider.answers.withLock { $0 = [WebAnswer(status: 200, body: Array("BEGIN:VCARD and so on and on".utf8))] }
        try await send("REPORT vans in Pacoima", ["ME00000001"])
        #expect(try await counts() == [1, 0, 0, 1])
        #expect(provider.asked.withLock { $0.last?.what.hasPrefix("DELETE") == true })
    }

    @Test("a deletion that fails is tried again, and adds nothing twice")
    func again() async throws {
        provider.answers.withLock { $0 = [WebAnswer(status: 200, body: Media.photo), WebAnswer(status: 400)] }
        try await send("REPORT vans in Pacoima", ["ME00000001"])
        for _ in 0..<3 {
            door.world.clock.advance(by: .minutes(10))
            try await door.world.worker.runDue()
        }
        #expect(try await counts() == [2, 1, 0, 1])
        #expect(provider.asked.withLock { $0.filter { $0.what.hasPrefix("DELETE") }.count } == 2)
    }

    @Test(
        "an address that is none of the provider's is not looked at",
        arguments: [
            "https://evil.example/x", "file:///etc/passwd", "/Messages/MM00000001/Media/../../x", "",
            "Messages/MM1/Media/ME1",
            "https://a/Messages/MM00000001/Media/ME0000000%31",
        ]
    )
    func foreign(_ address: String) { #expect(TextPicture.name(inAddress: address) == nil) }
}
