// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@testable import Messaging

@Suite("Whether a provider is believed that an address is no more")
struct HearsayTests {
    private static let gone = Outcome.gone(why: "550 5.1.1")
    private static let later = Outcome.later(why: "550 5.1.1", after: nil)
    private static let sent = Outcome.sent(reference: nil)
    private let start = Instant(milliseconds: 1_795_305_600_000)

    /// What is made of what it says, batch by batch: each names the person and what it said.
    private func judge(
        mail: Bool = true,
        _ batches: [(hours: Int, said: [(Int64, Outcome)])]
    ) -> [[Outcome]] {
        var hearsay = Hearsay(needsWitness: mail)
        return batches.map { hours, said in
            hearsay.judge(said.map(\.1), at: start + .hours(hours)) { .subscriber(said[$0].0) }
        }
    }

    @Test(
        "a mail server's first word is not enough, unless it took somebody after; nor a second, unless it took somebody between"
    )
    func witness() {
        #expect(judge([(0, [(1, Self.gone), (2, Self.sent)])]) == [[Self.gone, Self.sent]])
        #expect(judge([(0, [(2, Self.sent), (1, Self.gone)])]) == [[Self.sent, Self.later]], "nobody after them")
        let apart = judge([(0, [(1, Self.gone)]), (0, [(1, Self.gone)]), (0, [(2, Self.sent)]), (0, [(1, Self.gone)])])
        #expect(apart == [[Self.later], [Self.later], [Self.sent], [Self.gone]])
        let other = judge([(0, [(2, Self.sent)]), (0, [(1, Self.gone)]), (0, [(3, Self.gone)])])
        #expect(other == [[Self.sent], [Self.later], [Self.later]], "each has to be refused again")
    }

    @Test("it is enough again some hours later, but not of more than three in a row")
    func patience() {
        let one = judge([(0, [(1, Self.gone)]), (3, [(1, Self.gone)]), (4, [(1, Self.gone)])])
        #expect(one == [[Self.later], [Self.later], [Self.gone]])
        let four = (1...4).map { (hours: 0, said: [(Int64($0), Self.gone)]) }
        let again = (1...4).map { (hours: 9, said: [(Int64($0), Self.gone)]) }
        #expect(judge(four + again).allSatisfy { $0 == [Self.later] })
        let back = judge(four + [(10, [(5, Self.sent)])] + again)
        #expect(back.suffix(4).allSatisfy { $0 == [Self.gone] }, "it is there again, and says the same")
    }

    @Test("other providers are believed at once, of three in a row at most")
    func others() {
        let batches = (1...5).map { (hours: 0, said: [(Int64($0), Self.gone)]) }
        #expect(judge(mail: false, batches).map { $0 == [Self.gone] } == [true, true, true, false, false])
        let mixed = judge(
            mail: false,
            [(0, [(1, Self.gone), (2, Self.gone), (3, Self.gone), (4, Self.sent), (5, Self.gone)])]
        )
        #expect(mixed == [[Self.later, Self.later, Self.later, Self.sent, Self.later]], "most of a batch")
    }
}
