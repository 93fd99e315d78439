// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Testing

@testable import Kit

@Suite("PDF")
struct PDFTests {
    private func drawn(_ language: Language, day: String = "2026-11-22", _ draw: (PDF) throws -> Void) throws -> [UInt8]
    {
        let pdf = try PDF(
            title: "A title",
            author: "Neighbors",
            language: language,
            figures: "A code",
            day: day,
            width: 85.6,
            height: 54
        )
        try draw(pdf)
        return try pdf.finished()
    }

    @Test("is a whole file, tagged, and says its language and what a drawn part shows")
    func tagged() throws {
        let bytes = try drawn(.spanish) { pdf in
            pdf.part(.heading1) { pdf.text("Tus derechos", TextStyle(12, .spanish, bold: true), x: 4, y: 4, width: 70) }
            pdf.part(.quote) { pdf.text("I want to stay silent.", TextStyle(9, .english), x: 4, y: 12, width: 70) }
            try pdf.part(.figure) { try pdf.code("https://vecinos.example.org/c/1a2b3c4d", x: 60, y: 20, size: 20) }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("%PDF-1."))
        #expect(text.contains("/Marked true"))
        #expect(text.contains("/StructTreeRoot"))
        #expect(text.contains("/Lang (es)"))
        #expect(text.contains("/Lang (en)"))
        #expect(text.contains("/Alt (A code)"))
        #expect(text.contains("/DisplayDocTitle true"))
    }

    @Test("the same content gives the same bytes, and other content others")
    func same() throws {
        func page(_ words: String) throws -> [UInt8] {
            try drawn(.english) { $0.text(words, TextStyle(10, .english), x: 4, y: 4, width: 70) }
        }
        #expect(try page("Hello") == page("Hello"))
        #expect(try page("Hello") != page("Hollo"))
    }

    @Test("text that is broken into more lines stands higher, in every script")
    func heights() throws {
        let words = [
            "en": "You can stay silent", "fa": "شما حق دارید سکوت کنید", "ar": "يمكنك التزام الصمت",
            "km": "អ្នកអាចនៅស្ងៀម", "hy": "Դուք կարող եք լռել", "zh-Hans": "您可以保持沉默不回答问题",
        ]
        for (code, text) in words {
            let language = try #require(Language.known.first { $0.code == code })
            _ = try drawn(language) { pdf in
                let wide = pdf.height(of: text, TextStyle(10, language), width: 80)
                let narrow = pdf.height(of: text, TextStyle(10, language), width: 12)
                #expect(wide > 3 && wide < 8, "\(code): \(wide)")
                #expect(narrow > wide * 1.8, "\(code): \(narrow)")
            }
        }
    }
}
