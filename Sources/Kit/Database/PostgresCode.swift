// SPDX-License-Identifier: AGPL-3.0-or-later

/// What PostgreSQL's five letters for an error (SQLSTATE, appendix A of its manual) mean to whoever asked.
struct PostgresCode {
    /// Empty where the connection ended without a word.
    let text: String

    private var family: Substring { text.prefix(2) }

    /// It is a state of the server, not a fault of the statement: nothing was kept, and the same may work later.
    private var isPassing: Bool {
        switch family {
        // A connection that broke; resources (disk full, memory, too many connections); an operator (shutting down,
        // starting up, a statement that took too long); the system (a disk's error).
        case "08", "53", "57", "58": true
        default:
            switch text {
            // No word at all; a lock that was not given; something in use.
            case "", "55P03", "55006": true
            // Ended by the server's clock: a transaction that was idle or too long.
            case "25P03", "25P04": true
            default: isOfConnection
            }
        }
    }

    /// It comes again on this connection whatever becomes of the server, and not on a fresh one. Read-only: what a
    /// session may do was settled when it began, and a demoted primary may have a successor at the same address. A
    /// prepared statement that is gone or stands already: somebody between us and the server swapped sessions. A plan
    /// that fits no more: another release changed a table.
    var isOfConnection: Bool { ["25006", "26000", "42P05", "0A000"].contains(text) }

    func failure(_ words: String) -> DatabaseFailure {
        switch text {
        case "23505": .unique(words)
        case "23514": .check(words)
        case "23502": .null(words)
        case "23503": .foreignKey(words)
        case "40001", "40P01": .serialization
        default: isPassing ? .unavailable(words) : .other(words)
        }
    }
}
