// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching

/// The hours of every week in which a helper may be asked, in blocks of three hours by day.
struct WeekForm {
    private static let block = 3

    let t: Words
    let token: String
    let hours: WeeklyHours

    static func read(_ form: Form) -> WeeklyHours {
        WeeklyHours(
            (0..<7).flatMap { day in
                form.all("week-\(day)").compactMap { Int($0) }.filter { (0..<24).contains($0) }
                    .flatMap { first in (first..<min(first + block, 24)).map { day * 24 + $0 } }
            }
        )
    }

    var html: HTML {
        let sunday = LocalTime.parse(field: "2026-11-22T00:00") ?? Instant(milliseconds: 0)
        let names = t("settings.week_days|Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
        let days = names.split(separator: " ")
        let rows: [HTML] = days.enumerated().map { day, name in
            let options = stride(from: 0, to: 24, by: Self.block).map { hour in
                let label = "\(t.clock(sunday + .hours(hour))) – \(t.clock(sunday + .hours(hour + Self.block)))"
                return (value: "\(hour)", label: label)
            }
            let on = options.map(\.value).filter { value in
                Int(value).map { first in (first..<first + Self.block).allSatisfy { hours.contains(day * 24 + $0) } }
                    ?? false
            }
            return Parts.boxes(String(name), name: "week-\(day)", options: options, on: Set(on), t)
        }
        return """
            <details class="fold" id="week"\(hours.isEmpty ? .empty : " open" as HTML)>\
            <summary>\(t("settings.week|My hours every week"))</summary>\
            <form class="sheet stack close" method="post" action="/settings/week">\(Parts.hidden([("_token", token)]))\
            <p class="soft">\(t("settings.week_words|We can ask you in these hours, every week, beside your shifts. A rest holds here too."))</p>\
            \(rows)<div class="turn"><button class="first">\(t("settings.save|Save"))</button></div></form></details>
            """
    }
}
