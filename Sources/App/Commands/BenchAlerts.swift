// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Messaging
import People

extension Bench {
    /// A demonstration with as many subscribers as asked for, who are nobody; and, where a provider is named, a bulletin to
    /// all of them that `vecinos serve` then carries.
    struct Audience: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "audience",
            abstract:
                "Fill a demonstration with made-up subscribers, and begin a bulletin to all of them. For bin/bench."
        )

        @OptionGroup var place: Place

        @Option(name: .long, help: "How many subscribers.")
        var count = 1_000_000

        @Option(
            name: .long,
            help: "A stand-in on this machine that speaks Twilio's protocol: begin a bulletin through it."
        )
        var provider: String?

        @Option(name: .long, help: "How many messages a second it takes.")
        var rate = 1_000.0

        func run() async throws {
            let config = try Terminal.config(place)
            guard !FileManager.default.fileExists(atPath: config.dataFolder) || Cast.isDemonstration(config) else {
                throw ValidationError("\(config.dataFolder) is no demonstration: nobody is made up among people.")
            }
            let house = try await Compose(config, logger: Terminal.logger)
            _ = try await Cast.fill(house)
            let known = try await house.database.read { tx in try Subscriber.counts(in: tx).reduce(0) { $0 + $1.count }
            }
            if known < count { try await Self.fill(house, known..<count) }
            if let provider {
                try await Self.enter(provider, rate: rate, house)
                _ = try await Self.begin(house)
            }
            print("{\"subscribers\": \(max(known, count))}")
        }

        static func fill(_ house: Compose, _ numbers: Range<Int>) async throws {
            let (keys, places) = (house.keys, house.places.all.map(\.id))
            for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10_000) {
                try await house.database.write { tx in
                    let part = start..<min(start + 10_000, numbers.upperBound)
                    try Subscriber.makeUp(part, places: places, keys: keys, in: tx)
                }
            }
        }

        private static func enter(_ url: String, rate: Double, _ house: Compose) async throws {
            var account = Provider.Account()
            (account.url, account.account) = (url, "ACstandin")
            (account.secret, account.from) = ("twilio-token", "+13235550000")
            let provider = Provider(make: .twilio, account: account, rate: rate, allowsPrivateNetworks: true)
            try await house.database.write { [keys = house.keys] tx in try provider.store(by: nil, keys: keys, in: tx) }
        }

        /// To everybody who cares for any place; its number.
        static func begin(_ house: Compose) async throws -> Int64 {
            let all = [Subscriber.Wish.everywhere] + house.places.all.map(\.id)
            let places = Dictionary(uniqueKeysWithValues: zip(all, [10_000] + Array(1...max(1, all.count))))
            return try await house.database.write { tx in
                try Bulletin.send(
                    cause: "bench:\(Ref<Bulletin>.new().text)",
                    texts: [
                        "en": Bulletin.Text(
                            subject: "Exercise",
                            text: "An exercise.",
                            short: "Exercise. Nothing happened."
                        ),
                        "es": Bulletin.Text(
                            subject: "Simulacro",
                            text: "Un simulacro.",
                            short: "Simulacro. No ha pasado nada."
                        ),
                    ],
                    to: .places(places),
                    topic: .alerts,
                    isUrgent: true,
                    organisation: .new(),
                    expires: tx.now + .hours(6),
                    in: tx
                )
            }
        }
    }

    /// What an alert to many costs: choosing everybody, and writing a durable state for each, taken and acknowledged.
    struct Fanout: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fanout",
            abstract: "An alert's way through the database, by itself."
        )

        @OptionGroup var place: Place

        @Option(name: .long, help: "How many subscribers there have to be.")
        var count = 1_000_000

        @Option(name: .long, help: "How many are taken and acknowledged at a time.")
        var batch = 500

        @Option(name: .long, help: "How many times.")
        var rounds = 1

        func run() async throws {
            let house = try await Compose(Terminal.config(place), logger: Terminal.logger)
            guard Cast.isDemonstration(house.config) else {
                throw ValidationError("Only for a folder that vecinos bench audience made.")
            }
            let post = Post(database: house.database, keys: house.keys, words: house.library, address: "")
            for _ in 0..<rounds {
                let trial = BulletinTrial(database: house.database, number: try await Audience.begin(house))
                var (wall, cpu) = (BenchClock.wall(), BenchClock.cpu())
                let chosen = try await trial.gather(post)
                let choosing = (BenchClock.wall() - wall, BenchClock.cpu() - cpu)
                (wall, cpu) = (BenchClock.wall(), BenchClock.cpu())
                let sent = try await trial.drain(size: batch)
                let draining = (BenchClock.wall() - wall, BenchClock.cpu() - cpu)
                guard chosen == count, sent == count else {
                    throw ValidationError("\(chosen) were chosen and \(sent) drained of \(count)")
                }
                print(
                    """
                    {"chosen": \(chosen), "choose_s": \(choosing.0), "choose_cpu_s": \(choosing.1), "sent": \(sent), \
                    "drain_s": \(draining.0), "drain_cpu_s": \(draining.1), "pss_mib": \(Self.memory())}
                    """
                )
                Terminal.flush()
            }
        }

        /// MiB of this process, shared pages by parts.
        private static func memory() -> Double {
            let text = (try? String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
            return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) / 1_024
        }
    }
}
