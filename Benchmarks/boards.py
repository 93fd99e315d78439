# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open boards: many event streams read by one thread, each message with the moment it came."""

import re
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field

from harness import Server, Wrong

CURSOR = re.compile(rb"id: (\d+)\n")


@dataclass
class Board:
    """One stream. `heard` holds (seconds, newest event told up to), oldest first."""

    socket: socket.socket
    heard: list[tuple[float, int]] = field(default_factory=list)
    received: int = 0
    rest: bytes = b""
    is_open: bool = True


class Boards:
    """`count` boards of one signed-in member, read until closed."""

    def __init__(self, server: Server, headers: dict[str, str], count: int):
        self.selector = selectors.DefaultSelector()
        self.boards: list[Board] = []
        for _ in range(count):
            stream = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            lines = [f"GET /board/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept: text/event-stream\r\n"]
            lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
            stream.sendall(("".join(lines) + "\r\n").encode())
            head = b""
            while b"event: hello" not in head:
                piece = stream.recv(65_536)
                if not piece:
                    raise Wrong(f"a board did not open: {head[:200]!r}")
                head += piece
            stream.setblocking(False)
            board = Board(stream)
            self.boards.append(board)
            self.selector.register(stream, selectors.EVENT_READ, board)
        self.changed = threading.Condition()
        self.is_over = False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self) -> None:
        while not self.is_over:
            for key, _ in self.selector.select(0.2):
                board = key.data
                try:
                    piece = board.socket.recv(262_144)
                except BlockingIOError:
                    continue
                except OSError:
                    piece = b""
                now = time.perf_counter()
                if not piece:
                    board.is_open = False
                    self.selector.unregister(board.socket)
                    continue
                board.received += len(piece)
                text = board.rest + piece
                found = CURSOR.findall(text)
                board.rest = text[-24:] if not text.endswith(b"\n") else b""
                if found:
                    with self.changed:
                        board.heard.append((now, max(map(int, found))))
                        self.changed.notify_all()

    def newest(self) -> int:
        """What every board was told up to."""
        return min((board.heard[-1][1] if board.heard else 0) for board in self.boards)

    def wait(self, cursor: int, timeout: float = 10) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.newest() >= cursor, timeout)

    def close(self) -> None:
        self.is_over = True
        self.thread.join(timeout=5)
        for board in self.boards:
            board.socket.close()
