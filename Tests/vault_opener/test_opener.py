# SPDX-License-Identifier: AGPL-3.0-or-later
"""The published test vectors, and a blob that `vecinos` has just sealed, opened by code that shares nothing with it.

The second needs the built server; `bin/test --only vault` builds it. VECINOS names another one.
"""
import json
import os
import pathlib
import subprocess

import pytest
from cryptography.exceptions import InvalidTag

import open as opener

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "Tests/AreaTests/Vault/vectors/vault-1.json").read_text())
PROGRAM = pathlib.Path(os.environ.get("VECINOS", ROOT / ".build/debug/vecinos"))


def raw(text):
    return bytes.fromhex(text)


def test_a_member_opens_the_teams_seed():
    keys = VECTORS["keys"]
    seed = opener.open_grant(raw(keys["grant"]), raw(keys["member_seed"]), keys["team"], keys["epoch"], keys["person"])
    assert seed == raw(keys["team_seed"])


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_blob_opens(version):
    blobs, keys = VECTORS["blobs"], VECTORS["keys"]
    blob = opener.Blob(raw(blobs[f"version_{version}"]))
    assert list(blob.recipients) == [(keys["team"], keys["epoch"])]
    shred = raw(blobs["shred_key"]) if version > 1 else None
    content = blob.open(blobs["kind"], blobs["record"], raw(keys["team_seed"]), shred_key=shred)
    assert json.loads(content) == json.loads(blobs["content"])


def test_a_blob_without_its_shred_key_stays_closed():
    blobs, keys = VECTORS["blobs"], VECTORS["keys"]
    blob = opener.Blob(raw(blobs["version_2"]))
    assert blob.slot == blobs["slot"]
    with pytest.raises(AssertionError):
        blob.open(blobs["kind"], blobs["record"], raw(keys["team_seed"]), shred_key=bytes(32))
    with pytest.raises(InvalidTag):
        blob.open(blobs["kind"], blobs["record"], raw(keys["team_seed"]), shred_key=bytes(31) + b"\1")


def test_a_code_opens_its_mailbox():
    box = VECTORS["mailbox"]
    assert opener.code_lookup(box["code"]) == raw(box["lookup"])
    seed = opener.open_mailbox(raw(box["wrapped"]), box["code"].lower(), box["report"])
    assert seed == raw(box["seed"])
    answer = opener.Blob(raw(box["answer"]))
    assert list(answer.recipients) == [("mailbox", 0)]
    assert json.loads(answer.open(box["kind"], box["report"], seed)) == json.loads(box["content"])


def test_a_wrapped_seed_and_a_field_open():
    wrapped, field = VECTORS["wrapped_seed"], VECTORS["field"]
    seed = opener.open_wrapped(raw(wrapped["blob"]), raw(wrapped["key"]), wrapped["person"], wrapped["purpose"])
    assert seed == raw(wrapped["seed"])
    root = raw(field["root_key"])
    assert opener.open_field(raw(field["blob"]), root, field["table"], field["column"], field["id"]) == field["text"]
    assert opener.blind_index("+12135550100", field["index_field"], root) == raw(field["index"])


def test_the_log_and_its_checkpoint_fit():
    log = VECTORS["log"]
    hashed = [opener.leaf_hash(leaf.encode()) for leaf in log["leaves"]]
    assert [h.hex() for h in hashed] == log["leaf_hashes"]
    assert opener.tree_root(hashed) == raw(log["root"])
    assert opener.check_note(log["checkpoint"], log["key"]) == (5, raw(log["root"]))


def test_any_two_shares_open_the_escrow():
    escrow, keys = VECTORS["escrow"], VECTORS["keys"]
    shares = {
        one["place"]: opener.open_sealed(raw(one["share"]), raw(one["seed"]), f"v1|escrow|share|1|{one['person']}")
        for one in escrow["shares"]
    }
    for left_out in shares:
        two = {place: value for place, value in shares.items() if place != left_out}
        context = f"v1|escrow|seed|{keys['team']}|{keys['epoch']}|1"
        assert opener.open_sealed(raw(escrow["team_seed_sealed"]), opener.combine(two), context) == raw(keys["team_seed"])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not built")
    folder = tmp_path_factory.mktemp("vault")
    out = subprocess.run([PROGRAM, "vector", folder], capture_output=True, text=True, timeout=60, check=True)
    return folder, json.loads(out.stdout)


@pytest.mark.parametrize("how", ["blob", "shared"])
def test_a_blob_that_vecinos_has_just_sealed_opens(fresh, how):
    folder, parts = fresh
    blob = opener.Blob(raw(parts[how]))
    assert blob.version == (3 if how == "shared" else 2)
    seed = opener.open_grant(
        raw(parts["grant"]), raw(parts["member_seed"]), parts["team"], parts["epoch"], parts["person"]
    )
    shred = opener.shred_key(folder / "shred.keys", blob.slot)
    content = blob.open(parts["kind"], parts["record"], seed, to=(parts["team"], parts["epoch"]), shred_key=shred)
    assert json.loads(content) == parts["content"]


def test_a_log_that_vecinos_has_just_exported_is_right_and_an_edited_one_is_not(fresh):
    folder, parts = fresh
    text = parts["log"]
    assert opener.check_log(text) == 8
    file = folder / "audit.log"
    file.write_text(text)
    verify = [PROGRAM, "verify", file]
    assert subprocess.run(verify, capture_output=True, timeout=60).returncode == 0
    file.write_text(text.replace("person.noted", "person.nodded", 1))
    wrong = subprocess.run(verify, capture_output=True, text=True, timeout=60)
    assert wrong.returncode == 1 and "WRONG" in wrong.stdout
