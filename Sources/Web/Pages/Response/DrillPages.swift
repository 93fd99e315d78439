// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Vault

/// `/drills`: rehearse a day, real or invented, at speed. Everything a drill makes is marked as an exercise.
struct DrillPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try page(context)
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
            try await site.drills.start(form["drill"], speed, context.caller)
            return .see("/drills")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try page(context, form: form, refusal: refusal)
        }
    }

    func stop(_ request: Request, _ context: MemberContext) async throws -> Response {
        _ = try await site.memberForm(request, context)
        try context.caller.require(.runDrill)
        try await site.drills.stop(context.caller)
        return .see("/drills")
    }

    private func page(_ context: MemberContext, form: Form = Form(), refusal: Refusal? = nil) throws -> Response {
        let folder = site.config.contentFolder
        let days = try site.pack.coalition.drills.offered.map { file in
            (file: file, head: try Content.yaml(DrillHead.self, "\(folder)/\(file)"))
        }
        let drills = DrillPage(
            t: context.t,
            now: site.now,
            days: days,
            running: site.drills.running(),
            mayRun: context.caller.can(.runDrill),
            token: context.token.csrf,
            drill: form["drill"],
            speed: form["speed"],
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
        let reports: Int
    }

    let title: LocalizedText
    let about: LocalizedText
    let invented: Bool
    let sources: [Source]
    let incidents: [String: Incident]

    var reports: Int { incidents.values.reduce(0) { $0 + $1.reports } }
}

struct DrillPage {
    static let speeds: [(speed: Double, words: Phrase)] = [
        (1, "drills.speed_1|As it was"), (5, "drills.speed_5|5 times faster"), (10, "drills.speed_10|10 times faster"),
        (30, "drills.speed_30|30 times faster"), (60, "drills.speed_60|60 times faster"),
        (240, "drills.speed_240|240 times faster"),
    ]

    let t: Words
    let now: Instant
    let days: [(file: String, head: DrillHead)]
    let running: DrillDesk.Running?
    let mayRun: Bool
    let token: String
    let drill: String
    let speed: String
    let refusal: Refusal?

    var body: HTML {
        """
        <div class="stack">\(Parts.errors(refusal, labels: [("drill", "drill"), ("speed", "speed")], t))\
        <h1>\(t("place.drills|Drills"))</h1>\
        \(Parts.note("checking", "info", t("drills.not_real|Nothing in a drill is real."), "<p>\(t("drills.marked|No message leaves this server. Everything it makes is marked as an exercise."))</p>"))\
        \(running.map(shown))\(mayRun && running == nil ? form : .empty)\(days.map { about($0.head) })</div>
        """
    }

    private func shown(_ running: DrillDesk.Running) -> HTML {
        let title = days.first { $0.file == running.file }?.head.title(t.language) ?? running.file
        let stop: HTML =
            mayRun
            ? Parts.button(
                "/drills/end",
                "\(Parts.icon("stop"))\(t("drills.stop|Stop the drill"))",
                token: token,
                class: "urgent"
            )
            : .empty
        return """
            <section class="sheet stack close"><h2>\(t("drills.running|A drill is running"))</h2>\
            <p class="meta"><strong>\(title)</strong><span>\(t("drills.times|{n} time as fast|{n} times as fast", n: Int(running.speed)))</span>\
            <span>\(t("drills.since|Started")) \(Parts.time(running.startedAt, now: now, t))</span></p>\
            <div class="row"><a class="button first" href="/board">\(t("drills.board|Watch it on the board"))</a>\(stop)</div></section>
            """
    }

    private var form: HTML {
        let rows: [HTML] = days.enumerated().map { index, day in
            let head = day.head
            let isChosen = drill.isEmpty ? index == 0 : drill == day.file
            let size = t("drills.size|{n} report|{n} reports", n: head.reports)
            return """
                <label class="choice"><input type="radio" name="drill" value="\(day.file)"\(isChosen ? " checked" : "")>\
                \(Parts.icon(head.invented ? "clock" : "calendar"))<span>\(head.title(t.language))<small>\(size). \
                \(head.invented ? t("drills.invented|Invented.") : t("drills.record|From the public record."))</small></span></label>
                """
        }
        let options = Self.speeds.map { (value: "\(Int($0.speed))", label: t($0.words)) }
        return """
            <form class="sheet stack close" method="post" action="/drills">\
            <fieldset class="choices" id="drill"><legend>\(t("drills.which|Which day?"))</legend>\(rows)</fieldset>\
            \(Ask(name: "speed", label: t("drills.speed|Speed"), value: speed.isEmpty ? "10" : speed, control: .choice(options: options), error: refusal?.fields["speed"]).html(t))\
            \(Parts.hidden([("_token", token)]))\
            <button class="accent">\(Parts.icon("play"))\(t("drills.start|Start the drill"))</button></form>
            """
    }

    private func about(_ head: DrillHead) -> HTML {
        let sources: [HTML] = head.sources.map { source in
            "<li><a href=\"\(source.url)\" rel=\"noreferrer\">\(source.name)</a> <span class=\"soft\">\(source.published)</span></li>"
        }
        let list: HTML =
            sources.isEmpty
            ? .empty
            : "<details class=\"fold\"><summary>\(t("drills.sources|{n} source|{n} sources", n: sources.count))</summary><ul>\(sources)</ul></details>"
        return
            "<section class=\"stack tight\"><h2>\(head.title(t.language))</h2><p>\(head.about(t.language))</p>\(list)</section>"
    }
}
