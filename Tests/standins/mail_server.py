# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real SMTP server (aiosmtpd) that keeps what it was given, and refuses what a test says: in the open, by STARTTLS, or
encrypted from the first byte."""

import email
import email.policy
import socket
import ssl
import time

from aiosmtpd.controller import Controller


class Mailbox:
    def __init__(self, context: ssl.SSLContext | None = None, implicit: bool = False):
        self.mails: list[tuple[str, email.message.EmailMessage]] = []
        # The protocol that each mail came by; None in the open.
        self.protected: list[str | None] = []
        self.refuse: dict[str, str] = {}
        # The controller connects to its own port at the start, so it must know it.
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        more = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": context is not None}
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        inside = session.ssl or server.transport.get_extra_info("ssl_object")
        line = inside.get("ssl_object") if isinstance(inside, dict) else inside
        self.protected.append(line.version() if line else None)
        self.mails.append((envelope.rcpt_tos[0], message))
        return "250 OK"

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()

    def wait(self, count: int, seconds: float = 15):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(self.mails) >= count:
                return self.mails
            time.sleep(0.05)
        raise AssertionError(f"{len(self.mails)} of {count} mails came")
