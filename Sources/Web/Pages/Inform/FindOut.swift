// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// How a neighbor finds out what no source says: whether a public body keeps to a policy.
struct FindOut {
    let t: Words

    var html: HTML {
        """
        <div class="note" data-find-out>\(Parts.icon("lens"))<p>\
        \(t("policy.find_out|Not known means that no source we read says it. You can ask the agency in writing:"))</p>\
        <blockquote\(Language.english.mark(t))><p><b>\(Self.letter)</b></p></blockquote>\
        <p>\(t("policy.find_out_means|It asks for their written rules, and how often they kept to them."))</p>\
        <p>\(t("policy.find_out_tell|Did they answer? Bring us the paper. We show it here with its source and date."))</p></div>
        """
    }

    /// In English, as the agency reads it.
    private static let letter = """
        This is a public records request. (To a federal agency: a Freedom of Information Act request.) Please send me your \
        written rules about this, and how many times you followed them since January 1, 2025.
        """
}
