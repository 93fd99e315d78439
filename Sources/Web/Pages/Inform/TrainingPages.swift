// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Inform
import Kit
import People
import Vault

/// `/training`: courses to read alone or take with others, a quiz, and a certificate that anyone can check. No account,
/// no script, and no attempt is written down.
struct TrainingPages {
    let site: Site

    func list(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let sessions = try await site.database.read { tx in try TrainingSession.coming(in: tx) }
        return page(
            context,
            "/training",
            TrainingIndex(site: site, rights: rights, sessions: sessions, t: context.t).body
        )
    }

    func course(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await kept(request, context, .course)
    }

    func notes(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await kept(request, context, .notes)
    }

    func handout(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await kept(request, context, .handout)
    }

    func quiz(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (course, rights) = (try course(context), try await site.rights.current())
        return page(
            context,
            "/training/\(course.id)/quiz",
            QuizPage(course: course, rights: rights, answers: [:], score: nil, t: context.t).body
        )
    }

    func answer(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let (course, rights) = (try course(context), try await site.rights.current())
        let form = try await Form.read(request, limit: Limits.formBody)
        let questions = course.questions(rights)
        let answers = questions.reduce(into: [:]) { all, question in all[question.id] = Int(form["q-\(question.id)"]) }
        let score = course.score(answers, of: questions)
        guard score.isPassed else {
            let again = QuizPage(course: course, rights: rights, answers: answers, score: score, t: context.t)
            return page(context, "/training/\(course.id)/quiz", again.body, status: .unprocessableContent)
        }
        return passed(course, context, name: "", token: pass(course), refusal: nil)
    }

    /// The name is in the certificate and nowhere else.
    func certificate(_ request: Request, _ context: SiteContext) async throws -> Response {
        let course = try course(context)
        let form = try await Form.read(request, limit: Limits.formBody)
        do {
            let token = try FormToken(form["pass"], for: Self.purpose(course), at: site.now, keys: site.keys)
            guard let keys = site.keys.unlocked else {
                throw Refusal(
                    .unavailable,
                    "training.locked|We can't sign a certificate right now. Keep this page open and try again later."
                )
            }
            let issued = LocalTime(token.issuedAt).isoDay
            let certificate = try Certificate.sign(
                course: course.id,
                name: try Self.name(form["name"]),
                issued: issued,
                expires: course.end(from: issued),
                serial: Array(token.nonce.prefix(9)),
                with: keys
            )
            try await site.database.write { tx in try CertificateBook.enter(certificate, in: tx) }
            return page(
                context,
                "/training/\(course.id)",
                try CertificatePage(site: site, course: course, certificate: certificate, t: context.t).body
            )
        } catch let refusal as Refusal where refusal.kind == .invalid || refusal.kind == .unavailable {
            return passed(course, context, name: form["name"], token: form["pass"], refusal: refusal)
        } catch is FormToken.Problem {
            return .see("/training/\(course.id)/quiz")
        }
    }

    func check(_ request: Request, _ context: SiteContext) async throws -> Response {
        page(
            context,
            "/training/check",
            CheckPage(site: site, text: "", found: nil, t: context.t).body,
            scripts: ["certificate.js"]
        )
    }

    func look(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody)
        let text = Self.trimmed(form["certificate"])
        let found = try await site.found(text)
        let body = CheckPage(site: site, text: text, found: found, t: context.t).body
        return page(context, "/training/check", body, scripts: ["certificate.js"])
    }

    func session(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id: Ref<TrainingSession> = try context.ref("id")
        return try await session(id, context, refusal: nil)
    }

    func takeSeat(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let id: Ref<TrainingSession> = try context.ref("id")
        let form = try await Form.read(request, limit: Limits.formBody)
        guard let seat = Ref<TrainingSeat>(form["seat"]) else { throw Refusal.notFound }
        do {
            _ = try FormToken(form["_token"], for: "training-seat|\(seat.text)", at: site.now, keys: site.keys)
            let (reach, language, keys) = (Self.trimmed(form["reach"]), context.t.language.code, site.keys)
            try await site.database.write { tx in
                try TrainingSession.takeSeat(seat, in: id, in: tx)
                guard !reach.isEmpty else { return }
                try TrainingNotice.ask(reach, for: seat, in: id, language: language, keys: keys, in: tx)
            }
            return .see("/training/seats/\(seat.text)")
        } catch let refusal as Refusal where [.conflict, .invalid, .unavailable].contains(refusal.kind) {
            return try await session(id, context, refusal: refusal, reach: form["reach"])
        } catch is FormToken.Problem {
            return .see("/training/sessions/\(id.text)")
        }
    }

    func seat(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id: Ref<TrainingSeat> = try context.ref("id")
        let (seat, session) = try await site.database.read { tx in
            let seat = try TrainingSession.seat(id, in: tx)
            return (seat, try seat.flatMap { try TrainingSession.find($0.session, in: tx) })
        }
        guard let seat, let session else { throw Refusal.notFound }
        return page(
            context,
            "/training/seats/\(id.text)",
            SeatPage(site: site, seat: seat, session: session, t: context.t).body
        )
    }

    func giveBack(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id: Ref<TrainingSeat> = try context.ref("id")
        try await site.database.write { tx in try TrainingSession.giveBack(id, in: tx) }
        return .see("/training")
    }

    static func trimmed(_ text: String) -> String {
        String(decoding: text.utf8.drop { $0 <= 32 }.reversed().drop { $0 <= 32 }.reversed(), as: UTF8.self)
    }

    private static func purpose(_ course: Course) -> String { "course-passed|\(course.id)" }

    private func pass(_ course: Course) -> String {
        FormToken.issue(for: Self.purpose(course), at: site.now, keys: site.keys)
    }

    /// A line without hidden letters, which could make one name look like another.
    private static func name(_ text: String) throws -> String {
        let name = trimmed(text)
        let isHidden = name.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
            default: false
            }
        }
        guard (1...Certificate.nameLimit).contains(name.utf8.count), !isHidden, !name.isBlank else {
            throw Refusal.invalid(["name": "training.bad_name|Write a short name. It can be one you choose for this."])
        }
        return name
    }

    private func passed(_ course: Course, _ context: SiteContext, name: String, token: String, refusal: Refusal?)
        -> Response
    {
        let body = PassedPage(course: course, name: name, token: token, refusal: refusal, t: context.t).body
        return page(context, "/training/\(course.id)/quiz", body, status: refusal?.status ?? .ok)
    }

    private func session(
        _ id: Ref<TrainingSession>,
        _ context: SiteContext,
        refusal: Refusal?,
        reach: String = ""
    ) async throws -> Response {
        let keys = site.keys
        let (session, channels) = try await site.database.read { tx in
            (try TrainingSession.find(id, in: tx), try TrainingNotice.channels(keys: keys, in: tx))
        }
        guard let session else { throw Refusal.notFound }
        let seat = Ref<TrainingSeat>.new()
        let token = FormToken.issue(for: "training-seat|\(seat.text)", at: site.now, keys: site.keys)
        let body = SessionPage(
            site: site,
            session: session,
            seat: seat,
            token: token,
            channels: channels,
            reach: reach,
            refusal: refusal,
            t: context.t
        ).body
        return page(context, "/training/sessions/\(id.text)", body, status: refusal?.status ?? .ok)
    }

    private func course(_ context: SiteContext) throws -> Course {
        guard let course = context.parameters.get("course").flatMap(site.pack.courses.course) else {
            throw Refusal.notFound
        }
        return course
    }

    private func kept(_ request: Request, _ context: SiteContext, _ part: CoursePage.Part) async throws -> Response {
        let (course, rights, t) = (try course(context), try await site.rights.current(), context.t)
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: "/training/\(course.id)\(part.end)",
                title: t("training.title|Training"),
                mainClass: "page narrow stack",
                body: CoursePage(rights: rights, course: course, part: part, t: t).body
            )
        }
    }

    private func page(
        _ context: SiteContext,
        _ path: String,
        _ body: HTML,
        scripts: [String] = [],
        status: HTTPResponse.Status = .ok
    ) -> Response {
        site.page(
            Layout(
                site: site,
                t: context.t,
                path: path,
                title: context.t("training.title|Training"),
                mainClass: "page narrow stack",
                scripts: scripts,
                body: body
            ),
            status: status
        )
    }
}

/// What a text from outside turned out to be.
enum FoundCertificate {
    case wrong
    /// The instance is locked, and can't say.
    case unable
    case right(Certificate, CertificateBook.Standing)
}

extension Site {
    /// Whether we signed it, and whether it was taken back since.
    func found(_ text: String) async throws -> FoundCertificate {
        guard let keys = keys.unlocked else { return .unable }
        guard let certificate = Certificate(text, by: try keys.signingKey) else { return .wrong }
        let standing = try await database.read { tx in try CertificateBook.standing(of: certificate.serial, in: tx) }
        return .right(certificate, standing)
    }
}
