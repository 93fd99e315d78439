// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Response
import Vault

/// What a neighbor does, for programs: report, add to a report, and ask with the code what was found. The code never
/// stands in an address.
struct ReportAPI {
    let site: Site

    /// 201 and the code. A sender that floods us is taken all the same, behind the others.
    func create(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (bytes, files) = try await site.jsonUpload(request, from: site.throttle.source(of: context.peer))
        let report = try JSONBody.decode(ReportJSON.self, bytes)
        var filing = try report.filing(language: context.t.language.code)
        filing.files = files
        filing.source = site.throttle.witness(of: context.peer)
        filing.isOverflow = !site.throttle.allowsReport(from: context.peer)
        let receipt = try await Refusal.inBody {
            try await site.intake.take(filing, submission: Submission(request, bytes + files.all.flatMap(\.sha256)))
        }
        return Self.created(receipt)
    }

    /// 201 and the same code again.
    func add(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let bytes = try await JSONBody.bytes(of: request)
        let code = try JSONBody.decode(CodeJSON.self, bytes).code
        let filing = try JSONBody.decode(ReportJSON.self, bytes).filing(language: context.t.language.code)
        let receipt = try await Refusal.inBody {
            try await site.intake.add(filing, to: code, submission: Submission(request, bytes))
        }
        return Self.created(receipt)
    }

    /// A code that can't be one takes the same way as one that we don't know.
    func lookup(_ request: Request, _ context: SiteContext) async throws -> Response {
        guard site.throttle.allowsCode(from: context.peer) else { throw Refusal.tooManyCodes }
        let code = try await JSONBody.read(CodeJSON.self, from: request).code
        let answer = try await site.database.read { tx in try Report.lookup(code, in: tx) }
        guard let answer else {
            site.throttle.countWrongCode(from: context.peer)
            throw Refusal.unknownCode
        }
        return .json(AnswerJSON(answer, site, context.t))
    }

    private static func created(_ receipt: Intake.Receipt) -> Response {
        .json(bytes: createdBody(receipt), status: .created)
    }

    /// Letters, digits and dashes: nothing to escape. Always `createdCount` bytes.
    static func createdBody(_ receipt: Intake.Receipt) -> ByteBuffer {
        ByteBuffer(string: "{\"code\":\"\(receipt.code.text)\"}")
    }

    static let createdCount = #"{"code":""}"#.utf8.count + ReporterCode.shownCount
}

/// What a program asks with.
private struct CodeJSON: Decodable {
    let typed: String

    /// Where the typing is wrong, some code that nobody was given.
    var code: ReporterCode { (try? ReporterCode(typed: typed)) ?? .generate() }

    private enum CodingKeys: String, CodingKey { case typed = "code" }
}

/// What we found out about a report. Never its words.
private struct AnswerJSON: Encodable {
    let state: String
    let answer: String
    let words: String
    let question: String?
    let kind: String
    let zone: String?
    let place: String?
    let explanation: String?
    let level: String?
    let how: String?
    let receivedAt: String
    let updatedAt: String
    let exercise: Bool
    /// What else it speaks of.
    let also: [Also]?

    struct Also: Encodable {
        let answer: String
        let words: String
        let kind: String
        let zone: String?
        let explanation: String?
        let updatedAt: String

        private enum CodingKeys: String, CodingKey {
            case answer, words, kind, zone, explanation
            case updatedAt = "updated_at"
        }
    }

    init(_ found: ReportAnswer, _ site: Site, _ t: Words) {
        state = found.state.rawValue
        answer = found.answer.name
        words = t(found.answer.label)
        if case .needsMore(let asked) = found.answer { question = t(asked.label) } else { question = nil }
        kind = found.kind.rawValue
        zone = found.zone
        place = found.zone.map { site.placeName($0, t) }
        explanation = found.explanation?.text(in: t.language.code)
        level = found.level?.name
        how = found.how?.rawValue
        receivedAt = found.receivedAt.iso8601
        updatedAt = found.updatedAt.iso8601
        exercise = found.isExercise
        let others = found.also.map { one in
            Also(
                answer: one.answer.name,
                words: t(one.answer.label),
                kind: one.kind.rawValue,
                zone: one.zone,
                explanation: one.explanation?.text(in: t.language.code),
                updatedAt: one.updatedAt.iso8601
            )
        }
        also = others.isEmpty ? nil : others
    }

    private enum CodingKeys: String, CodingKey {
        case state, answer, words, question, kind, zone, place, explanation, level, how, exercise, also
        case receivedAt = "received_at"
        case updatedAt = "updated_at"
    }
}
