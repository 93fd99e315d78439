// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a column holds.
package enum Value: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// Anything that can be bound to a statement.
package protocol Bindable: Sendable {
    var value: Value { get }
}

/// Anything that can be read from a column. Throws `ColumnError` for what doesn't fit.
package protocol Column: Sendable {
    init(value: Value) throws
}

package enum ColumnError: Error, Hashable, Sendable {
    case missing(String)
    case mismatch(expected: String)
}

extension Optional where Wrapped: Bindable {
    /// A `nil` is NULL.
    package var value: Value { self?.value ?? .null }
}

extension Value: Bindable, Column {
    package var value: Value { self }
    package init(value: Value) { self = value }
}

extension Int64: Bindable, Column {
    package var value: Value { .integer(self) }

    package init(value: Value) throws {
        guard case .integer(let number) = value else { throw ColumnError.mismatch(expected: "an integer") }
        self = number
    }
}

extension Int: Bindable, Column {
    package var value: Value { .integer(Int64(self)) }
    package init(value: Value) throws { self = Int(try Int64(value: value)) }
}

extension Bool: Bindable, Column {
    package var value: Value { .integer(self ? 1 : 0) }
    package init(value: Value) throws { self = try Int64(value: value) != 0 }
}

extension Double: Bindable, Column {
    package var value: Value { .real(self) }

    package init(value: Value) throws {
        switch value {
        case .real(let number): self = number
        case .integer(let number): self = Double(number)
        case .null, .text, .blob: throw ColumnError.mismatch(expected: "a number")
        }
    }
}

extension String: Bindable, Column {
    package var value: Value { .text(self) }

    package init(value: Value) throws {
        guard case .text(let text) = value else { throw ColumnError.mismatch(expected: "text") }
        self = text
    }
}

extension [UInt8]: Bindable, Column {
    package var value: Value { .blob(self) }

    package init(value: Value) throws {
        guard case .blob(let bytes) = value else { throw ColumnError.mismatch(expected: "bytes") }
        self = bytes
    }
}

/// `enum Truth: String, Bindable, Column` needs no more than the two names.
extension Bindable where Self: RawRepresentable, RawValue == String {
    package var value: Value { .text(rawValue) }
}

extension Column where Self: RawRepresentable, RawValue == String {
    package init(value: Value) throws {
        let raw = try String(value: value)
        guard let known = Self(rawValue: raw) else { throw ColumnError.mismatch(expected: "a \(Self.self)") }
        self = known
    }
}
