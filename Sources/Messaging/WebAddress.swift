// SPDX-License-Identifier: AGPL-3.0-or-later

/// A web address that we may call: http or https, a host in plain letters, no user name in it, no fragment. Which
/// *network* the host leads to is seen when connecting, by the guard in `CCurl/shim.h`.
package struct WebAddress: Hashable, Sendable {
    package let text: String
    package let isSecure: Bool
    package let host: String
    /// `https://host:port`.
    package let origin: String

    package init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= 2_000, bytes.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 92 && $0 != 34 }) else {
            return nil
        }
        let scheme = text.hasPrefix("https://") ? "https://" : text.hasPrefix("http://") ? "http://" : ""
        guard !scheme.isEmpty else { return nil }
        let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@"), !text.contains("#") else { return nil }
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
            guard host.utf8.dropFirst().dropLast().allSatisfy({ Self.isHex($0) || $0 == 58 || $0 == 46 }) else {
                return nil
            }
        } else {
            host = authority.prefix { $0 != ":" }
            guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(Self.isHostLetter) else { return nil }
        }
        let port = authority.dropFirst(host.count)
        guard port.isEmpty || (port.hasPrefix(":") && Int(port.dropFirst()).map { (1...65_535).contains($0) } == true)
        else {
            return nil
        }
        self.text = text
        isSecure = scheme == "https://"
        self.host = host.lowercased()
        origin = scheme + authority.lowercased()
    }

    /// An origin (`https://host`, `https://host:8443`) as it stands, without its port, and with one: the scheme's own where
    /// it names none.
    package static func withAndWithoutPort(_ origin: String) -> [String] {
        guard let address = WebAddress(origin) else { return [origin] }
        let bare = "\(address.isSecure ? "https" : "http")://\(address.host)"
        return origin == bare ? [origin, "\(bare):\(address.isSecure ? 443 : 80)"] : [origin, bare]
    }

    private static func isHostLetter(_ byte: UInt8) -> Bool {
        (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte == 45
            || byte == 46
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (byte >= 97 && byte <= 102) || (byte >= 65 && byte <= 70) || (byte >= 48 && byte <= 57)
    }
}
