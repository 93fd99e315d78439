// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import Messaging
import Response

/// Texts that come in: keywords are answered from what is public, a report is taken in a few texts. What is neither "stop"
/// nor "start" comes here, in the transaction that marks it as read.
struct TextDesk: Sendable {
    let site: Site

    func receive(_ inbound: InboundText) async throws {
        // Read before: nothing is waited for inside a transaction.
        let answers = TextAnswers(
            site: site,
            status: try await site.status.current().value,
            rights: try await site.rights.current(),
            channel: inbound.channel
        )
        let isTired = !site.throttle.allowsAnswer(to: inbound.from)
        try await site.post.receive(inbound) { inbound, tx in
            try read(inbound, answers, isTired: isTired, in: tx)
        }
    }

    /// What a report by text becomes when it is all said.
    var reporting: TextReporting {
        let throttle = site.throttle
        return TextReporting(intake: site.intake, library: site.library, address: site.post.address) { number in
            throttle.sender(number)
        }
    }

    /// Without any key, for a provider that takes the answer with its call: what is public, and no report.
    func lockedAnswer(_ text: String) async throws -> String? {
        let answers = TextAnswers(
            site: site,
            status: try await site.status.current().value,
            rights: try await site.rights.current(),
            channel: .sms
        )
        guard let keyword = TextKeyword(text), answers.isPlain(keyword) else { return nil }
        let t = site.library.words(keyword.language ?? "en")
        return switch keyword.kind {
        case .now, .rights, .help: answers.answer(keyword, t)
        case .report: answers.locked(t)
        }
    }

    private func read(_ inbound: InboundText, _ answers: TextAnswers, isTired: Bool, in tx: Transaction) throws {
        let open = try Conversation.open(with: inbound, keys: site.keys, in: tx)
        let said = TextKeyword(inbound.text)
        // "Help, they took my brother" is no wish for the menu.
        let keyword = said.flatMap { answers.isPlain($0) ? $0 : nil }
        let language =
            try said?.language ?? open?.language ?? inbound.chosenLanguage(site.keys, in: tx)
            ?? (keyword == nil ? TextKeyword.glance(inbound.text) : "en")
        var report = try open?.opened(TextReport.self, keys: site.keys)
        if keyword == nil, let late = try latePicture(inbound, report, in: tx) {
            let turn = TextTurn(
                site: site,
                inbound: inbound,
                t: site.library.words(late.language),
                answers: answers,
                isTired: isTired,
                known: nil
            )
            return try late.goes(turn, in: tx)
        }
        let heard = try note(inbound, keyword, report, language, in: tx)
        let turn = TextTurn(
            site: site,
            inbound: inbound,
            t: site.library.words(language),
            answers: answers,
            isTired: isTired,
            known: heard.flatMap { $0.getsStatus ? answers.known(near: $0.zone, site.library.words(language)) : nil }
                ?? (keyword == nil ? said.flatMap { answers.known($0, site.library.words(language)) } : nil)
        )
        switch keyword?.kind {
        case .report:
            var begun = TextReport.begin(keyword?.rest ?? "")
            if !inbound.pictures.isEmpty { begun.report.notePicture() }
            try turn.go(begun.report, begun.next, in: tx)
        // "When did you see it?" – "Now."
        case .now where report?.step == .more && keyword?.rest.isEmpty != false:
            try turn.hear(&report, in: tx)
        case .now, .rights, .help:
            guard let keyword else { return }
            try turn.say(answers.answer(keyword, turn.t), in: tx)
        case nil:
            try turn.hear(&report, in: tx)
        }
    }
}

extension TextDesk {
    /// For the console: what a machine can't answer by itself waits there for a person.
    private func note(
        _ inbound: InboundText,
        _ keyword: TextKeyword?,
        _ report: TextReport?,
        _ language: String,
        in tx: Transaction
    ) throws -> Inquiry.Heard? {
        switch keyword?.kind {
        case .now?, .rights?, .help?: return nil
        case .report?, nil: break
        }
        let isPicture = !inbound.pictures.isEmpty && Folded(inbound.text, limit: 1).words.isEmpty
        return try Inquiry.hear(
            isPicture ? site.library.words(language)("inquiry.picture|A picture, without words.") : inbound.text,
            by: inbound.channel,
            from: inbound.from,
            language: language,
            isReporting: keyword?.kind == .report
                || report.map { $0.step != .offered || TextAnswers.isYes(inbound.text) } ?? false,
            places: site.places,
            keys: site.keys,
            in: tx
        )
    }
}

extension TextAnswers {
    /// What is known about a place, and the way to tell what is new: said first to whoever writes in a flood.
    func known(near zone: String?, _ t: Words) -> String {
        let place = zone.flatMap(site.places.place).map { " \($0.name(in: "en"))" } ?? ""
        return TextKeyword("NOW\(place)").map { asked($0, t) } ?? ""
    }

    /// For words that begin like a question for what is public and may be a report: the answer, and the way to tell. Nil
    /// for what begins with "help": they are asked at once.
    func known(_ keyword: TextKeyword, _ t: Words) -> String? {
        switch keyword.kind {
        case .now, .rights: asked(keyword, t)
        case .help, .report: nil
        }
    }

    private func asked(_ keyword: TextKeyword, _ t: Words) -> String {
        answer(keyword, t) + "\n" + t("text.flood|Do you see something new? Send YES, or write it.")
    }

    /// Nothing but a keyword and what it takes along: everything else a person reads.
    func isPlain(_ keyword: TextKeyword) -> Bool {
        switch keyword.kind {
        case .report: true
        case .help: keyword.rest.isEmpty
        case .now: keyword.rest.isEmpty || isPlace(keyword.rest)
        case .rights: keyword.rest.isEmpty || isSituation(keyword.rest)
        }
    }
}

/// One text, and what is answered to it.
struct TextTurn {
    let site: Site
    let inbound: InboundText
    let t: Words
    let answers: TextAnswers
    let isTired: Bool
    /// In a flood: what is known, which comes before everything else.
    let known: String?

    func hear(_ report: inout TextReport?, in tx: Transaction) throws {
        let hasPicture = !inbound.pictures.isEmpty
        guard var heard = report else {
            guard hasPicture || !TextReport.isCourtesy(inbound.text) else { return }
            // Words out of nowhere: a neighbor in need, or a machine. They are told once what they can send.
            var offered = TextReport.offered(inbound.text)
            if hasPicture { offered.notePicture() }
            try keep(offered, in: tx)
            return try say(known ?? (hasPicture ? got + answers.unasked(t) : answers.unasked(t)), in: tx)
        }
        if hasPicture, Folded(inbound.text, limit: 1).words.isEmpty {
            let next = heard.see(in: site.places)
            report = heard
            return try go(heard, next, after: got, in: tx)
        }
        if hasPicture { heard.notePicture() }
        if let accepted = heard.accepted, TextAnswers.isYes(inbound.text) { return try go(accepted, .send, in: tx) }
        let next = heard.hear(inbound.text, at: tx.now, in: site.places)
        report = heard
        try go(heard, next, in: tx)
    }

    /// What they sent that is no text.
    var got: String { t("text.picture|We have your picture.") + " " }

    func go(_ report: TextReport, _ next: TextReport.Next, after words: String = "", in tx: Transaction) throws {
        switch next {
        case .ask(let question):
            try keep(report, in: tx)
            try say(words + answers.question(question, t), in: tx)
        case .wait: try keep(report, in: tx)
        case .send:
            try TextReporting.finish(report, language: t.language.code, from: inbound, keys: site.keys, in: tx)
        }
    }

    func say(_ text: String, in tx: Transaction) throws {
        guard !isTired else { return }
        try inbound.reply(text, keys: site.keys, in: tx)
    }

    private func keep(_ report: TextReport, in tx: Transaction) throws {
        try Conversation.keep(report, language: t.language.code, with: inbound, keys: site.keys, in: tx)
    }
}

extension Site {
    /// What the worker does with the jobs that stand behind texts and calls.
    package func register(with worker: Worker) {
        TextDesk(site: self).reporting.register(with: worker)
        CallReporting(intake: intake, outside: post.outside).register(with: worker)
        PictureReporting(intake: intake, outside: post.outside, look: MediaChild.look).register(with: worker)
        HookNews(database: database, keys: keys, places: places, address: post.address).register(with: worker)
    }
}
