// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching

/// A day, real or invented, as a list of steps: what `vecinos drill` and the demonstration play. The format is
/// described in `content/README.md`. Everything that comes of it is marked as an exercise.
package struct Scenario: Sendable {
    /// By language code.
    package let title: [String: String]
    package let about: [String: String]
    /// False: a replay of public events, each with its source.
    package let isInvented: Bool
    /// When the first second of a replay was.
    package let startsAt: Instant?
    package let sources: [Source]
    package private(set) var incidents: [String: Expected]
    /// In order of time.
    package private(set) var steps: [Step]

    package struct Source: Sendable, Decodable {
        package let key: String
        package let name: String
        /// Nil where only a copy on another site was read: that is no source.
        package let url: String?
        package let published: String
    }

    /// What grouping and checking should come to.
    package struct Expected: Sendable, Codable {
        package let title: String
        package let ends: Truth
        package let reports: Int
    }

    package struct Step: Sendable {
        /// Since the start.
        package let at: Duration
        package let action: Action
    }

    package enum Action: Sendable {
        case report(Call)
        case dispatch(String, [(role: Skill, wanted: Int)])
        case accept(String, count: Int)
        case arrive(String)
        case verify(String, Verification.Finding)
        case observe(String, Observation.Filing)
        case over(String)
        case close(String)
        /// A line in the timeline: somebody was detained, an alert went out, something was noted.
        case mark(String, Mark)

        /// The incident's key.
        package var incident: String {
            switch self {
            case .report(let call): call.expects
            case .dispatch(let key, _), .accept(let key, _), .arrive(let key), .verify(let key, _),
                .observe(let key, _),
                .over(let key), .close(let key), .mark(let key, _):
                key
            }
        }

        package var name: String {
            switch self {
            case .report: "report"
            case .dispatch: "dispatch"
            case .accept: "accept"
            case .arrive: "arrive"
            case .verify: "verify"
            case .observe: "observe"
            case .over: "over"
            case .close: "close"
            case .mark(_, let mark): mark.rawValue
            }
        }
    }

    package enum Mark: String, Sendable, Decodable {
        case detained, alert, note
    }

    /// One call for help of the scenario.
    package struct Call: Sendable {
        package var filing: ReportFiling
        /// Metres from the middle of the place.
        package let offset: Offset
        package let expects: String

        /// With its point on the map, as a telephone would send it.
        func filing(in places: Places) -> ReportFiling {
            var filing = filing
            guard let center = filing.whereabouts.place.flatMap(places.place)?.center else { return filing }
            let middle = places.grid.offset(of: center)
            let offset = Offset(east: middle.east + offset.east, north: middle.north + offset.north)
            filing.whereabouts.point = places.grid.point(at: offset)
            return filing
        }
    }

    /// Why a file can't be played; names the step.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    package static func load(_ path: String) throws -> Scenario {
        let file = try Content.yaml(File.self, path)
        do {
            return try Scenario(file)
        } catch let problem as Problem {
            throw Problem(description: "\(path): \(problem)")
        }
    }

    /// Throws `Problem` with the first call that an instance with these places would refuse.
    package func check(in places: Places, at now: Instant) throws {
        let t = Kit.Words(language: .english)
        for (at, call) in calls {
            do {
                _ = try call.filing(in: places).checked(at: now, in: places)
            } catch let refusal as Refusal {
                let fields = refusal.fields.sorted { $0.key < $1.key }.map { "\($0.key): \(t($0.value))" }
                let why = fields.isEmpty ? t(refusal.message) : fields.joined(separator: " ")
                throw Problem(description: "the call at \(at.components.seconds) s: \(why)")
            }
        }
    }

    package var length: Duration { steps.last?.at ?? .zero }

    /// Only what comes from outside.
    package var calls: [(at: Duration, call: Call)] {
        steps.compactMap { step in
            guard case .report(let call) = step.action else { return nil }
            return (step.at, call)
        }
    }

    /// The same day with `size` callers for each one, who come in the same moment and stand a few steps apart.
    package func multiplied(by size: Int) -> Scenario {
        guard size > 1 else { return self }
        var many = self
        many.incidents = incidents.mapValues {
            Expected(title: $0.title, ends: $0.ends, reports: $0.reports * size)
        }
        many.steps = steps.flatMap { step -> [Step] in
            guard case .report(let call) = step.action else { return [step] }
            return (0..<size).map { Step(at: step.at, action: .report(call.copied($0))) }
        }
        return many
    }
}

extension Scenario.Call {
    /// Another caller who saw the same: up to 16 m further, and known by another number.
    fileprivate func copied(_ number: Int) -> Scenario.Call {
        guard number > 0 else { return self }
        var copy = Scenario.Call(
            filing: filing,
            offset: Offset(
                east: offset.east + Double(number % 9 - 4) * 4,
                north: offset.north + Double(number / 9 % 9 - 4) * 4
            ),
            expects: expects
        )
        copy.filing.source = filing.source.map { "\($0)#\(number)" }
        return copy
    }
}

extension Scenario {
    private init(_ file: File) throws {
        title = file.title
        about = file.about
        isInvented = file.invented
        startsAt = (try? Date(file.starts, strategy: .iso8601)).map { date in
            Instant(milliseconds: Int64((date.timeIntervalSince1970 * 1_000).rounded()))
        }
        sources = file.sources
        incidents = try file.incidents.mapValues { expected in
            guard let ends = Truth(rawValue: expected.ends) else {
                throw Problem(description: "\(expected.title["en"] ?? ""): no incident ends as '\(expected.ends)'")
            }
            let title = expected.title["en"] ?? ""
            guard (0...Self.mostReports).contains(expected.reports) else {
                throw Problem(description: "\(title): choose from 0 to \(Self.mostReports) reports")
            }
            return Expected(title: title, ends: ends, reports: expected.reports)
        }
        let keys = Set(file.incidents.keys)
        steps = try file.events.map { event in
            do {
                let step = try event.step()
                guard keys.contains(step.action.incident) else {
                    throw Problem(description: "there is no incident called '\(step.action.incident)'")
                }
                return step
            } catch let problem as Problem {
                throw Problem(description: "\(event.at) \(event.do): \(problem)")
            }
        }.sorted { $0.at < $1.at }
    }

    /// Of one incident, before a drill multiplies it.
    private static let mostReports = 100_000

    /// The file as it is written.
    private struct File: Decodable {
        struct Expected: Decodable {
            /// By language code; what is kept of a drill has the English.
            let title: [String: String]
            let ends: String
            let reports: Int
        }

        let title: [String: String]
        let about: [String: String]
        let invented: Bool
        let starts: String
        let sources: [Source]
        let incidents: [String: Expected]
        let events: [Event]
    }

    private enum Words: Decodable {
        case plain(String)
        case languages([String: String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .plain(text)
            } else {
                self = .languages(try container.decode([String: String].self))
            }
        }
    }

    private struct Event: Decodable {
        struct Metres: Decodable {
            let north: Double
            let east: Double
        }

        let at: String
        let `do`: String
        let channel: String?
        let language: String?
        let kind: String?
        let words: Words?
        let place: String?
        let offset: Metres?
        let salute: Salute?
        let caller: String?
        let expects: String?
        let incident: String?
        let need: [String: Int]?
        let count: Int?
        let truth: String?
        let level: String?
        let how: String?
        let what: [String: String]?

        func step() throws -> Step { Step(at: try time(), action: try action()) }

        private func action() throws -> Action {
            switch self.do {
            case "report": .report(try call())
            case "dispatch": .dispatch(try named(incident, "incident"), try needs())
            case "accept": .accept(try named(incident, "incident"), count: max(count ?? 1, 0))
            case "arrive": .arrive(try named(incident, "incident"))
            case "verify": .verify(try named(incident, "incident"), try finding())
            case "observe":
                .observe(try named(incident, "incident"), Observation.Filing(salute: salute ?? Salute(), words: plain))
            case "over": .over(try named(incident, "incident"))
            case "close": .close(try named(incident, "incident"))
            case "detained", "alert", "note":
                .mark(try named(incident, "incident"), Mark(rawValue: self.do) ?? .note)
            default: throw Problem(description: "there is no such step")
            }
        }

        private var plain: String? {
            switch words {
            case .plain(let text): text
            case .languages(let all): all["en"]
            case nil: nil
            }
        }

        private func call() throws -> Call {
            guard let channel = Channel(rawValue: channel ?? "web") else {
                throw Problem(description: "there is no channel called '\(channel ?? "")'")
            }
            let filing = ReportFiling(
                kind: kind,
                words: plain,
                whereabouts: Whereabouts(place: place),
                salute: salute ?? Salute(),
                language: language ?? "en",
                channel: channel,
                source: caller.map { "drill:\($0)" },
                isExercise: true
            )
            let offset = Offset(east: offset?.east ?? 0, north: offset?.north ?? 0)
            guard abs(offset.east) <= 100_000, abs(offset.north) <= 100_000 else {
                throw Problem(description: "the offset is more than 100 km")
            }
            return Call(filing: filing, offset: offset, expects: try named(expects, "expects"))
        }

        private func needs() throws -> [(role: Skill, wanted: Int)] {
            try (need ?? [:]).filter { $0.value > 0 }.sorted { $0.key > $1.key }.map { name, wanted in
                guard let role = Skill(rawValue: name), (1...20).contains(wanted) else {
                    throw Problem(description: "can't ask for \(wanted) of '\(name)'")
                }
                return (role, wanted)
            }
        }

        private func finding() throws -> Verification.Finding {
            let names = ["official_statement": "official", "two_reports": "independent"]
            guard let truth = truth.flatMap(Truth.init), let how = How(rawValue: names[how ?? ""] ?? how ?? ""),
                let number = level.flatMap({ Int($0.dropFirst()) }), let level = EvidenceLevel(rawValue: number)
            else { throw Problem(description: "truth, level or how can't be read") }
            let explanation = Explanation(what ?? [:])
            return Verification.Finding(
                truth,
                level: level,
                how: how,
                explanation: explanation.isEmpty ? nil : explanation
            )
        }

        private func named(_ text: String?, _ field: String) throws -> String {
            guard let text else { throw Problem(description: "\(field) is missing") }
            return text
        }

        /// "HH:MM:SS", hours may pass 24.
        private func time() throws -> Duration {
            let parts = at.split(separator: ":").compactMap { Int($0) }
            guard parts.count == 3, (0...9_999).contains(parts[0]),
                parts[1...].allSatisfy({ (0...59).contains($0) })
            else { throw Problem(description: "the time must be HH:MM:SS") }
            return .seconds(parts[0] * 3_600 + parts[1] * 60 + parts[2])
        }
    }
}
