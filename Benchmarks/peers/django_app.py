# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Django stand-in: a template page, and a durable report (unsealed or sealed), as a careful team would write them.

Served by gunicorn with two workers. Settings come in the environment: PEER_DATABASE, PEER_PAGE_BYTES.
"""

import datetime
import json
import os
import pathlib
import secrets

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[],
    # What `django-admin startproject` sets, less accounts, plus languages: headers, session, language, forgery.
    MIDDLEWARE=[
        f"django.{name}"
        for name in (
            "middleware.security.SecurityMiddleware",
            "contrib.sessions.middleware.SessionMiddleware",
            "middleware.locale.LocaleMiddleware",
            "middleware.common.CommonMiddleware",
            "middleware.csrf.CsrfViewMiddleware",
            "middleware.clickjacking.XFrameOptionsMiddleware",
        )
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    LANGUAGES=[("en", "English"), ("es", "Español")],
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["PEER_DATABASE"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    },
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [pathlib.Path(__file__).parent / "templates"],
        }
    ],
)
django.setup()

from cryptography.hazmat.primitives import hashes, hpke  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: E402
from django import forms  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import IntegrityError, connection, models, transaction  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

KINDS = ("vehicles", "people", "checkpoint", "arrest", "home", "work", "other")
LINKS = [{"path": f"/{name}", "name": name.capitalize()} for name in ("rights", "report", "help", "now", "about")]
SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
TEAM = hpke.MLKEM768X25519PrivateKey(
    mlkem.MLKEM768PrivateKey.generate(), x25519.X25519PrivateKey.generate()
).public_key()


class Report(models.Model):
    id = models.CharField(primary_key=True, max_length=36)
    code = models.CharField(unique=True, max_length=32)
    key = models.CharField(unique=True, max_length=100)
    kind = models.CharField(max_length=20)
    words = models.BinaryField()
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    seen_at = models.DateTimeField()
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "peer"
        db_table = "reports"


class Mailbox(models.Model):
    """Where the team answers: a key pair for each sealed report, whose private half only the code opens."""

    report = models.OneToOneField(Report, models.CASCADE, primary_key=True)
    public_key = models.BinaryField()
    wrapped = models.BinaryField()

    class Meta:
        app_label = "peer"
        db_table = "mailboxes"


def mailbox(report):
    lattice, curve = mlkem.MLKEM768PrivateKey.generate(), x25519.X25519PrivateKey.generate()
    key = HKDF(hashes.SHA256(), 32, None, b"v1|mailbox").derive(report.code.encode())
    nonce = secrets.token_bytes(12)
    seeds = lattice.private_bytes_raw() + curve.private_bytes_raw()
    return Mailbox(
        report=report,
        public_key=lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw(),
        wrapped=nonce + AESGCM(key).encrypt(nonce, seeds, f"v1|mailbox|{report.id}".encode()),
    )


def items(count):
    now = datetime.datetime.now(datetime.UTC)
    return [
        {
            "id": f"0198c0de-0000-7000-8000-{number:012d}",
            "state": "confirmed" if number % 3 == 0 else "unfounded",
            "what": f"Report of vans & people, number {number}",
            "where": "near Main & 5th, Boyle Heights",
            "seen": now - datetime.timedelta(minutes=7 * number),
            "by": "a trained observer",
            "words": "delivery trucks",
        }
        for number in range(count)
    ]


def page(request, count=None):
    return render(
        request,
        "now.html",
        {
            "language": "en",
            "title": "What is happening now",
            "links": LINKS,
            "now": datetime.datetime.now(datetime.UTC),
            "items": ITEMS if count is None else items(count),
        },
    )


class ReportForm(forms.Form):
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    words = forms.CharField(max_length=2000)
    latitude = forms.FloatField(min_value=-90, max_value=90)
    longitude = forms.FloatField(min_value=-180, max_value=180)
    seen_at = forms.DateTimeField()
    language = forms.ChoiceField(choices=[("en", "en"), ("es", "es")])


def receive(request, sealed):
    try:
        body = json.loads(request.body)
        form = ReportForm({**body, **body["where"]})
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"title": "This could not be read."}, status=400, content_type="application/problem+json")
    if not form.is_valid():
        return JsonResponse(
            {"title": "A field is wrong.", "errors": form.errors.get_json_data()},
            status=422,
            content_type="application/problem+json",
        )
    fields = form.cleaned_data
    reference = secrets.token_hex(16)
    report = Report(
        id=reference,
        code=secrets.token_hex(12),
        key=request.headers.get("Idempotency-Key") or reference,
        **{**fields, "words": fields["words"].encode()},
    )
    if sealed:
        secret = json.dumps({**fields, "seen_at": body["seen_at"]})
        report.words = SUITE.encrypt(secret.encode(), TEAM, info=f"v1|report|{reference}|team|1".encode())
        report.latitude = report.longitude = None
    try:
        if sealed:
            box = mailbox(report)
            with transaction.atomic():
                report.save(force_insert=True)
                box.save(force_insert=True)
        else:
            report.save(force_insert=True)
    except IntegrityError:
        report = Report.objects.get(key=report.key)
    return JsonResponse({"code": report.code}, status=201)


urlpatterns = [
    path("healthz", lambda request: HttpResponse("ok")),
    path("now", page),
    path("reports", csrf_exempt(lambda request: receive(request, sealed=False))),
    path("sealed-reports", csrf_exempt(lambda request: receive(request, sealed=True))),
]
application = get_wsgi_application()


def prepare():
    """Makes the table; run once before the workers start."""
    with connection.schema_editor() as editor:
        editor.create_model(Report)
        editor.create_model(Mailbox)


def _items_for(size):
    """As many items as make the page about `size` bytes long."""
    from django.test import RequestFactory

    request, count = RequestFactory().get("/now", headers={"host": "127.0.0.1"}), 0
    while count < 2000 and len(page(request, count).content) < size:
        count += 1
    return items(count)


ITEMS = _items_for(int(os.environ.get("PEER_PAGE_BYTES", "4000")))
