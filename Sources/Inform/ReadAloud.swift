// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// One card of a guide as a voice reads it today, in one language. Its name is made of its words: when a fact changes,
/// stands otherwise or is taken back, the old sound has another name and is heard no more.
package struct ReadAloud: Sendable, Hashable {
    package let language: Language
    package let text: String

    /// 24 hex digits; the sound is the file `<name>.mp3`.
    package var name: String {
        String(Fingerprint.hex(Fingerprint.sha256(Array("\(language.code)\n\(text)".utf8))).prefix(24))
    }

    /// Nil where it can't be read: something it rests on was taken back, or a part of it is not in the language yet.
    package init?(_ card: Guide.Card, _ rights: Rights, _ t: Words) {
        guard rights.standing(of: card.facts + (card.rests ?? [])) != .recalled, card.title.isIn(t.language),
            card.words?.isIn(t.language) != false
        else { return nil }
        var lines = [card.title(t.language)]
        if let words = card.words { lines.append(words(t.language)) }
        for saying in (card.say ?? []).compactMap(rights.saying) {
            guard let line = Self.line(saying, t) else { return nil }
            lines.append(line)
        }
        let leaning = rights.standing(of: card.rests ?? [])
        if leaning != .settled { lines.append("\(t(leaning.words)).") }
        for id in card.facts {
            guard let entry = rights.entry(id) else { return nil }
            let (text, language) = entry.words(t.language)
            guard language == t.language else { return nil }
            if entry.standing != .settled { lines.append("\(t(entry.standing.words)).") }
            lines += [text.statement, text.means] + (text.dispute.map { [$0] } ?? [])
        }
        language = t.language
        text = lines.joined(separator: "\n")
    }

    /// What to say in English, as this language's voice can say it, then what it means.
    private static func line(_ saying: Saying, _ t: Words) -> String? {
        let say = t("rights.say_this|Say this in English")
        guard t.language != .english else { return "\(say): \(saying.english)" }
        guard let words = saying.words[t.language.code], let sounds = words.sounds else { return nil }
        return "\(say): \(sounds) \(words.means)"
    }

    /// All that can be read today, in every language that a guide is in; or all of one guide.
    package static func all(_ rights: Rights, _ library: Library, guide id: String? = nil) -> [ReadAloud] {
        library.languages.flatMap { language in
            let t = library.passing(language.code)
            return rights.guides.filter { id == nil || $0.id == id }.flatMap { guide in
                guide.cards.compactMap { ReadAloud($0, rights, t) }
            }
        }
    }

    /// What espeak-ng calls its voice for a language; nil where it has none, and people's own voices are needed.
    package static func voice(_ language: Language) -> String? {
        switch language.code {
        case "en": "en-us"
        case "es": "es-419"
        case "zh-Hans", "zh-Hant": "cmn"
        case "ko", "hy", "vi", "fa", "ru", "ar": language.code
        default: nil
        }
    }

    /// The names of the sounds that stand in a folder; none when it isn't there.
    static func names(in folder: String?) -> Set<String> {
        guard let folder, let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        return Set(files.compactMap { $0.hasSuffix(".mp3") ? String($0.dropLast(4)) : nil }.filter(isName))
    }

    package static func isName(_ text: String) -> Bool {
        text.utf8.count == 24 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}

extension Standing {
    /// Its mark in words.
    package var words: Phrase {
        switch self {
        case .settled: "rights.settled|Settled law"
        case .contested: "rights.contested|Courts do not agree yet"
        case .blocked: "rights.blocked|Stopped by a court for now"
        case .pending: "rights.pending|Not final yet"
        case .expired: "rights.stale|Not checked lately"
        case .recalled: "rights.recalled|Taken back"
        }
    }
}
