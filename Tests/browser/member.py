# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member who signed in over HTTP: their cookie for a browser, and what they can do without one."""

import re

import pyotp
from server import Answer, Server


def hidden(page: str, name: str) -> str:
    """The value of the first hidden field of that name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name} in the page"
    return found[1]


class Member:
    """`secret`: the base32 that their app holds, where the instance asks for codes; a demonstration doesn't."""

    def __init__(self, server: Server, login: str, passphrase: str | None = None, secret: str | None = None):
        self.server, self.login = server, login
        token = hidden(server.ask("GET", "/sign-in").text, "_token")
        fields = {"_token": token, "back": "", "login": login, "passphrase": passphrase or server.passphrase}
        if secret:
            fields["code"] = pyotp.TOTP(secret).now()
        answer = server.form("/sign-in", fields)
        assert answer.status == 303, f"{login} could not sign in: {answer.status}"
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        session = self.get("/api/v1/session").json()
        self.csrf, self.id, self.handle = session["csrf"], session["id"], session["handle"]

    @property
    def storage_state(self) -> dict:
        """For `browser.new_context(storage_state=…)`."""
        name, value = self.cookie.split("=", 1)
        cookie = {
            "name": name, "value": value, "domain": "127.0.0.1", "path": "/", "expires": -1,
            "httpOnly": True, "secure": False, "sameSite": "Strict",
        }  # fmt: skip
        return {"cookies": [cookie], "origins": []}

    def get(self, path: str) -> Answer:
        return self.server.ask("GET", path, headers={"Cookie": self.cookie})

    def post(self, path: str, fields=()) -> Answer:
        """A form of a page: with the session's token."""
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        return self.server.form(path, [("_token", self.csrf), *pairs], {"Cookie": self.cookie})

    def api(self, method: str, path: str, body=None) -> Answer:
        return self.server.api(method, path, body, {"Cookie": self.cookie, "X-CSRF-Token": self.csrf})

    def saw(self, incident: str, finding: dict) -> Answer:
        """Signs a finding, from the scene with the eyes of somebody who was sent there."""
        if finding.get("how") == "on_scene":
            finding = {**finding, "witness": self.server.stood_there(incident)}
        return self.api("POST", f"/api/v1/incidents/{incident}/verifications", finding)

    def incidents(self, zone: str | None = None) -> list[dict]:
        items = self.get("/api/v1/incidents?limit=100").json()["items"]
        return [item for item in items if zone is None or item.get("zone") == zone]

    def detail(self, incident: str) -> dict:
        return self.get(f"/api/v1/incidents/{incident}").json()
