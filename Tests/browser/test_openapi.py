# SPDX-License-Identifier: AGPL-3.0-or-later
"""The description of the interface, as readers of YAML 1.1 take it: `yes` and `on` without quotes are no names to them."""

import yaml
from server import ROOT


def names(part):
    if isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from value if key == "required" and isinstance(value, list) else names(value)
    elif isinstance(part, list):
        for value in part:
            yield from names(value)


def test_every_name_is_a_text():
    described = yaml.safe_load((ROOT / "docs/api/openapi.yaml").read_text())
    assert [name for name in names(described) if not isinstance(name, str | int) or isinstance(name, bool)] == []
    assert "yes" in described["components"]["schemas"]["DrillTurnout"]["required"]
