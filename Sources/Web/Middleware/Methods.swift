// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods each path of the site map takes, so that a wrong one is told apart from a wrong path (RFC 9110
/// 15.5.6). Filled once, when the map is drawn.
final class Methods: Sendable {
    private enum Part { case word(String), any }
    private let paths = Mutex<[(parts: [Part], methods: Set<String>)]>([])

    func learn<Context>(_ router: Router<Context>) {
        var known: [String: Set<String>] = [:]
        for route in router.routes { known["\(route.path)", default: []].insert(route.method.rawValue) }
        let learned = known.map { path, methods in
            let methods = methods.contains("GET") ? methods.union(["HEAD"]) : methods
            return (
                parts: Self.parts(path).map { part -> Part in
                    part.utf8.first == UInt8(ascii: ":") || part.utf8.first == UInt8(ascii: "{") ? .any : .word(part)
                },
                methods: methods
            )
        }
        paths.withLock { $0 = learned }
    }

    /// What may be done at this path, for `Allow`; nil where there is no such path.
    func allowed(at path: String) -> String? {
        let asked = Self.parts(path)
        let found = paths.withLock { paths in
            paths.filter { known in
                known.parts.count == asked.count
                    && zip(known.parts, asked).allSatisfy { part, text in
                        switch part {
                        case .any: true
                        case .word(let word): word == text
                        }
                    }
            }
        }
        let methods = found.reduce(into: Set<String>()) { $0.formUnion($1.methods) }
        return methods.isEmpty ? nil : methods.sorted().joined(separator: ", ")
    }

    private static func parts(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }
}
