# SPDX-License-Identifier: AGPL-3.0-or-later
"""A made-up hour in which ten thousand people write and fifty of them see something real, with its truth.

The open half and the hidden one have no line of text in common: `surges/open.txt` may be read by whoever changes a rule or a list
of words, `surges/hidden.txt` is for bin/bench only, and nobody changes anything because of what it says.
"""

import csv
import math
import re
from collections import defaultdict

from events import EAST, NORTH, Day
from harness import HERE, ROOT

SEEDS = {"open": 20, "hidden": 21}
MINUTES = 60
# How many reports of each sort there are besides the real ones; hearsay fills what is left.
SORTS = {"passed_on": 1_500, "fear": 900, "question": 1_300, "denial": 500, "police": 1_000, "car": 550, "car_alone": 150, "joke": 450,
         "wrong": 1_400}
HAPPENINGS, RUMORS = (6, 10, 40), (30, 15, 70)  # how many, told by so many to so many
KIND = {"passed_on": "other", "fear": "other", "question": "other", "denial": "other", "police": "vehicles", "car": "vehicles",
        "car_alone": "vehicles", "joke": "other", "wrong": "people", "hearsay": "other"}
BESIDE = {"work": ["arrest", "people"], "home": ["people", "arrest"], "arrest": ["people", "vehicles"], "checkpoint": ["vehicles", "people"],
          "people": ["arrest", "vehicles"], "vehicles": ["people", "other"], "other": ["people", "vehicles"]}
COLORS = (["white", "black", "gray", "blue", "silver", "red"], ["blanca", "negra", "gris", "azul", "plateada", "roja"])
FAMILY = (["cousin", "sister", "mom", "uncle", "neighbor", "friend", "roommate"],
          ["prima", "hermana", "mamá", "tío", "vecina", "amiga", "compadre"])
BEHIND = (["please hurry", "be careful", "god bless", "idk", "thanks"], ["apúrense por favor", "tengan cuidado", "dios los cuide", "no sé", "gracias"])
LANGUAGES = ["en", "es"]


class Surge(Day):
    """`reports`: dicts of what is sent, in the order in which it is, each with `scene`, the number of what is real, or None."""

    def __init__(self, half: str, reports: int = 10_000):
        super().__init__(SEEDS[half])
        self.lines, self.scenes, self.happenings, self.things = read(HERE / f"surges/{half}.txt")
        self.areas, self.spots = places()
        self.corners = [one for one in corners() if 33.80 < one[2][0] < 34.25]
        self.famous = self.dice.sample(self.spots, 14)
        for number, (kind, isAtSpot, accounts) in enumerate(self.scenes):
            self.scene(number, kind, isAtSpot, accounts)
        self.real = len(self.reports)
        for kind, lines in self.dice.choices(self.happenings, k=HAPPENINGS[0]):
            self.happening(kind, lines)
        for sort, count in SORTS.items():
            for _ in range(count):
                self.somebody(sort)
        for _ in range(RUMORS[0]):
            self.rumor()
        while len(self.reports) < reports:
            self.somebody("hearsay")
        self.reports.sort(key=lambda report: report["sent"])

    # ---------------------------------------------------------------- what is real, and what is not

    def scene(self, number: int, kind: str, isAtSpot: bool, accounts) -> None:
        """Something real: at a corner, or at a place that everybody knows and writes of."""
        dice = self.dice
        first, second, point = dice.choice(self.corners)
        if isAtSpot:
            point = (self.famous[0].point[0] + dice.gauss(0, 80) / NORTH, self.famous[0].point[1] + dice.gauss(0, 80) / EAST)
        began, minutes = dice.uniform(4, 40), dice.uniform(8, 25)
        for language, words in accounts:
            seen = began + dice.random() * minutes
            chosen = dice.choices([kind, dice.choice(BESIDE[kind]), None], [65, 25, 10])[0]
            place = {"street": first, "other": second, "place": self.near(point).name(language)}
            where = self.where(point, (first, second) if not isAtSpot else None, language, (0.60, 0.80, 0.95))
            self.write(number, "real", seen, chosen, language, self.typed(words.format(**place)), where)

    def happening(self, kind: str, lines) -> None:
        """The police, firefighters or a film crew, as many honest people see them."""
        dice = self.dice
        first, second, point = dice.choice(self.corners)
        began = dice.uniform(0, 45)
        for _ in range(dice.randint(*HAPPENINGS[1:])):
            language, words = dice.choice(lines)
            where = self.where(point, (first, second), language, (0.60, 0.80, 0.95))
            words = self.filled(words, language, self.near(point), (first, second))
            self.write(None, "happening", began + dice.random() * 20, dice.choice([kind, kind, "people", None]), language, words, where)

    def rumor(self) -> None:
        """One thing that people of one neighborhood were told by others, each in their own words."""
        dice = self.dice
        area = dice.choice(self.famous if dice.random() < 0.4 else self.areas)
        thing, began = dice.choice(self.things), dice.uniform(0, 40)
        for _ in range(dice.randint(*RUMORS[1:])):
            self.somebody("hearsay", area, thing, began + dice.expovariate(1 / 8))

    def somebody(self, sort: str, area=None, thing=None, seen: float | None = None) -> None:
        dice = self.dice
        language, words = dice.choice(self.lines[sort])
        area = area or dice.choice(self.famous if "{spot}" in words or dice.random() < 0.3 else self.areas)
        corner = dice.choice(self.corners) if "{street}" in words else None
        if corner and area not in self.famous and dice.random() < 0.8:
            area, point = self.near(corner[2]), corner[2]
        else:
            spread = area.radius / 2
            point = (area.point[0] + dice.gauss(0, spread) / NORTH, area.point[1] + dice.gauss(0, spread) / EAST)
        text = words if sort == "car_alone" else self.filled(words, language, area, corner, thing)
        if sort == "passed_on":
            text = dice.choice(["", "", "", "Fwd: ", "FW ", "👇 "]) + self.filled(words, language, area, corner, thing, isTyped=False)
        where = self.where(point, corner and corner[:2], language, (0.45, 0.55, 0.95), area)
        kind = dice.choices([KIND[sort], dice.choice(list(BESIDE)), None], [60, 20, 20])[0]
        if sort == "car_alone":
            kind = dice.choice(["vehicles", "vehicles", "other", None])
        self.write(None, sort, dice.uniform(0, MINUTES) if seen is None else seen, kind, language, text, where)

    # ---------------------------------------------------------------- words, places, senders

    def filled(self, words: str, language: str, area, corner, thing=None, isTyped=True) -> str:
        dice, number = self.dice, LANGUAGES.index(language)
        text = words.format(
            place=area.name(language), spot=area.name(language), street=corner[0] if corner else "", other=corner[1] if corner else "",
            n=dice.randint(2, 9), color=dice.choice(COLORS[number]), who=dice.choice(FAMILY[number]), thing=(thing or dice.choice(self.things))[number])
        if not isTyped:
            return text
        return self.typed(f"{text} {dice.choice(BEHIND[number])}" if dice.random() < 0.12 else text)

    def where(self, point, corner, language: str, known, area=None) -> dict:
        """By the phone, by the corner, by the neighborhood, or not at all, up to these shares."""
        dice, roll = self.dice, self.dice.random()
        if roll >= known[0] and roll < known[1] and corner:
            streets = [dice.choice([one, re.sub(r" (St|Ave|Blvd|Dr|Rd)$", "", one)]) for one in corner]
            dice.shuffle(streets)
            return {"text": dice.choice([" and ", " & "] if language == "en" else [" y ", " con "]).join(streets)}
        if roll < known[0] or (roll < known[1] and not corner):
            error, angle = min(abs(dice.gauss(0, 70)), 200) if dice.random() < 0.9 else dice.uniform(200, 600), dice.random() * 2 * math.pi
            return {"latitude": round(point[0] + error * math.sin(angle) / NORTH, 6), "longitude": round(point[1] + error * math.cos(angle) / EAST, 6)}
        if roll < known[2]:
            area = area or self.near(point)
            return {"place": area.id} if dice.random() < 0.5 else {"text": area.name(language)}
        return {}

    def near(self, point) -> "Area":
        return min(self.areas, key=lambda area: area.metres(point))

    def write(self, scene, sort: str, seen: float, kind, language: str, words: str, where: dict) -> None:
        """`seen` in minutes of the hour. Most say nothing of when, and are taken for now; the others round."""
        dice = self.dice
        seen = max(0.0, min(seen, MINUTES))
        sent = seen + dice.expovariate(1 / 3)
        said = sent if dice.random() < 0.6 else max(0.0, min(sent, 5 * round((seen + dice.gauss(0, 2)) / 5)))
        # Each their own network; of those who see nothing one in thirty writes a second time.
        source = dice.randrange(self.people) if scene is None and self.people > 500 and dice.random() < 1 / 30 else self.people
        self.people = max(self.people, source + 1)
        self.reports.append({"scene": scene, "sort": sort, "sent": sent, "seen": said, "kind": kind, "language": language, "words": words,
                             "where": where, "address": f"{11 + (source >> 16)}.{source >> 8 & 255}.{source & 255}.9"})


class Area:
    """A neighborhood, a city that is no bigger than one, or a landmark of the pack."""

    def __init__(self, row: dict):
        self.id, self.names = row["id"], {"en": row["name"], "es": row["name_es"]}
        self.point, self.radius = (float(row["latitude"]), float(row["longitude"])), float(row["radius_m"])

    def name(self, language: str) -> str:
        return self.names[language]

    def metres(self, point) -> float:
        return math.hypot((point[0] - self.point[0]) * NORTH, (point[1] - self.point[1]) * EAST)


def read(path):
    """The lines of each sort, each with its language; the scenes and happenings one by one; the things in both languages."""
    lines, scenes, happenings, things, into = defaultdict(list), [], [], [], None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            name, *more = line.strip("[]").split()
            into = lines[name]
            if name == "scene":
                into = []
                scenes.append((more[0], "spot" in more, into))
            elif name == "happening":
                into = []
                happenings.append((more[0], into))
            elif name == "thing":
                into = things
        elif into is things:
            things.append(tuple(line.split(" | ")))
        else:
            into.append(tuple(line.split(" ", 1)))
    return lines, scenes, happenings, things


def places() -> tuple[list[Area], list[Area]]:
    """Where people say that they are, and what everybody knows."""
    with open(ROOT / "content/places/los-angeles.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    areas = [Area(row) for row in rows if row["kind"] in ("neighborhood", "city") and float(row["radius_m"]) <= 3_000]
    spots = [Area(row) for row in rows if row["kind"] == "landmark" and float(row["radius_m"]) <= 400]
    return ([one for one in areas if 33.70 < one.point[0] < 34.35], [one for one in spots if 33.70 < one.point[0] < 34.35])


def corners() -> list[tuple[str, str, tuple[float, float]]]:
    """Where two streets of the pack cross, by their names."""
    segments = []
    with open(ROOT / "content/places/street-lines.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            line = [tuple(map(float, pair.split())) for pair in row["line"].split(";")]
            segments += [(row["name"], *ends) for ends in zip(line, line[1:])]
    found = {}
    for index, (name, (a, b), (c, d)) in enumerate(segments):
        for other, (e, f), (g, h) in segments[index + 1:]:
            if other == name or max(a, c) < min(e, g) or max(e, g) < min(a, c) or max(b, d) < min(f, h) or max(f, h) < min(b, d):
                continue
            turn = (c - a) * (h - f) - (d - b) * (g - e)
            if not turn:
                continue
            along = ((e - a) * (h - f) - (f - b) * (g - e)) / turn
            across = ((e - a) * (d - b) - (f - b) * (c - a)) / turn
            if 0 <= along <= 1 and 0 <= across <= 1:
                found.setdefault((name, other), (a + along * (c - a), b + along * (d - b)))
    return [(*names, point) for names, point in found.items()]
