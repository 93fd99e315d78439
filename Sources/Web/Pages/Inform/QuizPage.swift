// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit
import Vault

/// The questions; after a try, why beside those to look at again, and what was chosen kept.
struct QuizPage {
    let course: Course
    let rights: Rights
    let answers: [String: Int]
    let score: Score?
    let t: Words

    var body: HTML {
        """
        <header class="guide-head"><p><a class="back" href="/training/\(course.id)">\(Parts.icon("back", class: "turns"))\
        <span\(course.name.mark(t))>\(course.name(t.language))</span></a></p><h1>\(t("training.quiz|Take the quiz"))</h1>\
        <p>\(t("training.quiz_words|Take your time. Try as often as you want. We keep no score."))</p></header>\(again)\
        <form method="post" action="/training/\(course.id)/quiz" class="stack">\(course.questions(rights).map(question))\
        <button class="first">\(t("training.done|Check my answers"))</button></form>
        """
    }

    private var again: HTML {
        guard let score else { return .empty }
        let words =
            score.unsafe.isEmpty
            ? t("training.almost|Almost there. Look at the marked ones and try again.")
            : t(
                "training.safety|Some of these keep people safe, so all of those must be right. Look at the marked ones."
            )
        return """
            <div class="errors" role="alert" tabindex="-1" aria-labelledby="errors-h"><h2 id="errors-h">\(words)</h2>\
            <p>\(t("training.right_of|{right} of {n} right|{right} of {n} right", n: score.asked, ["right": String(score.right)]))</p></div>
            """
    }

    private func question(_ question: Course.Question) -> HTML {
        let isWrong = score?.wrong.contains(question.id) == true
        let rows: [HTML] = question.answers.enumerated().map { index, answer in
            """
            <label class="choice slim"><input type="radio" name="q-\(question.id)" value="\(index)"\
            \(answers[question.id] == index ? " checked" as HTML : .empty)> <span\(answer.words.mark(t))>\(answer.words(t.language))</span></label>
            """
        }
        let why: HTML =
            isWrong
            ? """
            <p class="error" id="why-\(question.id)">\(Parts.icon("alert"))<span\(question.why.mark(t))>\(question.why(t.language))</span></p>
            """ : .empty
        let described: HTML = isWrong ? " aria-describedby=\"why-\(question.id)\"" : .empty
        return """
            <fieldset class="choices"\(described) data-safety="\(question.safety ? "yes" : "no")"><legend\(question.question.mark(t))>\
            \(question.question(t.language))</legend>\(why)\(rows)</fieldset>
            """
    }
}

/// Passed: which name shall stand on it?
struct PassedPage {
    let course: Course
    let name: String
    let token: String
    let refusal: Refusal?
    let t: Words

    var body: HTML {
        """
        \(Parts.errors(refusal, labels: [("name", "name")], t))<header class="stack close"><h1>\(t("training.passed|You passed"))</h1>\
        <p class="lead"\(course.name.mark(t))>\(course.name(t.language))</p></header>\
        <form method="post" action="/training/\(course.id)/certificate" class="stack">\(Parts.hidden([("pass", token)]))\
        \(Ask(
            name: "name",
            label: t("training.name|The name on your certificate"),
            hint: t("training.name_hint|It can be a name you choose for this. We don’t keep it: it is only on the certificate."),
            value: name,
            limit: 60,
            control: .line(type: "text", attributes: " required autocomplete=\"off\""),
            error: refusal?.fields["name"]
        ).html(t))<button class="first">\(t("training.make|Make my certificate"))</button></form>
        """
    }
}

/// The certificate, to print or to keep as a picture.
struct CertificatePage {
    let site: Site
    let course: Course
    let certificate: Certificate
    let t: Words

    var body: HTML {
        get throws {
            let code = try QRCode.svg(certificate.text, label: t("training.qr|Code to check this certificate"))
            return """
                <article class="certificate stack close"><p class="soft">\(site.pack.coalition.name(t.language))</p>\
                <h1\(course.name.mark(t))>\(course.name(t.language))</h1><p class="title">\(certificate.name)</p>\
                <p>\(t("training.issued|Passed on")) <time datetime="\(certificate.issued)">\(t.date(certificate.issued))</time>. \
                \(t("training.good_until|Good until")) <time datetime="\(certificate.expires)">\(t.date(certificate.expires))</time>.</p>\
                \(code)<p class="wrap"><code>\(certificate.text)</code></p>\
                <p class="soft">\(t("training.number|Number")) \(certificate.serial)</p></article>\
                <div class="stack close no-print"><p><b>\(t("training.keep|Print this page or take a picture now. We can’t show it again."))</b></p>\
                <p>\(t("training.member|Are you a member? Show it under Training, and your coordinator can say yes to the work it is for."))</p>\
                <p class="row"><a class="button" href="/training/check">\(t("training.check|Check a certificate"))</a>\
                <a class="button quiet" href="/training">\(t("training.title|Training"))</a></p></div>
                """
        }
    }
}

/// Is this certificate ours, and does it still hold? By script on this device, also without a connection; or by the server.
struct CheckPage {
    let site: Site
    let text: String
    let found: FoundCertificate?
    let t: Words

    var body: HTML {
        """
        <header class="stack close"><h1>\(t("training.check|Check a certificate"))</h1>\
        <p>\(t("training.check_words|Read the code with a phone, and paste the text here."))</p></header>\(answer)\
        <form method="post" action="/training/check" class="stack" data-certificate\(key)>\
        \(Ask(
            name: "certificate",
            label: t("training.text|The text of the certificate"),
            hint: t("training.text_hint|It begins with VEC1."),
            value: text,
            limit: 500,
            control: .area(rows: 4)
        ).html(t))\
        <p role="status" data-local data-right="\(t("training.local_right|Checked on this device: we signed it, and nothing was changed."))" \
        data-wrong="\(t("training.local_wrong|Checked on this device: this is not right. It was changed, or we did not sign it."))" \
        data-over="\(t("training.local_over|Checked on this device: we signed it, but it has ended."))"></p>\
        <button class="first">\(t("training.ask|Check, and see if it was taken back"))</button></form>\(offline)
        """
    }

    private var signingKey: [UInt8]? { try? site.keys.unlocked?.signingKey }

    private var key: HTML {
        signingKey.map { " data-key=\"\(Base64URL.text($0))\" data-id=\"\(Certificate.keyID(of: $0))\"" } ?? .empty
    }

    private var answer: HTML {
        switch found {
        case nil: .empty
        case .unable:
            "<div class=\"note\" role=\"alert\"><p>\(t("training.unable|We can’t check it right now. Please try again later."))</p></div>"
        case .wrong:
            """
            <div class="errors" role="alert" tabindex="-1" aria-labelledby="errors-h" data-found="wrong"><h2 id="errors-h">\(t("training.wrong|This is not right"))</h2>\
            <p>\(t("training.wrong_words|It was changed, or we did not sign it. Don’t count on it."))</p></div>
            """
        case .right(let certificate, let standing): right(certificate, standing)
        }
    }

    private func right(_ certificate: Certificate, _ standing: CertificateBook.Standing) -> HTML {
        let isOver = certificate.isOver(on: LocalTime(site.now).isoDay)
        let (state, mark): (String, HTML) =
            switch standing {
            case .recalled(let day):
                ("recalled", Parts.state("urgent", "alert", "\(t("training.recalled|Taken back")) \(t.date(day))"))
            case .unknown: ("unknown", Parts.state("urgent", "alert", t("training.unknown|Not in our book")))
            case .good:
                isOver
                    ? ("over", Parts.state("warn", "clock", t("training.over|It has ended")))
                    : ("good", Parts.state("good", "check-circle", t("training.good|It is good")))
            }
        let course = site.pack.courses.course(certificate.course)?.name(t.language) ?? certificate.course
        return """
            <div class="sheet stack tight" role="status" data-found="\(state)"><p>\(mark)</p><p><b>\(course)</b></p><p>\(certificate.name)</p>\
            <p>\(t("training.issued|Passed on")) \(t.date(certificate.issued)). \(t("training.good_until|Good until")) \
            \(t.date(certificate.expires)).</p><p class="soft">\(t("training.number|Number")) \(certificate.serial)</p></div>
            """
    }

    private var offline: HTML {
        guard let key = signingKey else { return .empty }
        let verifier = Checkpoint.Verifier(log: "certificates", signingKey: key)
        return """
            <details class="fold"><summary>\(t("training.offline|Check without a connection"))</summary><div class="stack tight">\
            <p>\(t("training.offline_words|Keep this page open, or save it. It checks by itself, where the browser can. Or use our program with this key:"))</p>\
            <p class="wrap"><code>vecinos verify certificate.txt --key \(verifier.description)</code></p></div></details>
            """
    }
}
