// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Draws a piece: the same text and imprint give the same file.
package struct PrintSheet {
    /// What a coalition prints of itself.
    package struct Imprint: Sendable {
        package let name: String
        package let hotline: String
        /// Said beside a number that reaches nobody.
        package let note: String?
        /// `https://vecinos.example.org`; empty where the server was not told its address: then no QR code.
        package let address: String

        package init(name: String, hotline: String, note: String?, address: String) {
            (self.name, self.hotline, self.note, self.address) = (name, hotline, note, address)
        }
    }

    /// Of the wallet card, in millimetres (ISO/IEC 7810, ID-1).
    package static let card = (width: 85.6, height: 54.0)

    let text: PrintText
    let imprint: Imprint
    let paper: Paper
    let t: Words
    /// "Nov 22, 2026", in the reader's language.
    let date: String

    package init(_ text: PrintText, _ imprint: Imprint, paper: Paper, date: String, _ t: Words) {
        (self.text, self.imprint, self.paper, self.date, self.t) = (text, imprint, paper, date, t)
    }

    /// `1A2B-3C4D`, as it is read out.
    package static func spoken(_ edition: String) -> String {
        "\(edition.prefix(4))-\(edition.dropFirst(4))".uppercased()
    }

    package func file() throws -> [UInt8] {
        let (width, height) = paper.size
        let pdf = try PDF(
            title: "\(imprint.name): \(title)",
            author: imprint.name,
            language: text.language,
            figures: t("print.qr|QR code: is this text still true?"),
            day: text.day,
            width: width,
            height: height
        )
        switch text.kind {
        case .card: try cards(pdf)
        case .door: try page(pdf, doorBlocks)
        case .poster: try page(pdf, posterBlocks)
        case .large: try flow(pdf, largeBlocks)
        }
        return try pdf.finished()
    }

    /// Left to right as a whole, also among right-to-left words: a number that is turned round calls somebody else.
    private func inRow(_ text: String) -> String { tongue.isRightToLeft ? "\u{2066}\(text)\u{2069}" : text }

    private var title: String { t(text.kind.name) }
    private var code: String { Self.spoken(text.edition) }
    private var link: String? { imprint.address.isEmpty ? nil : "\(imprint.address)/c/\(text.edition)" }

    // MARK: what is told

    private var tongue: Language { text.language }
    private static let ink = Ink(0.106, 0.125, 0.2)
    private static let urgent = Ink(0.6, 0.2, 0.12)

    private func own(_ words: LocalizedText) -> Language { words.isIn(tongue) ? tongue : .english }

    private func statement(_ one: PrintText.Statement, _ size: Double, means: Bool, gap: Double) -> [PrintBlock] {
        var blocks: [PrintBlock] = []
        if let mark = one.standing.mark {
            blocks.append(PrintBlock(t(mark), size * 0.8, tongue, bold: true, gap: gap, ink: Self.urgent))
        }
        let after = blocks.isEmpty ? gap : gap * 0.2
        blocks.append(PrintBlock(one.text.statement, size, one.language, bold: means, gap: after))
        if means { blocks.append(PrintBlock(one.text.means, size, one.language, gap: gap * 0.2)) }
        if one.standing != .settled, let dispute = one.text.dispute {
            blocks.append(
                PrintBlock("\(t("rights.who_says|Not settled:")) \(dispute)", size * 0.9, one.language, gap: gap * 0.2)
            )
        }
        return blocks
    }

    private func saying(_ one: Saying, _ size: Double, gap: Double, centered: Bool = false) -> [PrintBlock] {
        var blocks = [
            PrintBlock(one.english, size, .english, role: .quote, bold: true, gap: gap, centered: centered)
        ]
        if tongue != .english, let words = one.words[tongue.code] {
            blocks.append(PrintBlock(words.means, size * 0.72, tongue, gap: gap * 0.1, centered: centered))
        }
        return blocks
    }

    private var old: String {
        imprint.address.isEmpty
            ? t("print.old_plain|Is it old? Ask us before you count on it.")
            : t(
                "print.old|Is it old? Check the code at {address} before you count on it.",
                ["address": inRow("\(host)/check-card")]
            )
    }

    private var host: String { imprint.address.split(separator: "/").last.map(String.init) ?? imprint.address }

    private func notices(_ size: Double, gap: Double) -> [PrintBlock] {
        let notice = text.notice
        var blocks = [
            PrintBlock(
                t("print.as_of|As of {date}. Code {code}.", ["date": date, "code": inRow(code)]),
                size,
                tongue,
                bold: true,
                gap: gap
            ),
            PrintBlock(old, size, tongue, gap: gap * 0.3),
            text.isApproved
                ? PrintBlock(
                    t("rights.information|This is information, not legal advice."),
                    size,
                    tongue,
                    gap: gap * 0.3
                )
                : PrintBlock(notice(tongue), size, own(notice), gap: gap * 0.3),
        ]
        if text.isDraft {
            let draft = t("rights.draft|These words are a draft. A person has not checked all of them yet.")
            blocks.append(PrintBlock(draft, size, tongue, gap: gap * 0.3))
        }
        return blocks
    }

    private func call(_ size: Double, gap: Double) -> [PrintBlock] {
        var blocks = [
            PrintBlock(
                t("print.call|Call us: {number}", ["number": inRow(imprint.hotline)]),
                size,
                tongue,
                bold: true,
                gap: gap
            )
        ]
        if let note = imprint.note {
            blocks.append(PrintBlock(note, max(size * 0.6, 5.5), tongue, gap: gap * 0.2, ink: Self.urgent))
        }
        return blocks
    }

    private var doorBlocks: [PrintBlock] {
        [PrintBlock(t("print.door_head|Read this through the window"), 26, tongue, role: .heading1, bold: true)]
            + text.say.flatMap { saying($0, 25, gap: 6) }
            + [PrintBlock(t("print.inside|For us inside"), 18, tongue, role: .heading2, bold: true, gap: 9)]
            + text.facts.flatMap { statement($0, 15, means: false, gap: 3) }
    }

    /// What to say stands first: in a tall script the last blocks find no room, and a fact is easier missed than these.
    private var posterBlocks: [PrintBlock] {
        [PrintBlock(t("rights.title|Know your rights"), 44, tongue, role: .heading1, bold: true)]
            + [PrintBlock(t("rights.say_this|Say this in English"), 20, tongue, role: .heading2, bold: true, gap: 4)]
            + text.say.flatMap { saying($0, 19, gap: 3) }
            + [PrintBlock(t("rights.kind_know|Know"), 20, tongue, role: .heading2, bold: true, gap: 6)]
            + text.facts.flatMap { statement($0, 15, means: true, gap: 4) }
    }

    private var largeBlocks: [PrintBlock] {
        var blocks = [PrintBlock(t("rights.title|Know your rights"), 34, tongue, role: .heading1, bold: true)]
        blocks += call(22, gap: 4)
        for chapter in text.chapters {
            blocks.append(
                PrintBlock(chapter.name(tongue), 30, own(chapter.name), role: .heading1, bold: true, gap: 12)
            )
            for leaf in chapter.leaves {
                blocks.append(PrintBlock(leaf.title(tongue), 24, own(leaf.title), role: .heading2, bold: true, gap: 8))
                if let mark = leaf.leans.mark {
                    blocks.append(PrintBlock(t(mark), 18, tongue, bold: true, gap: 2, ink: Self.urgent))
                }
                if let words = leaf.words { blocks.append(PrintBlock(words(tongue), 20, own(words), gap: 2)) }
                blocks += leaf.facts.flatMap { statement($0, 20, means: true, gap: 3) }
                blocks += leaf.say.flatMap { saying($0, 22, gap: 3) }
            }
        }
        return blocks
    }

    // MARK: where it stands

    private static let margin = 14.0

    /// One sheet: the letters shrink until all of it stands above the imprint.
    private func page(_ pdf: PDF, _ blocks: [PrintBlock]) throws {
        let (width, height) = paper.size
        let inner = width - 2 * Self.margin
        let size = 34.0
        let foot = [PrintBlock(imprint.name, 12, tongue, bold: true)] + call(22, gap: 1) + notices(9.5, gap: 1.5)
        let footWidth = link == nil ? inner : inner - size - 4
        let footHeight = max(foot.reduce(0) { $0 + $1.height(pdf, footWidth, 1) }, link == nil ? 0 : size)
        let top = height - Self.margin - footHeight
        pdf.fill(Self.ink, x: 0, y: 0, width: width, height: 6)
        PrintBlock.fitted(blocks, pdf, x: Self.margin, y: Self.margin, width: inner, height: top - Self.margin - 4)
        pdf.line(Self.ink, from: (Self.margin, top - 2), to: (width - Self.margin, top - 2), thickness: 0.3)
        let rtl = tongue.isRightToLeft
        PrintBlock.fitted(
            foot,
            pdf,
            x: rtl && link != nil ? Self.margin + size + 4 : Self.margin,
            y: top,
            width: footWidth,
            height: footHeight + 1
        )
        try code(pdf, x: rtl ? Self.margin : width - Self.margin - size, y: top, size: size)
    }

    /// As many sheets as it takes; each carries the code and the date.
    private func flow(_ pdf: PDF, _ blocks: [PrintBlock]) throws {
        let (width, height) = paper.size
        let inner = width - 2 * Self.margin
        let end = height - Self.margin - 9
        var y = Self.margin
        var number = 1
        func foot() {
            let line = t(
                "print.foot|{name}. As of {date}. Code {code}. Page {page}.",
                ["name": imprint.name, "date": date, "code": inRow(code), "page": String(number)]
            )
            pdf.text(line, TextStyle(11, tongue), x: Self.margin, y: end + 4, width: inner)
        }
        for block in blocks {
            // A heading or a mark doesn't stand alone at the end of a sheet.
            let room = block.height(pdf, inner, 1) + (block.isHeading || block.isBold ? 40 : 0)
            if y + room > end, y > Self.margin {
                foot()
                pdf.turnPage()
                (y, number) = (Self.margin, number + 1)
            }
            y += block.draw(pdf, x: Self.margin, y: y, width: inner, scale: 1)
        }
        let last = notices(16, gap: 4)
        let room = last.reduce(0) { $0 + $1.height(pdf, inner, 1) } + 50
        if y + room > end {
            foot()
            pdf.turnPage()
            (y, number) = (Self.margin, number + 1)
        }
        for block in last { y += block.draw(pdf, x: Self.margin, y: y, width: inner, scale: 1) }
        try code(pdf, x: tongue.isRightToLeft ? width - Self.margin - 40 : Self.margin, y: y + 4, size: 40)
        foot()
    }

    private func code(_ pdf: PDF, x: Double, y: Double, size: Double) throws {
        guard let link else { return }
        try pdf.part(.figure) { try pdf.code(link, x: x, y: y, size: size) }
    }

    // MARK: the wallet card

    /// Ten fronts, then ten backs: printed on both sides, turned on the long edge, they lie on each other.
    private func cards(_ pdf: PDF) throws {
        let (width, height) = paper.size
        let left = (width - 2 * Self.card.width) / 2
        let top = (height - 5 * Self.card.height) / 2
        for side in 0..<2 {
            if side == 1 { pdf.turnPage() }
            for index in 0..<10 {
                let x = left + Double(index % 2) * Self.card.width
                let y = top + Double(index / 2) * Self.card.height
                // Read aloud once: the other nine are the same.
                let isFirst = index == 0
                try side == 0 ? front(pdf, x, y, isRead: isFirst) : back(pdf, x, y, isRead: isFirst)
            }
            marks(pdf, left, top)
        }
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

    private func front(_ pdf: PDF, _ x: Double, _ y: Double, isRead: Bool) throws {
        let (width, height) = Self.card
        let inset = 3.5
        let size = link == nil ? 0 : 20.0
        let rtl = tongue.isRightToLeft
        pdf.fill(Self.ink, x: x + 1, y: y + 1, width: width - 2, height: 6)
        let name = [PrintBlock(imprint.name, 8, tongue, role: .heading1, bold: true, ink: .white)]
        PrintBlock.fitted(name, pdf, x: x + inset, y: y + 1.9, width: width - 2 * inset, height: 5, isRead: isRead)
        let column = width - 2 * inset - (link == nil ? 0 : size + 2)
        let start = rtl && link != nil ? x + inset + size + 2 : x + inset
        let call = call(8.5, gap: 1)
        let callHeight = call.reduce(0) { $0 + $1.height(pdf, column, 1) }
        let room = height - 8 - callHeight - 2.5
        let facts = text.facts.flatMap { statement($0, 7.6, means: false, gap: 0.8) }
        PrintBlock.fitted(facts, pdf, x: start, y: y + 8, width: column, height: room, isRead: isRead)
        PrintBlock.fitted(
            call,
            pdf,
            x: start,
            y: y + height - callHeight - 2.5,
            width: column,
            height: callHeight + 0.5,
            isRead: isRead
        )
        guard let link else { return }
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
        PrintBlock.fitted(under, pdf, x: corner.x, y: corner.y + size, width: size, height: 13, isRead: isRead)
    }

    private func back(_ pdf: PDF, _ x: Double, _ y: Double, isRead: Bool) throws {
        let (width, height) = Self.card
        let inset = 3.5
        let foot = notices(5.4, gap: 0.6)
        let footHeight = foot.reduce(0) { $0 + $1.height(pdf, width - 2 * inset, 1) }
        let blocks =
            [PrintBlock(t("print.show|Show or say this"), 7, tongue, role: .heading2, bold: true)]
            + text.say.flatMap { saying($0, 8.6, gap: 0.9) }
        let room = height - footHeight - 7
        PrintBlock.fitted(blocks, pdf, x: x + inset, y: y + 3, width: width - 2 * inset, height: room, isRead: isRead)
        PrintBlock.fitted(
            foot,
            pdf,
            x: x + inset,
            y: y + height - footHeight - 3,
            width: width - 2 * inset,
            height: footHeight + 0.5,
            isRead: isRead
        )
    }
}

extension PrintPiece.Kind {
    package var name: Phrase {
        switch self {
        case .card: "print.card|Wallet card"
        case .door: "print.door|Sign for your door"
        case .poster: "print.poster|Poster"
        case .large: "print.large|Large print"
        }
    }
}

extension Standing {
    /// What must stand beside it on paper; nothing for what is settled.
    var mark: Phrase? {
        switch self {
        case .settled: nil
        case .contested: "rights.contested|Courts do not agree yet"
        case .blocked: "rights.blocked|Stopped by a court for now"
        case .pending: "rights.pending|Not final yet"
        case .expired: "rights.stale|Not checked lately"
        case .recalled: "rights.recalled|Taken back"
        }
    }
}
