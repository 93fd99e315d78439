// SPDX-License-Identifier: AGPL-3.0-or-later
import Testing

@testable import Kit

@Suite("A form with files, as it arrives")
struct MultipartTests {
    private static let body = Array(
        ("--b\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\nhola\r\nvecina\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a;b.jpg\"\r\nContent-Type: x/y\r\n\r\n"
            + "\r\n--\r\n--other\r\n--\r\n--b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--b--\r\n")
            .utf8
    )

    private func read(_ pieces: [[UInt8]], limit: Int = 1_000) throws -> (form: Form, file: [UInt8], names: [String]) {
        var reader = try MultipartReader(boundary: "b", textLimit: limit)
        var (file, names): ([UInt8], [String]) = ([], [])
        for piece in pieces {
            for event in try reader.read(piece) {
                switch event {
                case .begins(let field, let name): names.append("\(field)/\(name)")
                case .piece(let bytes): file += bytes
                case .ends: names.append("end")
                }
            }
        }
        return (try reader.finish(), file, names)
    }

    @Test("However it is cut, the same comes out", arguments: Array(1...40) + [1_000])
    func pieces(_ length: Int) throws {
        let cut = stride(from: 0, to: Self.body.count, by: length).map {
            Array(Self.body[$0..<min($0 + length, Self.body.count)])
        }
        let (form, file, names) = try read(cut)
        #expect(form["words"] == "hola\nvecina")
        #expect(form.optional("empty") == nil)
        #expect(names == ["photo/a;b.jpg", "end"])
        #expect(file == Array("\r\n--\r\n--other\r\n--".utf8))
    }

    @Test("It gives the same as the parser of whole bodies")
    func agrees() throws {
        let whole = Array(
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\ncontent\r\n--b--\r\n"
                .utf8
        )
        let form = try Form(multipart: whole, boundary: "b")
        let (other, file, _) = try read(whole.map { [$0] })
        #expect(form["a"] == other["a"])
        #expect(form.files("f").first?.bytes == file)
    }

    @Test("Rubbish, a text too long, and an end too early throw")
    func rubbish() throws {
        #expect(throws: Form.FormError.self) { try read([Array("no boundary at all".utf8)]) }
        #expect(throws: Form.FormError.self) { try read([Array(Self.body.dropLast(10))]) }
        #expect(throws: Form.FormError.tooLarge) { try read([Self.body], limit: 5) }
        #expect(throws: Form.FormError.self) { try read([Array("--b\r\n\r\n\r\nx\r\n--b--".utf8)]) }
        #expect(throws: Form.FormError.self) { try MultipartReader(boundary: "", textLimit: 1) }
    }
}
