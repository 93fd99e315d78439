// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging

/// How an instance speaks to its subscribers: in which languages, under which number and address, and what it advises.
/// Attached to the database as a companion, since an all-clear is written in the transaction of its cause.
package struct AlertVoice: Sendable {
    /// What a fact says to do when this is seen, in this language; nil when there is none that can be relied on today.
    package typealias Advice = @Sendable (ReportKind, Words, Transaction) throws -> String?

    package let languages: [Words]
    package let hotline: String
    /// Ours, without a trailing slash; empty where nobody reaches us from outside.
    package let address: String
    package let places: Places
    package let advice: Advice

    package init(
        languages: [Words],
        hotline: String,
        address: String,
        places: Places,
        advice: @escaping Advice = { _, _, _ in nil }
    ) {
        self.languages = languages
        self.hotline = hotline
        self.address = address
        self.places = places
        self.advice = advice
    }

    func place(_ zone: String?, _ t: Words) -> String {
        guard let zone, zone != Subscriber.Wish.everywhere else { return t("broadcast.everywhere|everywhere") }
        return places.place(zone)?.name(in: t.language.code) ?? t("place.unknown|Place not known yet")
    }

    /// Whether what is told in one of two places reaches the other's neighbors too: it lies round it, in it or beside it.
    func overlaps(_ one: String, _ other: String) -> Bool {
        let everywhere = Subscriber.Wish.everywhere
        if one == other || one == everywhere || other == everywhere { return true }
        guard let first = places.place(one), let second = places.place(other) else { return false }
        return Bulletin.audience(around: first, in: places)[other] != nil
            || Bulletin.audience(around: second, in: places)[one] != nil
    }

    /// Who is meant: everybody round the place, the nearest first.
    package func audience(_ zone: String) -> [String: Int] {
        guard let place = places.place(zone) else { return [Subscriber.Wish.everywhere: 1] }
        return Bulletin.audience(around: place, in: places)
    }

    /// The finished text of one language, as each channel sends it.
    package func text(
        _ words: TellingWords,
        _ act: Telling.Act,
        of telling: Ref<Telling>,
        until: Instant?,
        isExercise: Bool,
        _ t: Words
    ) -> Bulletin.Text {
        let call = hotline.isEmpty ? nil : t("telling.call|Call us: {number}", ["number": hotline])
        // The page of this very message, where its words and its signature can be looked at.
        let link = address.isEmpty ? nil : "\(address)\(telling.path)"
        let ends = until.map { t("telling.until|Until {time}.", ["time": Self.clock($0, t)]) }
        let holds = act == .alert || act == .update ? ends : nil
        let drill = isExercise ? t("feed.exercise|This is a drill. Nothing here is real.") : nil
        func short(_ link: String?) -> String {
            let parts = [drill, words.known, words.todo, holds, call, link].compactMap(\.self)
            return Segments.economical(parts.joined(separator: " "))
        }
        // No text message gets a part more for it: then the shorter address of all that is known has to do.
        let (own, usual) = (short(link), short(address.isEmpty ? nil : "\(address)/now"))
        let check =
            address.isEmpty ? nil : t("telling.check|Is it really from us? {address}", ["address": "\(address)/verify"])
        let long = [
            [drill].compactMap(\.self).joined(), words.known, words.todo,
            [holds, call].compactMap(\.self).joined(separator: "\n"),
            [link, check].compactMap(\.self).joined(separator: "\n"),
        ]
        return Bulletin.Text(
            subject: words.subject,
            text: long.filter { !$0.isEmpty }.joined(separator: "\n\n"),
            short: Segments(own).count > Segments(usual).count ? usual : own,
            link: link
        )
    }

    /// By language, as a bulletin takes them.
    package func texts(
        _ words: [String: TellingWords],
        _ act: Telling.Act,
        of telling: Ref<Telling>,
        until: Instant?,
        isExercise: Bool
    ) -> [String: Bulletin.Text] {
        let known = Dictionary(languages.map { ($0.language.code, $0) }) { first, _ in first }
        return words.reduce(into: [:]) { all, said in
            let t = known[said.key] ?? Words(language: .english)
            all[said.key] = text(said.value, act, of: telling, until: until, isExercise: isExercise, t)
        }
    }

    /// "4:05 pm", in the city's time.
    static func clock(_ instant: Instant, _ t: Words) -> String {
        let local = LocalTime(instant)
        let arguments = [
            "h": String(local.hour % 12 == 0 ? 12 : local.hour % 12), "hh": local.clock,
            "m": local.minute < 10 ? "0\(local.minute)" : String(local.minute),
        ]
        return local.hour < 12 ? t("time.morning|{h}:{m} am", arguments) : t("time.evening|{h}:{m} pm", arguments)
    }
}

extension Transaction {
    /// English words without a number, where the program that runs was given none: nothing that was decided waits for it.
    package func voice() throws -> AlertVoice {
        if let attached = companions.first(AlertVoice.self) { return attached }
        throw Refusal(
            .unavailable,
            "broadcast.no_voice|This program can’t write to subscribers. Use the server’s pages."
        )
    }
}

/// The words that stand ready: made of what was verified and of facts, for somebody to change before they go out.
enum PreparedWords {
    static func alert(_ item: PublicStatus.Item, _ voice: AlertVoice, in tx: Transaction) throws -> [String:
        TellingWords]
    {
        try each(voice) { t in
            let place = voice.place(item.zone, t)
            let seen = AlertVoice.clock(item.firstSeenAt, t)
            let what = t(item.kind.label)
            var known = [
                t(
                    "prepared.known|Confirmed near {place}: immigration officers, seen about {time}. {what}.",
                    ["place": place, "time": seen, "what": what]
                )
            ]
            if let explanation = item.explanation?.text(in: t.language.code) { known.append(explanation) }
            if let how = item.how { known.append("\(t(how.label)).") }
            let advice = try voice.advice(item.kind, t, tx)
            let todo = [advice, t("prepared.todo|Stay calm. Do not block officers. Tell us what you see.")]
            return TellingWords(
                subject: t("prepared.subject|Alert: {place}", ["place": place]),
                known: cut(known.joined(separator: " "), TellingWords.longestKnown),
                todo: cut(todo.compactMap(\.self).joined(separator: " "), TellingWords.longestTodo)
            )
        }
    }

    static func update(_ item: PublicStatus.Item, _ voice: AlertVoice, at now: Instant, in tx: Transaction) throws
        -> [String: TellingWords]
    {
        let first = try alert(item, voice, in: tx)
        return each(voice) { t in
            let place = voice.place(item.zone, t)
            return TellingWords(
                subject: t("prepared.update_subject|Update: {place}", ["place": place]),
                known: t(
                    "prepared.update|Still going on near {place} at {time}.",
                    ["place": place, "time": AlertVoice.clock(now, t)]
                ),
                todo: first[t.language.code]?.todo ?? ""
            )
        }
    }

    /// A verified answer says that it was not so, or that nobody can say.
    static func correction(_ item: PublicStatus.Item, _ voice: AlertVoice) -> [String: TellingWords] {
        each(voice) { t in
            let place = voice.place(item.zone, t)
            let truth =
                switch item.truth {
                case .unable, .unknown, .confirmed:
                    t("prepared.correction_unable|We can’t say anymore that it is so.")
                case .notEnforcement: t("prepared.correction_not|It was not immigration enforcement.")
                case .unfounded: t("prepared.correction_nothing|Nothing was there.")
                }
            let explanation = item.explanation?.text(in: t.language.code)
            // Only what is known to be untrue lets people go on as if nothing had been.
            let todo =
                switch item.truth {
                case .unable, .unknown, .confirmed:
                    t("prepared.withdrawal_todo|Look at our page, or call us, for what is true now.")
                case .notEnforcement, .unfounded:
                    t("prepared.correction_todo|You can go on with your day. We are sorry for the worry.")
                }
            return TellingWords(
                subject: t("prepared.correction_subject|Correction: {place}", ["place": place]),
                known: [
                    t("prepared.correction|Correction. We told you about officers near {place}.", ["place": place]),
                    truth,
                    explanation,
                ].compactMap(\.self).joined(separator: " "),
                todo: todo
            )
        }
    }

    static func withdrawal(_ broadcast: Broadcast, _ voice: AlertVoice) -> [String: TellingWords] {
        each(voice) { t in
            let place = voice.place(broadcast.zone, t)
            return TellingWords(
                subject: t("prepared.withdrawal_subject|Taken back: {place}", ["place": place]),
                known: broadcast.isAlert
                    ? t(
                        "prepared.withdrawal|We take back our alert about {place}. Please don’t rely on it.",
                        ["place": place]
                    )
                    : t("prepared.withdrawal_notice|We take back our message about {place}.", ["place": place]),
                todo: t("prepared.withdrawal_todo|Look at our page, or call us, for what is true now.")
            )
        }
    }

    static func allClear(_ broadcast: Broadcast, _ how: Broadcast.Ending.How, _ voice: AlertVoice) -> [String:
        TellingWords]
    {
        each(voice) { t in
            let place = voice.place(broadcast.zone, t)
            return TellingWords(
                subject: t("prepared.clear_subject|Over: {place}", ["place": place]),
                known: how == .over
                    ? t(
                        "prepared.clear_over|All clear near {place}. What we told you about has ended.",
                        ["place": place]
                    )
                    : t(
                        "prepared.clear_expired|Our alert about {place} has ended. Nobody confirmed anything new.",
                        ["place": place]
                    ),
                todo: t("prepared.clear_todo|See something new? Tell us.")
            )
        }
    }

    private static func each(_ voice: AlertVoice, _ make: (Words) throws -> TellingWords) rethrows -> [String:
        TellingWords]
    {
        try voice.languages.reduce(into: [:]) { all, t in all[t.language.code] = try make(t) }
    }

    /// At a sentence's end, where there is one.
    private static func cut(_ text: String, _ limit: Int) -> String {
        guard text.unicodeScalars.count > limit else { return text }
        let part = String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
        guard let stop = part.lastIndex(of: ".") else { return part }
        return String(part[...stop])
    }
}
