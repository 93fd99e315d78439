# SPDX-License-Identifier: AGPL-3.0-or-later
"""The routes as Sources/Web/Routes.swift and its parts name them: the site map is there to be read."""

import pathlib
import re
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The functions of Routes.swift, and who enters by them.
GROUPS = {"router": "everyone", "everyone": "everyone", "entering": "members", "members": "members"}


def routes() -> list[tuple[str, str, str]]:
    """Method, path and group: `everyone`, `door` (public, not while locked) or `members`."""
    # The map itself first: what stands before its first function is everybody's.
    parts = sorted((ROOT / "Sources/Web").glob("Routes*.swift"), key=lambda part: (part.name != "Routes.swift", part.name))
    found, group, doors = [], "everyone", set()
    for line in "\n".join(part.read_text() for part in parts).splitlines():
        if function := re.search(r"func (\w+)\(_ (\w+): (\w+)", line):
            group = "members" if "RouterGroup<MemberContext>" in line else "everyone"
        if made := re.search(r"let (\w+) = router\.group\(\).*OnlyUnlocked", line):
            doors.add(made[1])
        if route := re.search(r"\b(\w+)\.(get|post|put|delete|patch)\(\"([^\"]*)\"", line):
            name = "door" if route[1] in doors else group
            found.append((route[2].upper(), "/" + route[3], name))
    assert len(found) > 100, "Routes.swift reads differently now: mend Tests/assure/site_map.py"
    return found


def filled(path: str, values: dict[str, str]) -> str:
    """`values`: by the parameter's name; one that is not given gets an identifier of nothing."""
    return re.sub(r":(\w+)", lambda name: values.get(name[1], str(uuid.UUID(int=0x19A0000000007000800000000000BEEF))), path)
