// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Glibc
import HummingbirdTesting
import Support

@testable import Web

extension Door {
    /// The whole server, with its lane and, thirty times as patient, its limits, on a port of this machine; `body` has one connection to it.
    func live(_ body: @escaping @Sendable (Wire) async throws -> Void) async throws {
        let application = try Server.application(site: site, patience: 30) {}
        try await application.test(.live) { client in
            guard let port = client.port else { throw Wire.Problem.noPort }
            try await body(Wire(port: port))
        }
    }
}

/// One connection, byte by byte.
final class Wire: Sendable {
    enum Problem: Error {
        case noPort, noConnection
        /// `code`: of the call that failed; 0 when the server ended the connection.
        case closed(code: Int32)
    }

    struct Reply {
        let text: String

        /// Two answers to the same question can fall in two seconds, and each page tells when it was made.
        var undated: String { text.replacing(/Date: [^\r]*\r\n/, with: "") }
    }

    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isOpen = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isOpen else { throw Problem.noConnection }
        waits(seconds: 300)
    }

    /// How long an answer is waited for at most.
    func waits(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func ask(_ request: String) async throws -> Reply {
        try send(Array(request.utf8))
        return try await answer()
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Problem.closed(code: errno) }
            sent += count
        }
    }

    /// The next whole answer, off the pool: reading waits.
    func answer() async throws -> Reply {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [self] in continuation.resume(with: Result { try read() }) }
        }
    }

    private func read() throws -> Reply {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) { bytes.append(try byte()) }
        let head = String(decoding: bytes, as: UTF8.self)
        let length = head.firstMatch(of: /\r\n[Cc]ontent-[Ll]ength: ([0-9]+)\r\n/).flatMap { Int($0.output.1) } ?? 0
        for _ in 0..<length { bytes.append(try byte()) }
        // Latin-1, so that zipped bytes are compared one by one too.
        return Reply(text: String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
    }

    private func byte() throws -> UInt8 {
        var byte: UInt8 = 0
        switch recv(descriptor, &byte, 1, 0) {
        case 1: return byte
        case 0: throw Problem.closed(code: 0)
        default: throw Problem.closed(code: errno)
        }
    }
}
