// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// What happened in an incident, line by line: reports, checks, offers, observations. Written from events, which hold
/// no personal word; the words of a report stand beside its line when the reader's keys open them.
struct Timeline {
    let site: Site
    let t: Words
    let detail: IncidentDetail
    /// Where an unlocked reader comes back to.
    let back: String
    /// The session's form token where changes can be taken back; nil for reading only.
    var token: String?
    /// For those changes.
    var sight: IncidentSight?
    var limit = 60
    /// For whoever reads it years later: each day by its name, and whole times.
    var isRecord = false
    /// Some of its lines; nil for all.
    var only: [Event]?

    /// What stands open on the board: so many reports, and so many lines in all; what came before is folded.
    private static let open = (reports: 4, lines: 12)

    var html: HTML {
        let events = (only ?? detail.timeline).reversed()
        let shown = events.prefix(limit)
        let rest = events.count - shown.count + (only == nil ? detail.olderLines : 0)
        let before: HTML = isRecord ? shown.last.map { "?before=\($0.id)" } ?? .empty : .empty
        let more: HTML =
            rest > 0
            ? """
            <p><a href="\(back)/record\(before)">\(t("timeline.more|See {n} older line|See {n} older lines", n: rest))</a></p>
            """ : .empty
        guard isRecord else { return folded(Array(shown), rest: rest, more) }
        var days: [[Event]] = []
        for event in shown {
            if let last = days.last?.last, LocalTime(last.at).isoDay == LocalTime(event.at).isoDay {
                days[days.count - 1].append(event)
            } else {
                days.append([event])
            }
        }
        return "\(days.map(day))\(more)"
    }

    /// Thirty reports, or thirty people who were asked, would be a long way for a thumb.
    private func folded(_ events: [Event], rest: Int, _ more: HTML) -> HTML {
        let last = events.indices.filter { entry(of: events[$0]) != nil }.dropFirst(Self.open.reports - 1).first
        let cut = min(last.map { $0 + 1 } ?? events.count, Self.open.lines)
        guard only == nil, events.count - cut > 1 else { return "<ol class=\"line\">\(events.map(line))</ol>\(more)" }
        let words = t("timeline.more|See {n} older line|See {n} older lines", n: events.count - cut + rest)
        return """
            <ol class="line">\(events[..<cut].map(line))</ol>\
            <details class="fold" id="older"><summary>\(Parts.icon("clock"))\(words)</summary>\
            <div class="stack tight"><ol class="line">\(events[cut...].map(line))</ol>\(more)</div></details>
            """
    }

    private func day(_ events: [Event]) -> HTML {
        let name = events.first.map { "\(t.day($0.at)), \(LocalTime($0.at).year)" } ?? ""
        return "<h3>\(name)</h3><ol class=\"line\">\(events.map(line))</ol>"
    }

    private func line(_ event: Event) -> HTML {
        let words = TimelineWords(event, site: site, detail: detail, t)
        let isOwn = event.actor != nil && event.actor == event.data["person"]
        let by: HTML? =
            isOwn
            ? nil
            : event.actor.flatMap(Ref<Person>.init).map { person in
                "<span class=\"soft\">\(t("timeline.by|By {name}.", ["name": handle(person)]))</span>"
            }
        return """
            <li><time datetime="\(event.at.iso8601)" title="\(t.moment(event.at))">\(isRecord ? t.clock(event.at) : short(event.at))</time>\
            \(Parts.icon(words.icon))<div><strong>\(words.title)</strong>\
            <p>\(words.note.map { "\($0) " as HTML })\(by)</p>\(report(event))\(observation(event))\(undo(event))</div></li>
            """
    }

    /// "4:48": the column is narrow, and the whole moment is in the title.
    private func short(_ instant: Instant) -> String {
        let local = LocalTime(instant)
        let minute = local.minute < 10 ? "0\(local.minute)" : "\(local.minute)"
        let hour = local.hour % 12 == 0 ? 12 : local.hour % 12
        return t("timeline.time|{h}:{m}", ["h": "\(hour)", "hh": "\(local.hour)", "m": minute])
    }

    private func handle(_ person: Ref<Person>) -> String { detail.handles[person] ?? t("person.former|Former member") }

    private func report(_ event: Event) -> HTML? {
        entry(of: event).map { ReportWordsView(site: site, t: t, entry: $0, back: back).html }
    }

    /// The report that came in.
    private func entry(of event: Event) -> IncidentDetail.ReportEntry? {
        guard event.kind == "incident.opened" || event.kind == "incident.grew", let id = event.data["report"] else {
            return nil
        }
        return detail.reports.first { $0.report.id.text == id }
    }

    private func observation(_ event: Event) -> HTML {
        guard event.kind == "observation.made", let id = event.data["observation"],
            let entry = detail.observations.first(where: { $0.observation.id.text == id })
        else { return .empty }
        return ObservationWordsView(t: t, entry: entry, back: back).html
    }

    private func undo(_ event: Event) -> HTML {
        guard let token, let sight else { return .empty }
        func button(_ path: String, _ label: String, _ fields: [(String, String)]) -> HTML {
            Parts.button(
                "\(back)/\(path)",
                "\(Parts.icon("undo"))\(label)",
                token: token,
                class: "small quiet",
                fields: sight.fields + fields
            )
        }
        let later = detail.timeline.filter { $0.id > event.id }
        switch event.kind {
        // A merge is taken back by splitting off the same reports again.
        case "incident.merged":
            let names = (event.data["reports"] ?? "").split(separator: ",").map(String.init)
            let here = Set(detail.reports.filter { $0.report.state != .spam }.map(\.report.id.text))
            guard !names.isEmpty, here.isSuperset(of: names), here.count > names.count else { return .empty }
            return button("split", t("timeline.undo_merge|Take it apart again"), names.map { ("reports", $0) })
        case "incident.split":
            guard let piece = event.data["into"], Ref<Incident>(piece) != nil, !isClosed,
                !later.contains(where: { $0.kind == "incident.merged" && $0.data["from"] == piece })
            else { return .empty }
            return button("merge", t("timeline.undo_split|Put it together again"), [("other", piece)])
        case "incident.suggestion_dismissed":
            guard let other = event.data["other"], Ref<Incident>(other) != nil, !isClosed,
                !later.contains(where: { $0.kind == "incident.suggestion_restored" && $0.data["other"] == other })
            else { return .empty }
            return button("suggestion/restore", t("timeline.undo_dismissed|It may be the same"), [("other", other)])
        default: return .empty
        }
    }

    private var isClosed: Bool { detail.card.isClosed || detail.card.mergedInto != nil }
}

/// A report's words, or their closed envelope.
struct ReportWordsView {
    let site: Site
    let t: Words
    let entry: IncidentDetail.ReportEntry
    let back: String

    var html: HTML {
        switch entry.words {
        case .open(let content):
            """
            \(content.words.map { "<p><q lang=\"\(entry.report.language)\">\($0)</q></p>" as HTML })\
            \(SaluteList(t: t, salute: content.salute).html)\
            \(content.whereabouts.text.map { "<p>\(t("incident.where|Where:")) \($0)</p>" as HTML })\
            \(content.whereabouts.point.map { "<p>\(PointView(point: $0, places: site.places, t: t).html)</p>" as HTML })\
            <p>\(t("incident.seen_at|Seen at {time}.", ["time": t.clock(content.seenAt)]))</p>\(PhotoList(t: t, files: entry.files).html)
            """
        case .locked:
            "<p>\(Parts.envelope(t("sealed.report|The words are sealed"), back: back, t))</p>"
        case .notForYou:
            "<p class=\"sealed\">\(Parts.icon("envelope"))\(t("sealed.not_for_you|Sealed for the response team"))</p>"
        case .damaged:
            "<p class=\"error\">\(Parts.icon("alert"))\(t("sealed.damaged|This can’t be opened. Tell your coordinator."))</p>"
        }
    }
}

/// A place that a phone or the name of a corner told: the named place beside it, and numbers to copy into any map.
struct PointView {
    enum Source {
        case phone
        /// The middle of several.
        case phones
        /// Somebody named two streets, and the pack knows where they cross.
        case corner
    }

    let point: Point
    let places: Places
    let t: Words
    var source = Source.phone

    var html: HTML {
        let near = places.landmark(near: point) ?? places.nearest(to: point)
        let name = near.map { t("incident.near_place|Near {place}.", ["place": $0.name(in: t.language.code)]) }
        let what =
            switch source {
            case .phone: t("incident.point|What the phone said:")
            case .phones: t("incident.middle|Middle of what phones said:")
            case .corner: t("incident.corner|The corner that was named, to about 100 m:")
            }
        return "\(name.map { "\($0) " as HTML })\(what) <code class=\"copy\" dir=\"ltr\">\(shown)</code>"
    }

    /// No more exactly than it is known.
    private var shown: String { source == .corner ? point.shown(inParts: 1e4) : point.shown }
}

/// An observation's words, or their closed envelope.
struct ObservationWordsView {
    let t: Words
    let entry: IncidentDetail.ObservationEntry
    let back: String

    var html: HTML {
        switch entry.words {
        case .open(let content):
            """
            \(content.words.map { "<blockquote>\($0)</blockquote>" as HTML })\(SaluteList(t: t, salute: content.salute).html)\
            <p>\(t("incident.seen_at|Seen at {time}.", ["time": t.clock(content.seenAt)]))</p>\(PhotoList(t: t, files: entry.files).html)
            """
        case .locked:
            """
            <p>\(Parts.envelope(t("sealed.observation|What they saw is sealed"), back: back, t))</p>\
            \(PhotoList(t: t, files: entry.files).html)
            """
        case .notForYou:
            "<p class=\"sealed\">\(Parts.icon("envelope"))\(t("sealed.not_for_you|Sealed for the response team"))</p>"
        case .damaged:
            "<p class=\"error\">\(Parts.icon("alert"))\(t("sealed.damaged|This can’t be opened. Tell your coordinator."))</p>"
        }
    }
}

/// The answered ones of the six questions.
struct SaluteList {
    let t: Words
    let salute: Salute

    var html: HTML {
        let lines: [HTML] = salute.answers.map { field, text in
            "<li><span class=\"soft\">\(t(field.label))</span> \(text)</li>"
        }
        return lines.isEmpty ? .empty : "<ul>\(lines)</ul>"
    }
}

/// Files, each with the hash it had when it arrived: a working copy to look at, and the original as an attachment.
struct PhotoList {
    let t: Words
    let files: [EvidenceFile]

    var html: HTML {
        let lines: [HTML] = files.enumerated().map { index, file in
            let name = name(file.mediaType.kind, index + 1)
            return """
                <li><a href="/board/files/\(file.id)/copy">\(Parts.icon(icon(file.mediaType.kind)))\(name)</a> \
                <a href="/board/files/\(file.id)">\(t("file.original|Original"))<span class="visually-hidden"> \(name)</span>\
                (\(max(1, file.size / 1_024)) kB)</a> \
                <small class="soft number" title="SHA-256 \(Self.hex(file.sha256))">SHA-256 \(Self.hex(file.sha256.prefix(8)))…</small></li>
                """
        }
        return lines.isEmpty ? .empty : "<ul>\(lines)</ul>"
    }

    private func name(_ kind: EvidenceFile.MediaType.Kind, _ number: Int) -> String {
        switch kind {
        case .image: t("incident.photo|Photo {number}", ["number": "\(number)"])
        case .video: t("file.video|Video {number}", ["number": "\(number)"])
        case .audio: t("file.sound|Sound {number}", ["number": "\(number)"])
        }
    }

    private func icon(_ kind: EvidenceFile.MediaType.Kind) -> String {
        switch kind {
        case .image: "camera"
        case .video: "video"
        case .audio: "mic"
        }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
