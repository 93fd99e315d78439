// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@testable import Response

@Suite("Why a report is where it is")
struct WhyTests {
    private let scene: GroupingScene
    private static let raid = "raid at the garment factory, agents blocked the doors"

    init() throws { scene = try GroupingScene() }

    /// Two people tell of it.
    private func known(_ id: String, east: Double = 0) -> IncidentTraits {
        IncidentTraits(
            id: id,
            reports: (0..<2).map { place in
                scene.report(
                    "\(id)\(place)",
                    east: east,
                    minute: place,
                    kind: "work",
                    words: Self.raid,
                    source: "\(id)\(place)"
                )
            }
        )
    }

    private func said(_ phrase: Phrase?) throws -> String { Words(language: .english)(try #require(phrase)) }

    @Test("says how well it fits and how well it must, and when it only follows what several people tell")
    func threshold() throws {
        let same = scene.report("same", minute: 3, kind: "work", words: Self.raid)
        guard case .attach(_, let score) = Grouping.place(same, among: [known("i")]) else {
            Issue.record("not attached")
            return
        }
        let why = try Why(json: Why.json(score))
        #expect(why == Why(score) && why.ground == .itself)
        #expect(
            try said(why.threshold)
                == "Match \(Int((score.total * 100).rounded()))%. From 55% on it goes there by itself."
        )

        let follower = scene.report("f", east: 300, minute: 6, kind: "work", uncertainty: 1_500)
        guard case .attach(_, let loose) = Grouping.place(follower, among: [known("i")]) else {
            Issue.record("not followed")
            return
        }
        let followed = try Why(json: Why.json(loose))
        #expect(followed == Why(loose) && followed.ground == .follows)
        #expect(try said(followed.threshold).contains("By itself it would not be enough."))
        for source in [Why.Source.first, .reporter, .person] { #expect(Why(source).threshold == nil) }
    }

    @Test("says of what is only suggested why the machine left it to a person")
    func whyNot() throws {
        // Two that it could follow.
        let follower = scene.report("f", east: 300, minute: 6, kind: "work", uncertainty: 1_500)
        guard case .suggest(let both) = Grouping.place(follower, among: [known("i"), known("other", east: 900)]) else {
            Issue.record("not suggested")
            return
        }
        for one in both { #expect(try said(Why(one.score).whyNot).contains("another one fits about as well")) }
        // At the very place, half an hour later, and something else.
        let next = scene.report(
            "n",
            minute: 31,
            kind: "vehicles",
            words: "two tow trucks block the alley behind a church"
        )
        guard case .suggest(let thin) = Grouping.place(next, among: [known("i")]) else {
            Issue.record("not suggested: \(Grouping.place(next, among: [known("i")]))")
            return
        }
        let why = try Why(json: Why.json(try #require(thin.first).score))
        #expect(why.ground == .thin)
        let score = try #require(why.score)
        let expected = score < 0.55 ? "that takes 55%" : "too little of what is told is the same"
        #expect(try said(why.whyNot).contains(expected))
        // The same words half an hour later, and anywhere in the neighborhood.
        let vague = Why(
            try #require(
                Grouping.score(
                    scene.report("v", minute: 40, kind: "work", words: "raid", uncertainty: 1_500),
                    against: known("i")
                )
            )
        )
        #expect(vague.ground == .vague)
        #expect(try said(Why(json: vague.json).whyNot).contains("is not known exactly") || vague.score ?? 0 < 0.55)
        // A row from before this was kept.
        #expect(try Why(json: #"{"by":"grouping","score":0.4,"parts":[]}"#).whyNot != nil)
        #expect(try Why(json: #"{"by":"grouping","score":0.7,"parts":[]}"#).whyNot == nil)
    }
}
