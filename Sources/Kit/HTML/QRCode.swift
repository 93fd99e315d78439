// SPDX-License-Identifier: AGPL-3.0-or-later
import CQrencode

/// QR codes through libqrencode, as SVG that stands in the page: nothing is fetched, nothing is a file.
package enum QRCode {
    /// `notText` for nothing at all or a NUL within, `tooLong` for more than a code can hold (2,331 bytes).
    package enum Problem: Error, Sendable, Hashable { case notText, tooLong }

    /// Empty modules round the symbol; ISO/IEC 18004 asks for four.
    static let quiet = 4

    /// A square that grows to the width that its class `qr` gets from the style sheet. `label` is its name for who
    /// can't see it. Always black on white: in the dark theme too, since many readers don't know an inverted code.
    package static func svg(_ text: String, label: String) throws -> HTML {
        let symbol = try Symbol(text)
        let size = symbol.width + 2 * quiet
        return """
            <svg class="qr" xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 \(size) \(size)" \
            shape-rendering="crispEdges"><title>\(label)</title><rect width="\(size)" height="\(size)" fill="#fff"/>\
            <path fill="#000" d="\(symbol.path(from: quiet))"/></svg>
            """
    }

    /// The dark modules, row by row; 15 % of it may be damaged (level M).
    struct Symbol: Sendable {
        let width: Int
        private let isDark: [Bool]

        init(_ text: String) throws {
            guard !text.isEmpty, !text.utf8.contains(0) else { throw Problem.notText }
            guard let code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else { throw Problem.tooLong }
            defer { QRcode_free(code) }
            let width = Int(code.pointee.width)
            guard let modules = code.pointee.data, width > 0 else { throw Problem.tooLong }
            self.width = width
            isDark = UnsafeBufferPointer(start: modules, count: width * width).map { $0 & 1 == 1 }
        }

        /// Whether the module is dark; outside of the symbol none is.
        subscript(row: Int, column: Int) -> Bool {
            guard (0..<width).contains(row), (0..<width).contains(column) else { return false }
            return isDark[row * width + column]
        }

        /// Each run of dark modules in a row is one rectangle.
        func path(from offset: Int) -> String {
            var path = ""
            for row in 0..<width {
                var column = 0
                while column < width {
                    let start = column
                    while self[row, column] { column += 1 }
                    let run = column - start
                    if run > 0 { path += "M\(start + offset) \(row + offset)h\(run)v1h-\(run)z" }
                    column += 1
                }
            }
            return path
        }
    }
}
