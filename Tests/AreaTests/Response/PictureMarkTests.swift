// SPDX-License-Identifier: AGPL-3.0-or-later
import Testing

@testable import Response

@Suite("What a picture looks like")
struct PictureMarkTests {
    /// A made-up picture: soft spots of light, another for each seed.
    private static func picture(_ seed: Int) -> [Double] {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func dice(_ below: Double) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(UInt64(1) << 31) * below
        }
        let spots = (0..<9).map { _ in (x: dice(32), y: dice(32), width: 2 + dice(6), light: dice(240) - 60) }
        return (0..<1_024).map { index in
            let (x, y) = (Double(index % 32), Double(index / 32))
            let light = spots.reduce(60) { sum, spot in
                let far = ((x - spot.x) * (x - spot.x) + (y - spot.y) * (y - spot.y)) / (spot.width * spot.width)
                return sum + spot.light / (1 + far)
            }
            return min(max(light, 0), 255)
        }
    }

    private static func pixmap(_ gray: [Double], colors: Int = 3) -> [UInt8] {
        Array("\(colors == 3 ? "P6" : "P5")\n32 32\n255\n".utf8)
            + gray.flatMap { [UInt8](repeating: UInt8($0), count: colors) }
    }

    private static func apart(_ left: UInt64, _ right: UInt64) -> Int { (left ^ right).nonzeroBitCount }

    @Test("stays nearly the same when it is encoded anew, made lighter or flatter", arguments: 1...20)
    func steady(_ seed: Int) throws {
        let gray = Self.picture(seed)
        let mark = try #require(PictureMark.of(gray: gray))
        // Blocks and noise as a strong compression leaves them.
        let rough = gray.enumerated().map { min(max(($1 / 6).rounded() * 6 + Double($0 * 7 % 5) - 2, 0), 255) }
        let lighter = gray.map { min($0 * 0.8 + 30, 255) }
        for other in [rough, lighter] {
            let again = try #require(PictureMark.of(gray: other))
            #expect(Self.apart(mark, again) <= GroupingSettings.standard.samePictureBits)
        }
    }

    @Test("of two pictures differ far more")
    func different() throws {
        let marks = try (1...60).map { try #require(PictureMark.of(gray: Self.picture($0))) }
        var nearest = 64
        for (index, mark) in marks.enumerated() {
            for other in marks[(index + 1)...] { nearest = min(nearest, Self.apart(mark, other)) }
        }
        #expect(nearest > GroupingSettings.standard.samePictureBits)
    }

    @Test("is the same for a gray and a colored pixmap of one picture, and nothing for a black one")
    func forms() {
        let gray = Self.picture(3).map { $0.rounded() }
        #expect(PictureMark.of(pixmap: Self.pixmap(gray)) == PictureMark.of(pixmap: Self.pixmap(gray, colors: 1)))
        #expect(PictureMark.of(pixmap: Self.pixmap(gray)) != nil)
        #expect(PictureMark.of(pixmap: Self.pixmap([Double](repeating: 3, count: 1_024))) == nil)
    }

    @Test(
        "of what is no such pixmap is nothing",
        arguments: [
            "", "P6", "P6\n32 32\n255\n", "P6 32 32 65535 ", "P7\n32 32\n255\n", "P6\n99999999999999999999 32\n255\n",
            "P6\n31 32\n255\nabc", "\u{0}\u{1}\u{2}", "P5\n32 32 255",
        ]
    )
    func hostile(_ text: String) {
        #expect(PictureMark.of(pixmap: Array(text.utf8)) == nil)
        #expect(PictureMark.of(pixmap: Array(text.utf8) + [UInt8](repeating: 9, count: 500)) == nil)
    }
}
