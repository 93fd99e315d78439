// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import NIOCore

/// A sound of ours as telephones ask for it: whole, or one range of its bytes (RFC 9110 14). Safari plays nothing that
/// can't be had in ranges.
struct SoundAnswer {
    let bytes: [UInt8]
    let cacheControl: String

    func response(to request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: "audio/mpeg", .acceptRanges: "bytes", .cacheControl: cacheControl,
            .contentSecurityPolicy:
                "default-src 'none'; media-src 'self'; base-uri 'none'; frame-ancestors 'none'; sandbox",
        ]
        guard let asked = request.headers[.range] else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        guard let range = Self.range(asked, of: bytes.count) else {
            headers[.contentRange] = "bytes */\(bytes.count)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"
        return Response(
            status: .partialContent,
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: bytes[range]))
        )
    }

    /// `bytes=0-499`, `bytes=500-`, `bytes=-500`; nil for all else, also for several ranges at once.
    static func range(_ header: String, of count: Int) -> Range<Int>? {
        guard header.hasPrefix("bytes="), count > 0 else { return nil }
        let ends = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.count <= 12 && $0.utf8.allSatisfy { 48...57 ~= $0 } }) else {
            return nil
        }
        switch (Int(ends[0]), Int(ends[1])) {
        case (let first?, let last?): return first <= last && first < count ? first..<min(last + 1, count) : nil
        case (let first?, nil): return first < count ? first..<count : nil
        case (nil, let most?): return most > 0 ? max(0, count - most)..<count : nil
        case (nil, nil): return nil
        }
    }
}
