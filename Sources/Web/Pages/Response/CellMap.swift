// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// An own map of hexagons, never finer than a neighborhood: where something is, and nothing of the streets between.
/// Says nothing that the list beside it does not say in words. At most `limit` cells; where the activity is spread
/// wider than that, the cells become districts.
struct CellMap {
    struct Mark: Equatable {
        /// The id of a place.
        let place: String
        /// The class of `TruthMark`, or `here` for the one that is open.
        let tone: String
        let icon: String
        let label: String

        fileprivate var rank: Int {
            switch tone {
            case "here": 0
            case "urgent": 1
            case "checking": 2
            case "good": 3
            default: 4
            }
        }
    }

    static let limit = 250

    let site: Site
    let marks: [Mark]
    /// Members see exact places beside it.
    var isBoard = false

    func html(_ t: Words) -> HTML {
        guard let drawing = Drawing(marked: placed, in: site.places.grid) else {
            return """
                <div class="empty">\(Parts.icon("map"))<p>\
                \(t("map.empty|Nothing is on the map now. What is checked shows up here by neighborhood."))</p></div>
                """
        }
        let hint =
            isBoard
            ? t("map.board|The map never shows an exact place.")
            : drawing.resolution == .neighborhood
                ? t("map.neighborhood|One cell is about a neighborhood. We never show an exact place.")
                : t("map.district|One cell is about a district. We never show an exact place.")
        return """
            <svg class="cells" viewBox="0 0 \(drawing.width) \(drawing.height)" role="img" \
            aria-label="\(t("map.label|Map of neighborhoods. The list says the same in words."))">\
            \(drawing.svg { site.placeName($0, t) })</svg>\(legend(t))<p class="hint">\(hint)</p>
            """
    }

    /// Each mark at the middle of its place; one whose place the pack doesn't know stays in the list only.
    private var placed: [(mark: Mark, offset: Offset)] {
        let grid = site.places.grid
        return marks.compactMap { mark in
            site.places.place(mark.place).map { (mark, grid.offset(of: $0.center)) }
        }
    }

    private func legend(_ t: Words) -> HTML {
        var seen: Set<String> = []
        let lines: [HTML] = marks.sorted { $0.rank < $1.rank }.compactMap { mark in
            guard seen.insert(mark.icon + mark.tone).inserted else { return nil }
            return "<li class=\"state \(mark.tone)\">\(Parts.icon(mark.icon))\(mark.label)</li>"
        }
        return "<ul class=\"legend\" aria-label=\"\(t("map.signs|Signs on the map"))\">\(lines)</ul>"
    }
}

/// The cells to draw, in the units of the picture: 320 wide at most.
private struct Drawing {
    let resolution: Resolution
    let width: Int
    let height: Int
    private let plain: [Cell]
    private let marked: [(cell: Cell, mark: CellMap.Mark)]
    private let scale: Double
    private let west: Double
    private let north: Double

    /// Nil when there is nothing to draw.
    init?(marked placed: [(mark: CellMap.Mark, offset: Offset)], in grid: Grid) {
        guard !placed.isEmpty else { return nil }
        let near = Self.strongest(placed, grid, .neighborhood)
        let isWide = Self.block(around: near.map(\.cell)).count > CellMap.limit
        let resolution: Resolution = isWide ? .district : .neighborhood
        let marked = isWide ? Self.strongest(placed, grid, .district) : near
        let cells = Self.field(around: marked.map(\.cell))
        let corners = cells.flatMap { $0.outline() }
        guard let west = corners.map(\.east).min(), let east = corners.map(\.east).max(),
            let south = corners.map(\.north).min(), let north = corners.map(\.north).max()
        else { return nil }
        let scale = min(312 / (east - west), 20 / resolution.edge)
        let taken = Set(marked.map(\.cell))
        self.resolution = resolution
        self.marked = marked
        self.scale = scale
        self.west = west
        self.north = north
        plain = cells.filter { !taken.contains($0) }
        width = Int((east - west) * scale) + 8
        height = Int((north - south) * scale) + 8
    }

    func svg(name: (String) -> String) -> HTML {
        let drawn = marked.map { draw($0.cell, $0.mark) }
        return "<path class=\"cell\" d=\"\(plain.map(outline).joined())\"/>\(drawn)\(labels(name))"
    }

    private func draw(_ cell: Cell, _ mark: CellMap.Mark) -> HTML {
        let middle = cell.offset()
        let half = cell.resolution.edge * scale * 0.55
        let side = Self.tenths(half * 2)
        return """
            \(polygon(cell, mark.tone.isEmpty ? "cell" : "cell \(mark.tone)"))<use class="\(mark.tone)" \
            href="/static/sprite.svg#\(mark.icon)" x="\(Self.tenths(x(middle) - half))" \
            y="\(Self.tenths(y(middle) - half))" width="\(side)" height="\(side)"/>
            """
    }

    /// Names under the cells, or above them, the strongest first: none on top of another, nor of a cell that says
    /// something. One that fits nowhere is in the list beside the map.
    private func labels(_ name: (String) -> String) -> HTML {
        let edge = marked.first.map { $0.cell.resolution.edge * scale } ?? 0
        let middles = marked.map { (x: x($0.cell.offset()), y: y($0.cell.offset())) }
        var taken = middles.map { Box(middle: $0.x, $0.y, width: edge * 1.5, height: edge * 1.5) }
        var written = 0
        var html = HTML.empty
        for ((_, mark), middle) in zip(marked, middles) where written < 8 {
            let words = name(mark.place)
            let half = Self.width(of: words) / 2
            let inside = min(max(middle.x, half + 1), max(Double(width) - half - 1, half + 1))
            let box = [middle.y + edge + 5, middle.y - edge - 5].lazy
                .map { Box(middle: inside, $0, width: half * 2, height: 12) }
                .first { box in
                    box.top > 0 && box.bottom < Double(height) && box.right <= Double(width)
                        && taken.allSatisfy { !$0.meets(box) }
                }
            guard let box else { continue }
            taken.append(box)
            written += 1
            html += "<text x=\"\(Self.tenths(inside))\" y=\"\(Self.tenths(box.bottom - 2))\">\(words)</text>"
        }
        return html
    }

    /// About as wide as letters of 11 px get; others than Latin ones are given more.
    private static func width(of words: String) -> Double {
        words.unicodeScalars.reduce(6) { $0 + ($1.value < 0x1100 ? 6.4 : 11) }
    }

    private struct Box {
        let left, right, top, bottom: Double

        init(middle x: Double, _ y: Double, width: Double, height: Double) {
            (left, right, top, bottom) = (x - width / 2, x + width / 2, y - height / 2, y + height / 2)
        }

        func meets(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    /// All plain cells are one path: a third of the bytes.
    private func outline(_ cell: Cell) -> String {
        let points = cell.outline().map { "\(Self.tenths(x($0))) \(Self.tenths(y($0)))" }
        return "M\(points.joined(separator: " "))z"
    }

    private func polygon(_ cell: Cell, _ tone: String) -> HTML {
        let points = cell.outline().map { "\(Self.tenths(x($0))),\(Self.tenths(y($0)))" }.joined(separator: " ")
        return "<polygon class=\"\(tone)\" points=\"\(points)\"/>"
    }

    private func x(_ offset: Offset) -> Double { (offset.east - west) * scale + 4 }
    private func y(_ offset: Offset) -> Double { (north - offset.north) * scale + 4 }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// One mark a cell: where several things are in one, the most pressing shows.
    private static func strongest(
        _ placed: [(mark: CellMap.Mark, offset: Offset)],
        _ grid: Grid,
        _ resolution: Resolution
    ) -> [(cell: Cell, mark: CellMap.Mark)] {
        var seen: Set<Cell> = []
        return placed.sorted { $0.mark.rank < $1.mark.rank }.compactMap { mark, offset in
            let cell = grid.cell(at: offset, resolution)
            return seen.insert(cell).inserted ? (cell, mark) : nil
        }
    }

    private static func field(around cells: [Cell]) -> [Cell] {
        let block = block(around: cells)
        if block.count <= CellMap.limit { return block }
        // Too far apart for one field: islands.
        var found: [Cell] = []
        var seen: Set<Cell> = []
        for cell in cells.prefix(CellMap.limit) where seen.insert(cell).inserted { found.append(cell) }
        for cell in cells.flatMap({ $0.neighbors() }) where found.count < CellMap.limit && seen.insert(cell).inserted {
            found.append(cell)
        }
        return found
    }

    /// An upright field of cells, two more on every side; stops counting above the limit.
    private static func block(around cells: [Cell]) -> [Cell] {
        guard let first = cells.first, let top = cells.map(\.r).max(), let bottom = cells.map(\.r).min() else {
            return []
        }
        let spacing = first.resolution.spacing
        let columns = cells.map { Int(($0.offset().east / spacing).rounded(.down)) }
        guard let left = columns.min(), let right = columns.max() else { return [] }
        var found: [Cell] = []
        for r in (bottom - 2)...(top + 2) {
            for column in (left - 2)...(right + 2) {
                let q = column - Int((Double(r) / 2).rounded(.down))
                if let cell = Cell(first.resolution, q: q, r: r) { found.append(cell) }
                guard found.count <= CellMap.limit else { return found }
            }
        }
        return found
    }
}
