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
    private static let keepAlive = Array("keep-alive".utf8)

    /// The whole request, where its length is known.
    var count: Int? { bodyCount.map { headCount + $0 } }

    init?(_ buffer: ByteBuffer) {
        let head = buffer.withUnsafeReadableBytes { bytes in
            LaneHead(Reader(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longest))))
        }
        guard let head else { return nil }
        self = head
    }

    private init?(_ reader: Reader) {
        guard var start = readRequestLine(reader) else { return nil }
        var names: UInt32 = 0
        var fields = 0
        while !reader.endsLine(at: start) {
            fields += 1
            guard fields <= Self.mostFields, let next = readField(reader, from: start, &names) else { return nil }
            start = next
        }
        headCount = start + 2
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

        /// By length and last letter first: most fields of a browser are none of these.
        static func of(_ reader: Reader, _ part: Range<Int>) -> Known? {
            guard part.count <= longest else { return nil }
            let known = byEnd[part.count << 5 | Int(reader.bytes[part.upperBound - 1] & 31)]
            return known.flatMap { reader.isSame(part, as: $0.letters) ? $0 : nil }
        }

        struct Known {
            let name: Name
            let bit: UInt32
            let letters: [UInt8]
        }

        static let hostBit: UInt32 = 1

        private static let longest = 17

        /// No two of them have length and last letter in common.
        private static let byEnd: [Known?] = {
            var byEnd = [Known?](repeating: nil, count: (longest + 1) << 5)
            for (name, place) in zip(allCases, 0...) {
                let letters = Array(name.rawValue.utf8)
                byEnd[letters.count << 5 | Int(letters[letters.count - 1] & 31)] = Known(
                    name: name,
                    bit: hostBit << place,
                    letters: letters
                )
            }
            return byEnd
        }()
    }

    /// `GET /path HTTP/1.1`. Where the next line begins.
    private mutating func readRequestLine(_ reader: Reader) -> Int? {
        let first = reader.end(of: { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }, from: 0)
        guard first > 0, reader.is(UInt8(ascii: " "), at: first), reader.is(UInt8(ascii: "/"), at: first + 1) else {
            return nil
        }
        let second = reader.endOfText(from: first + 1, least: 0x21)
        let version: StaticString = " HTTP/1.1"
        let end = second + version.utf8CodeUnitCount
        guard second - first <= 512, reader.isText(second..<end, version), reader.endsLine(at: end) else { return nil }
        path = reader.text(first + 1..<second)
        if reader.isText(0..<first, "GET") {
            method = .get
        } else if reader.isText(0..<first, "POST") {
            method = .post
        } else {
            // The decoder may end HTTP here (CONNECT), or refuse: what comes behind is its own.
            (bodyCount, isPlain) = (nil, false)
        }
        return end + 2
    }

    /// `Name: value`, in ASCII. Where the next line begins.
    private mutating func readField(_ reader: Reader, from start: Int, _ names: inout UInt32) -> Int? {
        let colon = reader.end(of: Reader.isToken, from: start)
        guard colon > start, reader.is(UInt8(ascii: ":"), at: colon) else { return nil }
        var end = reader.endOfText(from: colon + 1, least: 0x20)
        while reader.is(0x09, at: end) { end = reader.endOfText(from: end + 1, least: 0x20) }
        guard reader.endsLine(at: end) else { return nil }
        if let known = Name.of(reader, start..<colon) {
            guard names & known.bit == 0 else { return nil }
            names |= known.bit
            guard take(known.name, reader, colon + 1..<end) else { return nil }
        }
        return end + 2
    }

    /// False for a value that the decoder may refuse.
    private mutating func take(_ name: Name, _ reader: Reader, _ part: Range<Int>) -> Bool {
        let place = reader.trimmed(part)
        switch name {
        case .host: return !place.isEmpty
        case .acceptLanguage: acceptLanguage = reader.text(place)
        case .acceptEncoding: takesGzip = reader.isGzipFirst(place) || Gzip.isTaken(reader.text(place))
        case .contentType: isJSON = reader.isText(place, "application/json")
        case .idempotencyKey: idempotencyKey = reader.text(place)
        case .forwardedFor: forwardedFor = reader.text(place)
        case .contentLength:
            // A tab beside the digits: the decoder refuses it.
            guard !reader.holds(0x09, in: part), (1...9).contains(place.count),
                reader.end(of: { (48...57).contains($0) }, from: place.lowerBound) >= place.upperBound
            else {
                return false
            }
            if bodyCount != nil { bodyCount = Int(reader.text(place)) }
        case .connection, .proxyConnection:
            // The decoder may close behind it: nothing after it is the lane's.
            if !reader.isSame(place, as: Self.keepAlive) { (bodyCount, isPlain) = (nil, false) }
        case .transferEncoding, .trailer, .te, .upgrade: (bodyCount, isPlain) = (nil, false)
        case .cookie, .range, .expect, .ifNoneMatch, .contentEncoding: isPlain = false
        }
        return true
    }
}

extension LaneHead {
    private struct Reader {
        let bytes: UnsafeRawBufferPointer

        func `is`(_ byte: UInt8, at index: Int) -> Bool { index < bytes.count && bytes[index] == byte }

        func endsLine(at index: Int) -> Bool { self.is(0x0D, at: index) && self.is(0x0A, at: index + 1) }

        /// Where they stop, or the bytes do.
        func end(of isGood: (UInt8) -> Bool, from start: Int) -> Int {
            var index = start
            while index < bytes.count, isGood(bytes[index]) { index += 1 }
            return index
        }

        /// The first byte that is less than `least` or no ASCII that can be seen. Eight at a time: a browser's head is read
        /// in a fifth of the time.
        func endOfText(from start: Int, least: UInt8) -> Int {
            let (each, upper): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
            let lowest = each &* UInt64(least)
            var index = start
            while index + 8 <= bytes.count {
                let eight = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                // A borrow or a carry goes to later bytes only: the first mark is right.
                let marks = (eight | (eight &- lowest) & ~eight | (eight &+ each)) & upper
                if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
                index += 8
            }
            return end(of: { $0 >= least && $0 < 0x7F }, from: index)
        }

        func holds(_ byte: UInt8, in range: Range<Int>) -> Bool { bytes[range].contains(byte) }

        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

        func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
            guard range.count == text.utf8CodeUnitCount, range.upperBound <= bytes.count else { return false }
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
            switch byte | 0x20 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte >= 0x30
            default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
        }
    }
}
