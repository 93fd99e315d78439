// SPDX-License-Identifier: AGPL-3.0-or-later
import Testing

@testable import Kit

@Suite("QR codes")
struct QRCodeTests {
    private let code = "7F3K-Q2MX-7F3K-Q2MX-7F3K-Q2MX-C"

    @Test("a reporter's code fits into a small symbol with its three corner marks")
    func corners() throws {
        let symbol = try QRCode.Symbol(code)
        // Alphanumeric at level M: 31 letters need version 2.
        #expect(symbol.width == 25)
        for (row, column) in [(0, 0), (0, 18), (18, 0)] {
            #expect((0..<7).allSatisfy { symbol[row, column + $0] && symbol[row + 6, column + $0] })
            #expect((0..<7).allSatisfy { symbol[row + $0, column] && symbol[row + $0, column + 6] })
            #expect((1..<6).allSatisfy { !symbol[row + 1, column + $0] && !symbol[row + 5, column + $0] })
        }
        #expect(!symbol[-1, 0] && !symbol[0, 25] && !symbol[Int.max, Int.min])
    }

    @Test("each text has its own symbol")
    func different() throws {
        let other = "7F3K-Q2MX-7F3K-Q2MX-7F3K-Q2MX-D"
        #expect(try QRCode.svg(code, label: "x") == QRCode.svg(code, label: "x"))
        #expect(try QRCode.svg(code, label: "x") != QRCode.svg(other, label: "x"))
    }

    @Test("the picture names itself, escapes the name, keeps a quiet zone and brings no style")
    func markup() throws {
        let svg = try QRCode.svg(code, label: "Code <b>\"x\"</b>").string
        #expect(svg.contains("role=\"img\""))
        #expect(svg.contains("<title>Code &lt;b&gt;&quot;x&quot;&lt;/b&gt;</title>"))
        #expect(svg.contains("viewBox=\"0 0 33 33\""))
        #expect(svg.contains("d=\"M4 4h7v1h-7z"))
        #expect(!svg.contains("style"))
        #expect(!svg.contains(code), "what the symbol says does not stand in the markup")
    }

    @Test("nothing, a NUL and too much are refused")
    func refusals() {
        #expect(throws: QRCode.Problem.notText) { try QRCode.svg("", label: "x") }
        #expect(throws: QRCode.Problem.notText) { try QRCode.svg("a\0b", label: "x") }
        #expect(throws: QRCode.Problem.tooLong) { try QRCode.svg(String(repeating: "é", count: 2_000), label: "x") }
    }
}
