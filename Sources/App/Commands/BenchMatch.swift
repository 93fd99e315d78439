// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Matching
import People

extension Bench {
    /// Who is nearest and can, among as many helpers as asked for; the same people and needs are written out, so that
    /// another program can be asked the same and must give the same answers.
    struct Match: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "match",
            abstract: "The index of helpers: time, memory and answers."
        )

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        @Option(name: .long, help: "How many helpers.")
        var helpers = 1_000_000

        @Option(name: .long, help: "How many needs.")
        var queries = 20_000

        @Option(name: .long, help: "A folder to write helpers.tsv, any.tsv and common.tsv to.")
        var export: String?

        func run() async throws {
            LocalTime.setZone("America/Los_Angeles")
            let county = County(helpers: helpers, needs: queries)
            let everybody = county.entries()
            var start = BenchClock.wall()
            let index = HelperIndex(everybody)
            var figures = [("build_s", BenchClock.wall() - start)]
            if let export { try county.write(everybody, to: export) }
            for (wanted, prefix, file) in [(County.Wanted.any, "", "any"), (.common, "common_", "common")] {
                let needs = county.needs(wanted)
                figures += Self.time(needs, on: index).map { (prefix + $0.0, $0.1) }
                guard let export else { continue }
                let answers = needs.map { index.nearest($0).choices.map(\.person) }
                try county.write(needs, answers, to: "\(export)/\(file).tsv")
                figures += Self.selectivity(needs, among: everybody).map { (prefix + $0.0, $0.1) }
            }
            figures.append(("memory_mib", Double(index.memory) / 1_048_576))
            let updates = county.moves(1_000).map { entry in
                start = BenchClock.threadCPU()
                index.put(entry)
                let skill = entry.helper.skills.first?.skill ?? .observer
                _ = index.nearest(Need(skill, near: entry.helper.point, at: County.moment, count: 1, within: 500))
                return (BenchClock.threadCPU() - start) * 1e6
            }.sorted()
            let short = county.needs(.common).prefix(200).map { need in
                start = BenchClock.threadCPU()
                _ = index.nearest(Need(need.skill, near: need.point, at: need.at, count: 5_000, within: 1_000))
                return (BenchClock.threadCPU() - start) * 1e6
            }.sorted()
            start = BenchClock.wall()
            index.rebuild()
            figures += [
                ("rebuild_s", BenchClock.wall() - start), ("update_p50_us", Self.at(0.5, updates)),
                ("update_p99_us", Self.at(0.99, updates)), ("shortfall_p99_us", Self.at(0.99, short)),
            ]
            if json {
                print("{\(figures.map { "\"\($0.0)\": \(Self.rounded($0.1))" }.joined(separator: ", "))}")
            } else {
                for (name, figure) in figures { print("\(name)\t\(Self.rounded(figure))") }
            }
        }

        /// The mean without a clock inside, then each by itself: reading the clock of a thread costs as much as a tenth
        /// of a search. CPU and not time on the wall, for others work on the same machine.
        private static func time(_ needs: [Need], on index: HelperIndex) -> [(String, Double)] {
            var start = BenchClock.cpu()
            for need in needs { _ = index.nearest(need) }
            let mean = (BenchClock.cpu() - start) / Double(max(1, needs.count)) * 1e6
            let each = needs.map { need in
                start = BenchClock.threadCPU()
                _ = index.nearest(need)
                return (BenchClock.threadCPU() - start) * 1e6
            }.sorted()
            return [("mean_us", mean), ("p50_us", at(0.5, each)), ("p99_us", at(0.99, each))]
        }

        /// In percent of everybody; of needs that nobody, or fewer than wanted, could meet.
        private static func selectivity(_ needs: [Need], among people: [HelperEntry]) -> [(String, Double)] {
            let matches = County.matches(needs, among: people).sorted()
            let (percent, all) = (100 / Double(people.count), 100 / Double(max(1, matches.count)))
            return [(0.05, "p5"), (0.5, "p50"), (0.95, "p95")].map { share, name in
                ("selectivity_\(name)_percent", at(share, matches.map(Double.init)) * percent)
            } + [
                ("unmatched_percent", Double(matches.count { $0 == 0 }) * all),
                ("short_percent", Double(matches.count { $0 < 10 }) * all),
            ]
        }

        private static func at(_ share: Double, _ sorted: [Double]) -> Double {
            sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }

        private static func rounded(_ figure: Double) -> Double { (figure * 1e5).rounded() / 1e5 }
    }
}
