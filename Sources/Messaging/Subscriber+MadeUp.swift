// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Subscribers that nobody is, for measuring: sealed, found and stored as real ones are.
extension Subscriber {
    /// Stands where a real one says how they agreed.
    package static let madeUp = "made up for measuring"

    /// One for each number, for text messages: country code 999 belongs to nobody. Two in three care for one of `places`,
    /// chosen so that the first have most, the others for two; one in ten for everything. English and Spanish by turns.
    package static func makeUp(_ numbers: Range<Int>, places: [String], keys: InstanceKeys, in tx: Transaction) throws {
        guard let unlocked = keys.unlocked, !places.isEmpty else { throw Refusal.messagesWait }
        for number in numbers {
            let digits = String(number)
            let address = "+999" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
            let index = try ChannelKind.sms.index(address, unlocked)
            let sealed = try unlocked.fields.seal(
                address,
                table: "subscribers",
                column: "address",
                id: Fingerprint.hex(index)
            )
            let made = try tx.one(
                Int64.self,
                """
                INSERT INTO subscribers (channel, address, address_index, language, topics, urgent_passes, state,
                    consent_how, consent_version, consent_day)
                VALUES (\(ChannelKind.sms.turn), \(sealed), \(index), \(number % 2 == 0 ? "es" : "en"),
                    \(Topics.alerts.rawValue), 1, 'active', \(madeUp), \(consentVersion), '2026-11-29') RETURNING number
                """
            )
            guard let made else { throw Refusal.storage }
            var cares: Set<String> = [places[place(number, of: places.count)]]
            if number % 3 == 0 { cares.insert(places[place(number &* 31 &+ 7, of: places.count)]) }
            if number % 10 == 0 { cares.insert(Wish.everywhere) }
            for place in cares.sorted() {
                try tx.run("INSERT INTO subscriber_places (subscriber, place) VALUES (\(made), \(place))")
            }
        }
    }

    /// The square of an even spread: the first quarter of the places has half of the people.
    private static func place(_ number: Int, of count: Int) -> Int {
        let even = number &* 7_919 % 10_007
        return min(count - 1, max(0, even * even / 10_007 * count / 10_007))
    }
}
