#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opens what Vecinos sealed, from its parts, without a line of Vecinos: only PyPI's `cryptography` (48 or newer).

docs/vault.md says every format byte by byte; this file is its proof. From a terminal, with hexadecimal or files:

    open.py blob BLOB --kind report --record ID --seed TEAM_SEED [--shred-file shred.keys | --shred-key KEY]
    open.py log FILE        checks a log that `vecinos log export` wrote
"""
import argparse
import base64
import hashlib
import hmac
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
SEALED_SEED = 1168  # encapsulated key 1,120, ciphertext 32, tag 16


def derive(key: bytes, purpose: str, length: int = 32) -> bytes:
    """HKDF-SHA256 without salt, info `vecinos|v1|PURPOSE`."""
    return HKDF(hashes.SHA256(), length, None, f"vecinos|v1|{purpose}".encode()).derive(key)


def pair(seed: bytes):
    """X-Wing: SHAKE-256 of the seed gives 64 bytes for ML-KEM-768 and 32 for X25519."""
    wide = hashlib.shake_256(seed).digest(96)
    return hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(wide[:64]), x25519.X25519PrivateKey.from_private_bytes(wide[64:])
    )


def open_sealed(sealed: bytes, seed: bytes, context: str) -> bytes:
    """A 32-byte secret sealed with HPKE: the context is `info`, the AAD is empty."""
    assert len(sealed) == SEALED_SEED
    return SUITE.decrypt(sealed, pair(seed), info=context.encode())


def open_gcm(blob: bytes, key: bytes, context: str) -> bytes:
    """nonce 12, ciphertext, tag 16; the context is the AAD."""
    return AESGCM(key).decrypt(blob[:12], blob[12:], context.encode())


def open_grant(grant: bytes, member_seed: bytes, team: str, epoch: int, person: str) -> bytes:
    return open_sealed(grant, member_seed, f"v1|seed|{team}|{epoch}|{person}")


def open_wrapped(blob: bytes, key: bytes, person: str, purpose: str) -> bytes:
    assert blob[0] == 1
    return open_gcm(blob[1:], key, f"v1|seed|{person}|{purpose}")


def open_field(blob: bytes, root_key: bytes, table: str, column: str, row: str) -> str:
    assert blob[0] == 1
    key = derive(derive(root_key, "database"), f"row|{table}|{row}")
    return open_gcm(blob[1:], key, f"{table}|{column}|{row}").decode()


def blind_index(value: str, field: str, root_key: bytes) -> bytes:
    return hmac.digest(derive(root_key, "index"), f"{field}|{value}".encode(), "sha256")[:16]


class Blob:
    """An envelope, taken apart."""

    def __init__(self, blob: bytes):
        self.version, suite = blob[0], blob[1]
        assert self.version in (1, 2, 3) and suite == 1
        at, self.slot = 2, None
        if self.version > 1:
            self.slot, at = int.from_bytes(blob[2:10], "big"), 10
        count, at = blob[at], at + 1
        assert 1 <= count <= 8
        self.recipients = {}
        for _ in range(count):
            end = at + 1 + blob[at]
            name, epoch = blob[at + 1 : end].decode(), int.from_bytes(blob[end : end + 4], "big")
            at = end + 4 + SEALED_SEED
            self.recipients[name, epoch] = blob[end + 4 : at]
        self.body = blob[at:]

    def open(self, kind: str, record: str, seed: bytes, to=None, shred_key: bytes | None = None) -> bytes:
        """`to`: team and epoch; by itself where there is only one."""
        (name, epoch), sealed = (to, self.recipients[to]) if to else next(iter(self.recipients.items()))
        version = f"v{self.version}"
        own = "" if self.version == 3 else f"{kind}|{record}|"  # 3: what was sealed within a second shares its data key
        key = open_sealed(sealed, seed, f"{version}|dek|{own}{name}|{epoch}")
        if self.version > 1:
            assert shred_key is not None and len(shred_key) == 32 and any(shred_key), "the shred key was destroyed"
            info = f"vecinos|v2|body|{kind}|{record}".encode()
            key = HKDF(hashes.SHA256(), 32, shred_key, info).derive(key)
        padded = open_gcm(self.body, key, f"{version}|{kind}|{record}")
        length = int.from_bytes(padded[:4], "big")
        assert length <= len(padded) - 4 and not any(padded[4 + length :])
        return padded[4 : 4 + length]


def shred_key(path, slot: int) -> bytes:
    """Slot n of `shred.keys` stands at byte 32 n; zeros when it was destroyed."""
    with open(path, "rb") as file:
        assert file.read(30) == b"vecinos shred keys, version 1\n"
        file.seek(32 * slot)
        return file.read(32)


LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_secret(typed: str) -> bytes:
    """The 24 letters of a reporter's code, as ASCII, its check letter checked."""
    letters = [c for c in typed.upper().translate(str.maketrans("ILO", "110")) if c in LETTERS]
    assert len(letters) == 25
    check = 0
    for letter in letters[:24]:
        mixed = check ^ LETTERS.index(letter)
        check = (mixed << 1) ^ (0b100101 if mixed & 16 else 0)
    assert LETTERS[check] == letters[24], "a slip of the finger"
    return "".join(letters[:24]).encode()


def code_lookup(typed: str) -> bytes:
    return hashlib.sha256(derive(code_secret(typed), "lookup")).digest()


def open_mailbox(wrapped: bytes, typed: str, report: str) -> bytes:
    """The seed of a reporter's mailbox; what was sealed to it names the team `mailbox`, epoch 0."""
    assert wrapped[0] == 1
    return open_gcm(wrapped[1:], derive(code_secret(typed), "mailbox"), f"v1|mailbox|{report}")


def times(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = (a << 1) ^ (0x11B if a & 0x80 else 0), b >> 1
    return product


def combine(shares: dict[int, bytes]) -> bytes:
    """Shamir over GF(256): the value at 0."""
    secret = bytearray(len(next(iter(shares.values()))))
    for place, value in shares.items():
        weight = 1
        for other in shares:
            if other != place:
                inverse = next(i for i in range(1, 256) if times(i, other ^ place) == 1)
                weight = times(weight, times(other, inverse))
        for index, byte in enumerate(value):
            secret[index] ^= times(byte, weight)
    return bytes(secret)


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def tree_root(hashed: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if not hashed:
        return hashlib.sha256(b"").digest()
    if len(hashed) == 1:
        return hashed[0]
    split = 1 << (len(hashed) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(hashed[:split]) + tree_root(hashed[split:])).digest()


def check_note(note: str, verifier: str) -> tuple[int, bytes]:
    """A signed checkpoint (https://c2sp.org/tlog-checkpoint): its size and root."""
    name, key_id, key = verifier.split("+", 2)
    raw = base64.b64decode(key, validate=True)
    assert raw[0] == 1 and hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
    text, signature = note.split("\n\n")
    _, signer, signed = signature.rstrip("\n").split(" ")
    signed = base64.b64decode(signed, validate=True)
    assert signer == name and signed[:4].hex() == key_id
    ed25519.Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signed[4:], text.encode() + b"\n")
    origin, size, root = text.split("\n")
    assert origin == name
    return int(size), base64.b64decode(root, validate=True)


def check_log(text: str) -> int:
    """A file of `vecinos log export`; answers how many entries it proves."""
    entries, _, note = text.partition("\n\n")
    heading, verifier, count, *lines = entries.split("\n")
    assert heading == "vecinos log 1" and int(count) == len(lines)
    hashed = [base64.b64decode(l[2:]) if l.startswith("- ") else leaf_hash(l.encode()) for l in lines]
    assert check_note(note, verifier) == (len(hashed), tree_root(hashed))
    return len(hashed)


def given(text: str) -> bytes:
    """Hexadecimal, or the file of that name."""
    path = pathlib.Path(text)
    return path.read_bytes() if len(text) < 1_000 and path.is_file() else bytes.fromhex(text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Opens what Vecinos sealed, from its parts.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    blob = verbs.add_parser("blob", help="open a sealed column")
    blob.add_argument("blob", help="hexadecimal, or a file")
    blob.add_argument("--kind", required=True)
    blob.add_argument("--record", required=True)
    blob.add_argument("--seed", required=True, help="of the team (or the mailbox), hexadecimal or a file")
    blob.add_argument("--shred-file", help="shred.keys of the data folder")
    blob.add_argument("--shred-key", help="hexadecimal")
    log = verbs.add_parser("log", help="check a log")
    log.add_argument("file", type=pathlib.Path)
    asked = parser.parse_args()
    try:
        if asked.verb == "log":
            print(f"{check_log(asked.file.read_text())} entries, in this order, and none left out")
            return 0
        envelope = Blob(given(asked.blob))
        key = bytes.fromhex(asked.shred_key) if asked.shred_key else None
        if key is None and envelope.slot is not None:
            key = shred_key(asked.shred_file, envelope.slot)
        sys.stdout.buffer.write(envelope.open(asked.kind, asked.record, given(asked.seed), shred_key=key))
        return 0
    except (AssertionError, ValueError, InvalidSignature) as problem:
        print(f"WRONG: {problem or 'does not fit'}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
