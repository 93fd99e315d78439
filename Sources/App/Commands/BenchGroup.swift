// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Response

extension Bench {
    /// Puts made-up reports into incidents, in the order in which they came, and writes down where each went. What they
    /// truly are of stands in another file, which only `Benchmarks/rows/grouping.py` knows.
    struct Group: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "group",
            abstract: "The grouping of reports: time and where each goes."
        )

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        @Option(name: .long, help: "Tab-separated reports, as Benchmarks/events.py writes them.")
        var reports: String

        @Option(name: .long, help: "A file to write \"report, incident, suggested ones\" lines to.")
        var homes: String?

        @Option(name: .long, help: "Another number of the grouping, as name=number. For tuning on the open half.")
        var set: [String] = []

        func run() throws {
            let text = try String(contentsOfFile: reports, encoding: .utf8)
            let lines = text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
            guard let origin = Point(latitude: 34.05, longitude: -118.24) else { return }
            var settings = GroupingSettings.standard
            for pair in set {
                let parts = pair.split(separator: "=")
                guard parts.count == 2, let number = Double(parts[1]), settings.set(String(parts[0]), to: number) else {
                    throw ValidationError("\(pair) is no number of the grouping")
                }
            }
            let key = SketchKey(7, 11)
            let read = lines.compactMap { Line($0.map(String.init)) }
            guard read.count == lines.count else { throw ValidationError("a line of \(reports) is no report") }
            var start = BenchClock.cpu()
            let made = read.map { ($0.traits(key), $0.sent) }
            let sketched = BenchClock.cpu() - start
            let grid = Grid(origin: origin)
            var index = RecentIncidents(grid: grid, settings: settings)
            var went: [String] = []
            went.reserveCapacity(made.count)
            start = BenchClock.cpu()
            for (traits, sent) in made {
                let placement = index.settle(traits, fresh: traits.id, now: sent)
                if case .attach(let incident, _) = placement { went.append(incident) } else { went.append(traits.id) }
            }
            let settled = BenchClock.cpu() - start
            // And once more for the time of each: looking at the clock is a tenth of it.
            index = RecentIncidents(grid: grid, settings: settings)
            var times: [Double] = []
            times.reserveCapacity(made.count)
            var suggested: [String] = []
            for (traits, sent) in made {
                let began = ContinuousClock.now
                let placement = index.settle(traits, fresh: traits.id, now: sent)
                times.append((ContinuousClock.now - began) / Duration.microseconds(1))
                if case .suggest(let others) = placement {
                    suggested.append(others.map(\.incident).joined(separator: " "))
                } else {
                    suggested.append("")
                }
            }
            times.sort()
            if let homes {
                let lines = made.indices.map { "\(made[$0].0.id)\t\(went[$0])\t\(suggested[$0])\n" }
                try lines.joined().write(toFile: homes, atomically: true, encoding: .utf8)
            }
            let count = Double(max(1, made.count))
            let figures: [(String, Double)] = [
                ("reports", count), ("sketch_us", sketched / count * 1e6), ("settle_us", settled / count * 1e6),
                ("p50_us", times.isEmpty ? 0 : times[times.count / 2]),
                ("p99_us", times.isEmpty ? 0 : times[times.count * 99 / 100]), ("incidents", Double(Set(went).count)),
            ]
            if json {
                print("{\(figures.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", "))}")
            } else {
                for (name, figure) in figures { print("\(name)\t\(figure)") }
            }
        }

        /// A report as its line says it, before anything is made of its words.
        private struct Line {
            let columns: [String]
            let seen: Instant
            let sent: Instant
            let point: Point?
            let uncertainty: Double
            let picture: UInt64?

            init?(_ columns: [String]) {
                guard columns.count == 11, let seen = Int64(columns[1]), let sent = Int64(columns[2]),
                    let uncertainty = Double(columns[5])
                else { return nil }
                self.columns = columns
                (self.seen, self.sent) = (Instant(milliseconds: seen), Instant(milliseconds: sent))
                self.uncertainty = uncertainty
                point = Double(columns[3]).flatMap { latitude in
                    Double(columns[4]).flatMap { Point(latitude: latitude, longitude: $0) }
                }
                picture = UInt64(columns[8], radix: 16)
            }

            func traits(_ key: SketchKey) -> ReportTraits {
                ReportTraits(
                    id: columns[0],
                    at: seen,
                    point: point,
                    uncertainty: uncertainty,
                    kind: columns[6] == "other" ? "" : columns[6],
                    words: WordSketch(columns[10], key: key),
                    picture: picture,
                    source: columns[9]
                )
            }
        }
    }
}
