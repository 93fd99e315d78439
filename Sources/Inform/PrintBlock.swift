// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A paragraph on paper: `size` in points at scale 1, `gap` in millimetres before it.
struct PrintBlock {
    let text: String
    let size: Double
    let language: Language
    let role: PDF.Role
    let isBold: Bool
    let gap: Double
    let isCentered: Bool
    let ink: Ink

    init(
        _ text: String,
        _ size: Double,
        _ language: Language,
        role: PDF.Role = .paragraph,
        bold: Bool = false,
        gap: Double = 0,
        centered: Bool = false,
        ink: Ink = Ink(0.106, 0.125, 0.2)
    ) {
        (self.text, self.size, self.language, self.role) = (text, size, language, role)
        (isBold, self.gap, isCentered, self.ink) = (bold, gap, centered, ink)
    }

    var isHeading: Bool { role == .heading1 || role == .heading2 }
    /// Says how what follows stands.
    var isMark: Bool { ink == Self.urgent && isBold }

    static let urgent = Ink(0.6, 0.2, 0.12)

    /// With the gap before it.
    func height(_ pdf: PDF, _ width: Double, _ scale: Double) -> Double {
        gap * scale + pdf.height(of: text, style(scale), width: width)
    }

    @discardableResult
    func draw(_ pdf: PDF, x: Double, y: Double, width: Double, scale: Double, isRead: Bool = true) -> Double {
        let top = y + gap * scale
        func put() -> Double { pdf.text(text, style(scale), x: x, y: top, width: width) }
        var height = 0.0
        if isRead { pdf.part(role, in: language) { height = put() } } else { height = put() }
        return gap * scale + height
    }

    /// Draws them in a frame: the letters shrink, to `least` of their size; then the last ones, which matter least, are left
    /// out. Gives those, for another sheet.
    @discardableResult
    static func fitted(
        _ blocks: [PrintBlock],
        _ pdf: PDF,
        x: Double,
        y: Double,
        width: Double,
        height: Double,
        least: Double = 0.7,
        isRead: Bool = true
    ) -> [PrintBlock] {
        var kept = blocks[...]
        var scale = 1.0
        while !kept.isEmpty, kept.reduce(0, { $0 + $1.height(pdf, width, scale) }) > height {
            if scale > least { scale = max(least, scale - 0.03) } else { kept.removeLast() }
        }
        // A heading or a mark goes with what it stands over.
        while kept.count < blocks.count, kept.count > 1, let last = kept.last, last.isHeading || last.isMark {
            kept.removeLast()
        }
        var top = y
        for block in kept { top += block.draw(pdf, x: x, y: top, width: width, scale: scale, isRead: isRead) }
        return Array(blocks[kept.endIndex...])
    }

    private func style(_ scale: Double) -> TextStyle {
        // Fonts of Arabic letters ask for lines of twice the letters' height, for vowel signs that our texts don't have.
        let leading = language.isRightToLeft ? 0.72 : 0
        return TextStyle(
            size * scale,
            language,
            bold: isBold,
            centered: isCentered,
            ink: ink,
            leading: leading
        )
    }
}
