// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Keeping {
    /// What a purge leaves behind: the class, how many and after how long; never who or what. Nothing for nothing.
    package func leaveReceipt(_ count: Int, in tx: Transaction) throws {
        guard count > 0 else { return }
        let seconds = try period(in: tx).inMilliseconds / 1_000
        try tx.attest(Event("retention.erased", subject: id, data: ["count": "\(count)", "seconds": "\(seconds)"]))
    }
}
