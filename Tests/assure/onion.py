# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Tor network of its own on this machine, which knows nothing of the world: authorities, relays, a client and an onion
service (`TestingTorNetwork`, as Chutney sets it up). And the way of a browser to it: SOCKS 5, names never looked up here."""

import contextlib
import http.client
import pathlib
import re
import shutil
import socket
import subprocess
import time

from common import free_port

AUTHORITIES, RELAYS = 3, 3
EVERYONE = """
TestingTorNetwork 1
PathsNeededToBuildCircuits 0.25
TestingDirAuthVoteExit *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteGuard *
TestingMinExitFlagThreshold 0
V3AuthNIntervalsValid 2
AssumeReachable 1
ServerDNSDetectHijacking 0
ServerDNSTestAddresses
Address 127.0.0.1
ShutdownWaitLength 0
Log notice stdout
"""
AUTHORITY = """
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo nobody@test.invalid
TestingV3AuthInitialVotingInterval 5
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
"""


def installed() -> bool:
    return bool(shutil.which("tor") and shutil.which("tor-gencert"))


@contextlib.contextmanager
def network(folder: pathlib.Path):
    """Gives the port of the client's SOCKS door, and a function that makes a port of ours an onion service."""
    folder.mkdir()
    authorities, nodes = [], []
    for number in range(AUTHORITIES + RELAYS):
        home = folder / f"node{number}"
        (home / "keys").mkdir(parents=True)
        home.chmod(0o700)
        onion_port, list_port = free_port(), free_port()
        lines = f"Nickname node{number}\nOrPort 127.0.0.1:{onion_port} IPv4Only\nSocksPort 0\nExitPolicy reject *:*\n"
        if number < AUTHORITIES:
            lines += f"DirPort {list_port}\n{AUTHORITY}"
            authorities.append(authority(home, number, onion_port, list_port))
        nodes.append((home, lines))
    socks = free_port()
    nodes.append((folder / "client", f"SocksPort 127.0.0.1:{socks}\n"))
    processes = []

    def launch(home: pathlib.Path, lines: str):
        home.mkdir(mode=0o700, exist_ok=True)
        (home / "torrc").write_text(f"{EVERYONE}DataDirectory {home}\n{lines}" + "\n".join(authorities) + "\n")
        with (home / "log").open("w") as out:
            processes.append(subprocess.Popen(["tor", "-f", home / "torrc", "--defaults-torrc", "/nonexistent", "--ignore-missing-torrc"],
                                              stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL))  # fmt: skip

    def serve(port: int) -> str:
        home = folder / "service"
        launch(home, f"SocksPort 0\nHiddenServiceDir {home}/onion\nHiddenServicePort 80 127.0.0.1:{port}\n")
        until = time.monotonic() + 30
        while not (home / "onion/hostname").exists() and time.monotonic() < until:
            time.sleep(0.2)
        return (home / "onion/hostname").read_text().strip()

    try:
        for home, lines in nodes:
            launch(home, lines)
        yield socks, serve
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def authority(home: pathlib.Path, number: int, onion_port: int, list_port: int) -> str:
    """Makes its keys; the line by which the others know it."""
    keys = home / "keys"
    subprocess.run(
        ["tor-gencert", "--create-identity-key", "-i", keys / "authority_identity_key", "-s", keys / "authority_signing_key",
         "-c", keys / "authority_certificate", "-m", "12", "-a", f"127.0.0.1:{list_port}", "--passphrase-fd", "0"],
        input=b"none\n", check=True, capture_output=True,
    )  # fmt: skip
    identity = re.search(r"^fingerprint (\w+)", (keys / "authority_certificate").read_text(), re.MULTILINE)[1]
    listed = subprocess.run(
        ["tor", "--ignore-missing-torrc", "-f", "/nonexistent", "--defaults-torrc", "/nonexistent", "--DataDirectory", home,
         "--list-fingerprint", "--orport", "1", "--Nickname", f"node{number}", "--dirserver", f"none 127.0.0.1:1 {'f' * 40}", "--hush"],
        capture_output=True, text=True,
    )  # fmt: skip
    found = re.search(rf"node{number} ((?:[0-9A-F]{{4}} ?){{10}})", listed.stdout)
    assert found, listed.stdout + listed.stderr
    return (f"DirAuthority node{number} orport={onion_port} no-v2 v3ident={identity} 127.0.0.1:{list_port} "
            f"{found[1].replace(' ', '')}")  # fmt: skip


class Through(http.client.HTTPConnection):
    """HTTP to a name that only the SOCKS door knows (RFC 1928, the name as it is)."""

    def __init__(self, socks: int, host: str, timeout=60.0):
        super().__init__(host, 80, timeout=timeout)
        self.socks = socks

    def connect(self):
        wire = socket.create_connection(("127.0.0.1", self.socks), timeout=self.timeout)
        try:
            wire.sendall(b"\x05\x01\x00")
            assert wire.recv(2) == b"\x05\x00"
            name = self.host.encode()
            wire.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + (80).to_bytes(2, "big"))
            answer = wire.recv(10)
            if answer[1:2] != b"\x00":
                raise ConnectionError(f"SOCKS said {answer.hex()}")
        except BaseException:
            wire.close()
            raise
        self.sock = wire
