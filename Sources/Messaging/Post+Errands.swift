// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Vault

/// From a row to a finished parcel, just before it is handed over: what was stopped, withdrawn or is too late ends here.
extension Post {
    func errand(_ row: Outbox, in tx: Transaction) throws -> Errand {
        guard row.expiresAt > tx.now else { return .settled(.ended(why: "too late")) }
        if !row.passesOptOut, let index = row.addressIndex, try OptOut.isStopped(row.channel, index, in: tx) {
            return .settled(.ended(why: "stopped"))
        }
        do {
            if let message = row.message, let contact = row.contact {
                return try errand(message, to: contact, key: row.id.text, in: tx)
            }
            guard let unlocked = keys.unlocked else { return .settled(.notTried) }
            guard let content = row.content else { return .settled(.ended(why: "empty")) }
            let json = try unlocked.fields.open(content, table: "outbox", column: "content", id: row.id.text)
            return .hand(try JSONDecoder().decode(Parcel.self, from: Data(json.utf8)), key: row.id.text)
        } catch VaultError.locked {
            return .settled(.notTried)
        } catch is VaultError {
            return .settled(.refused(why: "does not open under this instance's key"))
        }
    }

    /// A message to a member, in their language. Says nothing that is sealed: the page behind the link does.
    private func errand(_ id: Ref<Message>, to contact: Ref<Contact>, key: String, in tx: Transaction) throws -> Errand
    {
        guard let message = try Message.find(id, in: tx), message.expiresAt > tx.now, message.acknowledgedAt == nil,
            message.declinedAt == nil
        else {
            return .settled(.ended(why: "withdrawn"))
        }
        guard let contact = try Contact.find(contact, in: tx), contact.confirmedAt != nil else {
            return .settled(.ended(why: "no contact"))
        }
        let language = try tx.one(String.self, "SELECT language FROM people WHERE id = \(message.person)") ?? "en"
        let t = words.words(language)
        let text = message.words(t)
        let link = try link(for: message, in: tx)
        let lifetime = Int((message.expiresAt - tx.now).inSeconds)
        var parcel = Parcel(
            to: try contact.opened(keys),
            subject: message.isExercise ? "\(Message.exercise(t)): Vecinos" : "Vecinos",
            text: text,
            link: link,
            lifetime: max(60, lifetime),
            isUrgent: message.kind.pool == .now,
            language: language
        )
        if contact.channel == .sms, let link {
            let more = try details(message, t, tx)
            let fuller = more.indices.map { ([text] + more[...$0] + [link]).joined(separator: " ") }
            parcel.text = fuller.reduce("\(text) \(link)", Segments.fuller)
        }
        return .hand(parcel, key: key)
    }

    private func link(for message: Message, in tx: Transaction) throws -> String? {
        guard !address.isEmpty else { return nil }
        switch message.kind {
        case .offer, .checkIn:
            guard let offer = Ref<Message>(message.subject) else { break }
            return "\(address)/go/" + (try SignedLink.token(.offer, offer.bytes, keys: keys))
        case .attorneyPaged, .commTest:
            return "\(address)/answer/" + (try SignedLink.token(.answer, message.id.bytes, keys: keys))
        default: break
        }
        return try address + paths(message, tx)
    }

    func errand(
        _ turn: BulletinRun.Turn,
        of bulletin: Bulletin,
        _ texts: [String: Bulletin.Text],
        _ channel: ChannelKind
    ) -> Errand {
        guard let unlocked = keys.unlocked else { return .settled(.notTried) }
        guard let reader = turn.reader.subscriber else { return .settled(.ended(why: "gone")) }
        guard let words = texts[reader.language] ?? texts["en"] else { return .settled(.refused(why: "no words")) }
        do {
            let to = try Subscriber.open(reader.address, index: reader.addressIndex, unlocked)
            let key = try Bulletin.mark(of: bulletin.number, to: turn.subscriber, unlocked)
            var parcel = Parcel(
                to: to,
                subject: words.subject,
                text: words.short,
                link: words.link,
                lifetime: max(60, Int((bulletin.expiresAt - database.clock.now()).inSeconds)),
                isUrgent: bulletin.isUrgent,
                language: texts[reader.language] == nil ? "en" : reader.language
            )
            parcel.isOneOfMany = true
            switch channel {
            case .email:
                // The link stands in the words already, which are signed as they are.
                parcel.text = try SignedWords.text(words.text, with: unlocked)
                parcel.link = words.link.flatMap { words.text.contains($0) ? nil : $0 }
                if !address.isEmpty {
                    let token = try reader.link(keys).split(separator: "/").last ?? ""
                    parcel.unsubscribe = "\(address)/unsubscribe/\(token)"
                }
            case .webhook: parcel.text = words.text
            case .sms: parcel.link = nil
            case .push, .signal, .whatsapp, .voice: break
            }
            return .hand(parcel, key: key)
        } catch VaultError.locked {
            return .settled(.notTried)
        } catch {
            return .settled(.refused(why: "does not open under this instance's key"))
        }
    }
}

extension Bulletin {
    /// What is said, by language.
    package static func texts(_ number: Int64, in tx: Transaction) throws -> [String: Text] {
        try tx.rows("SELECT * FROM bulletin_texts WHERE bulletin = \(number)").reduce(into: [:]) { found, row in
            found[try row["language"]] = Text(
                subject: try row["subject"],
                text: try row["text"],
                short: try row["short"],
                link: try row["link"]
            )
        }
    }
}
