// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@Suite("Security headers")
struct SecurityHeadersTests {
    private static let policies: [SecurityHeaders.Policy] = [.publicPage, .staffPage, .nothing]

    private func directives(_ policy: SecurityHeaders.Policy) -> [String: [String]] {
        let parts = policy.contentSecurityPolicy.split(separator: ";").map { $0.split(separator: " ").map(String.init) }
        return Dictionary(parts.map { ($0[0], Array($0.dropFirst())) }) { _, _ in ["said twice"] }
    }

    @Test("By default nothing loads, nobody frames us, and no base moves our links", arguments: policies)
    func base(_ policy: SecurityHeaders.Policy) {
        let directives = directives(policy)
        for name in ["default-src", "base-uri", "frame-ancestors"] {
            #expect(directives[name] == ["'none'"], "\(name)")
        }
    }

    @Test("Nothing comes from elsewhere, and nothing written into a page runs", arguments: policies)
    func sources(_ policy: SecurityHeaders.Policy) {
        let sourceLists = directives(policy).filter { $0.key.hasSuffix("-src") || $0.key == "form-action" }
        let allowed: Set = ["'none'", "'self'", "data:"]
        for (name, sources) in sourceLists {
            #expect(Set(sources).isSubset(of: allowed), "\(name)")
            if name != "img-src" { #expect(!sources.contains("data:"), "\(name)") }
        }
        #expect(!policy.contentSecurityPolicy.contains("unsafe"))
        #expect(!policy.contentSecurityPolicy.contains("*"))
    }

    @Test("Pages load our own style, script and pictures and send forms to us; staff pages guard the sinks of scripts")
    func pages() {
        for policy in [SecurityHeaders.Policy.publicPage, .staffPage] {
            for name in ["style-src", "script-src", "connect-src", "form-action"] {
                #expect(directives(policy)[name] == ["'self'"], "\(name)")
            }
        }
        #expect(directives(.staffPage)["require-trusted-types-for"] == ["'script'"])
        #expect(directives(.publicPage)["require-trusted-types-for"] == nil)
        #expect(directives(.nothing)["sandbox"] == [])
        #expect(directives(.nothing)["script-src"] == nil)
    }

    @Test("Every answer says: no sniffing, no referrer, no sharing with other sites")
    func always() {
        let headers = Dictionary(SecurityHeaders.always.map { ($0.name.lowercased(), $0.value) }) { _, _ in "said twice"
        }
        #expect(headers["x-content-type-options"] == "nosniff")
        #expect(headers["referrer-policy"] == "no-referrer")
        #expect(headers["cross-origin-opener-policy"] == "same-origin")
        #expect(headers["cross-origin-resource-policy"] == "same-origin")
        #expect(headers.count == SecurityHeaders.always.count)
        let permissions = (headers["permissions-policy"] ?? "").split(separator: ",").map { $0.drop { $0 == " " } }
        #expect(permissions.contains("camera=()") && permissions.contains("microphone=()"))
        #expect(permissions.allSatisfy { $0.hasSuffix("=()") || $0 == "geolocation=(self)" })
    }

    @Test("No header can be split by its value")
    func lines() {
        let values =
            SecurityHeaders.always.flatMap { [$0.name, $0.value] } + Self.policies.map(\.contentSecurityPolicy)
        for value in values { #expect(value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "\(value)") }
    }

    @Test("Strangers' time and bytes are bounded as the contract says")
    func limits() {
        #expect(Limits.head <= .seconds(10))
        #expect(Limits.wholeRequest <= .seconds(60))
        #expect(Limits.stalledWrite <= .seconds(30))
        #expect(Limits.formBody <= 64 * 1_024 && Limits.upload <= 256 * 1_024 * 1_024)
        #expect(Limits.longestUpload <= .minutes(30) && Limits.slowestUpload >= 8 * 1_024)
    }
}
