// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit

/// `Retry-After` (RFC 9110 10.2.3): whole seconds, or a date as RFC 9110 5.6.7 wants it written. Nil for all else: a date
/// read as its digits would be years.
enum RetryAfter {
    static func seconds(_ value: some StringProtocol, at now: Instant) -> Int? {
        // A header ends with CR LF, which is one Character.
        let text = String(decoding: value.utf8.filter { $0 != 13 && $0 != 10 && $0 != 9 }, as: UTF8.self)
        let words = text.split(separator: " ")
        if words.count == 1, let word = words.first {
            return word.utf8.allSatisfy { (48...57).contains($0) } ? Int(word) : nil
        }
        // Sun, 06 Nov 1994 08:49:37 GMT
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT",
            let day = number(words[1], 1...31), let month = months.firstIndex(of: String(words[2])),
            let year = number(words[3], 1_970...9_999)
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], 0...23), let minute = number(clock[1], 0...59),
            let second = number(clock[2], 0...60)
        else { return nil }
        var parts = tm()
        (parts.tm_mday, parts.tm_mon, parts.tm_year) = (day, Int32(month), year - 1_900)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        return max(0, Int(timegm(&parts)) - Int(now.milliseconds / 1_000))
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int32>) -> Int32? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int32(text) else { return nil }
        return range.contains(number) ? number : nil
    }
}
