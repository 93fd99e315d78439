// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What differs between two versions of a fact, field by field and word by word, for people to read.
package struct FactDiff: Sendable {
    package enum Piece: Sendable, Equatable {
        case same(String), removed(String), added(String)
    }

    package struct Field: Sendable, Equatable {
        /// `status`, `text.es.means`, `variants.circuit-9.text.en.dispute`.
        package let name: String
        package let pieces: [Piece]
    }

    package let fields: [Field]

    /// Nil: there was nothing before.
    package init(from old: Fact?, to new: Fact) {
        let before = old.map(Self.lines) ?? [:]
        let after = Self.lines(new)
        fields = Set(before.keys).union(after.keys).sorted().compactMap { name in
            let (left, right) = (before[name] ?? "", after[name] ?? "")
            return left == right ? nil : Field(name: name, pieces: Self.words(left, right))
        }
    }

    private static func lines(_ fact: Fact) -> [String: String] {
        var lines = [
            "jurisdiction": fact.jurisdiction, "status": fact.status.rawValue, "as_of": fact.asOf,
            "review_by": fact.reviewBy, "recheck": fact.recheck ? "yes" : "no", "sources": sources(fact.sources),
        ]
        add(fact.text, "text", to: &lines)
        for variant in fact.variants ?? [] {
            let at = "variants.\(variant.circuit)"
            lines["\(at).status"] = variant.status.rawValue
            lines["\(at).as_of"] = variant.asOf
            lines["\(at).review_by"] = variant.reviewBy
            lines["\(at).sources"] = variant.sources.map(sources)
            add(variant.text, "\(at).text", to: &lines)
        }
        return lines
    }

    private static func add(_ texts: [String: FactText], _ at: String, to lines: inout [String: String]) {
        for (code, text) in texts {
            lines["\(at).\(code).statement"] = text.statement
            lines["\(at).\(code).means"] = text.means
            lines["\(at).\(code).dispute"] = text.dispute
            lines["\(at).\(code).state"] = text.state.rawValue
        }
    }

    private static func sources(_ sources: [Fact.Source]) -> String {
        sources.map { "\($0.name), \($0.date)\($0.url.map { ", \($0)" } ?? "")\($0.seen ? "" : " *")" }
            .joined(separator: "; ")
    }

    /// The longest common run of words stays; the rest is taken out or put in.
    static func words(_ old: String, _ new: String) -> [Piece] {
        let left = old.split(separator: " ").map(String.init)
        let right = new.split(separator: " ").map(String.init)
        var lengths = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
        for row in left.indices.reversed() {
            for column in right.indices.reversed() {
                lengths[row][column] =
                    left[row] == right[column]
                    ? lengths[row + 1][column + 1] + 1 : max(lengths[row + 1][column], lengths[row][column + 1])
            }
        }
        var pieces: [Piece] = []
        var (row, column) = (0, 0)
        while row < left.count || column < right.count {
            if row < left.count, column < right.count, left[row] == right[column] {
                pieces.join(.same(left[row]))
                (row, column) = (row + 1, column + 1)
            } else if row < left.count, column == right.count || lengths[row + 1][column] >= lengths[row][column + 1] {
                pieces.join(.removed(left[row]))
                row += 1
            } else {
                pieces.join(.added(right[column]))
                column += 1
            }
        }
        return pieces
    }
}

extension [FactDiff.Piece] {
    /// One more word; runs of a kind are one piece.
    fileprivate mutating func join(_ piece: FactDiff.Piece) {
        switch (last, piece) {
        case (.same(let words), .same(let word)): self[count - 1] = .same("\(words) \(word)")
        case (.removed(let words), .removed(let word)): self[count - 1] = .removed("\(words) \(word)")
        case (.added(let words), .added(let word)): self[count - 1] = .added("\(words) \(word)")
        default: append(piece)
        }
    }
}
