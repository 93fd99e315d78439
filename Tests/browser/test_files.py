# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real photos, sound and video: sealed as they come, shown as clean copies, and found nowhere on the disk."""

import base64
import io
import json
import os
import pathlib
import shutil
import subprocess

import piexif
import pytest
from PIL import Image
from server import Server

CANARY = "CANARYmango4711"


def photo(canary: str = CANARY) -> bytes:
    """A JPEG whose EXIF says who, what and where."""
    exif = piexif.dump({
        "0th": {piexif.ImageIFD.Make: canary.encode(), piexif.ImageIFD.Artist: canary.encode()},
        "Exif": {piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + canary.encode()},
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((34, 1), (2, 1), (30, 1)),
            piexif.GPSIFD.GPSLongitudeRef: b"W", piexif.GPSIFD.GPSLongitude: ((118, 1), (13, 1), (2, 1)),
        },
    })  # fmt: skip
    out = io.BytesIO()
    Image.effect_noise((900, 600), 70).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def multipart(parts: list[tuple[str, str | None, bytes]]) -> tuple[bytes, dict]:
    body = b""
    for name, file, content in parts:
        label = f'; filename="{file}"' if file else ""
        body += f'--b0undary\r\nContent-Disposition: form-data; name="{name}"{label}\r\n\r\n'.encode() + content + b"\r\n"
    return body + b"--b0undary--\r\n", {"Content-Type": "multipart/form-data; boundary=b0undary"}


def send(server: Server, words: str, *files: tuple[str, bytes]):
    said = {"kind": "vehicles", "words": words, "where": {"text": "Boyle Heights"}}
    body, headers = multipart([("json", None, json.dumps(said).encode()), *[("files", name, file) for name, file in files]])
    return server.ask("POST", "/api/v1/reports", body, headers, timeout=120)


def forms(text: str) -> dict[str, bytes]:
    """Every way in which a word could stand on a disk."""
    plain = text.encode()
    codes = {f"base64+{cut}": base64.b64encode(b"x" * cut + plain)[4:-4] for cut in range(3)}
    return {
        "plain": plain, "utf-16": text.encode("utf-16-le"), "utf-16 be": text.encode("utf-16-be"),
        "hex": plain.hex().encode(), "HEX": plain.hex().upper().encode(), **codes,
    }  # fmt: skip


def newest(member, kind: str) -> dict:
    for incident in member.incidents():
        for report in member.detail(incident["id"])["reports"]:
            for file in report["files"]:
                if file["media_type"].startswith(kind):
                    return file
    raise AssertionError(f"no {kind} on the board")


def test_a_marked_word_is_found_nowhere_on_the_disk(vecinos, member):
    answer = send(vecinos, f"Vans by the park {CANARY}", (f"{CANARY}.jpg", photo()))
    assert answer.status == 201, answer.text
    code = answer.json()["code"]
    sent = vecinos.api("POST", "/api/v1/reports/messages", {"code": code, "message": f"They left {CANARY}"})
    assert sent.status == 201, sent.text
    looked_at = 0
    for path in pathlib.Path(vecinos.data).rglob("*"):
        if path.is_file():
            looked_at += 1
            content = path.read_bytes()
            for form, needle in forms(CANARY).items():
                assert needle not in content, f"{form} in {path}"
            assert CANARY not in path.name
    assert looked_at > 3
    page = vecinos.form("/report/answer", {"code": code})
    assert "They left" in page.text and "Vans by the park" not in page.text


def test_the_original_comes_back_whole_and_the_copy_says_nothing(vecinos, member):
    original = photo()
    assert send(vecinos, "A photo of the vans", ("a.jpg", original)).status == 201
    amina = member("amina")
    file = newest(amina, "image/")
    assert vecinos.ask("GET", f"/board/files/{file['id']}").status in (303, 401)
    back = amina.get(f"/board/files/{file['id']}")
    assert back.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in back.headers["Content-Security-Policy"]
    copy = amina.get(f"/board/files/{file['id']}/copy")
    assert copy.status == 200, copy.text[:300]
    assert copy.headers["Content-Type"] == "image/jpeg"
    assert CANARY.encode() not in copy.body
    shown = Image.open(io.BytesIO(copy.body))
    assert not shown.getexif() and max(shown.size) <= 2048


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is optional")
def test_video_and_sound_are_copied_without_what_they_say(vecinos, member, tmp_path):
    for name, kind, source in [
        ("v.mp4", "video/", ["-f", "lavfi", "-i", "testsrc=size=320x240:duration=1"]),
        ("s.wav", "audio/", ["-f", "lavfi", "-i", "sine=duration=1"]),
    ]:
        path = tmp_path / name
        marks = ["-metadata", f"title={CANARY}", "-metadata", "location=+34.0-118.2/"]
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *source, *marks, str(path)], check=True)
        assert send(vecinos, f"With a {kind}", (name, path.read_bytes())).status == 201
        amina = member("amina")
        copy = amina.get(f"/board/files/{newest(amina, kind)['id']}/copy")
        assert copy.status == 200, copy.text[:300]
        assert copy.headers["Content-Type"].startswith(kind)
        assert CANARY.encode() not in copy.body and b"34.0" not in copy.body


@pytest.mark.skipif(not shutil.which("vipsthumbnail"), reason="libvips is optional")
def test_random_bytes_that_begin_as_a_picture_support_nothing(vecinos, member):
    junk = b"\x89PNG\r\n\x1a\n" + os.urandom(5000)
    said = {"kind": "checkpoint", "words": "Cones on the road", "where": {"text": "Chatsworth"}}
    body, headers = multipart([("json", None, json.dumps(said).encode()), ("files", "a.png", junk)])
    assert vecinos.ask("POST", "/api/v1/reports", body, headers, timeout=120).status == 201
    amina = member("amina")
    file = newest(amina, "image/png")
    incident = next(
        incident for incident in amina.incidents()
        if any(file in report["files"] for report in amina.detail(incident["id"])["reports"])
    )  # fmt: skip
    assert incident["level"] in ("L0", "L1")
    assert amina.get(f"/board/files/{file['id']}/copy").status == 422


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is optional")
def test_a_long_film_supports_a_report_when_it_is_one(vecinos, member, tmp_path):
    """Too long to be looked at whole: its beginning and its end, where phones write what a player needs first."""
    path = tmp_path / "long.mov"
    picture = ["-f", "lavfi", "-i", "testsrc2=s=640x480:r=30:d=2.5", "-c:v", "rawvideo", "-pix_fmt", "uyvy422"]
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *picture, str(path)], check=True)
    film, junk = path.read_bytes(), b"\0\0\0\x14ftypqt  " + os.urandom(42_000_000)
    assert len(film) > 42_000_000
    amina = member("amina")
    for where, content, levels in [("Sylmar", film, ("L2",)), ("Reseda", junk, ("L0", "L1"))]:
        said = {"kind": "checkpoint", "words": "Cones on the road", "where": {"text": where}}
        body, headers = multipart([("json", None, json.dumps(said).encode()), ("files", "a.mov", content)])
        assert vecinos.ask("POST", "/api/v1/reports", body, headers, timeout=120).status == 201
        incident = next(
            incident for incident in amina.incidents(where.lower())
            if any(file["media_type"] == "video/quicktime"
                   for report in amina.detail(incident["id"])["reports"] for file in report["files"])
        )  # fmt: skip
        assert incident["level"] in levels


def test_what_is_no_picture_is_said_beside_its_field(vecinos):
    answer = send(vecinos, "Kept words", ("a.jpg", b"<html><script>alert(1)</script></html>"))
    assert answer.status == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["photos"]


def test_the_child_that_decodes_has_no_way_out(vecinos):
    """Sockets of every family, files to write, new privileges: the walls are tried from inside."""
    binary = pathlib.Path(f"/proc/{vecinos.process.pid}/exe").resolve()
    done = subprocess.run([binary, "clean-media", "probe"], capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "closed", done


def test_a_long_video_does_not_fill_the_memory(vecinos):
    def memory() -> int:
        lines = pathlib.Path(f"/proc/{vecinos.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    send(vecinos, "Warm up", ("w.mp4", b"\0\0\0\x18ftypisom" + bytes(1_000_000)))
    before = memory()
    answer = send(vecinos, "A long video", ("long.mp4", b"\0\0\0\x18ftypisom" + bytes(150_000_000)))
    assert answer.status == 201, answer.text
    assert memory() - before < 48_000, "kB more at the peak"
