// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Reads of a report's words what `Account` keeps: of every report, once, so no text is made of a word. By the lexicon of the
/// grouping and closed lists of phrases in English and Spanish: what is said in other ways, or in other languages, is plain.
struct AccountReading {
    private(set) var details: Details = []
    private var marks: Marks = []

    static let languages: Set<String> = ["en", "es"]

    /// What phrases say of who tells it, and of whom.
    private struct Marks: OptionSet {
        let rawValue: UInt16
        /// That nothing is there.
        static let denies = Marks(rawValue: 1)
        static let asks = Marks(rawValue: 2)
        /// With their own eyes.
        static let sees = Marks(rawValue: 4)
        /// Others said it, or it is a text that goes round.
        static let heard = Marks(rawValue: 8)
        static let others = Marks(rawValue: 16)
        /// Nobody who is sent to take anybody.
        static let workers = Marks(rawValue: 64)
        /// Somebody who could be from immigration.
        static let officers = Marks(rawValue: 32)
        /// What such people wear, and the police too.
        static let dressed = Marks(rawValue: 128)
        /// That there is nobody, or not who they were taken for: unless they saw it, or tell of somebody who was taken.
        static let doubts = Marks(rawValue: 256)
        /// "no" and its like, what may stand between it and what it denies, and words for seeing.
        static let negates = Marks(rawValue: 512)
        static let fills = Marks(rawValue: 1_024)
        static let looks = Marks(rawValue: 2_048)
        /// "were", and who is no officer: together they say that nobody was.
        static let equates = Marks(rawValue: 4_096)
        static let harmless = Marks(rawValue: 8_192)
    }

    init(_ words: String?, _ salute: Salute) {
        if let words { read(words) }
        for (field, text) in salute.answers {
            switch field {
            case .size: details.formUnion(Self.count(in: text))
            case .activity, .location, .uniform, .equipment: details.formUnion(AccountReading(said: text).details)
            case .time: continue
            }
        }
        if !details.isDisjoint(with: Details.Topic.uniform.all) { marks.insert(.dressed) }
    }

    private init(said text: String) { read(text) }

    /// Who says that nothing is there says so whatever they look at; who sees it does, whatever they ask or fear.
    var voice: Account.Voice {
        if marks.contains(.denies) { return .nothing }
        if marks.contains(.sees) { return .eyes }
        if marks.contains(.doubts), details.isDisjoint(with: .taking) { return .nothing }
        if marks.contains(.asks) { return .nothing }
        return marks.contains(.heard) ? .told : .plain
    }

    /// Says that nothing is there, and doesn't only ask.
    var denies: Bool {
        voice == .nothing && !marks.contains(.asks) && !marks.isDisjoint(with: [.denies, .doubts])
    }

    var namesOfficers: Bool { marks.contains(.officers) }

    /// Who names officers of immigration tells of them, whoever else is there; a vest says "police" on either.
    var isOfOthers: Bool {
        if marks.contains(.officers) { return false }
        return marks.contains(.workers) || (marks.contains(.others) && !marks.contains(.dressed))
    }

    private mutating func read(_ words: String) {
        if Self.isQuestion(words) { marks.insert(.asks) }
        var (details, marks) = (Details(), Marks())
        FoldedBytes.look(at: words, limit: 120) { folded in
            let lexicon = LexiconForms.standard
            let (phrases, ofConcepts) = (Self.phrases, Details.ofConcepts)
            var number: (count: Int, at: Int)?
            var isDenied = false
            // Where a word must stand to say who they were: of the next words, a bit each.
            var equated: UInt8 = 0
            for start in 0..<folded.count {
                let word = folded[start]
                var here = Marks()
                let key = LexiconForms.key(word)
                var place = Self.first(of: phrases, from: key)
                while place < phrases.count, phrases[place].key == key {
                    let phrase = phrases[place]
                    place += 1
                    guard Self.says(phrase.words, folded, at: start) else { continue }
                    here.formUnion(phrase.marks)
                    details.formUnion(phrase.details)
                    if phrase.marks.contains(.equates) { equated |= 1 << UInt8(phrase.words.count) }
                }
                if here.contains(.harmless), equated & 1 == 1 { marks.insert(.doubts) }
                equated >>= 1
                if isDenied, !here.isDisjoint(with: [.officers, .looks]) {
                    marks.insert(.doubts)
                    here.remove(.sees)
                }
                isDenied = here.contains(.negates) || (isDenied && here.contains(.fills))
                marks.formUnion(here)
                let meaning = lexicon.meaning(of: word)
                if !meaning.phrases.isEmpty, start + 1 < folded.count,
                    let concept = lexicon.concept(of: meaning.phrases, before: folded[start + 1])
                {
                    details.formUnion(ofConcepts[concept])
                    continue
                }
                switch meaning.sense {
                case .number: number = (Self.counts[Int(meaning.concept)], start)
                case .concept, .common:
                    details.formUnion(ofConcepts[Int(meaning.concept)])
                    if let counted = number, start - counted.at <= 2, Self.arePeople[Int(meaning.concept)] {
                        details.formUnion(.size(counted.count))
                    }
                case .stop, .nothing:
                    if let count = Self.number(word) { number = (count, start) }
                }
            }
        }
        self.details.formUnion(details)
        // A long text that has such words in it tells of more than that.
        if words.utf8.count > 400 { marks.subtract([.denies, .asks, .doubts]) }
        self.marks.formUnion(marks)
    }

    /// The answer to "how many?".
    private static func count(in text: String) -> Details {
        var details = Details()
        FoldedBytes.look(at: text, limit: 12) { folded in
            for index in 0..<folded.count where details.isEmpty {
                let meaning = LexiconForms.standard.meaning(of: folded[index])
                if meaning.sense == .number {
                    details = .size(counts[Int(meaning.concept)])
                } else if let count = number(folded[index]) {
                    details = .size(count)
                }
            }
        }
        return details
    }

    /// Ends with a question mark: "?", "？" or "؟". Who asks why says that it is so.
    private static func isQuestion(_ words: String) -> Bool {
        guard words.utf8.count <= 400 else { return false }
        let end = words.utf8.reversed().drop { $0 <= 0x20 }.prefix(3)
        let isAsked =
            end.first == UInt8(ascii: "?") || end.elementsEqual([0x9F, 0xBC, 0xEF])
            || end.starts(with: [0x9F, 0xD8])
        guard isAsked else { return false }
        let start = words.drop { !$0.isLetter }.prefix(7).lowercased()
        return !["why ", "por que", "por qué"].contains { start.hasPrefix($0) }
    }

    /// Nothing but thanks.
    static func isThanks(_ words: String) -> Bool {
        let words = Folded(words, limit: 9).words
        return words.count <= 8 && words.contains { $0.hasPrefix("thank") || $0 == "gracias" }
            && words.allSatisfy(AccountPhrases.thanking.contains)
    }

    private static func says(_ phrase: [[UInt8]], _ folded: borrowing FoldedBytes, at start: Int) -> Bool {
        guard start + phrase.count <= folded.count else { return false }
        for index in phrase.indices where !folded[start + index].elementsEqual(phrase[index]) { return false }
        return true
    }

    /// Digits alone, two at most.
    private static func number(_ word: LexiconForms.Word) -> Int? {
        guard word.count <= 2, !word.isEmpty else { return nil }
        var number = 0
        for byte in word {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }

    /// Of the lexicon's concepts, which are numbers; 0: not one that can be compared.
    private static let counts = LexiconForms.standard.concepts.map { Int($0.dropFirst()) ?? 0 }
    /// And which are people who can be counted.
    private static let arePeople = LexiconForms.standard.concepts.map {
        ["=agent", "=person", "=man", "=mask", "=vest", "=uniform", "=military"].contains($0)
    }

    private struct Phrase: Sendable {
        /// Of its first word.
        let key: Int
        let words: [[UInt8]]
        let marks: Marks
        let details: Details
    }

    /// The place of the first phrase whose key is no less.
    private static func first(of phrases: [Phrase], from key: Int) -> Int {
        var (low, high) = (0, phrases.count)
        while low < high {
            let middle = (low + high) / 2
            if phrases[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Folded, in the order of their keys: few words of a text begin one, and the others must cost nothing.
    private static let phrases: [Phrase] = {
        var phrases: [Phrase] = []
        func add(_ marks: Marks, _ details: Details = [], _ all: [String]) {
            for phrase in all {
                let words = phrase.split(separator: " ").map { Array($0.utf8) }
                let key = words[0].withUnsafeBufferPointer { LexiconForms.key($0) }
                phrases.append(Phrase(key: key, words: words, marks: marks, details: details))
            }
        }
        add(.denies, [], AccountPhrases.denying)
        add(.doubts, [], AccountPhrases.doubting)
        add(.equates, [], AccountPhrases.equating)
        add(.harmless, [], AccountPhrases.harmless)
        add(.negates, [], AccountPhrases.negating)
        add(.fills, [], AccountPhrases.filling)
        add([.looks, .fills], [], AccountPhrases.looking)
        add(.asks, [], AccountPhrases.asking)
        add(.sees, [], AccountPhrases.seeing)
        add(.heard, [], AccountPhrases.hearing)
        add(.others, [], AccountPhrases.police)
        add(.workers, [], AccountPhrases.workers)
        add(.officers, [], AccountPhrases.officers)
        add(.officers, .plainClothes, AccountPhrases.plainClothes)
        add([], .taking, AccountPhrases.taking)
        add([], .knocking, AccountPhrases.knocking)
        add([], .stopping, AccountPhrases.stopping)
        add([], .uniform, AccountPhrases.uniform)
        return phrases.sorted { $0.key < $1.key }
    }()
}

/// Folded: lower case, without accents and apostrophes.
private enum AccountPhrases {
    static let thanking: Set<String> = [
        "thank", "thanks", "you", "so", "very", "much", "a", "lot", "for", "checking", "the", "help", "ok", "okay",
        "all",
        "gracias", "muchas", "mil", "muchisimas", "por", "avisar", "todo", "su", "la", "ayuda", "bueno", "dios", "los",
        "bendiga",
    ]
    static let denying = [
        "false alarm", "falsa alarma", "nothing here", "nothing there", "no one here", "no one there", "nobody here",
        "nobody there", "not ice", "no ice here", "no ice there", "theres no ice", "it was just", "its just the police",
        "no hay nada", "no hay nadie", "no vi nada", "no vi a nadie", "no veo nada", "no es la migra",
        "no era la migra",
        "no son de la migra", "no era migra", "didnt see anything", "dont see anything", "dont see anyone",
        "no es cierto",
        "es mentira", "nothing is going on", "nothing going on", "zero agents", "no pasa nada", "no esta pasando nada",
        "not true", "see no one", "see nobody", "see nothing", "see no ice", "see no agents",
    ]
    static let doubting = [
        "ya no hay", "ya se fueron", "se fueron ya", "they left", "already left", "have left", "theyre gone",
        "are gone",
        "false", "falso", "fake", "nobody in", "nobody with", "no one in", "no one with", "nadie con",
        "everything calm", "all calm", "todo tranquilo",
    ]
    static let equating = [
        "are", "were", "was", "are just", "were just", "was just", "theyre", "son", "eran", "era", "son solo",
        "eran solo",
    ]
    static let harmless = [
        "gardeners", "landscapers", "construction workers", "firefighters", "a film crew", "security guards",
        "jardineros", "trabajadores", "albaniles", "bomberos", "una filmacion", "guardias de seguridad",
    ]
    static let negating = [
        "no", "not", "dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "werent", "cant", "ni", "nor", "ningun",
        "ninguna",
        "ningunos",
    ]
    static let filling = [
        "hay", "habia", "son", "es", "era", "eran", "are", "is", "were", "was", "any", "the", "more", "de", "la", "los",
        "las",
        "el", "masked", "ya", "mas",
    ]
    static let looking = ["see", "seeing", "saw", "veo", "vi", "vemos", "vimos"]
    static let asking = [
        "with my court date", "with my case", "con mi caso", "con mi cita", "con mi corte", "do you know if",
        "is it true", "is there ice", "is ice in", "is ice at", "any ice", "es verdad que", "es cierto que",
        "es verdad lo",
        "hay migra hoy", "alguien sabe", "saben si", "does anyone know", "anyone know if", "anybody know", "has anyone",
        "is it safe", "es seguro", "what do i do", "que hago", "i am scared", "im scared", "im afraid", "i am afraid",
        "afraid that", "worried that", "miedo de que", "miedo que", "tengo miedo", "me da miedo", "estoy asustada",
        "estoy asustado",
    ]
    static let seeing = [
        "i see", "i can see", "i saw", "just saw", "i am seeing", "im seeing", "im watching", "i am watching",
        "im looking", "i am looking", "looking at it", "im filming", "i am filming", "filming it", "im recording",
        "i am recording", "i witnessed", "saw it myself", "with my own eyes", "my window", "my balcony", "my door",
        "my house", "my building", "i can confirm", "puedo confirmar", "im here",
        "i am here", "im at the", "i am at the", "im across", "i am across",
        "across from me", "in front of me", "next to me", "we see", "we saw", "we are seeing", "we can see", "veo",
        "lo vi", "los vi", "la vi", "yo vi", "acabo de ver", "acabo de verlo", "acabo de verlos", "acabamos de ver",
        "estoy viendo", "estamos viendo", "viendolo", "viendolos", "estoy grabando", "estamos grabando", "estoy aqui",
        "estoy en la", "estoy en el", "estoy enfrente", "estoy afuera", "estoy cerca", "frente a mi", "enfrente de mi",
        "a lado de mi", "mi ventana", "mi puerta", "mi casa", "mi edificio", "mis propios ojos", "vimos", "vemos",
    ]
    static let hearing = [
        "cousin says", "friend says", "sister says", "brother says", "mom says", "dad says", "aunt says", "uncle says",
        "neighbor says", "coworker says", "boss says", "prima dice", "primo dice", "hermana dice", "hermano dice",
        "vecina dice", "vecino dice", "amiga dice", "amigo dice", "mama dice", "papa dice", "tia dice", "tio dice",
        "they say", "they said", "people say", "people are saying", "everyone is saying", "everybody says",
        "someone said",
        "somebody said", "someone says", "someone told", "somebody told", "told me", "told us", "tells me", "says that",
        "says there", "says theres", "says ice", "says they", "said that", "said there", "said ice", "i heard",
        "we heard", "heard that", "heard there", "heard ice", "heard they", "heard from", "hearing that", "saying that",
        "talking about", "got a text", "got a message",
        "got a call", "got told", "was told", "not sure if its true", "not sure if real", "might be fake", "nextdoor",
        "citizen app", "trending", "according to", "apparently",
        "supposedly", "allegedly", "rumor", "rumors", "rumour", "facebook says", "facebook said", "instagram says",
        "tiktok says", "twitter says", "whatsapp says", "news says", "facebook dice", "whatsapp dice", "on facebook",
        "on instagram", "on tiktok",
        "on twitter",
        "on whatsapp", "on social media", "on the news", "a post", "posted", "group chat", "forwarded", "fwd", "repost",
        "reposting", "share this", "share with", "please share", "pls share", "pass it on", "spread the word",
        "tell everyone", "tell everybody", "tell your", "warn everyone", "warn your", "tomorrow", "this week",
        "dicen que hay", "dicen que anda", "dicen que andan", "dicen que esta", "dicen que estan", "dicen que van",
        "dicen que la", "dicen que vieron", "dicen que en", "dicen que ice", "dijeron", "comenta", "comentan",
        "platican", "me llego", "nos llego", "un audio", "dicen q", "dice que", "dice q", "dizque", "me dijo",
        "nos dijo",
        "me contaron", "me conto", "me avisaron", "me aviso", "me mandaron", "escuche que", "escuche q", "oi que",
        "oimos que", "se dice", "se rumora", "se rumorea", "rumor", "rumores", "segun", "supuestamente", "al parecer",
        "en facebook", "en instagram", "en tiktok", "en whatsapp", "en redes", "en las redes", "en las noticias",
        "en el grupo", "publicaron", "compartan", "comparte", "compartelo", "compartir", "pasalo", "pasenlo",
        "pasen la",
        "reenviado", "reenvien", "cadena", "corran la voz", "avisen", "avisa a", "avisale", "manana", "esta semana",
        "van a venir", "van a estar",
    ]
    /// The police by names that the immigration police don't go by.
    static let police = [
        "lapd", "police", "policia", "policias", "cop", "cops", "sheriff", "sheriffs", "sherif", "deputy", "deputies",
        "chp",
        "highway patrol", "patrulla", "patrullas", "poli", "polis", "k9",
    ]
    static let workers = [
        "firefighter", "firefighters", "fire truck", "fire trucks", "fire department", "bomberos", "ambulance",
        "ambulances", "ambulancia", "ambulancias", "paramedics", "paramedicos", "movie", "film crew", "filming a movie",
        "pelicula", "filmando", "tow truck", "grua", "security guard", "security guards", "guardia de seguridad",
        "guardias de seguridad", "guardias con chaleco", "guardia con chaleco", "seguridad privada", "orange vest",
        "orange vests", "yellow vest", "yellow vests", "chalecos naranjas", "chaleco naranja", "chalecos amarillos",
        "chaleco amarillo", "construction workers", "road work", "parking enforcement", "plumbers", "plomeros",
    ]
    static let officers = [
        "ice", "migra", "inmigracion", "migracion", "immigration", "federal", "federales", "feds", "agent", "agents",
        "agente", "agentes", "hsi", "dhs", "cbp", "h s i", "i c e", "d h s", "c b p", "border patrol",
        "patrulla fronteriza", "homeland", "deportation",
        "unmarked", "sin placas",
        // What they shout at a door says nothing of who they are.
        "police open", "open up police", "saying police", "says police", "yelling police", "shouting police",
        "screaming police", "gritando policia", "gritan policia", "diciendo policia", "policia abran", "policia abra",
    ]
    /// Besides what the lexicon has.
    static let taking = [
        "pulled out", "pulling out", "pulling people", "pulled a", "dragged", "dragging", "tackled", "tackling",
        "zip tied",
        "zip ties", "loading people", "loaded people", "face down", "on the ground", "against the wall", "pinned",
        "kidnapped", "kidnapping", "snatched", "rounded up", "bajando gente", "bajaron a", "sacaron", "sacando",
        "subieron", "subiendo", "los suben", "lo suben", "la suben", "tiraron al", "tumbaron", "contra la pared",
        "en el piso", "en el suelo", "secuestraron", "secuestrando", "se lo llevan", "se la llevan", "se los llevan",
        "amarrados", "levantaron a", "cuffed", "they caught", "they have him", "they have her", "they have my",
        "they got my", "they have a man", "they have a guy", "they have a woman", "have the father", "have the mother",
        "have the dad", "have the mom", "tienen a un", "tienen a una", "tienen a mi", "tienen al papa",
        "tienen al senor", "tienen a la senora", "tienen a la mama",
    ]
    static let stopping = [
        "cones", "conos", "got stopped", "stopped me", "stopped us", "stopping cars", "stopping trucks",
        "stopping people", "stopping everybody", "stopping everyone", "stopping all", "gets pulled over",
        "pulling over", "pulling people over", "pulling cars over", "asking everybody for", "asking everyone for",
        "asking for id", "asking for papers", "checking ids", "checking papers", "me pararon", "nos pararon",
        "estan parando", "andan parando", "parando carros", "parando trocas", "parando las", "parando los",
        "parando a", "revisan a", "revisando a", "revisando carros", "revisando los carros", "pidiendo papeles",
        "piden papeles",
    ]
    static let uniform = [
        "green uniform", "green uniforms", "dressed in green", "agents in green", "uniforme verde", "uniformes verdes",
        "vestidos de verde", "agentes de verde", "de verde con",
    ]
    static let knocking = [
        "pounding", "kicked in", "kicking", "broke down", "breaking down", "at my door", "at the door", "going door to",
        "door to door", "tumbar la", "tumbando", "patearon", "pateando", "casa por casa", "puerta por puerta",
        "en mi puerta", "en la puerta", "las puertas", "la puerta de",
    ]
    static let plainClothes = ["plain clothes", "plainclothes", "civilian clothes", "de civil", "de paisano"]
}
