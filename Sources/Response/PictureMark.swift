// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// What a picture looks like, in 64 bits: made from 32 by 32 points of gray, by the signs of its slowest waves (the
/// perceptual hash of the literature). The same picture made smaller or encoded anew differs in a few bits; another one
/// in about half of them.
package enum PictureMark {
    /// Points along each side.
    package static let side = 32
    private static let waves = 8

    /// From a portable pixmap or graymap (P5, P6) of 32 by 32 points with 8 bits a color. Nil for anything else, and for
    /// a picture with nothing in it: a black one looks like every black one.
    package static func of(pixmap bytes: [UInt8]) -> UInt64? {
        var reader = Header(bytes[...])
        let colors =
            switch reader.word() {
            case "P5": 1
            case "P6": 3
            default: 0
            }
        guard colors > 0, reader.word() == "\(side)", reader.word() == "\(side)", reader.word() == "255" else {
            return nil
        }
        let points = Array(reader.rest.dropFirst())
        guard points.count == side * side * colors else { return nil }
        return of(
            gray: (0..<(side * side)).map { point in
                guard colors == 3 else { return Double(points[point]) }
                let (red, green, blue) = (points[point * 3], points[point * 3 + 1], points[point * 3 + 2])
                // As bright as eyes see it (ITU-R BT.601).
                return 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
            }
        )
    }

    /// 1,024 values, 0 to 255, row by row.
    static func of(gray: [Double]) -> UInt64? {
        guard gray.count == side * side else { return nil }
        let mean = gray.reduce(0, +) / Double(gray.count)
        let spread = gray.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gray.count)
        guard spread >= leastSpread else { return nil }
        // Cosine transform along the rows, then along the columns; only the slow waves are asked for.
        var rows = [Double](repeating: 0, count: waves * side)
        for line in 0..<side {
            for wave in 0..<waves {
                rows[wave * side + line] = (0..<side).reduce(0) { $0 + gray[line * side + $1] * cosine(wave, $1) }
            }
        }
        var coefficients: [Double] = []
        for across in 0..<waves {
            for down in 0..<waves {
                coefficients.append((0..<side).reduce(0) { $0 + rows[across * side + $1] * cosine(down, $1) })
            }
        }
        let middle = coefficients.sorted()[coefficients.count / 2]
        return coefficients.reduce(0) { $0 << 1 | ($1 >= middle ? 1 : 0) }
    }

    /// Less than four steps of gray from the mean: nothing to see.
    private static let leastSpread = 16.0

    /// Waves from the second: the first is only how bright it all is.
    private static func cosine(_ wave: Int, _ point: Int) -> Double { cosines[wave * side + point] }

    private static let cosines = (1...waves).flatMap { wave in
        (0..<side).map { cos(Double(wave) * (Double($0) + 0.5) * .pi / Double(side)) }
    }

    /// The words before the points, parted by white space.
    private struct Header {
        var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        /// The next word, of at most a few letters; what follows it is left at the space behind it.
        mutating func word() -> String {
            rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
            let word = rest.prefix(8).prefix { $0 > 0x20 && $0 < 0x7F }
            rest = rest.dropFirst(word.count)
            return String(decoding: word, as: UTF8.self)
        }
    }
}
