// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Response
import Support
import Testing
import Vault

@Suite("A reporter and the team write to each other")
struct MailboxTests {
    private let world: World
    private let code: ReporterCode
    private let report: Ref<Report>

    init() async throws {
        world = try await World()
        let receipt = try await world.report()
        (code, report) = (receipt.code, receipt.report)
    }

    private func send(_ text: String, _ sending: UInt8 = 1) async throws {
        let (report, amina) = (report, world.amina)
        try await world.database.write { tx in
            try Mailbox.send(text, to: report, sending: [sending], by: amina, in: tx)
        }
    }

    private func write(_ text: String, _ sending: UInt8 = 1) async throws {
        let code = code
        try await world.database.write { tx in try Mailbox.write(text, with: code, sending: [sending], in: tx) }
    }

    private func read(_ code: ReporterCode? = nil) async throws -> [MailboxThread.Entry] {
        let code = code ?? self.code
        let thread = try await world.database.read { tx in try Mailbox.look(code, in: tx) }
        return try thread?.open(with: code) ?? []
    }

    private func desk(_ caller: Caller) async throws -> [MailboxThread.Entry] {
        let report = report
        return try await world.database.read { tx in
            try Mailbox.threads(of: [report], by: caller, in: tx)[report]?.open(by: caller) ?? []
        }
    }

    @Test("Both read both sides, in order, with nothing but a code on one of them")
    func bothWays() async throws {
        try await send("Is the van still there?")
        try await write("No, it left at four")
        let words = ["Is the van still there?", "No, it left at four"]
        #expect(try await read().map { $0.words.content?.text } == words)
        #expect(try await desk(world.amina).map { $0.words.content?.text } == words)
        #expect(try await read().map(\.message.sender) == [.team, .reporter])
    }

    @Test("The report never stands in its mailbox")
    func neverTheReport() async throws {
        #expect(try await read().isEmpty)
    }

    @Test("Another code opens nothing, and a stranger's reads as unknown")
    func otherCodes() async throws {
        try await send("Hello")
        let other = try await world.report(world.filing("Something at the market", at: World.pacoima)).code
        #expect(try await read(other).isEmpty)
        let stranger = ReporterCode.generate()
        let none = try await world.database.read { tx in try Mailbox.look(stranger, in: tx)?.messages.count }
        #expect(none == nil)
        await #expect(throws: Refusal.unknownCode) {
            try await world.database.write { tx in try Mailbox.write("x", with: stranger, sending: [1], in: tx) }
        }
    }

    @Test("A member with locked keys sees that something was written, and not what")
    func lockedMember() async throws {
        try await write("It left")
        let entries = try await desk(world.amina.withoutKeys)
        #expect(entries.map(\.words) == [.locked])
    }

    @Test("Who may not triage neither reads nor writes; an observer is refused")
    func observers() async throws {
        #expect(try await desk(world.lupe).isEmpty)
        let (report, lupe) = (report, world.lupe)
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in
                try Mailbox.send("x", to: report, sending: [1], by: lupe, in: tx)
            }
        }
    }

    @Test("Twice sent is once stored, on both sides")
    func once() async throws {
        for _ in 0..<2 {
            try await send("Hello", 7)
            try await write("Hello you", 7)
        }
        #expect(try await read().count == 2)
    }

    @Test("What was read goes after the time that its reader was shown, and its key with it")
    func burning() async throws {
        try await send("Call me from the corner")
        let code = code
        try await world.database.write { tx in try Mailbox.markRead(code, in: tx) }
        let burnsAt = try #require(await read().first?.message.burnsAt)
        #expect(burnsAt >= world.clock.now + .hours(24))
        #expect(burnsAt <= world.clock.now + .hours(25))
        world.clock.advance(by: .hours(23))
        #expect(try await world.database.write { tx in try Mailbox.sweep(in: tx) } == 0)
        world.clock.advance(by: .hours(3))
        #expect(try await world.database.write { tx in try Mailbox.sweep(in: tx) } == 1)
        #expect(try await read().isEmpty)
        let due = try await world.database.read { tx in try tx.one(Int.self, "SELECT count(*) FROM shred_due") }
        #expect(due == 1)
    }

    @Test("What nobody read stays")
    func unreadStays() async throws {
        try await send("Hello")
        world.clock.advance(by: .days(6))
        _ = try await world.database.write { tx in try Mailbox.sweep(in: tx) }
        #expect(try await read().count == 1)
    }

    @Test("A reporter deletes one message, then all, and nobody else's")
    func deleting() async throws {
        try await send("One")
        try await write("Two")
        let other = try await world.report(world.filing("Something at the market", at: World.pacoima)).code
        let first = try #require(await read().first).message.id
        let code = code
        try await world.database.write { tx in
            try Mailbox.burn(first, with: other, in: tx)
            #expect(try Mailbox.look(code, in: tx)?.messages.count == 2)
            try Mailbox.burn(first, with: code, in: tx)
            #expect(try Mailbox.look(code, in: tx)?.messages.count == 1)
            try Mailbox.burn(nil, with: code, in: tx)
            #expect(try Mailbox.look(code, in: tx)?.messages.isEmpty == true)
        }
    }

    @Test("What is never kept is refused on both sides", arguments: ["A012345678", "sin papeles", "213-555-0142"])
    func neverKept(_ text: String) async throws {
        #expect(try await #require(throws: Refusal.self) { try await send(text) }.fields["message"] != nil)
        #expect(try await #require(throws: Refusal.self) { try await write(text) }.fields["message"] != nil)
        #expect(try await read().isEmpty)
    }

    @Test("The board knows that a reporter waits, until somebody read it")
    func waiting() async throws {
        let (amina, report) = (world.amina, report)
        try await write("They came back")
        #expect(try await world.database.read { tx in try Mailbox.waiting(by: amina, in: tx) }.count == 1)
        try await world.database.write { tx in try Mailbox.markRead(of: report, by: amina, in: tx) }
        #expect(try await world.database.read { tx in try Mailbox.waiting(by: amina, in: tx) }.isEmpty)
    }

    @Test("A message answers what we asked")
    func answersTheQuestion() async throws {
        let (amina, report) = (world.amina, report)
        try await world.database.write { tx in
            try Report.needsMore(report, asking: .stillThere, by: amina, in: tx)
        }
        #expect(try await world.answer(code)?.answer == .needsMore(.stillThere))
        try await write("Yes, still")
        #expect(try await world.answer(code)?.answer == .checking)
    }

    @Test("No word stands in the database or in an event")
    func nothingPlain() async throws {
        try await send("Mango one")
        try await write("Mango two")
        let rows = try await world.database.read { tx in
            try tx.all(Event.self, "SELECT * FROM events").map { "\($0.data)" }
        }
        #expect(rows.allSatisfy { !$0.contains("Mango") })
        let blobs = try await world.database.read { tx in
            try tx.list([UInt8].self, "SELECT sealed FROM mailbox_messages")
        }
        #expect(blobs.count == 2)
        #expect(blobs.allSatisfy { Data($0).range(of: Data("Mango".utf8)) == nil })
    }
}
