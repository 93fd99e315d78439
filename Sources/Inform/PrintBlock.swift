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

    /// With the gap before it.
    func height(_ pdf: PDF, _ width: Double, _ scale: Double) -> Double {
        gap * scale + pdf.height(of: text, style(scale), width: width)
    }

    @discardableResult
    func draw(_ pdf: PDF, x: Double, y: Double, width: Double, scale: Double, isRead: Bool = true) -> Double {
        let top = y + gap * scale
        func put() -> Double { pdf.text(text, style(scale), x: x, y: top, width: width) }
        var height = 0.0
        if isRead { pdf.part(role) { height = put() } } else { height = put() }
        return gap * scale + height
    }

    /// Draws all of them in a frame: the letters shrink, to seven tenths at most; then the last ones are left out, which
    /// matter least.
    static func fitted(
        _ blocks: [PrintBlock],
        _ pdf: PDF,
        x: Double,
        y: Double,
        width: Double,
        height: Double,
        isRead: Bool = true
    ) {
        var kept = blocks
        var scale = 1.0
        while !kept.isEmpty, kept.reduce(0, { $0 + $1.height(pdf, width, scale) }) > height {
            if scale > 0.7 { scale -= 0.03 } else { kept.removeLast() }
        }
        var top = y
        for block in kept { top += block.draw(pdf, x: x, y: top, width: width, scale: scale, isRead: isRead) }
    }

    private func style(_ scale: Double) -> TextStyle {
        TextStyle(size * scale, language, bold: isBold, centered: isCentered, ink: ink)
    }
}
