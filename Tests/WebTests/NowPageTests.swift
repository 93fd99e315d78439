// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@testable import Response
@testable import Web

@Suite("The list of /now")
struct NowPageTests {
    private struct Delta: Decodable {
        let order: [String]
        let parts: [String: String]
    }

    private func item(_ number: Int, at now: Instant) -> PublicStatus.Item {
        PublicStatus.Item(
            id: Ref<Incident>.new(),
            name: "item-\(number)",
            kind: .vehicles,
            zone: "boyle-heights",
            truth: .notEnforcement,
            isOver: false,
            explanation: nil,
            level: .structured,
            how: nil,
            firstSeenAt: now,
            answeredAt: now,
            expiresAt: nil,
            isExercise: false
        )
    }

    private func status(_ items: [PublicStatus.Item]) -> PublicStatus {
        PublicStatus(
            confirmed: [],
            falseToday: items,
            over: [],
            unable: [],
            counts: PublicStatus.Counts(),
            checkingCount: nil,
            updatedAt: nil
        )
    }

    @Test("The newest ten of a section are in sight, the rest unfolds, and both ways on stand before them")
    func folded() async throws {
        let door = try await Door()
        let (site, t) = (door.site, Words(language: .english))
        let items = (1...14).map { item($0, at: site.now) }
        let page = NowPage(site: site, t: t, status: status(items))
        let keys = ["nothing", "h-false"] + (1...10).map { "item-\($0)" }
        #expect(page.parts.map(\.key) == keys + ["more-h-false"])
        let fold = try #require(page.parts.last).html.string
        #expect(fold.contains("<summary>And 4 more</summary>"))
        for number in 11...14 { #expect(fold.contains("data-part=\"item-\(number)\"")) }
        let short = NowPage(site: site, t: t, status: status(Array(items.prefix(10))))
        #expect(short.parts.map(\.key) == keys)
        let body = page.body.string
        let code = try #require(body.firstRange(of: "href=\"/report/answer\""))
        let list = try #require(body.firstRange(of: "data-live=\"list\""))
        #expect(code.lowerBound < list.lowerBound)
    }

    @Test("A stream sends what is folded away anew when it changed, and only then")
    func told() async throws {
        let door = try await Door()
        let (site, t) = (door.site, Words(language: .english))
        let items = (1...14).map { item($0, at: site.now) }
        func delta(_ before: [PublicStatus.Item], _ after: [PublicStatus.Item]) throws -> Delta {
            let delta = NowDelta(from: status(before), to: status(after), site: site, t: t)
            return try JSONDecoder().decode(Delta.self, from: Data(try delta.json.utf8))
        }
        // One more comes on top: the tenth goes into the fold.
        let pushed = try delta(items, [item(0, at: site.now)] + items)
        #expect(pushed.order.suffix(2) == ["item-9", "more-h-false"])
        #expect(Set(pushed.parts.keys) == ["item-0", "more-h-false"])
        #expect(pushed.parts["more-h-false"]?.contains("And 5 more") == true)
        // The first is gone: the eleventh comes out of the fold, and was not a part before.
        let pulled = try delta(items, Array(items.dropFirst()))
        #expect(Set(pulled.parts.keys) == ["item-11", "more-h-false"])
        // What is folded away stays as it is.
        var changed = items
        changed[0] = item(1, at: site.now + .minutes(5))
        #expect(Set(try delta(items, changed).parts.keys) == ["item-1"])
    }
}
