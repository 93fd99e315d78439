// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Messaging
import NIOCore
import People
import Response
import Support
import Testing

@testable import Web

@Suite("The board, through the door")
struct BoardDoorTests {
    @Test("its stream brings each member what they alone are told, and everybody who serves")
    func stream() async throws {
        let door = try await Door()
        let (world, hub) = (door.world, door.site.board)
        let t = door.site.library.words("en")
        let streams = [
            try await hub.open(.board, world.ruth, t, csrf: "r", door.site),
            try await hub.open(.board, world.amina, t, csrf: "a", door.site),
        ]
        await hub.send(door.site)
        let incident = try await door.incident()
        try await world.database.write { tx in
            try Message.tell(
                world.ruth.person,
                .coordinatorPaged,
                about: incident,
                key: "dispatch:x:1",
                expires: .hours(1),
                in: tx
            )
        }
        await hub.send(door.site)
        let shift = try await world.database.write { tx in
            try Shift.plan(
                world.lupe.person,
                as: .observer,
                from: tx.now,
                to: tx.now + .hours(2),
                by: world.lupe,
                in: tx
            )
        }
        try await world.database.write { tx in try Shift.start(shift, by: world.lupe, in: tx) }
        await hub.send(door.site)
        let told = try #require(
            try await world.database.read { tx in try Message.unread(for: world.ruth.person, in: tx).first }
        )
        try await world.database.write { tx in try Message.acknowledge(told.id, by: world.ruth, in: tx) }
        await hub.send(door.site)
        hub.dismissAll()

        var texts: [String] = []
        for stream in streams {
            var text = ""
            for await bytes in stream { text += String(buffer: bytes) }
            texts.append(text)
        }
        func events(_ name: String, _ text: String) -> [String] {
            text.components(separatedBy: "\n\n").filter { $0.contains("event: \(name)\n") }
        }
        let hers = events("messages", texts[0])
        #expect(hers.count == 3, "at the beginning, told, seen")
        #expect(hers.dropFirst().first?.contains(told.id.text) == true)
        #expect(hers.dropFirst().first?.contains("Nobody could be found") == true)
        #expect(hers.last?.contains("\"ids\":[]") == true)
        #expect(events("messages", texts[1]).allSatisfy { !$0.contains("Nobody could be found") })
        for text in texts { #expect(events("people", text).last?.contains("Lupe") == true) }
    }
}
