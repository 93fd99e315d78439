# SPDX-License-Identifier: AGPL-3.0-or-later
"""A locked instance, after a panic and after a restart: every report is taken, nothing of the members' side is to be had."""

import pathlib
import re

import site_map
from common import command, complain, demonstration, key, post_report, serving
from member import Member

GOAL = "locked: reports 100 %, staff data 0 %"
OPEN_PAGES = ["/", "/now", "/report", "/report/answer", "/help", "/about", "/rights", "/privacy", "/unlock"]


def measure(quick: bool, work: pathlib.Path) -> dict:
    data, made = demonstration(work)
    reports = 40 if quick else 200
    names = [person["handle"] for person in made["people"]]
    with serving(data, made) as server:
        amina = Member(server, "amina")
        incident = amina.incidents()[0]["id"]
        told = command("panic", "--data", data)
        assert told.returncode == 0, told.stderr
        took = int(re.search(r"after (\d+) ms", told.stdout)[1])
        taken = pages = given = asked = 0
        for after_a_restart in [False, True]:
            if after_a_restart:
                server.kill()
                server.start()
            for number in range(reports // 2):
                answer = post_report(server, number + after_a_restart * reports, key())
                if answer and answer.status == 201:
                    taken += server.lookup(answer.json()["code"]).status == 200
            pages += sum(server.ask("GET", path).status == 200 for path in OPEN_PAGES)
            for method, path, group in site_map.routes():
                if group == "everyone":
                    continue
                for headers in [{}, {"Cookie": amina.cookie}]:
                    url = site_map.filled(path, {"id": incident})
                    answer = server.ask("GET", url, headers=headers) if method == "GET" else server.form(
                        url, {"_token": amina.csrf}, headers
                    )  # fmt: skip
                    asked += 1
                    # A page that says no may be any; what is counted is an answer that says yes, or names somebody.
                    if 200 <= answer.status < 300 or any(f">{name}<" in answer.text for name in names):
                        given += 1
                        complain(f"while locked: {method} {url} {answer.status}")
    return {
        "locked_after_ms": took, "reports": f"{taken}/{reports}", "public_pages": f"{pages}/{2 * len(OPEN_PAGES)}",
        "staff_requests": asked, "staff_data": given,
        "met": taken == reports and given == 0 and asked > 100 and pages == 2 * len(OPEN_PAGES) and took <= 1_000,
    }  # fmt: skip
