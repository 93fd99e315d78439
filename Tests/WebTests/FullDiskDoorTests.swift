// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Response
import Support
import Testing
import Vault

@testable import Web

/// The database of these tests has room: what is full is the disk under the keys and the files.
@Suite("A full disk, seen from outside", .serialized, .enabled(if: geteuid() == 0))
struct FullDiskDoorTests {
    @Test("When no shred key can be made the form comes back as it was typed, and is taken once there is room")
    func shredKeys() async throws {
        let door = try await Door()
        guard let disk = SmallDisk(megabytes: 1) else { return }
        defer { disk.detach() }
        door.world.database.companions.attach(try Shredder(file: "\(disk.folder)/shred.keys"))
        disk.fill()
        let token = FormToken.issue(for: ReportDraft.purpose, at: door.site.now, keys: door.site.keys)
        let form = [
            ("kind", "vehicles"), ("place", "1st and Soto"), ("words", "Two grey vans, since noon"), ("step", "when"),
            ("_token", token),
        ]
        let refused = try await door.post("/report?lang=en", form: form)
        #expect(refused.status == 503)
        #expect(refused.text.contains("Two grey vans, since noon") && refused.text.contains(token))
        let body = #"{"kind":"vehicles","words":"Two grey vans","where":{"text":"1st and Soto"}}"#
        let problem = try await door.post("/api/v1/reports", json: body)
        #expect(problem.status == 503 && problem.isProblem)
        #expect(try await count(door) == 0)

        disk.empty()
        #expect(try await door.post("/report?lang=en", form: form).status == 200)
        #expect(try await count(door) == 1)
    }

    @Test("Every file of keys that the disk refuses is said like a database that can't save")
    func keyFiles() throws {
        guard let disk = SmallDisk(megabytes: 1) else { return }
        defer { disk.detach() }
        disk.fill()
        let lockbox = Lockbox(folder: "\(disk.folder)/keys")
        let error = #expect(throws: KeyFile.Problem.self) { try lockbox.keepRootFile(Secret.random()) }
        let thrown = try #require(error)
        #expect(Site.plain(thrown) as? Refusal == .storage)
        #expect(Site.isAway(thrown))
    }

    private func count(_ door: Door) async throws -> Int {
        try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM reports") }
    }
}
