// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Moments in a reader's words.
extension Words {
    /// "12 minutes ago" within the hour, else the time of day, else the day.
    func ago(_ instant: Instant, now: Instant) -> String {
        let minutes = Int((now - instant).inMilliseconds / 60_000)
        if minutes < 1 && minutes > -1 { return self("time.now|just now") }
        if minutes > 0 && minutes < 60 { return self("time.minutes|{n} minute ago|{n} minutes ago", n: minutes) }
        return LocalTime(instant).isoDay == LocalTime(now).isoDay ? clock(instant) : moment(instant)
    }

    /// How long something takes or has lasted: "6 min", "2 h".
    func span(_ duration: Duration) -> String {
        let minutes = Int(duration.inMilliseconds / 60_000)
        if minutes < 1 { return self("time.under_a_minute|under 1 min") }
        if minutes < 60 { return self("time.short_minutes|{n} min|{n} min", n: minutes) }
        if minutes < 48 * 60 { return self("time.short_hours|{n} h|{n} h", n: minutes / 60) }
        return self("time.short_days|{n} day|{n} days", n: minutes / 1_440)
    }

    /// "4:05 pm".
    func clock(_ instant: Instant) -> String {
        let local = LocalTime(instant)
        let arguments = [
            "h": String(local.hour % 12 == 0 ? 12 : local.hour % 12), "hh": local.clock,
            "m": local.minute < 10 ? "0\(local.minute)" : String(local.minute),
        ]
        return local.hour < 12 ? self("time.morning|{h}:{m} am", arguments) : self("time.evening|{h}:{m} pm", arguments)
    }

    /// "Nov 22, 4:05 pm".
    func moment(_ instant: Instant) -> String {
        self("time.moment|{day}, {time}", ["day": day(instant), "time": clock(instant)])
    }

    /// "Sun, Nov 22".
    func day(_ instant: Instant) -> String {
        let local = LocalTime(instant)
        let months = list("time.months|Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
        let days = list("time.days|Sun Mon Tue Wed Thu Fri Sat")
        return self(
            "time.day|{weekday}, {month} {day}",
            [
                "weekday": days.indices.contains(local.weekday) ? days[local.weekday] : "",
                "month": months.indices.contains(local.month - 1) ? months[local.month - 1] : "",
                "day": String(local.day),
            ]
        )
    }

    private func list(_ keyed: String) -> [String] { self(keyed).split(separator: " ").map(String.init) }
}
