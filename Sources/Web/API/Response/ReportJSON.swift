// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Response
import Vault

/// A report as a program sends it.
struct ReportJSON: Decodable {
    private let kind: String?
    private let words: String?
    private let whereabouts: PlaceJSON?
    private let seenAt: String?
    private let language: String?
    private let salute: SaluteJSON?

    func filing(language preferred: String) throws -> ReportFiling {
        var problems: [String: Phrase] = [:]
        let filing = ReportFiling(
            kind: kind,
            words: words,
            whereabouts: whereabouts?.whereabouts(&problems) ?? Whereabouts(),
            seenAt: Instant.read(seenAt, "seen_at", &problems),
            salute: salute?.salute ?? Salute(),
            language: language.flatMap { $0.isEmpty ? nil : $0 } ?? preferred,
            channel: .api
        )
        if !problems.isEmpty { throw Refusal.invalid(problems) }
        return filing
    }

    private enum CodingKeys: String, CodingKey {
        case kind, words, language, salute
        case whereabouts = "where"
        case seenAt = "seen_at"
    }
}

/// Where, in words, as a place of the pack, or as a phone's position.
struct PlaceJSON: Decodable {
    private let text: String?
    private let place: String?
    private let latitude: Double?
    private let longitude: Double?

    func whereabouts(_ problems: inout [String: Phrase]) -> Whereabouts {
        guard latitude != nil || longitude != nil else { return Whereabouts(text: text, place: place) }
        guard let latitude, let longitude else {
            problems[latitude == nil ? "where.latitude" : "where.longitude"] = "problem.missing|This is missing."
            return Whereabouts()
        }
        let point = Point(latitude: latitude, longitude: longitude)
        if point == nil {
            problems["where"] = "api.not_on_earth|Latitude goes from -90 to 90, longitude from -180 to 180."
        }
        return Whereabouts(text: text, place: place, point: point)
    }
}

/// The six questions, all optional.
struct SaluteJSON: Codable {
    private let size: String?
    private let activity: String?
    private let location: String?
    private let uniform: String?
    private let time: String?
    private let equipment: String?

    init(_ salute: Salute) {
        (size, activity, location) = (salute.size, salute.activity, salute.location)
        (uniform, time, equipment) = (salute.uniform, salute.time, salute.equipment)
    }

    var salute: Salute {
        Salute(size: size, activity: activity, location: location, uniform: uniform, time: time, equipment: equipment)
    }
}

extension Instant {
    /// RFC 3339; nil where nothing was sent.
    static func read(_ text: String?, _ field: String, _ problems: inout [String: Phrase]) -> Instant? {
        guard let text else { return nil }
        let instant = Instant(iso8601: text)
        if instant == nil { problems[field] = "api.not_a_time|Write the time like 2026-11-22T16:05:00Z." }
        return instant
    }
}

extension Submission {
    /// A client's key makes twice sent once stored; without one every sending counts.
    init(_ request: Request, _ bytes: [UInt8]) {
        guard let key = request.headers[.idempotencyKey] else {
            self = .once
            return
        }
        self = .idempotencyKey(key, bodyHash: Fingerprint.sha256(bytes))
    }
}

extension Refusal {
    private static let paths = Dictionary(
        uniqueKeysWithValues: Salute.Field.allCases.map { ($0.rawValue, "salute.\($0.rawValue)") }
    )

    /// Runs a verb that files something, and names fields by their path in the body. A key that came with another body
    /// is the client's mistake (422), not two people taking the same step.
    static func inBody<T>(_ verb: () async throws -> T) async throws -> T {
        do {
            return try await verb()
        } catch let refusal as Refusal where refusal.kind == .conflict {
            throw Refusal(.invalid, refusal.message, fields: ["Idempotency-Key": refusal.message])
        } catch let refusal as Refusal where refusal.kind == .invalid {
            let fields = refusal.fields.map { (paths[$0.key] ?? $0.key, $0.value) }
            throw Refusal(.invalid, refusal.message, fields: Dictionary(fields) { first, _ in first })
        }
    }
}
