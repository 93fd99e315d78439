// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A statement of law or practice in plain words, with where it applies, its sources, the day it was true, and the day
/// it must be looked at again. From `content/rights`; legal statements stand nowhere else.
package struct Fact: Decodable, Sendable, Identifiable {
    package enum Status: String, Decodable, Sendable {
        /// Courts and statutes agree.
        case settled
        /// Courts disagree, or officials act against it.
        case contested
        /// A court has stopped it for now.
        case blocked
        /// Passed or filed, not yet in force.
        case pending
    }

    package struct Source: Decodable, Sendable {
        package let name: String
        package let domain: String?
    }

    package let id: String
    package let situations: [String]
    package let statement: LocalizedText
    /// What it means for the reader, one action at a time.
    package let means: LocalizedText
    /// Who says what, when it is not settled.
    package let contested: LocalizedText?
    package let jurisdiction: String
    package let sources: [Source]
    /// `2026-11-22`.
    package let asOf: String
    package let reviewBy: String
    package let status: Status

    private enum CodingKeys: String, CodingKey {
        case id, situations, statement, means, contested, jurisdiction, sources, status
        case asOf = "as_of"
        case reviewBy = "review_by"
    }

    /// Past its review date it is shown as not checked lately, whatever its status.
    package func isStale(on day: String) -> Bool { day > reviewBy }
}
