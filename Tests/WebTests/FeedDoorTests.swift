// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import NIOCore
import NIOPosix
import Response
import Support
import Synchronization
import Testing
import Vault

@testable import Web

@Suite("The public feeds")
struct FeedDoorTests {
    /// Where the one alert is.
    private func alert(_ door: Door) async throws -> String {
        let index = try await door.get("/feeds/cap.atom")
        let start = try #require(index.text.firstRange(of: "href=\"/feeds/cap/"))
        return "/feeds/cap/" + index.text[start.upperBound...].prefix(36)
    }

    private func confirmed() async throws -> Door {
        let door = try await Door()
        _ = try await door.post("/api/v1/reports", json: Sample.report(door))
        try await door.answer(.confirmed)
        return door
    }

    @Test("An incident keeps its entry when the answer changes, and no word of a report is in it")
    func status() async throws {
        let door = try await confirmed()
        let first = try await door.get("/feeds/status.en.atom")
        #expect(first.status == 200)
        #expect(first.headers[.contentType] == "application/atom+xml; charset=utf-8")
        let id = try #require(first.text.firstMatch(of: #/<id>(urn:uuid:[0-9a-f-]{36})</id>/#)).output.1
        #expect(first.text.contains("term=\"confirmed\""))
        #expect(!first.text.contains("vans"))
        let tag = try #require(first.headers[.eTag])
        #expect(try await door.get("/feeds/status.en.atom", [.ifNoneMatch: tag]).status == 304)
        let now = door.world.clock.now
        door.world.clock.advance(by: .minutes(3))
        // Outside it goes by a name that doesn't tell when it began.
        let incident = try #require(
            await door.world.database.read { tx in try tx.one(Ref<Incident>.self, "SELECT id FROM incidents") }
        )
        #expect(id.dropFirst(9) != incident.text)
        let (amina, timings) = (door.world.amina, door.world.timings)
        let finding = Verification.Finding(
            .notEnforcement,
            level: .onScene,
            how: .onScene,
            witness: try await door.world.stoodThere(incident),
            explanation: Explanation("A <b>film</b> crew & \"more\"", in: "en")
        )
        try await door.world.database.write { tx in
            _ = try Incident.verify(incident, finding: finding, by: amina, timings: timings, in: tx)
        }
        let second = try await door.get("/feeds/status.en.atom")
        #expect(second.text.contains("<id>\(id)</id>"))
        #expect(second.text.contains("term=\"not_enforcement\""))
        #expect(second.text.contains("Correction"))
        #expect(second.text.contains("A &lt;b&gt;film&lt;/b&gt; crew &amp; &quot;more&quot;"))
        #expect(second.text.contains("<published>\(now.iso8601)</published>"))
        #expect(try await door.get("/feeds/status.es.atom").text.contains("xml:lang=\"es\""))
        #expect(try await door.get("/feeds/status.xx.atom").status == 404)
    }

    @Test("An alert is signed, never changes under its name, and one that nobody sent is not there")
    func signed() async throws {
        let door = try await confirmed()
        let path = try await alert(door)
        let xml = try await door.get("\(path).xml")
        #expect(xml.headers[.contentType] == "application/cap+xml; charset=utf-8")
        let note = try #require(AlertNote(try await door.get("\(path).sig").text))
        #expect(note.fits(Array(xml.text.utf8)))
        #expect(note.verifier == (try AlertNote.verifier(of: door.world.keys.opened())))
        door.world.clock.advance(by: .minutes(40))
        #expect(try await door.get("\(path).xml").text == xml.text)
        #expect(try await door.get("/feeds/cap/\(Ref<PublicNotice>.new()).xml").status == 404)
        #expect(try await door.get("/feeds/cap/%2e%2e.xml").status == 404)
    }

    @Test("While the instance is locked the alert goes out, and its signature follows")
    func locked() async throws {
        let door = try await Door()
        _ = try await door.post("/api/v1/reports", json: Sample.report(door))
        try await door.answer(.confirmed)
        let root = Secret.random()
        door.world.keys.lock()
        let path = try await alert(door)
        let before = try await door.get("\(path).xml")
        #expect(before.status == 200)
        #expect(try await door.get("\(path).sig").status == 404)
        door.world.keys.unlock(with: root)
        door.world.clock.advance(by: .minutes(1))
        #expect(try await door.get("\(path).xml").text == before.text)
        #expect(AlertNote(try await door.get("\(path).sig").text)?.fits(Array(before.text.utf8)) == true)
    }

    @Test("Who pastes an alert learns whether we sent it, and whether it still holds")
    func verify() async throws {
        let door = try await confirmed()
        let path = try await alert(door)
        let xml = try await door.get("\(path).xml").text
        // A text field sends CR LF, and loses the last line end.
        let pasted = String(xml.dropLast()).replacing("\n", with: "\r\n")
        let right = try await door.post("/verify", form: [("alert", pasted)])
        #expect(right.text.contains("Yes, we sent this"))
        let wrong = try await door.post("/verify", form: [("alert", pasted.replacing("Observed", with: "Likely"))])
        #expect(wrong.text.contains("We do not know this alert"))
        let signature = try await door.get("\(path).sig").text
        let forged = try await door.post(
            "/verify",
            form: [("alert", pasted.replacing("Observed", with: "Likely")), ("signature", signature)]
        )
        #expect(forged.text.contains("The signature does not fit"))
        let foreign = try AlertNote.sign(Array("<?xml?>\n".utf8), with: InstanceKeys.fleeting().opened()).note
        let other = try await door.post("/verify", form: [("alert", "<?xml?>"), ("signature", foreign)])
        #expect(other.text.contains("not with the key we use now"))
        let empty = try await door.post("/verify", form: [("alert", ""), ("signature", "vecinos alert 1 typed")])
        #expect(empty.status == 422 && empty.text.contains("vecinos alert 1 typed"))
    }

    @Test("Others may frame the strip and nothing else; it has no script and sets no cookie")
    func strip() async throws {
        let door = try await confirmed()
        let strip = try await door.get("/embed/strip/es?lang=en")
        #expect(strip.status == 200)
        #expect(strip.headers[.contentSecurityPolicy]?.contains("frame-ancestors *") == true)
        #expect(strip.headers[.crossOriginResourcePolicy] == "cross-origin")
        #expect(!strip.text.contains("<script"))
        #expect(strip.text.contains("lang=\"es\""))
        for path in ["/embed", "/now", "/verify", "/", "/embed/strip/xx"] {
            let page = try await door.get(path)
            #expect(page.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true, "\(path)")
            #expect(page.headers[.crossOriginResourcePolicy] == "same-origin", "\(path)")
        }
    }

    @Test("/now reloads by itself only for who asks")
    func reload() async throws {
        let door = try await Door()
        #expect(try await door.get("/now").headers[.refresh] == nil)
        #expect(try await door.get("/now?every=1").headers[.refresh] == "60")
    }

    @Test("Every link of the mirror leads to a file of it, and nothing in it needs a server")
    func mirror() async throws {
        let door = try await confirmed()
        let files = try await Mirror(site: door.site).files()
        let paths = Set(files.map(\.path))
        #expect(paths.count == files.count)
        for path in ["index.html", "en/index.html", "es/now.html", "en/rights/home.html", "es/by-phone.html"] {
            #expect(paths.contains(path), "\(path)")
        }
        for file in files where file.path.hasSuffix(".html") || file.path.hasSuffix(".atom") {
            let text = String(decoding: file.bytes, as: UTF8.self)
            for match in text.matches(of: #/ (?:href|src|action)="([^"]*)"/#) {
                let link = String(match.output.1.prefix { $0 != "#" })
                guard !link.isEmpty, !link.contains(":") else { continue }
                let from = URL(filePath: "/mirror/\(file.path)").deletingLastPathComponent()
                let target = from.appending(path: link).standardizedFileURL.path
                #expect(paths.contains(String(target.dropFirst("/mirror/".count))), "\(file.path): \(link)")
            }
            #expect(!text.contains(" data-relative"), "\(file.path): an age stands still in a file")
            #expect(!text.contains("method=\"post\""), "\(file.path)")
            #expect(!text.contains("/now/stream"), "\(file.path)")
        }
        let now = try #require(files.first { $0.path == "en/now.html" })
        #expect(String(decoding: now.bytes, as: UTF8.self).contains("This is a copy from"))
    }
}

@Suite("The stream of /now")
struct NowStreamTests {
    /// Somebody who listens, on an event loop of their own.
    private final class Listener: Sendable {
        let heard = Mutex<[String]>([])
        let loop = MultiThreadedEventLoopGroup.singleton.any()

        func join(_ hub: NowHub, since cursor: String?, language: String = "en", isFramed: Bool = false) async throws
            -> Int?
        {
            let loop = loop
            return try await loop.submit { [self] in
                let listener = NowHub.Listener(language: language, isFramed: isFramed) { bytes in
                    self.heard.withLock { $0.append(String(buffer: bytes)) }
                } end: {
                }
                guard let (ticket, first) = hub.join(listener, since: cursor, on: loop) else { return nil }
                self.heard.withLock { $0.append(String(buffer: first)) }
                return ticket
            }.get()
        }

        /// What was told so far; everything that was under way has come.
        func all() async throws -> String {
            try await loop.submit {}.get()
            return heard.withLock { $0.joined() }
        }
    }

    @Test("A change is told to all in their language, with what changed and nothing of the report")
    func change() async throws {
        let door = try await Door()
        let hub = door.site.liveNow
        await hub.look(door.site)
        let (english, spanish) = (Listener(), Listener())
        _ = try await english.join(hub, since: hub.cursor)
        _ = try await spanish.join(hub, since: hub.cursor, language: "es")
        #expect(hub.streams == 2)
        _ = try await door.post("/api/v1/reports", json: Sample.report(door))
        try await door.answer(.confirmed)
        await hub.look(door.site)
        let told = try await english.all()
        #expect(told.contains("event: change"))
        #expect(told.contains("Confirmed, happening now"))
        #expect(!told.contains("vans"))
        #expect(!told.contains("resync"))
        #expect(try await spanish.all().contains("Confirmado"))
    }

    @Test("Who comes back hears what they missed; who was away too long, or speaks of another server, reads anew")
    func resume() async throws {
        let door = try await Door()
        let hub = door.site.liveNow
        await hub.look(door.site)
        let steady = Listener()
        _ = try await steady.join(hub, since: nil)
        let before = hub.cursor
        _ = try await door.post("/api/v1/reports", json: Sample.report(door))
        try await door.answer(.confirmed)
        await hub.look(door.site)
        let back = Listener()
        _ = try await back.join(hub, since: before)
        #expect(try await back.all().contains("event: change"))
        let current = Listener()
        _ = try await current.join(hub, since: hub.cursor)
        let quiet = try await current.all()
        #expect(!quiet.contains("event:"))
        for old in ["other-1", "", "x", "\(before)9", "-", "\(before.prefix(4))-99999999999999999999"] {
            let lost = Listener()
            _ = try await lost.join(hub, since: old)
            #expect(try await lost.all().contains("event: resync"), "\(old)")
        }
    }

    @Test("On a connection of its own a message is one chunk of HTTP, of the same bytes")
    func framed() async throws {
        let door = try await Door()
        let hub = door.site.liveNow
        await hub.look(door.site)
        let (plain, framed) = (Listener(), Listener())
        _ = try await plain.join(hub, since: hub.cursor)
        _ = try await framed.join(hub, since: hub.cursor, isFramed: true)
        _ = try await door.post("/api/v1/reports", json: Sample.report(door))
        try await door.answer(.confirmed)
        await hub.look(door.site)
        _ = try await (plain.all(), framed.all())
        let (message, chunk) = (plain.heard.withLock { $0.last ?? "" }, framed.heard.withLock { $0.last ?? "" })
        #expect(message.contains("event: change"))
        #expect(chunk == "\(String(message.utf8.count, radix: 16))\r\n\(message)\r\n")
    }

    @Test("Who listens while the database is away is told that nobody knows, once, and to read anew when it is back")
    func stale() async throws {
        let door = try await Door()
        let hub = door.site.liveNow
        await hub.look(door.site)
        let (early, late) = (Listener(), Listener())
        _ = try await early.join(hub, since: hub.cursor)
        func rename(_ from: SQL, _ to: SQL) async throws {
            _ = try await door.world.database.write { tx in try tx.run("ALTER TABLE " + from + " RENAME TO " + to) }
        }
        try await rename("incidents", "away")
        door.world.clock.advance(by: .minutes(1))
        await hub.look(door.site)
        await hub.look(door.site)
        _ = try await late.join(hub, since: hub.cursor)
        try await rename("away", "incidents")
        await hub.look(door.site)
        for listener in [early, late] {
            let events = try await listener.all().split(separator: "\n").filter { $0.hasPrefix("event: ") }
            #expect(events.prefix(2) == ["event: stale", "event: resync"])
        }
    }

    @Test("There are so many streams and no more, and who leaves makes room")
    func limit() async throws {
        let door = try await Door()
        let hub = door.site.liveNow
        hub.admit(1)
        let (first, second) = (Listener(), Listener())
        let ticket = try #require(try await first.join(hub, since: nil))
        #expect(try await second.join(hub, since: nil) == nil)
        try await first.loop.submit { hub.leave(ticket, on: first.loop) }.get()
        #expect(hub.streams == 0)
        #expect(try await second.join(hub, since: nil) != nil)
    }
}
