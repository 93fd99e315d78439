// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support

/// Short words for what these tests do over and over.
extension World {
    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await database.write(body)
    }

    func incident(at place: String = "boyle-heights") async throws -> Ref<Incident> {
        try await write { [self] tx in
            try Incident.open(
                kind: .vehicles,
                title: "Two vans at the market",
                whereabouts: Whereabouts(place: place),
                by: amina,
                places: places,
                in: tx
            )
        }
    }

    func dispatch(
        _ incident: Ref<Incident>,
        role: Skill = .verifier,
        wanted: Int = 1,
        language: String? = nil,
        meeting: String? = nil,
        by caller: Caller? = nil
    ) async throws -> Ref<Dispatch> {
        try await write { [self] tx in
            try Dispatch.open(
                incident,
                role: role,
                wanted: wanted,
                language: language,
                meeting: meeting,
                by: caller ?? amina,
                timings: timings,
                places: places,
                in: tx
            )
        }
    }

    /// Moves the clock and lets every job that fell due run.
    func pass(_ duration: Duration) async throws {
        clock.advance(by: duration)
        while try await worker.runDue() > 0 {}
    }

    func state(of id: Ref<Dispatch>) async throws -> Dispatch {
        try await database.read { tx in try Dispatch.find(id, in: tx) }
    }

    func assignments(of incident: Ref<Incident>) async throws -> [Assignment] {
        try await database.read { tx in try Assignment.all(of: incident, in: tx) }
    }

    /// The caller's offer, or where they are now.
    func current(_ caller: Caller) async throws -> MyAssignment? {
        try await database.read { tx in try MyAssignment.current(for: caller, in: tx) }
    }

    func accept(_ id: Ref<Assignment>, by caller: Caller) async throws {
        try await write { tx in try Assignment.accept(id, by: caller, in: tx) }
    }

    func told(_ caller: Caller) async throws -> [Message.Kind] {
        try await database.read { tx in try Message.unread(for: caller.person, in: tx).map(\.kind) }
    }

    func events(of incident: Ref<Incident>, _ kind: String) async throws -> [Event] {
        try await database.read { tx in try Event.about(incident.text, in: tx).filter { $0.kind == kind } }
    }
}
