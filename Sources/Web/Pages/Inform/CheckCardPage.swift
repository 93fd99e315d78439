// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// Is the text I hold still true? What changed since, in plain words, and how it reads today.
struct CheckCardPage {
    enum Answer {
        case nothing
        case unknown
        case found(PrintBatch)
    }

    let site: Site
    let rights: Rights
    let typed: String
    let answer: Answer
    let t: Words

    var body: HTML {
        """
        \(Parts.errors(ask.error.map { .invalid(["code": $0]) }, labels: [("code", "code")], t))\
        <h1>\(t("print.check_title|Check a code"))</h1>\
        <p class="lead">\(t("print.check_lead|Is your card or paper still true? Type the code that is on it."))</p>\
        \(verdict)<form class="stack close" method="get" action="/check-card">\(ask.html(t))\
        <p><button class="first">\(Parts.icon("check-lens"))\(t("print.check|Check"))</button></p></form>\
        <p><a href="/print">\(t("print.new|Print a new one"))</a></p>
        """
    }

    private var ask: Ask {
        var ask = Ask(name: "code", label: t("print.code|Code"))
        ask.hint = t("print.code_hint|Eight letters and numbers, like 1A2B-3C4D.")
        ask.value = typed
        ask.limit = 40
        if case .unknown = answer {
            ask.error =
                "print.unknown|We don’t know this code. Look at it again. If it is right, don’t count on that text."
        }
        return ask
    }

    private var verdict: HTML {
        guard case .found(let batch) = answer else { return .empty }
        let code = PrintSheet.spoken(batch.key.edition)
        let changes = batch.changes(rights)
        let (tone, icon, words, what): (String, String, String, String) =
            switch batch.verdict(rights) {
            case .current:
                (
                    "good", "check-circle", t("print.current|This text is up to date."),
                    t("print.current_words|Nothing in it has changed. You can use it.")
                )
            case .old:
                (
                    "warn", "clock", t("print.is_old|This text is old."),
                    t("print.old_words|Something in it has changed. Get a new one.")
                )
            case .recalled:
                (
                    "urgent", "alert", t("print.is_recalled|Do not use this text."),
                    t("print.recalled_words|We took back something in it. Throw it away and get a new one.")
                )
            }
        let rows: [HTML] = changes.map { name, change in
            """
            <li><p><b>\(say(change))</b></p>\
            \(rights.entry(name).map { FactBlock(rights: rights, entry: $0, t: t, size: .line).html } ?? FactBlock.recalled(name, on: nil, t))</li>
            """
        }
        let list: HTML =
            changes.isEmpty
            ? .empty
            : "<h2>\(t("print.what_changed|What changed"))</h2><ul class=\"open-points\">\(rows)</ul>"
        return """
            <section class="sheet stack close" role="status" data-verdict="\(batch.verdict(rights).rawValue)"><h2>\(Parts.state(tone, icon, words))</h2>\
            <p>\(what)</p><p class="soft">\(t("print.made|Code {code}, made on {date}.", ["code": code, "date": t.date(LocalTime(batch.madeAt).isoDay)]))</p>\
            \(list)\(today(batch))</section>
            """
    }

    private func say(_ change: PrintBatch.Change) -> String {
        switch change {
        case .recalled: t("print.change_recalled|This was taken back:")
        case .words: t("print.change_words|This now says:")
        case .standing: t("print.change_standing|This now stands otherwise:")
        }
    }

    /// The same piece as it would be printed now.
    private func today(_ batch: PrintBatch) -> HTML {
        guard let kind = PrintPiece.Kind(rawValue: batch.key.piece), kind != .large,
            let piece = site.pack.prints.piece(kind)
        else {
            return
                "<p><a class=\"button\" href=\"/rights\">\(Parts.icon("book"))\(t("rights.title|Know your rights"))</a></p>"
        }
        let text = PrintText(piece, rights, t.language)
        return """
            <h2>\(t("print.today|How it reads today"))</h2>\
            \(PrintPreview(text: text, imprint: site.imprint(t.language), t: t).html)
            """
    }
}

/// For members: every edition that was printed or saved, and which hold something that was taken back.
struct BatchesPage {
    let rights: Rights
    let batches: [PrintBatch]
    let now: Instant
    let t: Words

    var body: HTML {
        """
        <p><a class="back" href="/facts">\(Parts.icon("back", class: "turns"))\(t("place.facts|Facts"))</a></p>\
        <h1>\(t("print.batches|Printed texts"))</h1>\
        <p>\(t("print.batches_words|We count how often each was taken. We don’t know by whom. A saved phone asks us for news when it has signal."))</p>\
        \(batches.isEmpty ? "<p>\(t("print.none|Nothing was printed yet. What neighbors print appears here."))</p>" : table)
        """
    }

    private var table: HTML {
        """
        <div class="tables"><table><thead><tr><th scope="col">\(t("print.code|Code"))</th><th scope="col">\(t("print.piece|What"))</th>\
        <th scope="col">\(t("print.language|Language"))</th><th scope="col">\(t("print.made_on|Made"))</th>\
        <th scope="col">\(t("print.taken|Taken"))</th><th scope="col">\(t("print.verdict|Today"))</th></tr></thead>\
        <tbody>\(batches.map(row))</tbody></table></div>
        """
    }

    private func row(_ batch: PrintBatch) -> HTML {
        let verdict = batch.verdict(rights)
        let state =
            switch verdict {
            case .current: Parts.state("good", "check-circle", t("print.up_to_date|Up to date"))
            case .old: Parts.state("warn", "clock", t("print.old_short|Old"))
            case .recalled: Parts.state("urgent", "alert", t("rights.recalled|Taken back"))
            }
        let facts: [HTML] = batch.changes(rights).map { name, _ in " <a href=\"/facts/\(name)\">\(name)</a>" }
        let piece = PrintPiece.Kind(rawValue: batch.key.piece).map { t($0.name) } ?? t("print.pages|Saved guides")
        return """
            <tr data-verdict="\(verdict.rawValue)"><th scope="row"><code>\(PrintSheet.spoken(batch.key.edition))</code></th>\
            <td data-label="\(t("print.piece|What"))">\(piece)</td>\
            <td data-label="\(t("print.language|Language"))">\(batch.key.language)</td>\
            <td data-label="\(t("print.made_on|Made"))">\(Parts.time(batch.madeAt, now: now, t))</td>\
            <td data-label="\(t("print.taken|Taken"))">\(batch.downloads)</td>\
            <td data-label="\(t("print.verdict|Today"))">\(state)\(facts)</td></tr>
            """
    }
}
