// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// `/drills`: rehearse a day, real or invented. In a demonstration its cast plays; anywhere else our own people do, who
/// said yes to it. Everything a drill makes is marked as an exercise.
struct DrillPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context)
    }

    func start(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        do {
            try context.caller.require(.runDrill)
            guard site.pack.coalition.drills.offered.contains(form["drill"]) else {
                throw Refusal.invalid(["drill": "drills.missing|Choose a day to play."])
            }
            guard let speed = Double(form["speed"]), DrillPage.speeds.contains(where: { $0.speed == speed }) else {
                throw Refusal.invalid(["speed": "drills.speed_missing|Choose a speed from the list."])
            }
            if site.drills.hasCast {
                try await site.drills.start(form["drill"], speed, context.caller)
            } else {
                try await own(form, speed, context.caller)
            }
            return .see("/drills")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    /// One that was announced.
    func begin(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Exercise.self)
        return try await site.change(request, context, then: "/drills") { _, caller, tx in
            try Exercise.start(id, by: caller, in: tx)
        } orElse: { _, refusal in
            try await page(context, refusal: refusal)
        }
    }

    /// From the board, by one key: then back to it.
    func stop(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let caller = context.caller
        try caller.require(.runDrill)
        try await site.drills.stop(caller)
        try await site.database.write { tx in try Exercise.stop(by: caller, in: tx) }
        return .see(form["back"] == "/board" ? "/board" : "/drills")
    }

    func takePart(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: "/drills") { form, caller, tx in
            switch form["answer"] {
            case "always": try Exercise.volunteer(true, by: caller, in: tx)
            case "never": try Exercise.volunteer(false, by: caller, in: tx)
            case "yes": try Exercise.takePart(true, by: caller, in: tx)
            default: try Exercise.takePart(false, by: caller, in: tx)
            }
        } orElse: { _, refusal in
            try await page(context, refusal: refusal)
        }
    }

    /// How one went.
    func report(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.runDrill)
        let id = try context.ref("id", of: Exercise.self)
        let (drill, past, score, debriefs) = try await site.database.read { tx in
            let drill = try Exercise.find(id, in: tx)
            return (
                drill, try Exercise.past(in: tx),
                drill.state == .running ? try drill.scored(in: tx) : drill.score, try drill.debriefs(in: tx)
            )
        }
        guard let score else { throw Refusal.notFound }
        let head = try head(drill.file)
        let report = DrillReport(
            t: context.t,
            now: site.now,
            drill: drill,
            title: head?.title(context.t.language) ?? drill.file,
            score: score,
            debriefs: debriefs,
            before: past.first { one in
                one.id != id && one.file == drill.file && one.people == drill.people
                    && (one.startedAt ?? one.plannedAt) < (drill.startedAt ?? drill.plannedAt)
            },
            titles: head?.incidents.mapValues { $0.title(context.t.language) } ?? [:]
        )
        return site.memberPage(
            context,
            place: "/drills",
            title: context.t("drills.report|How the drill went"),
            body: report.body
        )
    }

    private func own(_ form: Form, _ speed: Double, _ caller: Caller) async throws {
        guard let size = Int(form["size"].isEmpty ? "1" : form["size"]) else {
            throw Refusal.invalid(["size": "drills.size_range|Choose a number from 1 to 50."])
        }
        let plan = try Exercise.Plan(file: form["drill"], speed: speed, size: size)
        let isPlan = form["when"] == "later"
        try await site.database.write { tx in
            if isPlan {
                try Exercise.plan(plan, by: caller, in: tx)
            } else {
                try Exercise.start(plan, by: caller, in: tx)
            }
        }
    }

    private func head(_ file: String) throws -> DrillHead? {
        guard site.pack.coalition.drills.offered.contains(file) else { return nil }
        return try Content.yaml(DrillHead.self, "\(site.config.contentFolder)/\(file)")
    }

    private func page(_ context: MemberContext, form: Form = Form(), refusal: Refusal? = nil) async throws -> Response {
        let days = try site.pack.coalition.drills.offered.compactMap { file in
            try head(file).map { (file: file, head: $0) }
        }
        let (caller, mayRun) = (context.caller, context.caller.can(.runDrill))
        let state = try await site.database.read { tx in
            (
                now: try Exercise.current(in: tx), past: mayRun ? try Exercise.past(in: tx) : [],
                consent: try Exercise.consent(of: caller, in: tx)
            )
        }
        let drills = DrillPage(
            t: context.t,
            now: site.now,
            days: days,
            hasCast: site.drills.hasCast,
            playing: site.drills.running(),
            current: state.now,
            past: state.past,
            consent: state.consent,
            mayRun: mayRun,
            token: context.token.csrf,
            form: form,
            refusal: refusal
        )
        return site.memberPage(
            context,
            place: "/drills",
            title: context.t("place.drills|Drills"),
            status: refusal?.status ?? .ok,
            body: drills.body
        )
    }
}

/// What a page says of a scenario; its steps are for the engine.
struct DrillHead: Decodable {
    struct Source: Decodable {
        let name: String
        let url: String
        let published: String
    }

    struct Incident: Decodable {
        let title: LocalizedText
        let reports: Int
    }

    let title: LocalizedText
    let about: LocalizedText
    let invented: Bool
    let sources: [Source]
    let incidents: [String: Incident]

    var reports: Int { incidents.values.reduce(0) { $0 + $1.reports } }
}
