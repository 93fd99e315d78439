# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stand-in for Twilio's REST API that takes messages as fast as one core can, and remembers for each telephone the keys
it came with and how often. `python provider.py PORT` serves; `GET /sum` says what was taken, `GET /twice` lists what came
more than once, with its keys."""

import asyncio
import json
import sys
import time

SAID = b'{"sid": "SMstandin"}'
ANSWER = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(SAID) + SAID


class Taken:
    def __init__(self):
        self.keys: dict[bytes, list[bytes]] = {}
        self.count = 0
        # (moment, how many until then): a point every 20 ms at most, to tell the rate and the gaps.
        self.points: list[tuple[float, int]] = []

    def take(self, to: bytes, key: bytes) -> None:
        self.count += 1
        self.keys.setdefault(to, []).append(key)
        now = time.monotonic()
        if not self.points or now - self.points[-1][0] >= 0.02:
            self.points.append((now, self.count))
        else:
            self.points[-1] = (self.points[-1][0], self.count)


class Line(asyncio.Protocol):
    def __init__(self, taken: Taken):
        self.taken, self.buffer = taken, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data: bytes):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            length = int(field(head, b"content-length") or 0)
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            if head.startswith(b"POST"):
                self.taken.take(body[3 : body.index(b"&")], field(head, b"i-twilio-idempotency-token") or b"")
                self.transport.write(ANSWER)
            else:
                self.transport.write(self.tell(head))

    def tell(self, head: bytes) -> bytes:
        if head.startswith(b"GET /twice"):
            said = {to.decode(): [key.decode() for key in keys] for to, keys in self.taken.keys.items() if len(keys) > 1}
        else:
            said = {"taken": self.taken.count, "addresses": len(self.taken.keys), "points": self.taken.points}
        body = json.dumps(said).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def field(head: bytes, name: bytes) -> bytes | None:
    start = head.lower().find(b"\r\n" + name + b":")
    if start < 0:
        return None
    end = head.find(b"\r\n", start + 2)
    return head[start + len(name) + 3 : end if end >= 0 else None].strip()


async def serve(port: int) -> None:
    taken = Taken()
    server = await asyncio.get_running_loop().create_server(lambda: Line(taken), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
