# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages through the door: a real server, stand-ins that speak the providers' protocols, a real SMTP server, and
signatures made and checked by libraries that we did not write."""

import base64
import html
import io
import json
import pathlib
import re
import sys
import time
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from member import hidden
from PIL import Image
from playwright.sync_api import expect
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from twilio.request_validator import RequestValidator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "standins"))
from mail_server import Mailbox  # noqa: E402
from providers import Call, Providers, sign  # noqa: E402


@pytest.fixture(scope="module")
def providers():
    with Providers() as world:
        yield world


@pytest.fixture(scope="module")
def mailbox():
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def open_channels(vecinos, member, providers, mailbox):
    ruth = next(one["login"] for one in vecinos.people if "coordinator" in one["roles"])
    coordinator = member(ruth)
    forms = [
        {"make": "twilio", "url": providers.url, "account": providers.account, "secret": providers.token, "from": providers.number, "rate": "200"},
        {"make": "twilio_voice", "url": providers.url, "account": providers.account, "secret": providers.token, "from": providers.number},
        {"make": "smtp", "url": f"smtp://127.0.0.1:{mailbox.port}", "from": "us@vecinos.example", "rate": "100"},
        {"make": "signal_rest", "url": providers.url, "from": "+13235550001", "rate": "50"},
        {"make": "whatsapp_cloud", "url": providers.url, "account": "1055", "secret": "bearer", "inbound": "app-secret-0123456789"},
        {"make": "vapid", "from": "us@vecinos.example"},
        {"make": "standard_webhooks", "rate": "50"},
    ]  # fmt: skip
    for form in forms:
        answer = coordinator.post("/settings/channels", {"on": "on", "private": "on", **form})
        assert answer.status == 303, re.sub(r"<[^>]+>", " ", answer.text)[:2000]
    return coordinator


def text(vecinos, providers, number: str, words: str, sid: str | None = None, signature: str | None = None):
    fields = {"MessageSid": sid or "SM" + uuid.uuid4().hex, "From": number, "To": providers.number, "Body": words}
    url = f"{vecinos.url}/hooks/sms/twilio"
    proof = signature or RequestValidator(providers.token).compute_signature(url, fields)
    return vecinos.form("/hooks/sms/twilio", fields, {"X-Twilio-Signature": proof})


def picture(vecinos, providers, number: str, words: str, *photos: bytes):
    """A text with photos, as Twilio tells it: the photos stay there until they are asked for."""
    fields = {"MessageSid": "MM" + uuid.uuid4().hex, "From": number, "To": providers.number, "Body": words}
    fields["NumMedia"] = str(len(photos))
    for index, photo in enumerate(photos):
        name = f"{fields['MessageSid']}/ME{uuid.uuid4().hex}"
        with providers.lock:
            providers.media[name] = photo
        folder = f"{providers.url}/2010-04-01/Accounts/{providers.account}/Messages/"
        fields[f"MediaUrl{index}"] = folder + name.replace("/", "/Media/")
    proof = RequestValidator(providers.token).compute_signature(f"{vecinos.url}/hooks/sms/twilio", fields)
    return vecinos.form("/hooks/sms/twilio", fields, {"X-Twilio-Signature": proof})


def ask(vecinos, channel: str, address: str, place="boyle-heights"):
    page = vecinos.ask("GET", "/subscribe").text
    fields = [("_token", hidden(page, "_token")), ("website", ""), ("channel", channel), ("address", address)]
    fields += [("place", place), ("place", ""), ("topic", "alerts"), ("language", "es")]
    return vecinos.form("/subscribe", fields)


def subscribe(vecinos, providers, number: str) -> str:
    """Signs a telephone up and gives the page where it is changed."""
    answer = ask(vecinos, "sms", number)
    assert answer.status == 200
    code = re.search(r"\b(\d{6})\b", providers.wait(1, number)[-1]["text"])[1]
    done = vecinos.form("/subscribe/confirm", {"channel": "sms", "address": number, "code": code})
    assert done.status == 303
    return done.headers["Location"]


def test_only_a_coordinator_sets_channels(vecinos, member, open_channels):
    other = next(one["login"] for one in vecinos.people if "coordinator" not in one["roles"])
    assert member(other).get("/settings/channels").status == 403
    page = open_channels.get("/settings/channels").text
    assert "twilio-token" not in page and "bearer" not in page, "a secret is never shown again"


def test_a_test_goes_out(providers, open_channels):
    page = open_channels.get("/settings/channels").text
    fields = {"channel": "sms", "to": "323 555 0111", "submission": hidden(page, "submission")}
    assert open_channels.post("/settings/channels/test", fields).status == 303
    (one,) = providers.wait(1, "+13235550111")
    assert one["callback"].split("key=")[1] == one["key"]
    open_channels.post("/settings/channels/test", fields)
    time.sleep(1)
    assert len(providers.texts("+13235550111")) == 1, "the same form twice is one test"


@pytest.mark.parametrize("signature", ["", "AAAA", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
def test_a_forged_text_is_refused(vecinos, providers, open_channels, signature):
    number = "+13235550199"
    answer = text(vecinos, providers, number, "STOP", signature=signature or " ")
    assert answer.status == 403
    time.sleep(0.6)
    assert providers.texts(number) == []


def test_a_changed_text_is_refused(vecinos, providers, open_channels):
    fields = {"MessageSid": "SM1", "From": "+13235550198", "Body": "hello"}
    proof = RequestValidator(providers.token).compute_signature(f"{vecinos.url}/hooks/sms/twilio", fields)
    answer = vecinos.form("/hooks/sms/twilio", {**fields, "Body": "STOP"}, {"X-Twilio-Signature": proof})
    assert answer.status == 403


def test_no_gateway_means_no_gateway(vecinos, open_channels):
    body = json.dumps({"id": "1", "from": "+13235550100", "text": "STOP"}).encode()
    headers = {"Content-Type": "application/json", **sign("whsec_AAAA", "1", body)}
    assert vecinos.ask("POST", "/hooks/sms/gateway", body, headers).status == 403


def test_signal_and_whatsapp_prove_themselves(vecinos, open_channels):
    assert vecinos.ask("POST", "/hooks/signal/wrong", b"{}").status == 403
    assert vecinos.ask("POST", "/hooks/whatsapp", b"{}", {"X-Hub-Signature-256": "sha256=00"}).status == 403
    assert vecinos.ask("GET", "/hooks/whatsapp?hub.verify_token=x&hub.challenge=1").status == 403


def test_sign_up_confirm_change_and_stop(vecinos, providers, open_channels):
    number = "+13235550120"
    link = subscribe(vecinos, providers, number)
    page = vecinos.ask("GET", link)
    assert page.status == 200 and 'value="boyle-heights" selected' in page.text
    path = link.split("?")[0]
    form = [("_token", hidden(page.text, "_token")), ("place", "*"), ("topic", "events"), ("language", "en")]
    assert vecinos.form(path, form).status == 303
    assert text(vecinos, providers, number, "¡Parar!").status == 200
    stopped = providers.wait(2, number)[-1]["text"]
    assert "START" in stopped
    assert vecinos.ask("GET", path).status == 404, "who stopped is erased"


@pytest.mark.parametrize("word", ["STOP", "alto", "停止", "그만", "СТОП", "توقف"])
def test_stop_in_many_languages(vecinos, providers, open_channels, word):
    number = f"+1323555{2000 + abs(hash(word)) % 7000:04d}"
    path = subscribe(vecinos, providers, number).split("?")[0]
    assert text(vecinos, providers, number, word).status == 200
    assert vecinos.ask("GET", path).status == 404


def test_a_wrong_code_does_not_sign_up(vecinos, providers, open_channels):
    number = "+13235550121"
    ask(vecinos, "sms", number)
    sent = re.search(r"\b(\d{6})\b", providers.wait(1, number)[-1]["text"])[1]
    for _ in range(5):
        answer = vecinos.form("/subscribe/confirm", {"channel": "sms", "address": number, "code": "12"})
        assert answer.status == 422
    answer = vecinos.form("/subscribe/confirm", {"channel": "sms", "address": number, "code": sent})
    assert answer.status == 422, "after five wrong ones the right one is too late"


def test_mail_is_confirmed_by_a_tap_and_ended_in_one_click(vecinos, mailbox, open_channels):
    assert ask(vecinos, "email", "Ana@example.org").status == 200
    to, mail = mailbox.wait(1)[-1]
    assert to == "Ana@example.org"
    assert re.fullmatch(r"<[0-9a-f-]{36}@vecinos\.example>", mail["Message-ID"])
    path = re.search(r"(/subscribe/confirm/[\w-]+)", mail.get_content())[1]
    assert vecinos.ask("GET", path).status == 200
    assert vecinos.ask("GET", path).status == 200, "opening the link changes nothing"
    done = vecinos.form(path, {})
    assert done.status == 303
    manage = done.headers["Location"].split("?")[0]
    assert vecinos.ask("GET", manage).status == 200
    token = manage.rsplit("/", 1)[1]
    # As a mail service posts it: no cookie, from its own page.
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    assert vecinos.form(f"/unsubscribe/{token}", {"List-Unsubscribe": "One-Click"}, headers).status == 200
    assert vecinos.ask("GET", manage).status == 404


def test_a_mail_server_that_refuses(vecinos, mailbox, open_channels):
    mailbox.refuse["late@example.org"] = "451 later"
    before = len(mailbox.mails)
    ask(vecinos, "email", "late@example.org")
    time.sleep(1)
    assert len(mailbox.mails) == before
    del mailbox.refuse["late@example.org"]
    assert mailbox.wait(before + 1, seconds=20)[-1][0] == "late@example.org"


def test_a_mail_server_that_blocks_us_says_nothing_of_the_person(vecinos, mailbox, open_channels):
    """Refused for good at RCPT, in several lines: shown as given up with its code. That a mailbox is none is not believed before
    the server took somebody else's mail: until then it is tried again."""
    mailbox.refuse["blocked@example.org"] = "550-5.7.1 Your network is blocked\r\n550 5.7.1 user unknown to our policy"
    mailbox.refuse["nobody@example.org"] = "550 5.1.1 User unknown"
    ask(vecinos, "email", "nobody@example.org")
    ask(vecinos, "email", "blocked@example.org")
    until = time.monotonic() + 30
    while not all(code in open_channels.get("/settings/channels").text for code in ("mail: 550 5.7.1", "mail: 550 5.1.1")):
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_browser_signs_up_by_its_own_word(vecinos, providers, open_channels):
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    auth = uuid.uuid4().bytes
    coded = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")  # noqa: E731
    subscription = {"endpoint": f"{providers.url}/push/ana", "keys": {"p256dh": coded(public), "auth": coded(auth)}}
    page = vecinos.ask("GET", "/subscribe").text
    fields = {"_token": hidden(page, "_token"), "place": "boyle-heights", "topic": "alerts", "language": "es"}
    answer = vecinos.form("/subscribe/browser", {**fields, "subscription": json.dumps(subscription)})
    assert answer.status == 303
    assert vecinos.ask("GET", answer.headers["Location"]).status == 200
    broken = {**subscription, "endpoint": "http://user@10.0.0.1/x"}
    assert vecinos.form("/subscribe/browser", {**fields, "subscription": json.dumps(broken)}).status == 422


def test_the_process_is_killed_in_the_middle_and_loses_nothing(vecinos, providers, open_channels):
    numbers = [f"+1323556{1000 + index:04d}" for index in range(40)]
    providers.delay = 0.2
    try:
        for number in numbers:
            assert ask(vecinos, "sms", number).status == 200
        providers.wait(5)
        vecinos.kill()
        vecinos.start()
        for number in numbers:
            providers.wait(1, number, seconds=90)
    finally:
        providers.delay = 0
    again = [key for key, count in providers.keys.items() if key and count > 1]
    listed = open_channels.get("/settings/channels").text
    assert all(key in listed for key in again), "what went twice is listed, by the same mark"


def test_a_slow_and_failing_provider(vecinos, providers, open_channels):
    number = "+13235550130"
    providers.say(503, 429)
    ask(vecinos, "sms", number)
    assert len(providers.wait(1, number, seconds=30)) == 1


def test_standard_webhooks_library_agrees_with_the_stand_in(providers):
    body = b'{"test": 1}'
    Webhook(providers.secret).verify(body, sign(providers.secret, "msg_1", body))


def soon(check, seconds: float = 60):
    """What `check` gives, once it gives something."""
    until = time.monotonic() + seconds
    while not (found := check()) and time.monotonic() < until:
        time.sleep(0.1)
    assert found, "it did not come"
    return found


def test_a_photo_by_text_is_sealed_with_its_report_and_deleted_at_the_provider(vecinos, member, providers, open_channels):
    number = "+13235557740"
    photo = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(photo, "JPEG")
    assert picture(vecinos, providers, number, "REPORT white vans at the market in Sylmar", photo.getvalue()).status == 200
    assert "Your code" in providers.wait(1, number)[-1]["text"]
    soon(lambda: providers.media == {})
    amina = member("amina")
    incident = soon(lambda: amina.incidents("sylmar"))[0]["id"]
    reports = amina.detail(incident)["reports"]
    assert sum(len(one["files"]) for one in reports) == 1
    # One that never becomes a report goes too.
    assert picture(vecinos, providers, number, "STOP", photo.getvalue()).status == 200
    soon(lambda: providers.media == {}, seconds=200)


def test_a_web_hook_hears_what_the_public_hears_signed_for_a_library_that_we_did_not_write(
    vecinos, member, providers, open_channels
):
    made = open_channels.post("/settings/hooks", {"name": "School", "address": f"{providers.url}/hook/school"})
    secret = html.unescape(re.search(r'id="secret">([^<]+)<', made.text)[1])
    path = re.search(r'href="(/settings/hooks/[^"]+)"', made.text)[1]
    assert open_channels.post(f"{path}/test").status == 303

    def came(kind: str):
        return next((one for one in providers.texts("/hook/school") if json.loads(one["text"])["type"] == kind), None)

    Webhook(secret).verify(soon(lambda: came("test"))["text"], came("test")["headers"])
    vecinos.report("White vans by the school in Pacoima", "Pacoima")
    amina = member("amina")
    incident = next(one["id"] for one in amina.incidents("pacoima") if not one["exercise"])
    seen = {"truth": "confirmed", "level": "L4", "how": "on_scene"}
    assert amina.saw(incident, seen).status == 201
    alert = soon(lambda: came("status.alert"))
    told = Webhook(secret).verify(alert["text"], alert["headers"])
    # By the name that everybody outside knows, which tells no time.
    names = [one["id"] for one in vecinos.ask("GET", "/api/v1/status").json()["features"]]
    assert told["data"]["incident"] in names and told["data"]["place"]["id"] == "pacoima"
    assert incident not in alert["text"]
    assert "school" not in alert["text"], "never a reporter's words"
    # A new secret: both are good for a day.
    again = open_channels.post(f"{path}/secret")
    new = html.unescape(re.search(r'id="secret">([^<]+)<', again.text)[1])
    over = {"truth": "unfounded", "level": "L4", "how": "on_scene"}
    assert amina.saw(incident, over).status == 201
    correction = soon(lambda: came("status.correction"))
    for each in (secret, new):
        Webhook(each).verify(correction["text"], correction["headers"])
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(correction["text"].replace("pacoima", "sylmar"), correction["headers"])
    # Its server is gone: that is seen, and nothing more goes there.
    providers.hooks["school"] = 410
    open_channels.post(f"{path}/test")
    soon(lambda: "Its server says it is gone" in open_channels.get(path).text)


def test_a_hook_in_a_private_network_is_never_called(vecinos, providers, open_channels):
    """Without the coordinator's word that it stands here, nothing on this machine is reached."""
    form = {"make": "standard_webhooks", "rate": "50", "on": "on"}
    assert open_channels.post("/settings/channels", form).status == 303
    refused = open_channels.post("/settings/hooks", {"name": "Inside", "address": f"{providers.url}/hook/inside"})
    assert refused.status == 422
    port = providers.url.rsplit(":", 1)[1]
    for host in ("127.0.0.1", "localhost", "[::1]"):
        made = open_channels.post("/settings/hooks", {"name": "Inside", "address": f"https://{host}:{port}/hook/inside"})
        path = re.search(r'href="(/settings/hooks/[^"]+)"', made.text)[1]
        assert open_channels.post(f"{path}/test").status == 303
        soon(lambda path=path: re.search(r"<td>[1-9] (try|tries|intentos?)</td>", open_channels.get(path).text))
        assert open_channels.post(f"{path}/removal", {"sure": "yes"}).status == 303
    assert providers.texts("/hook/inside") == []
    assert open_channels.post("/settings/channels", {**form, "private": "on"}).status == 303


def test_the_pages_of_web_hooks(visit, accessible, open_channels):
    open_channels.post("/settings/hooks", {"name": "Sindicato", "address": "https://sindicato.example/aviso?x=1"})
    for scheme, width in (("light", 1280), ("dark", 320)):
        page = visit("/settings/hooks", login=open_channels.login, width=width, scheme=scheme)
        accessible(page)
        page.get_by_role("link", name="Sindicato").click()
        expect(page.locator("h1")).to_have_text("Sindicato")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_public_pages_need_no_script(visit, open_channels):
    page = visit("/subscribe", width=320, language="es", script=False)
    assert page.locator("select[name=channel]").count() == 1
    assert page.locator("select[name=channel] option[value=push]").count() == 0
    assert page.locator("input[name=topic]").count() >= 3


def test_a_report_by_text(vecinos, providers, open_channels):
    number = "+13235557730"

    def said(words: str, count: int, sid: str | None = None) -> str:
        assert text(vecinos, providers, number, words, sid=sid).status == 200
        return providers.wait(count, number)[-1]["text"]

    assert "1 Camionetas" in said("REPORTE", 1) or "¿Qu" in providers.texts(number)[-1]["text"]
    assert "nde es?" in said("camionetas blancas", 2)
    assert "Cerca de: Boyle Heights" in said("Hollenbeck Park", 3)
    sid = "SM" + uuid.uuid4().hex
    sent = said("hace 5 minutos, hombres con chalecos", 4, sid)
    code = re.search(r"((?:[0-9A-Z]{4}-){6}[0-9A-Z])", sent)[1]
    assert text(vecinos, providers, number, "hace 5 minutos, hombres con chalecos", sid=sid).status == 200
    found = vecinos.api("POST", "/api/v1/reports/lookup", {"code": code})
    assert found.status == 200, found.text
    time.sleep(1.5)
    assert len(providers.texts(number)) == 4, "a text that the provider tells twice is answered once"
    assert all(ord(letter) < 0x250 for one in providers.texts(number) for letter in one["text"])


def test_a_call_is_recorded_sealed_and_deleted_at_the_provider(vecinos, providers, open_channels):
    call = Call(providers, f"{vecinos.url}/hooks/voice", "+13235557731")
    call.press("2")
    call.press("1")
    assert any("confirmad" in one.lower() for one in call.said)
    call.press("2")
    sound = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(4_000)
    call.speak(sound, times=2)
    assert "Gracias" in call.said[-1]
    call.press("1")
    until = time.monotonic() + 20
    while providers.recordings and time.monotonic() < until:
        time.sleep(0.1)
    assert providers.recordings == {}, "its deletion was asked for"


def test_nobody_answers_and_the_voicemail_takes_it(vecinos, providers, open_channels):
    call = Call(providers, f"{vecinos.url}/hooks/voice", "+13235557732")
    call.press("1")
    call.press("3")
    while call.waits is not None and call.waits.tag == "Dial":
        assert "+13235557732" not in call.rung
        call.nobody()
    assert call.waits is not None and call.waits.tag == "Record"
    assert "Nobody can answer" in call.said[-1]
