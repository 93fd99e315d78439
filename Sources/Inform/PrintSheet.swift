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

    package func file() throws -> [UInt8] { try drawn().file }

    /// With every text that found no room, for a test: only a wallet card can have any.
    package func drawn() throws -> (file: [UInt8], leftOut: [String]) {
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
        var leftOut: [PrintBlock] = []
        switch text.kind {
        case .card: leftOut = try cards(pdf)
        case .door: try page(pdf, doorBlocks)
        case .poster: try page(pdf, posterBlocks)
        case .large: try flow(pdf, largeBlocks)
        }
        return (try pdf.finished(), leftOut.map(\.text))
    }

    /// Left to right as a whole, also among right-to-left words: a number that is turned round calls somebody else.
    func inRow(_ text: String) -> String { tongue.isRightToLeft ? "\u{2066}\(text)\u{2069}" : text }

    private var title: String { t(text.kind.name) }
    var code: String { Self.spoken(text.edition) }
    var link: String? { imprint.address.isEmpty ? nil : "\(imprint.address)/c/\(text.edition)" }

    // MARK: what is told

    var tongue: Language { text.language }
    static let ink = Ink(0.106, 0.125, 0.2)
    private static let urgent = PrintBlock.urgent

    private func own(_ words: LocalizedText) -> Language { words.isIn(tongue) ? tongue : .english }

    func statement(_ one: PrintText.Statement, _ size: Double, means: Bool, gap: Double) -> [PrintBlock] {
        var blocks: [PrintBlock] = []
        if let mark = one.standing.mark {
            blocks.append(PrintBlock(t(mark), size * 0.8, tongue, bold: true, gap: gap, ink: Self.urgent))
        }
        let after = blocks.isEmpty ? gap : gap * 0.2
        blocks.append(PrintBlock(one.text.statement, size, one.language, bold: means, gap: after))
        if means { blocks.append(PrintBlock(one.text.means, size, one.language, gap: gap * 0.2)) }
        guard one.standing != .settled, let dispute = one.text.dispute else { return blocks }
        let label = t("rights.who_says|Not settled:")
        guard one.language != tongue else {
            return blocks + [PrintBlock("\(label) \(dispute)", size * 0.9, tongue, gap: gap * 0.2)]
        }
        // Two languages are two parts: each is read aloud in its own.
        return blocks + [
            PrintBlock(label, size * 0.9, tongue, bold: true, gap: gap * 0.2),
            PrintBlock(dispute, size * 0.9, one.language),
        ]
    }

    func saying(_ one: Saying, _ size: Double, gap: Double, centered: Bool = false) -> [PrintBlock] {
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

    func notices(_ size: Double, gap: Double) -> [PrintBlock] {
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

    func call(_ size: Double, gap: Double) -> [PrintBlock] {
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

    /// One sheet: the letters, which are large, shrink to half until all of it stands above the imprint. What finds no room
    /// even so goes on another sheet: no language loses a fact.
    private func page(_ pdf: PDF, _ blocks: [PrintBlock]) throws {
        var rest = try sheet(pdf, blocks)
        while let first = rest.first {
            pdf.turnPage()
            let after = try sheet(pdf, rest)
            guard after.count == rest.count else {
                rest = after
                continue
            }
            // A paragraph that is higher than a sheet stands cut at its end, rather than nowhere.
            first.draw(pdf, x: Self.margin, y: Self.margin, width: inner, scale: 0.5)
            rest = Array(after.dropFirst())
        }
    }

    private var inner: Double { paper.size.width - 2 * Self.margin }

    /// Gives what found no room.
    private func sheet(_ pdf: PDF, _ blocks: [PrintBlock]) throws -> [PrintBlock] {
        let (width, height) = paper.size
        let size = 34.0
        let foot = [PrintBlock(imprint.name, 12, tongue, bold: true)] + call(22, gap: 1) + notices(9.5, gap: 1.5)
        let footWidth = link == nil ? inner : inner - size - 4
        let footHeight = max(foot.reduce(0) { $0 + $1.height(pdf, footWidth, 1) }, link == nil ? 0 : size)
        let top = height - Self.margin - footHeight
        pdf.fill(Self.ink, x: 0, y: 0, width: width, height: 6)
        let rest = PrintBlock.fitted(
            blocks,
            pdf,
            x: Self.margin,
            y: Self.margin,
            width: inner,
            height: top - Self.margin - 4,
            least: 0.5
        )
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
        return rest
    }

    /// As many sheets as it takes; each carries the code and the date.
    private func flow(_ pdf: PDF, _ blocks: [PrintBlock]) throws {
        let (width, height) = paper.size
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
