// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a browser's form sent: texts and files by field name. Parsed strictly; rubbish throws `FormError` and never
/// traps.
package struct Form: Sendable {
    package struct File: Sendable {
        package let name: String
        package let bytes: [UInt8]
    }

    package private(set) var texts: [(name: String, value: String)] = []
    package private(set) var files: [(name: String, file: File)] = []

    package init() {}

    /// As if it had been typed: for what a link chooses beforehand.
    package init(chosen name: String, _ value: String) { texts = [(name, value)] }

    package enum FormError: Error { case malformed, tooManyFields, tooLarge }

    private static let fieldLimit = 200

    /// The first text of that name, trimmed of white space at both ends; empty when it was not sent, or nothing can be
    /// read in it.
    package subscript(_ name: String) -> String {
        guard let value = texts.first(where: { $0.name == name })?.value else { return "" }
        return Self.trimmed(value)
    }

    /// Nil where nothing was written.
    package func optional(_ name: String) -> String? {
        let value = self[name]
        return value.isEmpty ? nil : value
    }

    package func all(_ name: String) -> [String] { texts.filter { $0.name == name }.map(\.value) }
    package func files(_ name: String) -> [File] { files.filter { $0.name == name }.map(\.file) }
    package func isOn(_ name: String) -> Bool { !self[name].isEmpty }

    mutating func add(_ name: String, _ value: String) throws {
        guard texts.count + files.count < Self.fieldLimit else { throw FormError.tooManyFields }
        texts.append((name, value))
    }

    mutating func add(_ name: String, _ file: File) throws {
        guard texts.count + files.count < Self.fieldLimit else { throw FormError.tooManyFields }
        files.append((name, file))
    }

    private static func trimmed(_ text: String) -> String {
        if text.isBlank { return "" }
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Form {
    /// `application/x-www-form-urlencoded` (WHATWG URL 5.1).
    package init(urlEncoded bytes: some Collection<UInt8>) throws {
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves.first else { continue }
            try add(Self.decoded(name), halves.count > 1 ? Self.decoded(halves[1]) : "")
        }
    }

    private static func decoded(_ bytes: some Collection<UInt8>) throws -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"):
                out.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hex), let low = iterator.next().flatMap(hex) else {
                    throw FormError.malformed
                }
                out.append(high << 4 | low)
            default:
                out.append(byte)
            }
        }
        return try clean(out)
    }

    /// Valid UTF-8 without NUL, line ends as `\n`.
    static func clean(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw FormError.malformed }
        guard bytes.contains(UInt8(ascii: "\r")) else { return text }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            if byte != UInt8(ascii: "\r") {
                out.append(byte)
            } else if index + 1 >= bytes.count || bytes[index + 1] != UInt8(ascii: "\n") {
                out.append(UInt8(ascii: "\n"))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension Form {
    /// `multipart/form-data` (RFC 7578). The whole body is in hand already, bounded by the route's limit.
    package init(multipart bytes: [UInt8], boundary: String) throws {
        guard !boundary.isEmpty, boundary.utf8.count <= 70 else { throw FormError.malformed }
        let mark = Array("--\(boundary)".utf8)
        guard var position = Self.find(mark, in: bytes, from: 0) else { throw FormError.malformed }
        position += mark.count
        while true {
            if Self.has("--", at: position, in: bytes) { return }
            guard Self.has("\r\n", at: position, in: bytes) else { throw FormError.malformed }
            guard let end = Self.find(Array("\r\n".utf8) + mark, in: bytes, from: position + 2),
                let blank = Self.find(Array("\r\n\r\n".utf8), in: bytes, from: position), blank + 4 <= end + 2
            else { throw FormError.malformed }
            let head = position + 2 <= blank ? Array(bytes[(position + 2)..<blank]) : []
            let body = blank + 4 <= end ? Array(bytes[(blank + 4)..<end]) : []
            try addPart(head: Self.clean(head), body: body)
            position = end + 2 + mark.count
        }
    }

    private mutating func addPart(head: String, body: [UInt8]) throws {
        let part = try Self.disposition(of: head)
        if let fileName = part.fileName {
            // A browser sends an empty part for a file that was not chosen.
            if !fileName.isEmpty || !body.isEmpty { try add(part.name, File(name: fileName, bytes: body)) }
        } else {
            try add(part.name, Self.clean(body))
        }
    }

    /// The field of a part, and what a file is called; nil for a text.
    static func disposition(of head: String) throws -> (name: String, fileName: String?) {
        let lines = head.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
        let disposition = lines.first { $0.lowercased().utf8.starts(with: "content-disposition:".utf8) }
        guard let disposition else { throw FormError.malformed }
        let parameters = try parameters(of: disposition)
        guard let name = parameters["name"] else { throw FormError.malformed }
        return (name, parameters["filename"])
    }

    /// What stands in quotes after `name=` and `filename=`, by bytes: a `;` or a combining mark in a file's name is
    /// part of it. Browsers write a quote as `%22` (HTML 4.10.21.8).
    private static func parameters(of header: String) throws -> [String: String] {
        let quote = UInt8(ascii: "\"")
        var found: [String: String] = [:]
        var rest = Substring(header).utf8
        while let start = rest.firstIndex(of: UInt8(ascii: ";")) {
            rest = rest[start...].dropFirst().drop { $0 == UInt8(ascii: " ") }
            let key = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            rest = rest[key.endIndex...]
            guard rest.starts(with: "=\"".utf8) else { continue }
            rest = rest.dropFirst(2)
            let value = rest.prefix { $0 != quote }
            rest = rest[value.endIndex...]
            guard rest.popFirst() == quote,
                found.updateValue(String(Substring(value)), forKey: String(Substring(key)).lowercased()) == nil
            else { throw FormError.malformed }
        }
        return found
    }

    private static func has(_ text: StaticString, at position: Int, in bytes: [UInt8]) -> Bool {
        text.withUTF8Buffer { wanted in
            position >= 0 && position + wanted.count <= bytes.count
                && bytes[position..<(position + wanted.count)].elementsEqual(wanted)
        }
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = mark.first, start >= 0, start < bytes.count else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var position = start
            while position + mark.count <= bytes.count {
                guard let hit = bytes[position...].firstIndex(of: first), hit + mark.count <= bytes.count else {
                    return nil
                }
                if bytes[hit..<(hit + mark.count)].elementsEqual(mark) { return hit }
                position = hit + 1
            }
            return nil
        }
    }
}
