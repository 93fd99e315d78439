# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notices in a browser: a real Chromium signs up, a stand-in is its push service, and what is sent there is opened by
libraries that we did not write. Chromium's own push service is far away: `subscribe` gives what it would give."""

import base64
import json
import pathlib
import sys
import urllib.parse
import uuid

import http_ece
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import expect

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from providers import Providers  # noqa: E402

SUBSCRIBE = """
  const given = %s;
  const made = (options) => ({
    endpoint: given.endpoint, options, toJSON: () => given,
    unsubscribe: async () => { sessionStorage.removeItem("key"); return true; },
  });
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer;
  PushManager.prototype.subscribe = async (options) => {
    if (!options.userVisibleOnly) throw new Error("must be seen");
    sessionStorage.setItem("key", btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey))));
    return made(options);
  };
  PushManager.prototype.getSubscription = async () =>
    sessionStorage.getItem("key") ? made({ applicationServerKey: bytes(sessionStorage.getItem("key")) }) : null;
"""


@pytest.fixture(scope="module")
def chromium(launch):
    """The one with a window's worth: the other shows no notices."""
    with launch("/usr/bin/chromium") as browser:
        yield browser


@pytest.fixture(scope="module")
def providers():
    with Providers() as world:
        yield world


@pytest.fixture(scope="module")
def ruth(vecinos, member, providers):
    coordinator = member("ruth")
    forms = [
        {"make": "vapid", "from": "us@vecinos.example"},
        {"make": "twilio", "url": providers.url, "account": providers.account, "secret": providers.token,
         "from": providers.number, "rate": "200"},
    ]  # fmt: skip
    for form in forms:
        assert coordinator.post("/settings/channels", {"on": "on", "private": "on", **form}).status == 303
    return coordinator


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """The keys that a browser's push service holds."""

    def __init__(self, providers, name: str):
        self.key, self.auth, self.path = ec.generate_private_key(ec.SECP256R1()), uuid.uuid4().bytes, f"/push/{name}"
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": coded(public), "auth": coded(self.auth)}
        self.given = {"endpoint": providers.url + self.path, "expirationTime": None, "keys": keys}
        self.script = SUBSCRIBE % json.dumps(self.given)

    def opened(self, taken: dict) -> dict:
        """RFC 8291 and 8188, by `http_ece`."""
        body = base64.b64decode(taken["body"])
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))


def check_vapid(taken: dict, audience: str):
    """RFC 8292, by `cryptography`."""
    headers = {name.lower(): value for name, value in taken["headers"].items()}
    scheme, _, rest = headers["authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    point, raw = decoded(parts["k"]), decoded(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    public.verify(
        encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")), signed.encode(), ec.ECDSA(hashes.SHA256())
    )
    claims = json.loads(decoded(signed.split(".")[1]))
    assert claims["aud"] == audience and claims["sub"] == "mailto:us@vecinos.example"
    assert int(headers["ttl"]) > 0 and headers["urgency"] in ("high", "normal")
    assert len(headers["topic"]) <= 32


def open_form(visit, browser, **more):
    page = visit("/rights", permissions=["notifications"], **more)
    page.add_init_script(browser.script)
    page.goto("/subscribe")
    return page


def sign_up(page, words=False, place="sylmar"):
    page.select_option("#channel", "push")
    expect(page.locator("#address")).to_be_hidden()
    if words:
        page.check("[name=words]")
    page.select_option("#place-1", place)
    page.locator("form[data-push] button.first").click()
    page.wait_for_url("**/subscribe/manage/**")


def deliver(page, notice: dict) -> list[dict]:
    """As the browser does when its push service calls; gives what is shown then."""
    session = page.context.new_cdp_session(page)
    found: list[dict] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    id = next(one["registrationId"] for one in found if one["scopeURL"].endswith("/subscribe/"))
    origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(page.url))
    shown = """async () => {
      const registration = await navigator.serviceWorker.getRegistration("/subscribe/");
      for (let turn = 0; turn < 100; turn += 1) {
        const all = await registration.getNotifications();
        if (all.length) return all.map(({ title, body, tag, data, lang, dir }) => ({ title, body, tag, data, lang, dir }));
        await new Promise((done) => setTimeout(done, 100));
      }
      return [];
    }"""
    # A browser on a busy machine now and then stops the worker before it has seen the message. It is shown once, however often
    # it comes.
    for _ in range(3):
        given = {"origin": origin, "registrationId": id, "data": json.dumps(notice)}
        session.send("ServiceWorker.deliverPushMessage", given)
        if now := page.evaluate(shown):
            return now
    return []


def confirmed(vecinos, member, place: str) -> str:
    vecinos.report(f"White vans at the market in {place}", place)
    amina = member("amina")
    id = next(one["id"] for one in amina.incidents(place.lower()) if not one["exercise"])
    answer = amina.saw(id, {"truth": "confirmed", "level": "L4", "how": "on_scene"})
    assert answer.status == 201
    return id


def test_a_browser_signs_up_is_told_and_leaves(vecinos, member, providers, ruth, visit, accessible, spanish):
    browser = Browser(providers, "ana")
    page = open_form(visit, browser, language="es", width=360)
    accessible(page)
    sign_up(page)
    expect(page.get_by_role("status").first).to_contain_text(spanish("subscribe.welcome"))
    expect(page.locator("main")).to_contain_text(spanish("push.this_way"))
    expect(page.locator("[data-push-lost]")).to_be_hidden()
    accessible(page)

    # An alert with two keys, by a program; the notice is for this browser only.
    carmen, id = member("carmen"), confirmed(vecinos, member, "Sylmar")
    begun = carmen.api("POST", "/api/v1/broadcasts", {"incident": id})
    assert begun.status == 201, begun.text
    path = f"/api/v1/broadcasts/{begun.json()['id']}"
    key = {"passphrase": vecinos.passphrase}
    assert carmen.api("POST", f"{path}/request", key).status == 201
    assert carmen.api("POST", f"{path}/approval", key).status == 403, "the same person"
    assert ruth.api("POST", f"{path}/approval", key).status == 201
    taken = providers.wait(1, browser.path, seconds=60)[-1]
    notice = browser.opened(taken)
    assert "Sylmar" in notice["body"] and notice["link"].startswith(vecinos.url)
    assert "Sylmar" not in json.dumps(taken["headers"])
    check_vapid(taken, providers.url)
    other = Browser(providers, "somebody else")
    with pytest.raises(http_ece.ECEException):
        other.opened(taken)

    # On the screen: words that tell nobody anything, once for the same message, and a page of ours behind it.
    shown = deliver(page, notice)
    assert [one["title"] for one in shown] == [spanish("push.title")]
    assert shown[0]["body"] == spanish("push.body") and shown[0]["lang"] == "es"
    assert "Sylmar" not in json.dumps(shown)
    assert shown[0]["data"] == urllib.parse.urlsplit(notice["link"]).path
    assert len(deliver(page, notice)) == 1, "the same message twice is one notice"
    assert vecinos.ask("GET", shown[0]["data"]).status == 200

    address = page.url.split("?")[0]
    page.locator("form[data-push-leave] button").click()
    expect(page.locator("h1")).to_have_text(spanish("subscribe.left_title"))
    assert vecinos.ask("GET", urllib.parse.urlsplit(address).path).status == 404
    assert page.evaluate("navigator.serviceWorker.getRegistration('/subscribe/').then((one) => Boolean(one))") is False


RENEWED = """async (given) => {
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async (options) => {
    if (!options.userVisibleOnly || !options.applicationServerKey) throw new Error("not ours");
    return { endpoint: given.endpoint, toJSON: () => given };
  };
  // Chromium's browser process alone can raise the event: this is what it would call, and as it does, without the old one.
  await renew({ oldSubscription: null, newSubscription: null });
  return (await (await (await caches.open("push-1")).match("/subscribe/address.json")).json()).subscription.endpoint;
}"""


def test_a_browser_with_a_new_address_is_told_there_and_keeps_what_it_chose(vecinos, member, providers, ruth, visit):
    browser, renewed = Browser(providers, "nora"), Browser(providers, "nora-2")
    page = open_form(visit, browser)
    sign_up(page, place="pacoima")
    (worker,) = page.context.service_workers
    assert worker.evaluate("typeof onpushsubscriptionchange") == "object"
    assert worker.evaluate(RENEWED, renewed.given) == renewed.given["endpoint"]
    # A second time it has nothing to say: the address is the same.
    assert worker.evaluate(RENEWED, renewed.given) == renewed.given["endpoint"]
    carmen, id = member("carmen"), confirmed(vecinos, member, "Pacoima")
    path = f"/api/v1/broadcasts/{carmen.api('POST', '/api/v1/broadcasts', {'incident': id}).json()['id']}"
    key = {"passphrase": vecinos.passphrase}
    assert carmen.api("POST", f"{path}/request", key).status == 201
    assert ruth.api("POST", f"{path}/approval", key).status == 201
    taken = providers.wait(1, renewed.path, seconds=60)[-1]
    assert "Pacoima" in renewed.opened(taken)["body"]
    assert providers.texts(browser.path) == [], "nothing goes to the old one"


def test_who_wants_the_words_on_the_screen_gets_them_and_odd_messages_show_nothing_strange(providers, ruth, visit):
    page = open_form(visit, Browser(providers, "words"))
    sign_up(page, words=True)
    notice = {"title": "Alert", "body": "<b>Vans</b>", "link": "https://evil.example/now?x=1", "key": "k1"}
    (shown,) = deliver(page, notice)
    assert (shown["title"], shown["body"], shown["data"]) == ("Alert", "<b>Vans</b>", "/now?x=1")


def test_a_browser_that_says_no_sends_nothing(vecinos, providers, ruth, visit):
    browser = Browser(providers, "no")
    page = visit("/rights")
    page.add_init_script(browser.script + "Notification.requestPermission = async () => 'denied';")
    page.goto("/subscribe")
    page.select_option("#channel", "push")
    page.select_option("#place-1", "sylmar")
    page.locator("form[data-push] button.first").click()
    expect(page.locator("[data-push-status]")).to_contain_text("does not allow notices")
    assert page.url.endswith("/subscribe")
    # Another way works on.
    page.select_option("#channel", "sms")
    page.fill("#address", "323 555 0155")
    page.locator("form[data-push] button.first").click()
    expect(page.locator("h1")).to_have_text("Almost done")


def test_a_member_is_told_when_their_pages_are_closed(vecinos, member, providers, ruth, visit, accessible):
    browser = Browser(providers, "amina")
    page = visit("/settings", login="amina", permissions=["notifications"], width=360, scheme="dark")
    page.add_init_script(browser.script)
    page.goto("/settings/contact")
    accessible(page)
    page.get_by_role("button", name="Turn on notices here").click()
    expect(page.locator("main")).to_contain_text("A browser of yours")
    accessible(page)
    assert page.evaluate("navigator.serviceWorker.getRegistration('/subscribe/').then((one) => Boolean(one))") is True


def test_it_is_there_by_keyboard_and_at_320_pixels(providers, ruth, visit):
    page = open_form(visit, Browser(providers, "keys"), width=320)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus("#channel")
    page.keyboard.press("Home")
    expect(page.locator("#channel")).to_have_value("push")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "place-1":
            break
    page.keyboard.type("Syl")
    expect(page.locator("#place-1")).to_have_value("sylmar")
    page.locator("form[data-push] button.first").press("Enter")
    page.wait_for_url("**/subscribe/manage/**")
