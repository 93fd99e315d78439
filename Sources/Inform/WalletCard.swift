// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension PrintSheet {
    /// A statement has 5 points then, the least that is read without a glass.
    private static let leastOnCard = 0.66

    /// Ten fronts, then ten backs: printed on both sides, turned on the long edge, they lie on each other.
    /// Gives what found no room on a card.
    func cards(_ pdf: PDF) throws -> [PrintBlock] {
        let (width, height) = paper.size
        let left = (width - 2 * Self.card.width) / 2
        let top = (height - 5 * Self.card.height) / 2
        var (over, leftOut): ([PrintBlock], [PrintBlock]) = ([], [])
        for side in 0..<2 {
            if side == 1 { pdf.turnPage() }
            for index in 0..<10 {
                let x = left + Double(index % 2) * Self.card.width
                let y = top + Double(index / 2) * Self.card.height
                // Read aloud once: the other nine are the same.
                let isFirst = index == 0
                if side == 0 {
                    let (rest, lost) = try front(pdf, x, y, isRead: isFirst)
                    if isFirst { (over, leftOut) = (rest, lost) }
                } else {
                    let lost = back(pdf, over, x, y, isRead: isFirst)
                    if isFirst { leftOut += lost }
                }
            }
            marks(pdf, left, top)
        }
        return leftOut
    }

    /// Short lines outside of the cards, where they are cut.
    private func marks(_ pdf: PDF, _ left: Double, _ top: Double) {
        let (right, bottom) = (left + 2 * Self.card.width, top + 5 * Self.card.height)
        for column in 0...2 {
            let x = left + Double(column) * Self.card.width
            pdf.line(.black, from: (x, top - 4), to: (x, top - 1), thickness: 0.15)
            pdf.line(.black, from: (x, bottom + 1), to: (x, bottom + 4), thickness: 0.15)
        }
        for row in 0...5 {
            let y = top + Double(row) * Self.card.height
            pdf.line(.black, from: (left - 5, y), to: (left - 1, y), thickness: 0.15)
            pdf.line(.black, from: (right + 1, y), to: (right + 5, y), thickness: 0.15)
        }
    }

    /// Gives the facts for which there was no room, and what else found none.
    private func front(
        _ pdf: PDF,
        _ x: Double,
        _ y: Double,
        isRead: Bool
    ) throws -> (over: [PrintBlock], lost: [PrintBlock]) {
        let (width, height) = Self.card
        let inset = 3.5
        let size = link == nil ? 0 : 20.0
        let rtl = tongue.isRightToLeft
        pdf.fill(Self.ink, x: x + 1, y: y + 1, width: width - 2, height: 6)
        let name = [PrintBlock(imprint.name, 8, tongue, role: .heading1, bold: true, ink: .white)]
        let band = width - 2 * inset
        var lost = PrintBlock.fitted(name, pdf, x: x + inset, y: y + 1.9, width: band, height: 5, isRead: isRead)
        let column = band - (link == nil ? 0 : size + 2)
        let start = rtl && link != nil ? x + inset + size + 2 : x + inset
        // Under both, over the whole width.
        let call = call(8.5, gap: 1)
        let callHeight = call.reduce(0) { $0 + $1.height(pdf, band, 1) }
        let room = height - 8 - callHeight - 2.5
        let facts = text.facts.flatMap { statement($0, 7.6, means: false, gap: 0.8) }
        let over = PrintBlock.fitted(
            facts,
            pdf,
            x: start,
            y: y + 8,
            width: column,
            height: room,
            least: Self.leastOnCard,
            isRead: isRead
        )
        PrintBlock.fitted(
            call,
            pdf,
            x: x + inset,
            y: y + height - callHeight - 2.5,
            width: band,
            height: callHeight + 0.5,
            isRead: isRead
        )
        guard let link else { return (over, lost) }
        let corner = (x: rtl ? x + inset - 1 : x + width - inset - size + 1, y: y + 9.0)
        if isRead {
            try pdf.part(.figure) { try pdf.code(link, x: corner.x, y: corner.y, size: size) }
        } else {
            try pdf.code(link, x: corner.x, y: corner.y, size: size)
        }
        let under = [
            PrintBlock(t("print.scan|Is this still true?"), 6, tongue, centered: true),
            PrintBlock(code, 7, .english, bold: true, centered: true),
        ]
        lost += PrintBlock.fitted(
            under,
            pdf,
            x: corner.x,
            y: corner.y + size,
            width: size,
            height: y + height - callHeight - 2.5 - corner.y - size,
            isRead: isRead
        )
        return (over, lost)
    }

    /// With the facts that found no room in front.
    private func back(_ pdf: PDF, _ over: [PrintBlock], _ x: Double, _ y: Double, isRead: Bool) -> [PrintBlock] {
        let (width, height) = Self.card
        let inset = 3.5
        let foot = Self.together(notices(5.4, gap: 0.6))
        let footHeight = foot.reduce(0) { $0 + $1.height(pdf, width - 2 * inset, 1) }
        let blocks =
            [PrintBlock(t("print.show|Show or say this"), 7, tongue, role: .heading2, bold: true)]
            + text.say.flatMap { saying($0, 8.6, gap: 0.9) } + over
        let room = height - footHeight - 7
        let rest = PrintBlock.fitted(
            blocks,
            pdf,
            x: x + inset,
            y: y + 3,
            width: width - 2 * inset,
            height: room,
            least: Self.leastOnCard,
            isRead: isRead
        )
        PrintBlock.fitted(
            foot,
            pdf,
            x: x + inset,
            y: y + height - footHeight - 3,
            width: width - 2 * inset,
            height: footHeight + 0.5,
            isRead: isRead
        )
        return rest
    }

    /// Small print of one language runs on, since each line begun anew costs a card as much as a phrase.
    private static func together(_ blocks: [PrintBlock]) -> [PrintBlock] {
        guard let first = blocks.first else { return [] }
        var (joined, rest): ([PrintBlock], [PrintBlock]) = ([first], [])
        for block in blocks.dropFirst() {
            if block.language == first.language { joined.append(block) } else { rest.append(block) }
        }
        let text = joined.map(\.text).joined(separator: " ")
        return [PrintBlock(text, first.size, first.language, gap: first.gap)] + rest
    }
}
