// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching
import People
import Response
import Vault

/// Everything about one incident. What is sealed stands in `opened` only where the caller's keys open it; `seal` says
/// open, locked, not_for_you or damaged.
struct IncidentJSON: Encodable {
    let incident: CardJSON
    let title: String?
    /// Where those who are asked or going meet, while the caller's keys are open.
    let meeting: String?
    let reports: [Filed]
    let suggestions: [Similar]
    let verifications: [Found]
    let dispatches: [DispatchJSON]
    let assignments: [Sent]
    let observations: [Observed]
    let timeline: [Happened]
    /// For `before`: older lines of the timeline; none on its last page.
    let next: Int?

    init(_ detail: IncidentDetail, _ site: Site, _ t: Words) {
        let name = { (person: Ref<Person>) in detail.handles[person] ?? "" }
        incident = CardJSON(detail.card, site, t)
        title = detail.words?.content?.title
        meeting = detail.meetsAt?.content?.text
        reports = detail.reports.map { Filed($0, t) }
        suggestions = detail.suggestions.map { Similar($0, t) }
        verifications = detail.verifications.map { Found($0, name($0.verification.person), t) }
        dispatches = detail.dispatches.map { DispatchJSON($0, t) }
        assignments = detail.assignments.map { Sent($0, name($0.person), $0.seeker.map(name), t) }
        observations = detail.observations.map { Observed($0, name($0.observation.person)) }
        timeline = detail.timeline.map { Happened($0, detail.handles) }
        next = detail.olderLines > 0 ? detail.timeline.first.map { Int($0.id) } : nil
    }

    struct Filed: Encodable {
        let id: String
        let kind: String
        let channel: String
        let language: String
        let state: String
        let receivedAt: String
        /// Why it belongs to this incident.
        let why: [String]
        /// How well it fitted, 0 to 1, where the machine decided.
        let score: Double?
        /// It would not have been enough by itself, and went along with what several people told.
        let followed: Bool
        let files: [File]
        let seal: String
        let opened: Words?

        struct Words: Encodable {
            let words: String?
            let place: Place
            let seenAt: String
            let salute: SaluteJSON

            private enum CodingKeys: String, CodingKey {
                case words, salute
                case place = "where"
                case seenAt = "seen_at"
            }
        }

        struct Place: Encodable {
            let text: String?
            let place: String?
            let latitude: Double?
            let longitude: Double?
        }

        init(_ entry: IncidentDetail.ReportEntry, _ t: Kit.Words) {
            id = entry.report.id.text
            kind = entry.report.kind.rawValue
            channel = entry.report.channel.rawValue
            language = entry.report.language
            state = entry.report.state.rawValue
            receivedAt = entry.report.receivedAt.iso8601
            why = (entry.reasons + [entry.why.threshold].compactMap(\.self)).map { t($0) }
            score = entry.why.score
            followed = entry.why.ground == .follows
            files = entry.files.map { File($0) }
            seal = entry.words.seal
            opened = entry.words.content.map { content in
                let place = content.whereabouts
                return Words(
                    words: content.words,
                    place: Place(
                        text: place.text,
                        place: place.place,
                        latitude: place.point?.latitude,
                        longitude: place.point?.longitude
                    ),
                    seenAt: content.seenAt.iso8601,
                    salute: SaluteJSON(content.salute)
                )
            }
        }

        private enum CodingKeys: String, CodingKey {
            case id, kind, channel, language, state, why, score, followed, files, seal, opened
            case receivedAt = "received_at"
        }
    }

    /// A photo: what it is and its hash; the picture itself is at /board/files/{id}.
    struct File: Encodable {
        let id: String
        let mediaType: String
        let size: Int
        let sha256: String

        init(_ file: EvidenceFile) {
            id = file.id.text
            mediaType = file.mediaType.rawValue
            size = file.size
            sha256 = Fingerprint.hex(file.sha256)
        }

        private enum CodingKeys: String, CodingKey {
            case id, size, sha256
            case mediaType = "media_type"
        }
    }

    struct Similar: Encodable {
        let id: String
        let score: Double
        /// Why they may be the same.
        let why: [String]
        /// Why they were not put together.
        let whyNot: String?

        init(_ entry: IncidentDetail.SuggestionEntry, _ t: Kit.Words) {
            id = entry.card.id.text
            score = (entry.score * 1_000).rounded() / 1_000
            why = entry.why.words.map { t($0) }
            whyNot = entry.why.whyNot.map { t($0) }
        }

        private enum CodingKeys: String, CodingKey {
            case id, score, why
            case whyNot = "why_not"
        }
    }

    struct Found: Encodable {
        let id: String
        let by: String
        let truth: String
        let level: String
        let how: String
        /// The assignment of whoever was there.
        let witness: String?
        let explanation: String?
        let at: String
        /// The exact text that was signed, and whether the signature fits the member's key.
        let statement: String
        let signature: String
        let signed: Bool
        let seal: String?
        let note: String?

        init(_ entry: IncidentDetail.VerificationEntry, _ handle: String, _ t: Kit.Words) {
            let found = entry.verification
            (id, by, truth) = (found.id.text, handle, found.truth.rawValue)
            (level, how) = (found.level.name, found.how.rawValue)
            witness = found.witness?.text
            explanation = found.explanation?.text(in: t.language.code)
            at = found.at.iso8601
            statement = found.statement
            signature = Base64URL.text(found.signature)
            signed = entry.isSigned
            seal = entry.note?.seal
            note = entry.note?.content
        }
    }

    struct Sent: Encodable {
        let id: String
        let who: String
        let role: String
        let state: String
        let offeredAt: String
        let missedCheckIns: Int
        /// Who tries to reach them while they are silent, and since when.
        let soughtBy: String?
        let soughtAt: String?
        /// Why they were asked.
        let why: [String]

        init(_ assignment: Assignment, _ handle: String, _ seeker: String?, _ t: Kit.Words) {
            (id, who, role) = (assignment.id.text, handle, assignment.role.rawValue)
            state = assignment.state.rawValue
            offeredAt = assignment.offeredAt.iso8601
            missedCheckIns = assignment.missedCheckIns
            (soughtBy, soughtAt) = assignment.isSilent ? (seeker, assignment.soughtAt?.iso8601) : (nil, nil)
            why = assignment.reasons.map { t($0.words) }
        }

        private enum CodingKeys: String, CodingKey {
            case id, who, role, state, why
            case offeredAt = "offered_at"
            case missedCheckIns = "missed_check_ins"
            case soughtBy = "sought_by"
            case soughtAt = "sought_at"
        }
    }

    struct Observed: Encodable {
        let id: String
        let by: String
        let receivedAt: String
        let files: [File]
        let seal: String
        let opened: Words?

        struct Words: Encodable {
            let words: String?
            let salute: SaluteJSON
            let seenAt: String

            private enum CodingKeys: String, CodingKey {
                case words, salute
                case seenAt = "seen_at"
            }
        }

        init(_ entry: IncidentDetail.ObservationEntry, _ handle: String) {
            id = entry.observation.id.text
            by = handle
            receivedAt = entry.observation.receivedAt.iso8601
            files = entry.files.map { File($0) }
            seal = entry.words.seal
            opened = entry.words.content.map {
                Words(words: $0.words, salute: SaluteJSON($0.salute), seenAt: $0.seenAt.iso8601)
            }
        }

        private enum CodingKeys: String, CodingKey {
            case id, by, files, seal, opened
            case receivedAt = "received_at"
        }
    }

    struct Happened: Encodable {
        let at: String
        let kind: String
        let by: String?
        let data: [String: String]

        init(_ event: Event, _ handles: [Ref<Person>: String]) {
            at = event.at.iso8601
            kind = event.kind
            by = event.actor.flatMap(Ref<Person>.init).flatMap { handles[$0] }
            data = event.data
        }
    }
}

extension Opened {
    fileprivate var seal: String {
        switch self {
        case .open: "open"
        case .locked: "locked"
        case .notForYou: "not_for_you"
        case .damaged: "damaged"
        }
    }
}
