// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Response

/// What changed on `/now`, as pieces of the page in one language: the same markup that a fresh page would have.
struct NowDelta {
    private struct Message: Encodable {
        /// The parts of the list, in order.
        let order: [String]
        /// Those that are new or changed.
        let parts: [String: String]
        let truth: String
        /// Only when it changed.
        let map: String?
        /// For screen readers: what changed, in a few words.
        let said: String
        /// The server's clock, for ages.
        let now: String
    }

    private let message: Message

    init(from before: PublicStatus, to after: PublicStatus, site: Site, t: Words) {
        let old = NowPage(site: site, t: t, status: before)
        let new = NowPage(site: site, t: t, status: after)
        let known = Dictionary(old.shown.map { ($0.name, $0) }) { first, _ in first }
        let changed = new.shown.filter { known[$0.name] != $0 }
        let changedKeys = Set(changed.map(\.name))
        let hadKeys = Set(old.parts.map(\.key))
        let (hadFolded, folded) = (old.folded, new.folded)
        let parts = new.parts.filter { part in
            changedKeys.contains(part.key) || !hadKeys.contains(part.key)
                || folded[part.key] != hadFolded[part.key]
                || (part.key == NowPage.nothing && before.checkingCount != after.checkingCount)
        }
        message = Message(
            order: new.parts.map(\.key),
            parts: Dictionary(parts.map { ($0.key, $0.html.string) }) { first, _ in first },
            truth: TruthStrip(site: site, t: t, status: after, isLinked: false).html.string,
            map: old.marks == new.marks ? nil : new.map.string,
            said: Self.sentence(changed, site, t),
            now: site.now.iso8601
        )
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return String(decoding: try encoder.encode(message), as: UTF8.self)
        }
    }

    private static func sentence(_ changed: [PublicStatus.Item], _ site: Site, _ t: Words) -> String {
        changed.prefix(3).map { item in
            "\(site.placeName(item.zone, t)): \(TruthMark(item.truth, isOver: item.isOver, t).words)."
        }.joined(separator: " ")
    }
}
