# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a start refuses, and in which words; what runs beside a server."""

import shutil
import subprocess

from server import BINARY, ENVIRONMENT, serving


def run(*command, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BINARY, *map(str, command)], capture_output=True, text=True, timeout=180, env={**ENVIRONMENT, **more}
    )


def test_a_second_server_on_the_same_folder_is_refused_and_commands_are_not(founded, tmp_path):
    data, made = tmp_path / "data", founded[1]
    shutil.copytree(founded[0], data)
    with serving(data, made) as server:
        second = run("serve", "--data", data, "--port", server.port + 1)
        assert second.returncode != 0
        assert "is in use by another vecinos" in second.stderr
        for command in ["doctor", "demo", "inventory"]:
            beside = run(command, "--data", data)
            assert beside.returncode == 0, f"{command}: {beside.stderr}"
        assert "Stop the server first" in run("rekey", "--data", data).stderr
        assert server.ask("GET", "/healthz").status == 200
    with serving(data, made):
        pass
