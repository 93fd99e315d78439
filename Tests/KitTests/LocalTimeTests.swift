// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Testing

@Suite("Times in text")
struct LocalTimeTests {
    @Test(
        "RFC 3339 is read, with any zone and fraction, and written in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2026-11-22T16:05:30Z", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2026-11-22T16:05:30z", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2026-11-22t16:05:30z", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2026-11-22 16:05:30Z", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2026-11-22T16:05:30.123456789Z", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2026-11-22T08:05:30-08:00", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2026-11-22T21:50:30.5+05:45", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2026-11-22T16:05:30-00:00", 1_795_363_530, "2026-11-22T16:05:30Z"),
            ("2028-02-29T23:59:59Z", 1_835_481_599, "2028-02-29T23:59:59Z"),
            ("2026-12-31T23:59:60Z", 1_798_761_600, "2027-01-01T00:00:00Z"),
            ("2000-02-29T00:00:00Z", 951_782_400, "2000-02-29T00:00:00Z"),
            ("2200-12-31T23:59:59Z", 7_289_654_399, "2200-12-31T23:59:59Z"),
            ("1970-01-01T00:00:00+23:59", -86_340, "1969-12-31T00:01:00Z"),
        ]
    )
    func read(text: String, seconds: Int64, printed: String) throws {
        let instant = try #require(Instant(iso8601: text))
        #expect(instant.milliseconds == seconds * 1_000)
        #expect(instant.iso8601 == printed)
    }

    @Test("Every day from 1970 to 2200 is read as it is written")
    func days() throws {
        var wrong: [String] = []
        for day in 0...84_370 {
            let instant = Instant(milliseconds: Int64(day) * 86_400_000)
            if Instant(iso8601: instant.iso8601) != instant { wrong.append(instant.iso8601) }
        }
        #expect(wrong.isEmpty)
    }

    private static let rubbish = [
        "", "Z", "now", "2026-11-22", "2026-11-22T16:05:30", "2026-11-22T16:05Z", "2026-11-22x16:05:30Z",
        "2026-11-22T16:05:30ZZ", "2026-11-22T16:05:30 Z", " 2026-11-22T16:05:30Z", "2026-11-22T16:05:30Z\n",
        "2026x11x22T16:05:30Z", "2026-11-22T16-05-30Z", "2026-11-22T16:05:30.Z", "2026-11-22T16:05:30,5Z",
        "2026-11-22T16:05:30+0800", "2026-11-22T16:05:30+08-00", "2026-11-22T16:05:30+08:0", "2026-11-22T16:05:30+8:00",
        "2026-11-22T16:05:30+24:00", "2026-11-22T16:05:30+08:60", "2026-11-22T16:05:30-99:99",
        "2026-00-22T16:05:30Z", "2026-13-22T16:05:30Z", "2026-11-00T16:05:30Z", "2026-11-31T16:05:30Z",
        "2026-02-29T16:05:30Z", "2100-02-29T16:05:30Z", "2026-11-22T24:00:00Z", "2026-11-22T16:60:30Z",
        "2026-11-22T16:05:61Z",
        "1969-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "+026-11-22T16:05:30Z",
        "-026-11-22T16:05:30Z",
        "20２6-11-22T16:05:30Z", "2026-11-22T16:05:3\u{301}Z", "2026-11-22\0T16:05:30Z",
        "2026-11-22T16:05:30.000000000000000000000000000000Z", String(repeating: "2", count: 100_000),
    ]

    @Test("Anything else is no moment", arguments: rubbish)
    func refused(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test("A good time cut or bent at any byte never traps")
    func bent() {
        let good = Array("2026-11-22T16:05:30.25+08:00".utf8)
        var read = 0
        for index in good.indices {
            _ = Instant(iso8601: String(decoding: good[..<index], as: UTF8.self))
            for byte in UInt8(0)...127 {
                var bent = good
                bent[index] = byte
                if Instant(iso8601: String(decoding: bent, as: UTF8.self)) != nil { read += 1 }
            }
        }
        // Digits in place of digits, and few others, are still times.
        #expect(read > 100 && read < 28 * 12)
    }

    @Test(
        "Every moment there is can be written",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00Z"), (999, "1970-01-01T00:00:00Z"), (-1_000, "1969-12-31T23:59:59Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59Z"), (.max, "292278994-08-17T07:12:55Z"),
        ]
    )
    func written(milliseconds: Int64, text: String) {
        #expect(Instant(milliseconds: milliseconds).iso8601 == text)
    }

    @Test("The first moment there is is written without a trap")
    func first() {
        #expect(Instant(milliseconds: .min).iso8601.hasSuffix("Z"))
        #expect(LocalTime(Instant(milliseconds: .min)).month >= 1)
        #expect(LocalTime(Instant(milliseconds: .max)).month >= 1)
    }

    @Test(
        "A local time field comes back as it was written, in whatever zone the machine is",
        arguments: [
            "2026-11-22T16:05", "1971-01-01T00:00", "2200-12-30T23:59", "2028-02-29T12:00", "2026-07-04T00:00",
        ]
    )
    func field(text: String) throws {
        let instant = try #require(LocalTime.parse(field: text))
        let local = LocalTime(instant)
        #expect(local.field == text)
        #expect(local.isoDay == String(text.prefix(10)) && local.clock == String(text.suffix(5)))
        #expect(LocalTime.parse(field: "\(text):59") == instant)
    }

    @Test(
        "Anything else is no local time",
        arguments: [
            "", "T", "2026-11-22", "16:05", "2026-11-22T16", "2026-11-22 16:05", "2026-11-22-16-05", "2026T11T22T16T05",
            "-2026-11-22T16:05", "2026-11-22T16:05Z", "2026-11-22T16:05:", "2026-11-22T16:05:6", "2026-11-22T16:05:60",
            "2026-11-22T16:05:zz", "2026-11-22T+6:05", "2026-11-22T-1:05", "2026-11-31T16:05", "2026-02-29T16:05",
            "2026-00-10T16:05",
            "2026-13-10T16:05", "2026-11-22T24:00", "2026-11-22T16:60", "1969-11-22T16:05", "2201-11-22T16:05",
            "99999-11-22T16:05",
            "2026-11-22T16:05\u{301}", "2026-11-22T1\u{FF16}:05", "2026-11-22\0T16:0",
            String(repeating: "2026-", count: 20_000),
        ]
    )
    func noField(text: String) {
        #expect(LocalTime.parse(field: text) == nil)
    }

    /// The zone belongs to the whole process, so a process of its own is needed.
    @Test("In Los Angeles, clocks change in March and November")
    func zone() async {
        await #expect(processExitsWith: .success) {
            LocalTime.setZone("America/Los_Angeles")
            func utc(_ field: String) -> String? { LocalTime.parse(field: field)?.iso8601 }
            #expect(utc("2026-11-22T16:05") == "2026-11-23T00:05:00Z")
            #expect(utc("2026-07-01T12:00") == "2026-07-01T19:00:00Z")
            #expect(utc("2026-03-08T01:59") == "2026-03-08T09:59:00Z")
            #expect(utc("2026-03-08T03:00") == "2026-03-08T10:00:00Z")
            // Half past two doesn't exist that night: it is taken as half past one or half past three.
            let missing = utc("2026-03-08T02:30")
            #expect(missing == "2026-03-08T10:30:00Z" || missing == "2026-03-08T09:30:00Z")
            #expect(utc("2026-11-01T00:59") == "2026-11-01T07:59:00Z")
            #expect(utc("2026-11-01T02:00") == "2026-11-01T10:00:00Z")

            let night = LocalTime(Instant(milliseconds: 1_795_363_530_000 + 12 * 3_600_000))
            #expect(night.field == "2026-11-22T20:05" && night.weekday == 0)
            #expect(night.startOfDay.iso8601 == "2026-11-22T08:00:00Z")
            let short = LocalTime(Instant(milliseconds: 1_772_996_400_000))
            #expect(short.field == "2026-03-08T12:00" && short.startOfDay.iso8601 == "2026-03-08T08:00:00Z")
            exit(EXIT_SUCCESS)
        }
    }

    @Test("A time that clocks leave out is none, and one that comes twice is two: never moved, never guessed")
    func typed() async {
        await #expect(processExitsWith: .success) {
            LocalTime.setZone("America/Los_Angeles")
            func utc(_ field: String, _ which: String = "") -> String? { TypedTime(field).moment(which)?.iso8601 }
            for gone in ["2026-03-08T02:00", "2026-03-08T02:30", "2026-03-08T02:59", "2027-03-14T02:15:00"] {
                #expect(TypedTime(gone) == .never)
            }
            #expect(utc("2026-03-08T01:59") == "2026-03-08T09:59:00Z")
            #expect(utc("2026-03-08T03:00") == "2026-03-08T10:00:00Z")
            for twice in ["2026-11-01T01:00", "2026-11-01T01:30", "2026-11-01T01:59"] {
                guard case .twice(let first, let second) = TypedTime(twice) else {
                    Issue.record("\(twice) comes twice")
                    continue
                }
                #expect(second - first == .hours(1))
                #expect(LocalTime(first).field == twice && LocalTime(second).field == twice)
                #expect(utc(twice) == nil && utc(twice, "third") == nil)
            }
            #expect(utc("2026-11-01T01:30", TypedTime.first) == "2026-11-01T08:30:00Z")
            #expect(utc("2026-11-01T01:30", TypedTime.second) == "2026-11-01T09:30:00Z")
            #expect(utc("2026-11-01T00:59") == "2026-11-01T07:59:00Z")
            #expect(utc("2026-11-01T02:00") == "2026-11-01T10:00:00Z")
            #expect(utc("2026-07-01T12:00", TypedTime.second) == "2026-07-01T19:00:00Z")
            #expect(TypedTime("soon") == .unreadable)
            exit(EXIT_SUCCESS)
        }
    }
}
