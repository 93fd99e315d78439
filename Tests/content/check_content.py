#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks the content pack (all of content/ except content/strings/).

    python3 Tests/content/check_content.py [CONTENT_FOLDER]

Prints one line a problem ("file: where: what") and exits 1, or one line of counts and exits 0.
Needs Python 3.11 and PyYAML (Debian: python3-yaml), nothing else.
"""

import csv
import datetime
import math
import pathlib
import re
import sys
import unicodedata

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
UNSETTLED = {"C6", "C7", "C11", "C14", "C23", "C24", "C50"}
STATUSES = {"settled", "contested", "blocked", "pending"}
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
                if set(entry) - {"id", "name", "says"}:
                    problem(file, where, "a kind of support has words only")
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


def check_rights(root, lines):
    file, facts = "rights/now.yaml", {}
    book = load(root, file)
    if not isinstance(book, dict):
        return 0
    check_words(file, "notice", book.get("notice"), reading=True)
    if book.get("counsel") != "none":
        problem(file, "counsel", "the shipped pack has not been reviewed: counsel must be none")
    situations = {}
    for situation in book.get("situations") or []:
        situations[situation.get("id")] = situation.get("first") or []
        check_words(file, f"situation {situation.get('id')}", situation.get("name"))
    for fact in book.get("facts") or []:
        where = str(fact.get("id"))
        if not fact.get("id") or fact["id"] in facts:
            problem(file, where, "the id is missing or used twice")
        facts[fact.get("id")] = fact
        check_words(file, f"{where}.statement", fact.get("statement"), reading=True)
        check_words(file, f"{where}.means", fact.get("means"), reading=True)
        check_dates(file, where, fact)
        check_sources(file, where, fact.get("sources"))
        status = fact.get("status")
        if status not in STATUSES:
            problem(file, where, f"status {status!r} is none of {sorted(STATUSES)}")
        if fact.get("verified") not in ("V", "K"):
            problem(file, where, "verified must be V or K")
        if fact.get("counsel") != "none":
            problem(file, where, "counsel must be none until an instance's attorney reviews it")
        if not str(fact.get("jurisdiction") or "").strip():
            problem(file, where, "needs a jurisdiction")
        if not fact.get("situations") or set(fact["situations"]) - set(situations):
            problem(file, where, "its situations are missing or unknown")
        numbers = set(fact.get("facts") or [])
        if not numbers or any(not re.fullmatch(r"C\d+", str(n)) for n in numbers):
            problem(file, where, "facts must name the research's numbers, like [C4]")
        if status == "settled" and numbers & UNSETTLED:
            problem(file, where, f"rests on {sorted(numbers & UNSETTLED)}, which is not settled")
        if status == "settled" and "contested" in fact:
            problem(file, where, "is settled but carries contested words")
        if status != "settled":
            check_words(file, f"{where}.contested", fact.get("contested"), reading=True)
            if fact.get("recheck") is not True:
                problem(file, where, "what isn't settled must say recheck: true")
        if status == "contested":
            for code, start in DISPUTE.items():
                if not str((fact.get("statement") or {}).get(code) or "").startswith(start):
                    problem(file, where, f"a contested statement must start with {start!r} ({code})")
        for line in fact.get("lines") or []:
            if line not in lines:
                problem(file, where, f"line {line!r} is not in help/lines.yaml")
    for where, fact in facts.items():
        for other in fact.get("see") or []:
            if other not in facts:
                problem(file, where, f"see {other!r} doesn't exist")
    for situation, first in situations.items():
        if not first:
            problem(file, f"situation {situation}", "has no facts")
        for fact in first:
            if fact not in facts:
                problem(file, f"situation {situation}", f"{fact!r} doesn't exist")
            elif situation not in facts[fact].get("situations", []):
                problem(file, f"situation {situation}", f"{fact!r} doesn't name this situation")
    return len(facts)


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
        if not str(source.get("url") or "").startswith("https://"):
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
    check_coalition(root, places)
    lines = check_help(root)
    facts = check_rights(root, lines)
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
    counts = [f"{len(places)} places", f"{streets} streets", f"{facts} facts", f"{len(lines)} lines and supports"]
    counts += [f"{name} {count} steps" for name, count in drills.items()]
    print(f"content: {', '.join(counts)}: fine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
