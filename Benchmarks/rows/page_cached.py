# SPDX-License-Identifier: AGPL-3.0-or-later
"""A public page from our cache against nginx serving the same bytes from a file."""

import ours
from harness import Wrong
from peers import nginx

ROW, NAME, GOAL, STRETCH = "1", "page-cached", "≥ 1.0", "≥ 1.3"


def run(bench):
    server = ours.start(bench)
    status, page = server.get(ours.CACHED_PAGE)
    if status != 200 or not page:
        raise Wrong(f"GET {ours.CACHED_PAGE} answered {status}")
    peer = nginx.start(bench, page)
    if server.get(ours.CACHED_PAGE)[1] != page or peer.get("/page.html")[1] != page:
        raise Wrong("the two sides don't give the same bytes")
    rounds = bench.interleave(lambda: bench.wrk(server, ours.CACHED_PAGE), lambda: bench.wrk(peer, "/page.html"))
    if server.get(ours.CACHED_PAGE)[1] != page:
        raise Wrong("our page changed during the run")
    yield rounds.outcome(ROW, f"GET {ours.CACHED_PAGE}, rate against nginx", "rate", GOAL, STRETCH, bytes=len(page))
