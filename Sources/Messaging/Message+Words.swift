// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Message {
    /// What its reader is told, without any detail; in a drill that it is one, before anything else. Read on a locked
    /// telephone: no two emergencies say the same.
    package func words(_ t: Words) -> String {
        let said = t(
            isForAttorney ? "messaging.attorney_missing|No attorney could be found. We need your help." : kind.words
        )
        return isExercise ? "\(Self.exercise(t)). \(said)" : said
    }

    package static func exercise(_ t: Words) -> String { t("messaging.exercise|EXERCISE") }

    /// A page to coordinators for which nothing but an attorney is missing.
    private var isForAttorney: Bool {
        kind == .coordinatorPaged && !causes.isEmpty && causes.allSatisfy { $0.hasPrefix("\(Kind.attorney):") }
    }
}

extension Message.Kind {
    /// What a page to coordinators is told with when an attorney is missing.
    static let attorney = "attorney"
}
