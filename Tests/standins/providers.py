# SPDX-License-Identifier: AGPL-3.0-or-later
"""Stand-ins for the providers behind our channels: they speak the same wire protocols on loopback, keep what they took
and misbehave on demand. Used by the tests; `python Tests/standins/providers.py` runs them for a demonstration.

  POST /2010-04-01/Accounts/{account}/Messages.json   Twilio's REST API (Basic authentication)
  POST /gateway                                       our own telephone (Standard Webhooks signature)
  POST /v2/send                                       signal-cli-rest-api
  POST /{phone number id}/messages                    WhatsApp Cloud API (Bearer)
  POST /push/{name}                                   a browser's push service (RFC 8030)
  POST /hook                                          somebody's web hook (Standard Webhooks signature)
  POST /hook/{name}                                   the same, kept with its headers for a checker of the test
  GET, DELETE /2010-04-01/Accounts/{account}/Messages/{name}/Media/{name}   what came with a text
  GET, DELETE /2010-04-01/Accounts/{account}/Recordings/{name}   what a caller said, by Twilio's REST API
  GET  /taken                                         everything that was taken, as JSON
"""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree


class Providers:
    """`with Providers() as world:`; `world.url`, `world.taken`, and `world.say(503, 503)` for the next answers."""

    account, token, number = "ACstandin", "twilio-token", "+13235550000"
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    def __init__(self, port: int = 0):
        # What callers said after the tone, by name, until its deletion is asked for.
        self.recordings: dict[str, bytes] = {}
        # What came with texts, by `MM…/ME…`, until its deletion is asked for.
        self.media: dict[str, bytes] = {}
        # Answers of /hook/{name}, by name; 204 where there is none.
        self.hooks: dict[str, int] = {}
        self.taken: list[dict] = []
        self.keys: dict[str, int] = {}
        self.next: list[int] = []
        self.delay = 0.0
        # So many of the next are taken and never answered.
        self.mute = 0
        self.lock = threading.Lock()
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet an answer, at once: or each waits 40 ms for the other side.
            wbufsize, disable_nagle_algorithm = 65_536, True

            def do_GET(self):
                if "/Recordings/" in self.path:
                    sound = world.recording(self.path, self.headers)
                    return self.answer(404, {}) if sound is None else self.send(200, "audio/x-wav", sound)
                if "/Media/" in self.path or self.path.startswith("/cdn/"):
                    status, photo = world.picture(self.path, self.headers)
                    return self.send(status, "image/jpeg", photo, {"location": photo.decode()} if status == 307 else {})
                with world.lock:
                    self.answer(200, {"taken": world.taken, "keys": world.keys})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if world.delay:
                    time.sleep(world.delay)
                with world.lock:
                    status, answer = world.take(self.path, self.headers, body)
                    world.mute, is_mute = max(0, world.mute - 1), world.mute > 0
                if is_mute:
                    self.close_connection = True
                    return
                self.answer(status, answer)

            def do_DELETE(self):
                if "/Media/" in self.path:
                    return self.answer(world.picture(self.path, self.headers, delete=True)[0], {})
                gone = world.recording(self.path, self.headers, delete=True) is not None
                self.answer(204 if gone else 404, {})

            def answer(self, status, content):
                self.send(status, "application/json", json.dumps(content).encode())

            def send(self, status, kind, data, more=None):
                # 204 has no body: bytes after it would be read as the next answer.
                data = b"" if status == 204 else data
                self.send_response(status)
                self.send_header("content-type", kind)
                for name, value in (more or {}).items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        class Threaded(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

        self.server = Threaded(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def recording(self, path: str, headers, delete: bool = False) -> bytes | None:
        expected = "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        folder = f"/2010-04-01/Accounts/{self.account}/Recordings/"
        name = path.removeprefix(folder).removesuffix(".wav")
        with self.lock:
            if headers.get("authorization") != expected or not path.startswith(folder):
                return None
            return self.recordings.pop(name, None) if delete else self.recordings.get(name)

    def picture(self, path: str, headers, delete: bool = False) -> tuple[int, bytes]:
        """As Twilio does: its own address points to another, which is open to whoever knows it."""
        expected = "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        folder = f"/2010-04-01/Accounts/{self.account}/Messages/"
        name = path.removeprefix(folder).removeprefix("/cdn/").replace("/Media/", "/")
        with self.lock:
            if path.startswith("/cdn/"):
                known = name in self.media and not headers.get("authorization")
                return (200, self.media[name]) if known else (404, b"")
            if headers.get("authorization") != expected or name not in self.media:
                return 404, b""
            if delete:
                del self.media[name]
                return 204, b""
            return 307, f"{self.url}/cdn/{name}".encode()

    def say(self, *statuses: int):
        with self.lock:
            self.next += statuses

    def texts(self, number: str | None = None) -> list[dict]:
        with self.lock:
            return [one for one in self.taken if number is None or one.get("to") == number]

    def wait(self, count: int, number: str | None = None, seconds: float = 15) -> list[dict]:
        """Those taken, once there are so many."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(found := self.texts(number)) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{len(self.texts(number))} of {count} messages came")

    def take(self, path: str, headers, body: bytes):
        if self.next:
            return self.next.pop(0), {"code": 20429, "message": "as the test said"}
        one: dict = {"path": path, "at": time.time()}
        key = ""
        if path == f"/2010-04-01/Accounts/{self.account}/Messages.json":
            expected = "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
            if headers.get("authorization") != expected:
                return 401, {"code": 20003}
            fields = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            one |= {"channel": "sms", "to": fields["To"], "text": fields["Body"], "callback": fields.get("StatusCallback")}
            key = headers.get("i-twilio-idempotency-token", "")
            answer = (201, {"sid": f"SM{len(self.taken):032d}", "status": "queued"})
        elif path == "/gateway":
            if not genuine(headers, body, self.secret):
                return 403, {}
            sent = json.loads(body)
            one |= {"channel": "sms", "to": sent["to"], "text": sent["text"]}
            key, answer = sent["id"], (200, {"id": sent["id"]})
        elif path == "/v2/send":
            sent = json.loads(body)
            one |= {"channel": "signal", "to": sent["recipients"][0], "text": sent["message"]}
            key, answer = headers.get("idempotency-key", ""), (201, {"timestamp": "1780000000000"})
        elif path.endswith("/messages"):
            sent = json.loads(body)
            one |= {"channel": "whatsapp", "to": "+" + sent["to"], "text": sent["text"]["body"]}
            key, answer = sent["biz_opaque_callback_data"], (200, {"messages": [{"id": f"wamid.{len(self.taken)}"}]})
        elif path.startswith("/push/"):
            if path == "/push/gone":
                return 410, {}
            one |= {"channel": "push", "to": path, "body": base64.b64encode(body).decode(), "headers": dict(headers.items())}
            key, answer = headers.get("topic", ""), (201, {})
        elif path == "/hook":
            if not genuine(headers, body, self.secret):
                return 401, {}
            one |= {"channel": "webhook", "to": path, "text": body.decode()}
            key, answer = headers["webhook-id"], (204, {})
        elif path.startswith("/hook/"):
            one |= {"channel": "webhook", "to": path, "text": body.decode(), "headers": {k.lower(): v for k, v in headers.items()}}
            key, answer = headers["webhook-id"], (self.hooks.get(path.removeprefix("/hook/"), 204), {})
        else:
            return 404, {}
        one["key"] = key
        self.taken.append(one)
        self.keys[key] = self.keys.get(key, 0) + 1
        return answer


class Call:
    """Somebody calls: asks `hook` what to do, as Twilio does, each time with a signature, and obeys the answer until it has
    to know something. `press`, `speak` and `nobody` go on; `said` is all that was heard so far."""

    def __init__(self, world: Providers, hook: str, number: str):
        self.world, self.hook, self.number = world, hook, number
        self.name = "CA" + uuid.uuid4().hex
        self.said: list[str] = []
        self.rung: list[str] = []
        self.waits: xml.etree.ElementTree.Element | None = None
        self.ask(hook)

    def press(self, key: str):
        assert self.waits is not None and self.waits.tag == "Gather", self.waits
        self.ask(self.waits.get("action"), Digits=key)

    def speak(self, sound: bytes, seconds: int = 5, times: int = 1):
        """Talks after the tone; the provider tells us `times` times."""
        assert self.waits is not None and self.waits.tag == "Record", self.waits
        name, action = "RE" + uuid.uuid4().hex, self.waits.get("action")
        with self.world.lock:
            self.world.recordings[name] = sound
        for _ in range(times):
            self.ask(action, RecordingSid=name, RecordingDuration=str(seconds), RecordingUrl=f"{self.world.url}/{name}")

    def nobody(self, status: str = "no-answer"):
        assert self.waits is not None and self.waits.tag == "Dial", self.waits
        self.ask(self.waits.get("action"), DialCallStatus=status)

    def ask(self, address: str, **more: str):
        url = urllib.parse.urljoin(self.hook, address)
        fields = {"CallSid": self.name, "From": self.number, "To": self.world.number, "CallStatus": "in-progress", **more}
        headers = {"X-Twilio-Signature": twilio_signature(self.world.token, url, fields)}
        request = urllib.request.Request(url, urllib.parse.urlencode(fields).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            assert answer.headers.get_content_type() == "text/xml"
            self.obey(list(xml.etree.ElementTree.fromstring(answer.read())))

    def obey(self, verbs):
        self.waits = None
        for verb in verbs:
            self.said += [one.text or "" for one in verb.iter("Say")]
            if verb.tag == "Redirect":
                return self.ask(verb.text or "")
            if verb.tag in ("Gather", "Record", "Dial"):
                self.waits = verb
                self.rung += [one.text or "" for one in verb.iter("Number")]
                return None
        return None


def sign(secret: str, id: str, body: bytes, at: float | None = None) -> dict:
    """The three headers of a Standard Webhook."""
    stamp = str(int(at or time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    mac = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def genuine(headers, body: bytes, secret: str) -> bool:
    wanted = sign(secret, headers.get("webhook-id", ""), body, float(headers.get("webhook-timestamp", 0)))
    fresh = abs(time.time() - float(headers.get("webhook-timestamp", 0))) < 300
    return fresh and hmac.compare_digest(wanted["webhook-signature"], headers.get("webhook-signature", ""))


def twilio_signature(token: str, url: str, fields: dict) -> str:
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


if __name__ == "__main__":
    with Providers(8900) as world:
        print(f"Stand-ins on {world.url}: account {world.account}, token {world.token}; see {world.url}/taken", flush=True)
        threading.Event().wait()
