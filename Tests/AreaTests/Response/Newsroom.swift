// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging
@testable import Response

/// Carmen writes to the public; Ruth coordinates.
struct Newsroom {
    let world: World
    let carmen: Caller
    let standIn = StandIn()
    let post: Post

    init(rate: Double = 10_000) async throws {
        world = try await World()
        carmen = try await world.member(named: "Carmen", [.communicator])
        post = try await world.post(standIn, rate: rate)
    }

    func confirmed(_ filing: ReportFiling? = nil, _ finding: Verification.Finding = .seen) async throws -> Ref<Incident>
    {
        let id = try await world.incident(of: world.report(filing))
        try await world.verify(id, finding)
        return id
    }

    func draft(_ incident: Ref<Incident>, by caller: Caller? = nil) async throws -> Ref<Broadcast> {
        let caller = caller ?? carmen
        return try await world.database.write { tx in try Broadcast.draft(from: incident, by: caller, in: tx) }
    }

    @discardableResult
    func ask(_ id: Ref<Broadcast>, by caller: Caller? = nil) async throws -> Proposal {
        let caller = caller ?? carmen
        return try await world.database.write { tx in
            try Broadcast.ask(id, confirmed: Confirmation.scripted(caller, at: tx.now), by: caller, in: tx)
        }
    }

    func approve(_ proposal: Proposal, by caller: Caller? = nil) async throws {
        let caller = caller ?? world.ruth
        try await world.database.write { tx in
            _ = try Proposal.approve(
                proposal.id,
                confirmed: Confirmation.scripted(caller, at: tx.now),
                by: caller,
                in: tx
            )
        }
    }

    /// Written, approved and handed to Messaging.
    @discardableResult
    func sent(_ incident: Ref<Incident>) async throws -> Ref<Broadcast> {
        let id = try await draft(incident)
        try await approve(ask(id))
        return id
    }

    func does(_ verb: @escaping @Sendable (Ref<Broadcast>, Caller, Transaction) throws -> Void, _ id: Ref<Broadcast>)
        async throws
    {
        let carmen = carmen
        try await world.database.write { tx in try verb(id, carmen, tx) }
    }

    func detail(_ id: Ref<Broadcast>) async throws -> BroadcastDetail {
        let carmen = carmen
        return try await world.database.read { tx in
            try BroadcastDetail.load(id, by: carmen, Words(language: .english), in: tx)
        }
    }

    func phase(_ id: Ref<Broadcast>) async throws -> Broadcast.Phase { try await detail(id).phase }
    func unread(_ caller: Caller) async throws -> [Message.Kind] {
        try await world.database.read { tx in try Message.unread(for: caller.person, in: tx).map(\.kind) }
    }
    func texts(_ part: String) -> Int { standIn.words.count { $0.contains(part) } }
}
