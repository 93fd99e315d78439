// SPDX-License-Identifier: AGPL-3.0-or-later
import CPostgres
import Glibc
import Synchronization

/// One libpq connection. Values are always parameters; a statement is prepared the second time it is seen.
/// Sendable because every use is behind the `Mutex` of the handle.
final class PostgresConnection: Connection, Sendable {
    let dialect = Dialect.postgres
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let handle: Handle
        /// Where to ask whether the server is there at all.
        let url: String
        var prepared: [String: String] = [:]
        /// It kept us waiting, and what it does with the last statement isn't known: never used again.
        var wasSilent = false
        /// What failed on it will fail on it again; another may do better.
        var isSpent = false

        /// Whether it may be used once more.
        var isUsable: Bool { !wasSilent && !isSpent && PQstatus(handle.pointer) == CONNECTION_OK }
    }

    /// The raw pointer, closed with its owner.
    private struct Handle: ~Copyable, @unchecked Sendable {
        let pointer: OpaquePointer
        deinit { PQfinish(pointer) }
    }

    /// libpq's OpenSSL frees its locks when the process exits; a thread that connects at that moment would then crash it
    /// on the way out. Said before the first connection, it leaves them to the kernel (`OPENSSL_init_crypto`(3),
    /// `OPENSSL_INIT_NO_ATEXIT`). Looked up by name, because only libpq is linked, and it may come without OpenSSL.
    private static let staysUsableAtExit: Void = {
        typealias Initialize = @convention(c) (_ options: UInt64, _ settings: OpaquePointer?) -> Int32
        guard let symbol = dlsym(nil, "OPENSSL_init_crypto") else { return }
        _ = unsafeBitCast(symbol, to: Initialize.self)(0x0008_0000, nil)
    }()

    init(url: String, schema: String) throws {
        Self.staysUsableAtExit
        guard LateLibrary.postgres.load() else {
            throw DatabaseFailure.unavailable("\(LateLibrary.postgres.file) is missing")
        }
        guard let pointer = Self.withParameters(url, PQconnectdbParams) else {
            throw DatabaseFailure.unavailable("no memory for a connection")
        }
        guard PQstatus(pointer) == CONNECTION_OK else {
            let why = String(cString: PQerrorMessage(pointer))
            PQfinish(pointer)
            throw DatabaseFailure.unavailable(why)
        }
        PQsetnonblocking(pointer, 1)
        state = Mutex(State(handle: Handle(pointer: pointer), url: url))
        try script(
            """
            SET search_path = \(schema); SET synchronous_commit = on; SET statement_timeout = '30s'; SET lock_timeout = '10s';
            SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning; SET standard_conforming_strings = on
            """
        )
    }

    /// See `Database.isAway`.
    static func isAway(_ url: String) -> Bool {
        staysUsableAtExit
        guard LateLibrary.postgres.load() else { return false }
        let said = withParameters(url, PQpingParams)
        return said == PQPING_REJECT || said == PQPING_NO_RESPONSE
    }

    var isOpen: Bool { state.withLock { $0.isUsable } }

    var wasSilent: Bool { state.withLock { $0.wasSilent } }

    func emptyLog() throws -> Bool { true }

    /// Between uses: whether the server is still at the other end, without asking it. A connection whose end came while it
    /// lay idle is noticed here, and not by the next neighbor.
    func isThere() -> Bool {
        state.withLock { state in
            let pointer = state.handle.pointer
            // What comes unasked is a notice, or the last words before the end.
            for _ in 0..<8 where Self.waits(pointer, for: POLLIN, milliseconds: 0) {
                if PQconsumeInput(pointer) != 1 { return false }
            }
            return state.isUsable
        }
    }

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

    func packed(_ sql: SQL) throws -> Packed {
        try run(sql) { result in
            let width = PQnfields(result)
            let types = (0..<width).map { PQftype(result, $0) }
            var packed = Packed()
            (packed.count, packed.width) = (Int(PQntuples(result)), Int(width))
            for row in 0..<PQntuples(result) {
                for column in 0..<width {
                    switch Self.value(result, row, column, types[Int(column)]) {
                    case .null: packed.add(Packed.null)
                    case .integer(let number): packed.add(number)
                    case .text(var text): text.withUTF8 { packed.add(UnsafeRawBufferPointer($0)) }
                    case .blob(let bytes): bytes.withUnsafeBytes { packed.add($0) }
                    case .real: throw ColumnError.mismatch(expected: "an integer, a text or a blob")
                    }
                }
            }
            return packed
        }
    }

    func script(_ text: String) throws {
        try state.withLock { state in
            let result = try Self.ask(&state) { PQsendQuery($0, text) }
            defer { PQclear(result) }
            try Self.check(result, &state)
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
            let parameters = PostgresParameters(sql.values)
            let result = try parameters.withPointers { values, lengths, formats in
                try Self.ask(&state) {
                    PQsendQueryPrepared($0, name, Int32(sql.values.count), values, lengths, formats, 0)
                }
            }
            defer { PQclear(result) }
            try Self.check(result, &state)
            guard let result else { throw DatabaseFailure.unavailable("no answer") }
            return try read(result)
        }
    }

    /// Sends, and reads the whole answer: of several statements the last one's, or the first that failed. The waiting is ours:
    /// libpq's own waits for ever where a server was paused, or a network swallows what is sent.
    private static func ask(_ state: inout State, _ send: (OpaquePointer) -> Int32) throws -> OpaquePointer? {
        let pointer = state.handle.pointer
        guard !state.wasSilent else { throw DatabaseFailure.unavailable("no answer") }
        guard send(pointer) == 1 else { throw lost(pointer) }
        var patience = Patience()
        while true {
            let unsent = PQflush(pointer)
            guard unsent >= 0 else { break }
            if unsent == 0 { break }
            try patience.wait(&state, for: POLLIN | POLLOUT)
            guard PQconsumeInput(pointer) == 1 else { break }
        }
        var answer: OpaquePointer?
        while true {
            while PQisBusy(pointer) == 1 {
                do {
                    try patience.wait(&state, for: POLLIN)
                } catch {
                    PQclear(answer)
                    throw error
                }
                // What went wrong is in the result that comes next.
                guard PQconsumeInput(pointer) == 1 else { break }
            }
            guard let next = PQgetResult(pointer) else { return answer }
            PQclear(answer)
            answer = next
        }
    }

    private static func lost(_ pointer: OpaquePointer) -> DatabaseFailure {
        .unavailable(String(cString: PQerrorMessage(pointer)))
    }

    /// How long a statement may take. A server that is gone for good is given up sooner than one that is busy.
    private struct Patience {
        /// After so much silence the server is asked, on another connection, whether it is there.
        private static let silence = Duration.seconds(8)
        /// Five seconds more than the server itself allows a statement.
        private static let most = Duration.seconds(35)

        private let began = ContinuousClock.now
        private var hasAsked = false

        /// Returns when the socket is ready; throws when there is nothing left to wait for.
        mutating func wait(_ state: inout State, for events: Int32) throws {
            while true {
                let limit = hasAsked ? Self.most : Self.silence
                let left = limit - (ContinuousClock.now - began)
                let milliseconds = max(0, min(left.inMilliseconds, 60_000))
                if PostgresConnection.waits(state.handle.pointer, for: events, milliseconds: Int32(milliseconds)) {
                    return
                }
                guard ContinuousClock.now - began >= limit else { continue }
                if !hasAsked, PostgresConnection.withParameters(state.url, PQpingParams) == PQPING_OK {
                    hasAsked = true
                    continue
                }
                state.wasSilent = true
                shutdown(PQsocket(state.handle.pointer), Int32(SHUT_RDWR))
                throw DatabaseFailure.unavailable("no answer")
            }
        }
    }

    /// False when nothing happened on the socket in time.
    private static func waits(_ pointer: OpaquePointer, for events: Int32, milliseconds: Int32) -> Bool {
        var socket = pollfd(fd: PQsocket(pointer), events: Int16(truncatingIfNeeded: events), revents: 0)
        // Without a socket there is nothing to wait for: libpq says why.
        guard socket.fd >= 0 else { return milliseconds > 0 }
        return poll(&socket, 1, milliseconds) != 0
    }

    /// `url` may say otherwise, as later keywords do: a server that doesn't answer is given three seconds to let us in.
    private static func withParameters<T>(
        _ url: String,
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<UnsafePointer<CChar>?>?, Int32) -> T
    ) -> T {
        func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } }
        let keywords = copies(["connect_timeout", "dbname"])
        let values = copies(["3", url])
        defer { for text in keywords + values { free(text) } }
        func list(_ texts: [UnsafeMutablePointer<CChar>?]) -> [UnsafePointer<CChar>?] {
            texts.map { $0.map { UnsafePointer($0) } } + [nil]
        }
        return list(keywords).withUnsafeBufferPointer { keywords in
            list(values).withUnsafeBufferPointer { values in body(keywords.baseAddress, values.baseAddress, 1) }
        }
    }

    private static func prepare(_ text: String, _ state: inout State) throws -> String {
        if let name = state.prepared[text] { return name }
        if state.prepared.count >= 1_000 {
            PQclear(try ask(&state) { PQsendQuery($0, "DEALLOCATE ALL") })
            state.prepared.removeAll()
        }
        let name = "s\(state.prepared.count)"
        let result = try ask(&state) { PQsendPrepare($0, name, numbered(text), 0, nil) }
        defer { PQclear(result) }
        try check(result, &state)
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

    private static func check(_ result: OpaquePointer?, _ state: inout State) throws {
        let status = PQresultStatus(result)
        guard status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK else { return }
        let text =
            PQresultErrorMessage(result).map { String(cString: $0) }
            ?? String(cString: PQerrorMessage(state.handle.pointer))
        let code = PostgresCode(
            text: PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        )
        if code.isOfConnection { state.isSpent = true }
        throw code.failure(text)
    }
}
