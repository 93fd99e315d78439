// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

/// What drills there are, whether I take part, the one that runs, and how the last ones went.
struct DrillPage {
    static let speeds: [(speed: Double, words: Phrase)] = [
        (1, "drills.speed_1|As it was"), (5, "drills.speed_5|5 times faster"), (10, "drills.speed_10|10 times faster"),
        (30, "drills.speed_30|30 times faster"), (60, "drills.speed_60|60 times faster"),
        (240, "drills.speed_240|240 times faster"),
    ]

    let t: Words
    let now: Instant
    let days: [(file: String, head: DrillHead)]
    let hasCast: Bool
    /// What the cast of a demonstration plays now.
    let playing: DrillDesk.Running?
    /// What our own people rehearse, or will.
    let current: Exercise?
    let past: [Exercise]
    let consent: Exercise.Consent
    let mayRun: Bool
    let token: String
    let form: Form
    let refusal: Refusal?

    var body: HTML {
        let isFree = playing == nil && current == nil
        return """
            <div class="stack">\(Parts.errors(refusal, labels: [("drill", "drill"), ("speed", "speed"), ("size", "size")], t))\
            <h1>\(t("place.drills|Drills"))</h1>\(Parts.note("checking", "info", t("drills.not_real|Nothing in a drill is real."), promise))\
            \(playing.map(shown))\(current.map(running))\(hasCast ? .empty : consenting)\
            \(mayRun && isFree ? asking : .empty)\(history)\(days.map { about($0.head) })</div>
            """
    }

    private var promise: HTML {
        hasCast
            ? "<p>\(t("drills.marked|No message leaves this server. Everything it makes is marked as an exercise."))</p>"
            : """
            <p>\(t("drills.marked_own|Everything in it says that it is an exercise: on the board, on your phone, in every message. The public sees none of it."))</p>\
            <p>\(t("drills.real_first|What is real comes first, always. Whoever is needed for it leaves the drill."))</p>
            """
    }

    // MARK: Running

    private func shown(_ playing: DrillDesk.Running) -> HTML {
        """
        <section class="sheet stack close"><h2>\(t("drills.running|A drill is running"))</h2>\
        <p class="meta"><strong>\(title(playing.file))</strong><span>\(times(playing.speed))</span>\
        <span>\(t("drills.since|Started")) \(Parts.time(playing.startedAt, now: now, t))</span></p>\
        <div class="row"><a class="button first" href="/board">\(t("drills.board|Watch it on the board"))</a>\(mayRun ? stop : .empty)</div></section>
        """
    }

    private func running(_ drill: Exercise) -> HTML {
        let isPlanned = drill.state == .planned
        let heading = isPlanned ? t("drills.planned|A drill is announced") : t("drills.running|A drill is running")
        let start: HTML =
            isPlanned && mayRun
            ? Parts.button(
                "/drills/\(drill.id.text)/start",
                "\(Parts.icon("play"))\(t("drills.start|Start the drill"))",
                token: token,
                class: "accent"
            ) : .empty
        let watch: HTML =
            isPlanned || !mayRun
            ? .empty
            : """
            <a class="button first" href="/board">\(t("drills.board|Watch it on the board"))</a>\
            <a class="button" href="/drills/\(drill.id.text)">\(t("drills.so_far|How it goes"))</a>
            """
        return """
            <section class="sheet stack close"><p>\(Parts.state("plum", "flag", t("board.exercise|Exercise")))</p><h2>\(heading)</h2>\
            <p class="meta"><strong>\(title(drill.file))</strong><span>\(times(drill.speed))</span>\
            <span>\(t("drills.people|{n} person takes part|{n} people take part", n: consent.count))</span></p>\
            <div class="row">\(start)\(watch)\(mayRun ? stop : .empty)</div></section>
            """
    }

    private var stop: HTML {
        Parts.button(
            "/drills/end",
            "\(Parts.icon("stop"))\(t("drills.stop|Stop the drill"))",
            token: token,
            class: "urgent"
        )
    }

    // MARK: Consent

    private var consenting: HTML {
        let always = consent.always
        let standing = answer(
            always ? "never" : "always",
            always ? t("drills.never|Take me out of drills") : t("drills.always|Yes, to every drill")
        )
        let state =
            always
            ? t("drills.in_always|You take part in every drill.") : t("drills.in_never|You are asked in no drill.")
        let once: HTML =
            consent.now.map { isIn in
                isIn
                    ? answer("no", t("drills.leave|Leave this drill"))
                    : answer("yes", t("drills.join|Take part in this one"))
            } ?? .empty
        let now = consent.now.map { isIn in
            isIn ? t("drills.in_now|You take part in this one.") : t("drills.out_now|You are not in this one.")
        }
        return """
            <section class="stack tight"><h2>\(t("drills.consent|Do you take part?"))</h2><p>\(state) \(now ?? "")</p>\
            <p class="soft">\(t("drills.consent_words|Only who says yes is asked. You can leave at any time, and nobody asks why."))</p>\
            <div class="row">\(once)\(standing)</div></section>
            """
    }

    private func answer(_ value: String, _ words: String) -> HTML {
        Parts.button("/drills/part", "\(words)", token: token, fields: [("answer", value)])
    }

    // MARK: Starting

    private var asking: HTML {
        let (drill, speed) = (form["drill"], form["speed"])
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
        let offered = Self.speeds.filter { hasCast || Exercise.Plan.speeds.contains($0.speed) }
        let options = offered.map { (value: "\(Int($0.speed))", label: t($0.words)) }
        let usual = hasCast ? "10" : "1"
        let size: HTML =
            hasCast
            ? .empty
            : Ask(
                name: "size",
                label: t("drills.many|Callers for each one of the day"),
                hint: t("drills.many_hint|More than one makes a flood of reports."),
                value: form["size"].isEmpty ? "1" : form["size"],
                control: .line(type: "number", attributes: " min=\"1\" max=\"50\" inputmode=\"numeric\""),
                error: refusal?.fields["size"]
            ).html(t)
        let later: HTML =
            hasCast
            ? .empty
            : "<button name=\"when\" value=\"later\">\(Parts.icon("calendar"))\(t("drills.announce|Announce it first"))</button>"
        return """
            <form class="sheet stack close" method="post" action="/drills">\
            <fieldset class="choices" id="drill"><legend>\(t("drills.which|Which day?"))</legend>\(rows)</fieldset>\
            \(Ask(name: "speed", label: t("drills.speed|Speed"), value: speed.isEmpty ? usual : speed, control: .choice(options: options), error: refusal?.fields["speed"]).html(t))\
            \(size)\(hasCast ? .empty : willing)\(Parts.hidden([("_token", token)]))\
            <div class="row"><button class="accent">\(Parts.icon("play"))\(t("drills.start|Start the drill"))</button>\(later)</div></form>
            """
    }

    private var willing: HTML {
        "<p>\(t("drills.willing|{n} person said yes to every drill.|{n} people said yes to every drill.", n: consent.count))</p>"
    }

    // MARK: What was

    private var history: HTML {
        guard !past.isEmpty else { return .empty }
        let rows: [HTML] = past.map { drill in
            let total = drill.score?.total
            let met = total.map { DrillReport.of($0.met, $0.of, t) } ?? ""
            let yes = total.map { DrillReport.turnout($0.people, t) } ?? ""
            let who = drill.people == .own ? t("drills.own|our people") : t("drills.cast|the cast")
            return """
                <tr><th scope="row"><a href="/drills/\(drill.id.text)">\(t.moment(drill.startedAt ?? drill.plannedAt))</a></th>\
                <td data-label="\(t("drills.day|Day"))"><span>\(title(drill.file))<br><span class="soft">\(who), \(times(drill.speed)), <span class="nowrap">× \(drill.size)</span></span></span></td>\
                <td data-label="\(t("drills.in_time|Steps in time"))">\(met)</td>\
                <td data-label="\(t("drills.said_yes|Yes / asked"))">\(yes)</td></tr>
                """
        }
        return """
            <section class="stack tight"><h2>\(t("drills.past|Drills so far"))</h2><div class="tables"><table><thead><tr>\
            <th scope="col">\(t("drills.when|When"))</th><th scope="col">\(t("drills.day|Day"))</th><th scope="col">\(t("drills.in_time|Steps in time"))</th>\
            <th scope="col">\(t("drills.said_yes|Yes / asked"))</th></tr></thead><tbody>\(rows)</tbody></table></div></section>
            """
    }

    private func title(_ file: String) -> String {
        days.first { $0.file == file }?.head.title(t.language) ?? file
    }

    private func times(_ speed: Double) -> String {
        guard speed.rounded() == speed else {
            return t("drills.times_part|{speed} times as fast", ["speed": "\((speed * 100).rounded() / 100)"])
        }
        return t("drills.times|{n} time as fast|{n} times as fast", n: Int(speed))
    }

    private func about(_ head: DrillHead) -> HTML {
        let sources: [HTML] = head.sources.map { source in
            let name: HTML =
                source.url.map { "<a href=\"\($0)\" rel=\"noreferrer\">\(source.name)</a>" } ?? .text(source.name)
            return "<li>\(name) <span class=\"soft\">\(source.published)</span></li>"
        }
        let list: HTML =
            sources.isEmpty
            ? .empty
            : "<details class=\"fold\"><summary>\(t("drills.sources|{n} source|{n} sources", n: sources.count))</summary><ul>\(sources)</ul></details>"
        return
            "<section class=\"stack tight\"><h2>\(head.title(t.language))</h2><p>\(head.about(t.language))</p>\(list)</section>"
    }
}
