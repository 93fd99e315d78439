// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Glibc
import Kit
import Vault

extension Channel {
    /// A mail server's address: `smtp://host[:port]` or `smtps://host[:port]`.
    struct MailServer: Hashable {
        let text: String
        let isLocal: Bool

        init?(_ text: String) {
            let scheme = text.hasPrefix("smtps://") ? "smtps://" : text.hasPrefix("smtp://") ? "smtp://" : ""
            guard !scheme.isEmpty, let address = WebAddress("http://" + text.dropFirst(scheme.count)),
                !address.text.dropFirst(7).contains("/"), !address.text.contains("?")
            else { return nil }
            self.text = text
            isLocal = ["localhost", "127.0.0.1", "[::1]"].contains(address.host)
        }
    }

    /// SMTP through libcurl. A line that isn't encrypted is used only on this machine.
    static func email(_ provider: Provider, outside: Outside) -> Channel {
        let account = provider.account
        return Channel(.email, rate: provider.rate) { parcel, key in
            guard let server = MailServer(account.url) else { throw ChannelFailure.refused(why: "mail: no server") }
            let mail = Mail(parcel, from: account.from, key: key, at: Clock.system.now())
            do {
                try await outside.mail(
                    MailCall(
                        server: server.text,
                        user: account.account,
                        password: account.secret,
                        from: account.from,
                        to: parcel.address,
                        message: mail.bytes,
                        requiresTLS: !server.isLocal,
                        allowsPrivateNetworks: provider.allowsPrivateNetworks
                    )
                )
            } catch OutsideError.mailRefused(let reply) {
                // Who has no mailbox is forgotten. Other 5xx speak of this mail or of us; 4xx are for later (RFC 5321 4.2.1).
                let why = "mail: \(reply.codes)"
                if reply.isNoMailbox { throw ChannelFailure.gone(why: why) }
                if reply.code >= 500 { throw ChannelFailure.refused(why: why) }
                throw ChannelFailure.later(why: why)
            } catch OutsideError.unreachable(let code) {
                throw ChannelFailure(unreachable: code)
            } catch OutsideError.notAllowed {
                throw ChannelFailure.refused(why: "mail: address not allowed")
            }
            return Handed(reference: mail.messageID)
        }
    }
}

/// One mail on the wire: plain text in UTF-8 as base64, so that no line of it can be read as something else. The same
/// message has the same `Message-ID` each time it is sent.
struct Mail: Sendable {
    let messageID: String
    let bytes: [UInt8]

    init(_ parcel: Parcel, from: String, key: String, at now: Instant) {
        let host = from.split(separator: "@").last.map(String.init) ?? "localhost"
        messageID = "<\(key)@\(host)>"
        var headers = [
            "From: <\(from)>",
            "To: <\(parcel.address)>",
            "Subject: \(Self.word(parcel.subject ?? ""))",
            "Date: \(Self.date(now))",
            "Message-ID: \(messageID)",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated",
        ]
        if let unsubscribe = parcel.unsubscribe, CurlLine.isOneLine(unsubscribe) {
            headers.append("List-Unsubscribe: <\(unsubscribe)>")
            headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        }
        var body = parcel.text
        if let link = parcel.link { body += "\n\n\(link)" }
        if let unsubscribe = parcel.unsubscribe { body += "\n\n--\n\(unsubscribe)" }
        let lines = body.utf8.split(separator: 10, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let encoded = Array(lines.joined(separator: "\r\n").utf8).base64
        let folded = stride(from: 0, to: encoded.utf8.count, by: 76).map { start in
            String(decoding: encoded.utf8.dropFirst(start).prefix(76), as: UTF8.self)
        }
        bytes = Array((headers.joined(separator: "\r\n") + "\r\n\r\n" + folded.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// RFC 2047: words of at most 45 bytes each, never cut inside a letter; control letters become spaces first.
    static func word(_ text: String) -> String {
        let clean = String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 })
        )
        guard !clean.utf8.allSatisfy({ $0 < 127 }) || clean.contains("=?") || clean.utf8.count > 60 else {
            return clean
        }
        var words: [[UInt8]] = [[]]
        for scalar in clean.unicodeScalars {
            let letter = Array(String(scalar).utf8)
            if (words.last?.count ?? 0) + letter.count > 45 { words.append([]) }
            words[words.count - 1] += letter
        }
        return words.map { "=?utf-8?B?\($0.base64)?=" }.joined(separator: "\r\n ")
    }

    /// RFC 5322, in Greenwich time: the city is nobody's business on the way.
    static func date(_ now: Instant) -> String {
        var seconds = time_t(now.milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (day, month) = (days[Int(parts.tm_wday) % 7], months[Int(parts.tm_mon) % 12])
        return "\(day), \(two(parts.tm_mday)) \(month) \(parts.tm_year + 1_900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
    }
}
