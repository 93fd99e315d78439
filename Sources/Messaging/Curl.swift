// SPDX-License-Identifier: AGPL-3.0-or-later
import CCurl
import Dispatch
import Kit
import Synchronization

/// Blocking libcurl on a bounded number of threads: simpler than an event loop of its own, and quicker than any provider.
final class CurlPool: Sendable {
    private struct State {
        var idle: [CurlLine] = []
        var made = 0
        var waiting: [CheckedContinuation<CurlLine, Never>] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(lines: Int) { limit = max(1, lines) }

    /// `work` is told how long it waited for a line.
    func with<T: Sendable>(_ work: @escaping @Sendable (CurlLine, Duration) throws -> T) async throws -> T {
        let began = ContinuousClock.now
        let line = await take()
        return try await withCheckedThrowingContinuation { continuation in
            line.queue.async {
                let outcome = Result { try work(line, ContinuousClock.now - began) }
                self.giveBack(line)
                continuation.resume(with: outcome)
            }
        }
    }

    private func take() async -> CurlLine {
        await withCheckedContinuation { continuation in
            let line: CurlLine? = state.withLock { state in
                if let line = state.idle.popLast() { return line }
                if state.made < limit {
                    state.made += 1
                    return CurlLine(number: state.made)
                }
                state.waiting.append(continuation)
                return nil
            }
            if let line { continuation.resume(returning: line) }
        }
    }

    private func giveBack(_ line: CurlLine) {
        let next: CheckedContinuation<CurlLine, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.idle.append(line)
            return nil
        }
        next?.resume(returning: line)
    }
}

extension LateLibrary {
    package static let curl = LateLibrary(VECINOS_CURL)
}

/// One libcurl handle with its connections, used only on its own queue.
final class CurlLine: @unchecked Sendable {
    let queue: DispatchQueue
    /// Nil where there is no libcurl.
    private let handle: UnsafeMutableRawPointer?

    private static let isThere = LateLibrary.curl.load() && curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    init(number: Int) {
        queue = DispatchQueue(label: "curl.\(number)")
        handle = Self.isThere ? curl_easy_init() : nil
    }

    deinit { if handle != nil { curl_easy_cleanup(handle) } }

    func perform(_ call: WebCall, after waited: Duration = .zero) throws -> WebAnswer {
        guard let handle else { throw OutsideError.unreachable(-1) }
        guard WebAddress(call.url) != nil else { throw OutsideError.notAllowed }
        try begin(handle, protocols: "http,https", call.allowsPrivateNetworks, call.timeout - waited)
        text(CURLOPT_URL, call.url)
        text(CURLOPT_CUSTOMREQUEST, call.method)
        // No answer of a provider is a reason to go elsewhere with its secrets.
        vecinos_curl_number(handle, CURLOPT_FOLLOWLOCATION, 0)
        let lines = call.headers.compactMap { header in
            Self.isOneLine(header.name) && Self.isOneLine(header.value) ? "\(header.name): \(header.value)" : nil
        }
        let list = (lines + ["Expect:"]).reduce(nil) { curl_slist_append($0, $1) }
        defer { curl_slist_free_all(list) }
        vecinos_curl_list(handle, CURLOPT_HTTPHEADER, list)
        let received = Received(limit: call.largest)
        receive(into: received)
        let outcome: CURLcode =
            if call.body.isEmpty && call.method == "GET" {
                curl_easy_perform(handle)
            } else {
                // An empty body has no address; curl wants one.
                (call.body + [0]).withUnsafeBytes { bytes in
                    vecinos_curl_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(call.body.count))
                    vecinos_curl_pointer(
                        handle,
                        CURLOPT_POSTFIELDS,
                        UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                    )
                    return curl_easy_perform(handle)
                }
            }
        guard outcome == CURLE_OK || outcome == CURLE_WRITE_ERROR && received.isFull else {
            throw OutsideError.unreachable(Int(outcome.rawValue))
        }
        return WebAnswer(
            status: vecinos_curl_status(handle),
            body: received.bytes,
            retryAfter: received.retryAfter,
            location: received.location
        )
    }

    func perform(_ call: MailCall, _ trust: Outside.MailTrust, after waited: Duration = .zero) throws {
        guard let handle else { throw OutsideError.unreachable(-1) }
        guard Self.isOneLine(call.from), Self.isOneLine(call.to), Self.isOneLine(call.server) else {
            throw OutsideError.notAllowed
        }
        try begin(handle, protocols: "smtp,smtps", call.allowsPrivateNetworks, .seconds(30) - waited)
        text(CURLOPT_URL, call.server)
        text(CURLOPT_MAIL_FROM, "<\(call.from)>")
        vecinos_curl_number(
            handle,
            CURLOPT_USE_SSL,
            call.requiresTLS || trust.demandsTLS ? Int(CURLUSESSL_ALL.rawValue) : Int(CURLUSESSL_TRY.rawValue)
        )
        if let authorities = trust.authorities { text(CURLOPT_CAINFO, authorities) }
        if !call.user.isEmpty {
            text(CURLOPT_USERNAME, call.user)
            text(CURLOPT_PASSWORD, call.password)
        }
        let to = curl_slist_append(nil, "<\(call.to)>")
        defer { curl_slist_free_all(to) }
        vecinos_curl_list(handle, CURLOPT_MAIL_RCPT, to)
        let received = Received(limit: 1_048_576)
        receive(into: received)
        let outgoing = Outgoing(call.message)
        vecinos_curl_number(handle, CURLOPT_UPLOAD, 1)
        vecinos_curl_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(call.message.count))
        vecinos_curl_bytes_callback(handle, CURLOPT_READFUNCTION) { buffer, size, count, context in
            guard let context, let buffer else { return 0 }
            return Unmanaged<Outgoing>.fromOpaque(context).takeUnretainedValue().copy(to: buffer, size * count)
        }
        vecinos_curl_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(outgoing).toOpaque())
        var problem = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let outcome = problem.withUnsafeMutableBytes { words in
            // Only as long as the bytes are there.
            vecinos_curl_pointer(handle, CURLOPT_ERRORBUFFER, words.baseAddress)
            defer { vecinos_curl_pointer(handle, CURLOPT_ERRORBUFFER, nil) }
            return withExtendedLifetime(outgoing) { curl_easy_perform(handle) }
        }
        let status = vecinos_curl_status(handle)
        if status >= 400 {
            let words = String(decoding: problem.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw OutsideError.mailRefused(MailReply(code: status, lines: received.lines, problem: words))
        }
        guard outcome == CURLE_OK else { throw OutsideError.unreachable(Int(outcome.rawValue)) }
    }

    private func begin(
        _ handle: UnsafeMutableRawPointer,
        protocols: String,
        _ allowsPrivateNetworks: Bool,
        _ timeout: Duration
    ) throws {
        // Its time went by while others had the lines: as if nobody had answered, before a byte was out.
        guard timeout.inMilliseconds > 0 else { throw OutsideError.unreachable(Int(CURLE_COULDNT_CONNECT.rawValue)) }
        curl_easy_reset(handle)
        vecinos_curl_number(handle, CURLOPT_NOSIGNAL, 1)
        vecinos_curl_number(handle, CURLOPT_TIMEOUT_MS, Int(timeout.inMilliseconds))
        vecinos_curl_number(handle, CURLOPT_CONNECTTIMEOUT_MS, 5_000)
        text(CURLOPT_PROTOCOLS_STR, protocols)
        // A proxy named in the environment would look up the name itself, behind the guard's back.
        text(CURLOPT_PROXY, "")
        vecinos_curl_guard(handle, allowsPrivateNetworks ? 1 : 0)
    }

    private func text(_ option: CURLoption, _ value: String) {
        guard let handle else { return }
        vecinos_curl_text(handle, option, value)
    }

    private func receive(into received: Received) {
        guard let handle else { return }
        let context = Unmanaged.passUnretained(received).toOpaque()
        vecinos_curl_bytes_callback(handle, CURLOPT_WRITEFUNCTION) { buffer, size, count, context in
            guard let context, let buffer else { return 0 }
            return Unmanaged<Received>.fromOpaque(context).takeUnretainedValue().take(buffer, size * count)
        }
        vecinos_curl_pointer(handle, CURLOPT_WRITEDATA, context)
        vecinos_curl_bytes_callback(handle, CURLOPT_HEADERFUNCTION) { buffer, size, count, context in
            guard let context, let buffer else { return 0 }
            Unmanaged<Received>.fromOpaque(context).takeUnretainedValue().header(buffer, size * count)
            return size * count
        }
        vecinos_curl_pointer(handle, CURLOPT_HEADERDATA, context)
    }

    /// A header, an address or a name that holds a line end would add one of its own (SMTP and HTTP header injection).
    static func isOneLine(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 != 10 && $0 != 13 && $0 != 0 }
    }

    private final class Received {
        private(set) var bytes: [UInt8] = []
        private(set) var retryAfter: Int?
        private(set) var location: String?
        private(set) var isFull = false
        /// The last lines of the answer's head, as a mail server's are.
        private(set) var lines: [String] = []
        private let limit: Int

        init(limit: Int) { self.limit = limit }

        func take(_ buffer: UnsafeMutablePointer<CChar>, _ count: Int) -> Int {
            guard bytes.count + count <= limit else {
                isFull = true
                return 0
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: count))
            return count
        }

        func header(_ buffer: UnsafeMutablePointer<CChar>, _ count: Int) {
            let line = String(decoding: UnsafeRawBufferPointer(start: buffer, count: count), as: UTF8.self)
            let name = line.prefix { $0 != ":" }.lowercased()
            let value = line.dropFirst(name.count + 1)
            lines = lines.suffix(7) + [String(decoding: line.utf8.prefix(500).filter { $0 >= 32 }, as: UTF8.self)]
            switch name {
            case "retry-after": retryAfter = RetryAfter.seconds(value, at: Clock.system.now())
            // A header ends with CR LF, which is one Character.
            case "location": location = String(decoding: value.utf8.filter { $0 > 32 }, as: UTF8.self)
            default: break
            }
        }
    }

    private final class Outgoing {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func copy(to buffer: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
            let count = min(room, bytes.count - position)
            guard count > 0 else { return 0 }
            bytes[position..<(position + count)].withUnsafeBytes { part in
                UnsafeMutableRawBufferPointer(start: buffer, count: room).copyMemory(from: part)
            }
            position += count
            return count
        }
    }
}
