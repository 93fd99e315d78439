// SPDX-License-Identifier: AGPL-3.0-or-later

/// One row of an answer; columns are read by name.
package struct Row: Sendable {
    private let names: [String]
    private let values: [Value]

    package init(names: [String], values: [Value]) {
        self.names = names
        self.values = values
    }

    package subscript<T: Column>(_ name: String) -> T {
        get throws { try T(value: value(name)) }
    }

    /// Null reads as nil.
    package subscript<T: Column>(_ name: String) -> T? {
        get throws {
            let value = try value(name)
            return value == .null ? nil : try T(value: value)
        }
    }

    package var first: Value { values.first ?? .null }

    private func value(_ name: String) throws -> Value {
        guard let index = names.firstIndex(of: name) else { throw ColumnError.missing(name) }
        return values[index]
    }
}

/// A struct that can be read from a row.
package protocol Readable: Sendable {
    init(row: Row) throws
}
