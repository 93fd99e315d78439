// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Hummingbird
import Inform
import Kit
import Matching

/// What is heard: cards that a machine read (`vecinos speak`), and guides that people read.
struct SoundPages {
    let site: Site

    /// `/rights/sounds/<name>.mp3`: only what is among the sounds of today.
    func card(_ request: Request, _ context: SiteContext) async throws -> Response {
        let name = (context.parameters.get("file") ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard name.count == 2, name[1] == "mp3", let folder = site.config.soundFolder,
            try await site.rights.current().has(sound: String(name[0])),
            let data = FileManager.default.contents(atPath: "\(folder)/\(name[0]).mp3")
        else { throw Refusal.notFound }
        // Other words have another name.
        return SoundAnswer(bytes: Array(data), cacheControl: "public, max-age=31536000, immutable").response(
            to: request
        )
    }

    /// `/rights/recordings/<id>`, while its guide may be heard.
    func recording(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id: Ref<Recording> = try context.ref("id")
        let rights = try await site.rights.current()
        guard rights.guides.contains(where: { rights.recordings(of: $0).contains { $0.id == id } }),
            let bytes = try await site.database.read({ tx in try Recording.sound(id, isMember: false, in: tx) })
        else { throw Refusal.notFound }
        return SoundAnswer(bytes: bytes, cacheControl: "public, max-age=300").response(to: request)
    }
}

/// A card's own sound, beside its title.
struct CardSound {
    let rights: Rights
    let card: Guide.Card
    let t: Words

    var html: HTML {
        guard let name = rights.sound(of: card, t) else { return .empty }
        return """
            <audio class="listen no-print" controls preload="none" src="/rights/sounds/\(name).mp3" \
            aria-label="\(t("sound.card|Listen to this card"))"></audio>
            """
    }
}

/// A guide as people read it, each with its language and its day.
struct GuideRecordings {
    let rights: Rights
    let guide: Guide
    let t: Words

    var html: HTML {
        let recordings = rights.recordings(of: guide)
        guard !recordings.isEmpty else { return .empty }
        let today = rights.edition(of: guide.facts)
        let rows: [HTML] = recordings.map { recording in
            let name = SpokenLanguage.name(recording.language)
            let old: HTML =
                recording.edition == today
                ? .empty
                : """
                 <span class="state warn chip">\(Parts.icon("clock"))\(t("sound.older|Older than the words on this page"))</span>
                """
            return """
                <li><b lang="\(recording.language)">\(name)</b> <span class="soft">\(t("sound.spoken|A person read it on"))\
                 <time datetime="\(recording.spokenOn)">\(t.date(recording.spokenOn))</time></span>\(old)\
                <audio class="listen" controls preload="none" src="/rights/recordings/\(recording.id.text)" \
                aria-label="\(t("sound.listen|Listen in {language}", ["language": name]))"></audio></li>
                """
        }
        return """
            <section class="stack close no-print" aria-labelledby="listen"><h2 id="listen">\(Parts.icon("speak"))\
            \(t("sound.title|Listen in more languages"))</h2><ul class="recordings">\(rows)</ul></section>
            """
    }
}
