# SPDX-License-Identifier: AGPL-3.0-or-later
"""A public page from our cache against nginx serving the same bytes from a file: packed, as every browser asks for it,
and plain."""

import gzip
import re

import ours
from harness import Wrong
from peers import nginx

ROW, NAME, GOAL, STRETCH = "1", "page-cached", "≥ 1.0", "≥ 1.3"
FORMS = ((ROW, "packed", "Accept-Encoding: gzip"), ("1p", "plain", "Accept-Encoding: identity"))


def run(bench):
    server = ours.start(bench)
    for row, form, header in FORMS:
        asked = dict([header.split(": ")])
        status, page = server.get(ours.CACHED_PAGE, asked)
        if status != 200 or not page:
            raise Wrong(f"GET {ours.CACHED_PAGE} answered {status}")
        peer = nginx.start(bench, page, form)
        path = nginx.path(form)
        if peer.get(path, asked)[1] != page:
            raise Wrong("the two sides don't give the same bytes")
        rounds = bench.interleave(
            lambda: bench.wrk(server, ours.CACHED_PAGE, headers=(header,)),
            lambda: bench.wrk(peer, path, headers=(header,)),
        )
        if _lasting(server.get(ours.CACHED_PAGE, asked)[1], form) != _lasting(page, form):
            raise Wrong("our page changed during the run")
        yield rounds.outcome(
            row, f"GET {ours.CACHED_PAGE}, {form}, rate against nginx", "rate", GOAL, STRETCH, bytes=len(page)
        )


def _lasting(page: bytes, form: str) -> bytes:
    """Without the minute it was made in."""
    plain = gzip.decompress(page) if form == "packed" else page
    return re.sub(rb' data-now="[^"]*"', b"", plain)
