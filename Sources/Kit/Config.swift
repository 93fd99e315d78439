// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// Every setting of a process, parsed once from flags and `VECINOS_…` variables. A bad value stops the start
/// and names its key, and so does a `VECINOS_…` that there isn't: a slip in a name is no setting that was made.
package struct Config: Sendable {
    /// The folder that holds the database, the keys and the files.
    package var dataFolder: String
    /// `nil` is SQLite in the data folder; else a `postgres://` address.
    package var postgres: String?
    package var host = "127.0.0.1"
    package var port = 8080
    /// The content pack and the static files, found from the binary upward.
    package var contentFolder: String
    package var staticFolder: String
    /// Where the sounds of `vecinos speak` stand, beside the content pack; it need not be there.
    package var soundFolder: String?
    /// The address people type, without a trailing slash; decides whether cookies are `Secure`.
    package var address: String
    /// Off only for a benchmark on loopback: the start says so aloud.
    package var limitsRates = true
    /// A proxy on this machine stands in front, and writes `X-Forwarded-For` itself.
    package var trustsProxy = false
    /// Where the instance root key stands, when that isn't `keys/root.key` in the data folder.
    package var rootKeyFile: String?
    /// A file (PEM) of certificates that vouch for mail servers, in place of the machine's own.
    package var mailAuthorities: String?
    /// No mail without TLS, not even to a server on this machine.
    package var demandsMailTLS = false
    /// Our address as an onion service, without a slash at its end; nil when there is none.
    package var onion: String?
    /// A demonstration shows its exercises to the public, marked as such; a real instance never does.
    package var isDemonstration = false
    /// Divides the procedure's clock, so that a demonstration or a drill is quick; 1 in earnest.
    package var speed = 1.0

    package struct Problem: Error, CustomStringConvertible {
        package let key: String
        package let reason: String
        package var description: String { "\(key): \(reason)" }
    }

    /// What the process reads, then what the scripts and tests beside it do.
    private static let keys: Set<String> = [
        "VECINOS_ADDRESS", "VECINOS_CONTENT", "VECINOS_MAIL_CA", "VECINOS_MAIL_TLS", "VECINOS_ONION",
        "VECINOS_POSTGRES", "VECINOS_PROXY", "VECINOS_RATE_LIMITS", "VECINOS_ROOT_KEY_FILE", "VECINOS_SOUNDS",
        "VECINOS_STATIC",
        "VECINOS_BINARY", "VECINOS_DATA", "VECINOS_FUZZ", "VECINOS_RACERS", "VECINOS_RACES", "VECINOS_ROOT",
        "VECINOS_SEEDS", "VECINOS_TEST_POSTGRES",
    ]

    /// `postgres`: what a flag says, in place of the variable.
    package init(
        dataFolder: String,
        postgres flag: String? = nil,
        environment: [String: String] = [:],
        executable: String = "/proc/self/exe"
    ) throws {
        self.dataFolder = dataFolder
        guard !dataFolder.isEmpty else { throw Problem(key: "--data", reason: "is empty; name a folder") }
        if let slip = environment.keys.filter({ $0.hasPrefix("VECINOS_") && !Self.keys.contains($0) }).min() {
            throw Problem(key: slip, reason: "is no setting of this program; look at how it is spelled")
        }
        let house = Self.house(above: executable)
        contentFolder = try Self.folder(
            "VECINOS_CONTENT",
            environment,
            house.map { "\($0)/content" },
            holding: "strings"
        )
        staticFolder = try Self.folder(
            "VECINOS_STATIC",
            environment,
            house.map { "\($0)/Sources/Web/Static" },
            holding: "app.css"
        )
        soundFolder = environment["VECINOS_SOUNDS"] ?? house.map { "\($0)/sounds" }
        address = environment["VECINOS_ADDRESS"] ?? ""
        postgres = flag ?? environment["VECINOS_POSTGRES"]
        if let url = postgres, !url.hasPrefix("postgres://"), !url.hasPrefix("postgresql://") {
            throw Problem(
                key: flag == nil ? "VECINOS_POSTGRES" : "--postgres",
                reason: "must begin with postgres://"
            )
        }
        if !address.isEmpty, !Self.isOrigin(address) {
            throw Problem(
                key: "VECINOS_ADDRESS",
                reason: "must be https:// (or http:// on your own machine) and a name, with no / at the end"
            )
        }
        rootKeyFile = Self.rootKey(environment)
        mailAuthorities = environment["VECINOS_MAIL_CA"].flatMap { $0.isEmpty ? nil : $0 }
        if let file = mailAuthorities, FileManager.default.contents(atPath: file)?.isEmpty != false {
            throw Problem(key: "VECINOS_MAIL_CA", reason: "\(file) can't be read, or is empty")
        }
        switch environment["VECINOS_MAIL_TLS"] {
        case nil, "usual": demandsMailTLS = false
        case "always": demandsMailTLS = true
        case let other?: throw Problem(key: "VECINOS_MAIL_TLS", reason: "is '\(other)'; it can be 'usual' or 'always'")
        }
        onion = environment["VECINOS_ONION"].flatMap { $0.isEmpty ? nil : $0 }
        if let onion, !Self.isOnion(onion) {
            throw Problem(key: "VECINOS_ONION", reason: "must be http:// and the 56 letters of your service and .onion")
        }
        switch environment["VECINOS_PROXY"] {
        case nil, "off": trustsProxy = false
        case "on": trustsProxy = true
        case let other?: throw Problem(key: "VECINOS_PROXY", reason: "is '\(other)'; it can be 'on' or 'off'")
        }
        switch environment["VECINOS_RATE_LIMITS"] {
        case nil, "on": limitsRates = true
        case "off": limitsRates = false
        case let other?: throw Problem(key: "VECINOS_RATE_LIMITS", reason: "is '\(other)'; it can be 'on' or 'off'")
        }
    }

    /// Whether browsers reach us over TLS, so that cookies can be `__Host-` and `Secure`.
    package var isSecure: Bool { address.hasPrefix("https://") }

    /// Named by us, or handed over by systemd (`LoadCredential=root.key:…`) in a folder of its making.
    private static func rootKey(_ environment: [String: String]) -> String? {
        if let path = environment["VECINOS_ROOT_KEY_FILE"], !path.isEmpty { return path }
        guard let folder = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = "\(folder)/root.key"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// A scheme, a host, perhaps a port: it stands in links, headers and messages, so nothing else may be in it.
    private static func isOrigin(_ address: String) -> Bool {
        guard let rest = ["http://", "https://"].first(where: address.hasPrefix).map({ address.dropFirst($0.count) })
        else { return false }
        let isBracketed = rest.hasPrefix("[")
        let host: Substring
        let port: Substring?
        if isBracketed {
            guard let end = rest.firstIndex(of: "]") else { return false }
            let after = rest[rest.index(after: end)...]
            host = rest[..<end].dropFirst()
            guard after.isEmpty || after.hasPrefix(":") else { return false }
            port = after.isEmpty ? nil : after.dropFirst()
        } else {
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts.first ?? ""
            port = parts.count > 1 ? parts[1] : nil
        }
        return !host.isEmpty
            && host.utf8.allSatisfy { letter in
                (letter >= 48 && letter <= 57) || (letter | 32 >= 97 && letter | 32 <= 122 && letter < 128)
                    || letter == UInt8(ascii: "-") || letter == UInt8(ascii: ".")
                    || (isBracketed && letter == UInt8(ascii: ":"))
            }
            && port.map { UInt16($0) != nil } != false
    }

    /// A version 3 address (rend-spec-v3): it stands in a header of every page, so nothing else may be in it.
    private static func isOnion(_ address: String) -> Bool {
        guard let name = ["http://", "https://"].first(where: address.hasPrefix).map({ address.dropFirst($0.count) })
        else { return false }
        let letters = name.utf8.dropLast(6)
        return name.hasSuffix(".onion") && letters.count == 56
            && letters.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 50 && $0 <= 55) }
    }

    /// The folder above the binary that holds both the content pack and the static files: the source tree
    /// while developing, `share/vecinos` in a release.
    private static func house(above executable: String) -> String? {
        let files = FileManager.default
        let real = (try? files.destinationOfSymbolicLink(atPath: executable)) ?? executable
        var parts = real.split(separator: "/").dropLast()
        while !parts.isEmpty {
            let folder = "/" + parts.joined(separator: "/")
            for candidate in [folder, "\(folder)/share/vecinos"]
            where files.fileExists(atPath: "\(candidate)/content/strings") { return candidate }
            parts = parts.dropLast()
        }
        return nil
    }

    private static func folder(
        _ key: String,
        _ environment: [String: String],
        _ fallback: String?,
        holding child: String
    ) throws -> String {
        guard let path = environment[key] ?? fallback else {
            throw Problem(key: key, reason: "is not set, and nothing was found beside the program")
        }
        guard FileManager.default.fileExists(atPath: "\(path)/\(child)") else {
            throw Problem(key: key, reason: "\(path) holds no \(child)")
        }
        return path
    }
}
