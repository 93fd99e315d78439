// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Response
import Support
import Testing

@Suite("What the public was told")
struct PublicNoticeTests {
    private func told(_ world: World) async throws -> [PublicNotice] {
        try await world.database.read { tx in try PublicNotice.since(tx.now - .days(60), exercises: false, in: tx) }
    }

    @Test("Nothing before an answer; a confirmation is an alert, its review and its end are updates of it")
    func chain() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        #expect(try await told(world).isEmpty)
        try await world.verify(id, .seen)
        world.clock.advance(by: .minutes(10))
        let (amina, timings) = (world.amina, world.timings)
        try await world.database.write { tx in try Incident.review(id, by: amina, timings: timings, in: tx) }
        world.clock.advance(by: .minutes(10))
        try await world.database.write { tx in try Incident.over(id, by: amina, in: tx) }
        let notices = try await told(world)
        #expect(notices.map(\.act) == [.alert, .update, .update])
        let first = try #require(notices.first)
        #expect(notices.allSatisfy { $0.chain == first.id })
        #expect(notices.map(\.item.isOver) == [false, false, true])
        #expect(Set(notices.map(\.id)).count == 3)
    }

    @Test("One person's photo is not public, and no alert; the second person's word makes it one")
    func twoKeys() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .pictured, by: world.amina)
        #expect(try await told(world).isEmpty)
        try await world.verify(id, .pictured, by: world.ruth)
        #expect(try await told(world).map(\.act) == [.alert])
    }

    @Test("What was never an alert is told, and not cancelled")
    func falseAlarm() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .filmShoot)
        let notices = try await told(world)
        #expect(notices.map(\.act) == [.told])
        #expect(notices.allSatisfy { !$0.isAlert })
    }

    @Test("A correction cancels the alert; confirmed again, it is a new one")
    func correction() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .minutes(1))
        try await world.verify(id, .filmShoot)
        world.clock.advance(by: .minutes(1))
        try await world.verify(id, .seen)
        let notices = try await told(world)
        #expect(notices.map(\.act) == [.alert, .cancel, .alert])
        #expect(notices[1].chain == notices[0].id)
        #expect(notices[2].chain == notices[2].id)
    }

    @Test("What ends by itself is told; closing what is over tells nothing new")
    func quiet() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .hours(4))
        try await world.worker.runDue()
        #expect(try await told(world).map(\.act) == [.alert, .update])
        let amina = world.amina
        try await world.database.write { tx in try Incident.close(id, by: amina, in: tx) }
        #expect(try await told(world).map(\.act) == [.alert, .update])
    }

    @Test("Exercises are told to nobody but a demonstration")
    func exercises() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report(world.filing(isExercise: true)))
        try await world.verify(id, .seen)
        #expect(try await told(world).isEmpty)
        let shown = try await world.database.read { tx in
            try PublicNotice.since(tx.now - .days(1), exercises: true, in: tx)
        }
        #expect(shown.map(\.item.isExercise) == [true])
    }

    @Test("After a month the text is gone, and how many alerts there were stays")
    func forgotten() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .days(31))
        let timings = world.timings
        try await world.database.write { tx in _ = try Retention.purge(timings: timings, in: tx) }
        #expect(try await told(world).isEmpty)
        let counts = try await world.database.read { tx in try Retention.counts(in: tx) }
        #expect(counts.filter { $0.what == "alerts" }.map(\.count) == [1])
    }
}

@Suite("Alerts as the Common Alerting Protocol says them")
struct CAPTests {
    /// All the alerts of one story, published as the server does.
    private func published(_ world: World) async throws -> [String] {
        let publisher = CAP.Publisher(
            sender: "vecinos@example.org",
            name: { _ in "<b>Neighbors & \"friends\"" },
            address: "https://example.org",
            hotline: "(213) 555-0100",
            places: world.places,
            words: [Words(language: .english), Words(language: .spanish)]
        )
        return try await world.database.write { tx in
            try PublicNotice.waiting(signed: false, in: tx).map { notice in
                let xml = CAP(notice, after: try notice.earlier(in: tx), by: publisher).xml
                try notice.publish(xml.bytes, from: publisher.sender, in: tx)
                return xml.string
            }
        }
    }

    private func value(_ name: String, _ xml: String) -> String? {
        xml.firstRange(of: "<\(name)>").flatMap { open in
            xml[open.upperBound...].firstRange(of: "</\(name)>").map { String(xml[open.upperBound..<$0.lowerBound]) }
        }
    }

    @Test("Seen is observed, shown by a picture is likely")
    func certainty() async throws {
        let world = try await World()
        let seen = try await world.incident(of: world.report())
        try await world.verify(seen, .seen)
        let first = try #require(await published(world).first)
        #expect(value("certainty", first) == "Observed")
        #expect(value("msgType", first) == "Alert")
        #expect(value("status", first) == "Actual")
        #expect(value("urgency", first) == "Immediate")
        #expect(value("references", first) == nil)
        #expect(value("senderName", first) == "&lt;b&gt;Neighbors &amp; &quot;friends&quot;")
        let other = try await world.incident(of: world.report(world.filing("At a door", at: World.pacoima)))
        try await world.verify(other, .pictured, by: world.amina)
        try await world.verify(other, .pictured, by: world.ruth)
        #expect(value("certainty", try #require(await published(world).first)) == "Likely")
    }

    @Test("Nothing is clear when nobody can say any more what is so")
    func unable() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .minutes(5))
        try await world.verify(id, Verification.Finding(.unable, level: .onScene, how: .onScene))
        let last = try #require(await published(world).last)
        #expect(value("msgType", last) == "Cancel")
        #expect(value("responseType", last) == "Assess")
        #expect(value("urgency", last) == "Unknown")
    }

    @Test("An update and a cancellation name the alerts that they change, by sender, identifier and time")
    func references() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .minutes(5))
        let (amina, timings) = (world.amina, world.timings)
        try await world.database.write { tx in try Incident.review(id, by: amina, timings: timings, in: tx) }
        world.clock.advance(by: .minutes(5))
        try await world.verify(id, .filmShoot)
        let alerts = try await published(world)
        #expect(alerts.map { value("msgType", $0) } == ["Alert", "Update", "Cancel"])
        let names = alerts.map { xml in
            [value("sender", xml), value("identifier", xml), value("sent", xml)].compactMap(\.self).joined(
                separator: ","
            )
        }
        #expect(value("references", alerts[1]) == names[0])
        #expect(value("references", alerts[2]) == "\(names[0]) \(names[1])")
        #expect(value("certainty", alerts[2]) == "Unlikely")
        #expect(value("responseType", alerts[2]) == "AllClear")
        #expect(value("urgency", alerts[2]) == "Past")
        #expect(names.allSatisfy { $0.hasSuffix("-00:00") && !$0.contains(" ") })
    }

    @Test("The area is no finer than a neighborhood, closed, and latitude comes first")
    func area() async throws {
        let world = try await World()
        try await world.verify(world.incident(of: world.report()), .seen)
        let alert = try #require(await published(world).first)
        let ring = try #require(value("polygon", alert)).split(separator: " ")
        #expect(ring.count == 7)
        #expect(ring.first == ring.last)
        #expect(ring.allSatisfy { $0.hasPrefix("3") && $0.contains(",-118.") })
        #expect(!alert.contains("34.0415"))
    }

    @Test("It says when it is a drill")
    func drill() async throws {
        let world = try await World()
        try await world.verify(world.incident(of: world.report(world.filing(isExercise: true))), .seen)
        let alert = try #require(await published(world).first)
        #expect(value("status", alert) == "Exercise")
        #expect(value("note", alert)?.contains("drill") == true)
    }

    @Test("Both languages are there, and only of what was confirmed comes an alert")
    func languages() async throws {
        let world = try await World()
        try await world.verify(world.incident(of: world.report()), .filmShoot)
        #expect(try await published(world).isEmpty)
        let other = try await world.incident(of: world.report(world.filing("At a door", at: World.pacoima)))
        try await world.verify(other, .seen)
        let alert = try #require(await published(world).first)
        #expect(alert.contains("<language>en-US</language>"))
        #expect(alert.contains("<language>es-US</language>"))
    }
}
