// SPDX-License-Identifier: AGPL-3.0-or-later
import CPostgres
import Synchronization

/// One libpq connection. Values are always parameters; a statement is prepared the second time it is seen.
/// Sendable because every use is behind the `Mutex` of the handle.
final class PostgresConnection: Connection, Sendable {
    let dialect = Dialect.postgres
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let handle: Handle
        var prepared: [String: String] = [:]
    }

    /// The raw pointer, closed with its owner.
    private struct Handle: ~Copyable, @unchecked Sendable {
        let pointer: OpaquePointer
        deinit { PQfinish(pointer) }
    }

    init(url: String, schema: String) throws {
        guard let pointer = PQconnectdb(url) else { throw DatabaseFailure.unavailable("no memory for a connection") }
        guard PQstatus(pointer) == CONNECTION_OK else {
            let why = String(cString: PQerrorMessage(pointer))
            PQfinish(pointer)
            throw DatabaseFailure.unavailable(why)
        }
        state = Mutex(State(handle: Handle(pointer: pointer)))
        try script(
            """
            SET search_path = \(schema); SET synchronous_commit = on; SET statement_timeout = '30s'; SET lock_timeout = '10s';
            SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning; SET standard_conforming_strings = on
            """
        )
    }

    var isAlive: Bool { state.withLock { PQstatus($0.handle.pointer) == CONNECTION_OK } }

    var isInTransaction: Bool {
        state.withLock { state in
            let status = PQtransactionStatus(state.handle.pointer)
            return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
        }
    }

    func execute(_ sql: SQL) throws -> Int {
        try run(sql) { result in Int(String(cString: PQcmdTuples(result))) ?? 0 }
    }

    func query(_ sql: SQL) throws -> [Row] {
        try run(sql) { result in
            let width = PQnfields(result)
            let names = (0..<width).map { String(cString: PQfname(result, $0)) }
            let types = (0..<width).map { PQftype(result, $0) }
            return (0..<PQntuples(result)).map { row in
                Row(names: names, values: (0..<width).map { Self.value(result, row, $0, types[Int($0)]) })
            }
        }
    }

    func numbers(_ sql: SQL) throws -> [Int64] {
        try run(sql) { result in
            let width = PQnfields(result)
            var numbers: [Int64] = []
            numbers.reserveCapacity(Int(PQntuples(result)) * Int(width))
            for row in 0..<PQntuples(result) {
                for column in 0..<width {
                    guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column),
                        let number = Int64(String(cString: start))
                    else { throw ColumnError.mismatch(expected: "an integer") }
                    numbers.append(number)
                }
            }
            return numbers
        }
    }

    func script(_ text: String) throws {
        try state.withLock { state in
            let result = PQexec(state.handle.pointer, text)
            defer { PQclear(result) }
            try Self.check(result, state.handle.pointer)
        }
    }

    func insert(_ sql: SQL) throws -> Int64 {
        guard let id = try query(sql + " RETURNING id").first?.first else { return 0 }
        return try Int64(value: id)
    }

    func command(_ text: String) throws { try script(text) }

    private func run<T>(_ sql: SQL, _ read: (OpaquePointer) throws -> T) throws -> T {
        try state.withLock { state in
            let name = try Self.prepare(sql.text, &state)
            let parameters = Parameters(sql.values)
            let result = parameters.withPointers { values, lengths, formats in
                PQexecPrepared(state.handle.pointer, name, Int32(sql.values.count), values, lengths, formats, 0)
            }
            defer { PQclear(result) }
            try Self.check(result, state.handle.pointer)
            guard let result else { throw DatabaseFailure.unavailable("no answer") }
            return try read(result)
        }
    }

    private static func prepare(_ text: String, _ state: inout State) throws -> String {
        if let name = state.prepared[text] { return name }
        if state.prepared.count >= 1_000 {
            PQclear(PQexec(state.handle.pointer, "DEALLOCATE ALL"))
            state.prepared.removeAll()
        }
        let name = "s\(state.prepared.count)"
        let result = PQprepare(state.handle.pointer, name, numbered(text), 0, nil)
        defer { PQclear(result) }
        try check(result, state.handle.pointer)
        state.prepared[text] = name
        return name
    }

    /// `?` becomes `$1`, `$2` …; our SQL has no other question mark.
    private static func numbered(_ text: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 16)
        var number = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "?") {
                number += 1
                out += "$\(number)".utf8
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32, _ type: Oid) -> Value {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        let text = String(decoding: bytes, as: UTF8.self)
        switch type {
        case 16: return .integer(text == "t" ? 1 : 0)
        case 20, 21, 23: return Int64(text).map(Value.integer) ?? .text(text)
        case 700, 701: return Double(text).map(Value.real) ?? .text(text)
        case 1700: return Int64(text).map(Value.integer) ?? Double(text).map(Value.real) ?? .text(text)
        case 17: return .blob(unhex(bytes))
        default: return .text(text)
        }
    }

    /// `\x0aff…`, the text form of bytea.
    private static func unhex(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        func digit(_ byte: UInt8) -> UInt8 { byte >= UInt8(ascii: "a") ? byte &- 87 : byte &- 48 }
        return stride(from: 2, to: bytes.count - 1, by: 2).map { digit(bytes[$0]) << 4 | digit(bytes[$0 + 1]) }
    }

    private static func check(_ result: OpaquePointer?, _ connection: OpaquePointer) throws {
        let status = PQresultStatus(result)
        guard status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK else { return }
        let text =
            PQresultErrorMessage(result).map { String(cString: $0) } ?? String(cString: PQerrorMessage(connection))
        let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        switch code {
        case "23505": throw DatabaseFailure.unique(text)
        case "23514", "23502": throw DatabaseFailure.check(text)
        case "23503": throw DatabaseFailure.foreignKey(text)
        case "40001", "40P01": throw DatabaseFailure.serialization
        default: break
        }
        // 08 connection, 53 resources (disk full), 55P03 lock, 57 operator (shutting down, timeout), 58 system.
        let passing = ["", "55P03"].contains(code) || ["08", "53", "57", "58"].contains(String(code.prefix(2)))
        throw passing ? DatabaseFailure.unavailable(text) : DatabaseFailure.other(text)
    }
}

/// Parameters as libpq wants them: text with a NUL at the end, bytes as they are.
private struct Parameters {
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
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
    ) -> T {
        // One flat buffer keeps every pointer valid for the call.
        let flat = bytes.flatMap { $0 ?? [] }
        return flat.withUnsafeBytes { buffer in
            var offset = 0
            let pointers: [UnsafePointer<CChar>?] = bytes.map { value in
                guard let value, let base = buffer.baseAddress else { return nil }
                defer { offset += value.count }
                return base.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            return pointers.withUnsafeBufferPointer { pointers in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
