#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks the content pack (all of content/ except content/strings/).

    python3 Tests/content/check_content.py [CONTENT_FOLDER]

Prints one line a problem ("file: where: what") and exits 1, or one line of counts and exits 0.
Needs Python 3.11, PyYAML and textstat (Tests/content/requirements.txt).
"""

import csv
import datetime
import math
import pathlib
import re
import sys
import unicodedata

import textstat
import yaml

COUNTY = (33.70, 34.82, -118.95, -117.64)  # south, north, west, east
CATALINA = (33.28, 33.50, -118.65, -118.25)  # the county's island lies outside the mainland box
ON_CATALINA = {"avalon", "catalina"}
KINDS = {"county", "city", "district", "neighborhood", "landmark"}
MAXIMUM_OFFSET = 5_000  # metres from the named place

# Numbers of public offices, each stated in the research of 2026-11-22. A new one is added here and there.
OFFICIAL = {"18008987180", "18002037001", "2138307911", "18883514024"}
NEVER_GIVEN_OUT = re.compile(r"^1?\d{3}55501\d\d$")
PHONE = re.compile(r"(?<![\w.\-/])(?:\+?1[ .\-]?)?\(?\d{3}\)?[ .\-]?\d{3}[ .\-]?\d{4}(?![\w\-/])")

# Research facts that courts have not settled: a fact resting on one of them can't be "settled".
UNSETTLED = {"C6", "C7", "C11", "C14", "C23", "C24", "C34", "C36", "C50"}
STATUSES = {"settled", "contested", "blocked", "pending"}
STATES = {"draft", "checked", "approved", "outdated"}
FACT = {"id", "jurisdiction", "status", "as_of", "review_by", "recheck", "research", "sources", "text", "variants", "see",
        "lines", "recalled"}  # fmt: skip
CARD = {"id", "kind", "title", "words", "facts", "rests", "say", "go", "compare"}
SITUATIONS = {"home", "street", "car", "work", "school", "clinic", "court", "worship", "taken", "detention", "recording",
              "dont", "warrant", "notario"}  # fmt: skip
# Words that only a fact may use of the law; a guide's own words say what to do.
LAW = {
    "en": re.compile(r"\b(the law|laws|legally|unlawful|have the right|must not|are required|supreme court|constitution)\b", re.I),
    "es": re.compile(r"\b(la ley|leyes|legalmente|tienes derecho|están obligados|corte suprema|constitución)\b", re.I),
}
DISPUTE = {"en": "In dispute", "es": "En disputa"}
SENTENCE_WORDS = {"en": 14, "es": 15}  # the design asks for under 15; Spanish gets one word more
ALIEN = re.compile(r"\b(?:alien|aliens|illegal|illegals|ilegal|ilegales)\b", re.IGNORECASE)

CHANNELS = {"web", "sms", "phone"}
REPORT_KINDS = {"vehicles", "people", "checkpoint", "arrest", "home", "work", "other"}
LANGUAGES = {"en", "es", "zh", "ko", "hy", "tl", "vi", "fa", "ru", "ar", "km", "th", "ja", "pt", "ht", "pa"}
SALUTE = {"size", "activity", "location", "uniform", "time", "equipment"}
TRUTHS = {"confirmed", "not_enforcement", "unfounded", "unable"}
LEVELS = {"L1", "L2", "L3", "L4"}
HOWS = {"on_scene", "two_reports", "photo", "partner", "official_statement"}
STEPS = {
    "report": {"channel", "language", "kind", "words", "place", "expects"},
    "dispatch": {"incident", "need"},
    "accept": {"incident", "count"},
    "arrive": {"incident"},
    "verify": {"incident", "truth", "level", "how", "what"},
    "observe": {"incident", "salute"},
    "detained": {"incident", "count"},
    "alert": {"incident", "words", "expires_minutes"},
    "note": {"incident", "words"},
    "over": {"incident"},
    "close": {"incident"},
}
OPTIONAL = {
    "report": {"offset", "salute", "caller"},
    "observe": {"words"},
    "verify": {"known_later"},
}
EVERY_STEP = {"at", "do", "basis", "source", "about"}

problems = []


def problem(file, where, what):
    problems.append(f"{file}: {where}: {what}" if where else f"{file}: {what}")


def load(root, name):
    path = root / name
    if not path.is_file():
        problem(name, "", "the file is missing")
        return None
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem(name, "", f"can't be read as YAML: {error}")
        return None


def iso_date(value):
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return None


def check_words(file, where, value, reading=False):
    """Both languages are there, differ, and are plain."""
    if not isinstance(value, dict):
        problem(file, where, "needs {en, es}")
        return
    for code in ("en", "es"):
        text = value.get(code)
        if not isinstance(text, str) or not text.strip():
            problem(file, where, f"{code} is missing or empty")
            continue
        if ALIEN.search(text):
            problem(file, where, f"{code} uses a word we don't use for people")
        if not reading:
            continue
        for sentence in re.split(r"[.!?](?:\s|$|[”»])", text):
            count = len(re.findall(r"[\w’'-]+", sentence))
            if count > SENTENCE_WORDS[code]:
                problem(file, where, f"{code} has a sentence of {count} words: {sentence.strip()!r}")


def check_dates(file, where, entry):
    as_of, review_by = iso_date(entry.get("as_of")), iso_date(entry.get("review_by"))
    if as_of is None:
        problem(file, where, "as_of must be a date like \"2026-11-22\"")
    if review_by is None:
        problem(file, where, "review_by must be a date like \"2027-02-22\"")
    if as_of and review_by and review_by <= as_of:
        problem(file, where, f"review_by {review_by} is not after as_of {as_of}")


def check_sources(file, where, sources):
    if not isinstance(sources, list) or not sources:
        problem(file, where, "needs at least one source")
        return
    for source in sources:
        if not isinstance(source, dict) or not str(source.get("name") or "").strip():
            problem(file, where, "a source needs a name")


def fold(text):
    plain = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


def inside(box, latitude, longitude):
    return box[0] <= latitude <= box[1] and box[2] <= longitude <= box[3]


def check_places(root):
    file, places, said = "places/los-angeles.csv", {}, {}
    path = root / file
    if not path.is_file():
        problem(file, "", "the file is missing")
        return places
    columns = ["id", "kind", "name", "name_es", "latitude", "longitude", "radius_m", "parent", "aliases"]
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if reader.fieldnames != columns:
            problem(file, "", f"the columns must be {','.join(columns)}")
            return places
        for row in reader:
            where = f"line {reader.line_num} ({row['id']})"
            if None in row or None in row.values():
                problem(file, where, f"needs {len(columns)} columns")
                continue
            if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", row["id"]):
                problem(file, where, "the id is not kebab-case")
            if row["id"] in places:
                problem(file, where, "the id is used twice")
            if row["kind"] not in KINDS:
                problem(file, where, f"kind {row['kind']!r} is none of {sorted(KINDS)}")
            if not row["name"].strip() or not row["name_es"].strip():
                problem(file, where, "name and name_es are both needed")
            try:
                latitude, longitude, radius = float(row["latitude"]), float(row["longitude"]), int(row["radius_m"])
            except ValueError:
                problem(file, where, "latitude, longitude or radius_m is not a number")
                continue
            box = CATALINA if row["id"] in ON_CATALINA else COUNTY
            if not inside(box, latitude, longitude):
                problem(file, where, f"{latitude}, {longitude} lies outside {box}")
            if not 100 <= radius <= 60_000:
                problem(file, where, f"radius_m {radius} is not between 100 and 60000")
            places[row["id"]] = (latitude, longitude, radius, row["parent"], row["kind"])
            names = {fold(n) for n in [row["name"], row["name_es"], *row["aliases"].split(";")] if n.strip()}
            for name in names:
                said.setdefault(name, []).append(row["id"])
    for place, (latitude, longitude, radius, parent, kind) in places.items():
        if parent == "" and kind != "county":
            problem(file, place, "only the county has no parent")
        elif parent and parent not in places:
            problem(file, place, f"its parent {parent!r} doesn't exist")
        chain, at = [], place
        while at:
            if at in chain:
                problem(file, place, f"its parents go round in a circle: {' > '.join(chain)}")
                break
            chain.append(at)
            at = places[at][3] if at in places else ""
    for name, owners in said.items():
        if len(set(owners)) > 1:
            problem(file, name, f"means several places: {', '.join(sorted(set(owners)))}")
    if len(places) < 270:
        problem(file, "", f"only {len(places)} places; 270 are needed")
    cities = sum(1 for p in places.values() if p[4] == "city")
    if cities != 88:
        problem(file, "", f"{cities} cities; Los Angeles County has 88")
    return places


def check_streets(root):
    file, seen = "places/streets.csv", {}
    path = root / file
    if not path.is_file():
        problem(file, "", "the file is missing")
        return 0
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if reader.fieldnames != ["name", "aliases"]:
            problem(file, "", "the columns must be name,aliases")
            return 0
        rows = list(reader)
    for number, row in enumerate(rows, start=2):
        names = {fold(n) for n in [row["name"], *(row["aliases"] or "").split(";")] if n.strip()}
        if not names:
            problem(file, f"line {number}", "the name is empty")
        for name in names:
            if name in seen and seen[name] != row["name"]:
                problem(file, f"line {number}", f"{name!r} is also {seen[name]}")
            seen[name] = row["name"]
    return len(rows)


def check_street_lines(root, places):
    """Where streets run: a street of the list or a numbered one, and at least two corners, none far from the last or the pack."""
    file = "places/street-lines.csv"
    path = root / file
    if not path.is_file():
        problem(file, "", "the file is missing")
        return 0
    with (root / "places/streets.csv").open(encoding="utf-8", newline="") as handle:
        streets = {row["name"] for row in csv.DictReader(handle)}
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if reader.fieldnames != ["name", "line"]:
            problem(file, "", "the columns must be name,line")
            return 0
        rows = list(reader)
    around = [sorted(place[axis] for place in places.values()) for axis in (0, 1)]
    box = (around[0][0], around[0][-1], around[1][0], around[1][-1]) if places else (-90, 90, -180, 180)
    for number, row in enumerate(rows, start=2):
        where = f"line {number} ({row['name']})"
        if row["name"] not in streets and not re.fullmatch(r"\d{1,3}(st|nd|rd|th) St", row["name"]):
            problem(file, where, "is no street of places/streets.csv")
        if not re.fullmatch(r"-?\d+\.\d{4} -?\d+\.\d{4}(;-?\d+\.\d{4} -?\d+\.\d{4})+", row["line"] or ""):
            problem(file, where, "needs two or more corners, `latitude longitude` with four decimals, between them `;`")
            continue
        corners = [tuple(map(float, pair.split())) for pair in row["line"].split(";")]
        for corner in corners:
            if not inside(box, *corner):
                problem(file, where, f"{corner} is outside the pack")
        for one, two in zip(corners, corners[1:]):
            if one == two or max(abs(one[0] - two[0]), abs(one[1] - two[1])) > 0.3:
                problem(file, where, f"{one} and {two} are the same, or too far apart")
    if [row["name"] for row in rows] != sorted(row["name"] for row in rows):
        problem(file, "", "the names are not in order")
    return len(rows)


def check_coalition(root, places):
    file = "coalition.yaml"
    pack = load(root, file)
    if not isinstance(pack, dict):
        return
    check_words(file, "name", pack.get("name"))
    hotline = pack.get("hotline") or {}
    digits = re.sub(r"\D", "", str(hotline.get("number") or ""))
    if not NEVER_GIVEN_OUT.match(digits):
        problem(file, "hotline", "the pack's number must be a 555-01xx number, which reaches nobody")
    if hotline.get("demonstration") is not True:
        problem(file, "hotline", "must be marked demonstration: true")
    check_words(file, "hotline.note", hotline.get("note"))
    ids = set()
    for member in pack.get("organizations") or []:
        where = f"organizations {member.get('id')}"
        if not re.fullmatch(r"[a-z0-9-]+", str(member.get("id"))) or member["id"] in ids:
            problem(file, where, "the id is missing, used twice, or has other letters than a to z, digits and dashes")
        ids.add(member.get("id"))
        check_words(file, f"{where}.name", member.get("name"))
        own = member.get("hotline") or {}
        if own.get("demonstration") is not True or not NEVER_GIVEN_OUT.match(re.sub(r"\D", "", str(own.get("number") or ""))):
            problem(file, where, "the pack's number must be a 555-01xx number, marked demonstration: true")
    skills = set()
    for skill in pack.get("skills") or []:
        if not re.fullmatch(r"[a-z0-9_]{1,40}", str(skill.get("id"))) or skill["id"] in skills:
            problem(file, f"skills {skill.get('id')}", "the id is missing, used twice, or has other letters than a to z, digits and _")
        skills.add(skill.get("id"))
        check_words(file, f"skills {skill.get('id')}.name", skill.get("name"))
    languages = pack.get("languages") or {}
    if languages.get("default") not in (languages.get("offered") or []):
        problem(file, "languages", "the default is not offered")
    if pack.get("time_zone") != "America/Los_Angeles":
        problem(file, "time_zone", "must be America/Los_Angeles")
    if not str(pack.get("quick_exit") or "").startswith("https://"):
        problem(file, "quick_exit", "must be an https address")
    area = pack.get("map") or {}
    bounds, center = area.get("bounds") or {}, area.get("center") or {}
    try:
        box = (bounds["south"], bounds["north"], bounds["west"], bounds["east"])
        if not inside(box, center["latitude"], center["longitude"]):
            problem(file, "map", "the center lies outside the bounds")
    except (KeyError, TypeError):
        problem(file, "map", "needs center {latitude, longitude} and bounds {south, west, north, east}")
    named = [pack.get("rights"), pack.get("help"), *((pack.get("places") or {}).get(k) for k in ("file", "streets")),
             *((pack.get("drills") or {}).get("offered") or []), (pack.get("drills") or {}).get("demonstration")]
    for name in named:
        if not name or not (root / name).is_file():
            problem(file, str(name), "is named here but isn't in the pack")
    if (pack.get("places") or {}).get("root") not in places:
        problem(file, "places.root", "is no place of the pack")


def check_help(root):
    file, ids = "help/lines.yaml", set()
    book = load(root, file)
    if not isinstance(book, dict):
        return ids
    check_dates(file, "the file", book)
    for part in ("lines", "support"):
        if not book.get(part):
            problem(file, part, "is empty")
        for entry in book.get(part) or []:
            where = str(entry.get("id"))
            if not entry.get("id") or entry["id"] in ids:
                problem(file, where, "the id is missing or used twice")
            ids.add(entry.get("id"))
            check_words(file, f"{where}.name", entry.get("name"))
            if part == "support":
                check_words(file, f"{where}.says", entry.get("says"), reading=True)
                if set(entry) - {"id", "name", "says", "legal"} or entry.get("legal", True) is not True:
                    problem(file, where, "a kind of support has words, and legal: true or nothing")
                continue
            for key in ("for", "know"):
                check_words(file, f"{where}.{key}", entry.get(key), reading=True)
            check_dates(file, where, entry)
            check_sources(file, where, entry.get("sources"))
            if not isinstance(entry.get("verify"), bool):
                problem(file, where, "says verify: true or false")
            number = re.sub(r"\D", "", str(entry.get("number") or ""))
            if entry.get("kind") == "phone" and number not in OFFICIAL:
                problem(file, where, f"{entry.get('number')!r} is not an official line of the research")
            if entry.get("kind") == "web" and not str(entry.get("web") or "").startswith("https://"):
                problem(file, where, "a web line needs an https address")
    return ids


def held(fact, circuit):
    """The fact as it holds where the pack is."""
    for variant in fact.get("variants") or []:
        if variant.get("circuit") == circuit:
            return {**fact, **variant}
    return fact


def check_fact_words(file, where, status, text):
    """Both languages, plain, and with a dispute unless it is settled."""
    by = {key: {code: (words or {}).get(key) for code, words in text.items()} for key in ("statement", "means", "dispute")}
    check_words(file, f"{where}.statement", by["statement"], reading=True)
    check_words(file, f"{where}.means", by["means"], reading=True)
    for code, words in text.items():
        if (words or {}).get("state") not in STATES:
            problem(file, where, f"{code}: state is none of {sorted(STATES)}")
        if (words or {}).get("state") == "approved":
            problem(file, where, f"{code}: no attorney has reviewed the shipped pack")
        for key in set(words or {}) - {"state", "on", "statement", "means", "dispute"}:
            problem(file, where, f"{code}: doesn't know {key}")
    if status == "settled":
        if any(by["dispute"].values()):
            problem(file, where, "is settled but carries a dispute")
        return
    check_words(file, f"{where}.dispute", by["dispute"], reading=True)
    if status == "contested":
        for code, start in DISPUTE.items():
            if not str(by["statement"].get(code) or "").startswith(start):
                problem(file, where, f"a contested statement must start with {start!r} ({code})")


def check_fact_sources(file, where, sources):
    check_sources(file, where, sources)
    for source in sources or []:
        if iso_date(source.get("date")) is None:
            problem(file, where, f"source {source.get('name')!r} needs a date")
        if not isinstance(source.get("seen"), bool):
            problem(file, where, f"source {source.get('name')!r} says seen: true or false")
        if not str(source.get("url") or "https://").startswith("https://"):
            problem(file, where, f"source {source.get('name')!r}: a link begins with https")
        if not source.get("url") and source.get("seen"):
            problem(file, where, f"source {source.get('name')!r} was seen, so it has a link")


def check_rights(root, lines):
    pack = load(root, "rights/pack.yaml") or {}
    check_words("rights/pack.yaml", "notice", pack.get("notice"), reading=True)
    places = pack.get("jurisdictions") or {}
    for place, name in places.items():
        check_words("rights/pack.yaml", f"jurisdictions.{place}", name) if place != "ca" and place != "us" else None
    if pack.get("circuit") not in places:
        problem("rights/pack.yaml", "circuit", "is not among the jurisdictions")
    facts, today = {}, datetime.date.today().isoformat()
    for path in sorted((root / "rights").glob("*.yaml")):
        file = f"rights/{path.name}"
        if path.name == "pack.yaml":
            continue
        for fact in (load(root, file) or {}).get("facts") or []:
            where = str(fact.get("id"))
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", where) or where in facts:
                problem(file, where, "the id is missing, or used twice, or no name")
            facts[where] = {**fact, "file": file}
            for key in set(fact) - FACT:
                problem(file, where, f"doesn't know {key}")
            check_dates(file, where, fact)
            if str(fact.get("review_by")) < today:
                print(f"{file}: {where}: was to be read again by {fact['review_by']}; pages say 'Not checked lately'")
            check_fact_sources(file, where, fact.get("sources"))
            if fact.get("status") not in STATUSES:
                problem(file, where, f"status {fact.get('status')!r} is none of {sorted(STATUSES)}")
            if fact.get("jurisdiction") not in places:
                problem(file, where, f"jurisdiction {fact.get('jurisdiction')!r} is not in pack.yaml")
            check_fact_words(file, where, fact.get("status"), fact.get("text") or {})
            for variant in fact.get("variants") or []:
                here = f"{where}@{variant.get('circuit')}"
                if variant.get("circuit") not in places:
                    problem(file, here, "the circuit is not in pack.yaml")
                for key in set(variant) - {"circuit", "status", "as_of", "review_by", "sources", "text"}:
                    problem(file, here, f"doesn't know {key}")
                check_dates(file, here, {**fact, **variant})
                if "sources" in variant:
                    check_fact_sources(file, here, variant["sources"])
                check_fact_words(file, here, variant.get("status"), variant.get("text") or {})
            numbers = set(fact.get("research") or [])
            if not numbers or any(not re.fullmatch(r"C\d+", str(n)) for n in numbers):
                problem(file, where, "research must name the research's numbers, like [C4]")
            if fact.get("status") == "settled" and numbers & UNSETTLED:
                problem(file, where, f"rests on {sorted(numbers & UNSETTLED)}, which is not settled")
            if fact.get("status") != "settled" and fact.get("recheck") is not True:
                problem(file, where, "what isn't settled must say recheck: true")
            for line in fact.get("lines") or []:
                if line not in lines:
                    problem(file, where, f"line {line!r} is not in help/lines.yaml")
    for where, fact in facts.items():
        for other in fact.get("see") or []:
            if other not in facts:
                problem(fact["file"], where, f"see {other!r} doesn't exist")
    return {name: held(fact, pack.get("circuit")) for name, fact in facts.items()}


def sentences(*parts):
    return " ".join(p if p.rstrip()[-1] in ".?!»”" else p + "." for p in parts if p)


def check_plain(file, where, value):
    """Our own words: plain, and without any statement of law, which is for facts."""
    check_words(file, where, value, reading=True)
    for code, pattern in LAW.items():
        found = pattern.search(str((value or {}).get(code) or ""))
        if found:
            problem(file, where, f"{code} states law ({found[0]!r}): that belongs in a fact")


def check_plan(root, facts):
    """The family plan: plain words in both languages, no law of its own. Gives the facts that it shows."""
    file = "plan/plan.yaml"
    plan = load(root, file) or {}
    used = set((plan.get("form") or {}).get("rests") or [])
    for topic in plan.get("topics") or []:
        where = str(topic.get("id"))
        check_plain(file, f"{where}.name", topic.get("name"))
        if "words" in topic:
            check_plain(file, f"{where}.words", topic["words"])
        for step in topic.get("steps") or []:
            check_plain(file, f"{where}.steps", step)
        used.update(topic.get("facts") or [])
        for group in topic.get("groups") or []:
            for key in ("name", "warn"):
                if key in group:
                    check_plain(file, f"{where}.{group['id']}.{key}", group[key])
            for field in group.get("fields") or []:
                check_plain(file, f"{where}.{group['id']}.{field.get('id')}", field.get("name"))
    for message in plan.get("messages") or []:
        check_plain(file, f"messages.{message.get('id')}", message.get("text"))
    for item in (plan.get("form") or {}).get("items") or []:
        check_words(file, f"form.{item.get('id')}", item.get("means"), reading=True)
        if not item.get("english"):
            problem(file, f"form.{item.get('id')}", "offices read English: english is missing")
    for fact in sorted(used - set(facts)):
        problem(file, fact, "there is no such fact")
    return used & set(facts)


def check_guides(root, facts):
    cards, phrases, used = 0, {}, set()
    for phrase in (load(root, "guides/phrases.yaml") or {}).get("phrases") or []:
        phrases[phrase.get("id")] = phrase
        if not phrase.get("english") or not ((phrase.get("words") or {}).get("es") or {}).get("means"):
            problem("guides/phrases.yaml", phrase.get("id"), "needs english and what it means in Spanish")
    for phrase in phrases.values():
        for fact in phrase.get("rests") or []:
            if fact not in facts:
                problem("guides/phrases.yaml", phrase["id"], f"there is no fact {fact!r}")
    files = [p for p in sorted((root / "guides").glob("*.yaml")) if p.name != "phrases.yaml"]
    names = {p.stem for p in files}
    for situation in sorted(SITUATIONS - names):
        problem("guides", situation, "the guide is missing")
    for path in files:
        file = f"guides/{path.name}"
        guide = load(root, file) or {}
        check_plain(file, "name", guide.get("name"))
        check_plain(file, "lead", guide.get("lead"))
        for key in set(guide) - {"id", "order", "icon", "name", "lead", "states", "cards", "checker"}:
            problem(file, key, "is not known")
        text = {code: [guide["lead"][code]] for code in ("en", "es")}
        for card in guide.get("cards") or []:
            cards += 1
            where = str(card.get("id"))
            for key in set(card) - CARD:
                problem(file, where, f"doesn't know {key}")
            check_plain(file, f"{where}.title", card.get("title"))
            if "words" in card:
                check_plain(file, f"{where}.words", card["words"])
            if not card.get("facts") and "words" not in card and "compare" not in card and not card.get("say"):
                problem(file, where, "says nothing")
            for fact in (card.get("facts") or []) + (card.get("rests") or []):
                used.add(fact)
                if fact not in facts:
                    problem(file, where, f"there is no fact {fact!r}")
            for phrase in card.get("say") or []:
                if phrase not in phrases:
                    problem(file, where, f"there is no phrase {phrase!r}")
            for code, parts in text.items():
                parts += [card["title"][code], (card.get("words") or {}).get(code)]
                for fact in card.get("facts") or []:
                    words = (facts.get(fact) or {}).get("text", {}).get(code) or {}
                    parts += [words.get("statement"), words.get("means"), words.get("dispute")]
        for outcome in (guide.get("checker") or {}).get("outcomes") or []:
            used.update(outcome.get("facts") or [])
            check_plain(file, f"{outcome.get('id')}.words", outcome.get("words"))
        if not any(card.get("kind") == "help" for card in guide.get("cards") or []):
            problem(file, "cards", "no card says where legal help is")
        check_grade(file, text)
    used |= check_plan(root, facts)
    for name in sorted(set(facts) - used):
        problem(facts[name]["file"], name, "no guide shows it")
    return cards


POLICY = {"id", "order", "icon", "kind", "jurisdiction", "official", "name", "lead", "stage", "as_of", "review_by", "states", "facts", "sources",
          "history", "elements", "agencies", "arguments", "hearings", "actions"}  # fmt: skip
STAGES = {"in_force", "disputed", "blocked", "pending", "ended"}
# The founding documents name these.
NAMED_POLICIES = {"values-act", "trust-act", "truth-act", "la-sanctuary", "agreements-287g"}


def check_policies(root, facts):
    """Sources and dates on everything, both languages, both sides, and nothing in force that its facts call unsettled."""
    files = sorted((root / "policies").glob("*.yaml"))
    for name in sorted(NAMED_POLICIES - {p.stem for p in files}):
        problem("policies", name, "the policy is missing")
    for path in files:
        file = f"policies/{path.name}"
        policy = load(root, file) or {}
        if policy.get("id") != path.stem:
            problem(file, "id", "must be the name of the file")
        for key in (set(policy) - POLICY) | (POLICY - {"hearings"} - set(policy)):
            problem(file, key, "is not known, or missing")
        check_dates(file, "the file", policy)
        if policy.get("stage") not in STAGES:
            problem(file, "stage", f"is none of {sorted(STAGES)}")
        for fact in policy.get("facts") or []:
            status = (facts.get(fact) or {}).get("status")
            if status is None:
                problem(file, "facts", f"there is no fact {fact!r}")
        unsettled = [f for f in policy.get("facts") or [] if (facts.get(f) or {}).get("status") in ("contested", "blocked", "pending")]
        if policy.get("stage") == "in_force" and unsettled:
            problem(file, "stage", f"is in force, but {unsettled} is not settled: say disputed")
        sources = policy.get("sources") or {}
        check_fact_sources(file, "sources", list(sources.values()))
        texts = {"en": [], "es": []}

        def read(where, value):
            check_words(file, where, value, reading=True)
            for code, parts in texts.items():
                parts.append((value or {}).get(code))

        check_words(file, "name", policy.get("name"))
        read("lead", policy.get("lead"))
        cited = set()
        for part in ("history", "elements", "agencies", "arguments", "hearings"):
            for entry in policy.get(part) or []:
                where = f"{part}.{entry.get('id') or entry.get('on') or entry.get('side')}"
                read(where, entry.get("how") if part == "hearings" else entry.get("words"))
                for key in ("who", "name"):
                    if key in entry:
                        check_words(file, f"{where}.{key}", entry[key])
                source = entry.get("source")
                cited.add(source)
                if source not in sources and not (part == "agencies" and entry.get("state") == "unknown" and source is None):
                    problem(file, where, f"there is no source {source!r}")
                if part in ("history", "agencies") and not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", str(entry.get("on"))):
                    problem(file, where, "on must be a day, a month or a year")
        for key in sorted(set(sources) - cited):
            problem(file, f"sources.{key}", "is used by nothing")
        for part in ("history", "elements", "agencies", "actions"):
            if not policy.get(part):
                problem(file, part, "is empty")
        for deed in policy.get("actions") or []:
            read("actions", deed.get("words"))
        if {a.get("side") for a in policy.get("arguments") or []} != {"for", "against"}:
            problem(file, "arguments", "both sides must be heard")
        check_grade(file, texts)
    return len(files)


COURSE = {"id", "order", "icon", "skill", "months", "minutes", "name", "lead", "states", "lessons", "scenes", "quiz", "notes", "handout"}
COURSES = {"legal-observer", "verifier", "hotline-operator", "rights-trainer", "digital-safety"}


def check_courses(root, facts):
    """Whole in both languages, plain, without any statement of law, and each quiz asks rules of safety."""
    files = sorted((root / "courses").glob("*.yaml"))
    for name in sorted(COURSES - {p.stem for p in files}):
        problem("courses", name, "the course is missing")
    for path in files:
        file = f"courses/{path.name}"
        course = load(root, file) or {}
        for key in (set(course) - COURSE) | (COURSE - {"skill"} - set(course)):
            problem(file, key, "is not known, or missing")
        texts = {"en": [], "es": []}

        def read(where, value):
            check_plain(file, where, value)
            for code, parts in texts.items():
                parts.append((value or {}).get(code))

        check_plain(file, "name", course.get("name"))
        read("lead", course.get("lead"))
        named = []
        for lesson in course.get("lessons") or []:
            check_plain(file, lesson.get("id"), lesson.get("title"))
            for point in lesson.get("points") or []:
                read(lesson.get("id"), point)
            named += (lesson.get("facts") or []) + (lesson.get("rests") or [])
        for scene in course.get("scenes") or []:
            for key in ("scene", "ask", "answer"):
                read(f"{scene.get('id')}.{key}", scene.get(key))
            named += scene.get("rests") or []
        for question in course.get("quiz") or []:
            for key in ("question", "why"):
                read(f"{question.get('id')}.{key}", question.get(key))
            for answer in question.get("answers") or []:
                check_words(file, question.get("id"), answer.get("words"))
            if [a.get("right") for a in question.get("answers") or []].count(True) != 1:
                problem(file, question.get("id"), "one answer is right, and one only")
            named += question.get("rests") or []
        for part in ("notes", "handout"):
            for point in course.get(part) or []:
                read(part, point)
        for fact in named:
            if fact not in facts:
                problem(file, "facts", f"there is no fact {fact!r}")
        if sum(1 for q in course.get("quiz") or [] if q.get("safety")) < 4 or len(course.get("scenes") or []) < 2:
            problem(file, "quiz", "needs four rules of safety and two scenes")
        places = {[a.get("right") for a in q["answers"]].index(True) for q in course.get("quiz") or []}
        if len(places) < 2:
            problem(file, "quiz", "the right answer always stands in the same place")
        check_grade(file, texts)
    return len(files)


def check_grade(file, text):
    """Grade 6 or lower: Flesch-Kincaid in English, Fernandez Huerta of 80 (sixth grade) or more in Spanish."""
    textstat.set_lang("en")
    grade = textstat.flesch_kincaid_grade(sentences(*text["en"]))
    if grade > 6:
        problem(file, "en", f"reads at grade {grade:.1f}; 6 is the most")
    textstat.set_lang("es")
    ease = textstat.fernandez_huerta(sentences(*text["es"]))
    if ease < 80:
        problem(file, "es", f"has {ease:.0f} of Fernandez Huerta; 80 is sixth grade")


def seconds(text):
    match = re.fullmatch(r"(\d{2,3}):([0-5]\d):([0-5]\d)", text) if isinstance(text, str) else None
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3]) if match else None


def check_salute(file, where, value):
    if not isinstance(value, dict) or set(value) - SALUTE or not all(isinstance(v, str) for v in value.values()):
        problem(file, where, f"salute may hold only text under {sorted(SALUTE)}")


def check_drill(root, file, places):
    drill = load(root, file)
    if not isinstance(drill, dict):
        return 0
    check_words(file, "title", drill.get("title"))
    check_words(file, "about", drill.get("about"))
    if drill.get("exercise") is not True:
        problem(file, "exercise", "must be true")
    invented = drill.get("invented")
    if not isinstance(invented, bool):
        problem(file, "invented", "must be true or false")
    try:
        if datetime.datetime.fromisoformat(drill.get("starts")).tzinfo is None:
            problem(file, "starts", "needs its offset from UTC")
    except (TypeError, ValueError):
        problem(file, "starts", "must be an ISO time like \"2025-06-06T08:00:00-07:00\"")
    sources = {}
    for source in drill.get("sources") or []:
        key = source.get("key")
        if not key or key in sources:
            problem(file, f"source {key}", "the key is missing or used twice")
        sources[key] = source
        check_sources(file, f"source {key}", [source])
        # Without one: only a copy on another site was read, and that is no source.
        if "url" in source and not str(source["url"]).startswith("https://"):
            problem(file, f"source {key}", "needs an https address")
        for date in ("published", "accessed"):
            if iso_date(source.get(date)) is None:
                problem(file, f"source {key}", f"{date} must be a date")
    if invented is False and not sources:
        problem(file, "sources", "a replay of real events needs sources")
    incidents = drill.get("incidents") or {}
    latest, last_truth, phase, reports, used = 0, {}, {}, {}, set()
    for number, event in enumerate(drill.get("events") or [], start=1):
        do = event.get("do")
        where = f"event {number} ({event.get('at')} {do})"
        at = seconds(event.get("at"))
        if at is None:
            problem(file, where, "at must be quoted and look like \"00:03:20\"")
        elif at < latest:
            problem(file, where, "comes before the event above it")
        else:
            latest = at
        if do not in STEPS:
            problem(file, where, f"do is none of {sorted(STEPS)}")
            continue
        for key in sorted(STEPS[do] - set(event)):
            problem(file, where, f"needs {key}")
        for key in sorted(set(event) - STEPS[do] - OPTIONAL.get(do, set()) - EVERY_STEP):
            problem(file, where, f"doesn't know {key}")
        incident = event.get("expects") if do == "report" else event.get("incident")
        if incident not in incidents:
            problem(file, where, f"incident {incident!r} is not listed under incidents")
        if do == "report":
            reports.setdefault(incident, []).append(at)
            check_report(file, where, event, places)
            phase.setdefault(incident, set()).add("report")
        else:
            check_step(file, where, do, event, phase.setdefault(incident, set()))
            phase[incident].add(do)
            if do == "verify":
                last_truth[incident] = event.get("truth")
        if invented is False:
            if event.get("basis") not in ("record", "exercise"):
                problem(file, where, "basis must be record or exercise")
            if event.get("basis") == "record" and not event.get("source"):
                problem(file, where, "a step of the record needs its source")
        for key in event.get("source") or []:
            used.add(key)
            if key not in sources:
                problem(file, where, f"source {key!r} is not listed")
    for incident, about in incidents.items():
        check_words(file, f"{incident}.title", about.get("title"))
        if last_truth.get(incident) != about.get("ends"):
            said = last_truth.get(incident)
            problem(file, incident, f"says it ends {about.get('ends')}, but the last check says {said}")
        if len(reports.get(incident, [])) != about.get("reports"):
            problem(file, incident, f"says {about.get('reports')} reports, but has {len(reports.get(incident, []))}")
    for key in sorted(set(sources) - used):
        problem(file, f"source {key}", "is used by no step")
    if file.endswith("ordinary-evening.yaml"):
        floods = [t for t in reports.values() if len(t) >= 30 and None not in t and max(t) - min(t) <= 600]
        if not floods:
            problem(file, "", "needs one incident with thirty reports within ten minutes")
    return len(drill.get("events") or [])


def check_report(file, where, event, places):
    if event.get("channel") not in CHANNELS:
        problem(file, where, f"channel is none of {sorted(CHANNELS)}")
    if event.get("kind") not in REPORT_KINDS:
        problem(file, where, f"kind is none of {sorted(REPORT_KINDS)}")
    if event.get("language") not in LANGUAGES:
        problem(file, where, f"language {event.get('language')!r} is not known")
    if not isinstance(event.get("words"), str) or not 1 <= len(event["words"]) <= 2_000:
        problem(file, where, "words must be 1 to 2000 letters")
    if "salute" in event:
        check_salute(file, where, event["salute"])
    place = places.get(event.get("place"))
    if place is None:
        problem(file, where, f"place {event.get('place')!r} is not in places/los-angeles.csv")
        return
    offset = event.get("offset") or {}
    north, east = offset.get("north", 0), offset.get("east", 0)
    if not all(isinstance(v, (int, float)) for v in (north, east)) or math.hypot(north, east) > MAXIMUM_OFFSET:
        problem(file, where, f"offset must be metres north and east, at most {MAXIMUM_OFFSET} away")
        return
    latitude = place[0] + north / 111_195
    longitude = place[1] + east / (111_195 * math.cos(math.radians(place[0])))
    if not inside(COUNTY, latitude, longitude):
        problem(file, where, "lies outside Los Angeles County")


def check_step(file, where, do, event, before):
    if "report" not in before:
        problem(file, where, "comes before the first report of its incident")
    needed = {"accept": "dispatch", "arrive": "accept", "over": "verify", "close": "verify", "alert": "verify"}.get(do)
    if needed and needed not in before:
        problem(file, where, f"comes before any {needed}")
    if "close" in before:
        problem(file, where, "comes after the incident was closed")
    if do == "dispatch":
        need = event.get("need")
        if not isinstance(need, dict) or not need or not all(isinstance(n, int) and n >= 0 for n in need.values()):
            problem(file, where, "need must be like {verifier: 2, observer: 0}")
    if do in ("accept", "detained") and not (isinstance(event.get("count"), int) and event["count"] > 0):
        problem(file, where, "count must be 1 or more")
    if do == "verify":
        for key, allowed in (("truth", TRUTHS), ("level", LEVELS), ("how", HOWS)):
            if event.get(key) not in allowed:
                problem(file, where, f"{key} is none of {sorted(allowed)}")
        check_words(file, f"{where}.what", event.get("what"), reading=True)
    if do == "observe":
        check_salute(file, where, event.get("salute"))
    if do in ("alert", "note"):
        check_words(file, f"{where}.words", event.get("words"), reading=True)


def check_phones(root):
    """No number in the pack may be a real person's."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or name.startswith("strings/") or path.suffix not in (".yaml", ".csv", ".md", ".json"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for match in PHONE.findall(re.sub(r"https?://\S+", "", line)):
                digits = re.sub(r"\D", "", match)
                if digits not in OFFICIAL and not NEVER_GIVEN_OUT.match(digits):
                    problem(name, f"line {number}", f"{match.strip()} looks like a real phone number")


def main():
    here = pathlib.Path(__file__).resolve().parents[2] / "content"
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    if not root.is_dir():
        print(f"{root}: there is no such folder", file=sys.stderr)
        return 1
    places = check_places(root)
    streets = check_streets(root)
    street_lines = check_street_lines(root, places)
    check_coalition(root, places)
    lines = check_help(root)
    facts = check_rights(root, lines)
    cards = check_guides(root, facts)
    policies = check_policies(root, facts)
    courses = check_courses(root, facts)
    drills = {p.name: check_drill(root, f"drills/{p.name}", places) for p in sorted((root / "drills").glob("*.yaml"))}
    if len(drills) < 2:
        problem("drills", "", "two drills are needed")
    for readme in ("README.md", "places/README.md"):
        if not (root / readme).is_file():
            problem(readme, "", "the file is missing")
    check_phones(root)
    for line in problems:
        print(line, file=sys.stderr)
    if problems:
        print(f"content: {len(problems)} problems", file=sys.stderr)
        return 1
    counts = [f"{len(places)} places", f"{streets} streets", f"{street_lines} lines of streets", f"{len(facts)} facts", f"{cards} cards", f"{policies} policies", f"{courses} courses", f"{len(lines)} lines and supports"]
    counts += [f"{name} {count} steps" for name, count in drills.items()]
    print(f"content: {', '.join(counts)}: fine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
