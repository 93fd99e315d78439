// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Response

/// What is publicly known, as GeoJSON (RFC 7946): one cell about as big as a neighborhood for each thing that was
/// checked today. The counts stand in a foreign member, `vecinos`.
struct StatusAPI {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let status = try await site.status.current().value
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = ByteBuffer(bytes: try encoder.encode(StatusJSON(status, site, context.t)))
        let headers: HTTPFields = [
            .contentType: "application/geo+json", .cacheControl: "public, max-age=15",
            .contentLanguage: context.t.language.code, .vary: "Accept-Language, Cookie",
        ]
        return .tagged(bytes, headers: headers, for: request)
    }
}

private struct StatusJSON: Encodable {
    struct Counts: Encodable {
        let confirmed: Int
        let falseToday: Int
        let over: Int
        let unable: Int
        /// How many incidents are being looked into, in fives; not which. Left out under five.
        let checking: Int?
        let updatedAt: String?

        private enum CodingKeys: String, CodingKey {
            case confirmed, over, unable, checking
            case falseToday = "false_today"
            case updatedAt = "updated_at"
        }
    }

    let type = "FeatureCollection"
    let features: [FeatureJSON]
    let vecinos: Counts

    init(_ status: PublicStatus, _ site: Site, _ t: Words) {
        features = (status.confirmed + status.falseToday + status.over + status.unable).map { FeatureJSON($0, site, t) }
        vecinos = Counts(
            confirmed: status.counts.confirmed,
            falseToday: status.counts.falseToday,
            over: status.counts.over,
            unable: status.counts.unable,
            checking: status.checkingCount,
            updatedAt: status.updatedAt?.iso8601
        )
    }
}

private struct FeatureJSON: Encodable {
    struct Properties: Encodable {
        let kind: String
        let label: String
        let truth: String
        let over: Bool
        let zone: String?
        let place: String
        let cell: String?
        let firstSeen: String
        let answeredAt: String
        let expiresAt: String?
        let explanation: String?
        let how: String?
        let level: String
        /// In fives; none below.
        let reports: Int?
        let exercise: Bool

        private enum CodingKeys: String, CodingKey {
            case kind, label, truth, over, zone, place, cell, explanation, how, level, reports, exercise
            case firstSeen = "first_seen"
            case answeredAt = "answered_at"
            case expiresAt = "expires_at"
        }
    }

    struct Polygon: Encodable {
        let type = "Polygon"
        let coordinates: [[[Double]]]
    }

    let id: String
    let type = "Feature"
    /// Null where nobody knows the neighborhood, or where the place is too big to be shown as one.
    let geometry: Polygon?
    let properties: Properties

    init(_ item: PublicStatus.Item, _ site: Site, _ t: Words) {
        let cell = item.cell(in: site.places)
        id = item.name
        geometry = cell.map { Polygon(coordinates: [Self.ring($0, site.places.grid)]) }
        properties = Properties(
            kind: item.kind.rawValue,
            label: t(item.kind.label),
            truth: item.truth.rawValue,
            over: item.isOver,
            zone: item.zone,
            place: site.placeName(item.zone, t),
            cell: cell?.text,
            firstSeen: item.firstSeenAt.iso8601,
            answeredAt: item.answeredAt.iso8601,
            expiresAt: item.expiresAt?.iso8601,
            explanation: item.explanation?.text(in: t.language.code),
            how: item.how?.rawValue,
            level: item.level.name,
            reports: item.reports,
            exercise: item.isExercise
        )
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(type, forKey: .type)
        // GeoJSON wants the member even where it is null.
        try container.encode(geometry, forKey: .geometry)
        try container.encode(properties, forKey: .properties)
    }

    private enum CodingKeys: String, CodingKey { case id, type, geometry, properties }

    /// Longitude before latitude, counterclockwise, closed, to a metre.
    private static func ring(_ cell: Cell, _ grid: Grid) -> [[Double]] {
        let corners = cell.corners(in: grid).map { [rounded($0.longitude), rounded($0.latitude)] }
        return corners + corners.prefix(1)
    }

    private static func rounded(_ degrees: Double) -> Double { (degrees * 100_000).rounded() / 100_000 }
}
