// SPDX-License-Identifier: AGPL-3.0-or-later

/// A statement in the dialect that SQLite and PostgreSQL share. What is interpolated binds; nothing from outside
/// can become SQL text. `\(raw:)` takes only literals.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text with `?` for each value, in order.
    package private(set) var text: String
    package private(set) var values: [Value]

    package init(stringLiteral literal: String) { (text, values) = (literal, []) }

    package init(stringInterpolation interpolation: StringInterpolation) {
        (text, values) = (interpolation.text, interpolation.values)
    }

    /// A text that is made once, for what every report runs: `?` for each value, in order.
    package struct Fixed: Sendable {
        fileprivate let text: String
        package init(_ text: StaticString) { self.text = "\(text)" }

        /// Values as they are bound: to open as many boxes of `any Bindable` took a report longer than to bind them.
        package func callAsFunction(_ values: Value...) -> SQL { SQL(text: text, values: values) }
    }

    private init(text: String, values: [Value]) { (self.text, self.values) = (text, values) }

    package static func + (left: SQL, right: SQL) -> SQL {
        var joined = left
        joined.text += right.text
        joined.values += right.values
        return joined
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [Value] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 2 * interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: some Bindable) {
            text += "?"
            values.append(value.value)
        }

        /// Spelled out: leaning on `Optional: Bindable` warns about debug descriptions at every use.
        package mutating func appendInterpolation(_ value: (some Bindable)?) {
            text += "?"
            values.append(value?.value ?? .null)
        }

        package mutating func appendInterpolation(_ fragment: SQL) {
            text += fragment.text
            values += fragment.values
        }

        package mutating func appendInterpolation(raw: StaticString) { text += String(describing: raw) }

        /// `IN \(list: refs)`: a parenthesis of values; an empty list matches nothing.
        package mutating func appendInterpolation(list: [some Bindable]) {
            text += list.isEmpty ? "(NULL)" : "(" + repeatElement("?", count: list.count).joined(separator: ", ") + ")"
            values += list.map(\.value)
        }
    }
}
