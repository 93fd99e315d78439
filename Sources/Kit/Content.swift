// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import SwiftCSV
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

    package static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    package static func bytes(_ path: String) throws -> [UInt8] {
        // A start reads some two hundred files; `FileManager` takes three times as long for each.
        let file = try OpenFile(path)
        return try file.bytes(0..<file.size)
    }

    package static func yaml<T: Decodable>(_ type: T.Type = T.self, _ path: String) throws -> T {
        try yaml(type, path, bytes(path))
    }

    /// The same of bytes that were read from `path`.
    package static func yaml<T: Decodable>(_ type: T.Type, _ path: String, _ source: [UInt8]) throws -> T {
        let snapshot = ContentSnapshot.current
        if let value = snapshot?.value(T.self, path, source) { return value }
        do {
            let value = try YAMLDecoder().decode(T.self, from: String(decoding: source, as: UTF8.self))
            snapshot?.add(path, source, tree: ContentTree.bytes(yaml:))
            return value
        } catch let error as DecodingError {
            throw Problem(path: path, reason: reason(error))
        } catch {
            throw Problem(path: path, reason: "\(error)")
        }
    }

    /// The rows of a CSV file, by the names in its first line.
    static func rows(_ path: String) throws -> [[String: String]] {
        let source = try bytes(path)
        let snapshot = ContentSnapshot.current
        if let rows = snapshot?.value([[String: String]].self, path, source) { return rows }
        guard let text = String(validating: source, as: UTF8.self) else {
            throw Problem(path: path, reason: "is not UTF-8")
        }
        let rows = try CSV<Named>(string: text, delimiter: .comma, loadColumns: false).rows
        snapshot?.add(path, source) { _ in try ContentTree.bytes(rows: rows) }
        return rows
    }

    /// The YAML files of a folder, by name; none where there is no folder.
    package static func files(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.sorted()
    }

    /// The line, from 1, on which `words` first stand whole.
    package static func line(of words: String, in text: String) -> Int? {
        text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { line in
            line.firstRange(of: words).map { line[$0.upperBound...].first.map { " ,}".contains($0) } ?? true } ?? false
        }.map { $0 + 1 }
    }

    /// Writes a file of the pack whole, keys sorted.
    package static func write(yaml value: some Encodable, to path: String) throws {
        let encoder = YAMLEncoder()
        encoder.options.allowUnicode = true
        encoder.options.width = -1
        encoder.options.indent = 2
        // The same content gives the same bytes.
        encoder.options.sortKeys = true
        let text = try encoder.encode(value)
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Problem(path: path, reason: "could not be written")
        }
    }

    /// `facts › 3 › review_by: is missing`.
    private static func reason(_ error: DecodingError) -> String {
        func at(_ path: [any CodingKey]) -> String {
            path.map { $0.intValue.map { String($0 + 1) } ?? $0.stringValue }.joined(separator: " › ")
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(at(context.codingPath + [key])): is missing"
        case .valueNotFound(_, let context): return "\(at(context.codingPath)): is empty"
        case .typeMismatch(let type, let context): return "\(at(context.codingPath)): should be \(type)"
        case .dataCorrupted(let context):
            let why = context.underlyingError.map { "\($0)" } ?? context.debugDescription
            return context.codingPath.isEmpty ? why : "\(at(context.codingPath)): \(why)"
        @unknown default: return "\(error)"
        }
    }
}
