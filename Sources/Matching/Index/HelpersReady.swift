// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Who is available, willing and not pausing, for as long as nothing of that changes by itself. Whoever is put or
/// removed changes their own bit: one change among a million costs no look at the others.
struct HelpersReady: Sendable {
    /// Alive, and in an hour of their week or a window of their own.
    private(set) var onShift: Bitmap
    /// Of those, who is willing and not pausing.
    private(set) var bits: Bitmap

    private let moment: Instant
    private var from: Instant
    private var until: Instant
    private let hour: Int

    /// The hour of the week lasts at most until the next full hour of any zone: quarters of an hour are safe.
    private static let quarter: Int64 = 900_000

    init(_ rows: HelperRows, at moment: Instant) {
        self.moment = moment
        bits = Bitmap(rows: 0)
        hour = WeeklyHours.hour(at: moment)
        let began = moment.milliseconds / Self.quarter * Self.quarter
        from = Instant(milliseconds: began)
        until = Instant(milliseconds: began + Self.quarter)
        let open = rows.weeks.map { [hour] in $0.contains(hour) }
        onShift = Bitmap(
            words: stride(from: 0, to: rows.count, by: 64).map { start in
                var word: UInt64 = 0
                for row in start..<min(start + 64, rows.count) where open[Int(rows.week[row])] {
                    word |= 1 << UInt64(row - start)
                }
                return word
            }
        )
        for (number, windows) in rows.windows {
            for window in windows {
                edge(window.from)
                edge(window.to)
                if window.contains(moment), let row = rows.row(of: number) { onShift[row] = true }
            }
        }
        onShift.formIntersection(rows.alive)
        bits = onShift
        bits.formIntersection(rows.willing)
        for (number, end) in rows.pauses {
            edge(end)
            if end > moment, let row = rows.row(of: number) { bits[row] = false }
        }
    }

    var memory: Int { onShift.bytes + bits.bytes }

    func holds(at moment: Instant) -> Bool { from <= moment && moment < until }

    mutating func follow(_ change: HelperRows.Change, _ rows: HelperRows) {
        if let old = change.old {
            onShift[old] = false
            bits[old] = false
        }
        guard let row = change.new else { return }
        let number = rows.numbers[row]
        var isOnShift = rows.weeks[Int(rows.week[row])].contains(hour)
        for window in rows.windows[number] ?? [] {
            edge(window.from)
            edge(window.to)
            isOnShift = isOnShift || window.contains(moment)
        }
        let pause = rows.pauses[number]
        if let pause { edge(pause) }
        onShift[row] = isOnShift
        bits[row] = isOnShift && rows.willing[row] && !(pause.map { $0 > moment } ?? false)
    }

    /// Something begins or ends here: what holds on this side of it says nothing of the other.
    private mutating func edge(_ instant: Instant) {
        if instant <= moment { from = max(from, instant) } else { until = min(until, instant) }
    }
}
