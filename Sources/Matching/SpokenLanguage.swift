// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A language that a helper can speak; more than those the pages are written in. Its code is lower-case, as helpers
/// keep it, and its name is its own.
package struct SpokenLanguage: Sendable {
    /// Lower-case.
    package let code: String
    /// Its own name for itself.
    package let name: String

    /// Those that a form offers.
    package static let all: [SpokenLanguage] =
        Language.known.map { SpokenLanguage(code: $0.code.lowercased(), name: $0.name) } + [
            SpokenLanguage(code: "pt", name: "Português"), SpokenLanguage(code: "fr", name: "Français"),
            SpokenLanguage(code: "ja", name: "日本語"), SpokenLanguage(code: "th", name: "ไทย"),
            SpokenLanguage(code: "am", name: "አማርኛ"), SpokenLanguage(code: "quc", name: "K’iche’"),
            SpokenLanguage(code: "kjb", name: "Q’anjob’al"), SpokenLanguage(code: "zap", name: "Diidxazá"),
            SpokenLanguage(code: "mix", name: "Tu’un Savi"), SpokenLanguage(code: "ase", name: "ASL"),
        ]

    /// Its code where it is none of them.
    package static func name(_ code: String) -> String { all.first { $0.code == code }?.name ?? code }
}
