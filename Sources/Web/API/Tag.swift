// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import NIOCore
import Vault

extension Response {
    /// An answer that many share: with a tag of its bytes, so that whoever has them already gets 304 and no body.
    static func tagged(_ bytes: ByteBuffer, headers: HTTPFields, for request: Request) -> Response {
        let tag = "\"\(Base64URL.text(Array(Fingerprint.sha256(Array(bytes.readableBytesView)).prefix(12))))\""
        var headers = headers
        headers[.eTag] = tag
        let known = request.headers[.ifNoneMatch]?.split(separator: ",").map { $0.drop { $0 == " " } } ?? []
        guard known.contains(where: { $0 == tag || $0 == "W/\(tag)" || $0 == "*" }) else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
        }
        headers[.contentType] = nil
        return Response(status: .notModified, headers: headers)
    }
}
