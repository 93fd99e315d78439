// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore

/// What is said to bytes that are no HTTP, before their connection is closed. Nobody knows whose they are, nor in which
/// language they would read: it is fixed, made once, and holds nothing of what came.
struct MalformedAnswer: Sendable {
    private let page: ByteBuffer
    private let problem: ByteBuffer
    private let problemOfLength: ByteBuffer

    init(_ library: Library) {
        let (english, spanish) = (library.words("en"), library.words("es"))
        func body(_ t: Words) -> HTML {
            """
            <div lang="\(t.language.code)"><h1>\(t("error.400|We could not read that"))</h1>\
            <p>\(t("error.400_lead|Please go back and try again. Nothing was saved."))</p>\
            <p><a href="/">\(t("error.start|Go to the start"))</a></p></div>
            """
        }
        let html: HTML = """
            <!doctype html><html lang="en"><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width, initial-scale=1">\
            <title>\(english("error.400|We could not read that"))</title></head>\
            <body><main>\(body(english))\(body(spanish))</main></body></html>
            """
        page = ByteBuffer(bytes: html.bytes)
        func problem(_ status: HTTPResponse.Status) -> ByteBuffer {
            Problem.bytes(of: HTTPError(status), status: status, english).body
        }
        self.problem = problem(.badRequest)
        problemOfLength = problem(.requestHeaderFieldsTooLarge)
    }

    /// The body that belongs to this head, which is told of it.
    func body(for head: inout HTTPResponse, isForPrograms: Bool) -> ByteBuffer {
        let isLong = head.status == .requestHeaderFieldsTooLarge
        let body = isForPrograms ? isLong ? problemOfLength : problem : page
        head.headerFields[.contentType] = isForPrograms ? "application/problem+json" : "text/html; charset=utf-8"
        if isForPrograms { head.headerFields[.contentLanguage] = "en" }
        head.headerFields[.contentLength] = String(body.readableBytes)
        return body
    }
}
