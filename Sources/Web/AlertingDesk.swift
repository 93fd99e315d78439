// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Synchronization

/// Whether messages can go out now: the foot of every page leads to `/subscribe` only then. Read again whenever a
/// provider changes; the pages that are kept are written anew.
final class AlertingDesk: Sendable {
    private let isOpen: Mutex<Bool>

    init(_ channels: Set<ChannelKind>, pages: PageCache, database: Database) {
        isOpen = Mutex(Self.canSend(channels))
        database.feed.subscribe { [weak self] events in
            guard events.contains(where: { $0.kind == "provider.changed" }) else { return }
            Task {
                guard let self, let channels = try? await database.read({ tx in try Provider.open(in: tx) }) else {
                    return
                }
                let isOpen = Self.canSend(channels)
                let wasOpen = self.isOpen.withLock { kept in
                    defer { kept = isOpen }
                    return kept
                }
                if isOpen != wasOpen { pages.forget() }
            }
        }
    }

    var canSend: Bool { isOpen.withLock(\.self) }

    private static func canSend(_ channels: Set<ChannelKind>) -> Bool {
        !channels.isDisjoint(with: Subscriber.channels + [.push])
    }
}
