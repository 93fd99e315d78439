// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// `multipart/form-data` (RFC 7578) as it arrives: texts are gathered in a `Form`, files are handed on piece by piece and
/// never whole. Parsed strictly; rubbish throws `Form.FormError` and never traps.
package struct MultipartReader: Sendable {
    /// What of a file has come.
    package enum Event: Sendable {
        /// A file of this field begins; its name is only what the sender calls it.
        case begins(field: String, name: String)
        case piece([UInt8])
        case ends
    }

    private enum State { case start, head, text(String), file, over }

    /// The texts so far.
    package private(set) var form = Form()
    private let mark: [UInt8]
    private let textLimit: Int
    private var texts = 0
    private var files = 0
    private var state = State.start
    private var buffer: [UInt8] = []

    private static let longestHead = 8_192
    private static let mostFiles = 32

    /// `textLimit`: bytes of all texts together.
    package init(boundary: String, textLimit: Int) throws {
        guard !boundary.isEmpty, boundary.utf8.count <= 70 else { throw Form.FormError.malformed }
        mark = Array("\r\n--\(boundary)".utf8)
        self.textLimit = textLimit
        // The first boundary has no line before it.
        buffer = Array("\r\n".utf8)
    }

    package mutating func read(_ bytes: some Collection<UInt8>) throws -> [Event] {
        buffer += bytes
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// Throws when the body ended in the middle.
    package func finish() throws -> Form {
        guard case .over = state else { throw Form.FormError.malformed }
        return form
    }

    /// False when more bytes are needed.
    private mutating func step(_ events: inout [Event]) throws -> Bool {
        switch state {
        case .over:
            buffer = []
            return false
        case .start:
            guard let hit = find(mark) else {
                // What stands before the first boundary is not for us.
                guard buffer.count <= Self.longestHead else { throw Form.FormError.malformed }
                return false
            }
            return try pass(hit + mark.count)
        case .head:
            return try readHead(&events)
        case .text(let name):
            guard let hit = find(mark) else {
                guard texts + buffer.count <= textLimit + mark.count else { throw Form.FormError.tooLarge }
                return false
            }
            texts += hit
            guard texts <= textLimit else { throw Form.FormError.tooLarge }
            try form.add(name, Form.clean(Array(buffer[..<hit])))
            return try pass(hit + mark.count)
        case .file:
            guard let hit = find(mark) else {
                let sure = buffer.count - mark.count
                guard sure > 0 else { return false }
                events.append(.piece(Array(buffer[..<sure])))
                buffer.removeFirst(sure)
                return false
            }
            if hit > 0 { events.append(.piece(Array(buffer[..<hit]))) }
            events.append(.ends)
            return try pass(hit + mark.count)
        }
    }

    /// After a boundary: `--` ends all, a line's end begins a part.
    private mutating func pass(_ end: Int) throws -> Bool {
        guard buffer.count >= end + 2 else {
            // Look again from the same boundary when more has come.
            if case .file = state { return try wait(end) }
            if case .text = state { return try wait(end) }
            return false
        }
        let next = Array(buffer[end..<end + 2])
        buffer.removeFirst(end + 2)
        if next == Array("--".utf8) {
            state = .over
        } else if next == Array("\r\n".utf8) {
            // So that a part without any header is seen as one.
            buffer.insert(contentsOf: Array("\r\n".utf8), at: 0)
            state = .head
        } else {
            throw Form.FormError.malformed
        }
        return true
    }

    /// The part before is done; only what follows its boundary is missing.
    private mutating func wait(_ end: Int) throws -> Bool {
        buffer.removeFirst(end - mark.count)
        state = .start
        return false
    }

    private mutating func readHead(_ events: inout [Event]) throws -> Bool {
        guard let end = find(Array("\r\n\r\n".utf8)) else {
            guard buffer.count <= Self.longestHead else { throw Form.FormError.malformed }
            return false
        }
        guard end <= Self.longestHead else { throw Form.FormError.malformed }
        let head = try Form.clean(end >= 2 ? Array(buffer[2..<end]) : [])
        buffer.removeFirst(end + 4)
        let part = try Form.disposition(of: head)
        if let fileName = part.fileName {
            files += 1
            guard files <= Self.mostFiles else { throw Form.FormError.tooManyFields }
            events.append(.begins(field: part.name, name: fileName))
            state = .file
        } else {
            state = .text(part.name)
        }
        return true
    }

    private func find(_ wanted: [UInt8]) -> Int? {
        guard let first = wanted.first, buffer.count >= wanted.count else { return nil }
        return buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var position = 0
            while position + wanted.count <= bytes.count {
                let rest = bytes.count - wanted.count - position + 1
                guard let hit = memchr(base + position, Int32(first), rest) else { return nil }
                position = UnsafeRawPointer(hit) - base
                if memcmp(hit, wanted, wanted.count) == 0 { return position }
                position += 1
            }
            return nil
        }
    }
}
