// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// One call to somebody else's server. Its bytes may hold a telephone number: it is never logged.
package struct WebCall: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Only true for a provider that a coordinator entered for this machine or its own network.
    package var allowsPrivateNetworks: Bool
    package var timeout: Duration
    /// Bytes of the answer that are read; the rest is left.
    package var largest: Int

    package init(
        _ method: String,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        allowsPrivateNetworks: Bool = false,
        timeout: Duration = .seconds(10),
        largest: Int = 1_048_576
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.allowsPrivateNetworks = allowsPrivateNetworks
        self.timeout = timeout
        self.largest = largest
    }
}

/// What it answered; no more than 1 MiB of it, or what the call allowed.
package struct WebAnswer: Sendable {
    package let status: Int
    package let body: [UInt8]
    /// Seconds to wait, where it said so in `Retry-After`.
    package let retryAfter: Int?
    /// Where it said to go instead. Nobody goes there by itself.
    package let location: String?

    package init(status: Int, body: [UInt8] = [], retryAfter: Int? = nil, location: String? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
        self.location = location
    }
}

/// One mail as it goes over the wire, and whom the mail server is told it is for.
package struct MailCall: Sendable {
    /// `smtp://host:25`, `smtps://host:465`.
    package let server: String
    package let user: String
    package let password: String
    package let from: String
    package let to: String
    /// Headers and body, line ends CR LF.
    package let message: [UInt8]
    /// Nothing is sent over a line that is not encrypted.
    package let requiresTLS: Bool
    package let allowsPrivateNetworks: Bool
}

/// The world beyond this process, as closures: libcurl in earnest, what a test says in a test.
package struct Outside: Sendable {
    package let web: @Sendable (WebCall) async throws -> WebAnswer
    package let mail: @Sendable (MailCall) async throws -> Void
    private let makeApart: (@Sendable (Int) -> Outside)?

    package init(
        web: @escaping @Sendable (WebCall) async throws -> WebAnswer,
        mail: @escaping @Sendable (MailCall) async throws -> Void,
        apart: (@Sendable (Int) -> Outside)? = nil
    ) {
        self.web = web
        self.mail = mail
        makeApart = apart
    }

    /// The same world by so many lines that nobody else uses.
    func apart(lines: Int) -> Outside { makeApart?(lines) ?? self }

    /// Whom mail is handed to: see `Config.mailAuthorities` and `Config.demandsMailTLS`.
    package struct MailTrust: Sendable {
        /// A file of certificates (PEM) whose holders vouch for mail servers, in place of the machine's own.
        package var authorities: String?
        /// On this machine too, where else a line that is not encrypted will do.
        package var demandsTLS = false

        package init(authorities: String? = nil, demandsTLS: Bool = false) {
            (self.authorities, self.demandsTLS) = (authorities, demandsTLS)
        }
    }

    /// Up to `lines` calls at a time, each on a thread of its own that keeps its connections open.
    package static func real(lines: Int = 8, mail trust: MailTrust = MailTrust()) -> Outside {
        let pool = CurlPool(lines: lines)
        return Outside(
            web: { call in try await pool.with { line, waited in try line.perform(call, after: waited) } },
            mail: { call in try await pool.with { line, waited in try line.perform(call, trust, after: waited) } },
            apart: { .real(lines: $0, mail: trust) }
        )
    }
}

/// Why a call brought no answer. Holds no address.
package enum OutsideError: Error, Sendable, Hashable {
    /// Not http or https, or a network that is not public.
    case notAllowed
    /// Nobody answered, or not in time; libcurl's number.
    case unreachable(Int)
    /// The mail server said no.
    case mailRefused(MailReply)
}

/// What a mail server said no with. Of its words only whether they speak of a mailbox that isn't there.
package struct MailReply: Error, Sendable, Hashable {
    package let code: Int
    /// It was the recipient that it refused (RCPT), not the line, us, the sender or the mail.
    package let isAboutRecipient: Bool
    /// Class, subject and detail of RFC 3463: `[5, 1, 1]`; empty where it gave none.
    let enhanced: [Int]
    private let namesNoMailbox: Bool

    /// `lines`: the end of what the server said. `problem`: libcurl's own words, which say at what it stopped.
    package init(code: Int, lines: [String], problem: String) {
        self.code = code
        isAboutRecipient = problem.hasPrefix("RCPT failed")
        let words = lines.last { $0.hasPrefix("\(code)") }?.dropFirst(4).lowercased() ?? ""
        let parts = (words.split(separator: " ").first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        enhanced = parts.count == 3 && numbers.count == 3 ? numbers : []
        let known = [
            "user unknown", "unknown user", "recipient unknown", "unknown recipient", "no such user", "no such mailbox",
            "no such recipient", "mailbox not found", "user not found", "user doesn't exist", "user does not exist",
        ]
        namesNoMailbox = known.contains(where: words.contains) && !words.contains("sender")
    }

    /// `550 5.1.1`.
    var codes: String { enhanced.isEmpty ? "\(code)" : "\(code) \(enhanced.map(String.init).joined(separator: "."))" }

    /// There is no such mailbox. Everything else that a server refuses for good (a blocked network, SPF, too much, no
    /// relaying) says nothing of the person: 5.1.0, 5.1.7 and 5.1.8 speak of the sender, 5.1.2 of a name server's trouble.
    package var isNoMailbox: Bool {
        guard isAboutRecipient, code >= 500 else { return false }
        return enhanced.isEmpty
            ? code == 550 && namesNoMailbox : [[5, 1, 1], [5, 1, 3], [5, 1, 6], [5, 1, 10]].contains(enhanced)
    }
}

extension ChannelFailure {
    /// By libcurl's number: the time was over, the line ended without an answer, or while sending or receiving. All else
    /// fails before a byte of the message is out.
    init(unreachable code: Int) {
        let why = "\(Self.reason(code)) (\(code))"
        self = [28, 52, 55, 56].contains(code) ? .unclear(why: why) : .later(why: why)
    }

    /// What a coordinator can do something about, in words; the number is in libcurl's own list.
    private static func reason(_ code: Int) -> String {
        switch code {
        case 6: "no such server"
        case 7: "nobody answers there"
        case 28: "no answer in time"
        case 35: "no encrypted line came about"
        case 60: "the server's certificate is not trusted"
        case 64: "the server offers no encryption"
        case 67: "the server refused our name or password"
        case 77: "the file of trusted certificates can't be read"
        default: "not reachable"
        }
    }
}
