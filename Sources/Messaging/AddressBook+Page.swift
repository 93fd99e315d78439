// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

extension AddressBook {
    /// Subscribers side by side, as the database has them: those of one span of numbers, in the table's order, or those of
    /// one chunk, in the queue's.
    final class Page: Sendable {
        /// What this can't have seen has this mark or a greater one.
        let mark: Int64
        /// Who stands at each place; empty where the places follow the numbers, from `first` on.
        let numbers: [Int64]
        private let first: Int64
        private let channel: ChannelKind
        private let slots: [Slot]
        /// Address and index of each, as `slots` say.
        private let bytes: [UInt8]
        private let languages: [String]

        /// Sixteen bytes each: a million of them are found all over the memory, and each look there is waited for.
        private struct Slot {
            var start: UInt32
            var address: UInt16 = 0
            var index: UInt8 = 0
            var language: UInt8 = 0
            var topics: UInt16 = 0
            var quietFrom = Slot.noMinute
            var quietTo = Slot.noMinute
            var urgentPasses = false

            static let noMinute = UInt16.max
            /// Nobody is there.
            static let nobody = Slot(start: .max)
            /// Not held here: looked up.
            static let unknown = Slot(start: .max - 1)

            var isHeld: Bool { start < Slot.unknown.start }
            var end: Int { Int(start) + Int(address) + Int(index) }
        }

        /// Reads a span of the table, along its numbers.
        init(span: Int64, _ channel: ChannelKind, _ languages: Languages, in tx: Transaction) throws {
            mark = try AddressBook.mark(in: tx)
            let start = span * AddressBook.span
            (first, numbers, self.channel) = (start, [], channel)
            // Without the nought, SQLite goes along the index of addresses and back to each row.
            let rows = try tx.packed(
                """
                SELECT number, topics, quiet_from, quiet_to, urgent_passes, language, address, address_index FROM subscribers
                WHERE number >= \(start) AND number < \(start + AddressBook.span) AND channel + 0 = \(channel.turn)
                    AND state = 'active'
                """
            )
            var slots = [Slot](repeating: .nobody, count: Int(AddressBook.span))
            // Most speak as the one before them or as the one before that.
            var (from, known) = (0, [(name: UInt64, number: UInt8)]())
            rows.forEach { row in
                let at = row.startIndex
                let place = Int(row[at] - start)
                let (spoken, address, index) = (Int(row[at + 5]), Int(row[at + 6]), Int(row[at + 7]))
                let letters = from..<spoken
                from = index
                var name = UInt64(letters.count)
                for at in letters { name = name << 8 | UInt64(rows.bytes[at]) }
                var language = letters.count < 8 ? known.first { $0.name == name }?.number : nil
                if language == nil {
                    language = languages.number(String(decoding: rows.bytes[letters], as: UTF8.self))
                    if let language, letters.count < 8 { known.append((name, language)) }
                }
                guard let language, address - spoken <= 0xFFFF, index - address <= 0xFF, index < Int(Slot.unknown.start)
                else {
                    slots[place] = .unknown
                    return
                }
                slots[place] = Slot(
                    start: UInt32(spoken),
                    address: UInt16(address - spoken),
                    index: UInt8(index - address),
                    language: language,
                    topics: UInt16(truncatingIfNeeded: row[at + 1]),
                    quietFrom: Self.minute(row[at + 2]),
                    quietTo: Self.minute(row[at + 3]),
                    urgentPasses: row[at + 4] == 1
                )
            }
            (self.slots, bytes, self.languages) = (slots, rows.bytes, languages.names)
        }

        /// Copies a chunk's subscribers from pages of the table, by span.
        init(_ numbers: [Int64], from pages: [Int64: Page], _ channel: ChannelKind, _ languages: Languages) {
            (first, self.numbers, self.channel, self.languages) = (0, numbers, channel, languages.names)
            mark = pages.values.map(\.mark).min() ?? 0
            var slots: [Slot] = []
            slots.reserveCapacity(numbers.count)
            var runs: [(page: Page, places: Range<Int>)] = []
            // First all slots, then all bytes: what the memory is asked for in a row it fetches side by side.
            var at = 0
            while at < numbers.count {
                let span = numbers[at] / AddressBook.span
                let run = at..<(numbers[at...].firstIndex { $0 / AddressBook.span != span } ?? numbers.count)
                at = run.upperBound
                guard let page = pages[span] else {
                    slots += repeatElement(.unknown, count: run.count)
                    continue
                }
                for number in numbers[run] { slots.append(page.slots[Int(number % AddressBook.span)]) }
                runs.append((page, run))
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(slots.reduce(0) { $1.isHeld ? $0 + $1.end - Int($1.start) : $0 })
            for (page, run) in runs {
                page.bytes.withUnsafeBufferPointer { theirs in
                    for place in run where slots[place].isHeld {
                        let part = Int(slots[place].start)..<slots[place].end
                        slots[place].start = UInt32(bytes.count)
                        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: theirs[part]))
                    }
                }
            }
            (self.slots, self.bytes) = (slots, bytes)
        }

        private static func minute(_ number: Int64) -> UInt16 {
            number == Packed.null ? Slot.noMinute : UInt16(truncatingIfNeeded: number)
        }

        func number(_ place: Int) -> Int64 { numbers.isEmpty ? first + Int64(place) : numbers[place] }

        /// False where it has to be looked up who is there.
        func knows(_ place: Int) -> Bool { slots[place].start != Slot.unknown.start }

        func has(_ place: Int) -> Bool { slots[place].isHeld }

        func hasQuietHours(_ place: Int) -> Bool { slots[place].quietFrom != Slot.noMinute }

        func subscriber(_ place: Int) -> Subscriber? {
            let slot = slots[place]
            guard slot.isHeld else { return nil }
            let (from, to) = (slot.quietFrom, slot.quietTo)
            let index = Int(slot.start) + Int(slot.address)
            return Subscriber(
                number: number(place),
                channel: channel,
                language: languages[Int(slot.language)],
                topics: Topics(rawValue: Int(slot.topics)),
                quiet: from == Slot.noMinute || to == Slot.noMinute
                    ? nil : QuietHours(from: Int(from), to: Int(to)),
                urgentPasses: slot.urgentPasses,
                address: Array(bytes[Int(slot.start)..<index]),
                addressIndex: Array(bytes[index..<slot.end])
            )
        }
    }

    /// The languages of all pages of a book, numbered as they come.
    final class Languages: Sendable {
        private let known = Mutex<[String]>([])

        var names: [String] { known.withLock { $0 } }

        /// Nil for more than a byte tells.
        func number(_ name: String) -> UInt8? {
            known.withLock { known in
                if let at = known.firstIndex(of: name) { return UInt8(at) }
                guard known.count < 255 else { return nil }
                known.append(name)
                return UInt8(known.count - 1)
            }
        }
    }
}
