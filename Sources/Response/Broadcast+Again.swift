// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

extension Broadcast {
    /// Gives whom no provider took another try, in the words that two people sent; one person is enough. Only of what
    /// was told last: what came before is not news any more.
    package static func tryAgain(_ id: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws {
        guard caller.can(.draftAlert) || caller.can(.approveAlert) else { throw Refusal.forbidden }
        let broadcast = try find(id, by: caller, in: tx)
        let last = try Telling.all(of: id, in: tx).last { $0.state == .told }?.bulletin
        guard let last, try Bulletin.tryAgain(last, in: tx) > 0 else {
            throw Refusal(.conflict, "broadcast.nobody_again|There is nobody left to try again, or its time is over.")
        }
        try record("tried_again", broadcast, by: caller, in: tx)
    }
}
