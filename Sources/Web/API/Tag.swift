// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import NIOCore
import Vault

extension Request {
    /// Whoever asks has what this tag (in quotes) is of. Compared weakly, as GET is (RFC 9110 13.1.2): a proxy may have said
    /// `W/` of it.
    func has(_ tag: String) -> Bool {
        guard let known = headers[.ifNoneMatch] else { return false }
        if known == tag { return true }
        return known.split(separator: ",").contains { one in
            let one = one.drop { $0 == " " }.prefix { $0 != " " }
            return one == tag || one == "W/\(tag)" || one == "*"
        }
    }
}

extension Response {
    /// An answer that many share: with a tag of its bytes, so that whoever has them already gets 304 and no body.
    static func tagged(_ bytes: ByteBuffer, headers: HTTPFields, for request: Request) -> Response {
        let tag = "\"\(Base64URL.text(Array(Fingerprint.sha256(Array(bytes.readableBytesView)).prefix(12))))\""
        var headers = headers
        headers[.eTag] = tag
        guard request.has(tag) else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
        }
        headers[.contentType] = nil
        return Response(status: .notModified, headers: headers)
    }
}
