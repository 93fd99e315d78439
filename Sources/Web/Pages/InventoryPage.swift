// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Response

/// `/privacy/inventory`: what the database can hold, table by table, and who could read it: the same classes as
/// `vecinos inventory`, without numbers.
struct InventoryPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        let periods = try await site.database.read { tx in
            try Holdings.keepings.reduce(into: [String: Duration]()) { all, one in all[one.id] = try one.period(in: tx)
            }
        }
        return site.page(
            Layout(
                site: site,
                t: t,
                path: "/privacy/inventory",
                title: t("inventory.title|What this server can hold"),
                body: InventoryPage(t: t, periods: periods).body
            )
        )
    }
}

struct InventoryPage {
    let t: Words
    let periods: [String: Duration]

    var body: HTML {
        """
        <div class="stack"><p><a href="/privacy">\(t("privacy.title|What we keep, and for how long"))</a></p>\
        <h1>\(t("inventory.title|What this server can hold"))</h1>\
        <p class="lead">\(t("inventory.lead|This is everything that somebody could take from us, or force us to give. There is nothing else."))</p>\
        <ul>\(Holding.Protection.allCases.map { "<li>\(meaning($0))</li>" as HTML })</ul>\
        <div class="tables"><table><caption class="visually-hidden">\(t("inventory.title|What this server can hold"))</caption><thead><tr>\
        <th scope="col">\(t("settings.what|What"))</th><th scope="col">\(t("inventory.who|Who can read it"))</th>\
        <th scope="col">\(t("inventory.kept|How long"))</th></tr></thead><tbody>\(Holdings.all.map(row))</tbody></table></div></div>
        """
    }

    private func meaning(_ protection: Holding.Protection) -> HTML {
        let words =
            switch protection {
            case .plain: t("inventory.plain_means|Whoever takes the server can read it.")
            case .instanceKey:
                t("inventory.instance_key_means|Whoever takes the server needs a key too, which is kept elsewhere.")
            case .sealed:
                t(
                    "inventory.sealed_means|Only members of the team it was sent to can read it. We who run the server can’t."
                )
            case .owner: t("inventory.owner_means|Only that one person can open it.")
            case .hash: t("inventory.hash_means|Nobody can read it back.")
            }
        return "<strong>\(t(protection.name))</strong>: \(words)"
    }

    private func row(_ holding: Holding) -> HTML {
        let kept =
            switch holding.kept {
            case .by(let keeping): RetentionChange.words(periods[keeping.id] ?? keeping.usual, t)
            case .words(let phrase): t(phrase)
            }
        let found = Set(holding.columns.values)
        let who = Holding.Protection.allCases.filter(found.contains).map { t($0.name) }.joined(separator: "; ")
        return """
            <tr><th scope="row">\(t(holding.what))</th><td data-label="\(t("inventory.who|Who can read it"))">\(who)</td>\
            <td data-label="\(t("inventory.kept|How long"))">\(kept)</td></tr>
            """
    }
}
