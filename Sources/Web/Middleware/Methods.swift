// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods each path of the site map takes, so that a wrong one is told apart from a wrong path (RFC 9110
/// 15.5.6). Filled once, when the map is drawn.
final class Methods: Sendable {
    private enum Part {
        case word(String), any

        func `is`(_ text: String) -> Bool { if case .word(let word) = self { word == text } else { false } }
    }
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

    /// The nearest address, this one or one above it, that shows a page.
    func page(above path: String) -> String? {
        var asked = Self.parts(path)
        return paths.withLock { paths in
            while !asked.isEmpty {
                let shows = paths.contains { known in
                    known.methods.contains("GET") && known.parts.count == asked.count
                        && zip(known.parts, asked).enumerated().allSatisfy { at, pair in
                            switch pair.0 {
                            case .word(let word): word == pair.1
                            // "end" in /drills/end is no drill: a word of the map is nobody's id.
                            case .any: !paths.contains { $0.parts.indices.contains(at) && $0.parts[at].is(pair.1) }
                            }
                        }
                }
                if shows { return "/\(asked.joined(separator: "/"))" }
                asked.removeLast()
            }
            return nil
        }
    }

    private static func parts(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }
}
