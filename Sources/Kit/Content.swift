// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Yams

/// Files of the content pack, read at start. A bad one stops the start and is named.
package enum Content {
    package struct Problem: Error, CustomStringConvertible {
        package let path: String
        package let reason: String

        package init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }

        package var description: String { "\(path): \(reason)" }
    }

    package static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem(path: path, reason: "could not be read")
        }
        return String(decoding: data, as: UTF8.self)
    }

    package static func yaml<T: Decodable>(_ type: T.Type = T.self, _ path: String) throws -> T {
        do {
            return try YAMLDecoder().decode(T.self, from: text(path))
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(path: path, reason: "\(error)")
        }
    }
}
