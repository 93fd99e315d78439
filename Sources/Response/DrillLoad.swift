// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// How quickly the reports of a drill were taken: what `vecinos drill --size` measures. A report counts as taken when the
/// disk has it and it stands in its incident.
package struct DrillLoad: Sendable, Hashable, Encodable {
    private var times: [Double] = []
    /// Milliseconds in which reports were on their way.
    private var busy = 0.0
    package private(set) var refused = 0

    package init() {}

    /// Of those taken, in milliseconds; 0 where there is none.
    package func percentile(_ part: Double) -> Double {
        let sorted = times.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * min(max(part, 0), 1)))]
    }

    package var taken: Int { times.count }
    /// While reports were coming in.
    package var perSecond: Double { busy > 0 ? Double(times.count) * 1_000 / busy : 0 }

    /// Those that came in one moment, each with how long it took, and how long all of them did.
    mutating func note(_ each: [Duration], all: Duration, refused: Int) {
        times += each.map(Self.milliseconds)
        busy += Self.milliseconds(all)
        self.refused += refused
    }

    static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) * 1_000 + Double(attoseconds) / 1e15
    }

    private enum Key: String, CodingKey {
        case taken, refused, perSecond = "per_second", p50 = "p50_ms", p95 = "p95_ms", p99 = "p99_ms", most = "max_ms"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(taken, forKey: .taken)
        try container.encode(refused, forKey: .refused)
        try container.encode(Self.tenths(perSecond), forKey: .perSecond)
        for (key, part) in [(Key.p50, 0.5), (.p95, 0.95), (.p99, 0.99), (.most, 1)] {
            try container.encode(Self.tenths(percentile(part)), forKey: key)
        }
    }

    private static func tenths(_ number: Double) -> Double { (number * 10).rounded() / 10 }
}
