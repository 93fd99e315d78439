// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit

extension Form {
    /// Reads the body of a browser's form, of either kind, no larger than `limit` bytes.
    static func read(_ request: Request, limit: Int) async throws -> Form {
        let bytes = try await request.bytes(limit: limit)
        let type = request.headers[.contentType] ?? ""
        do {
            if type.hasPrefix("multipart/form-data") {
                guard let boundary = boundary(in: type) else { throw HTTPError(.badRequest) }
                return try Form(multipart: bytes, boundary: boundary)
            }
            guard type.isEmpty || type.hasPrefix("application/x-www-form-urlencoded") else {
                throw HTTPError(.unsupportedMediaType)
            }
            return try Form(urlEncoded: bytes)
        } catch is FormError {
            throw HTTPError(.badRequest)
        }
    }

    static func boundary(in type: String) -> String? {
        for piece in type.split(separator: ";") {
            let trimmed = piece.trimmingPrefix { $0 == " " }
            guard trimmed.hasPrefix("boundary=") else { continue }
            let value = trimmed.dropFirst(9)
            return String(value.hasPrefix("\"") ? value.dropFirst().prefix { $0 != "\"" } : value)
        }
        return nil
    }
}

extension Request {
    /// 413 for a body that says itself that it is too long; a length that is no number here is longer than anything.
    func requireLength(atMost limit: Int) throws {
        guard let length = headers[.contentLength] else { return }
        guard let length = Int(length), length <= limit else { throw HTTPError(.contentTooLarge) }
    }

    /// The whole body, or 413 as soon as it is known to be too long; 400 for one that ends too soon or whose pieces are none.
    func bytes(limit: Int) async throws -> [UInt8] {
        try requireUnpacked()
        try requireLength(atMost: limit)
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch let error as any HTTPResponseError {
            throw error
        } catch {
            throw HTTPError(.badRequest)
        }
    }

    /// A body that was packed is not unpacked: a small one could become endless.
    func requireUnpacked() throws {
        guard (headers[.contentEncoding] ?? "identity").lowercased() == "identity" else {
            throw HTTPError(.unsupportedMediaType)
        }
    }
}
