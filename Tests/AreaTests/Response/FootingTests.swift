// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing

@Suite("A step on an old page")
struct FootingTests {
    /// An incident with one report, and the version of a page that shows it.
    private struct Page {
        let world: World
        let id: Ref<Incident>
        let seen: Int

        init(_ finding: Verification.Finding? = nil) async throws {
            world = try await World()
            id = try await world.incident(of: world.report(world.filing(from: "a")))
            if let finding { try await world.verify(id, finding) }
            seen = try await world.card(id).version
        }

        func join(_ source: String) async throws {
            #expect(try await world.incident(of: world.report(world.filing(from: source))) == id)
        }

        func sign(_ version: Int, despiteReports: Bool = false) async -> String? {
            await refusal { [id, world] tx in
                try Incident.verify(
                    id,
                    finding: Verification.Finding(.unfounded, level: .structured, how: .callBack),
                    expecting: version,
                    despiteReports: despiteReports,
                    by: world.amina,
                    timings: world.timings,
                    in: tx
                )
            }
        }

        /// The key of the words with which it is refused; nil when it was done.
        func refusal<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async -> String? {
            do {
                _ = try await world.write(body)
                return nil
            } catch {
                return (error as? Refusal).map { String($0.message.keyed.prefix { $0 != "|" }) } ?? "\(error)"
            }
        }
    }

    @Test("does not answer a report that joined since, until somebody was shown that there are more")
    func reports() async throws {
        let page = try await Page()
        try await page.join("b")
        #expect(await page.sign(page.seen) == "response.conflict_grew")
        #expect(try await page.world.card(page.id).state == .unverified)
        let shown = try await page.world.card(page.id).version
        for source in ["c", "d", "e"] { try await page.join(source) }
        #expect(await page.sign(shown) == "response.conflict_grew")
        #expect(await page.sign(shown, despiteReports: true) == nil, "on a hot incident too")
    }

    @Test("is taken for what does not rest on reports or people, however many come")
    func others() async throws {
        let page = try await Page()
        let (id, amina) = (page.id, page.world.amina)
        try await page.join("b")
        _ = try await page.world.dispatch(id)
        #expect(
            await page.refusal { tx in try Incident.startVerifying(id, expecting: page.seen, by: amina, in: tx) } == nil
        )
        #expect(
            await page.refusal { tx in try Incident.retitle(id, to: "Vans", expecting: page.seen, by: amina, in: tx) }
                == "response.conflict_verifying",
            "a colleague's step is one, and is named though others went since"
        )
        let ahead = try await page.world.card(id).version + 1
        #expect(
            await page.refusal { tx in try Incident.retitle(id, to: "Vans", expecting: ahead, by: amina, in: tx) }
                != nil
        )
    }

    @Test("does not call off who was sent, said yes, arrived, wrote or left since, shown or not")
    func people() async throws {
        let page = try await Page()
        let (world, joao, timings) = (page.world, page.world.joao, page.world.timings)
        var version = page.seen
        func expect(_ key: String) async throws {
            #expect(await page.sign(version) == key)
            #expect(await page.sign(version, despiteReports: true) == key)
            version = try await world.card(page.id).version
        }
        _ = try await world.dispatch(page.id)
        try await expect("response.conflict_dispatched")
        let mine = try #require(try await world.current(joao)).assignment.id
        try await world.accept(mine, by: joao)
        try await expect("response.conflict_accepted")
        try await world.write { tx in try Assignment.onTheWay(mine, by: joao, in: tx) }
        try await world.write { tx in try Assignment.arrive(mine, by: joao, timings: timings, in: tx) }
        try await expect("response.conflict_on_scene")
        try await world.intake.observe(
            Observation.Filing(words: "They drag a man out"),
            of: page.id,
            submission: .once,
            by: joao
        )
        try await expect("response.conflict_observed")
        try await world.write { tx in try Assignment.done(mine, by: joao, in: tx) }
        try await page.join("b")
        #expect(await page.sign(version, despiteReports: true) == "response.conflict_left")
        version = try await world.card(page.id).version
        #expect(await page.sign(version) == nil)
    }

    @Test("does not close what is reported anew")
    func closing() async throws {
        let page = try await Page(.seen)
        let (id, amina) = (page.id, page.world.amina)
        try await page.join("b")
        #expect(
            await page.refusal { tx in try Incident.close(id, expecting: page.seen, by: amina, in: tx) }
                == "response.conflict_grew"
        )
        #expect(
            await page.refusal { tx in
                try Incident.close(id, expecting: page.seen, despiteReports: true, by: amina, in: tx)
            } == nil
        )
    }

    @Test("merges what grows, but not into an answer, and not over the heads of who was just sent")
    func merging() async throws {
        let page = try await Page()
        let (world, id, amina) = (page.world, page.id, page.world.amina)
        let open = try await world.incident(of: world.report(world.filing("Vans in a lot", at: World.pacoima)))
        let answered = try await world.incident(at: "wilmington")
        try await world.verify(answered, .filmShoot)
        func merge(with other: Ref<Incident>, at version: Int, despiteReports: Bool = false) async -> String? {
            await page.refusal { tx in
                try Incident.unite(
                    id,
                    with: other,
                    expecting: version,
                    despiteReports: despiteReports,
                    by: amina,
                    in: tx
                )
            }
        }
        try await page.join("b")
        #expect(await merge(with: answered, at: page.seen) == "response.conflict_grew")
        let shown = try await world.card(id).version
        _ = try await world.dispatch(id)
        #expect(await merge(with: answered, at: shown, despiteReports: true) == "response.conflict_dispatched")
        let fresh = try await world.card(id).version
        try await page.join("c")
        #expect(await merge(with: open, at: fresh) == nil)
        let grown = try await world.card(id).version
        #expect(await merge(with: answered, at: grown, despiteReports: true) == nil)
    }
}
