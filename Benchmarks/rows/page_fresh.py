# SPDX-License-Identifier: AGPL-3.0-or-later
"""A public page rendered for each request against a Django template page of about the same size."""

import ours
from harness import Wrong
from peers import django_server

ROW, NAME, GOAL, STRETCH = "2", "page-fresh", "≥ 20", "≥ 40"


def run(bench):
    data = bench.folder / "ours"
    ours.demo(data)  # so that the page has something on it
    server = ours.start(bench, data)
    headers = dict(header.split(": ", 1) for header in ours.FRESH_HEADERS)
    status, page = server.get(ours.FRESH_PAGE, headers)
    if status != 200 or b"</html>" not in page:
        raise Wrong(f"GET {ours.FRESH_PAGE} answered {status}")
    peer = django_server.start(bench, len(page))
    status, theirs = peer.get("/now")
    if status != 200 or b"</html>" not in theirs:
        raise Wrong(f"Django answered {status}")
    rounds = bench.interleave(
        lambda: bench.wrk(server, ours.FRESH_PAGE, headers=ours.FRESH_HEADERS), lambda: bench.wrk(peer, "/now")
    )
    yield rounds.outcome(
        ROW,
        f"GET {ours.FRESH_PAGE} rendered, rate against a Django template",
        "rate",
        GOAL,
        STRETCH,
        bytes=len(page),
        peer_bytes=len(theirs),
    )
