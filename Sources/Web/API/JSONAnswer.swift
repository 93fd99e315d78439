// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kit
import NIOCore

extension Response {
    /// A value as JSON. Keys are sorted, so that equal values give equal bytes.
    static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [.contentType: "application/json"]
    ) -> Response {
        json(bytes: bytes(of: value), status: status, headers: headers)
    }

    static func bytes(of value: some Encodable) -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Our own values have no number that JSON lacks; were there one, an empty object is honest enough.
        return ByteBuffer(bytes: (try? encoder.encode(value)) ?? Data("{}".utf8))
    }

    /// JSON that is written already.
    static func json(
        bytes: ByteBuffer,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [.contentType: "application/json"]
    ) -> Response {
        Response(status: status, headers: headers, body: .init(byteBuffer: bytes))
    }
}
