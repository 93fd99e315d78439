# SPDX-License-Identifier: AGPL-3.0-or-later
"""Twenty strings that broke somebody's page, log, header or process once."""

import re

CALL = "pwned()"
STRINGS = {
    "escape": "<script>pwned()</script>",
    "attribute": '"><img src=x onerror=pwned()>',
    "single quote": "' onfocus=pwned() autofocus='",
    "sign before a tag": "\u0600<img src=x onerror=pwned()>",
    "mark after a quote": 'x"\u0301 onfocus="pwned()" autofocus="',
    "joined to a quote": '\u200d"\ufe0f onmouseover="pwned()" x="',
    "crlf": "a\r\nSet-Cookie: stolen=1\r\n\r\n<b onclick=pwned()>b</b>",
    "nul": "a\x00<img src=x onerror=pwned()>",
    "turned around": "\u202e>)(denwp=rorreno x=crs gmi<\u2066 end",
    "long": "A" * 10_000,
    "template": "${7*7}{{7*7}}#{7*7}<%= 7*7 %>",
    "family": "👨‍👩‍👧‍👦🏳️‍🌈" + "\u200d" * 40,
    "line separators": "a\u2028pwned()\u2029b",
    "close everything": "</textarea></title></style></script><svg onload=pwned()>",
    "entity": "&lt;img src=x onerror=pwned()&gt;&#60;b&#62;&quot;",
    "zalgo": "Z" + "\u0301\u0316\u0489" * 200,
    "address": "javascript:pwned()",
    "sql": "'; DROP TABLE incidents; -- \" OR 1=1",
    "format": "%s%n%x%00..%2f..%2fetc%2fpasswd\\u003cimg\\u003e",
    "formula": '=HYPERLINK("https://example.org","x")|+cmd|\t@SUM(1)',
    "wide and lone": "＜img src=x onerror=pwned()＞ \ufeff\ufffe\uffff\U000e0001",
}


def plain(text: str) -> str:
    """What is left to compare: without control, direction and white-space characters, which the server takes out."""
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]", "", text)
