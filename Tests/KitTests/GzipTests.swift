// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@Suite("Gzip")
struct GzipTests {
    /// What `gzip -dc` makes of it; nil when it complains.
    private func unpacked(_ bytes: [UInt8]) throws -> [UInt8]? {
        let (status, output) = try Program.run(["gzip", "-dc"], input: bytes)
        return status == 0 ? output : nil
    }

    private static let samples: [[UInt8]] = [
        Array(String(repeating: "Report what you see. ", count: 20).utf8),
        Array(repeating: 0, count: 201),
        Array(repeating: 0x61, count: 3_000_000),
        (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 300) },
        Array("<li>José 🌵</li>".utf8) + Array(repeating: 0xFF, count: 500),
    ]

    @Test("What was packed is unpacked the same by gzip itself, and is smaller", arguments: samples.indices)
    func roundTrip(_ index: Int) throws {
        let sample = Self.samples[index]
        let packed = try #require(Gzip.compress(sample))
        #expect(packed.count < sample.count)
        #expect(packed.starts(with: [0x1F, 0x8B, 0x08]))
        #expect(try unpacked(packed) == sample)
        #expect(try unpacked(Array(packed.dropLast(9))) == nil)
        #expect(Gzip.expand(packed) == sample)
        #expect(Gzip.expand(Array(packed.dropLast(9))) == nil && Gzip.expand([]) == nil)
        for place in [packed.count / 2, packed.count - 8, packed.count - 1] {
            var damaged = packed
            damaged[place] ^= 0x10
            #expect(Gzip.expand(damaged) == nil)
        }
    }

    @Test("No date and no name go into it, so the same bytes give the same file")
    func stable() throws {
        let packed = try #require(Gzip.compress(Self.samples[0]))
        #expect(Array(packed[3..<8]) == [0, 0, 0, 0, 0])
        #expect(Gzip.compress(Self.samples[0]) == packed)
    }

    @Test("Where nothing would be gained there is no packed form")
    func nothingGained() {
        #expect(Gzip.compress([]) == nil)
        #expect(Gzip.compress(Array(repeating: 0, count: 200)) == nil)
        #expect(Gzip.compress(RandomBytes.take(50_000)) == nil)
    }

    @Test(
        "Who says no to gzip gets none",
        arguments: [
            ("gzip", true), ("br, gzip;q=0.5", true), ("*", true), ("GZIP ; Q=1", true), ("x-gzip", true),
            ("gzip;q=0", false), ("br, gzip; q=0.000", false), ("identity", false), ("", false), ("gzippy", false),
            ("*;q=0", false), ("gzip;q=0, *", false), ("*, gzip;q=0", false), ("gzip;q=high", false),
        ]
    )
    func accepted(header: String, isTaken: Bool) {
        #expect(Gzip.isTaken(header) == isTaken)
        #expect(!Gzip.isTaken(nil))
    }
}
