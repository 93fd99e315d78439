// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kit
import Vault

/// The body of a program's request: one JSON object in UTF-8, at most 64 KB and 16 levels deep. Fields we don't know
/// are passed over. What is not JSON throws a `DecodingError` (400); a value of the wrong kind throws a `Refusal`
/// that names its path (422).
enum JSONBody {
    static let deepest = 16

    static func read<T: Decodable>(_ type: T.Type, from request: Request) async throws -> T {
        try decode(type, try await bytes(of: request))
    }

    /// A member's change: besides the body, it must prove that it comes from a page or program of the same session.
    static func read<T: Decodable>(_ type: T.Type, from request: Request, _ context: MemberContext) async throws -> T {
        try requireToken(request, context)
        return try await read(type, from: request)
    }

    /// Cookies travel by themselves; this header does not.
    static func requireToken(_ request: Request, _ context: MemberContext) throws {
        guard context.token.accepts(csrf: request.headers[.csrfToken] ?? "") else {
            throw Refusal(.forbidden, "problem.token|Send the csrf value of /api/v1/session as X-CSRF-Token.")
        }
    }

    static func bytes(of request: Request) async throws -> [UInt8] {
        guard isJSON(request.headers[.contentType] ?? "") else { throw HTTPError(.unsupportedMediaType) }
        return try await request.bytes(limit: Limits.formBody)
    }

    static func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8]) throws -> T {
        try check(bytes)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw refusal(for: error) ?? error
        }
    }

    /// `application/json` and nothing like it. It is UTF-8 by itself; a charset may say so, and nothing else.
    private static func isJSON(_ type: String) -> Bool {
        let parts = type.lowercased().utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
            part in
            String(decoding: part.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        }
        return parts.first == "application/json"
            && parts.dropFirst().allSatisfy {
                !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=utf8"
            }
    }

    /// What the decoder must not be trusted with: other encodings than UTF-8, which it guesses from NULs and byte
    /// order marks, nesting, for which it uses the stack, and a comma too many, which it forgives.
    private static func check(_ bytes: [UInt8]) throws {
        guard bytes.first(where: { !isSpace($0) }) == UInt8(ascii: "{"), String(validating: bytes, as: UTF8.self) != nil
        else {
            throw unreadable
        }
        var depth = 0
        var last = UInt8(ascii: " ")
        var isInText = false
        var isEscaped = false
        for byte in bytes {
            guard byte >= 0x20 || isSpace(byte) else { throw unreadable }
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard last != UInt8(ascii: ",") else { throw unreadable }
            default: break
            }
            guard depth <= deepest else { throw unreadable }
            if !isSpace(byte) { last = byte }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private static var unreadable: DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "not a JSON object we can read"))
    }

    /// Nil when it is not about one field: then the whole is not JSON.
    private static func refusal(for error: DecodingError) -> Refusal? {
        switch error {
        case .typeMismatch(let type, let context):
            refusal(context.codingPath, wanted(type))
        case .valueNotFound(let type, let context):
            refusal(context.codingPath, wanted(type))
        case .keyNotFound(let key, let context):
            refusal(context.codingPath + [key], "problem.missing|This is missing.")
        case .dataCorrupted(let context):
            refusal(context.codingPath, "problem.value|We can't read this value.")
        @unknown default:
            nil
        }
    }

    private static func refusal(_ path: [any CodingKey], _ detail: Phrase) -> Refusal? {
        path.isEmpty
            ? nil
            : .invalid([path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "."): detail])
    }

    private static func wanted(_ type: any Any.Type) -> Phrase {
        switch type {
        case is String.Type: "problem.want_text|Send text here."
        case is Double.Type: "problem.want_number|Send a number here."
        case is Bool.Type: "problem.want_bool|Send true or false here."
        default: "problem.want_other|Send the kind of value that docs/api/openapi.yaml describes."
        }
    }
}

/// A whole number that fits. Read through a `Double`: for one that doesn't fit, the decoder would not say where it stood.
struct WholeNumber: Decodable {
    static let problem: Phrase = "problem.want_whole|Send a whole number here."

    let value: Int

    init(from decoder: any Decoder) throws {
        guard let value = Int(exactly: try decoder.singleValueContainer().decode(Double.self)) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a whole number")
            )
        }
        self.value = value
    }
}

extension HTTPField.Name {
    static let csrfToken = HTTPField.Name("X-CSRF-Token") ?? .authorization
    static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .authorization
}
