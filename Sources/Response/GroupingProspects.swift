// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a report could be of, for each question that is asked one after the other: most reports are taken by what stands at
/// the place, and then nobody looks at the others again.
struct Prospects: Sendable {
    enum Aim: Sendable {
        /// What stands at the very place and could take the report.
        case exact
        /// What else could take it.
        case elsewhere
        /// What a person should see.
        case suggested
    }

    private let attach: Double
    private let suggest: Double
    private var exact: [Prospect] = []
    private var elsewhere: [Prospect] = []
    private var others: [Prospect] = []
    /// Nothing below is among them.
    private var kept = 0.0

    init(_ settings: GroupingSettings) { (attach, suggest) = (settings.attach, settings.suggest) }

    /// For the next report, in the same memory.
    mutating func forget() {
        kept = suggest
        if !exact.isEmpty { exact.removeAll(keepingCapacity: true) }
        if !elsewhere.isEmpty { elsewhere.removeAll(keepingCapacity: true) }
        if !others.isEmpty { others.removeAll(keepingCapacity: true) }
    }

    @inline(__always)
    mutating func add(_ prospect: Prospect, _ report: borrowing ReportOutline) {
        guard prospect.upper >= suggest else { return }
        guard prospect.upper >= attach, prospect.mayAttach else { return others.append(prospect) }
        guard prospect.certainty == .exact else { return elsewhere.append(prospect) }
        var prospect = prospect
        if !prospect.isRefined { prospect.refine(report) }
        if prospect.upper >= attach { exact.append(prospect) } else { others.append(prospect) }
    }

    /// Takes out the most promising that could have so much in total, and answers its slot.
    mutating func next(_ aim: Aim, from least: Double, _ report: borrowing ReportOutline) -> Int? {
        switch aim {
        case .exact: return Self.next(&exact, from: least, report)
        case .elsewhere: return Self.next(&elsewhere, from: least, report)
        case .suggested:
            if !exact.isEmpty {
                others += exact
                exact.removeAll(keepingCapacity: true)
            }
            if !elsewhere.isEmpty {
                others += elsewhere
                elsewhere.removeAll(keepingCapacity: true)
            }
            return Self.next(&others, from: least, report)
        }
    }

    private static func next(_ prospects: inout [Prospect], from least: Double, _ report: borrowing ReportOutline)
        -> Int?
    {
        while true {
            // Over bare memory: there are hundreds where a place is known only as a neighborhood.
            let (index, after) = prospects.withUnsafeMutableBufferPointer { prospects in
                var (found, best, next) = (-1, least, least)
                for index in prospects.indices where prospects[index].upper >= next {
                    let upper = prospects[index].upper
                    if upper >= best {
                        (found, next, best) = (index, found < 0 ? least : best, upper)
                    } else {
                        next = upper
                    }
                }
                return (found, next)
            }
            guard index >= 0 else { return nil }
            if !prospects[index].isRefined {
                prospects[index].refine(report)
                // It may not be the most promising any more.
                guard prospects[index].upper >= after else { continue }
            }
            let slot = prospects[index].slot
            prospects.swapAt(index, prospects.count - 1)
            prospects.removeLast()
            return slot
        }
    }

    /// The least that can count only grows: what can't reach it is not looked at again.
    mutating func drop(below least: Double) {
        guard least > kept else { return }
        kept = least
        var index = 0
        while index < others.count {
            if others[index].upper >= least {
                index += 1
            } else {
                others.swapAt(index, others.count - 1)
                others.removeLast()
            }
        }
    }
}
