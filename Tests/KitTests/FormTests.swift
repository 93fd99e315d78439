// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@Suite("Forms, url-encoded")
struct URLEncodedFormTests {
    private func parse(_ body: String) throws -> Form { try Form(urlEncoded: Array(body.utf8)) }

    private func pairs(_ form: Form) -> [String] { form.texts.map { "\($0.name)=\($0.value)" } }

    @Test(
        "Names and values are read as browsers write them",
        arguments: [
            ("", []), ("a=1", ["a=1"]), ("a=1&b=2&a=3", ["a=1", "b=2", "a=3"]), ("a", ["a="]), ("a=", ["a="]),
            ("=1", ["=1"]), ("a=b=c", ["a=b=c"]), ("&&a=1&&", ["a=1"]), ("a=b+c%2Bd", ["a=b c+d"]),
            ("n%C3%BA=Jos%c3%a9", ["nú=José"]), ("a=%F0%9F%8C%B5", ["a=🌵"]), ("a%3Db=%26", ["a=b=&"]),
            ("a=%D8%80%3C", ["a=\u{600}<"]),
        ] as [(String, [String])]
    )
    func read(body: String, wanted: [String]) throws {
        #expect(pairs(try parse(body)) == wanted)
    }

    @Test("Line ends become one newline, whichever way they came")
    func lineEnds() throws {
        #expect(pairs(try parse("a=1%0D%0A2%0D3%0A4%0D%0D%0A5%0D")) == ["a=1\n2\n3\n4\n\n5\n"])
    }

    @Test(
        "What is no text is refused",
        arguments: [
            "a=%", "a=%4", "a=%zz", "a=%4g", "a=%+1", "%=1", "a=%00", "a%00=1", "a=%FF", "a=%C3", "a=%ED%A0%80",
            "a=%C0%AF", "a=%F4%90%80%80",
        ]
    )
    func refused(body: String) {
        #expect(throws: Form.FormError.malformed) { try parse(body) }
    }

    @Test("Raw bytes that are no UTF-8, and a raw NUL, are refused", arguments: [0x00, 0x80, 0xC3, 0xFF] as [UInt8])
    func rawBytes(_ byte: UInt8) {
        #expect(throws: Form.FormError.malformed) { try Form(urlEncoded: Array("a=b".utf8) + [byte]) }
    }

    @Test("Two hundred fields are read, one more and ten thousand are refused")
    func tooMany() throws {
        func body(_ count: Int) -> String { (1...count).map { "f\($0)=x" }.joined(separator: "&") }
        #expect(try parse(body(200)).texts.count == 200)
        #expect(throws: Form.FormError.tooManyFields) { try parse(body(201)) }
        #expect(throws: Form.FormError.tooManyFields) { try parse(body(10_000)) }
    }

    @Test("The first of a name is the one, trimmed of all white space; the others are there untrimmed")
    func access() throws {
        let form = try parse("a=%20%C2%A0%0Ax%20y%E2%80%A8+&a=+second+&b=+++&c=0")
        #expect(form["a"] == "x y")
        #expect(form.all("a").count == 2 && form.all("a").last == " second ")
        #expect(form.optional("a") == "x y")
        #expect(form["b"].isEmpty && form.optional("b") == nil && !form.isOn("b"))
        // Letters that nobody sees are nothing written.
        let blank = try parse("a=%E2%80%8B&b=%E3%85%A4%20%E2%80%AE&c=%E2%80%8Bx")
        #expect(blank["a"].isEmpty && blank.optional("b") == nil && blank["c"] == "\u{200B}x")
        #expect(form["missing"].isEmpty && form.optional("missing") == nil && form.all("missing").isEmpty)
        #expect(form.isOn("c"))
    }

    @Test("A body cut or bent at any byte never traps")
    func bent() {
        let body = Array("name=Jos%C3%A9+P%26Q&words=a%0D%0Ab&empty=&=&%F0%9F%8C%B5=1".utf8)
        var outcomes = Set<Bool>()
        for cut in body.indices {
            outcomes.insert((try? Form(urlEncoded: body[..<cut])) != nil)
            for byte in [0, 0x25, 0x26, 0x3D, 0xC3, 0xFF] as [UInt8] {
                var bent = body
                bent[cut] = byte
                outcomes.insert((try? Form(urlEncoded: bent)) != nil)
            }
        }
        #expect(outcomes == [true, false])
    }
}

@Suite("Forms, multipart")
struct MultipartFormTests {
    private static let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

    private func parse(_ body: String, boundary: String = "B") throws -> Form {
        try Form(multipart: Array(body.utf8), boundary: boundary)
    }

    private func part(_ disposition: String, _ body: String = "x", boundary: String = "B") -> String {
        "--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n\(body)\r\n"
    }

    private static let photo: [UInt8] = [0xFF, 0xD8, 0x00, 0x0D, 0x0A, 0x2D, 0x2D, 0x0D, 0x0A, 0x0D, 0x0A, 0xFF]

    private static var whole: [UInt8] {
        let mark = "--\(boundary)"
        return Array("\(mark)\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\ntwo\r\nlines 🌵\r\n".utf8)
            + Array("\(mark)\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a;b.jpg\"\r\n".utf8)
            + Array("Content-Type: image/jpeg\r\n\r\n".utf8) + photo
            + Array("\r\n\(mark)\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"\"\r\n".utf8)
            + Array("Content-Type: application/octet-stream\r\n\r\n\r\n\(mark)--\r\n".utf8)
    }

    @Test("Texts and files are told apart; a file that was not chosen is none")
    func read() throws {
        let form = try Form(multipart: Self.whole, boundary: Self.boundary)
        #expect(form.texts.map(\.name) == ["words"])
        #expect(form["words"] == "two\nlines 🌵")
        #expect(form.files("photo").map(\.name) == ["a;b.jpg"])
        #expect(form.files("photo").first?.bytes == Self.photo)
    }

    @Test("A chosen file without a byte is a file")
    func emptyFile() throws {
        let form = try parse(part("name=\"f\"; filename=\"empty.txt\"", "") + "--B--")
        #expect(form.files("f").map(\.name) == ["empty.txt"])
        #expect(form.files("f").first?.bytes == [])
    }

    @Test(
        "The names in the head are read by bytes",
        arguments: [
            ("name=\"a\"", "a"), ("filename=\"x\"; name=\"a\"", "a"), ("name=\"a;b\"", "a;b"), ("name=\"\"", ""),
            ("NAME=\"a\"", "a"), ("name=\"\u{301}a\u{600}\"", "\u{301}a\u{600}"), ("name=\"a%22b\"", "a%22b"),
            ("name=\"a\"; extra=\"; name=1\"", "a"), ("name=\"a\" ;x=1", "a"),
        ]
    )
    func names(disposition: String, wanted: String) throws {
        let form = try parse(part(disposition) + "--B--")
        #expect(form.texts.map(\.name) + form.files.map(\.name) == [wanted])
    }

    @Test(
        "A head that doesn't say its name, or says it twice, is refused",
        arguments: [
            "", "name=a", "filename=\"a\"", "xname=\"a\"", "name=\"a", "name=\"a\"; name=\"b\"", "name='a'",
            "name= \"a\"",
        ]
    )
    func badHeads(disposition: String) {
        #expect(throws: Form.FormError.malformed) { try parse(part(disposition) + "--B--") }
    }

    @Test(
        "A body whose boundaries don't add up is refused",
        arguments: [
            "", "B", "--", "--B", "--B\r\n", "--C--", "--B\n--B--", "--Bx--", "--B\r\n\r\n--B--",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx--B--",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--BB--",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nx\r\n--B--",
            "--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--",
        ]
    )
    func badBoundaries(body: String) {
        #expect(throws: Form.FormError.malformed) { try parse(body) }
    }

    @Test("A boundary of nothing or of more than seventy bytes is refused", arguments: [0, 71, 5_000])
    func boundaryLength(_ count: Int) {
        let boundary = String(repeating: "b", count: count)
        #expect(throws: Form.FormError.malformed) {
            try parse(part("name=\"a\"", boundary: boundary) + "--\(boundary)--", boundary: boundary)
        }
    }

    @Test("A boundary of seventy bytes is read, and what looks like one in a value is only text")
    func boundaryText() throws {
        let boundary = String(repeating: "b", count: 70)
        let value = "--b\r\n--\r\n\(boundary)\r\n-- \(boundary)"
        let form = try parse(part("name=\"a\"", value, boundary: boundary) + "--\(boundary)--", boundary: boundary)
        #expect(form["a"] == value.replacing("\r\n", with: "\n"))
    }

    @Test("A preamble and an epilogue are passed over")
    func around() throws {
        let form = try parse("preamble\r\n" + part("name=\"a\"", "1") + "--B--\r\nepilogue\r\n--B\r\n")
        #expect(form.texts.map(\.value) == ["1"])
    }

    @Test("Text with bytes that are no UTF-8, or with a NUL, is refused; a file may hold them")
    func bytes() throws {
        for bad in [[0xFF], [0x61, 0x00], [0xC3], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            let tail = bad + Array("\r\n--B--".utf8)
            let text = Array("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8) + tail
            #expect(throws: Form.FormError.malformed) { try Form(multipart: text, boundary: "B") }
            let file = Array("--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n".utf8) + tail
            #expect(try Form(multipart: file, boundary: "B").files("a").first?.bytes == bad)
            let head =
                Array("--B\r\nContent-Disposition: form-data; name=\"".utf8) + bad + Array("\"\r\n\r\nx\r\n--B--".utf8)
            #expect(throws: Form.FormError.malformed) { try Form(multipart: head, boundary: "B") }
        }
    }

    @Test("Two hundred parts are read, one more and ten thousand are refused, texts and files together")
    func tooMany() throws {
        func body(_ count: Int) -> String {
            (1...count).map { part($0.isMultiple(of: 2) ? "name=\"a\"" : "name=\"a\"; filename=\"f\"") }.joined()
                + "--B--"
        }
        let form = try parse(body(200))
        #expect(form.texts.count == 100 && form.files.count == 100)
        #expect(throws: Form.FormError.tooManyFields) { try parse(body(201)) }
        #expect(throws: Form.FormError.tooManyFields) { try parse(body(10_000)) }
    }

    @Test("A body cut at any byte is refused, and never traps")
    func cut() throws {
        let body = Self.whole
        let end = body.count - 2
        _ = try Form(multipart: Array(body[..<end]), boundary: Self.boundary)
        for count in 0..<end {
            #expect(throws: Form.FormError.malformed, "cut at \(count)") {
                try Form(multipart: Array(body[..<count]), boundary: Self.boundary)
            }
        }
    }

    @Test("A body bent at any byte never traps")
    func bent() {
        let body = Self.whole
        var outcomes = Set<Bool>()
        for index in body.indices {
            for byte in [0, 0x0A, 0x0D, 0x22, 0x2D, 0x3B, 0xFF] as [UInt8] {
                var bent = body
                bent[index] = byte
                outcomes.insert((try? Form(multipart: bent, boundary: Self.boundary)) != nil)
                bent.remove(at: index)
                outcomes.insert((try? Form(multipart: bent, boundary: Self.boundary)) != nil)
            }
        }
        #expect(outcomes == [true, false])
    }
}
