# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything public through Tor, as Tor Browser asks at its safest: over a real onion service of a network of its own; with
--quick, or where `tor` is not installed, through a SOCKS door that stands in for it."""

import contextlib
import html
import html.parser
import http.client
import pathlib
import re
import socket
import threading
import urllib.parse

import onion
from common import ENVIRONMENT, Answer, Server, complain, demonstration, environment, query, wait_until

GOAL = ("home, guides, now, a report in three steps and its answer over an onion service, without script, Referer and Sec-Fetch, "
        "Origin null: all work; ways away from the onion 0, requests to others 0, reports put behind the others 0")  # fmt: skip
CLEAR = "https://vecinos.example"
# Tor Browser 14, "Safest": no script, SVG, fonts from pages, or media; one language; Sec-Fetch-* only where a connection counts
# as safe, so the worse case is tried.
SAFEST = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5",
    "Upgrade-Insecure-Requests": "1",
    "Connection": "close",
}
# By which a browser fetches by itself, or leaves.
FETCHED = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("audio", "src"), ("video", "src"), ("source", "src"),
           ("embed", "src"), ("object", "data"), ("video", "poster"), ("input", "src"), ("form", "action"), ("button", "formaction")}  # fmt: skip


class Door:
    """A SOCKS door that knows one onion, in place of Tor: whoever asks for another name is written down."""

    def __init__(self, host: str, port: int):
        self.host, self.target, self.others = host, port, []
        self.wire = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.wire.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.wire.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket):
        with near, contextlib.suppress(OSError):
            near.recv(3)
            near.sendall(b"\x05\x00")
            asked = near.recv(300)
            name = asked[5 : 5 + asked[4]].decode()
            if name != self.host:
                self.others.append(name)
                near.sendall(b"\x05\x04\x00\x01" + bytes(6))
                return
            with socket.create_connection(("127.0.0.1", self.target)) as far:
                near.sendall(b"\x05\x00\x00\x01" + bytes(6))
                back = threading.Thread(target=self._carry, args=(far, near), daemon=True)
                back.start()
                self._carry(near, far)
                back.join(60)

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket):
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


class Reading(html.parser.HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.fetched, self.links, self.fields, self.forms = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        names = dict(pairs)
        # The canonical name and other languages are told to machines; nothing is fetched from them.
        if tag == "link" and not {"stylesheet", "icon", "manifest", "preload", "modulepreload"} & set((names.get("rel") or "").split()):
            return
        self.fetched += [value for name, value in pairs if (tag, name) in FETCHED and value]
        if names.get("srcset"):
            self.fetched += [part.split()[0] for part in names["srcset"].split(",")]
        if tag == "meta" and (names.get("http-equiv") or "").lower() == "refresh" and "url=" in (names.get("content") or ""):
            self.links.append(names["content"].split("url=")[1])
        if tag == "a" and names.get("href"):
            self.links.append(names["href"])
        if tag == "form":
            self.forms.append((names.get("action", ""), []))
        if tag in ("input", "button") and self.forms and names.get("name"):
            self.forms[-1][1].append((names["name"], names.get("value") or "", names.get("type") or "", "checked" in names))


class Visitor:
    """A browser at its safest, without a memory but for cookies; sees where pages would lead it."""

    def __init__(self, socks: int, host: str, clear: str):
        self.socks, self.host, self.clear = socks, host, clear
        self.cookies: dict[str, str] = {}
        self.away: list[str] = []
        self.others: list[str] = []
        self.problems: list[str] = []
        self.count = 0

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> Answer:
        more = {**SAFEST, **(headers or {})}
        if self.cookies:
            more["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for _ in range(3):
            wire = onion.Through(self.socks, self.host)
            try:
                wire.request(method, path, body, more)
                answer = Answer(wire.getresponse())
                break
            except (OSError, http.client.HTTPException) as problem:
                last = problem
            finally:
                wire.close()
        else:
            raise last
        self.count += 1
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if re.search(r";\s*secure", line, re.IGNORECASE):
                self.problems.append(f"{path}: the cookie {name} is Secure, and the onion is http")
            else:
                self.cookies[name] = value
        where = answer.headers.get("Location")
        if where and not self.ours(where):
            self.away.append(f"{path} leads to {where}")
        if "text/html" in (answer.headers.get("Content-Type") or ""):
            self.look(path, answer.text)
        return answer

    def ours(self, address: str) -> bool:
        parts = urllib.parse.urlsplit(address)
        return (not parts.scheme and not parts.netloc) or (parts.scheme == "http" and parts.netloc == self.host)

    def look(self, path: str, text: str) -> Reading:
        page = Reading(text)
        for address in page.fetched:
            if not self.ours(address) and not address.startswith("data:"):
                self.others.append(f"{path} fetches {address}")
        for address in page.links:
            # Sources of the law and the telephone are elsewhere; our own pages are here.
            if address.startswith(self.clear):
                self.away.append(f"{path} links to {address}")
        return page

    def page(self, path: str, wanted=200) -> str:
        answer = self.ask("GET", path)
        if answer.status != wanted:
            self.problems.append(f"{path}: {answer.status}")
        return answer.text

    def form(self, path: str, fields) -> Answer:
        body = urllib.parse.urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"}
        answer = self.ask("POST", path, body, headers)
        if answer.status not in (200, 303):
            self.problems.append(f"{path} with {dict(fields).get('step', '-')}: {answer.status}")
        return answer


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    real = not quick and onion.installed()
    with contextlib.ExitStack() as stack:
        name = "v" * 56 + ".onion"
        if real:
            socks, serve = stack.enter_context(onion.network(work / "tor"))
        # Buckets are on, as where neighbors are; everybody comes from this machine.
        stack.enter_context(environment(VECINOS_RATE_LIMITS="on", VECINOS_ADDRESS=CLEAR, VECINOS_ONION=f"http://{name}"))
        server = Server(data, made)
        if real:
            name = serve(server.port)
            ENVIRONMENT["VECINOS_ONION"] = f"http://{name}"
        else:
            door = Door(name, server.port)
            socks = door.port
        server.start()
        stack.callback(server.stop)
        visitor = Visitor(socks, name, CLEAR)
        ready = None
        if real:
            def answers() -> bool:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    wire = onion.Through(socks, name, timeout=15)
                    try:
                        wire.request("GET", "/healthz")
                        return wire.getresponse().status == 200
                    finally:
                        wire.close()
                return False

            ready = wait_until(answers, 240, 1)
            assert ready is not None, (work / "tor/client/log").read_text()[-1_500:]
        result = visited(visitor, server, data, 40 if quick else 150)
        others = visitor.others + ([] if real else door.others)
    complain(*visitor.problems[:8], *visitor.away[:8], *others[:8])
    return {
        "network": "Tor's own, on this machine" if real else "a SOCKS door in its place", "ready_s": None if ready is None else round(ready),
        "answers": visitor.count, **result, "ways_away": len(visitor.away), "to_others": len(others), "problems": len(visitor.problems),
        "met": not visitor.problems and not visitor.away and not others and result["overflow"] == 0 and result["reports"] >= 40
               and result["kept"] == result["reports"] and result["found"] and result["onion_location"],
    }  # fmt: skip


def visited(visitor: Visitor, server: Server, data: pathlib.Path, floods: int) -> dict:
    before = query(data, "SELECT count(*) FROM reports")[0][0]
    home = visitor.page("/")
    paths = {"/now", "/rights", "/help", "/about", "/privacy", "/policies", "/training", "/plan", "/print", "/embed", "/verify",
             "/report/answer", "/privacy/inventory"}  # fmt: skip
    for path in sorted(paths):
        visitor.page(path)
    guides = sorted({link.split("?")[0].split("#")[0] for link in Reading(visitor.page("/rights")).links if re.fullmatch(r"/rights/[a-z-]+", link)})
    for path in guides:
        visitor.page(path)
    # What pages need: styles and pictures, from the onion alone. Fonts and SVG are not asked for.
    for address in sorted({item for item in Reading(home).fetched if item.startswith("/static/") and ".css" in item}):
        sheet = visitor.ask("GET", address)
        visitor.problems += [f"{address}: {sheet.status}"] if sheet.status != 200 else []
        visitor.others += [f"{address} fetches {found}" for found in re.findall(r"url\(['\"]?((?:https?:)?//[^)'\"]+)", sheet.text)]
    spanish = visitor.page("/?lang=es")
    remembered = 'lang="es"' in spanish[:300] and 'lang="es"' in visitor.page("/")[:300]
    if not remembered:
        visitor.problems.append("the language that was chosen is not remembered")
    visitor.cookies.clear()
    code = reported(visitor)
    answer = visitor.form("/report/answer", [("code", code)]) if code else None
    found = bool(answer and answer.status == 200 and re.search(r"<article", answer.text))
    # Tor's visitors all come from here: one who floods may not put the others behind.
    codes = [code for code in (reported(visitor, quick=True) for _ in range(floods)) if code]
    looked = sum(server.lookup(one).status == 200 for one in codes)
    lanes = dict(query(data, "SELECT lane, count(*) FROM reports GROUP BY lane"))
    after = query(data, "SELECT count(*) FROM reports")[0][0]
    location = server.ask("GET", "/now").headers.get("Onion-Location")
    return {
        "guides": len(guides), "reports": 1 + floods, "kept": after - before, "found": found and looked == len(codes),
        "overflow": lanes.get("overflow", 0) - 0, "onion_location": location == f"http://{visitor.host}/now",
    }  # fmt: skip


def reported(visitor: Visitor, quick=False) -> str | None:
    """Three steps by the forms that the pages themselves give; `quick`: as a program that knows them, at the API."""
    if quick:
        body = b'{"kind":"vehicles","words":"Two vans by the market.","where":{"text":"Boyle Heights"},"language":"en"}'
        headers = {"Content-Type": "application/json", "Origin": "null"}
        answer = visitor.ask("POST", "/api/v1/reports", body, headers)
        if answer.status != 201:
            visitor.problems.append(f"a report: {answer.status}")
            return None
        return answer.json()["code"]
    text = visitor.page("/report")
    import time

    for typed in ({"kind": "vehicles"}, {"place": "Boyle Heights"}, {"words": "Two white vans by the market, men in vests."}):
        action, fields = next(((action, fields) for action, fields in Reading(text).forms if action == "/report"), (None, []))
        if action is None:
            visitor.problems.append(f"no form for {typed}")
            return None
        kept = [(name, html.unescape(value)) for name, value, kind, checked in fields
                if name not in typed and (kind == "hidden" or (kind in ("radio", "checkbox") and checked))]  # fmt: skip
        # Nobody reads, decides and sends in less than two seconds.
        time.sleep(2)
        text = visitor.form(action, [*kept, *typed.items()]).text
    found = re.search(r"\b([0-9A-HJKMNP-TV-Z]{4}(?:[\s-][0-9A-HJKMNP-TV-Z]{4}){5}[\s-]?[0-9A-Z*~$=U]?)", text)
    if not found:
        visitor.problems.append("no code after the third step")
        return None
    return found[1]
