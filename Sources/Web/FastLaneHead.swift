// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import NIOCore

/// The head of one HTTP/1.1 request, read strictly from bytes. Nil for what is not quite as RFC 9112 writes it: the
/// decoder then says what is wrong. What the decoder would take otherwise is never taken here.
struct LaneHead {
    enum Method { case get, post, other }

    private(set) var method = Method.other
    /// With its query.
    private(set) var path = ""
    /// Bytes of the head, with the empty line.
    private(set) var headCount = 0
    /// Bytes of the body; nil where only the decoder can tell.
    private(set) var bodyCount: Int? = 0
    /// Nothing in it asks for more than the lane does: no cookie, condition, range, or wish for the connection.
    private(set) var isPlain = true
    private(set) var acceptLanguage: String?
    private(set) var takesGzip = false
    private(set) var isJSON = false
    private(set) var idempotencyKey: String?
    private(set) var forwardedFor: String?

    private static let longest = 8_192
    private static let mostFields = 50

    /// The whole request, where its length is known.
    var count: Int? { bodyCount.map { headCount + $0 } }

    init?(_ buffer: ByteBuffer) {
        guard let head = buffer.withUnsafeReadableBytes({ LaneHead(Reader(bytes: $0.prefix(Self.longest))) }) else {
            return nil
        }
        self = head
    }

    private init?(_ reader: Reader) {
        guard let end = reader.endOfHead else { return nil }
        headCount = end
        var start = 0
        var names: UInt32 = 0
        var fields = 0
        while start < end - 2 {
            guard let stop = reader.endOfLine(from: start) else { return nil }
            if start == 0 {
                guard readRequestLine(reader, start..<stop) else { return nil }
            } else {
                fields += 1
                guard fields <= Self.mostFields, readField(reader, start..<stop, &names) else { return nil }
            }
            start = stop + 2
        }
        guard names & Name.hostBit != 0 else { return nil }
    }

    /// Those that mean something to the lane; each may come once.
    private enum Name: String, CaseIterable {
        case host
        case acceptLanguage = "accept-language"
        case acceptEncoding = "accept-encoding"
        case contentType = "content-type"
        case contentLength = "content-length"
        case idempotencyKey = "idempotency-key"
        case forwardedFor = "x-forwarded-for"
        case connection
        case proxyConnection = "proxy-connection"
        // With one of these the routes answer.
        case cookie, range, expect, upgrade, trailer, te
        case ifNoneMatch = "if-none-match"
        case contentEncoding = "content-encoding"
        case transferEncoding = "transfer-encoding"

        /// By length first: most fields of a browser are none of these.
        static func of(_ reader: Reader, _ part: Range<Int>) -> Known? {
            byLength[min(part.count, 20)].first { reader.isSame(part, as: $0.letters) }
        }

        struct Known {
            let name: Name
            let bit: UInt32
            let letters: [UInt8]
        }

        static let hostBit: UInt32 = 1

        private static let byLength: [[Known]] = (0...20).map { length in
            zip(allCases, 0...).map { Known(name: $0, bit: hostBit << $1, letters: Array($0.rawValue.utf8)) }
                .filter { $0.letters.count == length }
        }
    }

    /// `GET /path HTTP/1.1`.
    private mutating func readRequestLine(_ reader: Reader, _ line: Range<Int>) -> Bool {
        guard let first = reader.first(UInt8(ascii: " "), in: line),
            let second = reader.first(UInt8(ascii: " "), in: first + 1..<line.upperBound),
            reader.isText(second + 1..<line.upperBound, "HTTP/1.1"), first > line.lowerBound,
            reader.all(line.lowerBound..<first, { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }),
            second - first > 1, second - first <= 512, reader.bytes[first + 1] == UInt8(ascii: "/"),
            reader.all(first + 1..<second, { $0 > 0x20 && $0 < 0x7F })
        else { return false }
        path = reader.text(first + 1..<second)
        let asked = line.lowerBound..<first
        if reader.isText(asked, "GET") {
            method = .get
        } else if reader.isText(asked, "POST") {
            method = .post
        } else {
            // The decoder may end HTTP here (CONNECT), or refuse: what comes behind is its own.
            (bodyCount, isPlain) = (nil, false)
        }
        return true
    }

    /// `Name: value`, in ASCII.
    private mutating func readField(_ reader: Reader, _ line: Range<Int>, _ names: inout UInt32) -> Bool {
        guard let colon = reader.first(UInt8(ascii: ":"), in: line), colon > line.lowerBound,
            reader.all(line.lowerBound..<colon, Reader.isToken),
            reader.all(colon + 1..<line.upperBound, { ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 })
        else { return false }
        guard let known = Name.of(reader, line.lowerBound..<colon) else { return true }
        guard names & known.bit == 0 else { return false }
        names |= known.bit
        let place = reader.trimmed(colon + 1..<line.upperBound)
        if known.name == .host { return !place.isEmpty }
        if known.name == .acceptEncoding, reader.isGzipFirst(place) {
            takesGzip = true
            return true
        }
        let value = reader.text(place)
        switch known.name {
        case .host: break
        case .acceptLanguage: acceptLanguage = value
        case .acceptEncoding: takesGzip = Gzip.isTaken(value)
        case .contentType: isJSON = value == "application/json"
        case .idempotencyKey: idempotencyKey = value
        case .forwardedFor: forwardedFor = value
        case .contentLength:
            // A tab beside the digits: the decoder refuses it.
            guard reader.first(0x09, in: line) == nil, (1...9).contains(value.utf8.count),
                value.utf8.allSatisfy({ (48...57).contains($0) })
            else {
                return false
            }
            if bodyCount != nil { bodyCount = Int(value) }
        case .connection, .proxyConnection:
            // The decoder may close behind it: nothing after it is the lane's.
            if value.lowercased() != "keep-alive" { (bodyCount, isPlain) = (nil, false) }
        case .transferEncoding, .trailer, .te, .upgrade: (bodyCount, isPlain) = (nil, false)
        case .cookie, .range, .expect, .ifNoneMatch, .contentEncoding: isPlain = false
        }
        return true
    }
}

extension LaneHead {
    private struct Reader {
        let bytes: Slice<UnsafeRawBufferPointer>

        /// Behind the empty line; nil where there is none.
        var endOfHead: Int? {
            var index = 0
            while index + 3 < bytes.count {
                // The fourth letter tells how far to go on.
                switch bytes[index + 3] {
                case 0x0A:
                    if bytes[index + 2] == 0x0D, bytes[index + 1] == 0x0A, bytes[index] == 0x0D { return index + 4 }
                    index += 2
                case 0x0D: index += 1
                default: index += 4
                }
            }
            return nil
        }

        func endOfLine(from start: Int) -> Int? {
            guard let end = first(0x0D, in: start..<bytes.count), end + 1 < bytes.count, bytes[end + 1] == 0x0A else {
                return nil
            }
            return end
        }

        func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
            var index = range.lowerBound
            while index < range.upperBound {
                if bytes[index] == byte { return index }
                index += 1
            }
            return nil
        }

        func all(_ range: Range<Int>, _ isGood: (UInt8) -> Bool) -> Bool {
            for index in range where !isGood(bytes[index]) { return false }
            return true
        }

        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

        func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
            guard range.count == text.utf8CodeUnitCount else { return false }
            var index = range.lowerBound
            for letter in UnsafeBufferPointer(start: text.utf8Start, count: range.count) {
                guard bytes[index] == letter else { return false }
                index += 1
            }
            return true
        }

        /// "gzip" or "gzip, …", as nearly every client writes it: taken, whatever else is.
        func isGzipFirst(_ range: Range<Int>) -> Bool {
            guard range.count >= 4, isText(range.lowerBound..<range.lowerBound + 4, "gzip") else { return false }
            return range.count == 4 || bytes[range.lowerBound + 4] == UInt8(ascii: ",")
        }

        func trimmed(_ range: Range<Int>) -> Range<Int> {
            var (start, end) = (range.lowerBound, range.upperBound)
            while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
            while start < end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
            return start..<end
        }

        /// `letters` are small.
        func isSame(_ range: Range<Int>, as letters: [UInt8]) -> Bool {
            guard range.count == letters.count else { return false }
            var index = range.lowerBound
            for letter in letters {
                let byte = bytes[index]
                guard byte == letter || (byte | 0x20 == letter && byte >= 0x41 && byte <= 0x5A) else { return false }
                index += 1
            }
            return true
        }

        static func isToken(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
