# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the Django stand-in as its own documentation advises for two cores: gunicorn, two workers with threads."""

import os
import subprocess
import sys

from harness import HERE, Bench, Server, free_port


def command(port: int) -> list:
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--workers",
        2,
        "--worker-class",
        "gthread",
        "--threads",
        4,
        "--keep-alive",
        30,
        "--backlog",
        4096,
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "warning",
        "--chdir",
        HERE / "peers",
        "django_app:application",
    ]


def environment(bench: Bench, page_bytes: int = 4000) -> dict:
    return {"PEER_DATABASE": str(bench.folder / "django.sqlite"), "PEER_PAGE_BYTES": str(page_bytes)}


def start(bench: Bench, page_bytes: int = 4000) -> Server:
    settings = environment(bench, page_bytes)
    subprocess.run(
        [sys.executable, "-c", "import django_app; django_app.prepare()"],
        cwd=HERE / "peers",
        check=True,
        env={**os.environ, **settings},
        timeout=60,
    )
    port = free_port()
    return bench.start("django", command(port), port, "/healthz", settings)
