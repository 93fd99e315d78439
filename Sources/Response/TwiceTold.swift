// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Of a broadcast's tellings: where some may have got one twice.
package struct TwiceTold: Sendable {
    package let telling: Telling
    package let run: TwiceRun

    package static func all(of broadcast: Ref<Broadcast>, by caller: Caller, in tx: Transaction) throws -> [TwiceTold] {
        _ = try Broadcast.find(broadcast, by: caller, in: tx)
        let tellings = try Telling.all(of: broadcast, in: tx)
        return try TwiceRun.all(of: tellings.compactMap(\.bulletin), in: tx).compactMap { run in
            tellings.first { $0.bulletin == run.bulletin }.map { TwiceTold(telling: $0, run: run) }
        }
    }
}

extension Telling {
    /// What was told by these bulletins; those of something else are left out.
    package static func named(_ bulletins: [Int64], in tx: Transaction) throws -> [Int64: Telling] {
        guard !bulletins.isEmpty else { return [:] }
        return try tx.all(Telling.self, "SELECT * FROM tellings WHERE bulletin IN \(list: bulletins)")
            .reduce(into: [:]) { all, telling in
                if let number = telling.bulletin { all[number] = telling }
            }
    }
}
