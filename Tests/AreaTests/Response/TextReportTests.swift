// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@Suite("A report told text by text")
struct TextReportTests {
    private static let places = Result { try Places.load(folder: "\(World.content)/places") }
    private let now = Instant(milliseconds: 1_780_000_000_000)

    private func filed(_ report: TextReport) -> ReportFiling { report.filing(Words(language: .english)) }

    @Test("what, where, when: three texts and it is sent")
    func guided() throws {
        let places = try Self.places.get()
        let begun = TextReport.begin("")
        var report = begun.report
        #expect(begun.next == .ask(.what))
        #expect(report.hear("1", at: now, in: places) == .ask(.place))
        #expect(report.hear("near Hollenbeck Park", at: now, in: places) == .ask(.more(zone: "boyle-heights")))
        #expect(report.hear("10 minutes ago, four men in vests", at: now, in: places) == .send)
        let filing = filed(report)
        #expect(filing.kind == "vehicles" && filing.channel == .sms)
        #expect(filing.whereabouts.text == "near Hollenbeck Park")
        #expect(filing.seenAt == now - .minutes(10))
        #expect(filing.words == "10 minutes ago, four men in vests")
    }

    @Test("words that name the place skip the question, and OK ends it in Spanish too")
    func shortcut() throws {
        let places = try Self.places.get()
        var report = TextReport.begin("").report
        #expect(report.hear("camionetas blancas en Pacoima", at: now, in: places) == .ask(.more(zone: "pacoima")))
        #expect(report.hear("Listo", at: now, in: places) == .send)
        #expect(filed(report).words == "camionetas blancas en Pacoima")
    }

    @Test("a place we don't know is asked once more, then taken as it is; a wrong one can be changed")
    func place() throws {
        let places = try Self.places.get()
        var report = TextReport.begin("4").report
        #expect(report.hear("behind the blue store", at: now, in: places) == .ask(.placeAgain))
        #expect(report.hear("the blue store", at: now, in: places) == .ask(.more(zone: nil)))
        #expect(report.hear("LUGAR: Boyle Heights", at: now, in: places) == .ask(.more(zone: "boyle-heights")))
        #expect(report.hear("ok", at: now, in: places) == .send)
        #expect(filed(report).whereabouts.text == "Boyle Heights")
    }

    @Test("one text is enough, and a kind alone is no empty report")
    func single() throws {
        let places = try Self.places.get()
        let (report, next) = TextReport.begin("white vans at Hollenbeck Park")
        #expect(next == .send && report.zone(in: places) == "boyle-heights")
        var other = TextReport.begin("3").report
        #expect(other.hear("skip", at: now, in: places) == .ask(.more(zone: nil)))
        #expect(other.hear("no", at: now, in: places) == .send)
        #expect(filed(other).words == "A checkpoint")
    }

    @Test("what is never kept is gone before it is held")
    func neverKept() throws {
        let places = try Self.places.get()
        var report = TextReport.begin("").report
        _ = report.hear("my cousin A012345678 was taken, call 213-555-0142", at: now, in: places)
        _ = report.hear("at 323 555 0199", at: now, in: places)
        let all = String(describing: report)
        #expect(!all.contains("012345678") && !all.contains("0142") && !all.contains("0199"))
    }

    @Test("a long text is cut, and hostile letters stop nothing", arguments: ["\u{0600}", "\u{202E}", "\u{0}", "🚐"])
    func hostile(_ letter: String) async throws {
        let world = try await World()
        let (report, _) = TextReport.begin("vans " + String(repeating: letter, count: 4_000))
        let filing = report.filing(Words(language: .english))
        #expect(try await world.intake.take(filing, submission: .once).alreadyKnown == false)
    }
}

@Suite("Whose telephone rings when a caller wants a person")
struct RingGroupTests {
    private let world: World
    init() async throws { world = try await World() }

    /// A member's own number, proved.
    private func telephone(_ caller: Caller, _ number: String) async throws {
        let (keys, t) = (world.keys, Words(language: .english))
        var account = Provider.Account()
        (account.url, account.account) = ("https://api.twilio.example", "AC1")
        (account.secret, account.from) = ("token", "+13235550000")
        let provider = Provider(make: .twilio, account: account)
        try await world.database.write { tx in
            try provider.store(by: nil, keys: keys, in: tx)
            try Contact.choose(.sms, number, by: caller, words: t, keys: keys, in: tx)
            try tx.run("UPDATE contacts SET confirmed_at = \(tx.now) WHERE person = \(caller.person)")
        }
    }

    private func reachable(_ group: RingGroup) async throws -> (group: RingGroup, numbers: [String])? {
        let keys = world.keys
        return try await world.database.read { tx in try RingGroup.reachable(from: group, keys: keys, in: tx) }
    }

    private func serve(_ caller: Caller, _ role: Role) async throws {
        try await world.database.write { tx in
            _ = try Shift.plan(caller.person, as: role, from: tx.now, to: tx.now + .hours(8), by: caller, in: tx)
        }
    }

    @Test("nobody proved a telephone: nothing rings")
    func nobody() async throws { #expect(try await reachable(.onShift) == nil) }

    @Test("first the operator on shift, then the wider circle, then the coordinator, each once")
    func groups() async throws {
        let pilar = try await world.member(named: "Pilar", [.operator])
        try await telephone(world.amina, "+13235550101")
        try await telephone(pilar, "+13235550102")
        try await telephone(world.ruth, "+13235550103")
        try await telephone(world.joao, "+13235550104")
        // Nobody serves: whoever is an operator or a dispatcher must hear.
        let none = try #require(await reachable(.onShift))
        #expect(none.group == .wider && Set(none.numbers) == ["+13235550101", "+13235550102"])
        try await serve(pilar, .operator)
        let first = try #require(await reachable(.onShift))
        #expect(first.group == .onShift && first.numbers == ["+13235550102"])
        let wider = try #require(await reachable(.wider))
        #expect(wider.group == .wider && wider.numbers == ["+13235550101"])
        let last = try #require(await reachable(.last))
        #expect(last.group == .last && last.numbers == ["+13235550103"])
    }

    @Test("an address that is not proved yet never rings")
    func unproved() async throws {
        try await telephone(world.amina, "+13235550101")
        try await world.database.write { tx in try tx.run("UPDATE contacts SET confirmed_at = NULL") }
        #expect(try await reachable(.onShift) == nil)
    }
}
