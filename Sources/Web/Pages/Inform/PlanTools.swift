// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// What the script of the plan works with: where it says how things are, the lock, the file, messages, and erasing. All
/// of it needs the script, and none of it is a form.
struct PlanTools {
    let plan: Plan
    let t: Words

    /// What the script says, as data attributes: a policy without inline scripts leaves no other place.
    var words: HTML {
        let said: [(String, String)] = [
            ("fresh", t("plan.fresh|Not kept yet. If you close this page, it is gone.")),
            ("empty", t("plan.empty|Nothing is kept on this device.")),
            ("kept", t("plan.kept|Kept on this device. Changes are kept as you type.")),
            ("locked", t("plan.locked|Kept on this device, locked. Changes are kept as you type.")),
            ("failed", t("plan.failed|This browser would not keep it. Print it or save a file.")),
            ("page", t("plan.page|This page opens without signal now.")),
            ("erased", t("plan.erased|Erased. Nothing of it is left on this page or in what it kept.")),
            ("short", t("plan.short|Use at least 12 letters. Four words are good.")),
            ("differ", t("plan.differ|The two are not the same. Type them again.")),
            ("wrong", t("plan.wrong|That passphrase does not open it. Nothing was changed. Try again.")),
            ("foreign", t("plan.foreign|This is not a plan file. Nothing was changed. Choose another file.")),
            (
                "damaged",
                t("plan.damaged|This file is damaged, so it was not opened. Nothing was changed. Use another copy.")
            ),
            ("newer", t("plan.newer|A newer version made this file. Open this page again later, then try once more.")),
            ("choose", t("plan.choose|Choose the file first.")),
            ("working", t("plan.working|Working. This takes a moment.")),
            (
                "saved",
                t(
                    "plan.saved|The file is saved with your downloads. Without the passphrase nobody can open it, and neither can we."
                )
            ),
            ("opened", t("plan.opened|The plan from the file is here now.")),
            ("merged", t("plan.merged|Both plans are together now.")),
            ("clashed", t("plan.clashed|Answers that differed: {n}. What was here stayed.")),
            ("over", t("plan.over|Entries with no room left: {n}. They are still in the file.")),
            ("copied", t("plan.copied|Copied.")),
            ("nobody", t("plan.nobody|Write a name with a phone or e-mail under “People to call” first.")),
        ]
        return HTML.joined(said.map { " data-said-\($0.0)=\"\($0.1)\"" })
    }

    /// How things are, always in sight.
    var bar: HTML {
        """
        <div class="plan-bar needs-script no-print"><p role="status" data-plan-status>\
        \(t("plan.fresh|Not kept yet. If you close this page, it is gone."))</p>\
        <button type="button" class="accent small" data-plan-do="keep">\(Parts.icon("download"))\
        \(t("plan.keep|Keep on this device"))</button>\
        <button type="button" class="small" data-plan-do="lock-now" hidden>\(Parts.icon("lock"))\
        \(t("plan.lock_now|Lock now"))</button></div>
        """
    }

    /// In place of a locked plan.
    var door: HTML {
        """
        <section class="sheet stack close no-print" data-plan-door hidden aria-labelledby="door-h"><h2 id="door-h">\
        \(Parts.icon("lock"))\(t("plan.door|This plan is locked"))</h2>\(passphrase("door-pass", t("plan.passphrase|Passphrase")))\
        <p class="error" role="alert" data-plan-error="door" hidden></p>\
        <p><button type="button" class="first" data-plan-do="unlock">\(Parts.icon("unlock"))\(t("plan.unlock|Unlock"))</button></p>\
        <p class="hint">\(t("plan.forgot|Nobody can open it without the passphrase. If you forgot it, erase the plan below and start again, or open a file you saved."))</p></section>
        """
    }

    var messages: HTML {
        let codes = Set(plan.messages.flatMap { Array($0.text.texts.keys) })
        let languages = ([t.language] + Language.known.filter { $0 != t.language }).filter { codes.contains($0.code) }
        let choices: [HTML] = plan.messages.map { "<option value=\"\($0.id)\">\($0.name(t.language))</option>" }
        let tongues: [HTML] = languages.map { "<option value=\"\($0.code)\" lang=\"\($0.code)\">\($0.name)</option>" }
        let templates: [HTML] = plan.messages.flatMap { message in
            languages.map { language in
                """
                <li data-message="\(message.id)" lang="\(language.code)" data-children="\(message.children?(language) ?? "")" \
                data-lawyer="\(message.lawyer?(language) ?? "")">\(message.text(language))</li>
                """
            }
        }
        return """
            <section class="sheet stack close needs-script no-print" id="messages" aria-labelledby="messages-h">\
            <h2 id="messages-h">\(Parts.icon("send"))\(t("plan.messages|Send a message"))</h2>\
            <p>\(t("plan.messages_words|Your own phone sends it, to your own people. We don’t see it. Choose the words, then tap a name."))</p>\
            <div class="ask"><label for="message-kind">\(t("plan.message|Message"))</label>\
            <select id="message-kind" autocomplete="off">\(choices)</select></div>\
            <div class="ask"><label for="message-language">\(t("plan.message_language|Language of the message"))</label>\
            <select id="message-language" autocomplete="off">\(tongues)</select></div>\
            <div class="ask"><label for="message-text">\(t("plan.message_text|Words (you can change them)"))</label>\
            <textarea id="message-text" rows="3" maxlength="600" autocomplete="off" spellcheck="false"></textarea></div>\
            <ul hidden data-plan-templates>\(templates)</ul>\
            <ul class="plan-people" data-plan-people data-text="\(t("plan.text|Text"))" data-mail="\(t("plan.mail|E-mail"))"></ul>\
            <p class="row"><button type="button" class="small" data-plan-do="share" hidden>\(Parts.icon("send"))\
            \(t("plan.share|Share another way"))</button><button type="button" class="small quiet" data-plan-do="copy">\
            \(Parts.icon("copy"))\(t("plan.copy|Copy the words"))</button></p>\
            <p class="hint" role="status" data-plan-note="messages"></p></section>
            """
    }

    var keeping: HTML {
        """
        <section class="sheet stack close needs-script no-print" id="keep" aria-labelledby="keep-h"><h2 id="keep-h">\
        \(Parts.icon("lock"))\(t("plan.keeping|Keep, lock, print, erase"))</h2>\
        <div class="stack close" data-plan-open><p>\(t("plan.keep_words|Keep it, and it is here when you come back with this browser. Some browsers delete it after a week without a visit: print it too, or save a file."))</p>\
        <p>\(t("plan.members|Members: signing out of the team pages erases it. Save a file first."))</p>\
        <p class="row"><button type="button" class="accent" data-plan-do="keep">\(Parts.icon("download"))\(t("plan.keep|Keep on this device"))</button>\
        <button type="button" data-print>\(Parts.icon("print"))\(t("plan.print|Print"))</button></p>\
        <p class="note warn" data-plan-no-crypto hidden>\(t("plan.no_crypto|This connection is not secure, so this browser offers no lock and no file. Open the page with https."))</p>\
        <p class="hint" role="status" data-plan-note="page"></p>\(lock)\(save)</div>\(open)\(erase)</section>
        """
    }

    private var lock: HTML {
        """
        <div class="stack close" data-plan-crypto><h3>\(t("plan.lock|Lock it with a passphrase"))</h3>\
        <p class="hint">\(t("plan.lock_words|Whoever takes this phone can’t read it then. Nobody can bring a forgotten passphrase back."))</p>\
        <div class="stack close" data-plan-when="unlocked">\(passphrase("lock-pass", t("plan.passphrase|Passphrase"), isNew: true))\
        \(passphrase("lock-again", t("plan.again|The same again"), isNew: true))\
        <p class="error" role="alert" data-plan-error="lock" hidden></p>\
        <p><button type="button" data-plan-do="lock">\(Parts.icon("lock"))\(t("plan.lock_do|Keep and lock"))</button></p></div>\
        <p class="row" data-plan-when="locked" hidden><button type="button" data-plan-do="lock-now">\(Parts.icon("lock"))\(t("plan.lock_now|Lock now"))</button>\
        <button type="button" class="quiet" data-plan-do="unlock-always">\(Parts.icon("unlock"))\(t("plan.lock_off|Take the lock off"))</button></p></div>
        """
    }

    private var save: HTML {
        """
        <div class="stack close" data-plan-crypto><h3>\(t("plan.file|Save it as a file"))</h3>\
        <p class="hint">\(t("plan.file_words|For another phone or computer, or for someone you trust. It is encrypted with a passphrase. Tell them the passphrase in another way."))</p>\
        \(passphrase("file-pass", t("plan.file_passphrase|Passphrase for the file"), isNew: true))\
        \(passphrase("file-again", t("plan.again|The same again"), isNew: true))\
        <p class="error" role="alert" data-plan-error="file" hidden></p>\
        <p><button type="button" data-plan-do="save">\(Parts.icon("download"))\(t("plan.file_do|Save the file"))</button></p>\
        <p class="hint" role="status" data-plan-note="file"></p></div>
        """
    }

    private var open: HTML {
        """
        <div class="stack close" data-plan-crypto><h3>\(t("plan.open|Open a plan file"))</h3>\
        <div class="ask"><label for="open-file">\(t("plan.open_file|The file"))</label><input type="file" id="open-file" autocomplete="off"></div>\
        \(passphrase("open-pass", t("plan.open_passphrase|Its passphrase")))\
        <p class="error" role="alert" data-plan-error="open" hidden></p>\
        <p><button type="button" data-plan-do="open">\(Parts.icon("unlock"))\(t("plan.open_do|Open the file"))</button></p>\
        <div class="note" data-plan-ask hidden tabindex="-1" role="group" aria-labelledby="ask-h">\(Parts.icon("question"))\
        <p id="ask-h"><b>\(t("plan.ask|There is a plan on this page already. What should happen?"))</b></p>\
        <p>\(t("plan.ask_words|Adding keeps what is here and fills in what is missing. Replacing erases what is here."))</p>\
        <p class="row"><button type="button" class="accent" data-plan-do="merge">\(t("plan.merge|Add from the file"))</button>\
        <button type="button" data-plan-do="replace">\(t("plan.replace|Replace with the file"))</button>\
        <button type="button" class="quiet" data-plan-do="neither">\(t("plan.neither|Do nothing"))</button></p></div>\
        <p class="hint" role="status" data-plan-note="open"></p></div>
        """
    }

    private var erase: HTML {
        """
        <h3>\(t("plan.erase|Erase everything"))</h3>\
        <p class="hint">\(t("plan.erase_words|Erases the plan from this browser. Files and papers that you made stay where they are."))</p>\
        <p><button type="button" class="urgent" data-plan-do="erase" aria-expanded="false" aria-controls="plan-sure">\(Parts.icon("trash"))\
        \(t("plan.erase|Erase everything"))</button></p>\
        <div class="note urgent" id="plan-sure" data-plan-sure hidden>\(Parts.icon("alert"))\
        <p><b>\(t("plan.sure|Erase the whole plan on this device? It can’t be brought back."))</b></p>\
        <p class="row"><button type="button" class="urgent" data-plan-do="erase-sure">\(t("plan.erase_yes|Yes, erase it"))</button>\
        <button type="button" class="quiet" data-plan-do="erase-not">\(t("plan.erase_no|No, keep it"))</button></p></div>
        """
    }

    private func passphrase(_ id: String, _ label: String, isNew: Bool = false) -> HTML {
        """
        <div class="ask"><label for="\(id)">\(label)</label><input id="\(id)" type="password" maxlength="200" \
        autocomplete="off" spellcheck="false" autocapitalize="off"\(isNew ? " minlength=\"12\"" : "" as HTML)></div>
        """
    }
}
