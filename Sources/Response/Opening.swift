// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// Something sealed as one caller sees it: open, or a closed envelope and why.
package enum Opened<Content: Sendable>: Sendable {
    case open(Content)
    /// The caller's keys are put away: unlock, and it opens.
    case locked
    /// Addressed to a team that the caller doesn't belong to, or filed after they left.
    case notForYou
    /// Changed since it was written, or not readable: somebody has to look into it.
    case damaged

    package var content: Content? {
        if case .open(let content) = self { content } else { nil }
    }
}

extension Opened: Equatable where Content: Equatable {}

enum Opening {
    /// Opens one sealed value for a page; never throws, so that one bad row doesn't hide the others.
    static func look<Content: Codable & Sendable>(
        _ sealed: Sealed<Content>,
        kind: String,
        record: String,
        by caller: Caller
    ) -> Opened<Content> {
        guard caller.can(.openSealed) else { return .notForYou }
        guard let keyring = caller.keyring else { return .locked }
        do {
            return .open(try sealed.open(kind: kind, record: record, with: keyring))
        } catch VaultError.noKey {
            return .notForYou
        } catch {
            return .damaged
        }
    }

    /// Opens one sealed value for a verb; a team's stranger gets "not found".
    static func open<T>(_ body: (Keyring) throws -> T, by keyring: () throws -> Keyring) throws -> T {
        do {
            return try body(keyring())
        } catch VaultError.noKey {
            throw Refusal.notFound
        }
    }
}
