// SPDX-License-Identifier: AGPL-3.0-or-later

/// Texts that have broken out of other people's templates.
enum Hostile {
    static let strings: [String] = [
        "<script>alert(1)</script>",
        "\u{600}<script>alert(1)</script>",
        "\u{601}<\u{602}img src=x onerror=alert(1)\u{603}>",
        "\u{6DD}<b>", "\u{70F}<b>", "\u{8E2}<b>", "\u{110BD}<b>", "\u{110CD}<b>",
        "<\u{301}script>", "<\u{20E3}b>", "<\u{FE0F}b>", "<\u{200D}b>", "<\u{E0100}b>",
        "\"\u{301} onmouseover=\"\u{301}alert(1)",
        "\"\u{308}onfocus=alert(1) autofocus x=\"",
        "'\u{301} onclick='\u{301}alert(1)",
        "\"\u{FE0F}>", "'\u{20D0}>", ">\u{300}", "&\u{301}lt;",
        "\"\r\n onload=\"alert(1)", "\r\n<b>", "<\r\nb>", "\">\r\n\r\n<svg onload=alert(1)>",
        "a\0<b>", "<\0script>", "<scr\0ipt>alert(1)</scr\0ipt>", "\0", "\"\0\"", "&\0lt;",
        "\u{2028}<b>", "\u{2029}\"", "<\u{2028}b>", "\u{85}<b>", "\u{B}<b>", "\u{C}<b>",
        "\u{202E}<b>\u{202C}", "\u{200F}\"\u{200E}", "\u{FEFF}<b>", "\u{AD}<\u{AD}b>",
        "\u{1F1FA}\u{1F1F8}<b>", "👩‍👩‍👧‍👦<b>", "e\u{301}<b>", "\u{1100}\u{1161}<b>", "\u{0E33}<b>", "\u{094D}<b>",
        "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)", "` onmouseover=`alert(1)",
        "\"><img src=x onerror=alert(1)>",
        "'><svg/onload=alert(1)>", "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
        "<!--", "-->", "<![CDATA[", "]]>", "<?php", "&lt;script&gt;", "&amp;", "&#60;b&#62;", "&", "&&&", "&quot;",
        "javascript:alert('1')", "${alert(\"1\")}", "{{constructor.constructor('alert(1)')()}}",
        "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">", "<svg><style><img src=\"</style>", "\u{FF1C}script\u{FF1E}",
        "\u{10FFFF}<b>", "\u{FFFD}<b>", "<<<<\"\"\"\"''''>>>>&&&&",
    ]
}
