// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// The facts as the content pack has them: `rights/*.yaml` in the pack's own languages, and
/// `languages/<code>/rights.yaml` for each further one. A bad file stops the start and is named with its line and field.
package struct FactFiles: Sendable {
    package struct Filed: Sendable, Hashable {
        package let fact: Fact
        /// Its file in `rights`, such as `home.yaml`.
        package let file: String
    }

    /// `content/rights/pack.yaml`: where this pack is, and what its pages say about all facts.
    package struct Place: Decodable, Sendable {
        /// The federal circuit, a key of `jurisdictions`.
        package let circuit: String
        /// The languages whose words stand in `rights` and `guides` themselves.
        package let languages: [String]
        package let notice: LocalizedText
        /// Names for people, by key.
        package let jurisdictions: [String: LocalizedText]
    }

    /// `content/languages/<code>/rights.yaml`.
    struct Tongue: Codable {
        struct Words: Codable {
            var statement: String
            var means: String
            var dispute: String?
            var state: FactText.State?
            var on: String?
        }

        /// For words that don't say otherwise.
        var state: FactText.State
        /// By the fact's id, or `id@circuit-9` for a variant.
        var facts: [String: Words]
        var notice: String?
        var phrases: [String: Saying.Words]?
    }

    private struct File: Codable { var facts: [Fact] }

    package let place: Place
    package let facts: [Filed]
    /// By language code.
    let tongues: [String: Tongue]
    /// SHA-256 of the bytes that this was read from, in hexadecimal.
    let digest: String

    package var jurisdictions: Set<String> { Set(place.jurisdictions.keys) }

    package static func load(folder: String) throws -> FactFiles {
        var all: [UInt8] = []
        func read<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
            let source = try Content.bytes(path)
            all += source
            return try Content.yaml(type, path, source)
        }
        let place = try read(Place.self, "\(folder)/rights/pack.yaml")
        guard place.jurisdictions[place.circuit] != nil else {
            throw Content.Problem(path: "\(folder)/rights/pack.yaml", reason: "circuit: is not among the jurisdictions")
        }
        var tongues: [String: Tongue] = [:]
        for language in Language.known {
            let path = "\(folder)/languages/\(language.code)/rights.yaml"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            tongues[language.code] = try read(Tongue.self, path)
        }
        var facts: [Filed] = []
        for file in try Content.files(in: "\(folder)/rights") where file != "pack.yaml" {
            let path = "\(folder)/rights/\(file)"
            for fact in try read(File.self, path).facts {
                let whole = join(fact, tongues)
                try check(whole, path, Set(place.jurisdictions.keys))
                guard !facts.contains(where: { $0.fact.id == fact.id }) else {
                    throw problem(fact.id, path, "is there twice")
                }
                facts.append(Filed(fact: whole, file: file))
            }
        }
        let digest = Fingerprint.hex(Fingerprint.sha256(all))
        let files = FactFiles(place: place, facts: facts, tongues: tongues, digest: digest)
        try files.checkNames(folder)
        return files
    }

    /// The fact with the words that the languages' own files have.
    private static func join(_ fact: Fact, _ tongues: [String: Tongue]) -> Fact {
        var fact = fact
        for (code, tongue) in tongues {
            if let words = tongue.facts[fact.id] { fact.text[code] = text(words, tongue.state) }
            guard var variants = fact.variants else { continue }
            for index in variants.indices {
                if let words = tongue.facts["\(fact.id)@\(variants[index].circuit)"] {
                    variants[index].text[code] = text(words, tongue.state)
                }
            }
            fact.variants = variants
        }
        return fact
    }

    private static func text(_ words: Tongue.Words, _ state: FactText.State) -> FactText {
        FactText(
            state: words.state ?? state,
            on: words.on,
            statement: words.statement,
            means: words.means,
            dispute: words.dispute
        )
    }

    private static func check(_ fact: Fact, _ path: String, _ jurisdictions: Set<String>) throws {
        let t = Words(language: .english)
        if let first = FactChecks.problems(of: fact, jurisdictions: jurisdictions).min(by: { $0.key < $1.key }) {
            throw problem(fact.id, path, "\(first.key): \(t(first.value))")
        }
    }

    private static func problem(_ id: String, _ path: String, _ reason: String) -> Content.Problem {
        let line = (try? Content.text(path)).flatMap { Content.line(of: "id: \(id)", in: $0) }
        return Content.Problem(path: path, reason: "\(line.map { "line \($0), " } ?? "")fact \(id): \(reason)")
    }

    private func checkNames(_ folder: String) throws {
        let known = Dictionary(uniqueKeysWithValues: facts.map { ($0.fact.id, $0.fact) })
        for filed in facts {
            for other in filed.fact.see ?? [] where known[other] == nil {
                throw Self.problem(filed.fact.id, "\(folder)/rights/\(filed.file)", "see: there is no fact \(other)")
            }
        }
        for (code, tongue) in tongues {
            for name in tongue.facts.keys.sorted() {
                let parts = name.split(separator: "@").map(String.init)
                let fact = parts.first.flatMap { known[$0] }
                let isKnown = parts.count == 2 ? fact?.variants?.contains { $0.circuit == parts[1] } : fact != nil
                guard isKnown == true else {
                    throw Content.Problem(
                        path: "\(folder)/languages/\(code)/rights.yaml",
                        reason: "facts › \(name): there is no such fact"
                    )
                }
            }
        }
    }
}

extension FactFiles {
    /// Writes `facts` into the folder: a file is written only where what it says changes, so that notes in the others
    /// stay. Answers the files written.
    package func write(_ facts: [Filed], folder: String) throws -> [String] {
        var written: [String] = []
        let before = Dictionary(grouping: self.facts, by: \.file)
        let after = Dictionary(grouping: facts, by: \.file)
        for file in Set(before.keys).union(after.keys).sorted() {
            let old = (before[file] ?? []).map { own($0.fact) }
            let new = (after[file] ?? []).map { own($0.fact) }
            guard Set(old) != Set(new) else { continue }
            // In the order they stood in, new ones at the end.
            let order = Dictionary(uniqueKeysWithValues: old.enumerated().map { ($1.id, $0) })
            let sorted = new.sorted { (order[$0.id] ?? .max, $0.id) < (order[$1.id] ?? .max, $1.id) }
            try Content.write(yaml: File(facts: sorted), to: "\(folder)/rights/\(file)")
            written.append("rights/\(file)")
        }
        let codes = Set(facts.flatMap { Self.texts(of: $0.fact).flatMap(\.1.keys) }).subtracting(place.languages)
        for code in codes.union(tongues.keys).sorted() {
            let old = tongues[code]
            var words: [String: Tongue.Words] = [:]
            for filed in facts {
                for (name, texts) in Self.texts(of: filed.fact) {
                    guard let text = texts[code] else { continue }
                    words[name] = Tongue.Words(
                        statement: text.statement,
                        means: text.means,
                        dispute: text.dispute,
                        state: text.state == (old?.state ?? .draft) ? nil : text.state,
                        on: text.on
                    )
                }
            }
            let new = Tongue(state: old?.state ?? .draft, facts: words, notice: old?.notice, phrases: old?.phrases)
            guard Self.said(old) != Self.said(new) else { continue }
            try FileManager.default.createDirectory(
                atPath: "\(folder)/languages/\(code)",
                withIntermediateDirectories: true
            )
            try Content.write(yaml: new, to: "\(folder)/languages/\(code)/rights.yaml")
            written.append("languages/\(code)/rights.yaml")
        }
        return written
    }

    /// The part of a fact that stands in `rights`: words in the pack's own languages.
    private func own(_ fact: Fact) -> Fact {
        var fact = fact
        fact.text = fact.text.filter { place.languages.contains($0.key) }
        fact.variants = fact.variants?.map { variant in
            var variant = variant
            variant.text = variant.text.filter { place.languages.contains($0.key) }
            return variant
        }
        return fact
    }

    private static func texts(of fact: Fact) -> [(String, [String: FactText])] {
        [(fact.id, fact.text)] + (fact.variants ?? []).map { ("\(fact.id)@\($0.circuit)", $0.text) }
    }

    private static func said(_ tongue: Tongue?) -> [String: FactText] {
        guard let tongue else { return [:] }
        return tongue.facts.mapValues { text($0, tongue.state) }
    }
}
