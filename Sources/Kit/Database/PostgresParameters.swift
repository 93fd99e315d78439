// SPDX-License-Identifier: AGPL-3.0-or-later
import CPostgres

/// Parameters as libpq wants them: text with a NUL at the end, bytes as they are.
struct PostgresParameters {
    private let bytes: [[UInt8]?]
    private let formats: [Int32]
    private let lengths: [Int32]

    init(_ values: [Value]) {
        bytes = values.map { value in
            switch value {
            case .null: nil
            case .integer(let number): Array(String(number).utf8) + [0]
            case .real(let number): Array(String(number).utf8) + [0]
            case .text(let text): text.utf8.filter { $0 != 0 } + [0]
            case .blob(let bytes): bytes.isEmpty ? [0] : bytes
            }
        }
        formats = values.map { if case .blob = $0 { 1 } else { 0 } }
        lengths = values.map { if case .blob(let bytes) = $0 { Int32(clamping: bytes.count) } else { 0 } }
    }

    func withPointers<T>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) throws -> T
    ) rethrows -> T {
        // One flat buffer keeps every pointer valid for the call.
        let flat = bytes.flatMap { $0 ?? [] }
        return try flat.withUnsafeBytes { buffer in
            var offset = 0
            let pointers: [UnsafePointer<CChar>?] = bytes.map { value in
                guard let value, let base = buffer.baseAddress else { return nil }
                defer { offset += value.count }
                return base.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            return try pointers.withUnsafeBufferPointer { pointers in
                try lengths.withUnsafeBufferPointer { lengths in
                    try formats.withUnsafeBufferPointer { formats in
                        try body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
