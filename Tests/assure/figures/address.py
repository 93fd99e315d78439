# SPDX-License-Identifier: AGPL-3.0-or-later
"""A thousand requests from fifty addresses, through a proxy and straight; then the disk and the logs are searched."""

import base64
import hashlib
import http.client
import ipaddress
import json
import pathlib

from common import backup, complain, demonstration, environment, forms, key, report_body, search, serving
from member import hidden

GOAL = "addresses found on disk and in logs after 1,000 requests from 50 addresses: 0"
AGENT = "Fingerprintable/73.1 (Canary Phone; Build ZX81)"
# Documentation ranges (RFC 5737, RFC 3849), and this machine's own.
PROXIED = [f"203.0.113.{n}" for n in range(101, 126)] + [f"2001:db8:{n:x}:beef::{n:x}" for n in range(4_097, 4_122)]
STRAIGHT = [f"127.0.73.{n}" for n in range(101, 126)]


def needles_of(address: str) -> dict[str, bytes]:
    """Text, and whatever a program may make of it that could be turned back by trying all addresses."""
    ip = ipaddress.ip_address(address)
    ways = forms(address) | forms(ip.exploded)
    if ip.version == 6:
        ways |= {"binary": ip.packed}
    else:
        # Four bytes alone stand in any random megabyte; the ways in which programs store them do not.
        ways |= {"mapped": b"\0" * 10 + b"\xff\xff" + ip.packed, "number": str(int(ip)).encode(), "hex": b"0x" + ip.packed.hex().encode()}
    prefix = str(ipaddress.ip_network(f"{address}/{24 if ip.version == 4 else 64}", strict=False))
    for name, text in {"address": address, "packed": None, "prefix": prefix}.items():
        raw = ip.packed if text is None else text.encode()
        for hashed in ("sha256", "sha1", "md5", "blake2b"):
            digest = hashlib.new(hashed, raw).digest()
            ways |= {f"{hashed} of {name}": digest[:16], f"{hashed} of {name}, hex": digest.hex()[:24].encode(),
                     f"{hashed} of {name}, base64": base64.b64encode(digest)[:20]}  # fmt: skip
    return ways


def requests(server, address: str, number: int, proxied: bool):
    """Twenty requests: pages, reports, wrong codes, wrong names, rubbish."""
    headers = {"User-Agent": AGENT, **({"X-Forwarded-For": f"198.51.100.9, {address}"} if proxied else {})}
    source = None if proxied else (address, 0)

    def ask(method, path, body=None, more=None):
        wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20, source_address=source)
        try:
            wire.request(method, path, body=body, headers={**headers, **(more or {})})
            answer = wire.getresponse()
            return answer.status, answer.read()
        finally:
            wire.close()

    form, program = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/json"}
    given = [ask("GET", path)[0] for path in ("/", "/now", "/report", "/rights", "/help", "/board", "/nothing/here", "/static/app.css")]
    for turn in range(6):
        more = {**program, "Idempotency-Key": key()}
        given.append(ask("POST", "/api/v1/reports", report_body(number * 10 + turn), more)[0])
    given.append(ask("POST", "/api/v1/reports/lookup", json.dumps({"code": "7F3K-Q2MX-9T4B-HH2C-80WZ-1VRA-C"}).encode(), program)[0])
    given.append(ask("POST", "/report/answer", b"code=nothing", form)[0])
    token = hidden(ask("GET", "/sign-in")[1].decode(), "_token")
    given.append(ask("POST", "/sign-in", f"login=nobody&passphrase=nothing+at+all+here&_token={token}&back=".encode(), form)[0])
    given.append(ask("POST", "/report", b"step=what&kind=home", form)[0])
    given.append(ask("BREW", "/report")[0])
    given.append(ask("GET", "/rights/%ff%fe")[0])
    return given


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    logs, sent, taken = [], 0, 0
    # Limits on: they are what looks at addresses.
    for proxied, addresses in [(True, PROXIED), (False, STRAIGHT)]:
        with environment(VECINOS_PROXY="on" if proxied else "off", VECINOS_RATE_LIMITS="on"):
            with serving(data, made) as server:
                for number, address in enumerate(addresses):
                    given = requests(server, address, number + 100 * proxied, proxied)
                    sent, taken = sent + len(given) + 1, taken + given.count(201)
                backup(data, work / f"backup-{proxied}.db")
                logs.append(server.log)
                needles = {address: needles_of(address) for address in PROXIED + STRAIGHT}
                needles["the browser's name"] = forms(AGENT) | forms("Canary Phone")
                running, looked = search([data, *logs], needles)
    after, more = search([data, *logs, *work.glob("backup-*.db")], needles)
    planted = work / "planted"
    planted.write_bytes(b"xx" + hashlib.sha256(PROXIED[0].encode()).digest() + b" at " + STRAIGHT[3].encode() + b"\n")
    control, _ = search([planted], needles)
    hits = sorted(set(running + after))
    complain(*hits[:20])
    return {
        "requests": sent, "addresses": len(PROXIED + STRAIGHT), "reports_taken": taken, "bytes_searched": looked + more,
        "found": len(hits), "control_found": len(control),
        "met": not hits and len(control) == 2 and sent >= 1_000 and taken >= 300, "notes": "; ".join(hits[:5]),
    }  # fmt: skip
