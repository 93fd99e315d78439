// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import Messaging
import Response

/// What a text is answered with: short, from the public status and the live facts, in as few parts as it takes.
struct TextAnswers: Sendable {
    let site: Site
    let status: PublicStatus
    let rights: Rights
    let channel: ChannelKind

    /// Parts of one answer: text messages are paid for by the part.
    private var most: Int { channel == .sms ? 4 : 12 }

    /// How far round a place people mean when they ask about it.
    private static let near = 5_000.0

    func answer(_ keyword: TextKeyword, _ t: Words) -> String {
        switch keyword.kind {
        case .now: now(keyword.rest, t)
        case .rights: rights(keyword.rest, t)
        case .help, .report: help(t)
        }
    }

    func question(_ question: TextReport.Question, _ t: Words) -> String {
        switch question {
        case .what:
            let choices = TextReport.choices.enumerated().map { "\($0.offset + 1) \(t($0.element.label))" }
            return Segments.fitted(
                [t("text.ask_what|What do you see? Write it, or send a number:")],
                choices,
                [t("text.ask_what_end|No names. In danger? Call {number}. STOP ends this.", ["number": hotline])],
                most: most
            )
        case .place: return t("text.ask_place|Where is it? A crossing and the neighborhood, or a place nearby.")
        case .placeAgain:
            return t("text.ask_place_again|We can’t find that on our map. Send the neighborhood too, or SKIP.")
        case .more(let zone):
            let place = zone.map { t("text.about|About: {place}.", ["place": site.placeName($0, t)]) }
            let wrong = t("text.wrong_place|Not there? Send PLACE and its name.")
            return Segments.fitted(
                [place.map { "\($0) \(wrong)" } ?? ""],
                zone.map { zone in status.near(zone).prefix(2).map { line($0, t) } } ?? [],
                [
                    t(
                        "text.ask_more|When did you see it, and what else? How many, what uniforms? Send OK if that is all."
                    )
                ],
                most: most
            )
        }
    }

    /// Said once to words without a keyword.
    func unasked(_ t: Words) -> String {
        t("text.unasked|Is this a report for our team? Send YES.") + "\n" + menu(t)
    }

    func locked(_ t: Words) -> String {
        t("text.locked|We can’t take a report by text right now. Call {number}, or use:", ["number": hotline])
            + link("/report")
    }

    static func isYes(_ text: String) -> Bool {
        ["yes", "y", "yes please", "si", "claro"].contains(Folded(text, limit: 3).words.joined(separator: " "))
    }

    // MARK: A call

    /// What is known now, as one says it aloud.
    func spoken(_ t: Words) -> String { now("", t, isSpoken: true) }

    /// What a caller hears before anything is asked; nil when nothing is confirmed.
    func firstConfirmed(_ t: Words) -> String? { status.confirmed.first.map { line($0, t) } }

    // MARK: NOW

    private func now(_ rest: String, _ t: Words, isSpoken: Bool = false) -> String {
        let all = status.confirmed + status.falseToday + status.over
        let place = place(rest)
        let items = place.map { place in all.filter { isNear($0, place) } } ?? all
        let isUnknown = place == nil && !rest.isEmpty
        var head = isUnknown ? [t("text.place_unknown|We don’t know that place. Everywhere:")] : []
        if !items.contains(where: { $0.truth == .confirmed && !$0.isOver }) {
            head.append(
                place.map { place in
                    let name = place.name(in: t.language.code)
                    return t("text.nothing_near|Nothing is confirmed now near {place}.", ["place": name])
                }
                    ?? t("now.nothing|Nothing is confirmed right now.")
            )
        }
        let count =
            status.checkingCount.map {
                t("now.checking|We are checking {n} report.|We are checking {n} things people told us.", n: $0)
            } ?? ""
        let end = isSpoken ? count : count + link("/now")
        return Segments.fitted(head, items.prefix(5).map { line($0, t) }, [end], most: most)
    }

    /// "Confirmed: Vans or cars, Boyle Heights, 4:05 pm."
    private func line(_ item: PublicStatus.Item, _ t: Words) -> String {
        let over = item.truth == .confirmed && item.isOver
        let state = over ? t("now.over|Over") : t(item.truth.label)
        let drill = item.isExercise ? " (\(t("now.exercise|exercise")))" : ""
        return "\(state): \(t(item.kind.label))\(drill), \(site.placeName(item.zone, t)), \(t.clock(item.firstSeenAt))."
    }

    /// A place and nothing else: no word is left that its names don't have.
    func isPlace(_ text: String) -> Bool {
        guard let place = place(text) else { return false }
        let names = Set(Folded("\(place.name(in: "en")) \(place.name(in: "es"))").words)
        let between: Set<String> = ["in", "near", "en", "cerca", "de", "the", "la", "el"]
        return Folded(text).words.allSatisfy { names.contains($0) || between.contains($0) }
    }

    /// One or two words that name a situation.
    func isSituation(_ text: String) -> Bool {
        Folded(text).words.count <= 3 && situation(text) != nil
    }

    private func place(_ text: String) -> Place? {
        guard !Folded(text, limit: 1).words.isEmpty else { return nil }
        let found = site.places.search(text).lazy.compactMap(\.place).first
        return found.flatMap { $0.kind == .county ? nil : $0 }
    }

    private func isNear(_ item: PublicStatus.Item, _ place: Place) -> Bool {
        guard let zone = item.zone.flatMap(site.places.place) else { return false }
        return zone.center.distance(to: place.center) <= max(Self.near, place.radius)
            || site.places.ancestors(of: zone).contains(place)
    }

    // MARK: RIGHTS

    /// How people call a situation in one word, in two languages; guides by name.
    private static let situations: [(word: String, palabra: String, guide: String, also: Set<String>)] = [
        ("HOME", "CASA", "home", ["house", "door", "puerta", "hogar", "apartment"]),
        ("STREET", "CALLE", "street", ["sidewalk", "walking", "banqueta"]),
        ("CAR", "CARRO", "car", ["coche", "auto", "bus", "camion", "driving", "traffic"]),
        ("WORK", "TRABAJO", "work", ["job", "workplace"]),
        ("SCHOOL", "ESCUELA", "school", ["colegio"]),
        ("CLINIC", "CLINICA", "clinic", ["hospital", "doctor"]),
        ("COURT", "CORTE", "court", ["tribunal"]),
        ("CHURCH", "IGLESIA", "worship", ["temple", "mosque", "templo", "mezquita", "worship"]),
        ("RECORD", "GRABAR", "recording", ["recording", "film", "video", "observe", "grabando"]),
        ("PAPER", "PAPEL", "warrant", ["warrant", "orden"]),
        ("TAKEN", "LLEVADO", "taken", ["arrested", "llevada", "arrestado", "detuvieron", "llevaron"]),
        ("DETENTION", "DETENCION", "detention", ["detained", "detenido", "detenida", "jail"]),
    ]

    /// The guide that a word of it means.
    private func situation(_ rest: String) -> String? {
        let said = Set(Folded(rest, limit: 20).words)
        return Self.situations.first { one in
            !said.isDisjoint(with: one.also.union([one.guide, one.word.lowercased(), one.palabra.lowercased()]))
        }?.guide
    }

    private func rights(_ rest: String, _ t: Words) -> String {
        guard let guide = situation(rest).flatMap({ rights.guide($0) }) else { return choice(t) }
        let facts = guide.cards.flatMap(\.facts).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return Segments.fitted(
            ["\(guide.name(t.language)):"],
            facts.compactMap { rights.entry($0) }.compactMap { fact($0, t) },
            [t("text.rights_more|This is information, not legal advice. More:") + link("/rights/\(guide.id)")],
            most: most
        )
    }

    /// A fact with its mark, unless it is settled; nothing of one that was taken back.
    private func fact(_ entry: Rights.Entry, _ t: Words) -> String? {
        guard entry.standing != .recalled else { return nil }
        let statement = entry.words(t.language).text.statement
        guard entry.standing != .settled else { return "- \(statement)" }
        return "- \(statement) (\(StandingMark(entry.standing, t).words).)"
    }

    private func choice(_ t: Words) -> String {
        let isSpanish = t.language == .spanish
        let words = Self.situations.filter { rights.guide($0.guide) != nil }.map { isSpanish ? $0.palabra : $0.word }
        return Segments.fitted(
            [t("text.rights_choose|Your rights. Send RIGHTS and one of these words:"), words.joined(separator: " ")],
            [],
            [t("text.rights_all|All of it:") + link("/rights")],
            most: most
        )
    }

    // MARK: HELP

    private func help(_ t: Words) -> String {
        let hotline = site.pack.coalition.hotline
        let note = hotline.demonstration == true ? hotline.note.map { " \($0(t.language))" } ?? "" : ""
        let call = t("text.help_call|{name}. Call us: {number}.", ["name": name(t), "number": hotline.number])
        return call + note + "\n" + menu(t)
    }

    private func menu(_ t: Words) -> String {
        [
            t("text.menu_report|REPORT: tell us what you see."),
            t("text.menu_now|NOW and a place: what is confirmed there."),
            t("text.menu_rights|RIGHTS and HOME, STREET, CAR or WORK: what to say and do."),
            t("text.menu_stop|STOP: no more texts."),
        ].joined(separator: "\n")
    }

    private func name(_ t: Words) -> String { site.pack.coalition.name(t.language) }
    private var hotline: String { site.pack.coalition.hotline.number }

    /// With a space before it; nothing where nobody can reach us from outside.
    private func link(_ path: String) -> String { site.post.address.isEmpty ? "" : " \(site.post.address)\(path)" }
}
