// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import SwiftCSV
import Vault

/// A list that an organisation brings along. Each line must say when and how that person agreed; a line that doesn't is
/// refused, and so is whoever said stop before.
extension Subscriber {
    /// What came of a list: how many were taken, and why the others were not, by line (the header is line 1).
    package struct Imported: Sendable {
        package var taken = 0
        package var known = 0
        package var refused: [(line: Int, why: Phrase)] = []
    }

    /// One line as it was understood.
    package struct Line: Sendable {
        package let number: Int
        package let wish: Wish
        package let consentDay: String
        package let consentHow: String
    }

    package static let importColumns = "channel,address,language,places,topics,consent_day,consent_how"

    /// Reads the file: `channel,address,language,places,topics,consent_day,consent_how`, places and topics split by `;`.
    /// `languages`: those we write in. Throws a refusal when it is no such file.
    package static func readImport(
        _ text: String,
        at now: Instant,
        languages: Set<String>,
        knows place: (String) -> Bool
    ) throws -> (lines: [Line], Imported) {
        let needed: Phrase = Phrase(
            "import.columns|The first line must be: {columns}",
            ["columns": importColumns]
        )
        guard let table = try? CSV<Named>(string: text, delimiter: .comma, loadColumns: false),
            Set(importColumns.split(separator: ",").map(String.init)).isSubset(of: table.header)
        else { throw Refusal.invalid(["file": needed]) }
        guard table.rows.count <= 50_000 else {
            throw Refusal.invalid(["file": "import.long|Bring at most 50,000 lines at a time."])
        }
        var imported = Imported()
        var lines: [Line] = []
        for (index, row) in table.rows.enumerated() {
            let number = index + 2
            func refuse(_ why: Phrase) { imported.refused.append((number, why)) }
            func cell(_ name: String) -> String { row[name]?.split(separator: " ").joined(separator: " ") ?? "" }
            let consent = (day: cell("consent_day"), how: cell("consent_how"))
            guard let day = LocalTime.parse(field: "\(consent.day)T00:00"), day <= now, consent.how.utf8.count >= 3
            else {
                refuse("import.consent|It does not say when (2026-11-22) and how this person agreed.")
                continue
            }
            guard let channel = ChannelKind(rawValue: cell("channel")), channels.contains(channel),
                let address = channel.normalised(cell("address"))
            else {
                refuse("import.address|The channel or the address is not right.")
                continue
            }
            let places = cell("places").split(separator: ";").map { $0.trimmed }
            guard !places.isEmpty, places.allSatisfy({ $0 == Wish.everywhere || place($0) }) else {
                refuse("import.places|A neighborhood is not known.")
                continue
            }
            let topics = Topics(names: cell("topics").split(separator: ";").map { $0.trimmed })
            guard !topics.isEmpty else {
                refuse("import.topics|It does not say what about.")
                continue
            }
            let language = cell("language").isEmpty ? "en" : cell("language")
            guard languages.contains(language) else {
                refuse("import.language|We do not write in this language.")
                continue
            }
            let wish = Wish(channel: channel, address: address, language: language, places: places, topics: topics)
            lines.append(
                Line(number: number, wish: wish, consentDay: consent.day, consentHow: String(consent.how.prefix(200)))
            )
        }
        return (lines, imported)
    }

    /// Takes lines that were read, some at a time. Recorded: who brought them, when and how each agreed.
    package static func take(
        _ lines: [Line],
        into imported: Imported,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Imported {
        try caller.require(.manageSettings)
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        var imported = imported
        for line in lines {
            let index = try line.wish.channel.index(line.wish.address, unlocked)
            if try OptOut.isStopped(line.wish.channel, index, in: tx) {
                imported.refused.append((line.number, "import.stopped|This person said stop."))
                continue
            }
            if let known = try find(line.wish.channel, index, in: tx), known.isActive {
                imported.known += 1
                continue
            }
            let number = try insert(
                line.wish,
                line.wish.address,
                index,
                code: Code.new(),
                lasts: .minutes(30),
                unlocked,
                in: tx,
                how: "import: \(line.consentHow)",
                recordedBy: caller.person.text,
                day: line.consentDay
            )
            try activate(number, in: tx)
            imported.taken += 1
        }
        try tx.record(
            Event(
                "subscribers.imported",
                subject: caller.organisation.text,
                actor: caller.person.text,
                data: ["count": "\(imported.taken)"]
            )
        )
        return imported
    }
}

extension Substring {
    fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
