# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail over an encrypted line: real SMTP servers (aiosmtpd) with certificates of a made-up authority, which the
configuration trusts. What can't be handed over safely stays, says why, and goes once it can."""

import datetime
import ipaddress
import pathlib
import re
import shutil
import ssl
import sys
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from member import Member, hidden
from server import serving

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from mail_server import Mailbox  # noqa: E402


class Authority:
    """Vouches for mail servers."""

    def __init__(self, name: str):
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self.signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))

    def signed(self, name, key, *extensions):
        now = datetime.datetime.now(datetime.UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        made = made.not_valid_after(now + datetime.timedelta(days=7))
        for extension in extensions:
            made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return made.sign(self.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def context(self, folder: pathlib.Path, host: str = "127.0.0.1") -> ssl.SSLContext:
        """What a mail server of that address shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        certificate = self.signed(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)]), key, names)
        file = folder / f"{id(key)}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority("Made up for the test")


@pytest.fixture(scope="module")
def ruth(founded, tmp_path_factory, ours):
    """A coordinator of a server that hands mail over by TLS only, to whom this authority vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    shutil.copytree(founded[0], folder / "data")
    (folder / "authority.pem").write_bytes(ours.pem)
    more = {"VECINOS_MAIL_CA": str(folder / "authority.pem"), "VECINOS_MAIL_TLS": "always"}
    with serving(folder / "data", founded[1], more=more) as server:
        yield Member(server, "ruth")


def carry(ruth, address: str):
    form = {"make": "smtp", "url": address, "from": "us@vecinos.example", "rate": "100", "on": "on", "private": "on"}
    answer = ruth.post("/settings/channels", form)
    assert answer.status == 303, re.sub(r"<[^>]+>", " ", answer.text)[:2000]


def send(ruth, to: str):
    page = ruth.get("/settings/channels").text
    fields = {"channel": "email", "to": to, "submission": hidden(page, "submission")}
    assert ruth.post("/settings/channels/test", fields).status == 303


def held(ruth, why: str):
    """Why it waits, as the page says it."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        stuck = ruth.get("/settings/channels").text.split('id="stuck"')[1].split("</section>")[0].replace("&#39;", "'")
        if why in stuck:
            return
        time.sleep(0.2)
    raise AssertionError(f"not said: {why}: {stuck}")


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "smtps"])
def test_mail_goes_to_a_server_whose_certificate_we_trust(ruth, ours, tmp_path, implicit):
    with Mailbox(ours.context(tmp_path), implicit) as box:
        carry(ruth, f"smtp{'s' if implicit else ''}://127.0.0.1:{box.port}")
        send(ruth, "ana@example.org")
        ((to, mail),) = box.wait(1)
        assert to == "ana@example.org" and "works" in mail.get_content()
        assert box.protected[0] in ("TLSv1.2", "TLSv1.3")


def test_a_wrong_certificate_gets_nothing_and_what_waits_goes_to_the_right_one(ruth, ours, tmp_path):
    untrusted, broken = "the server's certificate is not trusted (60)", "no encrypted line came about (35)"
    stranger, impostor = Authority("Somebody else").context(tmp_path), Authority("Made up for the test").context(tmp_path)
    other_name = ours.context(tmp_path, "127.0.0.2")
    for context, implicit, why in (
        (stranger, False, untrusted), (stranger, True, untrusted), (impostor, False, broken), (other_name, True, untrusted),
    ):  # fmt: skip
        with Mailbox(context, implicit) as wrong, Mailbox(ours.context(tmp_path), implicit) as right:
            scheme = "smtps" if implicit else "smtp"
            carry(ruth, f"{scheme}://127.0.0.1:{wrong.port}")
            send(ruth, "waits@example.org")
            held(ruth, why)
            assert wrong.mails == []
            # The same message, when it is tried again.
            carry(ruth, f"{scheme}://127.0.0.1:{right.port}")
            assert right.wait(1, seconds=30)[0][0] == "waits@example.org"
            assert wrong.mails == [] and len(right.mails) == 1


def test_a_server_without_encryption_gets_nothing_where_it_is_demanded(ruth, ours, tmp_path):
    with Mailbox() as open_line, Mailbox(ours.context(tmp_path)) as right:
        carry(ruth, f"smtp://127.0.0.1:{open_line.port}")
        send(ruth, "open@example.org")
        held(ruth, "the server offers no encryption (64)")
        # Nor is a line that should be encrypted from its first byte begun in the open.
        carry(ruth, f"smtps://127.0.0.1:{open_line.port}")
        held(ruth, "no encrypted line came about (35)")
        assert open_line.mails == []
        carry(ruth, f"smtp://127.0.0.1:{right.port}")
        assert right.wait(1, seconds=40)[0][0] == "open@example.org"
        assert open_line.mails == []
