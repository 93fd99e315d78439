// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// What waits for a second person, and what was decided.
struct ProposalsPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let open: [ProposalDetail]
    let decided: [ProposalDetail]
    let form: Form
    let refusal: Refusal?

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: [("reason", "reason"), ("passphrase", "confirm-passphrase"), ("code", "confirm-code")], back: ProposalsPages.path, t))\
        \(caller.can(.seePeople) ? "<p><a href=\"/people\">\(t("people.back|Back to people"))</a></p>" : .empty as HTML)\
        <h1>\(t("proposals.title|Decisions"))</h1>\
        <p class="lead">\(t("proposals.lead|What could harm people takes two. One asks, another agrees. Everyone it concerns is told."))</p>\
        <section class="stack close"><h2>\(t("proposals.open|Waiting for a second person"))</h2>\(waiting)</section>\
        \(export)<section class="stack close"><h2>\(t("proposals.decided|Decided"))</h2>\(done)</section></div>
        """
    }

    private var waiting: HTML {
        guard !open.isEmpty else {
            return """
                <div class="empty">\(Parts.icon("check-circle"))<p>\
                \(t("proposals.none|Nothing waits. What needs a second person shows up here."))</p></div>
                """
        }
        return "<ul class=\"waiting\">\(open.map(line))</ul>"
    }

    private var done: HTML {
        decided.isEmpty
            ? "<p class=\"hint\">\(t("proposals.none_decided|Nothing was decided yet."))</p>"
            : "<ul class=\"waiting\">\(decided.map(line))</ul>"
    }

    private func line(_ detail: ProposalDetail) -> HTML {
        let proposal = detail.proposal
        let asker = detail.handles[proposal.askedBy] ?? ""
        return """
            <li><div class="stack tight"><strong>\(t(proposal.kind.name))</strong>\
            <span>\(detail.sentences.first ?? "")</span>\
            <span class="meta">\(ProposalMark(proposal, now: site.now, t).html)\
            <span>\(t("timeline.by|By {name}.", ["name": asker]))</span>\(Parts.time(proposal.askedAt, now: site.now, t))</span></div>\
            <span class="push"><a class="button small\(detail.mayApprove ? " first" : "")" href="\(ProposalsPages.path)/\(proposal.id)">\
            \(detail.mayApprove ? t("proposals.decide|Decide") : t("proposals.look|Look"))\
            <span class="visually-hidden"> \(t(proposal.kind.name))</span></a></span></li>
            """
    }

    private var export: HTML {
        guard caller.can(.export) else { return .empty }
        let errors = refusal?.fields ?? [:]
        let options = BulkExport.What.allCases.map { (value: $0.rawValue, label: t($0.name)) }
        return """
            <details class="fold"\(refusal == nil ? .empty : " open" as HTML)><summary>\(t("proposals.export|Take data out"))</summary>\
            <form class="sheet stack close" method="post" action="\(ProposalsPages.path)/exports">\(Parts.hidden([("_token", token)]))\
            \(Ask(name: "what", label: t("proposals.export_what|What"), value: form["what"], control: .choice(options: options)).html(t))\
            \(AskFields(site: site, t: t, caller: caller, reason: form["reason"], errors: errors).html)\
            <div class="turn"><button class="first">\(t("proposals.ask|Ask for it"))</button></div></form></details>
            """
    }
}

/// Shown after something was asked that waits.
struct SecondPersonNote {
    let t: Words

    var html: HTML {
        Parts.note(
            "warn",
            "people",
            t("proposals.needs_second|This waits for a second person. They were told."),
            "<p><a href=\"\(ProposalsPages.path)\">\(t("proposals.back|All decisions"))</a></p>"
        )
    }
}

/// How a proposal stands: a word and a picture.
struct ProposalMark {
    let html: HTML

    init(_ proposal: Proposal, now: Instant, _ t: Words) {
        let state = proposal.state(at: now)
        let words =
            state == .alone && proposal.kind.takesOne
            ? t("proposal.one_enough|Done. One person is enough to take access away.") : t(state.name)
        html =
            switch state {
            case .open: Parts.state("warn", "clock", words)
            case .approved: Parts.state("good", "check", words)
            case .alone: Parts.state(proposal.kind.takesOne ? "good" : "warn", "check", words)
            case .declined, .withdrawn, .expired: Parts.state("plum", "cross", words)
            }
    }
}

/// The end of every form that asks for what takes two: why, and the passphrase.
struct AskFields {
    let site: Site
    let t: Words
    let caller: Caller
    var reason = ""
    var errors: [String: Phrase] = [:]
    /// Keeps the identifiers of several such forms on one page apart.
    var form = "confirm"
    var needsReason = false

    var html: HTML {
        let why = Ask(
            name: "reason",
            id: form == "confirm" ? "reason" : "\(form)-reason",
            label: t("proposals.why|Why"),
            hint: t("proposals.why_hint|Only those who could agree can read it."),
            value: reason,
            limit: 500,
            isOptional: !needsReason,
            error: errors["reason"]
        )
        return "\(why.html(t))\(ConfirmFields(site: site, t: t, caller: caller, errors: errors, form: form).html)"
    }
}

/// One proposal: what will happen, to whom, who asked and why; then yes, no, or taking it back.
struct ProposalPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let detail: ProposalDetail
    let refusal: Refusal?

    private var proposal: Proposal { detail.proposal }
    private var path: String { "\(ProposalsPages.path)/\(proposal.id)" }
    private func handle(_ person: Ref<Person>) -> String { detail.handles[person] ?? "" }

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: [("passphrase", "confirm-passphrase"), ("code", "confirm-code")], back: path, t))\
        <p><a href="\(ProposalsPages.path)">\(t("proposals.back|All decisions"))</a></p><h1>\(t(proposal.kind.name))</h1>\
        <p>\(ProposalMark(proposal, now: site.now, t).html)</p>\
        <section class="sheet stack close"><h2>\(isDone ? t("proposals.did|What was done") : t("proposals.will|What will happen"))</h2>\
        <ul>\(detail.sentences.map { "<li>\($0)</li>" as HTML })</ul>\(facts)</section>\(steps)</div>
        """
    }

    private var isDone: Bool { [.approved, .alone].contains(proposal.state(at: site.now)) }

    private var facts: HTML {
        var rows: [(String, HTML)] = [
            (
                t("proposals.asked_by|Asked by"),
                "\(handle(proposal.askedBy)) \(Parts.time(proposal.askedAt, now: site.now, t))"
            )
        ]
        if proposal.hasReason {
            rows.append(
                (
                    t("proposals.why|Why"),
                    detail.reason.map { "\($0)" as HTML }
                        ?? Parts.state(
                            "plum",
                            "lock",
                            t("proposals.sealed|Sealed. Unlock to read it, if it was written for you.")
                        )
                )
            )
        }
        if let decided = proposal.decidedAt, let by = proposal.decidedBy {
            rows.append(
                (t("proposals.decided_by|Decided by"), "\(handle(by)) \(Parts.time(decided, now: site.now, t))")
            )
        }
        if proposal.state(at: site.now) == .open {
            rows.append((t("proposals.until|Until"), "\(t.moment(proposal.expiresAt))"))
            rows.append(
                (t("proposals.who|Who can agree"), "\(detail.approvers.joined(separator: ", "))")
            )
        }
        return "<dl class=\"review\">\(rows.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML })</dl>"
    }

    private var steps: HTML {
        if detail.mayApprove { return decision }
        if detail.mayWithdraw {
            return """
                <section class="stack close"><p>\(t("proposals.wait|Another person must agree. They were told."))</p>\
                \(Parts.button("\(path)/withdrawal", "\(t("proposals.withdraw|Take it back"))", token: token))</section>
                """
        }
        if isDone, proposal.kind == .export, proposal.askedBy == caller.person {
            return Parts.button(
                "\(path)/file",
                "\(t("proposals.download|Download it, once"))",
                token: token,
                class: "first"
            )
        }
        return .empty
    }

    private var decision: HTML {
        """
        <form class="sheet stack close" method="post" action="\(path)/approval"><h2>\(t("proposals.your_decision|Your decision"))</h2>\
        \(Parts.hidden([("_token", token)]))\
        <p>\(t("proposals.ask_first|Not sure? Ask the person who asked, by voice, before you agree."))</p>\
        \(ConfirmFields(site: site, t: t, caller: caller, errors: refusal?.fields ?? [:]).html)\
        <div class="turn"><button class="first">\(t("proposals.agree|I agree. Do it."))</button></div></form>\
        \(Parts.button("\(path)/refusal", "\(t("proposals.decline|No, don’t do it"))", token: token))
        """
    }
}
