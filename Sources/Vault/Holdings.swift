// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What this area's tables hold: see `Holding`.
extension VaultMigrations {
    private static let asLog: Holding.Kept = .words("holding.as_log|As long as the log: it can’t be edited")

    package static let holdings: [Holding] = [
        Holding(
            "shred_due",
            "holding.shred_due|Keys that are about to be destroyed",
            day: "at",
            kept: .words("holding.seconds|Seconds"),
            plain: "slot at"
        ),
        Holding(
            "shred_blocks",
            "holding.shred_blocks|Keys that are destroyed with their record: without the record they open nothing",
            kept: .words("holding.with_record|As long as its record"),
            plain: "block version keys"
        ),
        Holding(
            "log_leaves",
            "holding.log_leaves|The record that can’t be edited: fingerprints, and what happened in references",
            kept: asLog,
            plain: "log position leaf subject",
            hash: "hash"
        ),
        Holding(
            "log_heads",
            "holding.log_heads|The state of that record",
            kept: asLog,
            plain: "log size",
            hash: "hashes"
        ),
        Holding(
            "log_checkpoints",
            "holding.log_checkpoints|Signed states of that record",
            day: "at",
            kept: asLog,
            plain: "log size note at",
            hash: "root"
        ),
    ]
}
