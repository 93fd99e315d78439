// SPDX-License-Identifier: AGPL-3.0-or-later

extension String {
    /// Whether nothing can be read in it: white space, control and format characters, letters that have no shape.
    package var isBlank: Bool { unicodeScalars.isBlank }
}

extension Sequence where Element == Unicode.Scalar {
    /// As of a text.
    package var isBlank: Bool { allSatisfy(\.isBlank) }
}

extension Unicode.Scalar {
    fileprivate var isBlank: Bool {
        // What most texts begin with.
        if value > 0x20, value < 0x7F { return false }
        if properties.isWhitespace || properties.isDefaultIgnorableCodePoint { return true }
        let category = properties.generalCategory
        // An empty cell of Braille is drawn as a space.
        return category == .control || category == .format || value == 0x2800
    }
}
